#include "base64.h"


/* The six bits of a character; -1 when it is none of the alphabet. */

static int
bits_of(char c, const char last[2])
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }

    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }

    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }

    if (c == last[0]) {
        return 62;
    }

    return c == last[1] ? 63 : -1;
}


static int
decode(consent_str_t text, const char last[2], unsigned char *out, size_t size, size_t *n)
{
    int       bits;
    size_t    i, used;
    unsigned  held, nheld;

    if (text.len % 4 == 1 || text.len / 4 * 3 + text.len % 4 * 3 / 4 > size) {
        return -1;
    }

    held = 0;
    nheld = 0;
    used = 0;

    for (i = 0; i < text.len; i++) {
        bits = bits_of(text.data[i], last);
        if (bits < 0) {
            return -1;
        }

        held = (held << 6) | (unsigned) bits;
        nheld += 6;

        if (nheld >= 8) {
            nheld -= 8;
            out[used++] = (unsigned char) (held >> nheld);
            held &= (1u << nheld) - 1;
        }
    }

    if (held != 0) {
        return -1;
    }

    *n = used;

    return 0;
}


size_t
consent_base64url_encode(const unsigned char *bytes, size_t n, char *out)
{
    char               *p = out;
    size_t              i;
    unsigned            held, nheld;
    static const char   alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    held = 0;
    nheld = 0;

    for (i = 0; i < n; i++) {
        held = (held << 8) | bytes[i];
        nheld += 8;

        while (nheld >= 6) {
            nheld -= 6;
            *p++ = alphabet[(held >> nheld) & 0x3f];
        }

        held &= (1u << nheld) - 1;
    }

    if (nheld > 0) {
        *p++ = alphabet[(held << (6 - nheld)) & 0x3f];
    }

    return (size_t) (p - out);
}


int
consent_base64url_decode(consent_str_t text, unsigned char *out, size_t size, size_t *n)
{
    return decode(text, "-_", out, size, n);
}


int
consent_base64_decode(consent_str_t text, unsigned char *out, size_t size, size_t *n)
{
    if (text.len % 4 != 0) {
        return -1;
    }

    if (text.len > 0 && text.data[text.len - 1] == '=') {
        text.len -= text.data[text.len - 2] == '=' ? 2 : 1;
    }

    return decode(text, "+/", out, size, n);
}
