#include <string.h>

#include "charref.h"
#include "judge.h"

/* Most that may stand between "import" and the name of a module. */
#define IMPORT_MAX  512


void
consent_blocked_add(consent_blocked_t *blocked, consent_claim_t claim)
{
    unsigned  i;

    for (i = 0; i < blocked->n; i++) {
        if (blocked->claims[i].service == claim.service) {
            return;
        }
    }

    if (blocked->n == CONSENT_BLOCKED_MAX) {
        blocked->too_many = 1;
        return;
    }

    blocked->claims[blocked->n++] = claim;
}


static int
is_allowed(const void *data, consent_claim_t claim)
{
    const consent_judge_t  *judge = data;

    return consent_choices_allow_claim(judge->choices, claim, judge->choices->policy->unknown_hosts);
}


static int
decide(const consent_judge_t *judge, const char *element, consent_str_t host, consent_claim_t claim,
    consent_blocked_t *blocked)
{
    int              allowed;
    consent_found_t  found;

    allowed = is_allowed(judge, claim);

    if (judge->found != NULL) {
        found.claim = claim;
        found.element = element;
        found.host = host;
        found.neutralised = !allowed && !judge->observe;

        judge->found(judge->data, &found);
    }

    if (allowed) {
        return 0;
    }

    consent_blocked_add(blocked, claim);

    return 1;
}


int
consent_judge_url(const consent_judge_t *judge, const char *element, consent_str_t ref, consent_blocked_t *blocked)
{
    int                    own;
    consent_url_t          url;
    consent_claim_t        claim;
    consent_url_scratch_t  scratch;

    consent_url_resolve(&judge->base, ref, &scratch, &url);

    if (url.scheme == CONSENT_SCHEME_OTHER) {
        return 0;
    }

    own = !url.odd && consent_match_is_own(judge->choices->policy, judge->page.host, url.host);
    claim = consent_match_url(judge->choices->policy, judge->page.host, &url);

    if (claim.service == NULL && own) {
        return 0;
    }

    return decide(judge, element, own ? CONSENT_STR("") : url.host, claim, blocked);
}


int
consent_judge_host(const consent_judge_t *judge, const consent_url_t *base, const char *element, consent_str_t ref,
    consent_blocked_t *blocked)
{
    consent_url_t             url;
    consent_claim_t           claim;
    consent_url_scratch_t     scratch;
    const consent_policy_t   *policy = judge->choices->policy;

    consent_url_resolve(base, ref, &scratch, &url);

    if (url.scheme == CONSENT_SCHEME_OTHER
        || (!url.odd && consent_match_is_own(policy, judge->page.host, url.host)))
    {
        return 0;
    }

    claim = consent_match_host(policy, judge->page.host, url.host, is_allowed, judge);

    return decide(judge, element, url.host, claim, blocked);
}


int
consent_judge_unread(const consent_judge_t *judge, consent_blocked_t *blocked)
{
    unsigned                  i;
    consent_claim_t           unclaimed = { CONSENT_UNCLAIMED, NULL };
    const consent_choices_t  *choices = judge->choices;

    for (i = 0; i < choices->policy->nentries && consent_choices_allow(choices, i); i++) {
        /* void */
    }

    if (i == choices->policy->nentries && is_allowed(judge, unclaimed)) {
        return 0;
    }

    consent_blocked_add(blocked, unclaimed);

    return 1;
}


static int
is_blocked(const void *data, consent_claim_t claim)
{
    return !is_allowed(data, claim);
}


/* The string at p, behind its opening quote, escapes decoded as far as ASCII goes; returns where it ends. */

static const char *
read_string(const char *p, const char *end, char quote, char *out, size_t size, size_t *len)
{
    int       digit, i;
    char      c;
    unsigned  code;

    for (*len = 0; p < end && *p != quote; p++) {
        c = *p;

        if (c == '\\' && p + 1 < end) {
            c = *++p;

            if (c == 'u' && end - p > 4) {
                for (i = 1, code = 0; i <= 4; i++) {
                    c = p[i];
                    digit = c >= '0' && c <= '9' ? c - '0'
                            : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : 0;
                    code = code * 16 + (unsigned) digit;
                }

                p += 4;
                c = code < 0x80 ? (char) code : '?';
            }
        }

        if (*len < size) {
            out[(*len)++] = c;
        }
    }

    return p;
}


static int
is_identifier(char c)
{
    return (unsigned char) ((c | 0x20) - 'a') < 26 || (unsigned char) (c - '0') < 10 || c == '_' || c == '$' || c == '.';
}


/*
 * Modules that a script imports by an address of their own: import "…", import … from "…", export … from "…" and
 * import("…") (ECMAScript, 16.2). In a string or comment it is none, and no script is lost by that which says so.
 */

static int
judge_imports(const consent_judge_t *judge, consent_str_t text, consent_blocked_t *blocked)
{
    int             found;
    char            name[CONSENT_URL_MAX];
    size_t          len;
    const char     *p, *q, *stop, *end;
    consent_str_t   ref;

    found = 0;
    p = text.data;
    end = p + text.len;

    for ( ; (q = memmem(p, (size_t) (end - p), "port", 4)) != NULL; p = q) {
        p = q;
        q += 4;

        if (p - text.data < 2 || (memcmp(p - 2, "im", 2) != 0 && memcmp(p - 2, "ex", 2) != 0)
            || (p - text.data > 2 && is_identifier(p[-3])) || q == end || is_identifier(*q))
        {
            continue;
        }

        for (stop = end - q > IMPORT_MAX ? q + IMPORT_MAX : end; q < stop && strchr("\"'`;=.", *q) == NULL; q++) {
            /* void */
        }

        if (q == stop || *q == '\0' || strchr("\"'`", *q) == NULL) {
            continue;
        }

        stop = q + 1;
        q = read_string(stop, end, *q, name, sizeof(name), &len);
        ref = (consent_str_t) { name, len };

        if (memchr(name, ':', len) != NULL || consent_str_starts(ref, CONSENT_STR("//"))) {
            found |= consent_judge_url(judge, "script", ref, blocked);
        }
    }

    return found;
}


/* A script that serves several services runs only when all are allowed. */

int
consent_judge_inline(const consent_judge_t *judge, consent_str_t text, consent_blocked_t *blocked)
{
    int              imports;
    consent_claim_t  claim, other;

    imports = judge_imports(judge, text, blocked);
    claim = consent_match_inline(judge->choices->policy, text);

    if (claim.service == NULL) {
        return imports;
    }

    if (!is_blocked(judge, claim)) {
        other = consent_match_inline_where(judge->choices->policy, text, is_blocked, judge);
        claim = other.service != NULL ? other : claim;
    }

    return decide(judge, "script", CONSENT_STR(""), claim, blocked) || imports;
}


/*
 * Every string that is a URL with a host of its own counts, wherever it stands (urls, where, href_matches): a prefetch
 * of a rule that only tests an address is not made, which is no loss that anybody sees.
 */

int
consent_judge_rules(const consent_judge_t *judge, consent_str_t json, consent_blocked_t *blocked)
{
    int            found;
    char           text[CONSENT_URL_MAX];
    size_t         len;
    const char    *p, *end;
    consent_str_t  ref;

    found = 0;
    p = json.data;
    end = p + json.len;

    while (p < end && (p = memchr(p, '"', (size_t) (end - p))) != NULL) {
        p = read_string(p + 1, end, '"', text, sizeof(text), &len);
        p += p < end;

        ref = consent_str_trim((consent_str_t) { text, len });

        if (memchr(ref.data, ':', ref.len) != NULL || consent_str_starts(ref, CONSENT_STR("//"))) {
            found |= consent_judge_url(judge, "script", ref, blocked);
        }
    }

    return found;
}


/* Only values count, keys are names; a value stands before anything but a colon. */

int
consent_judge_map(const consent_judge_t *judge, consent_str_t *rest, consent_str_t *address, consent_blocked_t *blocked)
{
    char            text[CONSENT_URL_MAX];
    size_t          len;
    const char     *p, *q, *end;
    consent_str_t   ref;

    end = rest->data + rest->len;

    for (p = rest->data; p < end && (p = memchr(p, '"', (size_t) (end - p))) != NULL; p = q) {
        p++;
        q = read_string(p, end, '"', text, sizeof(text), &len);

        *address = (consent_str_t) { p, (size_t) (q - p) };
        q += q < end;

        for (p = q; p < end && (unsigned char) *p <= 0x20; p++) {
            /* void */
        }

        if (p < end && *p == ':') {
            continue;
        }

        ref = (consent_str_t) { text, len };

        if (consent_judge_url(judge, "script", ref, blocked)
            || (judge->open != NULL && judge->open(judge->reader, "script", ref, blocked)))
        {
            *rest = (consent_str_t) { q, (size_t) (end - q) };
            return 1;
        }
    }

    return 0;
}
