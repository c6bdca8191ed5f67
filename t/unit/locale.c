#include "loading.h"

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>


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
a_locale_is_named_by_its_file_and_found_in_any_case(void **state)
{
    loading_t               *loading = *state;
    const consent_locale_t  *fr;

    fr = consent_locale_find(loading->locales, CONSENT_STR("fr"));

    assert_non_null(fr);
    assert_string_equal(loading_text(consent_locale_tag(fr)), "fr");
    assert_ptr_equal(consent_locale_find(loading->locales, CONSENT_STR("FR")), fr);
    assert_null(consent_locale_find(loading->locales, CONSENT_STR("de")));
    assert_null(consent_locale_find(loading->locales, CONSENT_STR("")));
    assert_null(consent_locale_find(loading->locales, CONSENT_STR("-")));
}


static void
a_tag_with_subtags_finds_its_primary_language(void **state)
{
    loading_t  *loading = *state;

    assert_ptr_equal(consent_locale_find(loading->locales, CONSENT_STR("fr-CA")),
                     consent_locale_find(loading->locales, CONSENT_STR("fr")));
    assert_null(consent_locale_find(loading->locales, CONSENT_STR("fry-NL")));
}


static void
a_text_is_found_by_its_key_and_an_unknown_key_is_empty(void **state)
{
    loading_t               *loading = *state;
    const consent_locale_t  *fr;

    fr = consent_locale_find(loading->locales, CONSENT_STR("fr"));

    assert_string_equal(loading_text(consent_locale_text(fr, CONSENT_STR("button.refuse_all"))), "Tout refuser");
    assert_int_equal(consent_locale_text(fr, CONSENT_STR("button.refuse")).len, 0);
    assert_int_equal(consent_locale_text(fr, CONSENT_STR("_proofread")).len, 0);
    assert_true(consent_locale_has_key(loading->locales, CONSENT_STR("button.refuse_all")));
    assert_false(consent_locale_has_key(loading->locales, CONSENT_STR("")));
}


static void
arabic_runs_from_right_to_left(void **state)
{
    loading_t  *loading = *state;

    assert_true(consent_locale_is_rtl(consent_locale_find(loading->locales, CONSENT_STR("ar"))));
    assert_false(consent_locale_is_rtl(consent_locale_find(loading->locales, CONSENT_STR("fr"))));
}


static void
a_locale_says_whether_it_was_proofread(void **state)
{
    loading_t  *loading = *state;

    assert_false(consent_locale_is_proofread(consent_locale_find(loading->locales, CONSENT_STR("ar"))));
    assert_true(consent_locale_is_proofread(consent_locale_find(loading->locales, CONSENT_STR("fr"))));
}


/* Loads a directory made of these files. */

static consent_locales_t *
load(loading_t *loading, const char *en, const char *fr)
{
    FILE               *f;
    char                dir[] = "/tmp/consent-locales-XXXXXX", path[2][64];
    unsigned            i;
    consent_locales_t  *locales;

    assert_non_null(mkdtemp(dir));

    for (i = 0; i < 2; i++) {
        snprintf(path[i], sizeof(path[i]), "%s/%s.json", dir, i == 0 ? "en" : "fr");

        if ((i == 0 ? en : fr) != NULL) {
            f = fopen(path[i], "w");
            assert_non_null(f);
            fputs(i == 0 ? en : fr, f);
            fclose(f);
        }
    }

    locales = consent_locales_load(&loading->heap.arena, dir, &loading->problems);

    unlink(path[0]);
    unlink(path[1]);
    rmdir(dir);

    return locales;
}


static void
a_locale_has_exactly_the_keys_of_english(void **state)
{
    loading_t  *loading = *state;

    assert_null(load(loading, "{\n\"a.title\": \"A\",\n\"b\": \"B\"\n}", "{\n\"a.titel\": \"A\"\n}"));

    assert_string_equal(loading->reports,
                        "fr.json:2: a.titel: is not a text of the interface; did you mean \"a.title\"?\n"
                        "fr.json:1: \"a.title\" is missing; the reference language, en, has it\n"
                        "fr.json:1: \"b\" is missing; the reference language, en, has it\n");
}


static void
a_translation_has_no_placeholder_that_english_lacks(void **state)
{
    loading_t  *loading = *state;

    assert_null(load(loading, "{\"a\": \"{count} of {total}\"}", "{\"a\": \"{compte} sur {total}, {} {x y} {A}\"}"));

    assert_string_equal(loading->reports,
                        "fr.json:1: a: \"{compte}\" would not be filled in: the English text has no such placeholder; "
                        "did you mean \"{count}\"?\n");
}


static void
a_text_that_is_empty_or_none_is_a_mistake(void **state)
{
    loading_t  *loading = *state;

    assert_null(load(loading, "{\"a\": \"A\", \"b\": \"B\"}", "{\n\"a\": \"\",\n\"b\": 1\n}"));

    assert_string_equal(loading->reports, "fr.json:2: a: is empty; write something, or leave it out\n"
                        "fr.json:3: b: is a number; it must be a string \"...\"\n");
}


static void
there_is_no_loading_without_english(void **state)
{
    loading_t  *loading = *state;

    assert_null(load(loading, NULL, "{\"a\": \"A\"}"));
    assert_non_null(strstr(loading->reports, "has no en.json, the reference that other languages are checked against"));
}


static void
an_english_file_without_texts_is_a_mistake(void **state)
{
    loading_t  *loading = *state;

    assert_null(load(loading, "{}", "{}"));
    assert_non_null(strstr(loading->reports, "has an en.json without texts"));
}


static void
the_locales_that_ship_are_loaded_without_a_complaint(void **state)
{
    loading_t          *loading = *state;
    consent_locales_t  *locales;

    locales = consent_locales_load(&loading->heap.arena, "assets/locales", &loading->problems);

    assert_string_equal(loading->reports, "");
    assert_non_null(locales);
    assert_non_null(consent_locale_find(locales, CONSENT_STR("fr")));
}


static void
a_file_that_is_not_named_by_a_language_is_a_mistake(void **state)
{
    FILE       *f;
    char        dir[] = "/tmp/consent-locales-XXXXXX", path[2][64];
    unsigned    i;
    loading_t  *loading = *state;

    assert_non_null(mkdtemp(dir));

    for (i = 0; i < 2; i++) {
        snprintf(path[i], sizeof(path[i]), "%s/%s.json", dir, i == 0 ? "en" : "fr_CA");
        f = fopen(path[i], "w");
        assert_non_null(f);
        fputs("{\"a\": \"A\"}", f);
        fclose(f);
    }

    assert_null(consent_locales_load(&loading->heap.arena, dir, &loading->problems));
    assert_string_equal(loading->reports, "fr_CA.json:1: \"fr_CA\" is not a language tag; write one such as \"fr\" or "
                        "\"pt-BR\"\n");

    unlink(path[0]);
    unlink(path[1]);
    rmdir(dir);
}


/* The language chosen from these offers, NULL-terminated, for a ?lang= (or NULL) and a header. */

static const char *
negotiate(const char *const *offers, const char *wanted, const char *header)
{
    unsigned       n;
    consent_str_t  offered[80], want;

    for (n = 0; offers[n] != NULL; n++) {
        offered[n] = consent_str(offers[n]);
    }

    want = consent_str(wanted != NULL ? wanted : "");

    return loading_text(consent_language_negotiate(offered, n, &want, wanted != NULL, consent_str(header)));
}


static const char *const  fr_en_de[] = { "fr", "en", "de", NULL };
static const char *const  regions[] = { "fr", "fr-ca", "pt-br", NULL };


static void
the_language_a_visitor_likes_best_is_chosen(void **state)
{
    (void) state;

    assert_string_equal(negotiate(fr_en_de, NULL, "de"), "de");
    assert_string_equal(negotiate(fr_en_de, NULL, "en;q=0.5, de;q=0.8"), "de");
    assert_string_equal(negotiate(fr_en_de, NULL, "es, en;q=0.3, de;q=0.31"), "de");
    assert_string_equal(negotiate(fr_en_de, NULL, "EN"), "en");
    assert_string_equal(negotiate(fr_en_de, NULL, "de,en"), "de");
}


static void
the_sites_first_language_is_for_everybody_else(void **state)
{
    (void) state;

    assert_string_equal(negotiate(fr_en_de, NULL, ""), "fr");
    assert_string_equal(negotiate(fr_en_de, NULL, "zh, ja;q=0.8"), "fr");
    assert_string_equal(negotiate(fr_en_de, NULL, "*"), "fr");
}


static void
a_region_falls_back_on_its_language_and_a_language_on_its_regions(void **state)
{
    (void) state;

    assert_string_equal(negotiate(fr_en_de, NULL, "en-GB"), "en");
    assert_string_equal(negotiate(fr_en_de, NULL, "de-Latn-CH-1996"), "de");
    assert_string_equal(negotiate(regions, NULL, "fr-CA-x-joual"), "fr-ca");
    assert_string_equal(negotiate(regions, NULL, "pt"), "pt-br");
    assert_string_equal(negotiate(regions, NULL, "fra"), "fr");
    assert_string_equal(negotiate(fr_en_de, NULL, "den"), "fr");
}


static void
a_weight_of_zero_refuses_a_language(void **state)
{
    (void) state;

    assert_string_equal(negotiate(fr_en_de, NULL, "fr;q=0, *;q=0.5"), "en");
    assert_string_equal(negotiate(fr_en_de, NULL, "fr;q=0, en;q=0.000, *"), "de");
    assert_string_equal(negotiate(fr_en_de, NULL, "fr;q=0"), "fr");
}


static void
a_star_stands_for_what_no_other_range_names(void **state)
{
    (void) state;

    assert_string_equal(negotiate(fr_en_de, NULL, "en;q=0.5, *;q=0.8"), "fr");
    assert_string_equal(negotiate(fr_en_de, NULL, "en;q=0.8, *;q=0.5"), "en");
    assert_string_equal(negotiate(fr_en_de, NULL, "fr;q=0.2, *;q=0.8"), "en");
}


static void
what_is_wanted_goes_before_the_header(void **state)
{
    (void) state;

    assert_string_equal(negotiate(fr_en_de, "de", "en"), "de");
    assert_string_equal(negotiate(fr_en_de, "de-AT", "en"), "de");
    assert_string_equal(negotiate(fr_en_de, "xx", "en"), "en");
    assert_string_equal(negotiate(fr_en_de, "", "en"), "en");
    assert_string_equal(negotiate(fr_en_de, "../../etc", "en"), "en");
}


static void
malformed_ranges_and_weights_count_for_nothing(void **state)
{
    unsigned  i;

    static const char  *malformed[] = {
        ";", ",", ",,,,", "q=1", ";q=1", "de;q", "de;q=", "de;q=2", "de;q=1.1", "de;q=0.1234", "de;q=-1", "de;q=.5",
        "de;level=1", "de q=1", "de;q=1;q=1", "-", "--", "*-*", "de;q=1.0e1", "\xff\xfe"
    };

    (void) state;

    for (i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
        assert_string_equal(negotiate(fr_en_de, NULL, malformed[i]), "fr");
    }

    assert_string_equal(negotiate(fr_en_de, NULL, "de;q=2, en;q=0.1"), "en");
}


static void
blanks_are_allowed_where_http_allows_them(void **state)
{
    (void) state;

    assert_string_equal(negotiate(fr_en_de, NULL, " \tde \t; q=0.9 ,\ten ; Q=0.8"), "de");
}


static void
more_than_64_offers_are_still_searched(void **state)
{
    int          i;
    char         tags[70][16];
    const char  *offers[71];

    (void) state;

    for (i = 0; i < 70; i++) {
        snprintf(tags[i], sizeof(tags[i]), "x%c-%02d", 'a' + i % 26, i);
        offers[i] = tags[i];
    }

    offers[70] = NULL;

    assert_string_equal(negotiate(offers, NULL, "xr-69"), "xr-69");
    assert_string_equal(negotiate(offers, NULL, "xa-00;q=0, *"), "xb-01");
}


static void
a_header_of_8_kilobytes_is_read_in_a_few_milliseconds(void **state)
{
    char     header[8193];
    size_t   i;
    clock_t  before;

    (void) state;

    for (i = 0; i < sizeof(header) - 1; i += 2) {
        memcpy(header + i, "x,", 2);
    }

    header[sizeof(header) - 1] = '\0';

    before = clock();
    assert_string_equal(negotiate(fr_en_de, NULL, header), "fr");
    assert_true(clock() - before < CLOCKS_PER_SEC / 50);
}


static void
memory_that_runs_out_at_any_point_is_reported(void **state)
{
    scarce_t            scarce;
    unsigned            n;
    loading_t          *loading = *state;
    consent_arena_t     arena = { scarce_alloc, &scarce };
    consent_locales_t  *locales;

    scarce.heap = &loading->heap;
    locales = NULL;

    for (n = 0; locales == NULL; n++) {
        scarce.left = n;
        loading->problems.count = 0;

        locales = consent_locales_load(&arena, "t/data/locales", &loading->problems);

        assert_true((locales == NULL) == (loading->problems.count > 0));
        assert_true(n < 1000);
    }

    assert_true(n > 20);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
#define TEST(name)  cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(a_locale_is_named_by_its_file_and_found_in_any_case),
        TEST(a_tag_with_subtags_finds_its_primary_language),
        TEST(a_text_is_found_by_its_key_and_an_unknown_key_is_empty),
        TEST(arabic_runs_from_right_to_left),
        TEST(a_locale_says_whether_it_was_proofread),
        TEST(a_locale_has_exactly_the_keys_of_english),
        TEST(a_translation_has_no_placeholder_that_english_lacks),
        TEST(a_text_that_is_empty_or_none_is_a_mistake),
        TEST(there_is_no_loading_without_english),
        TEST(an_english_file_without_texts_is_a_mistake),
        TEST(a_file_that_is_not_named_by_a_language_is_a_mistake),
        TEST(the_locales_that_ship_are_loaded_without_a_complaint),
        TEST(the_language_a_visitor_likes_best_is_chosen),
        TEST(the_sites_first_language_is_for_everybody_else),
        TEST(a_region_falls_back_on_its_language_and_a_language_on_its_regions),
        TEST(a_weight_of_zero_refuses_a_language),
        TEST(a_star_stands_for_what_no_other_range_names),
        TEST(what_is_wanted_goes_before_the_header),
        TEST(malformed_ranges_and_weights_count_for_nothing),
        TEST(blanks_are_allowed_where_http_allows_them),
        TEST(more_than_64_offers_are_still_searched),
        TEST(a_header_of_8_kilobytes_is_read_in_a_few_milliseconds),
        TEST(memory_that_runs_out_at_any_point_is_reported)
#undef TEST
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
