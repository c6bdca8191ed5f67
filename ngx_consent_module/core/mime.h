/*
 * Content-Type, and what it says of the bytes that follow.
 */

#ifndef CONSENT_MIME_H
#define CONSENT_MIME_H

#include "str.h"

/* What a Content-Type says (WHATWG MIME Sniffing, 4.4). */
typedef struct {
    consent_str_t  essence;         /* as written, parameters and white space cut */
    consent_str_t  charset;         /* unquoted, or empty */
} consent_mime_t;

void consent_mime_parse(consent_str_t value, consent_mime_t *mime);

/* text/html in any spelling that some browser reads as it; a missing type is the caller's to judge. */
int consent_mime_is_html(consent_str_t value);

/* text/css likewise. */
int consent_mime_is_css(consent_str_t value);

/*
 * A type that says nothing (empty, malformed, "*" on both sides, unknown/unknown …): browsers sniff as if it were
 * missing.
 */
int consent_mime_is_unknown(consent_str_t value);
int consent_mime_is_known(consent_str_t value);

/* application/xhtml+xml: a page, which no rewriter of HTML reads. */
int consent_mime_is_xhtml(consent_str_t value);

/* An XML MIME type (WHATWG MIME Sniffing, 4.6): browsers show it, XHTML and SVG inside included. */
int consent_mime_is_xml(consent_str_t value);

/* utf-16 in any spelling and iso-2022-jp, utf-7, replacement: bytes below 0x80 do not mean ASCII there. */
int consent_charset_is_opaque(consent_str_t charset);
int consent_mime_is_opaque(consent_str_t value);

/*
 * What the first bytes of a body say. n bytes may be too few to tell: then CONSENT_SNIFF_MORE, unless last. A missing
 * Content-Type is judged as WHATWG MIME Sniffing, 7.1, does for HTML.
 */
typedef enum {
    CONSENT_SNIFF_MORE,
    CONSENT_SNIFF_OPAQUE,       /* a UTF-16 byte order mark */
    CONSENT_SNIFF_HTML,
    CONSENT_SNIFF_OTHER
} consent_sniff_t;

consent_sniff_t consent_sniff(const char *bytes, size_t n, int last);

#endif
