/*
 * Base64 (RFC 4648), strictly: one value has one encoding. No white space, no missing or misplaced padding, no stray
 * bits in the last character.
 */

#ifndef CONSENT_BASE64_H
#define CONSENT_BASE64_H

#include "str.h"

/* Characters that n bytes take as base64url without padding. */
#define CONSENT_BASE64URL_LEN(n)  (((n) * 4 + 2) / 3)

/* Section 5, without padding; out has CONSENT_BASE64URL_LEN(n) bytes, which is returned. */
size_t consent_base64url_encode(const unsigned char *bytes, size_t n, char *out);

/*
 * Section 5, without padding, and section 4, with it. Return 0 and the number of bytes, or -1 when text is not
 * canonical or needs more than size.
 */
int consent_base64url_decode(consent_str_t text, unsigned char *out, size_t size, size_t *n);
int consent_base64_decode(consent_str_t text, unsigned char *out, size_t size, size_t *n);

#endif
