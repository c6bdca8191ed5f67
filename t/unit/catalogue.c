#include "loading.h"

#include "lifetime.h"
#include "suggest.h"


static int
setup(void **state)
{
    static loading_t  loading;

    loading_start(&loading);
    *state = &loading;

    return 0;
}


static int
teardown(void **state)
{
    loading_end(*state);

    return 0;
}


static void
a_catalogue_holds_one_service_a_file_in_the_order_of_their_names(void **state)
{
    loading_t  *loading = *state;

    assert_int_equal(consent_catalogue_count(loading->catalogue), 4);
    assert_string_equal(loading_text(consent_catalogue_service(loading->catalogue, 0)->id), "facebook");
    assert_string_equal(loading_text(consent_catalogue_service(loading->catalogue, 1)->id), "google-analytics");
    assert_string_equal(loading_text(consent_catalogue_service(loading->catalogue, 2)->id), "matomo");
    assert_string_equal(loading_text(consent_catalogue_service(loading->catalogue, 3)->id), "youtube");
}


static void
a_service_is_found_by_its_exact_id(void **state)
{
    loading_t  *loading = *state;

    assert_ptr_equal(consent_catalogue_find(loading->catalogue, CONSENT_STR("matomo")),
                     consent_catalogue_service(loading->catalogue, 2));

    assert_null(consent_catalogue_find(loading->catalogue, CONSENT_STR("Matomo")));
    assert_null(consent_catalogue_find(loading->catalogue, CONSENT_STR("matom")));
    assert_null(consent_catalogue_find(loading->catalogue, CONSENT_STR("matomos")));
    assert_null(consent_catalogue_find(loading->catalogue, CONSENT_STR("")));
}


static void
every_key_of_a_service_is_read(void **state)
{
    loading_t                *loading = *state;
    const consent_service_t  *youtube, *matomo;

    youtube = consent_catalogue_find(loading->catalogue, CONSENT_STR("youtube"));
    matomo = consent_catalogue_find(loading->catalogue, CONSENT_STR("matomo"));

    assert_string_equal(loading_text(youtube->name), "YouTube");
    assert_int_equal(youtube->purpose, CONSENT_PURPOSE_VIDEO);
    assert_int_equal(youtube->basis, CONSENT_BASIS_CONSENT);
    assert_string_equal(loading_text(youtube->provider), "Google Ireland Limited");
    assert_string_equal(loading_text(youtube->country), "IE");
    assert_string_equal(loading_text(youtube->privacy_policy), "https://policies.example/google");
    assert_int_equal(youtube->ncookies, 2);
    assert_string_equal(loading_text(youtube->cookies[0].name), "YSC");
    assert_int_equal(youtube->cookies[0].lifetime, CONSENT_LIFETIME_SESSION);
    assert_int_equal(youtube->cookies[0].description.n, 0);
    assert_string_equal(loading_text(consent_text(&youtube->cookies[1].description, CONSENT_STR("fr"))),
                        "Recognises the browser.");
    assert_int_equal(youtube->nurls, 2);
    assert_string_equal(loading_text(youtube->inlines[0]), "\\bYT\\.ready\\(");
    assert_false(youtube->reload);
    assert_false(youtube->listed_only);
    assert_int_equal(youtube->stub.len, 0);

    assert_true(matomo->reload);
    assert_string_equal(loading_text(matomo->hits[0]), "//*/matomo.php");
    assert_string_equal(loading_text(matomo->stub), "window._paq=window._paq||[]");
    assert_int_equal(matomo->cookies[1].lifetime, CONSENT_LIFETIME_UNKNOWN);
    assert_int_equal(matomo->country.len, 0);
}


static void
the_host_of_a_url_pattern_is_lower_case_and_its_path_is_left_alone(void **state)
{
    loading_t                *loading = *state;
    const consent_service_t  *youtube;

    youtube = consent_catalogue_find(loading->catalogue, CONSENT_STR("youtube"));

    assert_string_equal(loading_text(youtube->urls[1]), "youtube-nocookie.com/embed/");
}


static void
only_cookie_names_between_slashes_are_regular_expressions(void **state)
{
    loading_t                *loading = *state;
    const consent_service_t  *matomo;

    matomo = consent_catalogue_find(loading->catalogue, CONSENT_STR("matomo"));

    assert_null(matomo->cookies[0].regex);
    assert_non_null(matomo->cookies[1].regex);
}


static void
a_text_is_given_in_the_language_asked_then_its_primary_then_english_then_any(void **state)
{
    consent_text_t   elts[] = {
        { CONSENT_STR("fr"), CONSENT_STR("Bonjour") },
        { CONSENT_STR("pt-br"), CONSENT_STR("Oi") },
        { CONSENT_STR("en"), CONSENT_STR("Hello") }
    };
    consent_texts_t  texts = { elts, 3 }, no_english = { elts, 2 }, none = { NULL, 0 };

    (void) state;

    assert_string_equal(loading_text(consent_text(&texts, CONSENT_STR("pt-BR"))), "Oi");
    assert_string_equal(loading_text(consent_text(&texts, CONSENT_STR("fr-CA"))), "Bonjour");
    assert_string_equal(loading_text(consent_text(&texts, CONSENT_STR("de"))), "Hello");
    assert_string_equal(loading_text(consent_text(&no_english, CONSENT_STR("de"))), "Bonjour");
    assert_string_equal(loading_text(consent_text(&none, CONSENT_STR("de"))), "");
    assert_string_equal(loading_text(consent_text(&texts, CONSENT_STR(""))), "Hello");
}


static void
every_wrong_service_is_refused_with_file_line_key_and_remedy(void **state)
{
    char       *expected;
    loading_t  *loading = *state;

    assert_null(consent_catalogue_load(&loading->heap.arena, "t/data/service/bad", &loading->problems));

    expected = loading_slurp("t/data/service/bad/expected.txt");
    assert_string_equal(loading->reports, expected);
    free(expected);
}


static void
a_directory_that_is_missing_or_holds_no_service_is_reported(void **state)
{
    loading_t  *loading = *state;

    assert_null(consent_catalogue_load(&loading->heap.arena, "t/data/nowhere", &loading->problems));
    assert_null(consent_catalogue_load(&loading->heap.arena, "t/unit", &loading->problems));

    assert_string_equal(loading->reports, "nowhere:0: cannot be opened as a directory: No such file or directory\n"
                        "unit:0: holds no *.json file\n");
}


static void
the_catalogue_that_ships_is_loaded_without_a_complaint(void **state)
{
    loading_t            *loading = *state;
    consent_catalogue_t  *catalogue;

    catalogue = consent_catalogue_load(&loading->heap.arena, "assets/catalogue", &loading->problems);

    assert_string_equal(loading->reports, "");
    assert_non_null(catalogue);
    assert_true(consent_catalogue_count(catalogue) >= 16);
    assert_non_null(consent_catalogue_find(catalogue, CONSENT_STR("matomo")));

    consent_catalogue_destroy(catalogue);
}


static void
a_lifetime_is_a_number_with_its_unit(void **state)
{
    (void) state;

    assert_int_equal(consent_lifetime_parse(CONSENT_STR("30s")), 30);
    assert_int_equal(consent_lifetime_parse(CONSENT_STR("30m")), 1800);
    assert_int_equal(consent_lifetime_parse(CONSENT_STR("24h")), 86400);
    assert_int_equal(consent_lifetime_parse(CONSENT_STR("90d")), 7776000);
    assert_int_equal(consent_lifetime_parse(CONSENT_STR("2w")), 1209600);
    assert_int_equal(consent_lifetime_parse(CONSENT_STR("6mo")), 15768000);
    assert_int_equal(consent_lifetime_parse(CONSENT_STR("12mo")), 31536000);
    assert_int_equal(consent_lifetime_parse(CONSENT_STR("1y")), 31536000);
    assert_int_equal(consent_lifetime_parse(CONSENT_STR("100y")), 3153600000);
    assert_int_equal(consent_lifetime_parse(CONSENT_STR("session")), CONSENT_LIFETIME_SESSION);
}


static void
thirteen_months_are_the_395_days_they_can_last_at_most(void **state)
{
    (void) state;

    assert_int_equal(consent_lifetime_parse(CONSENT_STR("13mo")) / 86400, 395);
}


static void
anything_else_is_no_lifetime(void **state)
{
    unsigned  i;

    static const char  *wrong[] = {
        "", "30", "d", "30 d", " 30d", "30d ", "-30d", "+1d", "0d", "1.5d", "30D", "30days", "1mon", "Session", "101y",
        "36501d", "99999999999999999999999999s", "1d1h", "\xd9\xa3" "d"
    };

    (void) state;

    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(consent_lifetime_parse(consent_str(wrong[i])), CONSENT_LIFETIME_UNKNOWN);
    }
}


static void
a_lifetime_is_told_in_the_largest_unit_that_divides_it(void **state)
{
    char  text[CONSENT_LIFETIME_TEXT];

    (void) state;

    consent_lifetime_format(34164000, text);
    assert_string_equal(text, "13mo");
    consent_lifetime_format(31536000, text);
    assert_string_equal(text, "1y");
    consent_lifetime_format(7776000, text);
    assert_string_equal(text, "90d");
    consent_lifetime_format(61, text);
    assert_string_equal(text, "61s");
    consent_lifetime_format(CONSENT_LIFETIME_SESSION, text);
    assert_string_equal(text, "session");
}


static const char *
nearest(const char *word, const char *a, const char *b, const char *c)
{
    consent_suggest_t  suggest;

    consent_suggest_init(&suggest, consent_str(word));
    consent_suggest_offer(&suggest, consent_str(a));
    consent_suggest_offer(&suggest, consent_str(b));
    consent_suggest_offer(&suggest, consent_str(c));

    return loading_text(suggest.nearest);
}


static void
the_nearest_name_is_suggested_for_a_slip_of_the_finger(void **state)
{
    (void) state;

    assert_string_equal(nearest("serivces", "site", "services", "theme"), "services");
    assert_string_equal(nearest("youtub", "vimeo", "youtube", "matomo"), "youtube");
    assert_string_equal(nearest("LANGUAGES", "site", "languages", "theme"), "languages");
    assert_string_equal(nearest("google_analytics", "google-maps", "google-analytics", "matomo"), "google-analytics");
    assert_string_equal(nearest("analytics", "google-maps", "google-analytics", "matomo"), "google-analytics");
    assert_string_equal(nearest("urls", "urls", "hits", "inline"), "urls");
}


static void
nothing_is_suggested_for_a_name_that_is_far_from_all(void **state)
{
    char  word[300];

    (void) state;

    assert_string_equal(nearest("colour", "site", "services", "theme"), "");
    assert_string_equal(nearest("x", "a", "b", "c"), "");
    assert_string_equal(nearest("", "a", "b", "c"), "");

    memset(word, 'a', sizeof(word) - 1);
    word[sizeof(word) - 1] = '\0';
    assert_string_equal(nearest(word, word, "b", "c"), "");
}


static void
memory_that_runs_out_at_any_point_is_reported_and_nothing_leaks(void **state)
{
    scarce_t              scarce;
    unsigned              n;
    loading_t            *loading = *state;
    consent_arena_t       arena = { scarce_alloc, &scarce };
    consent_catalogue_t  *catalogue;

    scarce.heap = &loading->heap;
    catalogue = NULL;

    for (n = 0; catalogue == NULL; n++) {
        scarce.left = n;
        loading->problems.count = 0;

        catalogue = consent_catalogue_load(&arena, "t/data/catalogue", &loading->problems);

        assert_true((catalogue == NULL) == (loading->problems.count > 0));
        assert_true(n < 1000);
    }

    assert_true(n > 50);

    consent_catalogue_destroy(catalogue);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
#define TEST(name)  cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(a_catalogue_holds_one_service_a_file_in_the_order_of_their_names),
        TEST(a_service_is_found_by_its_exact_id),
        TEST(every_key_of_a_service_is_read),
        TEST(the_host_of_a_url_pattern_is_lower_case_and_its_path_is_left_alone),
        TEST(only_cookie_names_between_slashes_are_regular_expressions),
        TEST(a_text_is_given_in_the_language_asked_then_its_primary_then_english_then_any),
        TEST(every_wrong_service_is_refused_with_file_line_key_and_remedy),
        TEST(a_directory_that_is_missing_or_holds_no_service_is_reported),
        TEST(the_catalogue_that_ships_is_loaded_without_a_complaint),
        TEST(a_lifetime_is_a_number_with_its_unit),
        TEST(thirteen_months_are_the_395_days_they_can_last_at_most),
        TEST(anything_else_is_no_lifetime),
        TEST(a_lifetime_is_told_in_the_largest_unit_that_divides_it),
        TEST(the_nearest_name_is_suggested_for_a_slip_of_the_finger),
        TEST(nothing_is_suggested_for_a_name_that_is_far_from_all),
        TEST(memory_that_runs_out_at_any_point_is_reported_and_nothing_leaks)
#undef TEST
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
