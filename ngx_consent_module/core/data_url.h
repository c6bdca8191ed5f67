/*
 * Addresses that lead nowhere because they hold what they stand for: data: (Fetch, 6) and javascript: (HTML, 7.4.2.3.2).
 */

#ifndef CONSENT_DATA_URL_H
#define CONSENT_DATA_URL_H

#include "str.h"

typedef enum {
    CONSENT_HELD_NOTHING,       /* any other address */
    CONSENT_HELD_SCRIPT,        /* javascript: */
    CONSENT_HELD_HTML,
    CONSENT_HELD_XML,           /* SVG, XHTML and their like */
    CONSENT_HELD_OTHER,         /* an image, a style sheet, text: what it is used as decides */
    CONSENT_HELD_DOUBTFUL       /* in a charset in which bytes are not what they seem */
} consent_held_t;

/* Whether it may be one; most addresses are told by their first letter. */
static inline int
consent_data_url_is_possible(consent_str_t ref)
{
    ref = consent_str_trim(ref);

    return ref.len > 5 && ((ref.data[0] | 0x20) == 'd' || (ref.data[0] | 0x20) == 'j');
}

/*
 * ref: character references decoded. text is what it holds, percent signs or base64 undone, in out, which has room for
 * ref.len bytes.
 */
consent_held_t consent_data_url_open(consent_str_t ref, char *out, consent_str_t *text);

#endif
