/*
 * Headers that make a browser contact somebody: Link and Refresh.
 */

#ifndef CONSENT_LINK_H
#define CONSENT_LINK_H

#include "choices.h"
#include "url.h"

/*
 * A Link header (RFC 8288) without the links that would make the browser contact a service not allowed (rel preload,
 * modulepreload, preconnect, dns-prefetch, prefetch, prerender, stylesheet, icon …). Returns 1 and writes what is left
 * (perhaps nothing) to out when something was removed, 0 when the value may stay.
 */
int consent_link_filter(const consent_choices_t *choices, const consent_url_t *page, consent_str_t value,
    consent_buf_t *out);

/* A Refresh header or meta refresh's content: 1 when it leads to a service not allowed. */
int consent_refresh_blocked(const consent_choices_t *choices, const consent_url_t *page, consent_str_t value);

#endif
