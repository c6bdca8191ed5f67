/*
 * The signed choice, as a cookie value: base64url of version, key id, day of the choice, and per service of the policy that has
 * an answer its fingerprint and that answer; then HMAC-SHA-256 over all of it and the scope, truncated to 128 bits. Nothing
 * random: equal choices on one day give equal bytes, so that it cannot tell two visitors apart.
 */

#ifndef CONSENT_TOKEN_H
#define CONSENT_TOKEN_H

#include "choices.h"
#include "keyring.h"

/* Enough for CONSENT_MAX_SERVICES answers; 25 take less than 512. */
#define CONSENT_TOKEN_MAX  1024

/* scope: the cookie's domain= if given, else the server name; lower case, no port. Returns the length, NUL-terminated. */
size_t consent_token_seal(const consent_choices_t *choices, consent_keyring_t *keyring, consent_str_t scope,
    char out[CONSENT_TOKEN_MAX]);

/*
 * Reads a value that anybody may have written. On success the answers of services whose fingerprint is still the same are set,
 * in choices that consent_choices_init() made, and 0 is returned; on any doubt -1 and choices are untouched. A token is
 * valid from its day (one day ahead is tolerated) for validity_days. Compared in constant time.
 */
int consent_token_open(consent_choices_t *choices, consent_keyring_t *keyring, consent_str_t scope, consent_str_t value,
    uint32_t today, uint32_t validity_days);

/*
 * All cookies of that name in all Cookie lines. Several valid tokens: a service is accepted only if all accept it, and the oldest
 * day counts. Returns how many were valid.
 */
unsigned consent_token_read(consent_choices_t *choices, consent_keyring_t *keyring, consent_str_t scope,
    consent_str_t cookie_name, const consent_str_t *cookie_lines, unsigned nlines, uint32_t today, uint32_t validity_days);

#endif
