#include <string.h>

#include "attributes.h"


/* What a byte is to a name or a value without quotes. */
#define SPACE     1
#define ENDS_TAG  2     /* ">" */
#define SLASH     4
#define EQUALS    8

static const unsigned char  kinds[256] = {
    [' '] = SPACE, ['\n'] = SPACE, ['\t'] = SPACE, ['\r'] = SPACE, ['\f'] = SPACE, ['>'] = ENDS_TAG, ['/'] = SLASH,
    ['='] = EQUALS
};


static inline unsigned
is(char c, unsigned kind)
{
    return kinds[(unsigned char) c] & kind;
}


void
consent_attributes_init(consent_attributes_t *attributes, consent_str_t tag)
{
    const char  *p, *end;

    p = tag.data;
    end = tag.data + tag.len;

    if (p < end) {
        p++;
    }

    if (p < end && *p == '/') {
        p++;
    }

    while (p < end && !is(*p, SPACE | SLASH | ENDS_TAG)) {
        p++;
    }

    attributes->p = p;
    attributes->end = end;
}


void
consent_attributes_resume(consent_attributes_t *attributes, consent_str_t rest)
{
    attributes->p = rest.data;
    attributes->end = rest.data + rest.len;
}


int
consent_attributes_next(consent_attributes_t *attributes, consent_attribute_t *a)
{
    const char  *p, *end, *q, *after;

    p = attributes->p;
    end = attributes->end;

    while (p < end && is(*p, SPACE | SLASH)) {
        p++;
    }

    if (p == end || *p == '>') {
        attributes->p = p;
        return 0;
    }

    a->name.data = p;

    /* a "=" in the first place is part of the name */

    for (p++; p < end && !is(*p, SPACE | SLASH | ENDS_TAG | EQUALS); p++) {
        /* void */
    }

    a->name.len = (size_t) (p - a->name.data);
    a->value = (consent_str_t) { p, 0 };
    a->quote = 0;
    a->complete = p < end;
    after = p;

    while (p < end && is(*p, SPACE)) {
        p++;
    }

    if (p == end) {
        a->complete = 0;
        goto done;
    }

    if (*p != '=') {
        goto done;
    }

    for (p++; p < end && is(*p, SPACE); p++) {
        /* void */
    }

    after = p;
    a->value.data = p;
    a->complete = 0;

    if (p == end) {
        goto done;
    }

    if (*p == '>') {
        a->complete = 1;
        goto done;
    }

    if (*p == '"' || *p == '\'') {
        a->quote = *p++;
        a->value.data = p;

        q = memchr(p, a->quote, (size_t) (end - p));

        a->complete = q != NULL;
        p = q ? q : end;
        a->value.len = (size_t) (p - a->value.data);
        after = q ? q + 1 : end;

        goto done;
    }

    while (p < end && !is(*p, SPACE | ENDS_TAG)) {
        p++;
    }

    a->complete = p < end;
    a->value.len = (size_t) (p - a->value.data);
    after = p;

done:

    a->whole = (consent_str_t) { a->name.data, (size_t) (after - a->name.data) };
    attributes->p = after;

    return 1;
}


consent_str_t
consent_attribute_find(consent_str_t tag, consent_str_t name)
{
    consent_attribute_t   a;
    consent_attributes_t  it;

    consent_attributes_init(&it, tag);

    while (consent_attributes_next(&it, &a)) {
        if (consent_str_caseeq(a.name, name)) {
            return a.value;
        }
    }

    return (consent_str_t) { NULL, 0 };
}
