/*
 * What tests, fuzzers and benchmarks of the rewriter share: a policy of three services of its own (tracker.example,
 * video.example, map.example) and those of t/data, a Matomo with a relay at stats.example among them, a page at https://www.site.example/dir/page, and ways to run a
 * rewriter over bytes and to undo what it did.
 */

#ifndef CONSENT_TEST_REWRITING_H
#define CONSENT_TEST_REWRITING_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attributes.h"
#include "heap.h"
#include "neutral.h"
#include "rewriter.h"

#define REWRITING_HEAD        "<link rel=ngxc-head>"
#define REWRITING_BODY_START  "<div id=ngxc-banner></div>"
#define REWRITING_BODY_END    "<p id=ngxc-link></p>"
#define REWRITING_STUB        "window.track=function(){}"

typedef struct {
    char    *data;
    size_t   len;
    size_t   size;
} bytes_t;

typedef struct {
    heap_t                     heap;
    consent_problems_t         problems;
    consent_catalogue_t       *catalogue;
    consent_locales_t         *locales;
    consent_policy_t          *policy;
    consent_choices_t          choices;
    consent_rewriter_conf_t    conf;

    bytes_t                    out;
    consent_rewriter_stats_t   stats;
    unsigned                   found;           /* reports */
    unsigned                   disallowed;      /* of them about what may not be loaded */
    unsigned                   disallowed_urls; /* of these all but inline scripts */
    char                       reports[4096];   /* "element host service\n", as many as fit */
    size_t                     memory;          /* that the last run took */
} rewriting_t;


static void
bytes_add(bytes_t *bytes, const char *data, size_t len)
{
    if (len == 0) {
        return;
    }

    while (bytes->size - bytes->len < len) {
        bytes->size = bytes->size ? 2 * bytes->size : 4096;
        bytes->data = realloc(bytes->data, bytes->size);

        if (bytes->data == NULL) {
            abort();
        }
    }

    memcpy(bytes->data + bytes->len, data, len);
    bytes->len += len;
}


static void
rewriting_problem(void *data, const char *file, unsigned line, const char *text)
{
    (void) data;
    fprintf(stderr, "%s:%u: %s\n", file, line, text);
}


static int
rewriting_emit(void *data, consent_out_t kind, const char *bytes, size_t len)
{
    rewriting_t  *r = data;

    (void) kind;
    bytes_add(&r->out, bytes, len);

    return 0;
}


static void
rewriting_found(void *data, const consent_found_t *found)
{
    size_t        used;
    rewriting_t  *r = data;

    r->found++;
    r->disallowed += !consent_choices_allow_claim(&r->choices, found->claim, r->policy->unknown_hosts);

    r->disallowed_urls += found->host.len > 0
                          && !consent_choices_allow_claim(&r->choices, found->claim, r->policy->unknown_hosts);

    used = strlen(r->reports);
    snprintf(r->reports + used, sizeof(r->reports) - used, "%s %.*s %s%s\n", found->element, (int) found->host.len,
             found->host.data, found->claim.service ? found->claim.service->id.data : "-",
             found->neutralised ? " neutralised" : "");
}


/* What a relay does not reach counts for nothing here: it is t/unit/relay.c's. */

static void
rewriting_direct(void *data, const consent_direct_t *direct)
{
    (void) data;

    if (direct->host.len == 0 || direct->host.len > 256 || direct->line.len > 160) {
        abort();
    }
}


static inline void
rewriting_start(rewriting_t *r)
{
    static const char  policy[] =
        "{ \"site\": \"Site\", \"hosts\": [\"www.site.example\"], \"languages\": [\"en\"],"
        "  \"controller\": { \"name\": \"Site\", \"contact\": \"dpo@site.example\", \"privacy_policy\": \"/privacy\" },"
        "  \"services\": ["
        "    { \"id\": \"tracker\", \"name\": \"Tracker\", \"purpose\": \"audience\","
        "      \"provider\": { \"name\": \"T\", \"privacy_policy\": \"https://tracker.example/privacy\" },"
        "      \"description\": { \"en\": \"Counts.\" }, \"stub\": \"" REWRITING_STUB "\","
        "      \"match\": { \"urls\": [\"tracker.example\", \"//*/tracker.js\"], \"inline\": [\"\\\\btrack\\\\(\"] } },"
        "    { \"id\": \"video\", \"name\": \"Video\", \"purpose\": \"video\","
        "      \"provider\": { \"name\": \"V\", \"privacy_policy\": \"https://video.example/privacy\" },"
        "      \"description\": { \"en\": \"Plays.\" },"
        "      \"match\": { \"urls\": [\"video.example\"] } },"
        "    { \"id\": \"map\", \"name\": \"Map\", \"purpose\": \"map\","
        "      \"provider\": { \"name\": \"M\", \"privacy_policy\": \"https://map.example/privacy\" },"
        "      \"description\": { \"en\": \"Shows.\" },"
        "      \"match\": { \"urls\": [\"map.example/maps\"], \"inline\": [\"\\\\bnew MapView\\\\(\"] } },"
        "    \"facebook\", \"google-analytics\","
        "    { \"use\": \"matomo\", \"hosts\": [\"stats.example\"], \"relay\": \"/stats/\" }, \"youtube\""
        "  ] }";

    memset(r, 0, sizeof(*r));
    heap_init(&r->heap);
    r->problems.report = rewriting_problem;

    r->catalogue = consent_catalogue_load(&r->heap.arena, "t/data/catalogue", &r->problems);
    r->locales = consent_locales_load(&r->heap.arena, "t/data/locales", &r->problems);

    if (r->catalogue == NULL || r->locales == NULL) {
        abort();
    }

    r->policy = consent_policy_parse(&r->heap.arena, "policy.json", consent_str(policy), r->catalogue, r->locales,
                                     &r->problems);

    if (r->policy == NULL) {
        abort();
    }

    consent_choices_init(&r->choices, r->policy, 0);

    r->conf.choices = &r->choices;
    r->conf.page.scheme = CONSENT_SCHEME_HTTPS;
    r->conf.page.host = CONSENT_STR("www.site.example");
    r->conf.page.path = CONSENT_STR("/dir/page");
    r->conf.page.query = CONSENT_STR("");
    r->conf.endpoint = CONSENT_STR("/_choices/");
    r->conf.emit = rewriting_emit;
    r->conf.found = rewriting_found;
    r->conf.direct = rewriting_direct;
    r->conf.data = r;
}


static inline void
rewriting_end(rewriting_t *r)
{
    free(r->out.data);
    consent_policy_destroy(r->policy);
    consent_catalogue_destroy(r->catalogue);
    heap_free(&r->heap);
}


static inline consent_str_t
rewriting_part(void *data, consent_part_t part, consent_str_t lang, int based)
{
    static const consent_str_t  parts[] = {
        [CONSENT_PART_HEAD] = { REWRITING_HEAD, sizeof(REWRITING_HEAD) - 1 },
        [CONSENT_PART_BODY_START] = { REWRITING_BODY_START, sizeof(REWRITING_BODY_START) - 1 },
        [CONSENT_PART_BODY_END] = { REWRITING_BODY_END, sizeof(REWRITING_BODY_END) - 1 }
    };

    (void) data;
    (void) lang;
    (void) based;

    return parts[part];
}


static inline void
rewriting_inject(rewriting_t *r)
{
    r->conf.part = rewriting_part;
    r->conf.inline_script = 1;
}


static inline void
rewriting_answer(rewriting_t *r, consent_answer_t answer)
{
    unsigned  i;

    for (i = 0; i < r->policy->nentries; i++) {
        r->choices.answers[i] = (unsigned char) answer;
    }
}


static inline void
rewriting_feed(consent_rewriter_t *rw, const char *bytes, size_t len)
{
    char  *copy;

    /* a block of its own, gone afterwards: nothing may be read beyond it or later */

    copy = malloc(len ? len : 1);

    if (copy == NULL) {
        abort();
    }

    memcpy(copy, bytes, len);

    if (consent_rewriter_feed(rw, copy, len, 0) != 0) {
        abort();
    }

    free(copy);
}


/* Runs over bytes; the length of each piece comes from next, which may return 0 for "the rest". */

static inline void
rewriting_run(rewriting_t *r, const char *bytes, size_t len, size_t (*next)(void *data), void *data)
{
    heap_t               heap;
    size_t               i, n;
    consent_rewriter_t  *rw;

    heap_init(&heap);

    r->out.len = 0;
    r->found = 0;
    r->disallowed = 0;
    r->disallowed_urls = 0;
    r->reports[0] = '\0';

    rw = consent_rewriter_create(&heap.arena, &r->conf);

    if (rw == NULL) {
        abort();
    }

    for (i = 0; i < len; i += n) {
        n = next ? next(data) : 0;

        if (n == 0 || n > len - i) {
            n = len - i;
        }

        rewriting_feed(rw, bytes + i, n);
    }

    if (consent_rewriter_feed(rw, "", 0, 1) != 0) {
        abort();
    }

    r->stats = *consent_rewriter_stats(rw);
    r->memory = heap.allocated;
    bytes_add(&r->out, "", 1);
    r->out.len--;

    heap_free(&heap);
}


static inline int
rewriting_at(const char *p, const char *end, const char *word)
{
    return (size_t) (end - p) >= strlen(word) && memcmp(p, word, strlen(word)) == 0;
}


/* The length of a stub at p, or 0. */

static size_t
rewriting_stub(const rewriting_t *r, const char *p, const char *end)
{
    unsigned       i;
    consent_str_t  stub;

    if (!rewriting_at(p, end, "<script>")) {
        return 0;
    }

    p += 8;

    for (i = 0; i < r->policy->nentries; i++) {
        stub = r->policy->entries[i].service->stub;

        if (stub.len > 0 && consent_str_starts((consent_str_t) { p, (size_t) (end - p) }, stub)
            && rewriting_at(p + stub.len, end, "</script>"))
        {
            return 8 + stub.len + 9;
        }
    }

    return 0;
}


/* What a client would have after restoring all: stored tags in place of neutral ones, what was put in taken out. */

static inline void
rewriting_undo(rewriting_t *r, bytes_t *undone)
{
    size_t                 i, n;
    heap_t                 heap;
    const char            *p, *q, *end;
    consent_buf_t          original;
    consent_attribute_t    a;
    consent_attributes_t   it;

    static const char *const  injected[] = { REWRITING_HEAD, REWRITING_BODY_START, REWRITING_BODY_END };

    heap_init(&heap);
    undone->len = 0;

    for (p = r->out.data, end = p + r->out.len; p < end; ) {
        for (i = 0; i < sizeof(injected) / sizeof(injected[0]); i++) {
            if (rewriting_at(p, end, injected[i])) {
                p += strlen(injected[i]);
                break;
            }
        }

        if (i < sizeof(injected) / sizeof(injected[0])) {
            continue;
        }

        n = rewriting_stub(r, p, end);

        if (n > 0) {
            p += n;
            continue;
        }

        for (q = p + 1; *p == '<' && q < end && (unsigned char) ((*q | 0x20) - 'a') < 26; q++) {
            /* void */
        }

        if (*p == '<' && rewriting_at(q, end, " data-ngxc=\"")) {
            consent_attributes_init(&it, (consent_str_t) { p, (size_t) (end - p) });

            while (consent_attributes_next(&it, &a)) {
                /* void */
            }

            consent_buf_init(&original, &heap.arena);

            if (consent_neutral_restore((consent_str_t) { p, (size_t) (it.p + 1 - p) }, &original)) {
                bytes_add(undone, original.data, original.len);
                p = it.p + 1;
                continue;
            }
        }

        bytes_add(undone, p++, 1);
    }

    heap_free(&heap);
}

#endif
