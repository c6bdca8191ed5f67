/*
 * What a style sheet or a style attribute loads: url(), src(), the strings of image-set() and of @import (CSS Syntax 3,
 * section 4), escapes in identifiers and references included; data: URLs only where they are imported. Strings of url()
 * inside @namespace load nothing and are passed over.
 *
 * May be stopped and resumed at every byte. held says how many of the last bytes belong to an unfinished reference.
 */

#ifndef CONSENT_CSS_H
#define CONSENT_CSS_H

#include "str.h"

/* A longer reference is decided by its beginning, as far as URL matching reads. */
#define CONSENT_CSS_LIMIT  4096

#define CONSENT_CSS_NAME  20

typedef enum {
    CONSENT_CSS_MORE,
    CONSENT_CSS_REFERENCE,      /* the last held bytes are one, as written between its quotes or parentheses */
    CONSENT_CSS_LIMIT_REACHED,  /* the same, but it goes on until CONSENT_CSS_REFERENCE_END */
    CONSENT_CSS_REFERENCE_END
} consent_css_event_t;

typedef struct {
    unsigned char  state;
    unsigned char  back;            /* the state after an escape or comment */
    char           quote;
    unsigned char  hex;             /* digits of an escape so far */
    unsigned       code;
    unsigned char  name_len;
    unsigned char  data;            /* characters of "data:" matched, or past telling */
    unsigned       sheet:1;
    unsigned       at:1;            /* the name follows "@" */
    unsigned       import:1;        /* between "@import" and its end */
    unsigned       namespace:1;
    unsigned       reference:1;     /* the string being read is one */
    unsigned       beyond:1;        /* of a reference whose beginning was decided already */
    unsigned       parens;          /* open parentheses since image-set(, 0: not in one */
    size_t         held;
    char           name[CONSENT_CSS_NAME];
} consent_css_t;

/* sheet: a style sheet; else a style attribute, where @import means nothing. */
void consent_css_init(consent_css_t *css, int sheet);
const char *consent_css_run(consent_css_t *css, const char *p, const char *end, consent_css_event_t *event);

/*
 * What follows does not follow in the input. Returns 1 when the last held bytes are the beginning of a reference, to be
 * decided by that; the rest of it ends with CONSENT_CSS_REFERENCE_END.
 */
int consent_css_interrupt(consent_css_t *css);

/*
 * At the end of input: 1 when the last held bytes are a reference after all (an unclosed one is valid, 4.3.5 and
 * 4.3.6).
 */
int consent_css_finish(consent_css_t *css);

/* A reference with its escapes decoded, cut to size bytes. */
consent_str_t consent_css_unescape(consent_str_t raw, char *out, size_t size);

#endif
