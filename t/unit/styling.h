/*
 * What tests and fuzzers of style sheets share: the policy and the output of rewriting.h, and a way to run a sheet at
 * https://www.site.example/dir/page over bytes.
 */

#ifndef CONSENT_TEST_STYLING_H
#define CONSENT_TEST_STYLING_H

#include "rewriting.h"
#include "stylesheet.h"

typedef struct {
    consent_stylesheet_stats_t  stats;
    int                         depends;
    int                         open;
    int                         may_open;       /* had it not ended */
    int                         opaque;
} styling_t;


/* The length of each piece comes from next, which may return 0 for "the rest"; NULL: one piece. */

static inline styling_t
styling_run(rewriting_t *r, const char *bytes, size_t len, size_t (*next)(void *data), void *data)
{
    char                       *copy;
    heap_t                      heap;
    size_t                      i, n;
    styling_t                   result;
    consent_stylesheet_t       *sheet;
    consent_stylesheet_conf_t   conf = { .choices = r->conf.choices, .address = r->conf.page,
        .observe = r->conf.observe, .emit = r->conf.emit, .found = r->conf.found, .data = r };

    heap_init(&heap);

    r->out.len = 0;
    r->found = 0;
    r->disallowed = 0;
    r->reports[0] = '\0';

    sheet = consent_stylesheet_create(&heap.arena, &conf);

    if (sheet == NULL) {
        abort();
    }

    for (i = 0; i < len; i += n) {
        n = next ? next(data) : 0;

        if (n == 0 || n > len - i) {
            n = len - i;
        }

        /* a block of its own, gone afterwards: nothing may be read beyond it or later */

        copy = malloc(n);

        if (copy == NULL) {
            abort();
        }

        memcpy(copy, bytes + i, n);

        if (consent_stylesheet_feed(sheet, copy, n, 0) != 0) {
            abort();
        }

        free(copy);
    }

    if (consent_stylesheet_feed(sheet, "", 0, 1) != 0) {
        abort();
    }

    result.stats = *consent_stylesheet_stats(sheet);
    result.depends = consent_stylesheet_depends(sheet);
    result.open = consent_stylesheet_is_open(sheet, 1);
    result.may_open = consent_stylesheet_is_open(sheet, 0);
    result.opaque = consent_stylesheet_is_opaque(sheet);

    bytes_add(&r->out, "", 1);
    r->out.len--;

    heap_free(&heap);

    return result;
}

#endif
