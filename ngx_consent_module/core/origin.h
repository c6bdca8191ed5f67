/*
 * Where a request came from, as its Origin and Referer headers say.
 */

#ifndef CONSENT_ORIGIN_H
#define CONSENT_ORIGIN_H

#include "str.h"

typedef enum {
    CONSENT_ORIGIN_SAME,
    CONSENT_ORIGIN_FOREIGN,
    CONSENT_ORIGIN_UNKNOWN      /* absent, or "null" */
} consent_origin_t;

/*
 * Whether a post comes from a page of this very host. Each value may be empty when the header is absent; fetch_site is
 * Sec-Fetch-Site (W3C Fetch Metadata) and decides alone where a browser sends it. Schemes are not compared: TLS may end in front
 * of us.
 */
consent_origin_t consent_origin_judge(consent_str_t fetch_site, consent_str_t origin, consent_str_t referer,
    consent_str_t host);

/* The path and query of a Referer of this host; empty when it is another's or no URL. Points into referer. */
consent_str_t consent_referer_path(consent_str_t referer, consent_str_t host);

#endif
