/*
 * What it costs to ask whose a URL, a script or a cookie is, with a catalogue of 16 services and of 400. Without
 * arguments: every case, nanoseconds a question. With arguments SERVICES CASE ROUNDS: that alone, for valgrind
 * --tool=callgrind; the difference between two runs of different rounds is the price of a question in instructions.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "catalogue_private.h"
#include "heap.h"
#include "match.h"
#include "match_build.h"

#define SERVICES_MAX  400
#define PATTERNS      6
#define ROUNDS        200000
#define SCRIPT_LEN    4096

static heap_t               heap;
static consent_catalogue_t  catalogue;
static consent_policy_t     policy;
static consent_entry_t      entries[16];
static consent_url_t        page;
static consent_str_t        hosts[2];
static char                 script[SCRIPT_LEN];


static void
report(void *data, const char *file, unsigned line, const char *text)
{
    (void) data;

    fprintf(stderr, "%s:%u: %s\n", file, line, text);
    exit(1);
}


static consent_str_t
text_of(const char *format, unsigned i)
{
    char  text[128];

    snprintf(text, sizeof(text), format, i, i);

    return consent_strdup(&heap.arena, consent_str(text));
}


static consent_str_t *
texts_of(const char *const *formats, unsigned n, unsigned i)
{
    consent_str_t  *texts;

    texts = consent_alloc(&heap.arena, n * sizeof(consent_str_t));

    for (unsigned k = 0; k < n; k++) {
        texts[k] = text_of(formats[k], i);
    }

    return texts;
}


/* Of the catalogue's shape: a few hosts, a path on a shared host, a script on any host, signatures, cookies. */

static void
make_service(consent_service_t *service, unsigned i)
{
    static const char *const  urls[PATTERNS] = {
        "service-%u.example", "cdn.service-%u.example.net", "shared.example.org/service-%u/", "//*/tracker-%u.js",
        "//*/*/tracker-%u.min.js", "s%u.example.com/*/widget.js"
    };
    static const char *const  inlines[] = {
        "\\b_tracker%u\\s*\\.\\s*push\\s*\\(", "\\bService%u\\.(?:init|load)\\(", "['\"]widget-%u['\"]"
    };
    static const char *const  cookies[] = { "_sv%u", "_sv%u_*", "sess%u.*", "%u_id" };

    memset(service, 0, sizeof(*service));

    service->id = text_of("service-%u", i);
    service->urls = texts_of(urls, PATTERNS, i);
    service->nurls = PATTERNS;
    service->inlines = texts_of(inlines, 3, i);
    service->ninlines = 3;
    service->ncookies = 4;
    service->cookies = consent_calloc(&heap.arena, 4 * sizeof(consent_cookie_pattern_t));

    for (unsigned k = 0; k < 4; k++) {
        service->cookies[k].name = text_of(cookies[k], i);
    }
}


static void
build(unsigned n)
{
    size_t                      i;
    consent_service_t          *services;
    consent_problems_t          problems = { report, NULL, 0 };
    const consent_service_t   **list;

    static const char  code[] =
        "var a=document.createElement('div');a.className='menu-item';a.addEventListener('click',function(e)"
        "{e.preventDefault();window.location.href=this.getAttribute('data-href')+'?from='+encodeURIComponent(x)});";

    heap_init(&heap);

    services = consent_alloc(&heap.arena, n * sizeof(consent_service_t));
    list = consent_alloc(&heap.arena, n * sizeof(consent_service_t *));

    for (i = 0; i < n; i++) {
        make_service(&services[i], (unsigned) i);
        list[i] = &services[i];
    }

    catalogue.services = services;
    catalogue.n = n;
    catalogue.matcher = consent_matcher_build(&heap.arena, list, n, "catalogue", &problems);

    for (i = 0; i < 16; i++) {
        entries[i].service = entries[i].base = &services[i];
    }

    hosts[0] = CONSENT_STR("ville.example");
    hosts[1] = CONSENT_STR("www.ville.example");

    policy.file = CONSENT_STR("policy");
    policy.hosts = hosts;
    policy.nhosts = 2;
    policy.entries = entries;
    policy.nentries = 16;
    policy.catalogue = &catalogue;
    policy.overlay = consent_overlay_build(&heap.arena, &policy, &problems);

    page.scheme = CONSENT_SCHEME_HTTPS;
    page.host = hosts[1];
    page.path = CONSENT_STR("/culture/agenda/page.html");

    for (i = 0; i < SCRIPT_LEN; i++) {
        script[i] = code[i % (sizeof(code) - 1)];
    }
}


static consent_claim_t
url(const char *ref)
{
    consent_url_t          resolved;
    consent_url_scratch_t  scratch;

    consent_url_resolve(&page, consent_str(ref), &scratch, &resolved);

    return consent_match_url(&policy, page.host, &resolved);
}


static consent_claim_t
own_file(void)
{
    return url("/themes/ville/css/style.css");
}


static consent_claim_t
own_relative(void)
{
    return url("../images/logo.png?v=3");
}


static consent_claim_t
known_host(void)
{
    return url("https://www.service-7.example/embed/abc?x=1");
}


static consent_claim_t
shared_host(void)
{
    return url("https://shared.example.org/service-7/widget.js");
}


static consent_claim_t
unknown_host(void)
{
    return url("https://static.other.example/assets/js/app.js");
}


static consent_claim_t
any_host(void)
{
    return url("/stats/tracker-7.min.js");
}


static consent_claim_t
folded_host(void)
{
    return url("https://WWW.\xef\xbd\x93\x65rvice-7.example/");
}


static consent_claim_t
innocent_script(void)
{
    return consent_match_inline(&policy, (consent_str_t) { script, SCRIPT_LEN });
}


static consent_claim_t
calling_script(void)
{
    return consent_match_inline(&policy, CONSENT_STR("var x = 1; _tracker7.push(['page', document.title]);"));
}


static consent_claim_t
known_cookie(void)
{
    return consent_match_cookie(&policy, CONSENT_STR("_sv7_abcdef"), NULL);
}


static consent_claim_t
unknown_cookie(void)
{
    return consent_match_cookie(&policy, CONSENT_STR("PHPSESSID"), NULL);
}


static const struct {
    const char        *name;
    consent_claim_t  (*ask)(void);
    int                claimed;
} cases[] = {
    { "own-file", own_file, 0 },
    { "own-relative", own_relative, 0 },
    { "known-host", known_host, 1 },
    { "shared-host", shared_host, 1 },
    { "unknown-host", unknown_host, 0 },
    { "any-host", any_host, 1 },
    { "folded-host", folded_host, 1 },
    { "script-4k", innocent_script, 0 },
    { "script-call", calling_script, 1 },
    { "known-cookie", known_cookie, 1 },
    { "unknown-cookie", unknown_cookie, 0 }
};


static double
run(size_t i, unsigned long rounds)
{
    unsigned long    k;
    struct timespec  begin, end;

    clock_gettime(CLOCK_MONOTONIC, &begin);

    for (k = 0; k < rounds; k++) {
        if ((cases[i].ask().service != NULL) != cases[i].claimed) {
            fprintf(stderr, "%s: a wrong answer\n", cases[i].name);
            exit(1);
        }
    }

    clock_gettime(CLOCK_MONOTONIC, &end);

    return ((double) (end.tv_sec - begin.tv_sec) * 1e9 + (double) (end.tv_nsec - begin.tv_nsec)) / (double) rounds;
}


int
main(int argc, char **argv)
{
    size_t    i, k;
    double    times[2][sizeof(cases) / sizeof(cases[0])];

    static const unsigned  sizes[] = { 16, SERVICES_MAX };

    if (argc == 4) {
        build((unsigned) atoi(argv[1]));

        for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
            if (strcmp(cases[i].name, argv[2]) == 0) {
                run(i, strtoul(argv[3], NULL, 10));
                return 0;
            }
        }

        return 1;
    }

    for (k = 0; k < 2; k++) {
        build(sizes[k]);

        for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
            run(i, ROUNDS / 10);
            times[k][i] = run(i, strncmp(cases[i].name, "script", 6) == 0 ? ROUNDS / 10 : ROUNDS);
        }

        consent_overlay_destroy(policy.overlay);
        consent_matcher_destroy(catalogue.matcher);
        heap_free(&heap);
    }

    printf("%-16s %10s %10s   ns a question\n", "services:", "16", "400");

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        printf("%-16s %10.1f %10.1f\n", cases[i].name, times[0][i], times[1][i]);
    }

    return 0;
}
