/*
 * Cookies of consent managers of any bytes, under any choice. The first byte is the choice; then comes a Cookie line.
 * What is told to a tool satisfies the gateway when it comes back: no page tells it twice. Runs in the project's root,
 * with the catalogue and locales of t/data and the tools of assets/bridges.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge.h"
#include "cookie.h"
#include "heap.h"

#define SITE  "{\"site\":\"Ville\",\"controller\":{\"name\":\"Ville\",\"privacy_policy\":\"/p\"},\"languages\":[\"fr\"]," \
              "\"services\":[\"youtube\",\"facebook\",{\"use\":\"matomo\",\"basis\":\"exempt\"}],\"bridges\":[" \
              "{\"use\":\"tarteaucitron\"},{\"use\":\"klaro\"},{\"use\":\"orejime\"},{\"use\":\"decidim\"}," \
              "{\"use\":\"cookieconsent\"},{\"use\":\"complianz\"}]}"

#define LINE_MAX  16384

static consent_policy_t  *policy;

/* What a browser that had nothing would send after the cookies that were set. */
typedef struct {
    char      line[LINE_MAX];
    size_t    len;
    unsigned  set;
} jar_t;


static void
check(int truth)
{
    if (!truth) {
        abort();
    }
}


static void
report(void *data, const char *file, unsigned line, const char *text)
{
    (void) data;

    fprintf(stderr, "%s:%u: %s\n", file, line, text);
    abort();
}


int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    consent_locales_t    *locales;
    consent_problems_t    problems = { report, NULL, 0 };
    consent_catalogue_t  *catalogue;
    static heap_t         heap;

    (void) argc;
    (void) argv;

    heap_init(&heap);

    catalogue = consent_catalogue_load(&heap.arena, "t/data/catalogue", &problems);
    locales = consent_locales_load(&heap.arena, "t/data/locales", &problems);
    check(consent_catalogue_load_bridges(catalogue, &heap.arena, "assets/bridges", &problems) == 0);

    policy = consent_policy_parse(&heap.arena, "town", CONSENT_STR(SITE), catalogue, locales, &problems);

    return 0;
}


static void
keep(void *data, consent_str_t value)
{
    char    *end;
    size_t   i, len;
    jar_t   *jar = data;

    for (i = 0; i < value.len; i++) {
        check((unsigned char) value.data[i] >= 0x20 && value.data[i] != 0x7f);
    }

    end = memchr(value.data, ';', value.len);
    check(end != NULL);

    if (memmem(value.data, value.len, "; Max-Age=0", 11) != NULL) {
        return;
    }

    len = (size_t) (end - value.data);
    check(jar->len + len + 1 < LINE_MAX);

    memcpy(jar->line + jar->len, value.data, len);
    jar->line[jar->len + len] = ';';
    jar->len += len + 1;
    jar->set++;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    heap_t                     heap;
    unsigned                   i;
    consent_str_t              line;
    consent_choices_t          choices;
    consent_bridge_request_t   request;
    static jar_t               first, second;

    if (size == 0 || size > LINE_MAX) {
        return 0;
    }

    heap_init(&heap);
    consent_choices_init(&choices, policy, data[0] & 1);

    choices.chosen = (data[0] & 2) != 0;
    choices.day = choices.chosen ? 20000 : 0;

    for (i = 0; i < 3 && choices.chosen; i++) {
        choices.answers[i] = ((data[0] >> (2 + 2 * i)) & 3) % 3;
    }

    line = (consent_str_t) { (const char *) data + 1, size - 1 };

    request.arena = &heap.arena;
    request.lines = &line;
    request.nlines = 1;
    request.host = CONSENT_STR("www.ville.fr");
    request.secure = 1;
    request.emit = keep;

    first.len = first.set = 0;
    request.data = &first;
    consent_bridge_reconcile(&choices, &request, 3600);

    check(choices.chosen || first.set == 0);

    /* all of them, as an answer tells them */

    first.len = first.set = 0;
    consent_bridge_answer(&choices, &request, 3600);

    line = (consent_str_t) { first.line, first.len };
    second.len = second.set = 0;
    request.data = &second;
    consent_bridge_reconcile(&choices, &request, 3600);

    check(!choices.chosen || second.set == 0);

    heap_free(&heap);

    return 0;
}
