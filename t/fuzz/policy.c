/*
 * A policy of any bytes: refused with reports that can stand in a log, or loaded, and then sound. Runs in the
 * project's root, with the small catalogue and locales of t/data.
 */

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"
#include "policy.h"


static unsigned  lines;


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
    (void) file;

    check(line <= lines);
    check(text[0] != '\0');

    for ( /* void */ ; *text != '\0'; text++) {
        check((unsigned char) *text >= 0x20 && *text != 0x7f);
    }
}


static void
report_setup(void *data, const char *file, unsigned line, const char *text)
{
    (void) data;

    fprintf(stderr, "%s:%u: %s\n", file, line, text);
}


/* What is told of a policy is JSON that has the services again, and what is asked for a text is answered. */

static void
use(const consent_policy_t *policy, heap_t *heap)
{
    json_t         *tree;
    unsigned        i;
    consent_buf_t   out;
    consent_str_t   text;

    consent_buf_init(&out, &heap->arena);
    consent_policy_json(policy, &out);
    text = consent_buf_str(&out);

    tree = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, NULL);
    check(tree != NULL);
    check(json_array_size(json_object_get(tree, "services")) == policy->nentries);
    json_decref(tree);

    check(policy->nlanguages > 0);

    for (i = 0; i < policy->nlanguages; i++) {
        check(consent_policy_text(policy, consent_policy_locale(policy, policy->languages[i]),
                                  CONSENT_STR("button.refuse_all")).len > 0);
    }

    for (i = 0; i < policy->nentries; i++) {
        check(consent_policy_find(policy, policy->entries[i].service->id) == (int) i);
    }
}


int
LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    heap_t                             heap;
    size_t                             i;
    consent_policy_t                  *policy;
    consent_problems_t                 problems = { report, NULL, 0 };
    static heap_t                      shared;
    static consent_locales_t          *locales;
    static consent_catalogue_t        *catalogue;
    static consent_problems_t          setup = { report_setup, NULL, 0 };

    if (catalogue == NULL) {
        heap_init(&shared);
        catalogue = consent_catalogue_load(&shared.arena, "t/data/catalogue", &setup);
        locales = consent_locales_load(&shared.arena, "t/data/locales", &setup);
        check(catalogue != NULL && locales != NULL);
        check(consent_catalogue_load_bridges(catalogue, &shared.arena, "assets/bridges", &setup) == 0);
    }

    lines = 1;

    for (i = 0; i < size; i++) {
        lines += bytes[i] == '\n';
    }

    heap_init(&heap);

    policy = consent_policy_parse(&heap.arena, "fuzz.json", (consent_str_t) { (const char *) bytes, size }, catalogue,
                                  locales, &problems);
    check((policy == NULL) == (problems.count > 0));

    if (policy != NULL) {
        use(policy, &heap);
        consent_policy_destroy(policy);
    }

    heap_free(&heap);

    return 0;
}
