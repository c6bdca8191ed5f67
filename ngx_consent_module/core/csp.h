/*
 * The site's own Content-Security-Policy: what it lets the gateway inject, and the little that has to be added to it.
 */

#ifndef CONSENT_CSP_H
#define CONSENT_CSP_H

#include "buf.h"

/*
 * The nonce that a page's Content-Security-Policy gives to scripts, and to styles; empty when there is none. And whether an inline
 * style, an inline script, a same-origin script may be used.
 */
typedef struct {
    consent_str_t  script_nonce;
    consent_str_t  style_nonce;
    unsigned       inline_style:1;
    unsigned       inline_script:1;     /* without a nonce */
    unsigned       self_script:1;
} consent_csp_t;

void consent_csp_read(const consent_str_t *values, unsigned n, consent_csp_t *csp);

/*
 * One header value with 'self' added to frame-src (or child-src), form-action and style-src: 'none' replaced, default-src copied
 * where the directive is absent, nothing when already allowed; never a nonce or hash, which would switch off 'unsafe-inline'.
 * Returns 1 when out differs from value.
 */
int consent_csp_admit_self(consent_str_t value, consent_buf_t *out);

#endif
