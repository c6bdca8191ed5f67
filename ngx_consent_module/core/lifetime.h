/* How long a cookie lives, as people write it: "30d", "13mo", "session". */

#ifndef CONSENT_LIFETIME_H
#define CONSENT_LIFETIME_H

#include "service.h"

/*
 * A whole number and s, m, h, d, w, mo or y, at most 100 years; or "session". In seconds; CONSENT_LIFETIME_UNKNOWN
 * when it is neither.
 */
int64_t consent_lifetime_parse(consent_str_t s);

/* The same backwards, in the largest unit that divides it; not for CONSENT_LIFETIME_UNKNOWN. */
#define CONSENT_LIFETIME_TEXT  24
void consent_lifetime_format(int64_t lifetime, char text[CONSENT_LIFETIME_TEXT]);

#endif
