/*
 * Browsers disagree on malformed Link headers. So what was read cleanly is judged by its relation and target; and what
 * was not, or holds more than one "<", by every address that any reading could find in it.
 */

#include <string.h>

#include "ascii.h"
#include "link.h"
#include "reference.h"
#include "refresh.h"
#include "srcset.h"

/* Longer values of quoted parameters, once unescaped, are in doubt. */
#define CONSENT_PARAMETER_MAX  2048


typedef struct {
    const consent_choices_t  *choices;
    const consent_url_t      *page;
} consent_link_judge_t;


/* One link of a header, read. */
typedef struct {
    consent_str_t  target;
    unsigned       contacts:1;      /* its relation makes a browser fetch */
    unsigned       connects:1;      /* its relation makes a browser connect, whatever the path */
    unsigned       doubt:1;
    unsigned       refused:1;
} consent_link_t;


static consent_str_t
skip_spaces(consent_str_t s)
{
    while (s.len > 0 && consent_is_space(s.data[0])) {
        s.data++;
        s.len--;
    }

    return s;
}


static int
is_allowed(const void *data, consent_claim_t claim)
{
    const consent_choices_t  *choices = data;

    return consent_choices_allow_claim(choices, claim, choices->policy->unknown_hosts);
}


static int
is_refused(const consent_link_judge_t *judge, consent_str_t ref, int pathless)
{
    consent_url_t            url;
    consent_claim_t          claim;
    consent_url_scratch_t    scratch;
    const consent_policy_t  *policy = judge->choices->policy;

    if (!pathless) {
        return consent_reference_refused(judge->choices, judge->page, ref, NULL);
    }

    consent_url_resolve(judge->page, ref, &scratch, &url);

    if (url.scheme == CONSENT_SCHEME_OTHER) {
        return 0;
    }

    claim = consent_match_host(policy, judge->page->host, url.host, is_allowed, judge->choices);

    if (claim.service == NULL && consent_match_is_own(policy, judge->page->host, url.host)) {
        return 0;
    }

    return !is_allowed(judge->choices, claim);
}


/*
 * Relations that no browser acts upon; whatever else stands there may be acted upon some day. URIs are extensions (RFC
 * 8288, 2.1.2).
 */

static int
is_harmless(consent_str_t relation)
{
    size_t  i;

    static const consent_str_t  harmless[] = {
        CONSENT_STR("alternate"), CONSENT_STR("amphtml"), CONSENT_STR("author"), CONSENT_STR("bookmark"),
        CONSENT_STR("canonical"), CONSENT_STR("collection"), CONSENT_STR("describedby"), CONSENT_STR("edit"),
        CONSENT_STR("edituri"), CONSENT_STR("external"), CONSENT_STR("first"), CONSENT_STR("help"), CONSENT_STR("hub"),
        CONSENT_STR("item"), CONSENT_STR("last"), CONSENT_STR("license"), CONSENT_STR("me"), CONSENT_STR("nofollow"),
        CONSENT_STR("noopener"), CONSENT_STR("noreferrer"), CONSENT_STR("pingback"), CONSENT_STR("prev"),
        CONSENT_STR("privacy-policy"), CONSENT_STR("profile"), CONSENT_STR("related"), CONSENT_STR("self"),
        CONSENT_STR("service-desc"), CONSENT_STR("service-doc"), CONSENT_STR("shortlink"), CONSENT_STR("tag"),
        CONSENT_STR("terms-of-service"), CONSENT_STR("timegate"), CONSENT_STR("type"), CONSENT_STR("up"),
        CONSENT_STR("webmention"), CONSENT_STR("wlwmanifest")
    };

    for (i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++) {
        if (consent_str_caseeq(relation, harmless[i])) {
            return 1;
        }
    }

    return memchr(relation.data, ':', relation.len) != NULL;
}


static void
read_relations(consent_str_t value, consent_link_t *link)
{
    size_t         n;
    consent_str_t  relation;

    for (value = skip_spaces(value); value.len > 0; value = skip_spaces(value)) {

        for (n = 0; n < value.len && !consent_is_space(value.data[n]); n++) { /* void */ }

        relation.data = value.data;
        relation.len = n;

        value.data += n;
        value.len -= n;

        if (consent_str_caseeq(relation, CONSENT_STR("preconnect"))
            || consent_str_caseeq(relation, CONSENT_STR("dns-prefetch")))
        {
            link->connects = 1;

        } else if (!is_harmless(relation)) {
            link->contacts = 1;
        }
    }
}


static int
srcset_refused(const consent_link_judge_t *judge, consent_str_t value)
{
    consent_str_t  ref;

    while (consent_srcset_next(&value, &ref)) {
        if (is_refused(judge, ref, 0)) {
            return 1;
        }
    }

    return 0;
}


/* From a quote to behind the one that ends it. Returns the value, unescaped into text where need be. */

static consent_str_t
read_quoted(consent_str_t *rest, char text[CONSENT_PARAMETER_MAX], consent_link_t *link)
{
    size_t         i, n;
    consent_str_t  value;

    n = 0;

    for (i = 1; i < rest->len && rest->data[i] != '"'; i++) {

        if (rest->data[i] == '\\' && i + 1 < rest->len) {
            i++;
        }

        if (n < CONSENT_PARAMETER_MAX) {
            text[n] = rest->data[i];
        }

        n++;
    }

    if (i >= rest->len) {
        /* it never ends */
        link->doubt = 1;
        i = rest->len - 1;
    }

    value.data = rest->data + 1;
    value.len = i > 0 ? i - 1 : 0;

    if (n != value.len) {
        if (n > CONSENT_PARAMETER_MAX) {
            link->doubt = 1;
            n = CONSENT_PARAMETER_MAX;
        }

        value.data = text;
        value.len = n;
    }

    rest->data += i + 1;
    rest->len -= i + 1;

    return value;
}


/* The parameters behind a target: RFC 8288, 3, and white space wherever somebody may have put it. */

static void
read_parameters(const consent_link_judge_t *judge, consent_str_t rest, consent_link_t *link)
{
    char           text[CONSENT_PARAMETER_MAX];
    size_t         n;
    consent_str_t  name, value;

    for (rest = skip_spaces(rest); rest.len > 0; rest = skip_spaces(rest)) {

        if (rest.data[0] != ';') {
            link->doubt = 1;
            return;
        }

        rest.data++;
        rest.len--;
        rest = skip_spaces(rest);

        n = 0;

        while (n < rest.len && !consent_is_space(rest.data[n]) && strchr(";=\"<>", rest.data[n]) == NULL) {
            n++;
        }

        name.data = rest.data;
        name.len = n;

        rest.data += n;
        rest.len -= n;
        rest = skip_spaces(rest);

        value = CONSENT_STR("");

        if (rest.len > 0 && rest.data[0] == '=') {
            rest.data++;
            rest.len--;
            rest = skip_spaces(rest);

            if (rest.len > 0 && rest.data[0] == '"') {
                value = read_quoted(&rest, text, link);

            } else {
                for (n = 0; n < rest.len && !consent_is_space(rest.data[n]) && rest.data[n] != ';'; n++) { /* void */ }

                value.data = rest.data;
                value.len = n;

                rest.data += n;
                rest.len -= n;

                if (n > 0 && memchr(value.data, '"', n) != NULL) {
                    link->doubt = 1;
                }
            }
        }

        if (consent_str_caseeq(name, CONSENT_STR("rel"))) {
            read_relations(value, link);

        } else if (consent_str_caseeq(name, CONSENT_STR("imagesrcset")) && srcset_refused(judge, value)) {
            link->refused = 1;
        }
    }
}


static int
address_refused(const consent_link_judge_t *judge, const char *begin, const char *end)
{
    consent_str_t  ref;

    ref.data = begin;
    ref.len = (size_t) (end - begin);

    return is_refused(judge, ref, 1) || is_refused(judge, ref, 0);
}


/*
 * Every address that somebody could read in a link: up to each ">", or to the end, from the first "<" before it and
 * from the last.
 */

static int
any_refused(const consent_link_judge_t *judge, consent_str_t link)
{
    const char  *p, *end, *close, *last;

    end = link.data + link.len;

    for (p = link.data; p < end; p = close + 1) {

        p = memchr(p, '<', (size_t) (end - p));
        if (p == NULL) {
            return 0;
        }

        close = memchr(p, '>', (size_t) (end - p));
        if (close == NULL) {
            close = end;
        }

        last = memrchr(p, '<', (size_t) (close - p));

        if (address_refused(judge, p + 1, close) || (last != p && address_refused(judge, last + 1, close))) {
            return 1;
        }

        if (close == end) {
            return 0;
        }
    }

    return 0;
}


static int
link_refused(const consent_link_judge_t *judge, consent_str_t text)
{
    const char      *close;
    consent_link_t   link;
    consent_str_t    rest;

    memset(&link, 0, sizeof(link));

    if (text.len == 0) {
        return 0;
    }

    close = text.data[0] == '<' ? memchr(text.data, '>', text.len) : NULL;

    if (close == NULL) {
        return any_refused(judge, text);
    }

    link.target.data = text.data + 1;
    link.target.len = (size_t) (close - text.data) - 1;

    rest.data = close + 1;
    rest.len = text.len - link.target.len - 2;

    read_parameters(judge, rest, &link);

    if (link.doubt || memchr(text.data + 1, '<', text.len - 1) != NULL) {
        return any_refused(judge, text) || link.refused;
    }

    return ((link.contacts || link.connects) && link.refused)
           || (link.contacts && is_refused(judge, link.target, 0))
           || (link.connects && is_refused(judge, link.target, 1));
}


/* The next link of a header: up to a comma that stands neither in a target nor in quotes. */

static consent_str_t
next_link(consent_str_t *rest)
{
    int            quoted;
    size_t         i;
    const char    *close;
    consent_str_t  text;

    *rest = skip_spaces(*rest);
    i = 0;

    if (rest->len > 0 && rest->data[0] == '<') {
        close = memchr(rest->data, '>', rest->len);
        i = close != NULL ? (size_t) (close - rest->data) : 0;
    }

    for (quoted = 0; i < rest->len && (quoted || rest->data[i] != ','); i++) {

        if (rest->data[i] == '"') {
            quoted = !quoted;

        } else if (quoted && rest->data[i] == '\\' && i + 1 < rest->len) {
            i++;
        }
    }

    text.data = rest->data;
    text.len = i;

    if (i < rest->len) {
        i++;
    }

    rest->data += i;
    rest->len -= i;

    while (text.len > 0 && consent_is_space(text.data[text.len - 1])) {
        text.len--;
    }

    return text;
}


int
consent_link_filter(const consent_choices_t *choices, const consent_url_t *page, consent_str_t value,
    consent_buf_t *out)
{
    int                   removed, kept;
    consent_str_t         rest, text;
    consent_link_judge_t  judge;

    judge.choices = choices;
    judge.page = page;
    removed = 0;

    for (rest = value; rest.len > 0 && !removed; /* void */ ) {
        removed = link_refused(&judge, next_link(&rest));
    }

    if (!removed) {
        return 0;
    }

    kept = 0;

    for (rest = value; rest.len > 0; /* void */ ) {
        text = next_link(&rest);

        if (text.len == 0 || link_refused(&judge, text)) {
            continue;
        }

        if (kept) {
            consent_buf_add(out, CONSENT_STR(", "));
        }

        consent_buf_add(out, text);
        kept = 1;
    }

    return 1;
}


int
consent_refresh_blocked(const consent_choices_t *choices, const consent_url_t *page, consent_str_t value)
{
    consent_str_t         ref;
    consent_link_judge_t  judge;

    judge.choices = choices;
    judge.page = page;

    ref = value.len > 0 ? consent_refresh_url(value) : value;

    return ref.len > 0 && is_refused(&judge, ref, 0);
}
