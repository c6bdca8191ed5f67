#include "cookie_fixture.h"

#define NOW  1700000000    /* 2023-11-14T22:13:20Z */

static town_t  town;


static int
set_up(void **state)
{
    (void) state;

    town_start(&town, TOWN(""));
    town.choices.answers[METEO] = CONSENT_ACCEPTED;
    town.choices.answers[MEASURE] = CONSENT_ACCEPTED;

    return 0;
}


static int
set_up_closed(void **state)
{
    (void) state;

    town_start(&town, TOWN(UNKNOWN_BLOCKED));
    town.choices.answers[METEO] = CONSENT_ACCEPTED;

    return 0;
}


static int
tear_down(void **state)
{
    (void) state;
    town_end(&town);

    return 0;
}


static consent_set_cookie_t
judge(const char *value, const char **capped)
{
    consent_buf_t               out;
    consent_set_cookie_t        verdict;
    static const consent_str_t  own[2] = { { "__Host-choices", 14 }, { "choices", 7 } };

    consent_buf_init(&out, &town.loading.heap.arena);

    verdict = consent_set_cookie_judge(&town.choices, own, 2, consent_str(value), NOW, &out);

    assert_int_equal(verdict == CONSENT_SET_COOKIE_CAP, out.len > 0);
    *capped = loading_text(consent_buf_str(&out));

    return verdict;
}


static void
assert_passed(const char *value)
{
    const char  *capped;

    assert_int_equal(judge(value, &capped), CONSENT_SET_COOKIE_PASS);
}


static void
assert_dropped(const char *value)
{
    const char  *capped;

    assert_int_equal(judge(value, &capped), CONSENT_SET_COOKIE_DROP);
}


static void
assert_capped(const char *value, const char *expected)
{
    const char  *capped;

    assert_int_equal(judge(value, &capped), CONSENT_SET_COOKIE_CAP);
    assert_string_equal(capped, expected);
}


static void
a_cookie_of_a_service_without_consent_is_dropped(void **state)
{
    (void) state;

    town.choices.answers[METEO] = CONSENT_UNDECIDED;

    assert_dropped("mt_lang=fr; Path=/");
    assert_dropped("meteo=1");
    assert_dropped("__Host-mt=1; Secure; Path=/");
    assert_passed("MT_lang=fr");
    assert_passed("lang=fr");
    assert_passed("PHPSESSID=1");
    assert_passed("_c_id.1=x; Max-Age=60");

    town.choices.answers[METEO] = CONSENT_REFUSED;
    assert_dropped("mt_lang=fr; Path=/");

    town.choices.answers[METEO] = CONSENT_ACCEPTED;
    assert_passed("mt_lang=fr; Path=/");
}


static void
even_a_deletion_of_it_is_dropped(void **state)
{
    (void) state;

    town.choices.answers[METEO] = CONSENT_REFUSED;

    assert_dropped("mt_lang=; Max-Age=0");
}


static void
the_name_ends_at_the_first_equals_sign_and_attributes_are_not_names(void **state)
{
    (void) state;

    town.choices.answers[METEO] = CONSENT_REFUSED;

    assert_dropped("mt_lang=a=b");
    assert_dropped("  mt_lang \t= fr");
    assert_passed("a=mt_lang=1");
    assert_passed("a=1; mt_lang=2");
    assert_passed("a=1; Path=/; meteo");
    assert_passed("a=meteo=1; meteo=2");
}


static void
a_cookie_without_a_name_is_judged_by_what_the_browser_sends_back(void **state)
{
    (void) state;

    town.choices.answers[METEO] = CONSENT_REFUSED;

    assert_dropped("mt_lang");
    assert_dropped("=mt_lang=fr");
    assert_dropped("=meteo; Path=/");
    assert_passed("");
    assert_passed(";");
    assert_passed("; mt_lang=1");
    assert_passed("=");
}


static void
nobody_sets_our_own_cookie(void **state)
{
    (void) state;

    assert_dropped("choices=abc");
    assert_dropped("__Host-choices=abc; Secure; Path=/");
    assert_dropped(" choices =; Max-Age=0");
    assert_dropped("choices");
    assert_dropped("=choices=abc");
    assert_passed("Choices=abc");
    assert_passed("choices2=abc");
    assert_passed("a=choices");
}


static void
a_service_that_the_policy_does_not_list_sets_no_cookie(void **state)
{
    (void) state;

    assert_dropped("_ga=GA1.1; Max-Age=60");
}


static void
what_nobody_claims_passes_unless_the_policy_blocks_it(void **state)
{
    (void) state;

    assert_dropped("lang=fr");
    assert_dropped("lang");
    assert_passed("PHPSESSID=1");
    assert_passed("mt_lang=fr");
    assert_passed("_c_any=fr");
}


static void
a_longer_max_age_is_capped_to_what_the_policy_says(void **state)
{
    (void) state;

    assert_passed("mt_lang=fr; Max-Age=2592000");
    assert_capped("mt_lang=fr; Max-Age=2592001", "mt_lang=fr; Max-Age=2592000");
    assert_capped("mt_lang=fr; Max-Age=31536000; Path=/; Secure", "mt_lang=fr; Path=/; Secure; Max-Age=2592000");
    assert_capped("mt_lang=fr; path=/; max-age=99999999999999999999999999; HttpOnly",
                  "mt_lang=fr; path=/; HttpOnly; Max-Age=2592000");
}


static void
a_later_expires_is_capped_too(void **state)
{
    (void) state;

    /* 30 days after NOW is 2023-12-14T22:13:20Z */

    assert_passed("mt_lang=fr; Expires=Thu, 14 Dec 2023 22:13:20 GMT; Path=/");
    assert_capped("mt_lang=fr; Expires=Thu, 14 Dec 2023 22:13:21 GMT; Path=/", "mt_lang=fr; Path=/; Max-Age=2592000");
    assert_capped("mt_lang=fr; expires=Fri, 31-Dec-2038 23:59:59 GMT", "mt_lang=fr; Max-Age=2592000");
    assert_capped("mt_lang=fr; EXPIRES=\"Fri, 31 Dec 2038 23:59:59 GMT\"", "mt_lang=fr; Max-Age=2592000");
}


static void
max_age_wins_over_expires_in_either_order(void **state)
{
    (void) state;

    assert_passed("mt_lang=fr; Max-Age=60; Expires=Fri, 31 Dec 2038 23:59:59 GMT");
    assert_passed("mt_lang=fr; Expires=Fri, 31 Dec 2038 23:59:59 GMT; Max-Age=60");
    assert_capped("mt_lang=fr; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=31536000", "mt_lang=fr; Max-Age=2592000");
}


static void
the_last_readable_attribute_of_a_name_counts(void **state)
{
    (void) state;

    assert_passed("mt_lang=fr; Max-Age=31536000; Max-Age=60");
    assert_capped("mt_lang=fr; Max-Age=60; Max-Age=31536000", "mt_lang=fr; Max-Age=2592000");
    assert_capped("mt_lang=fr; Max-Age=31536000; Max-Age=abc", "mt_lang=fr; Max-Age=2592000");
    assert_capped("mt_lang=fr; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Expires=Fri, 31 Dec 2038 23:59:59 GMT",
                  "mt_lang=fr; Max-Age=2592000");
    assert_passed("mt_lang=fr; Expires=Fri, 31 Dec 2038 23:59:59 GMT; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
}


static void
an_unreadable_lifetime_is_ignored_as_browsers_do(void **state)
{
    (void) state;

    assert_passed("mt_lang=fr; Max-Age=");
    assert_passed("mt_lang=fr; Max-Age");
    assert_passed("mt_lang=fr; Max-Age=+99999999");
    assert_passed("mt_lang=fr; Max-Age=99999999s");
    assert_passed("mt_lang=fr; Max-Age=1e9");
    assert_passed("mt_lang=fr; Max-Age=-");
    assert_passed("mt_lang=fr; Max-Age=--1");
    assert_passed("mt_lang=fr; Expires=never");
    assert_passed("mt_lang=fr; Expires=31 Dec 2038");
    assert_capped("mt_lang=fr; Max-Age=never; Expires=Fri, 31 Dec 2038 23:59:59 GMT", "mt_lang=fr; Max-Age=2592000");
}


static void
deletions_and_session_cookies_pass(void **state)
{
    (void) state;

    assert_passed("mt_lang=; Max-Age=0");
    assert_passed("mt_lang=; Max-Age=-1");
    assert_passed("mt_lang=; Max-Age=-99999999999999999999");
    assert_passed("mt_lang=; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
    assert_passed("mt_lang=; Expires=Tue, 14 Nov 2023 22:13:20 GMT");
    assert_passed("mt_lang=fr");
    assert_passed("mt_lang=fr; Path=/; HttpOnly");
}


static void
odd_spacing_and_case_change_nothing(void **state)
{
    (void) state;

    assert_capped("mt_lang=fr;max-age=31536000", "mt_lang=fr; Max-Age=2592000");
    assert_capped("mt_lang = fr ;  MAX-AGE \t=  31536000 ;;Path=/;", "mt_lang = fr ;;Path=/;; Max-Age=2592000");
    assert_capped("mt_lang=\"f; Max-Age=31536000; r\"", "mt_lang=\"f; r\"; Max-Age=2592000");
}


static void
what_is_not_a_lifetime_is_kept_as_it_stands(void **state)
{
    (void) state;

    assert_capped("mt_lang=fr; Domain=.ville.example; path=/a ;SameSite=None;Secure; Partitioned; Priority=High; "
                  "Max-Age=31536000",
                  "mt_lang=fr; Domain=.ville.example; path=/a ;SameSite=None;Secure; Partitioned; Priority=High; "
                  "Max-Age=2592000");
}


static void
a_cookie_that_the_policy_calls_session_loses_its_lifetime(void **state)
{
    (void) state;

    assert_capped("PHPSESSID=1; Max-Age=60; Path=/; Expires=Fri, 31 Dec 2038 23:59:59 GMT", "PHPSESSID=1; Path=/");
    assert_passed("PHPSESSID=; Max-Age=0");
}


static void
a_cookie_of_which_the_policy_says_nothing_is_not_capped(void **state)
{
    (void) state;

    assert_passed("meteo=1; Max-Age=99999999");
    assert_passed("lang=fr; Max-Age=99999999");
}


static void
audience_measurement_that_says_nothing_lives_13_months(void **state)
{
    (void) state;

    assert_passed("_m_1=x; Max-Age=34128000");
    assert_capped("_m_1=x; Max-Age=34128001", "_m_1=x; Max-Age=34128000");
    assert_capped("_c_any=x; Max-Age=63072000", "_c_any=x; Max-Age=34128000");
}


static void
audience_measurement_lives_13_months_at_most_whatever_the_policy_says(void **state)
{
    (void) state;

    assert_capped("_m_two=x; Max-Age=63072000", "_m_two=x; Max-Age=34128000");
    assert_capped("_c_two=x; Max-Age=63072000", "_c_two=x; Max-Age=34128000");
    assert_capped("_c_id.1=x; Max-Age=34128000", "_c_id.1=x; Max-Age=2592000");
    assert_capped("_m_tab=x; Max-Age=60", "_m_tab=x");
}


static void
a_prefixed_cookie_goes_by_its_full_name(void **state)
{
    (void) state;

    assert_capped("__Secure-mt=1; Secure; Max-Age=31536000", "__Secure-mt=1; Secure; Max-Age=2592000");
    assert_passed("__secure-mt=1; Secure; Max-Age=31536000");
    assert_passed("__Secure-meteo=1; Max-Age=31536000");
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test_setup_teardown(a_cookie_of_a_service_without_consent_is_dropped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(even_a_deletion_of_it_is_dropped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_name_ends_at_the_first_equals_sign_and_attributes_are_not_names, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_cookie_without_a_name_is_judged_by_what_the_browser_sends_back, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(nobody_sets_our_own_cookie, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_service_that_the_policy_does_not_list_sets_no_cookie, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_nobody_claims_passes_unless_the_policy_blocks_it, set_up_closed,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_longer_max_age_is_capped_to_what_the_policy_says, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_later_expires_is_capped_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(max_age_wins_over_expires_in_either_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_last_readable_attribute_of_a_name_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_unreadable_lifetime_is_ignored_as_browsers_do, set_up, tear_down),
        cmocka_unit_test_setup_teardown(deletions_and_session_cookies_pass, set_up, tear_down),
        cmocka_unit_test_setup_teardown(odd_spacing_and_case_change_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_a_lifetime_is_kept_as_it_stands, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_cookie_that_the_policy_calls_session_loses_its_lifetime, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_cookie_of_which_the_policy_says_nothing_is_not_capped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(audience_measurement_that_says_nothing_lives_13_months, set_up, tear_down),
        cmocka_unit_test_setup_teardown(audience_measurement_lives_13_months_at_most_whatever_the_policy_says, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_prefixed_cookie_goes_by_its_full_name, set_up, tear_down)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
