/*
 * The fleet's keys. A file of lines "sign KEY" or "verify KEY", KEY being 32 to 128 random bytes in base64 (openssl
 * rand -base64 32); "since 2026-11-22" may follow, the day on which the key began to sign; "#" starts a comment. The first
 * "sign" signs, all verify. The MAC key of each is derived by
 * HKDF-SHA-256 (RFC 5869) with a fixed label, so that a file may later serve other ends as well.
 *
 * A new key is given to every machine as "verify" first, and becomes "sign" when all have it: no choice is lost on
 * the way. A keyring is used by one thread at a time.
 */

#ifndef CONSENT_KEYRING_H
#define CONSENT_KEYRING_H

#include <stdint.h>

#include "arena.h"
#include "problem.h"

#define CONSENT_MAX_KEYS  16
#define CONSENT_MAC_LEN   32

typedef struct consent_keyring_s  consent_keyring_t;

/* NULL when the file cannot be read, holds no signing key or a malformed line; reported. Keys are never printed. */
consent_keyring_t *consent_keyring_load(consent_arena_t *arena, const char *file, consent_problems_t *problems);

/* Frees EVP contexts and cleanses key bytes. NULL is taken too. */
void consent_keyring_destroy(consent_keyring_t *keyring);

/*
 * HMAC-SHA-256 under the key with this id (id 0 to 255, the first byte of SHA-256 of the derived key). mac has
 * CONSENT_MAC_LEN bytes. Returns 0, or -1 when the keyring has no such key or OpenSSL refuses.
 */
int consent_keyring_mac(consent_keyring_t *keyring, unsigned id, const consent_str_t *parts, unsigned nparts,
    unsigned char *mac);

/*
 * HMAC-SHA-256 under a key of one period: HKDF-Expand (RFC 5869, 2.3) with period as info, of a key that is derived like
 * the others, from the one that signs and with a label of its own. Who has only the key of a period cannot compute that
 * of another. period: at most CONSENT_PERIOD_MAX bytes. Returns 0, or -1 when OpenSSL refuses.
 */
#define CONSENT_PERIOD_MAX  16
int consent_keyring_period_mac(consent_keyring_t *keyring, consent_str_t period, const consent_str_t *parts,
    unsigned nparts, unsigned char *mac);

/* The id of the key that signs. */
unsigned consent_keyring_signer(const consent_keyring_t *keyring);

/*
 * The day on which the oldest of the keys began to sign: what was signed before, no key here verifies. 0 when a line does
 * not say since when.
 */
uint32_t consent_keyring_since(const consent_keyring_t *keyring);

/* Whether the keyring has a key of that id: a reload can tell which keys left since the last. */
int consent_keyring_has(const consent_keyring_t *keyring, unsigned id);

#endif
