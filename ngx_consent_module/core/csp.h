/*
 * The site's own Content-Security-Policy: what it lets the gateway inject, and the little that has to be added to it.
 */

#ifndef CONSENT_CSP_H
#define CONSENT_CSP_H

#include "buf.h"

/*
 * What all policies of a page together allow (CSP 3). A nonce is empty when none would help; where there is one, it is
 * to be put on what is injected: it may be what makes it allowed.
 */
typedef struct {
    consent_str_t  script_nonce;
    consent_str_t  style_nonce;
    unsigned       inline_style:1;      /* a <style> element */
    unsigned       self_style:1;        /* a linked style sheet of the site */
    unsigned       self_script:1;       /* a script file of the site */
    unsigned       inline_script:1;     /* a <script> element with text */
} consent_csp_t;

/*
 * values: every Content-Security-Policy header, each perhaps several policies joined with commas. The nonces point
 * into them.
 */
void consent_csp_read(const consent_str_t *values, unsigned n, consent_csp_t *csp);

/*
 * One header value with 'self' added to frame-src (or child-src), form-action and style-src (or style-src-elem):
 * 'none' replaced, default-src copied where the directive is absent, nothing when already allowed; never a nonce or
 * hash, which would switch off 'unsafe-inline'. Returns 1 when out differs from value, 0 when it is the same.
 */
int consent_csp_admit_self(consent_str_t value, consent_buf_t *out);

#endif
