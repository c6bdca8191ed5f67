#include <string.h>

#include "attributes.h"
#include "document.h"


void
consent_document_init(consent_document_t *document)
{
    document->phase = CONSENT_DOCUMENT_BEFORE_HEAD;
    document->known = 0;
    document->fragment = 0;
    document->amp = 0;
    document->nlang = 0;
}


/* What comes first decides whether this is a document. */

static void
recognise(consent_document_t *document, int is_document)
{
    if (!document->known) {
        document->known = 1;
        document->fragment = !is_document;
    }
}


/* <html amp>, <html ⚡> and their variants for ads and mail. */

static int
is_amp(consent_str_t tag)
{
    consent_attribute_t   a;
    consent_attributes_t  it;

    consent_attributes_init(&it, tag);

    while (consent_attributes_next(&it, &a)) {
        if (consent_str_caseeq(a.name, CONSENT_STR("amp"))
            || consent_str_caseeq(a.name, CONSENT_STR("amp4ads"))
            || consent_str_caseeq(a.name, CONSENT_STR("amp4email"))
            || consent_str_starts(a.name, CONSENT_STR("\xe2\x9a\xa1")))
        {
            return 1;
        }
    }

    return 0;
}


/* The first html element that says it; character references and private notations are no language. */

static void
read_lang(consent_document_t *document, consent_str_t tag)
{
    size_t         i;
    consent_str_t  lang;

    lang = consent_str_trim(consent_attribute_find(tag, CONSENT_STR("lang")));

    if (document->nlang > 0 || lang.len == 0 || lang.len > CONSENT_LANG_MAX) {
        return;
    }

    for (i = 0; i < lang.len; i++) {
        if (!((lang.data[i] >= 'a' && lang.data[i] <= 'z') || (lang.data[i] >= 'A' && lang.data[i] <= 'Z')
              || (lang.data[i] >= '0' && lang.data[i] <= '9') || lang.data[i] == '-'))
        {
            return;
        }
    }

    memcpy(document->lang, lang.data, lang.len);
    document->nlang = (unsigned char) lang.len;
}


/*
 * Anything that neither belongs into a head nor is ignored there: head, if it is still to come, and body begin before
 * it.
 */

static unsigned
imply_body(consent_document_t *document)
{
    unsigned  begins;

    if (document->phase >= CONSENT_DOCUMENT_IN_DOUBT) {
        return 0;
    }

    begins = document->phase == CONSENT_DOCUMENT_BEFORE_HEAD ? CONSENT_BEGINS_HEAD_BEFORE : 0;
    document->phase = CONSENT_DOCUMENT_IN_DOUBT;

    return begins | CONSENT_BEGINS_BODY_BEFORE;
}


/* Whether a start tag sets the frameset-ok flag to "not ok" (13.2.6.4.7). */

static int
is_settling(const consent_element_t *element, consent_str_t tag)
{
    return element->settles
           && !(element->id == CONSENT_ELEMENT_INPUT
                && consent_str_caseeq(consent_attribute_find(tag, CONSENT_STR("type")), CONSENT_STR("hidden")));
}


unsigned
consent_document_start(consent_document_t *document, const consent_element_t *element, consent_str_t tag)
{
    int       before_head;
    unsigned  begins;

    recognise(document, element->id == CONSENT_ELEMENT_HTML || element->id == CONSENT_ELEMENT_HEAD
                        || element->id == CONSENT_ELEMENT_BODY || element->id == CONSENT_ELEMENT_TITLE);

    before_head = document->phase == CONSENT_DOCUMENT_BEFORE_HEAD;

    switch (element->id) {
    case CONSENT_ELEMENT_HTML:
        document->amp |= is_amp(tag) ? 1 : 0;
        read_lang(document, tag);
        return 0;

    case CONSENT_ELEMENT_HEAD:
        if (!before_head) {
            return 0;
        }

        document->phase = CONSENT_DOCUMENT_IN_HEAD;
        return CONSENT_BEGINS_HEAD_AFTER;

    case CONSENT_ELEMENT_BODY:
        if (document->phase == CONSENT_DOCUMENT_IN_DOUBT) {
            consent_document_settle(document);
            return 0;
        }

        document->phase = CONSENT_DOCUMENT_IN_BODY;
        return (before_head ? CONSENT_BEGINS_HEAD_BEFORE : 0) | CONSENT_BEGINS_BODY_AFTER;

    case CONSENT_ELEMENT_FRAMESET:
        document->phase = CONSENT_DOCUMENT_FRAMESET;
        return before_head ? CONSENT_BEGINS_HEAD_BEFORE : 0;

    default:
        break;
    }

    if (!element->in_head) {
        begins = imply_body(document);

        if (is_settling(element, tag)) {
            consent_document_settle(document);
        }

        return begins;
    }

    if (before_head) {
        document->phase = CONSENT_DOCUMENT_IN_HEAD;
        return CONSENT_BEGINS_HEAD_BEFORE;
    }

    return 0;
}


unsigned
consent_document_end(consent_document_t *document, const consent_element_t *element)
{
    unsigned  begins;

    switch (element->id) {
    case CONSENT_ELEMENT_HEAD:
        if (document->phase == CONSENT_DOCUMENT_IN_HEAD) {
            document->phase = CONSENT_DOCUMENT_AFTER_HEAD;
            return 0;
        }

        if (document->phase == CONSENT_DOCUMENT_BEFORE_HEAD) {
            document->phase = CONSENT_DOCUMENT_AFTER_HEAD;
            return CONSENT_BEGINS_HEAD_BEFORE;
        }

        return 0;

    case CONSENT_ELEMENT_BODY:
    case CONSENT_ELEMENT_HTML:
    case CONSENT_ELEMENT_BR:
        recognise(document, 0);
        begins = imply_body(document);

        if (element->id == CONSENT_ELEMENT_BR) {
            consent_document_settle(document);
        }

        return begins;

    default:
        return 0;
    }
}


void
consent_document_doctype(consent_document_t *document)
{
    recognise(document, 1);
}


unsigned
consent_document_text(consent_document_t *document)
{
    unsigned  begins;

    recognise(document, 0);

    begins = imply_body(document);
    consent_document_settle(document);

    return begins;
}
