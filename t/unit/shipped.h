/*
 * What the tests of the catalogue share: the catalogue and locales that are installed, and policies over them. Some
 * services are matched only where a policy lists them, so each list of services is a policy of its own.
 */

#ifndef CONSENT_TEST_SHIPPED_H
#define CONSENT_TEST_SHIPPED_H

#include <jansson.h>

#include "loading.h"
#include "match.h"

#define SHIPPED_HOST  "www.ville-exemple.fr"
#define SHIPPED_PAGE  "https://" SHIPPED_HOST "/vie-municipale/agenda"


static loading_t  shipped;


static inline int
shipped_setup(void **state)
{
    (void) state;

    memset(&shipped, 0, sizeof(shipped));
    heap_init(&shipped.heap);

    shipped.problems.report = loading_report;
    shipped.problems.data = &shipped;
    shipped.reports = calloc(1, 1);

    shipped.catalogue = consent_catalogue_load(&shipped.heap.arena, "assets/catalogue", &shipped.problems);
    shipped.locales = consent_locales_load(&shipped.heap.arena, "assets/locales", &shipped.problems);

    assert_string_equal(shipped.reports, "");
    assert_non_null(shipped.catalogue);
    assert_non_null(shipped.locales);

    return consent_catalogue_load_bridges(shipped.catalogue, &shipped.heap.arena, "assets/bridges", &shipped.problems);
}


static inline int
shipped_teardown(void **state)
{
    (void) state;

    loading_end(&shipped);

    return 0;
}


/* ids: a JSON array of services, which the caller gives away. */

static inline consent_policy_t *
shipped_policy(json_t *ids)
{
    char              *text;
    json_t            *policy;
    consent_policy_t  *loaded;

    policy = json_pack("{s:s, s:{s:s, s:s}, s:[s], s:o}", "site", "Ville", "controller", "name", "Ville",
                       "privacy_policy", "/p", "languages", "fr", "services", ids);
    text = json_dumps(policy, 0);
    json_decref(policy);

    loaded = consent_policy_parse(&shipped.heap.arena, "policy.json", consent_str(text), shipped.catalogue,
                                  shipped.locales, &shipped.problems);
    free(text);

    assert_string_equal(shipped.reports, "");
    assert_non_null(loaded);

    return loaded;
}


/* A file of data that belongs to the tests; the caller gives it back. */

static inline json_t *
shipped_json(const char *file)
{
    json_t        *value;
    json_error_t   error;

    value = json_load_file(file, JSON_REJECT_DUPLICATES, &error);

    if (value == NULL) {
        fail_msg("%s:%d: %s", file, error.line, error.text);
    }

    return value;
}


static inline consent_claim_t
shipped_claim(const consent_policy_t *policy, const char *kind, consent_str_t text)
{
    consent_url_t          page, url;
    consent_url_scratch_t  scratch[2];

    if (strcmp(kind, "inline") == 0) {
        return consent_match_inline(policy, text);
    }

    if (strcmp(kind, "cookie") == 0) {
        return consent_match_cookie(policy, text, NULL);
    }

    assert_string_equal(kind, "url");

    consent_url_resolve(NULL, CONSENT_STR(SHIPPED_PAGE), &scratch[0], &page);
    consent_url_resolve(&page, text, &scratch[1], &url);

    return consent_match_url(policy, CONSENT_STR(SHIPPED_HOST), &url);
}


static inline consent_str_t
shipped_str(const json_t *string)
{
    return (consent_str_t) { json_string_value(string), json_string_length(string) };
}

#endif
