#include <string.h>

#include "utf8.h"


/*
 * The length of the sequence that begins at p, and whether it is whole: a malformed one ends before the first byte
 * that cannot belong to it (Unicode, table 3-7).
 */

static size_t
sequence(const unsigned char *p, size_t n, int *whole)
{
    size_t         i, need;
    unsigned char  low, high;

    *whole = 0;
    low = 0x80;
    high = 0xbf;

    if (p[0] < 0x80) {
        *whole = 1;
        return 1;
    }

    if (p[0] >= 0xc2 && p[0] <= 0xdf) {
        need = 2;

    } else if (p[0] >= 0xe0 && p[0] <= 0xef) {
        need = 3;
        low = p[0] == 0xe0 ? 0xa0 : 0x80;
        high = p[0] == 0xed ? 0x9f : 0xbf;

    } else if (p[0] >= 0xf0 && p[0] <= 0xf4) {
        need = 4;
        low = p[0] == 0xf0 ? 0x90 : 0x80;
        high = p[0] == 0xf4 ? 0x8f : 0xbf;

    } else {
        return 1;
    }

    for (i = 1; i < need; i++) {
        if (i == n || p[i] < low || p[i] > high) {
            return i;
        }

        low = 0x80;
        high = 0xbf;
    }

    *whole = 1;

    return need;
}


size_t
consent_utf8_repair(consent_str_t text, char *out)
{
    int                   whole;
    char                 *o = out;
    size_t                i, n;
    const unsigned char  *p = (const unsigned char *) text.data;

    for (i = 0; i < text.len; i += n) {
        n = sequence(p + i, text.len - i, &whole);

        if (whole) {
            memcpy(o, p + i, n);
            o += n;

        } else {
            memcpy(o, "\xef\xbf\xbd", 3);
            o += 3;
        }
    }

    return (size_t) (o - out);
}
