/*
 * How far a document has come: nothing yet, head, body (WHATWG HTML, 13.2.6.4.1 to 7). It says where head and body
 * begin, with their tags or without, and whether the input is a document at all: a fragment has none of doctype, html,
 * head, body and title first.
 */

#ifndef CONSENT_DOCUMENT_H
#define CONSENT_DOCUMENT_H

#include "element.h"
#include "str.h"

/* Longer than any language tag that means something (RFC 5646, 4.4.1). */
#define CONSENT_LANG_MAX  35

typedef enum {
    CONSENT_DOCUMENT_BEFORE_HEAD,
    CONSENT_DOCUMENT_IN_HEAD,
    CONSENT_DOCUMENT_AFTER_HEAD,
    CONSENT_DOCUMENT_IN_DOUBT,      /* in a body without a tag, in whose place a frameset may still come (13.2.6.4.7) */
    CONSENT_DOCUMENT_IN_BODY,
    CONSENT_DOCUMENT_FRAMESET
} consent_document_phase_t;

typedef struct {
    unsigned char  phase;           /* consent_document_phase_t */
    unsigned       known:1;         /* there was more than white space and comments */
    unsigned       fragment:1;      /* and it showed that this is none */
    unsigned       amp:1;           /* its validator would refuse what is put in */
    unsigned char  nlang;
    char           lang[CONSENT_LANG_MAX];   /* of html, as far as it is one */
} consent_document_t;

/* What begins with a token; several at once, in this order. BEFORE is before it, AFTER behind it. */
#define CONSENT_BEGINS_HEAD_BEFORE  0x01
#define CONSENT_BEGINS_HEAD_AFTER   0x02
#define CONSENT_BEGINS_BODY_BEFORE  0x04
#define CONSENT_BEGINS_BODY_AFTER   0x08

void consent_document_init(consent_document_t *document);

/* While this holds, tokens outside of templates, svg and math are to be shown; in doubt, text anywhere. */
static inline int
consent_document_early(const consent_document_t *document)
{
    return document->phase < CONSENT_DOCUMENT_IN_BODY;
}

/* tag: bytes of the tag. */
unsigned consent_document_start(consent_document_t *document, const consent_element_t *element, consent_str_t tag);
unsigned consent_document_end(consent_document_t *document, const consent_element_t *element);
void consent_document_doctype(consent_document_t *document);

/* There is something in the body that no frameset may replace. */
static inline void
consent_document_settle(consent_document_t *document)
{
    if (document->phase == CONSENT_DOCUMENT_IN_DOUBT) {
        document->phase = CONSENT_DOCUMENT_IN_BODY;
    }
}

/* A character other than white space. */
unsigned consent_document_text(consent_document_t *document);

#endif
