/*
 * The neutral form of a start tag, and the way back.
 *
 *   <img data-ngxc="SERVICE" data-ngxc-tag="ORIGINAL START TAG" alt="…">
 *
 * Same tag name; then data-ngxc: the ids of the services that all must be allowed before the original may come back,
 * separated by spaces (nearly always one; empty: a host that nobody claims, or more services than could be named). Then
 * data-ngxc-tag: the original start tag from "<" to ">", in the page's own encoding, escaped like this and in no other
 * way:
 *
 *   &  &amp;      "  &quot;      <  &lt;      >  &gt;      CR  &#13;
 *
 * so that the attribute's value, as the DOM gives it, is the original tag exactly (a NUL byte is U+FFFD there, as it
 * would have been in the original). An element without data-ngxc-tag was too long to be kept, had attributes with our
 * names, or holds more services than were named: it comes back with a reload only.
 *
 * Then whichever of the original's attributes are harmless (id, class, style that loads nothing, width, height, title,
 * alt, lang, dir, aria-*), as they were written. A script has type="text/plain", an input type="image", an iframe or
 * frame of a service of the policy has the placeholder page as its src (not when it is at most one pixel wide or high:
 * nobody would see it).
 *
 * An element that only has a style or background to be taken away, or a srcdoc that was made neutral inside, keeps all
 * its other attributes behind the same two. A client that restores therefore sets attributes of the live element from
 * those of the stored tag, which it reads by parsing the tag with its name replaced in a template, and removes the
 * others; scripts must be created anew. A style sheet's references become about:invalid#ngxc-SERVICE, which only a
 * reload brings back.
 *
 * In what arrives from the site, attributes whose names begin with data-ngxc are renamed (data-x-ngxc…): only the
 * gateway may set them, else whoever may write data- attributes into a page could have the client restore any tag he
 * likes.
 */

#ifndef CONSENT_NEUTRAL_H
#define CONSENT_NEUTRAL_H

#include "buf.h"
#include "load.h"

/* Where the bytes go. put returns nothing: whoever owns it remembers its failures. */
typedef struct {
    void  (*put)(void *data, const char *bytes, size_t len);
    void   *data;
} consent_sink_t;

void consent_sink_put(const consent_sink_t *sink, consent_str_t s);

/* Escaped as above. */
void consent_sink_put_escaped(const consent_sink_t *sink, consent_str_t s);

/* The start of a tag: "<name", data-ngxc, and data-ngxc-tag if whole. */
void consent_neutral_begin(const consent_sink_t *sink, consent_str_t tag, const consent_blocked_t *blocked, int whole);

/* The harmless attributes of tag, each with a space before it. */
void consent_neutral_harmless(const consent_sink_t *sink, consent_str_t tag);

/*
 * The src of an iframe: the placeholder of the service for url (as written in the tag). Nothing when nobody would see
 * it.
 */
void consent_neutral_placeholder(const consent_sink_t *sink, consent_str_t tag, consent_str_t endpoint,
    const consent_blocked_t *blocked, const consent_url_t *base, consent_str_t url);

/* What stands in a style sheet instead of a reference. */
void consent_neutral_reference(const consent_sink_t *sink, const consent_blocked_t *blocked);

/* The original of a start tag in neutral form: 1, or 0 when it is none or does not hold it. */
int consent_neutral_restore(consent_str_t tag, consent_buf_t *original);

#endif
