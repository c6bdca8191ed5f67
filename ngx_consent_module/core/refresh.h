/*
 * The value of a refresh (WHATWG HTML, 4.2.5.3, "shared declarative refresh steps"): of <meta http-equiv=refresh> and
 * of the header.
 */

#ifndef CONSENT_REFRESH_H
#define CONSENT_REFRESH_H

#include "str.h"

/* The URL that it leads to; empty when it reloads the page itself or is not one. */
consent_str_t consent_refresh_url(consent_str_t value);

#endif
