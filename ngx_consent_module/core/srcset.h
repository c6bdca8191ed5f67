/*
 * The candidates of a srcset (WHATWG HTML, 4.8.4.3.10).
 */

#ifndef CONSENT_SRCSET_H
#define CONSENT_SRCSET_H

#include "str.h"

/* Takes the next URL off *rest; 0 when there are no more. */
int consent_srcset_next(consent_str_t *rest, consent_str_t *url);

#endif
