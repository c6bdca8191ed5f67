/*
 * What a text must contain for a regular expression to match it, read off the expression: a filter before PCRE2, never
 * in its place.
 */

#ifndef CONSENT_REGEX_LITERAL_H
#define CONSENT_REGEX_LITERAL_H

#include "str.h"

#define CONSENT_LITERAL_MAX   24
#define CONSENT_LITERAL_MIN   3
#define CONSENT_LITERALS_MAX  16

/* Case is folded: letters are compared with bit 0x20 set in both, and so is every other byte. */
typedef struct {
    unsigned char  text[CONSENT_LITERAL_MAX];
    unsigned       len;         /* CONSENT_LITERAL_MIN or more */
} consent_literal_t;

/* Every match of pattern contains one of the n literals returned; 0 when nothing certain can be said. */
unsigned consent_regex_literals(consent_str_t pattern, consent_literal_t out[CONSENT_LITERALS_MAX]);

#endif
