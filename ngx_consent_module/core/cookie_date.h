/* Dates of the Expires attribute, as browsers read them (RFC 6265, 5.1.1). */

#ifndef CONSENT_COOKIE_DATE_H
#define CONSENT_COOKIE_DATE_H

#include <stdint.h>

#include "str.h"

/* Seconds since 1970-01-01 UTC. Returns 0, or -1 when a browser would ignore the attribute. */
int consent_cookie_date(consent_str_t text, int64_t *seconds);

#endif
