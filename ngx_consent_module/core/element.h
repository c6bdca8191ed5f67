/*
 * The elements that matter to a scanner and a gateway: how their content is read, what they do to foreign content, and
 * which of their attributes make a browser load something. A name that is not in the table is an element like any
 * other.
 */

#ifndef CONSENT_ELEMENT_H
#define CONSENT_ELEMENT_H

#include "scanner.h"

typedef enum {
    CONSENT_ELEMENT_OTHER,
    CONSENT_ELEMENT_A,
    CONSENT_ELEMENT_ANNOTATION_XML,
    CONSENT_ELEMENT_BASE,
    CONSENT_ELEMENT_BODY,
    CONSENT_ELEMENT_BR,
    CONSENT_ELEMENT_COL,
    CONSENT_ELEMENT_FONT,
    CONSENT_ELEMENT_FRAME,
    CONSENT_ELEMENT_FRAMESET,
    CONSENT_ELEMENT_HEAD,
    CONSENT_ELEMENT_HTML,
    CONSENT_ELEMENT_IFRAME,
    CONSENT_ELEMENT_INPUT,
    CONSENT_ELEMENT_LINK,
    CONSENT_ELEMENT_MALIGNMARK,
    CONSENT_ELEMENT_MATH,
    CONSENT_ELEMENT_META,
    CONSENT_ELEMENT_MGLYPH,
    CONSENT_ELEMENT_NOFRAMES,
    CONSENT_ELEMENT_NOSCRIPT,
    CONSENT_ELEMENT_P,
    CONSENT_ELEMENT_PARAM,
    CONSENT_ELEMENT_SCRIPT,
    CONSENT_ELEMENT_STYLE,
    CONSENT_ELEMENT_SVG,
    CONSENT_ELEMENT_TEMPLATE,
    CONSENT_ELEMENT_TITLE
} consent_element_id_t;

/* Attributes that a browser loads from, as bits. */
#define CONSENT_CARRIES_SRC          0x0001
#define CONSENT_CARRIES_HREF         0x0002     /* and xlink:href */
#define CONSENT_CARRIES_SRCSET       0x0004
#define CONSENT_CARRIES_IMAGESRCSET  0x0008
#define CONSENT_CARRIES_DATA         0x0010
#define CONSENT_CARRIES_POSTER       0x0020
#define CONSENT_CARRIES_SRCDOC       0x0040
#define CONSENT_CARRIES_CONTENT      0x0080
#define CONSENT_CARRIES_VALUE        0x0100
#define CONSENT_CARRIES_LAZY         0x0200     /* what lazy loaders read: data-src and its kin */
#define CONSENT_CARRIES_LAZY_SET     0x0400
#define CONSENT_CARRIES_BACKGROUND   0x0800
#define CONSENT_CARRIES_ANIMATED     0x2000     /* what svg animates an attribute to */
#define CONSENT_CARRIES_HANDLER      0x4000     /* any element: of an event that comes without the visitor */
#define CONSENT_CARRIES_ATTRIBUTION  0x8000     /* whom Chromium tells of what was seen */
#define CONSENT_CARRIES_STYLE        0x1000     /* any element: style, and presentation attributes that take url() */

typedef struct {
    char            name[CONSENT_NAME_MAX];     /* NUL-padded; NUL-terminated, as none is that long */
    unsigned char   len;
    unsigned char   id;                         /* consent_element_id_t */
    unsigned char   text;                       /* consent_text_mode_t of its content, in the HTML namespace */
    unsigned short  carries;

    unsigned        html:1;         /* a name of HTML: its end tag belongs to an HTML element */
    unsigned        is_void:1;
    unsigned        breakout:1;     /* its start tag ends foreign content (13.2.6.5) */
    unsigned        in_head:1;      /* does not end head (13.2.6.4.4) */
    unsigned        html_point:1;   /* HTML integration point in SVG */
    unsigned        text_point:1;   /* MathML text integration point */
    unsigned        settles:1;      /* in a body, in whose place no frameset may come any more (13.2.6.4.7) */
    unsigned        opens:1;        /* shows or runs what a data: or javascript: address holds */
} consent_element_t;

/*
 * Whether a start tag means anything to a gateway although no attribute of it is looked at by its name: it may load
 * something, changes how what follows is read, or stands at a place where something is put in.
 */
static inline int
consent_element_matters(const consent_element_t *element)
{
    return element->text != CONSENT_TEXT_DATA || (element->carries & ~CONSENT_CARRIES_BACKGROUND) != 0
           || (element->id != CONSENT_ELEMENT_OTHER && element->id != CONSENT_ELEMENT_A
               && element->id != CONSENT_ELEMENT_BR && element->id != CONSENT_ELEMENT_P
               && element->id != CONSENT_ELEMENT_FONT);
}


/* By first letter & 31: as bits, how long the names are of elements that matter or carry a background. */
extern const unsigned short  consent_element_lengths[32];


/* 0 when no such element has a name that begins so, in either case, and is that long: most need not be looked up. */

static inline int
consent_element_watched(char first, size_t len)
{
    return len < CONSENT_NAME_MAX && consent_element_lengths[first & 31] >> len & 1;
}


/*
 * name: lower case, NUL-padded to CONSENT_NAME_MAX, as a scanner has it; len tells padding from NULs in the page, which
 * belong to no name here. Never NULL.
 */
const consent_element_t *consent_element_find(const char *name, size_t len);

#endif
