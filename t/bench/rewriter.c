/*
 * What the rewriter costs for each page named on the command line, in 16 kB pieces, nothing allowed, matched against
 * the installed catalogue: against memcpy, against a loop of memchr('<'), and against gumbo's parser where that is
 * installed. Best of many runs; the ratio to memcpy of the same run is what may be compared between machines. With
 * -n ROUNDS before the pages: the rewriter alone, so many times, for perf and callgrind.
 */

#include <time.h>

#include "rewriting.h"

#if __has_include(<gumbo.h>)
#include <dlfcn.h>
#include <gumbo.h>
#endif

#define PIECE    16384
#define SECONDS  0.4

typedef struct {
    const char    *page;
    char          *copy;
    size_t         len;
    rewriting_t   *rewriting;
    size_t         sum;         /* so that nothing is optimised away */
} work_t;

typedef struct {
    consent_arena_t   arena;
    char             *next;
    char              bytes[1 << 20];
} block_t;

#if __has_include(<gumbo.h>)
static GumboOutput  *(*gumbo_parse_page)(const GumboOptions *options, const char *page, size_t len);
static void          (*gumbo_destroy)(const GumboOptions *options, GumboOutput *output);
static const GumboOptions  *gumbo_options;
#endif


static double
now(void)
{
    struct timespec  t;

    clock_gettime(CLOCK_MONOTONIC, &t);

    return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}


static void *
block_alloc(void *owner, size_t size)
{
    void     *p;
    block_t  *block = owner;

    size = (size + 15) & ~(size_t) 15;

    if (size > (size_t) (block->bytes + sizeof(block->bytes) - block->next)) {
        abort();
    }

    p = block->next;
    block->next += size;

    return p;
}


static int
count(void *data, consent_out_t kind, const char *bytes, size_t len)
{
    work_t  *work = data;

    (void) kind;
    work->sum += len + (unsigned char) bytes[0];

    return 0;
}


static void
copy(work_t *work)
{
    size_t  i, n;

    for (i = 0; i < work->len; i += n) {
        n = work->len - i < PIECE ? work->len - i : PIECE;
        memcpy(work->copy + i, work->page + i, n);
    }

    work->sum += (unsigned char) work->copy[work->len / 2];
}


static void
search(work_t *work)
{
    const char  *p, *end;

    for (p = work->page, end = p + work->len; (p = memchr(p, '<', (size_t) (end - p))) != NULL; p++) {
        work->sum++;
    }
}


static void
rewrite(work_t *work)
{
    size_t                i, n;
    static block_t        block;
    consent_rewriter_t   *rw;

    block.next = block.bytes;
    block.arena.alloc = block_alloc;
    block.arena.owner = &block;

    rw = consent_rewriter_create(&block.arena, &work->rewriting->conf);

    for (i = 0; i < work->len; i += n) {
        n = work->len - i < PIECE ? work->len - i : PIECE;

        if (consent_rewriter_feed(rw, work->page + i, n, i + n == work->len) != 0) {
            abort();
        }
    }
}


static void
parse(work_t *work)
{
#if __has_include(<gumbo.h>)
    GumboOutput  *output;

    output = gumbo_parse_page(gumbo_options, work->page, work->len);
    work->sum += output->errors.length;
    gumbo_destroy(gumbo_options, output);
#else
    (void) work;
#endif
}


/* MB/s of the fastest run. */

static double
measure(void (*run)(work_t *work), work_t *work)
{
    double  begin, started, took, best;

    run(work);
    best = 1e9;

    for (begin = now(); now() - begin < SECONDS; ) {
        started = now();
        run(work);
        took = now() - started;
        best = took < best ? took : best;
    }

    return (double) work->len / best / 1e6;
}


static void
find_gumbo(void)
{
#if __has_include(<gumbo.h>)
    void  *library;

    library = dlopen("libgumbo.so.1", RTLD_NOW);
    if (library == NULL) {
        return;
    }

    *(void **) &gumbo_parse_page = dlsym(library, "gumbo_parse_with_options");
    *(void **) &gumbo_destroy = dlsym(library, "gumbo_destroy_output");
    gumbo_options = dlsym(library, "kGumboDefaultOptions");
#endif
}


static int
has_gumbo(void)
{
#if __has_include(<gumbo.h>)
    return gumbo_parse_page != NULL && gumbo_destroy != NULL && gumbo_options != NULL;
#else
    return 0;
#endif
}


static void
use_installed_catalogue(rewriting_t *r)
{
    static const char  policy[] =
        "{ \"site\": \"Site\", \"hosts\": [\"www.site.example\"], \"languages\": [\"en\"],"
        "  \"controller\": { \"name\": \"Site\", \"contact\": \"dpo@site.example\", \"privacy_policy\": \"/privacy\" },"
        "  \"services\": [\"youtube\", \"google-analytics\", \"google-tag-manager\", \"google-maps\", \"matomo\","
        " \"facebook\"] }";

    r->catalogue = consent_catalogue_load(&r->heap.arena, "assets/catalogue", &r->problems);
    r->locales = consent_locales_load(&r->heap.arena, "assets/locales", &r->problems);

    if (r->catalogue != NULL && r->locales != NULL) {
        r->policy = consent_policy_parse(&r->heap.arena, "policy.json", consent_str(policy), r->catalogue, r->locales,
                                         &r->problems);
    }

    if (r->policy == NULL) {
        abort();
    }

    consent_choices_init(&r->choices, r->policy, 0);
}


int
main(int argc, char **argv)
{
    int           i, first, round, rounds;
    FILE         *file;
    char          buf[65536];
    double        memory, search_speed, rewriter, parser;
    size_t        n;
    work_t        work;
    bytes_t       page = { NULL, 0, 0 };
    rewriting_t   r;

    rewriting_start(&r);
    use_installed_catalogue(&r);
    rewriting_inject(&r);
    r.conf.emit = count;
    r.conf.found = NULL;
    r.conf.data = &work;
    find_gumbo();

    first = 1;
    rounds = 0;

    if (argc > 2 && strcmp(argv[1], "-n") == 0) {
        rounds = atoi(argv[2]);
        first = 3;
    }

    printf("%-36s %8s  %8s  %8s %7s  %8s %7s  %8s %7s\n", "page", "kB", "memcpy", "memchr", "ratio", "rewriter",
           "ratio", "gumbo",
           "ratio");

    for (i = first; i < argc; i++) {
        file = fopen(argv[i], "rb");

        if (file == NULL) {
            perror(argv[i]);
            return 1;
        }

        for (page.len = 0; (n = fread(buf, 1, sizeof(buf), file)) > 0; ) {
            bytes_add(&page, buf, n);
        }

        fclose(file);

        work.page = page.data;
        work.len = page.len;
        work.copy = malloc(page.len);
        work.rewriting = &r;
        work.sum = 0;

        if (rounds > 0) {
            for (round = 0; round < rounds; round++) {
                rewrite(&work);
            }

            free(work.copy);
            continue;
        }

        memory = measure(copy, &work);
        search_speed = measure(search, &work);
        rewriter = measure(rewrite, &work);
        parser = has_gumbo() ? measure(parse, &work) : 0;

        printf("%-36.36s %8zu  %8.0f  %8.0f %7.4f  %8.0f %7.4f  %8.0f %7.4f\n",
               strrchr(argv[i], '/') ? strrchr(argv[i], '/') + 1 : argv[i], page.len / 1000, memory, search_speed,
               search_speed / memory, rewriter, rewriter / memory, parser, parser / memory);

        free(work.copy);
    }

    free(page.data);

    return 0;
}
