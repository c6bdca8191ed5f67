#include "cookie_fixture.h"

static town_t  town;


static int
set_up(void **state)
{
    (void) state;
    town_start(&town, TOWN(""));

    return 0;
}


static int
set_up_closed(void **state)
{
    (void) state;
    town_start(&town, TOWN(UNKNOWN_BLOCKED));

    return 0;
}


static int
tear_down(void **state)
{
    (void) state;
    town_end(&town);

    return 0;
}


/* The line is copied to a block of its exact size, so that nothing beyond it is read. */

static void
assert_filtered(const char *line, const char *expected, unsigned expected_removed)
{
    char                 *in, *out;
    size_t                len;
    unsigned              removed;
    static const consent_str_t  own[2] = { { "__Host-choices", 14 }, { "choices", 7 } };

    in = malloc(strlen(line) + 1);
    out = malloc(strlen(line) + 1);
    assert_non_null(in);
    assert_non_null(out);
    memcpy(in, line, strlen(line));

    len = consent_cookie_filter(&town.choices, own, 2, (consent_str_t) { in, strlen(line) }, out, &removed);
    out[len] = '\0';

    assert_string_equal(out, expected);
    assert_int_equal(removed, expected_removed);

    free(in);
    free(out);
}


static void
assert_pair(consent_str_t *rest, const char *name, const char *value, const char *pair)
{
    consent_str_t  n, v, p;

    assert_int_equal(consent_cookie_next(rest, &n, &v, &p), 1);
    assert_string_equal(loading_text(n), name);
    assert_string_equal(loading_text(v), value);
    assert_string_equal(loading_text(p), pair);
}


static void
assert_end(consent_str_t *rest)
{
    consent_str_t  n, v, p;

    assert_int_equal(consent_cookie_next(rest, &n, &v, &p), 0);
}


static void
pairs_are_split_at_semicolons_only(void **state)
{
    consent_str_t  rest = CONSENT_STR("a=1,choices=x; b=\"2; c=3\"; d=4&e=5");

    (void) state;

    assert_pair(&rest, "a", "1,choices=x", "a=1,choices=x");
    assert_pair(&rest, "b", "\"2", "b=\"2");
    assert_pair(&rest, "c", "3\"", "c=3\"");
    assert_pair(&rest, "d", "4&e=5", "d=4&e=5");
    assert_end(&rest);
    assert_end(&rest);
}


static void
a_name_ends_at_the_first_equals_sign(void **state)
{
    consent_str_t  rest = CONSENT_STR("a=b=c; =d; e; f=; ==; =");

    (void) state;

    assert_pair(&rest, "a", "b=c", "a=b=c");
    assert_pair(&rest, "", "d", "=d");
    assert_pair(&rest, "", "e", "e");
    assert_pair(&rest, "f", "", "f=");
    assert_pair(&rest, "", "=", "==");
    assert_pair(&rest, "", "", "=");
    assert_end(&rest);
}


static void
white_space_around_names_and_values_is_dropped_and_empty_pairs_skipped(void **state)
{
    consent_str_t  rest = CONSENT_STR(" ;;  a = 1 ;\tb=2;; ;c");

    (void) state;

    assert_pair(&rest, "a", "1", "a = 1");
    assert_pair(&rest, "b", "2", "b=2");
    assert_pair(&rest, "", "c", "c");
    assert_end(&rest);
}


static void
an_empty_line_has_no_pairs(void **state)
{
    consent_str_t  rest = { NULL, 0 };

    (void) state;

    assert_end(&rest);
}


static void
a_nameless_cookie_goes_by_what_is_read_as_its_name(void **state)
{
    (void) state;

    assert_string_equal(loading_text(consent_cookie_effective_name(CONSENT_STR("a"), CONSENT_STR("b=c"))), "a");
    assert_string_equal(loading_text(consent_cookie_effective_name(CONSENT_STR(""), CONSENT_STR("b=c"))), "b");
    assert_string_equal(loading_text(consent_cookie_effective_name(CONSENT_STR(""), CONSENT_STR("b"))), "b");
    assert_string_equal(loading_text(consent_cookie_effective_name(CONSENT_STR(""), CONSENT_STR("=b"))), "");
    assert_string_equal(loading_text(consent_cookie_effective_name(CONSENT_STR(""), CONSENT_STR(""))), "");
}


static void
cookies_of_services_without_consent_are_removed(void **state)
{
    (void) state;

    assert_filtered("PHPSESSID=1; mt_lang=fr; lang=fr; meteo=x", "PHPSESSID=1; lang=fr", 2);
    assert_filtered("mt_lang=fr", "", 1);
    assert_filtered("_m_17=1; x=1", "x=1", 1);
}


static void
cookies_of_accepted_exempt_and_necessary_services_stay(void **state)
{
    (void) state;

    town.choices.answers[METEO] = CONSENT_ACCEPTED;

    assert_filtered("PHPSESSID=1; mt_lang=fr; _c_id.1=2; _m_17=1", "PHPSESSID=1; mt_lang=fr; _c_id.1=2", 1);

    town.choices.answers[METEO] = CONSENT_REFUSED;
    town.choices.answers[COUNTER] = CONSENT_REFUSED;

    assert_filtered("PHPSESSID=1; mt_lang=fr; _c_id.1=2; _m_17=1", "PHPSESSID=1", 3);
}


static void
a_line_that_loses_nothing_is_not_touched(void **state)
{
    (void) state;

    assert_filtered("", "", 0);
    assert_filtered(" a=1;b=2 ;; c = 3;", " a=1;b=2 ;; c = 3;", 0);
}


static void
what_remains_stands_as_it_stood(void **state)
{
    (void) state;

    assert_filtered("a=1;mt_x=1;b=2;c=3;d=4", "a=1;b=2;c=3;d=4", 1);
    assert_filtered("mt_x;a=1;b=2; c=3;d=4", "a=1;b=2; c=3;d=4", 1);
    assert_filtered("  mt_x=1 ;  a = 1", "a = 1", 1);
    assert_filtered("a=\"x y\"; mt_x=1; b=%20", "a=\"x y\"; b=%20", 1);
}


static void
our_own_cookies_are_always_removed(void **state)
{
    (void) state;

    assert_filtered("__Host-choices=abc; PHPSESSID=1; choices=def", "PHPSESSID=1", 2);
    assert_filtered("choices=1; choices=2;choices", "", 3);
    assert_filtered("=choices=abc; =__Host-choices", "", 2);
}


static void
names_are_compared_case_sensitively_and_whole(void **state)
{
    (void) state;

    assert_filtered("MT_x=1; xmt_x=1; Meteo=1; meteo2=1; Choices=1; __host-choices=1; choices2=1",
                    "MT_x=1; xmt_x=1; Meteo=1; meteo2=1; Choices=1; __host-choices=1; choices2=1", 0);
    assert_filtered("_m_=1; _m_1x=1; x_m_1=1", "_m_=1; _m_1x=1; x_m_1=1", 0);
}


static void
a_prefix_is_part_of_the_name(void **state)
{
    (void) state;

    assert_filtered("__Secure-mt=1; __Host-mt=1; __Secure-meteo=1; __Host-csrf=1",
                    "__Secure-meteo=1; __Host-csrf=1", 2);
}


static void
a_pair_without_a_name_is_judged_by_what_a_server_reads(void **state)
{
    (void) state;

    assert_filtered("mt_lang; =mt_lang=fr; other; a=mt_lang", "other; a=mt_lang", 2);
}


static void
a_cookie_hidden_in_a_value_is_no_cookie(void **state)
{
    (void) state;

    assert_filtered("a=1,mt_lang=2; b=meteo=1", "a=1,mt_lang=2; b=meteo=1", 0);
}


static void
cookies_of_services_that_the_policy_does_not_list_are_removed(void **state)
{
    (void) state;

    assert_filtered("_ga=GA1.1; a=1", "a=1", 1);
}


static void
cookies_that_nobody_claims_stay_unless_the_policy_blocks_them(void **state)
{
    (void) state;

    assert_filtered("PHPSESSID=1; lang=fr; _c_id.1=2; theme; __Host-csrf=1",
                    "PHPSESSID=1; _c_id.1=2; __Host-csrf=1", 2);
}


static void
many_pairs_are_filtered_in_time_proportional_to_their_number(void **state)
{
    char          *line, *out;
    size_t         i, n = 200000;
    unsigned       removed;

    (void) state;

    line = malloc(5 * n);
    out = malloc(5 * n);
    assert_non_null(line);
    assert_non_null(out);

    for (i = 0; i < n; i++) {
        memcpy(line + 5 * i, i % 2 ? "a=1; " : "mt_; ", 5);
    }

    assert_int_equal(consent_cookie_filter(&town.choices, NULL, 0, (consent_str_t) { line, 5 * n }, out, &removed),
                     5 * n / 2 - 2);
    assert_int_equal(removed, n / 2);

    free(line);
    free(out);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(pairs_are_split_at_semicolons_only),
        cmocka_unit_test(a_name_ends_at_the_first_equals_sign),
        cmocka_unit_test(white_space_around_names_and_values_is_dropped_and_empty_pairs_skipped),
        cmocka_unit_test(an_empty_line_has_no_pairs),
        cmocka_unit_test(a_nameless_cookie_goes_by_what_is_read_as_its_name),
        cmocka_unit_test_setup_teardown(cookies_of_services_without_consent_are_removed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cookies_of_accepted_exempt_and_necessary_services_stay, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_line_that_loses_nothing_is_not_touched, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_remains_stands_as_it_stood, set_up, tear_down),
        cmocka_unit_test_setup_teardown(our_own_cookies_are_always_removed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_are_compared_case_sensitively_and_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_prefix_is_part_of_the_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_pair_without_a_name_is_judged_by_what_a_server_reads, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_cookie_hidden_in_a_value_is_no_cookie, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cookies_of_services_that_the_policy_does_not_list_are_removed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(cookies_that_nobody_claims_stay_unless_the_policy_blocks_them, set_up_closed,
                                        tear_down),
        cmocka_unit_test_setup_teardown(many_pairs_are_filtered_in_time_proportional_to_their_number, set_up, tear_down)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
