/* What the tests of the loaders share: reports kept as text, and the small catalogue and locales of t/data. */

#ifndef CONSENT_TEST_LOADING_H
#define CONSENT_TEST_LOADING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "catalogue.h"
#include "heap.h"
#include "locale.h"
#include "policy.h"


typedef struct {
    heap_t                heap;
    consent_problems_t    problems;
    char                 *reports;      /* "FILE:LINE: TEXT\n", directories left out */
    size_t                len;
    consent_catalogue_t  *catalogue;
    consent_locales_t    *locales;
} loading_t;


static void
loading_report(void *data, const char *file, unsigned line, const char *text)
{
    char        report[2048];
    loading_t  *loading = data;

    file = strrchr(file, '/') != NULL ? strrchr(file, '/') + 1 : file;
    snprintf(report, sizeof(report), "%s:%u: %s\n", file, line, text);

    loading->reports = realloc(loading->reports, loading->len + strlen(report) + 1);
    assert_non_null(loading->reports);

    strcpy(loading->reports + loading->len, report);
    loading->len += strlen(report);
}


static inline void
loading_start(loading_t *loading)
{
    memset(loading, 0, sizeof(*loading));
    heap_init(&loading->heap);

    loading->problems.report = loading_report;
    loading->problems.data = loading;
    loading->reports = calloc(1, 1);

    loading->catalogue = consent_catalogue_load(&loading->heap.arena, "t/data/catalogue", &loading->problems);
    loading->locales = consent_locales_load(&loading->heap.arena, "t/data/locales", &loading->problems);

    assert_string_equal(loading->reports, "");
    assert_non_null(loading->catalogue);
    assert_non_null(loading->locales);

    assert_int_equal(consent_catalogue_load_bridges(loading->catalogue, &loading->heap.arena, "assets/bridges",
                                                    &loading->problems), 0);
}


static inline void
loading_end(loading_t *loading)
{
    consent_catalogue_destroy(loading->catalogue);
    heap_free(&loading->heap);
    free(loading->reports);
}


/* An arena that has room for so many allocations. */

typedef struct {
    heap_t    *heap;
    unsigned   left;
} scarce_t;


static inline void *
scarce_alloc(void *owner, size_t size)
{
    scarce_t  *scarce = owner;

    if (scarce->left == 0) {
        return NULL;
    }

    scarce->left--;

    return consent_alloc(&scarce->heap->arena, size);
}


/* The whole of a file, NUL-terminated, for the caller to free. */

static inline char *
loading_slurp(const char *file)
{
    FILE    *f;
    char    *text;
    size_t   n;

    f = fopen(file, "rb");
    assert_non_null(f);

    text = malloc(1 << 20);
    assert_non_null(text);

    n = fread(text, 1, (1 << 20) - 1, f);
    text[n] = '\0';
    fclose(f);

    return text;
}


/* NUL-terminated, so that cmocka can show it. */

static inline const char *
loading_text(consent_str_t s)
{
    static char  text[4][4096];
    static int   turn;

    turn = (turn + 1) % 4;
    snprintf(text[turn], sizeof(text[0]), "%.*s", (int) s.len, s.data != NULL ? s.data : "");

    return text[turn];
}

#endif
