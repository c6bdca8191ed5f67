/*
 * A small town's policy, for the tests of what is said of cookies: a name, a wildcard and an expression, every basis, every kind of
 * lifetime. What the catalogue has and the town does not list is unlisted: facebook and google-analytics.
 */

#ifndef CONSENT_TEST_COOKIE_FIXTURE_H
#define CONSENT_TEST_COOKIE_FIXTURE_H

#include "loading.h"

#include "cookie.h"

#define SERVICE(id, purpose, basis, cookies)                                                                              \
    "{\"id\":\"" id "\",\"name\":\"" id "\",\"purpose\":\"" purpose "\",\"basis\":\"" basis "\","                         \
    "\"provider\":{\"name\":\"x\"},\"description\":{\"fr\":\"x\",\"en\":\"x\"},\"cookies\":[" cookies "]}"

#define COOKIE(name, lifetime)  "{\"name\":\"" name "\",\"lifetime\":" lifetime "}"

#define TOWN(unknown)                                                                                                     \
    "{\"site\":\"Ville\",\"controller\":{\"name\":\"Ville\",\"privacy_policy\":\"/p\"},\"languages\":[\"fr\"],"          \
    "\"services\":["                                                                                                      \
    SERVICE("session", "necessary", "necessary",                                                                          \
            COOKIE("PHPSESSID", "\"session\"") "," COOKIE("__Host-csrf", "\"1h\"")) ","                                  \
    SERVICE("counter", "audience", "exempt",                                                                              \
            COOKIE("_c_id.*", "\"30d\"") "," COOKIE("_c_two", "\"2y\"") "," COOKIE("_c_any", "null")) ","                \
    SERVICE("meteo", "content", "consent",                                                                                \
            COOKIE("mt_*", "\"30d\"") "," COOKIE("meteo", "null") "," COOKIE("__Secure-mt", "\"30d\"") ","               \
            COOKIE("__Host-mt", "\"30d\"") "," COOKIE("__utma", "\"30d\"")) ","                                          \
    SERVICE("measure", "audience", "consent",                                                                             \
            COOKIE("/_m_[0-9]+/", "null") "," COOKIE("_m_two", "\"2y\"") "," COOKIE("_m_tab", "\"session\""))            \
    "]" unknown "}"

#define UNKNOWN_BLOCKED   ",\"unknown\":{\"cookies\":\"block\"}"

/* Indexes into the policy's entries. */
enum { SESSION, COUNTER, METEO, MEASURE };

typedef struct {
    loading_t          loading;
    consent_policy_t  *policy;
    consent_choices_t  choices;
} town_t;


static inline void
town_start(town_t *town, const char *json)
{
    loading_start(&town->loading);

    town->policy = consent_policy_parse(&town->loading.heap.arena, "town.json", consent_str(json), town->loading.catalogue,
                                        town->loading.locales, &town->loading.problems);
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
