#include <limits.h>
#include <string.h>

#include "suggest.h"

#define CONSENT_SUGGEST_MAX  64


void
consent_suggest_init(consent_suggest_t *suggest, consent_str_t word)
{
    suggest->word = word;
    suggest->nearest = (consent_str_t) { "", 0 };
    suggest->distance = UINT_MAX;
}


static unsigned
min3(unsigned a, unsigned b, unsigned c)
{
    a = a < b ? a : b;

    return a < c ? a : c;
}


/* Letters typed in upper case and "_" for "-" are no distance at all. */

static unsigned char
fold(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return (unsigned char) (c | 0x20);
    }

    return c == '_' ? '-' : (unsigned char) c;
}


/* Optimal string alignment: insertions, deletions, substitutions, and two neighbours swapped, each costing one. */

static unsigned
distance(consent_str_t a, consent_str_t b)
{
    size_t    i, j;
    unsigned  rows[3][CONSENT_SUGGEST_MAX + 1], *before, *last, *row, *spare, d;

    before = rows[0];
    last = rows[1];
    row = rows[2];

    for (j = 0; j <= b.len; j++) {
        last[j] = (unsigned) j;
        before[j] = 0;
    }

    for (i = 1; i <= a.len; i++) {
        row[0] = (unsigned) i;

        for (j = 1; j <= b.len; j++) {
            d = min3(last[j] + 1, row[j - 1] + 1, last[j - 1] + (fold(a.data[i - 1]) != fold(b.data[j - 1])));

            if (i > 1 && j > 1 && before[j - 2] + 1 < d
                && fold(a.data[i - 1]) == fold(b.data[j - 2]) && fold(a.data[i - 2]) == fold(b.data[j - 1]))
            {
                d = before[j - 2] + 1;
            }

            row[j] = d;
        }

        spare = before;
        before = last;
        last = row;
        row = spare;
    }

    return last[b.len];
}


/* "analytics" for "google-analytics" and the other way round. */

static int
contains(consent_str_t a, consent_str_t b)
{
    if (a.len < b.len) {
        return b.len > 0 && a.len >= 4 && memmem(b.data, b.len, a.data, a.len) != NULL;
    }

    return b.len >= 4 && memmem(a.data, a.len, b.data, b.len) != NULL;
}


void
consent_suggest_offer(consent_suggest_t *suggest, consent_str_t candidate)
{
    unsigned       d, most;
    consent_str_t  word = suggest->word;

    if (word.len == 0 || word.len > CONSENT_SUGGEST_MAX || candidate.len == 0 || candidate.len > CONSENT_SUGGEST_MAX) {
        return;
    }

    most = 1 + (unsigned) word.len / 4;
    d = distance(word, candidate);

    if (d >= word.len) {
        return;
    }

    if (d > most) {
        if (!contains(word, candidate)) {
            return;
        }

        d += CONSENT_SUGGEST_MAX;
    }

    if (d < suggest->distance) {
        suggest->distance = d;
        suggest->nearest = candidate;
    }
}
