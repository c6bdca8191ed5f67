#include "loading.h"

#include "choice_cookies.h"

static const char  town_json[] =
    "{\"site\":\"Ville\",\"controller\":{\"name\":\"Ville\",\"privacy_policy\":\"/p\"},\"languages\":[\"fr\"],"
    "\"services\":[\"youtube\",{\"use\":\"matomo\",\"set_choice_cookies\":true}]}";

static const char  plain_json[] =
    "{\"site\":\"Ville\",\"controller\":{\"name\":\"Ville\",\"privacy_policy\":\"/p\"},\"languages\":[\"fr\"],"
    "\"services\":[\"youtube\",\"matomo\"]}";

static const char  closed_json[] =
    "{\"site\":\"Ville\",\"controller\":{\"name\":\"Ville\",\"privacy_policy\":\"/p\"},\"languages\":[\"fr\"],"
    "\"services\":[\"youtube\",{\"use\":\"matomo\",\"set_choice_cookies\":true}],\"unknown\":{\"cookies\":\"block\"}}";

enum { YOUTUBE, MATOMO };

static loading_t          loading;
static consent_policy_t  *policy;
static consent_choices_t  choices;

/* The browser's own. */
static consent_str_t  sent = { "cms=1", 5 };

/* What was emitted, one value a line. */
static char    emitted[4096];
static size_t  emitted_len;


static int
start(const char *json)
{
    loading_start(&loading);

    policy = consent_policy_parse(&loading.heap.arena, "town.json", consent_str(json), loading.catalogue, loading.locales,
                                  &loading.problems);
    assert_string_equal(loading.reports, "");
    assert_non_null(policy);

    consent_choices_init(&choices, policy, 0);
    choices.day = 20000;

    return 0;
}


static int
set_up(void **state)
{
    (void) state;

    return start(town_json);
}


static int
set_up_plain(void **state)
{
    (void) state;

    return start(plain_json);
}


static int
set_up_closed(void **state)
{
    (void) state;

    return start(closed_json);
}


static int
tear_down(void **state)
{
    (void) state;

    consent_policy_destroy(policy);
    loading_end(&loading);

    return 0;
}


static void
emit(void *data, consent_str_t value)
{
    (void) data;

    assert_true(emitted_len + value.len + 2 < sizeof(emitted));
    memcpy(emitted + emitted_len, value.data, value.len);
    emitted_len += value.len;
    emitted[emitted_len++] = '\n';
    emitted[emitted_len] = '\0';
}


static const char *
cookies(consent_answer_t answer, int secure)
{
    emitted_len = 0;
    emitted[0] = '\0';

    choices.answers[MATOMO] = (unsigned char) answer;
    consent_choice_cookies(&choices, &sent, 1, 3600, secure, emit, NULL);

    return emitted;
}


static void
an_acceptance_is_told_to_the_services_own_script(void **state)
{
    (void) state;

    assert_string_equal(cookies(CONSENT_ACCEPTED, 0),
                        "mtm_consent=1728000000000; Max-Age=3600; Path=/; SameSite=Lax\n"
                        "mtm_consent_removed=; Max-Age=0; Path=/; SameSite=Lax\n");
}


static void
a_refusal_as_well(void **state)
{
    (void) state;

    assert_string_equal(cookies(CONSENT_REFUSED, 1),
                        "mtm_consent=; Max-Age=0; Path=/; SameSite=Lax; Secure\n"
                        "mtm_consent_removed=1728000000000; Max-Age=3600; Path=/; SameSite=Lax; Secure\n");
}


static void
no_answer_tells_nothing(void **state)
{
    (void) state;

    choices.answers[YOUTUBE] = CONSENT_ACCEPTED;
    assert_string_equal(cookies(CONSENT_UNDECIDED, 0), "");
}


static void
their_names_are_known_for_the_table(void **state)
{
    (void) state;

    assert_string_equal(loading_text(consent_choice_cookie_name(policy, 0)), "mtm_consent");
    assert_string_equal(loading_text(consent_choice_cookie_name(policy, 1)), "mtm_consent_removed");
    assert_int_equal(consent_choice_cookie_name(policy, 2).len, 0);
}


static void
a_policy_that_allows_no_unknown_cookies_has_none(void **state)
{
    (void) state;

    assert_string_equal(cookies(CONSENT_ACCEPTED, 0), "");
    assert_int_equal(consent_choice_cookie_name(policy, 0).len, 0);
}


static void
what_the_browser_has_of_them_follows_the_choice(void **state)
{
    (void) state;

    assert_string_equal(cookies(CONSENT_ACCEPTED, 0), "");
    assert_int_equal(consent_choice_cookie_name(policy, 0).len, 0);

    sent = CONSENT_STR("cms=1; mtm_consent=1700000000000");

    assert_string_equal(cookies(CONSENT_REFUSED, 0),
                        "mtm_consent=; Max-Age=0; Path=/; SameSite=Lax\n"
                        "mtm_consent_removed=1728000000000; Max-Age=3600; Path=/; SameSite=Lax\n");
    assert_string_equal(cookies(CONSENT_UNDECIDED, 0), "");

    sent = CONSENT_STR("cms=1");
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test_setup_teardown(an_acceptance_is_told_to_the_services_own_script, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_refusal_as_well, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_answer_tells_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(their_names_are_known_for_the_table, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_the_browser_has_of_them_follows_the_choice, set_up_plain, tear_down),
        cmocka_unit_test_setup_teardown(a_policy_that_allows_no_unknown_cookies_has_none, set_up_closed, tear_down)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
