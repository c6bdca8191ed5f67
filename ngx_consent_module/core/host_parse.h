/*
 * Hosts of http URLs (WHATWG URL, 3.5): percent-decoding, domain to ASCII, IPv4 and IPv6 literals.
 */

#ifndef CONSENT_HOST_PARSE_H
#define CONSENT_HOST_PARSE_H

#include <stdint.h>

#include "str.h"

/* Room for any name that DNS can resolve. */
#define CONSENT_HOST_MAX  256

typedef enum {
    CONSENT_HOST_OK,        /* ASCII, lower case */
    CONSENT_HOST_ODD,       /* holds what cannot be made ASCII here, or is too long and was cut */
    CONSENT_HOST_INVALID    /* no browser fetches from it */
} consent_host_t;

/*
 * raw: what stands between userinfo and port; TAB, LF and CR in it are skipped. Writes to out, without a trailing dot.
 */
consent_host_t consent_host_parse(consent_str_t raw, char out[CONSENT_HOST_MAX], size_t *len);

/*
 * What a code point beyond ASCII becomes in a host (UTS 46) when that is ASCII: returns the length of what was written
 * to out, 0 when the code point vanishes, -1 when it stays.
 */
int consent_host_fold(uint32_t cp, char out[4]);

#endif
