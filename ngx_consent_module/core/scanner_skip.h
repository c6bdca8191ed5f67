/*
 * The scanner's short cuts: to the next "<", and past a tag that lies in the buffer as a whole and is written as nearly
 * all tags are.
 */

#ifndef CONSENT_SCANNER_SKIP_H
#define CONSENT_SCANNER_SKIP_H

#include "scanner.h"

/* end when there is none. */
const char *consent_find_less_than(const char *p, const char *end);

/*
 * Past the tag that begins at lt, its name, hints and flags set; NULL when that is not sure without the state machine,
 * or the tag is not whole or longer than the limit.
 */
const char *consent_skip_tag(consent_scanner_t *scanner, const char *lt, const char *end);

#endif
