/* SHA-256 (OpenSSL's) in the forms the gateway needs. */

#ifndef CONSENT_SHA256_H
#define CONSENT_SHA256_H

#include "str.h"

/* Returns 0, or -1 when OpenSSL refuses. */
int consent_sha256(const consent_str_t *parts, unsigned nparts, unsigned char digest[32]);

/* Lower-case hex of n bytes; out has 2 * n + 1, NUL-terminated. */
void consent_hex(const unsigned char *bytes, size_t n, char *out);

#endif
