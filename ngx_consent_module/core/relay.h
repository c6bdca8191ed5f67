/*
 * A measurement on another host, made first-party: what a page says of that host it says of a path of the site instead,
 * from where a location of nginx hands it on. So the visitor's address can be masked, and a refusal closes what it
 * refuses. Here is what of a page may be changed for that, and where else the host is named.
 */

#ifndef CONSENT_RELAY_H
#define CONSENT_RELAY_H

#include "policy.h"

/* Most of a line that is shown. */
#define CONSENT_RELAY_LINE  160

/* Bytes of a text, from one to before another. */
typedef struct {
    size_t  from;
    size_t  to;
} consent_span_t;

/* The entry below whose relay a path is; NULL when it is of none. */
const consent_entry_t *consent_relay_at(const consent_policy_t *policy, consent_str_t path);

/*
 * How long the beginning of a reference is that the service's relay stands for: "//HOST/", "http://HOST/" or
 * "https://HOST/", with a host of the policy's entry as it is there, in any case, without a port. 0: it is no such one.
 */
size_t consent_relay_prefix(const consent_entry_t *entry, consent_str_t reference);

/*
 * The next literal of Matomo's published snippet in a script's text, at or behind a position:
 *
 *     var u="//stats.example.fr/";
 *
 * with or without scheme, in either kind of quotes, below any directory. whole: what consent_relay_prefix() is about;
 * host: the host in it. Returns 1, or 0 when there is none.
 */
int consent_relay_literal(consent_str_t text, size_t at, consent_span_t *whole, consent_span_t *host);

/* The next place, of whatever kind, that names a host of the entry, or one below it. Returns as above. */
int consent_relay_mention(const consent_entry_t *entry, consent_str_t text, size_t at, consent_span_t *host);

/* The line that a place is in, without blanks around it; of a long one what surrounds the place. */
consent_str_t consent_relay_line(consent_str_t text, const consent_span_t *place);

#endif
