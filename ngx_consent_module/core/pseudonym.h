/*
 * A pseudonym of a visitor's address: tells a second ballot from the same address, and stores no address. Equal on
 * every machine of a fleet that shares its keys, within one period; of the next period, or with another salt, it is
 * another, and nothing leads from one to the other without the keys.
 *
 * Who has the keys can try all four thousand million IPv4 addresses: it is a pseudonym in the sense of article 4(5) of
 * the GDPR, not anonymous.
 */

#ifndef CONSENT_PSEUDONYM_H
#define CONSENT_PSEUDONYM_H

#include <stdint.h>

#include "keyring.h"

/* 128 bits of HMAC-SHA-256 in base64url. */
#define CONSENT_PSEUDONYM_LEN  22

/*
 * address: in text, as consent_address_parse() takes it; mapped IPv4 counts as IPv4, of IPv6 the network of 64 bits
 * alone, since one connection has them all. now and period in seconds; periods begin at multiples of their length since
 * 1970. Returns 0, or -1 when the text is no address or OpenSSL refuses; out is NUL-terminated.
 */
int consent_pseudonym(consent_keyring_t *keyring, consent_str_t address, consent_str_t salt, int64_t now,
    int64_t period, char out[CONSENT_PSEUDONYM_LEN + 1]);

#endif
