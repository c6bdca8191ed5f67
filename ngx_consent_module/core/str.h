/*
 * Counted strings: a view of bytes that somebody else owns, never NUL-terminated unless a comment says so.
 */

#ifndef CONSENT_STR_H
#define CONSENT_STR_H

#include <stddef.h>

typedef struct {
    const char  *data;
    size_t       len;
} consent_str_t;

#define CONSENT_STR(literal)  ((consent_str_t) { literal, sizeof(literal) - 1 })

consent_str_t consent_str(const char *nul_terminated);
int consent_str_eq(consent_str_t a, consent_str_t b);

/* ASCII letters only, as every protocol here asks. */
int consent_str_caseeq(consent_str_t a, consent_str_t b);
int consent_str_starts(consent_str_t s, consent_str_t prefix);

/* Without leading and trailing bytes <= 0x20. */
consent_str_t consent_str_trim(consent_str_t s);

#endif
