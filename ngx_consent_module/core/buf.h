/*
 * A growing output buffer in an arena. A failed allocation sticks: the writer goes on, the reader asks once.
 */

#ifndef CONSENT_BUF_H
#define CONSENT_BUF_H

#include "arena.h"

typedef struct {
    consent_arena_t  *arena;
    char             *data;
    size_t            len;
    size_t            size;
    unsigned          failed:1;
} consent_buf_t;

void consent_buf_init(consent_buf_t *buf, consent_arena_t *arena);
void consent_buf_add(consent_buf_t *buf, consent_str_t s);
void consent_buf_addc(consent_buf_t *buf, char c);
void consent_buf_addf(consent_buf_t *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * UTF-8 as HTML text or attribute value: & < > " ' escaped, everything beyond ASCII as a numeric reference, so that it is
 * right in any ASCII-compatible charset; malformed UTF-8 becomes U+FFFD.
 */
void consent_buf_add_html(consent_buf_t *buf, consent_str_t utf8);

/* Percent-encodes everything but the unreserved characters of RFC 3986, 2.3. */
void consent_buf_add_uri_component(consent_buf_t *buf, consent_str_t s);

/* What was written so far; data is NULL when an allocation failed. */
consent_str_t consent_buf_str(const consent_buf_t *buf);

#endif
