/*
 * Days as people write them: 2026-11-22 (ISO 8601, in UTC). Counted since 1970-01-01, as everywhere here.
 */

#ifndef CONSENT_DAY_H
#define CONSENT_DAY_H

#include <stdint.h>

#include "str.h"

#define CONSENT_DAY_SIZE  sizeof("2026-11-22")

/* Returns 0, or -1 when the text is no day of the years 1970 to 9999. */
int consent_day_parse(consent_str_t text, uint32_t *day);

/* NUL-terminated; empty when the year has not four digits. */
void consent_day_print(uint32_t day, char text[CONSENT_DAY_SIZE]);

#endif
