/*
 * The attributes of a start tag whose bytes are at hand (WHATWG HTML, 13.2.5.32 to 40): every one of them, duplicates
 * too, as written. Values are views of the tag, character references not decoded.
 */

#ifndef CONSENT_ATTRIBUTES_H
#define CONSENT_ATTRIBUTES_H

#include "str.h"

typedef struct {
    const char  *p;
    const char  *end;
} consent_attributes_t;

typedef struct {
    consent_str_t  name;        /* as written */
    consent_str_t  value;       /* between its quotes */
    consent_str_t  whole;       /* from the name to the closing quote */
    char           quote;       /* '"', '\'', or 0: unquoted, or no value at all */
    unsigned       complete:1;  /* its end was seen: only the last one of a cut tag has none */
} consent_attribute_t;

/* tag: from "<" on, with or without its end. */
void consent_attributes_init(consent_attributes_t *attributes, consent_str_t tag);

/* The same from somewhere between two attributes on. */
void consent_attributes_resume(consent_attributes_t *attributes, consent_str_t rest);

/* 1, or 0 when there are no more. */
int consent_attributes_next(consent_attributes_t *attributes, consent_attribute_t *attribute);

/* The value of the first attribute of that name (lower case), as written; data is NULL when there is none. */
consent_str_t consent_attribute_find(consent_str_t tag, consent_str_t name);

#endif
