#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "buf.h"

#define CONSENT_BUF_FIRST  1024


void
consent_buf_init(consent_buf_t *buf, consent_arena_t *arena)
{
    memset(buf, 0, sizeof(*buf));
    buf->arena = arena;
}


/* The arena keeps the outgrown block: doubling bounds the waste by the final size. */

static char *
reserve(consent_buf_t *buf, size_t more)
{
    char    *data;
    size_t   size;

    if (buf->failed) {
        return NULL;
    }

    if (more <= buf->size - buf->len) {
        return buf->data + buf->len;
    }

    size = buf->size ? buf->size : CONSENT_BUF_FIRST;

    while (size - buf->len < more) {
        if (size > (size_t) -1 / 2) {
            buf->failed = 1;
            return NULL;
        }

        size *= 2;
    }

    data = consent_alloc(buf->arena, size);
    if (data == NULL) {
        buf->failed = 1;
        return NULL;
    }

    if (buf->len > 0) {
        memcpy(data, buf->data, buf->len);
    }

    buf->data = data;
    buf->size = size;

    return data + buf->len;
}


void
consent_buf_add(consent_buf_t *buf, consent_str_t s)
{
    char  *p;

    if (s.len == 0) {
        return;
    }

    p = reserve(buf, s.len);

    if (p != NULL) {
        memcpy(p, s.data, s.len);
        buf->len += s.len;
    }
}


void
consent_buf_addc(consent_buf_t *buf, char c)
{
    consent_buf_add(buf, (consent_str_t) { &c, 1 });
}


void
consent_buf_addf(consent_buf_t *buf, const char *format, ...)
{
    int      n;
    char     text[512], *p;
    va_list  args;

    va_start(args, format);
    n = vsnprintf(text, sizeof(text), format, args);
    va_end(args);

    if (n < 0) {
        buf->failed = 1;
        return;
    }

    if ((size_t) n < sizeof(text)) {
        consent_buf_add(buf, (consent_str_t) { text, (size_t) n });
        return;
    }

    p = reserve(buf, (size_t) n + 1);

    if (p != NULL) {
        va_start(args, format);
        vsnprintf(p, (size_t) n + 1, format, args);
        va_end(args);

        buf->len += (size_t) n;
    }
}


/* One code point of UTF-8 (Unicode 3.9, table 3-7: no surrogates, nothing overlong); 0xfffd and one byte where it is malformed. */

static unsigned
decode_utf8(const unsigned char *p, size_t n, size_t *used)
{
    size_t    need, i;
    unsigned  c, least;

    *used = 1;
    c = p[0];

    if (c < 0x80) {
        return c;
    }

    if (c >= 0xc2 && c <= 0xdf) {
        need = 1;
        least = 0x80;
        c &= 0x1f;

    } else if (c >= 0xe0 && c <= 0xef) {
        need = 2;
        least = 0x800;
        c &= 0x0f;

    } else if (c >= 0xf0 && c <= 0xf4) {
        need = 3;
        least = 0x10000;
        c &= 0x07;

    } else {
        return 0xfffd;
    }

    if (n <= need) {
        return 0xfffd;
    }

    for (i = 1; i <= need; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0xfffd;
        }

        c = (c << 6) | (p[i] & 0x3f);
    }

    if (c < least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) {
        return 0xfffd;
    }

    *used = need + 1;

    return c;
}


void
consent_buf_add_html(consent_buf_t *buf, consent_str_t utf8)
{
    size_t                i, used;
    unsigned              c;
    const unsigned char  *p = (const unsigned char *) utf8.data;

    for (i = 0; i < utf8.len; i += used) {
        c = decode_utf8(p + i, utf8.len - i, &used);

        switch (c) {
        case '&':
            consent_buf_add(buf, CONSENT_STR("&amp;"));
            break;
        case '<':
            consent_buf_add(buf, CONSENT_STR("&lt;"));
            break;
        case '>':
            consent_buf_add(buf, CONSENT_STR("&gt;"));
            break;
        case '"':
            consent_buf_add(buf, CONSENT_STR("&quot;"));
            break;
        case '\'':
            consent_buf_add(buf, CONSENT_STR("&#39;"));
            break;
        default:
            if (c == 0) {
                consent_buf_add(buf, CONSENT_STR("&#65533;"));

            } else if (c < 0x80) {
                consent_buf_addc(buf, (char) c);

            } else {
                consent_buf_addf(buf, "&#%u;", c);
            }
        }
    }
}


void
consent_buf_add_uri_component(consent_buf_t *buf, consent_str_t s)
{
    size_t         i;
    unsigned char  c;

    for (i = 0; i < s.len; i++) {
        c = (unsigned char) s.data[i];

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
            || c == '-' || c == '.' || c == '_' || c == '~')
        {
            consent_buf_addc(buf, (char) c);

        } else {
            consent_buf_addf(buf, "%%%02X", c);
        }
    }
}


consent_str_t
consent_buf_str(const consent_buf_t *buf)
{
    if (buf->failed) {
        return (consent_str_t) { NULL, 0 };
    }

    return (consent_str_t) { buf->data ? buf->data : "", buf->len };
}
