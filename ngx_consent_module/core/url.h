/*
 * URLs as a browser resolves them (WHATWG URL, 4.4), as far as matching needs: scheme, host and path of what would be
 * fetched.
 */

#ifndef CONSENT_URL_H
#define CONSENT_URL_H

#include "str.h"

typedef enum {
    CONSENT_SCHEME_HTTP,
    CONSENT_SCHEME_HTTPS,
    CONSENT_SCHEME_OTHER        /* data:, blob:, javascript:, about: … nothing is fetched from a host */
} consent_scheme_t;

typedef struct {
    consent_scheme_t  scheme;
    consent_str_t     host;     /* ASCII lower case, percent-decoded, folded as UTS 46 does, no port, no trailing dot;
                                   an IPv6 address in brackets */
    consent_str_t     path;     /* begins with "/"; dot segments resolved, escaped letters, digits and "-._~" decoded */
    consent_str_t     query;    /* from "?" on, without fragment, or empty */
    unsigned          odd:1;    /* the host holds what folding could not make ASCII: a third party nobody knows */
} consent_url_t;

/* Longer paths and queries are cut for matching. */
#define CONSENT_URL_MAX  2048

/* Where the strings of a resolved URL live. */
typedef struct {
    char  data[2 * CONSENT_URL_MAX];
} consent_url_scratch_t;

/*
 * Resolves ref (character references already decoded) against base; without a base (NULL) only an absolute URL gives a
 * host. Never fails: what cannot be parsed is CONSENT_SCHEME_OTHER with an empty host when a browser would not fetch
 * it either. Strings point into ref, base or scratch. url and base may be the same object, scratch may not be the one
 * that base lives in.
 */
void consent_url_resolve(const consent_url_t *base, consent_str_t ref, consent_url_scratch_t *scratch,
    consent_url_t *url);

/* host equals domain or is below it, on a label boundary. */
int consent_host_within(consent_str_t host, consent_str_t domain);

#endif
