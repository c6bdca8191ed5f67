/*
 * What the catalogue that is installed costs: to load it, beyond one of a single service; for each policy that uses it; and to ask it,
 * beside one of 20 services. Time is the process's own (CPU), the best of several runs.
 */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "catalogue.h"
#include "heap.h"
#include "locale.h"
#include "match.h"
#include "policy.h"

#define RUNS      7
#define POLICIES  10000
#define ROUNDS    200000

#define FEW       "google-analytics google-fonts google-maps google-tag-manager matomo youtube vimeo dailymotion facebook " \
                  "instagram x-twitter linkedin openstreetmap recaptcha addtoany calameo openagenda meteofrance helloasso umap"


static const char  policy_json[] =
    "{\"site\":\"Ville\",\"controller\":{\"name\":\"Ville\",\"privacy_policy\":\"/p\"},\"languages\":[\"fr\"],"
    "\"services\":[\"matomo\",\"youtube\",\"google-maps\",\"facebook\",\"calameo\",\"openagenda\"]}";

static const char  script_text[] =
    "var menu = document.querySelector('.menu'); menu.addEventListener('click', function () { menu.classList.toggle('ouvert'); });"
    "document.querySelectorAll('a[href^=\"http\"]').forEach(function (a) { a.rel = 'noopener'; });"
    "var date = new Date(); if (date.getMonth() === 11) { document.body.className += ' noel'; }";


static void
report(void *data, const char *file, unsigned line, const char *text)
{
    (void) data;

    fprintf(stderr, "%s:%u: %s\n", file, line, text);
    exit(1);
}


static double
now(void)
{
    struct timespec  t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);

    return t.tv_sec + t.tv_nsec / 1e9;
}


/* A directory with links to the files of those services. */

static char *
directory_of(const char *ids)
{
    char         from[512], to[512], cwd[256], *list, *id, *save;
    static char  dirs[2][32] = { "/tmp/ngxc-bench-XXXXXX", "/tmp/ngxc-bench-XXXXXX" };
    static int   n;
    char        *dir = dirs[n++];

    if (mkdtemp(dir) == NULL || getcwd(cwd, sizeof(cwd)) == NULL) {
        perror("mkdtemp");
        exit(1);
    }

    list = strdup(ids);

    for (id = strtok_r(list, " ", &save); id != NULL; id = strtok_r(NULL, " ", &save)) {
        snprintf(from, sizeof(from), "%s/assets/catalogue/%s.json", cwd, id);
        snprintf(to, sizeof(to), "%s/%s.json", dir, id);

        if (symlink(from, to) != 0) {
            perror(to);
            exit(1);
        }
    }

    free(list);

    return dir;
}


static void
remove_directory(const char *dir)
{
    DIR            *d;
    char            path[512];
    struct dirent  *entry;

    d = opendir(dir);

    while ((entry = readdir(d)) != NULL) {
        snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
        (void) unlink(path);
    }

    closedir(d);
    (void) rmdir(dir);
}


static double
load_time(const char *dir, consent_problems_t *problems)
{
    double                begin, time, best;
    heap_t                heap;
    consent_catalogue_t  *catalogue;

    best = 1e9;

    for (unsigned i = 0; i < RUNS; i++) {
        heap_init(&heap);
        begin = now();
        catalogue = consent_catalogue_load(&heap.arena, dir, problems);
        time = now() - begin;
        best = time < best ? time : best;

        consent_catalogue_destroy(catalogue);
        heap_free(&heap);
    }

    return best * 1e3;
}


static double
question(const consent_policy_t *policy, unsigned kind)
{
    double                 begin, time, best;
    unsigned               rounds;
    consent_url_t          page, url;
    consent_url_scratch_t  scratch[2];

    best = 1e9;
    rounds = kind == 1 ? ROUNDS / 10 : ROUNDS;
    consent_url_resolve(NULL, CONSENT_STR("https://www.ville-exemple.fr/agenda"), &scratch[0], &page);
    consent_url_resolve(&page, CONSENT_STR("https://cdn.example.org/assets/app.3f2a.js?v=2"), &scratch[1], &url);

    for (unsigned run = 0; run < RUNS; run++) {
        begin = now();

        for (unsigned i = 0; i < rounds; i++) {
            switch (kind) {
            case 0:
                (void) consent_match_url(policy, CONSENT_STR("www.ville-exemple.fr"), &url);
                break;
            case 1:
                (void) consent_match_inline(policy, CONSENT_STR(script_text));
                break;
            default:
                (void) consent_match_cookie(policy, CONSENT_STR("wordpress_logged_in_37d0"), NULL);
            }
        }

        time = (now() - begin) / rounds;
        best = time < best ? time : best;
    }

    return best * 1e9;
}


int
main(void)
{
    char                       *few, *none;
    heap_t                      heap;
    double                      begin, full_time, none_time;
    unsigned                    i, kind;
    size_t                      before;
    consent_policy_t           *policies[2];
    consent_locales_t          *locales;
    consent_problems_t          problems = { report, NULL, 0 };
    consent_catalogue_t        *full, *small;
    static const char  *const   kinds[] = { "an address nobody claims", "a script of 350 bytes nobody claims", "a cookie nobody claims" };

    few = directory_of(FEW);
    none = directory_of("addtoany");      /* a catalogue cannot be empty */

    full_time = load_time("assets/catalogue", &problems);
    none_time = load_time(none, &problems);

    heap_init(&heap);
    full = consent_catalogue_load(&heap.arena, "assets/catalogue", &problems);
    printf("loading %u services: %.1f ms, %zu KB in the arena; of one service: %.1f ms\n", consent_catalogue_count(full),
           full_time, heap.allocated / 1024, none_time);

    small = consent_catalogue_load(&heap.arena, few, &problems);
    locales = consent_locales_load(&heap.arena, "assets/locales", &problems);
    policies[0] = consent_policy_parse(&heap.arena, "policy", consent_str(policy_json), small, locales, &problems);
    policies[1] = consent_policy_parse(&heap.arena, "policy", consent_str(policy_json), full, locales, &problems);

    before = heap.allocated;
    begin = now();

    for (i = 0; i < POLICIES; i++) {
        (void) consent_policy_parse(&heap.arena, "policy", consent_str(policy_json), full, locales, &problems);
    }

    printf("%u policies over it: %.1f us and %.1f KB each\n", POLICIES, (now() - begin) / POLICIES * 1e6,
           (heap.allocated - before) / 1024.0 / POLICIES);

    for (kind = 0; kind < 3; kind++) {
        printf("%s: %.0f ns with %u services, %.0f ns with %u\n", kinds[kind], question(policies[0], kind),
               consent_catalogue_count(small), question(policies[1], kind), consent_catalogue_count(full));
    }

    consent_catalogue_destroy(small);
    consent_catalogue_destroy(full);
    heap_free(&heap);
    remove_directory(few);
    remove_directory(none);

    return 0;
}
