/*
 * A service's relay in a page (relay.h): the src of a script or picture, and the literal of Matomo's snippet, of a service
 * that may run. Only the part of a URL that the relay's path stands for is replaced; all else leaves as it came. What is
 * written otherwise is not changed, but reported.
 *
 * A consent manager of the site's own keeps scripts as text/plain, and runs them when it was told to. There the snippet
 * is changed whatever the gateway was told: then hits come here, and are closed if they have to be.
 */

#include <string.h>

#include "relay.h"
#include "rewriter_private.h"

/* Places of one script that are dealt with: a snippet has one. */
#define PLACES_MAX  16


/* NULL when the policy has no relay for it. */

static const consent_entry_t *
relay_of(const consent_rewriter_t *rw, consent_claim_t claim)
{
    const consent_entry_t  *entry;

    if (claim.index < 0) {
        return NULL;
    }

    entry = &rw->conf.choices->policy->entries[claim.index];

    return entry->relay.len > 0 ? entry : NULL;
}


static void
report(consent_rewriter_t *rw, consent_claim_t claim, consent_str_t host, consent_str_t line)
{
    consent_direct_t        direct = { claim, host, CONSENT_STR(""), line };
    const consent_entry_t  *entry = relay_of(rw, claim);

    if (entry != NULL) {
        direct.relay = entry->relay;
    }

    if (rw->conf.direct != NULL) {
        rw->conf.direct(rw->conf.data, &direct);
    }
}


/* Services that measure audiences, and may run. */

static int
is_running(const consent_rewriter_t *rw, consent_claim_t claim)
{
    return claim.service != NULL && claim.service->purpose == CONSENT_PURPOSE_AUDIENCE
           && consent_choices_allow_claim(rw->conf.choices, claim, CONSENT_UNKNOWN_ALLOW);
}


/* Under a <base> of another host the path would lead there. */

static int
can_change(const consent_rewriter_t *rw)
{
    return !rw->conf.observe && consent_str_eq(rw->judge.base.host, rw->conf.page.host);
}


static void
change(consent_rewriter_t *rw, const consent_entry_t *entry, size_t from, size_t to)
{
    consent_rewriter_pass(rw, from);
    consent_rewriter_put(rw, entry->relay);
    consent_rewriter_drop(rw, to);

    rw->changed = 1;
}


void
consent_rewriter_relay_begin(consent_rewriter_t *rw)
{
    rw->relayed.n = 0;
    rw->relayed.in_tag = 1;
}


void
consent_rewriter_relay_found(void *data, const consent_found_t *found)
{
    consent_rewriter_t  *rw = data;

    if (rw->conf.found != NULL) {
        rw->conf.found(rw->conf.data, found);
    }

    if (found->host.len == 0 || !is_running(rw, found->claim)) {
        return;
    }

    if (!rw->relayed.in_tag || relay_of(rw, found->claim) == NULL) {
        report(rw, found->claim, found->host, CONSENT_STR(""));
        return;
    }

    rw->relayed.n++;
    rw->relayed.claim = found->claim;
    rw->relayed.nhost = found->host.len < sizeof(rw->relayed.host) ? found->host.len : sizeof(rw->relayed.host);
    memcpy(rw->relayed.host, found->host.data, rw->relayed.nhost);
}


void
consent_rewriter_relay_tag(consent_rewriter_t *rw, const consent_element_t *element, size_t from, consent_str_t tag,
    const consent_load_t *load)
{
    int                     plain;
    size_t                  len;
    unsigned                relayed;
    consent_str_t           line, url;
    consent_attribute_t     a;
    consent_attributes_t    it;
    const consent_entry_t  *entry;

    rw->relayed.in_tag = 0;

    if (rw->relayed.n == 0 || load->blocked.n > 0) {
        return;
    }

    entry = relay_of(rw, rw->relayed.claim);
    plain = load->decoration.n == 0 && !load->spoofed
            && (element->id == CONSENT_ELEMENT_SCRIPT || strcmp(element->name, "img") == 0);
    relayed = 0;

    consent_attributes_init(&it, tag);

    while (plain && consent_attributes_next(&it, &a)) {
        url = consent_str_trim(a.value);
        len = consent_str_caseeq(a.name, CONSENT_STR("src")) ? consent_relay_prefix(entry, url) : 0;

        if (len > 0 && (rw->conf.observe || can_change(rw))) {
            relayed++;

            if (!rw->conf.observe) {
                change(rw, entry, from + (size_t) (url.data - tag.data), from + (size_t) (url.data - tag.data) + len);
            }
        }
    }

    if (relayed < rw->relayed.n) {
        line = tag;
        line.len = line.len < CONSENT_RELAY_LINE ? line.len : CONSENT_RELAY_LINE;

        report(rw, rw->relayed.claim, (consent_str_t) { rw->relayed.host, rw->relayed.nhost }, line);
    }
}


int
consent_rewriter_relay_waits(const consent_rewriter_t *rw, consent_str_t tag)
{
    return rw->conf.choices->policy->relays > 0
           && consent_str_caseeq(consent_str_trim(consent_attribute_find(tag, CONSENT_STR("type"))),
                                 CONSENT_STR("text/plain"));
}


/* Whether a script of that service, or with a host of it, is looked at. */

static int
is_measuring(const consent_rewriter_t *rw, consent_claim_t claim)
{
    return rw->script.kind == CONSENT_SCRIPT_INERT ? relay_of(rw, claim) != NULL : is_running(rw, claim);
}


/* The next literal that names another host than the site's, if the script is of a service that measures audiences. */

static int
next_literal(const consent_rewriter_t *rw, consent_str_t text, size_t at, consent_span_t *whole, consent_span_t *host,
    consent_claim_t *claim)
{
    const consent_policy_t  *policy = rw->conf.choices->policy;

    for ( /* void */ ; consent_relay_literal(text, at, whole, host); at = whole->to) {
        if (consent_match_is_own(policy, rw->conf.page.host,
                                 (consent_str_t) { text.data + host->from, host->to - host->from }))
        {
            continue;
        }

        *claim = consent_match_inline(policy, text);

        return is_measuring(rw, *claim);
    }

    return 0;
}


/* The first place that names a host of a service that measures audiences and may run. */

static int
next_mention(const consent_rewriter_t *rw, consent_str_t text, size_t at, consent_span_t *host, consent_claim_t *claim)
{
    int                      found;
    unsigned                 i;
    consent_span_t           span;
    consent_claim_t          whose;
    const consent_entry_t   *entry;
    const consent_policy_t  *policy = rw->conf.choices->policy;

    found = 0;

    for (i = 0; i < policy->nentries; i++) {
        entry = &policy->entries[i];
        whose = (consent_claim_t) { (int) i, entry->service };

        if (entry->nhosts == 0 || !is_measuring(rw, whose) || !consent_relay_mention(entry, text, at, &span)
            || (found && span.from >= host->from))
        {
            continue;
        }

        found = 1;
        *host = span;
        *claim = whose;
    }

    return found;
}


/*
 * The literal at a position of the page has the relay's path in its place, or would have if anything were changed. What
 * of a long script follows what was held may have left already: that depends on how the page comes.
 */

static int
relay_literal(consent_rewriter_t *rw, consent_claim_t claim, size_t at, consent_str_t reference)
{
    size_t                  len;
    const consent_entry_t  *entry;

    entry = relay_of(rw, claim);
    len = entry != NULL ? consent_relay_prefix(entry, reference) : 0;

    if (len == 0 || rw->script.tail) {
        return 0;
    }

    if (can_change(rw)) {
        change(rw, entry, at, at + len);
        return 1;
    }

    return rw->conf.observe;
}


void
consent_rewriter_relay_script(consent_rewriter_t *rw, size_t from, consent_str_t text)
{
    int              literal, mention;
    size_t           at;
    unsigned         n;
    consent_span_t   whole, host, named;
    consent_claim_t  claim, other;

    if (rw->conf.direct == NULL && rw->conf.choices->policy->relays == 0) {
        return;
    }

    /* a window of a long script overlaps the one before */

    at = rw->relayed_to > from ? rw->relayed_to - from : 0;

    for (n = 0; n < PLACES_MAX && at < text.len; n++, at = host.to) {
        literal = next_literal(rw, text, at, &whole, &host, &claim);
        mention = next_mention(rw, text, at, &named, &other);

        if (!literal && !mention) {
            break;
        }

        if (literal && (!mention || host.from <= named.from)) {
            if (relay_literal(rw, claim, from + whole.from,
                              (consent_str_t) { text.data + whole.from, whole.to - whole.from }))
            {
                continue;
            }

        } else {
            host = named;
            claim = other;
        }

        report(rw, claim, (consent_str_t) { text.data + host.from, host.to - host.from },
               consent_relay_line(text, &host));
    }

    if (from + at > rw->relayed_to && at > 0) {
        rw->relayed_to = from + at;
    }
}
