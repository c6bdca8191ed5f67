/* The town of town_policy.h, loaded, and choices in it. */

#ifndef CONSENT_TEST_COOKIE_FIXTURE_H
#define CONSENT_TEST_COOKIE_FIXTURE_H

#include "loading.h"

#include "cookie.h"
#include "town_policy.h"

typedef struct {
    loading_t          loading;
    consent_policy_t  *policy;
    consent_choices_t  choices;
} town_t;


static inline void
town_start(town_t *town, const char *json)
{
    loading_start(&town->loading);

    town->policy = consent_policy_parse(&town->loading.heap.arena, "town.json", consent_str(json),
                                        town->loading.catalogue, town->loading.locales, &town->loading.problems);
    assert_string_equal(town->loading.reports, "");
    assert_non_null(town->policy);

    consent_choices_init(&town->choices, town->policy, 0);
}


static inline void
town_end(town_t *town)
{
    consent_policy_destroy(town->policy);
    loading_end(&town->loading);
}

#endif
