/*
 * Sixteen bytes at a time where SSE2 is, as it is on every x86-64; elsewhere one by one, with the same result.
 */

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "ascii.h"
#include "scanner_skip.h"


#ifdef __SSE2__

#define BLOCK  16


static inline __m128i
equal(__m128i block, char c)
{
    return _mm_cmpeq_epi8(block, _mm_set1_epi8(c));
}


static inline unsigned
where(__m128i block)
{
    return (unsigned) _mm_movemask_epi8(block);
}


/*
 * Which bytes of a block end a run: quotes and ">"; and what the run hints at. The byte before the block always belongs
 * to the same tag, so that pairs are found with the block one byte further on.
 */

static inline __attribute__((always_inline)) unsigned
examine_block(const char *p, const char *pair, unsigned *hints)
{
    unsigned  ends, run;
    __m128i   b, low, before, low_before, style, ngxc, background, wanted;

    b = _mm_loadu_si128((const __m128i *) p);
    low = _mm_or_si128(b, _mm_set1_epi8(0x20));
    before = _mm_loadu_si128((const __m128i *) (p - 1));
    low_before = _mm_or_si128(before, _mm_set1_epi8(0x20));

    ends = where(_mm_or_si128(equal(b, '>'), _mm_or_si128(equal(b, '"'), equal(b, '\''))));
    run = ends ? (ends & -ends) - 1 : 0xffff;

    style = _mm_or_si128(equal(b, '('), equal(b, '&'));
    ngxc = _mm_and_si128(equal(low_before, 'x'), equal(low, 'c'));
    background = _mm_and_si128(equal(low_before, 'k'), equal(low, 'g'));
    wanted = _mm_and_si128(equal(before, pair[0]), equal(b, pair[1]));

    if (where(_mm_or_si128(_mm_or_si128(style, ngxc), _mm_or_si128(background, wanted))) & run) {
        *hints |= (where(style) & run ? CONSENT_HINT_STYLE : 0)
                  | (where(ngxc) & run ? CONSENT_HINT_NGXC : 0)
                  | (where(background) & run ? CONSENT_HINT_BACKGROUND : 0)
                  | (where(wanted) & run ? CONSENT_HINT_PAIR : 0);
    }

    return ends;
}


/*
 * A name that lies in a block with its end: folded, stored, NUL-padded. Returns its length, or 0 when it does not.
 */

static inline unsigned
read_name(const char *p, char *name)
{
    unsigned  ends, len;
    __m128i   b, upper, index;

    b = _mm_loadu_si128((const __m128i *) p);
    ends = where(_mm_or_si128(_mm_or_si128(_mm_or_si128(equal(b, '>'), equal(b, ' ')),
                                           _mm_or_si128(equal(b, '/'), equal(b, '\n'))),
                              _mm_or_si128(equal(b, '\t'), _mm_or_si128(equal(b, '\r'), equal(b, '\f')))));

    if (ends == 0) {
        return 0;
    }

    len = (unsigned) __builtin_ctz(ends);

    upper = _mm_and_si128(_mm_cmpgt_epi8(b, _mm_set1_epi8('A' - 1)), _mm_cmplt_epi8(b, _mm_set1_epi8('Z' + 1)));
    b = _mm_or_si128(b, _mm_and_si128(upper, _mm_set1_epi8(0x20)));

    index = _mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    b = _mm_and_si128(b, _mm_cmplt_epi8(index, _mm_set1_epi8((char) len)));

    _mm_storeu_si128((__m128i *) name, b);

    return len;
}

#endif


/* memchr is for long runs: between two tags there are often but a few bytes. */

const char *
consent_find_less_than(const char *p, const char *end)
{
    const char  *lt;

#ifdef __SSE2__
    unsigned     found;

    if (end - p >= BLOCK) {
        found = where(equal(_mm_loadu_si128((const __m128i *) p), '<'));

        if (found) {
            return p + __builtin_ctz(found);
        }

        p += BLOCK;
    }
#endif

    lt = memchr(p, '<', (size_t) (end - p));

    return lt ? lt : end;
}


/* The next quote or ">"; end when there is none. */

static inline __attribute__((always_inline)) const char *
find_quote_or_end(const char *p, const char *end, const char *pair, unsigned *hints)
{
#ifdef __SSE2__
    unsigned  ends;

    while (end - p >= BLOCK) {
        ends = examine_block(p, pair, hints);

        if (ends) {
            return p + __builtin_ctz(ends);
        }

        p += BLOCK;
    }

    if (p < end) {
        *hints |= CONSENT_HINT_ALL;
    }
#else
    (void) pair;
    *hints |= CONSENT_HINT_ALL;
#endif

    while (p < end && *p != '>' && *p != '"' && *p != '\'') {
        p++;
    }

    return p;
}


/*
 * Whether the quote at q opens an attribute value for sure: it follows "=", that a name of ordinary letters, that white
 * space or the certain place, and that no other "=" whose value the name could be.
 */

static inline int
opens_value(const char *certain, const char *q)
{
    if (q - certain < 3 || *--q != '=') {
        return 0;
    }

    for (q--; q >= certain && (consent_is_alpha(*q) || *q == '-' || *q == ':' || *q == '_' || (*q >= '0' && *q <= '9')); q--) {
        /* void */
    }

    if (q < certain) {
        return 1;
    }

    if (!consent_is_space(*q) || q[1] == '=') {
        return 0;
    }

    while (q >= certain && consent_is_space(*q)) {
        q--;
    }

    return q < certain || *q != '=';
}


/*
 * A tag that lies in the buffer as a whole, without the state machine; NULL when that is not sure. lt is at "<". What
 * comes before certain is behind us: a name, or a quoted value, ends there.
 */

const char *
consent_skip_tag(consent_scanner_t *s, const char *lt, const char *end)
{
    char         c;
    unsigned     hints, n;
    const char  *p, *q, *certain;

    p = lt + 1;
    s->end_tag = 0;

    if (p < end && *p == '/') {
        s->end_tag = 1;
        p++;
    }

    if (p == end || !consent_is_alpha(*p)) {
        return NULL;
    }

    n = 0;

#ifdef __SSE2__
    if (end - p >= BLOCK) {
        n = read_name(p, s->name);
        p += n;
    }
#endif

    if (n == 0) {
        memset(s->name, 0, sizeof(s->name));

        for ( ; p < end && *p != '>' && *p != '/' && !consent_is_space(*p); p++) {
            if (n < CONSENT_NAME_MAX) {
                s->name[n++] = consent_to_lower(*p);
            }
        }

        if (p == end) {
            return NULL;
        }
    }

    s->name_len = (unsigned char) n;
    s->self_closing = 0;
    s->hints = 0;

    if (*p == '>' && (size_t) (p + 1 - lt) <= s->limit) {
        return p + 1;
    }

    hints = 0;

    for (certain = p; ; certain = p) {
        q = find_quote_or_end(p, end, s->pair, &hints);

        if (q == end) {
            return NULL;
        }

        if (*q == '>') {
            break;
        }

        if (!opens_value(certain, q)) {
            return NULL;
        }

        c = *q;
        p = q + 1;

        do {
            q = find_quote_or_end(p, end, s->pair, &hints);
            if (q == end) {
                return NULL;
            }

            p = q + 1;
        } while (*q != c);
    }

    if (q[-1] == '/') {

        /* "/" may be the end of an unquoted value or be one itself, unless only white space stands before it */

        for (p = q - 2; p >= certain && consent_is_space(*p); p--) {
            /* void */
        }

        if (p >= certain) {
            return NULL;
        }

        s->self_closing = 1;
    }

    if ((size_t) (q + 1 - lt) > s->limit) {
        return NULL;
    }

    s->hints = (unsigned char) hints;

    return q + 1;
}
