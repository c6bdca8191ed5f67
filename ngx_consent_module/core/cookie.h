/*
 * Request cookies (RFC 6265, 5.4; split on ";" only, names case-sensitive) and Set-Cookie (5.2), judged by a policy.
 */

#ifndef CONSENT_COOKIE_H
#define CONSENT_COOKIE_H

#include <stdint.h>

#include "choices.h"

/*
 * Iterates over the pairs of one Cookie line: *rest begins as the line and shrinks. Returns 0 at the end. A pair
 * without "=" has an empty name. pair is name, "=" and value as they stand.
 */
int consent_cookie_next(consent_str_t *rest, consent_str_t *name, consent_str_t *value, consent_str_t *pair);

/*
 * The name that servers give a cookie: its name, or of a nameless one ("=a=b" or "a") what would be read as its name,
 * since a browser sends it back without the first "=".
 */
consent_str_t consent_cookie_effective_name(consent_str_t name, consent_str_t value);

/* Names of cookies are compared case-sensitively. */
int consent_cookie_is_one_of(const consent_str_t *names, unsigned n, consent_str_t name);

/*
 * Whether the cookie of that effective name may be in the browser and go upstream. claim says to whom it belongs,
 * pattern by what (NULL when it is nobody's).
 */
int consent_cookie_allow(const consent_choices_t *choices, consent_str_t name, consent_claim_t *claim,
    const consent_cookie_pattern_t **pattern);

/*
 * Copies line to out (line.len bytes are enough) without the cookies of services that choices do not allow, and
 * without own (the gateway's, every spelling given). Returns the new length; out equals line when nothing was
 * removed. *removed is set to how many were; it may be NULL.
 */
size_t consent_cookie_filter(const consent_choices_t *choices, const consent_str_t *own, unsigned nown,
    consent_str_t line, char *out, unsigned *removed);

/*
 * The seconds that a cookie may live: what the policy says of it, and of audience measurement never more than 13
 * months.
 */
#define CONSENT_COOKIE_NO_LIMIT  INT64_MAX
int64_t consent_cookie_limit(consent_claim_t claim, const consent_cookie_pattern_t *pattern);

typedef enum {
    CONSENT_SET_COOKIE_PASS,
    CONSENT_SET_COOKIE_DROP,
    CONSENT_SET_COOKIE_CAP      /* pass what was written to out */
} consent_set_cookie_t;

/*
 * Judges one Set-Cookie value. DROP: of a service that choices do not allow, or of a name in own (the gateway's).
 * CAP: its Max-Age or Expires exceeds what the policy says of that cookie (13 months at most for audience
 * measurement); out then holds the same value with both replaced by one Max-Age, or by none where the policy says
 * "session". now: seconds since 1970.
 */
consent_set_cookie_t consent_set_cookie_judge(const consent_choices_t *choices, const consent_str_t *own, unsigned nown,
    consent_str_t value, int64_t now, consent_buf_t *out);

/*
 * Set-Cookie values that expire the cookies of services not allowed which the browser just sent, and those whose own
 * value says that they were first set longer ago than they may live (scripts prolong as they like): host-only and every
 * parent domain of host, path "/"; Secure where secure, and then once more as Partitioned. Never those in own (the
 * gateway's); a cookie that nobody claims host-only, since a parent domain's may be a neighbour's. host: the
 * request's, without port. Calls emit for each value, which lives until emit returns, until budget bytes are used: a
 * cookie gets all its values or none, and the rest comes with the next response. Returns how many cookies were left
 * for later.
 */
unsigned consent_cookie_expire(const consent_choices_t *choices, const consent_str_t *own, unsigned nown,
    const consent_str_t *cookie_lines, unsigned nlines, consent_str_t host, int secure, int64_t now, size_t budget,
    void (*emit)(void *data, consent_str_t value), void *data);

/* The same for one cookie of any name: host-only and every parent domain. */
void consent_cookie_expire_one(consent_str_t name, consent_str_t host, int secure,
    void (*emit)(void *data, consent_str_t value), void *data);

/* The host, without a trailing dot, if a cookie's Domain may name it; else empty: an address, or a single label. */
consent_str_t consent_cookie_domain(consent_str_t host);

#endif
