/*
 * The signed choice, as a cookie value: base64url of
 *
 *     version           1 byte
 *     key id            1 byte, see keyring.h
 *     day of choice     2 bytes, days since 1970-01-01 UTC
 *     n                 1 byte
 *     n times           2 bytes of hash of the service's id, 4 bytes of its fingerprint
 *     answers           n bits, the first the highest; 1 is accepted
 *     MAC               16 bytes: HMAC-SHA-256, truncated, over the scope and all of the above
 *
 * Services are those of the policy that have an answer and can be refused, in its order. Nothing is random: equal
 * choices on one day give equal bytes, so that it cannot tell two visitors apart. The id's hash tells a service that
 * was answered when it meant something else from one that was never answered.
 */

#ifndef CONSENT_TOKEN_H
#define CONSENT_TOKEN_H

#include "choices.h"
#include "keyring.h"

/* Enough for CONSENT_MAX_SERVICES answers (1074); 25 take 234. */
#define CONSENT_TOKEN_MAX  1088

/*
 * scope: the cookie's domain= if given, else the server name; lower case, no port. Returns the length,
 * NUL-terminated; 0 when nothing was chosen or OpenSSL refuses.
 */
size_t consent_token_seal(const consent_choices_t *choices, consent_keyring_t *keyring, consent_str_t scope,
    char out[CONSENT_TOKEN_MAX]);

/*
 * Reads a value that anybody may have written. On success the answers of services whose fingerprint is still the same
 * are set, in choices that consent_choices_init() made, and 0 is returned; on any doubt -1 and choices are untouched.
 * A token is valid from its day (one day ahead is tolerated) until validity_days later, that day included: a choice
 * may have been made at its end. Compared in constant time.
 *
 * An acceptance ends when the service's fingerprint changes; a refusal of a service that is now exempt, and so would
 * be on, does not.
 */
int consent_token_open(consent_choices_t *choices, consent_keyring_t *keyring, consent_str_t scope, consent_str_t value,
    uint32_t today, uint32_t validity_days);

/*
 * All cookies of that name in all Cookie lines. Several valid tokens: a service is accepted only if all accept it and
 * refused if any refuses it, and the oldest day counts. Returns how many were valid.
 */
unsigned consent_token_read(consent_choices_t *choices, consent_keyring_t *keyring, consent_str_t scope,
    consent_str_t cookie_name, const consent_str_t *cookie_lines, unsigned nlines, uint32_t today,
    uint32_t validity_days);

#endif
