#include <string.h>

#include "charref.h"

typedef struct {
    const char      *name;      /* without "&"; some are there with ";" and without */
    unsigned         codes[2];  /* the second is 0 where there is only one */
} named_t;

#include "charref_names.h"

/* What the C1 controls mean (13.2.5.80): windows-1252. */

static const unsigned short  c1[32] = {
    0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008d,
    0x017d, 0x008f, 0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a,
    0x0153, 0x009d, 0x017e, 0x0178
};


static int
is_alnum(char c)
{
    return (unsigned char) ((c | 0x20) - 'a') < 26 || (unsigned char) (c - '0') < 10;
}


int
consent_charref_needed(consent_str_t raw)
{
    return raw.len > 0
           && (memchr(raw.data, '&', raw.len) != NULL || memchr(raw.data, '\r', raw.len) != NULL
               || memchr(raw.data, '\0', raw.len) != NULL);
}


size_t
consent_utf8_encode(unsigned c, char *out)
{
    if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) {
        c = 0xfffd;
    }

    if (c < 0x80) {
        out[0] = (char) c;
        return 1;
    }

    if (c < 0x800) {
        out[0] = (char) (0xc0 | (c >> 6));
        out[1] = (char) (0x80 | (c & 0x3f));
        return 2;
    }

    if (c < 0x10000) {
        out[0] = (char) (0xe0 | (c >> 12));
        out[1] = (char) (0x80 | ((c >> 6) & 0x3f));
        out[2] = (char) (0x80 | (c & 0x3f));
        return 3;
    }

    out[0] = (char) (0xf0 | (c >> 18));
    out[1] = (char) (0x80 | ((c >> 12) & 0x3f));
    out[2] = (char) (0x80 | ((c >> 6) & 0x3f));
    out[3] = (char) (0x80 | (c & 0x3f));

    return 4;
}


/*
 * "&#" was read, p is behind it. Returns the bytes of the reference from p on, or 0 when it is none (13.2.5.75 to 80).
 */

static size_t
numeric(const char *p, const char *end, unsigned *code)
{
    int          hex;
    unsigned     c, digit;
    const char  *start, *digits;

    start = p;
    hex = p < end && (*p | 0x20) == 'x';
    p += hex;

    for (digits = p, c = 0; p < end; p++) {
        if ((unsigned char) (*p - '0') < 10) {
            digit = (unsigned) (*p - '0');

        } else if (hex && (unsigned char) ((*p | 0x20) - 'a') < 6) {
            digit = (unsigned) ((*p | 0x20) - 'a') + 10;

        } else {
            break;
        }

        if (c <= 0x10ffff) {
            c = c * (hex ? 16 : 10) + digit;
        }
    }

    if (p == digits) {
        return 0;
    }

    if (c >= 0x80 && c <= 0x9f) {
        c = c1[c - 0x80];
    }

    *code = c > 0x10ffff ? 0xfffd : c;

    return (size_t) (p - start) + (p < end && *p == ';');
}


/* The first of names from one index to another whose i-th character is not below c. */

static size_t
lower_bound(size_t from, size_t to, size_t i, unsigned char c)
{
    size_t  middle;

    while (from < to) {
        middle = from + (to - from) / 2;

        if ((unsigned char) names[middle].name[i] < c) {
            from = middle + 1;

        } else {
            to = middle;
        }
    }

    return from;
}


/* The longest name at p. One without ";" does not count before "=" or a letter or digit (13.2.5.73, attribute mode). */

static size_t
named(const char *p, const char *end, const unsigned **codes)
{
    size_t  i, best, from, to;

    best = 0;
    from = 0;
    to = sizeof(names) / sizeof(names[0]);

    for (i = 0; p + i < end && from < to && p[i] != '\0'; ) {
        from = lower_bound(from, to, i, (unsigned char) p[i]);
        to = lower_bound(from, to, i, (unsigned char) p[i] + 1);
        i++;

        if (from < to && names[from].name[i] == '\0') {
            best = i;
            *codes = names[from].codes;
        }
    }

    if (best > 0 && p[best - 1] != ';' && p + best < end && (p[best] == '=' || is_alnum(p[best]))) {
        return 0;
    }

    return best;
}


consent_str_t
consent_charref_decode(consent_str_t raw, char *out, size_t size)
{
    char             utf8[8], c;
    size_t           n, used, room;
    unsigned         code;
    const char      *p, *end, *run;
    const unsigned  *codes;

    room = size;

    for (p = raw.data, end = p + raw.len; p < end; p += used) {
        c = *p;

        if (c != '&' && c != '\r' && c != '\0') {
            for (run = p; run < end && *run != '&' && *run != '\r' && *run != '\0'; run++) {
                /* void */
            }

            used = (size_t) (run - p);

            if (used > room) {
                used = room;
                end = p + used;
            }

            memcpy(out + (size - room), p, used);
            room -= used;

            continue;
        }

        used = 1;
        code = (unsigned char) c;
        codes = NULL;

        if (c == '\0') {
            code = 0xfffd;

        } else if (c == '\r') {
            code = '\n';
            used = p + 1 < end && p[1] == '\n' ? 2 : 1;

        } else if (p + 1 < end && p[1] == '#') {
            n = numeric(p + 2, end, &code);
            used = n > 0 ? n + 2 : 1;

        } else if (p + 1 < end) {
            used = named(p + 1, end, &codes) + 1;
        }

        if (codes != NULL && used > 1) {
            n = consent_utf8_encode(codes[0], utf8);
            n += codes[1] ? consent_utf8_encode(codes[1], utf8 + n) : 0;

        } else {
            n = consent_utf8_encode(code, utf8);
        }

        if (n > room) {
            break;
        }

        memcpy(out + (size - room), utf8, n);
        room -= n;
    }

    return (consent_str_t) { out, size - room };
}
