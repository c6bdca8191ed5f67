#include "loading.h"

#include <dirent.h>
#include <jansson.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONTROLLER  "\"controller\":{\"name\":\"Ville\",\"privacy_policy\":\"/p\"}"
#define LANGUAGES   "\"languages\":[\"fr\"]"

/* A policy with these services, and with other keys. */
#define POLICY(services)      "{\"site\":\"Ville\"," CONTROLLER "," LANGUAGES ",\"services\":[" services "]}"
#define POLICY_WITH(members)  "{\"site\":\"Ville\"," CONTROLLER "," LANGUAGES ",\"services\":[\"youtube\"]," members "}"


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


static consent_policy_t *
parse(loading_t *loading, const char *json)
{
    return consent_policy_parse(&loading->heap.arena, "test.json", consent_str(json), loading->catalogue,
                                loading->locales, &loading->problems);
}


static consent_policy_t *
parse_good(loading_t *loading, const char *json)
{
    consent_policy_t  *policy;

    policy = parse(loading, json);
    assert_string_equal(loading->reports, "");
    assert_non_null(policy);

    return policy;
}


static consent_policy_t *
load_good(loading_t *loading, const char *file)
{
    consent_policy_t  *policy;

    policy = consent_policy_load(&loading->heap.arena, file, loading->catalogue, loading->locales, &loading->problems);
    assert_string_equal(loading->reports, "");
    assert_non_null(policy);

    return policy;
}


static const consent_entry_t *
entry(const consent_policy_t *policy, const char *id)
{
    int  i;

    i = consent_policy_find(policy, consent_str(id));
    assert_true(i >= 0);

    return &policy->entries[i];
}


static char *
fingerprint(const consent_policy_t *policy, const char *id)
{
    static char                 hex[2][9];
    static int                  turn;
    const unsigned char        *p;

    p = entry(policy, id)->fingerprint;
    turn = !turn;
    snprintf(hex[turn], sizeof(hex[0]), "%02x%02x%02x%02x", p[0], p[1], p[2], p[3]);

    return hex[turn];
}


static void
the_example_of_the_documentation_is_read_in_full(void **state)
{
    consent_policy_t  *policy;

    policy = load_good(*state, "t/data/policy/good/design.json");

    assert_string_equal(policy->file.data, "t/data/policy/good/design.json");
    assert_string_equal(loading_text(policy->site), "Ville de Montmirail");
    assert_int_equal(policy->nhosts, 2);
    assert_string_equal(loading_text(policy->hosts[0]), "montmirail.example");
    assert_string_equal(loading_text(policy->hosts[1]), "www.montmirail.example");
    assert_string_equal(loading_text(policy->controller), "Ville de Montmirail");
    assert_string_equal(loading_text(policy->contact), "dpo@example.fr");
    assert_string_equal(loading_text(policy->privacy_policy), "/donnees-personnelles");
    assert_int_equal(policy->nlanguages, 3);
    assert_string_equal(loading_text(policy->languages[2]), "pt-br");
    assert_int_equal(policy->nentries, 5);
    assert_int_equal(policy->unknown_hosts, CONSENT_UNKNOWN_BLOCK);
    assert_int_equal(policy->unknown_cookies, CONSENT_UNKNOWN_BLOCK);
    assert_int_equal(policy->unknown_services, CONSENT_UNKNOWN_REPORT);

    consent_policy_destroy(policy);
}


static void
a_policy_of_four_keys_gets_the_defaults(void **state)
{
    consent_policy_t  *policy;

    policy = load_good(*state, "t/data/policy/good/smallest.json");

    assert_int_equal(policy->nentries, 0);
    assert_int_equal(policy->nhosts, 0);
    assert_int_equal(policy->contact.len, 0);
    assert_int_equal(policy->unknown_hosts, CONSENT_UNKNOWN_REPORT);
    assert_int_equal(policy->unknown_cookies, CONSENT_UNKNOWN_ALLOW);
    assert_int_equal(policy->unknown_services, CONSENT_UNKNOWN_BLOCK);
    assert_int_equal(policy->theme.accent.len, 0);
    assert_int_equal(policy->theme.radius, -1);
    assert_int_equal(policy->theme.position, CONSENT_POSITION_BOTTOM);
    assert_int_equal(policy->theme.density, CONSENT_DENSITY_COMFORTABLE);

    consent_policy_destroy(policy);
}


static void
a_byte_order_mark_and_windows_line_ends_are_no_mistake(void **state)
{
    consent_policy_destroy(load_good(*state, "t/data/policy/good/byte-order-mark.json"));
}


static void
a_bare_id_and_a_changed_basis_share_the_catalogues_service(void **state)
{
    loading_t         *loading = *state;
    consent_policy_t  *policy;

    policy = load_good(loading, "t/data/policy/good/design.json");

    assert_ptr_equal(entry(policy, "youtube")->service,
                     consent_catalogue_find(loading->catalogue, CONSENT_STR("youtube")));
    assert_ptr_equal(entry(policy, "youtube")->base, entry(policy, "youtube")->service);
    assert_int_equal(entry(policy, "youtube")->basis, CONSENT_BASIS_CONSENT);

    assert_ptr_equal(entry(policy, "matomo")->service,
                     consent_catalogue_find(loading->catalogue, CONSENT_STR("matomo")));
    assert_int_equal(entry(policy, "matomo")->basis, CONSENT_BASIS_EXEMPT);
    assert_int_equal(entry(policy, "matomo")->nhosts, 1);
    assert_string_equal(loading_text(entry(policy, "matomo")->hosts[0]), "stats.example.fr");
    assert_int_equal(entry(policy, "matomo")->npaths, 1);
    assert_string_equal(loading_text(entry(policy, "matomo")->paths[0]), "/matomo/");

    consent_policy_destroy(policy);
}


static void
what_a_policy_adds_to_a_service_comes_after_what_the_catalogue_says(void **state)
{
    consent_policy_t         *policy;
    const consent_entry_t    *e;
    const consent_service_t  *service;

    policy = load_good(*state, "t/data/policy/good/design.json");
    e = entry(policy, "google-analytics");
    service = e->service;

    assert_ptr_not_equal(service, e->base);
    assert_string_equal(loading_text(service->name), "Google Analytics 4");
    assert_string_equal(loading_text(service->provider), "Google LLC");
    assert_string_equal(loading_text(service->country), "US");

    assert_string_equal(loading_text(consent_text(&service->description, CONSENT_STR("fr"))), "Mesure l'audience.");
    assert_string_equal(loading_text(consent_text(&service->description, CONSENT_STR("en"))), "Counts visits.");

    assert_int_equal(service->ncookies, 3);
    assert_string_equal(loading_text(service->cookies[0].name), "_ga");
    assert_string_equal(loading_text(service->cookies[2].name), "/_ga_[A-Z0-9]+/");
    assert_null(service->cookies[0].regex);
    assert_non_null(service->cookies[2].regex);
    assert_int_equal(service->cookies[2].lifetime, 2 * 365 * 24 * 3600);

    assert_int_equal(service->nurls, 2);
    assert_string_equal(loading_text(service->urls[0]), "google-analytics.com");
    assert_string_equal(loading_text(service->urls[1]), "mesure.example.fr/g/collect");

    assert_int_equal(e->base->ncookies, 2);
    assert_int_equal(e->base->nurls, 1);

    consent_policy_destroy(policy);
}


static void
a_service_of_the_sites_own_has_no_base(void **state)
{
    consent_policy_t       *policy;
    const consent_entry_t  *e;

    policy = load_good(*state, "t/data/policy/good/design.json");
    e = entry(policy, "meteo");

    assert_null(e->base);
    assert_string_equal(loading_text(e->service->name), "Météo");
    assert_int_equal(e->service->purpose, CONSENT_PURPOSE_CONTENT);
    assert_int_equal(e->basis, CONSENT_BASIS_CONSENT);
    assert_int_equal(e->service->reload, 1);
    assert_string_equal(loading_text(e->service->inlines[0]), "\\bMeteoWidget\\(");
    assert_string_equal(loading_text(e->service->stub), "window.MeteoWidget=function(){}");

    consent_policy_destroy(policy);
}


static void
a_service_whose_purpose_is_necessary_needs_no_basis(void **state)
{
    consent_policy_t  *policy;

    policy = load_good(*state, "t/data/policy/good/design.json");

    assert_int_equal(entry(policy, "session")->basis, CONSENT_BASIS_NECESSARY);

    consent_policy_destroy(policy);
}


static void
an_id_that_is_not_listed_is_not_found(void **state)
{
    consent_policy_t  *policy;

    policy = parse_good(*state, POLICY("\"youtube\""));

    assert_int_equal(consent_policy_find(policy, CONSENT_STR("matomo")), -1);
    assert_int_equal(consent_policy_find(policy, CONSENT_STR("")), -1);
    assert_int_equal(consent_policy_find(policy, CONSENT_STR("youtube")), 0);

    consent_policy_destroy(policy);
}


static void
a_fingerprint_changes_with_purpose_provider_and_basis_and_with_nothing_else(void **state)
{
    consent_policy_t  *plain, *other;

    plain = parse_good(*state, POLICY("\"matomo\""));

    /* SHA-256 of "matomo\0audience\0InnoCraft\0consent" */
    assert_string_equal(fingerprint(plain, "matomo"), "530b96d1");

    other = parse_good(*state, POLICY("{\"use\":\"matomo\",\"name\":\"M\",\"hosts\":[\"m.example\"]}"));
    assert_string_equal(fingerprint(other, "matomo"), fingerprint(plain, "matomo"));
    consent_policy_destroy(other);

    other = parse_good(*state, POLICY("{\"use\":\"matomo\",\"basis\":\"exempt\"}"));
    assert_string_not_equal(fingerprint(other, "matomo"), fingerprint(plain, "matomo"));
    consent_policy_destroy(other);

    other = parse_good(*state, POLICY("{\"use\":\"matomo\",\"provider\":{\"name\":\"Ville\"}}"));
    assert_string_not_equal(fingerprint(other, "matomo"), fingerprint(plain, "matomo"));
    consent_policy_destroy(other);

    consent_policy_destroy(plain);
}


/* The hash of a policy, which is then thrown away. */

static const char *
hash(loading_t *loading, const char *json)
{
    static char        hashes[2][CONSENT_HASH_HEX_LEN + 1];
    static int         turn;
    consent_policy_t  *policy;

    policy = parse_good(loading, json);
    turn = !turn;
    memcpy(hashes[turn], policy->hash, sizeof(hashes[0]));
    consent_policy_destroy(policy);

    return hashes[turn];
}


static void
the_hash_is_64_lower_case_hex_digits_and_the_same_every_time(void **state)
{
    char  first[CONSENT_HASH_HEX_LEN + 1];

    strcpy(first, hash(*state, POLICY("\"youtube\"")));

    assert_int_equal(strlen(first), 64);
    assert_int_equal(strspn(first, "0123456789abcdef"), 64);
    assert_string_equal(hash(*state, POLICY("\"youtube\"")), first);
}


static void
the_hash_does_not_see_the_order_of_keys_blanks_or_the_files_name(void **state)
{
    assert_string_equal(hash(*state, "{ \"services\": [\"youtube\"],\n" LANGUAGES ",\t" CONTROLLER ", "
                                     "\"site\": \"Ville\" }"),
                        hash(*state, POLICY("\"youtube\"")));
}


static void
the_hash_sees_whatever_visitors_are_told_or_decides(void **state)
{
    unsigned     i;
    char         plain[CONSENT_HASH_HEX_LEN + 1];

    static const char  *others[] = {
        "{\"site\":\"Bourg\"," CONTROLLER "," LANGUAGES ",\"services\":[\"youtube\"]}",
        "{\"site\":\"Ville\",\"controller\":{\"name\":\"Ville\",\"privacy_policy\":\"/q\"}," LANGUAGES ","
        "\"services\":[\"youtube\"]}",
        "{\"site\":\"Ville\"," CONTROLLER ",\"languages\":[\"en\"],\"services\":[\"youtube\"]}",
        POLICY(""),
        POLICY("{\"use\":\"youtube\",\"name\":\"You Tube\"}"),
        POLICY("{\"use\":\"youtube\",\"description\":{\"fr\":\"Films.\"}}"),
        POLICY("{\"use\":\"youtube\",\"hosts\":[\"tube.example\"]}"),
        POLICY("{\"use\":\"youtube\",\"paths\":[\"/tube/\"]}"),
        POLICY("{\"use\":\"youtube\",\"cookies\":[{\"name\":\"x\",\"lifetime\":null}]}"),
        POLICY_WITH("\"unknown\":{\"hosts\":\"block\"}"),
        POLICY_WITH("\"texts\":{\"fr\":{\"banner.title\":\"T\"}}"),
        POLICY_WITH("\"theme\":{\"accent\":\"#123456\"}"),
        POLICY_WITH("\"theme\":{\"look\":\"dsfr\"}"),
    };

    strcpy(plain, hash(*state, POLICY("\"youtube\"")));

    for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_string_not_equal(hash(*state, others[i]), plain);
    }
}


/* The policy's text for a key. */

static const char *
words(const consent_policy_t *policy, const consent_locale_t *locale, const char *key)
{
    return loading_text(consent_policy_text(policy, locale, consent_str(key)));
}


static void
a_policys_own_words_replace_those_of_the_locale_for_its_language_alone(void **state)
{
    loading_t               *loading = *state;
    consent_policy_t        *policy;
    const consent_locale_t  *fr, *en;

    policy = load_good(loading, "t/data/policy/good/design.json");
    fr = consent_locale_find(loading->locales, CONSENT_STR("fr"));
    en = consent_locale_find(loading->locales, CONSENT_STR("en"));

    assert_string_equal(words(policy, fr, "banner.title"), "Vos choix");
    assert_string_equal(words(policy, fr, "button.accept_all"), "Tout accepter");
    assert_string_equal(words(policy, en, "button.accept_all"), "Accept all");
    assert_string_equal(words(policy, en, "no.such.key"), "");
    assert_string_equal(loading_text(consent_locale_text(fr, CONSENT_STR("banner.title"))),
                        "Cookies et services tiers");

    assert_ptr_equal(consent_policy_locale(policy, CONSENT_STR("en")), en);
    assert_ptr_not_equal(consent_policy_locale(policy, CONSENT_STR("fr")), fr);
    assert_null(consent_policy_locale(policy, CONSENT_STR("de")));

    consent_policy_destroy(policy);
}


static void
a_language_without_a_locale_speaks_through_the_policys_own_texts(void **state)
{
    consent_policy_t        *policy;
    const consent_locale_t  *pt;

    policy = load_good(*state, "t/data/policy/good/design.json");
    pt = consent_policy_locale(policy, CONSENT_STR("pt-BR"));

    assert_non_null(pt);
    assert_string_equal(loading_text(consent_locale_tag(pt)), "pt-br");
    assert_string_equal(words(policy, pt, "button.refuse_all"), "Recusar");

    consent_policy_destroy(policy);
}


static void
a_more_precise_language_takes_the_locale_of_its_language_under_its_own_tag(void **state)
{
    consent_policy_t        *policy;
    const consent_locale_t  *locale;

    policy = parse_good(*state, "{\"site\":\"Ville\"," CONTROLLER ",\"languages\":[\"ar-MA\"],\"services\":[]}");
    locale = consent_policy_locale(policy, CONSENT_STR("ar-ma"));

    assert_string_equal(loading_text(consent_locale_tag(locale)), "ar-ma");
    assert_string_equal(words(policy, locale, "button.accept_all"), "قبول الكل");
    assert_true(consent_locale_is_rtl(locale));
    assert_false(consent_locale_is_proofread(locale));

    consent_policy_destroy(policy);
}


static const char *
on_accent(loading_t *loading, const char *accent)
{
    char               json[512];
    static char        text[16];
    consent_policy_t  *policy;

    snprintf(json, sizeof(json), POLICY_WITH("\"theme\":{\"accent\":\"%s\"}"), accent);

    policy = parse_good(loading, json);
    snprintf(text, sizeof(text), "%s", loading_text(policy->theme.on_accent));
    consent_policy_destroy(policy);

    return text;
}


static void
text_on_the_accent_is_black_or_white_whichever_reads_better(void **state)
{
    assert_string_equal(on_accent(*state, "#00539f"), "#ffffff");
    assert_string_equal(on_accent(*state, "#000000"), "#ffffff");
    assert_string_equal(on_accent(*state, "#ffcc00"), "#000000");
    assert_string_equal(on_accent(*state, "#FFFFFF"), "#000000");

    /* On greys the two meet between #757575 and #767676, at a contrast of 4.58. */
    assert_string_equal(on_accent(*state, "#757575"), "#ffffff");
    assert_string_equal(on_accent(*state, "#767676"), "#000000");
}


static void
the_answer_of_policy_json_is_json_with_the_hash_and_every_service(void **state)
{
    json_t            *tree, *services, *matomo, *cookie;
    loading_t         *loading = *state;
    consent_buf_t      out;
    consent_str_t      text;
    consent_policy_t  *policy;

    policy = load_good(loading, "t/data/policy/good/design.json");
    consent_buf_init(&out, &loading->heap.arena);
    consent_policy_json(policy, &out);
    text = consent_buf_str(&out);

    tree = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(tree);

    services = json_object_get(tree, "services");
    matomo = json_array_get(services, 1);
    cookie = json_array_get(json_object_get(matomo, "cookies"), 0);

    assert_string_equal(json_string_value(json_object_get(tree, "hash")), policy->hash);
    assert_int_equal(json_array_size(services), 5);
    assert_string_equal(json_string_value(json_object_get(matomo, "basis")), "exempt");
    assert_string_equal(json_string_value(json_object_get(matomo, "fingerprint")), fingerprint(policy, "matomo"));
    assert_string_equal(json_string_value(json_object_get(cookie, "lifetime")), "13mo");
    assert_null(memmem(text.data, text.len, "a source is for maintainers", 27));
    assert_null(memmem(text.data, text.len, "t/data", 6));

    json_decref(tree);
    consent_policy_destroy(policy);
}


static int
is_json(const struct dirent *entry)
{
    return strstr(entry->d_name, ".json") != NULL;
}


static void
every_wrong_policy_is_refused_with_file_line_key_and_remedy(void **state)
{
    int              i, n;
    char            *expected, path[512];
    loading_t       *loading = *state;
    struct dirent  **names;

    n = scandir("t/data/policy/bad", &names, is_json, alphasort);
    assert_true(n >= 40);

    for (i = 0; i < n; i++) {
        snprintf(path, sizeof(path), "t/data/policy/bad/%s", names[i]->d_name);
        free(names[i]);

        assert_null(consent_policy_load(&loading->heap.arena, path, loading->catalogue, loading->locales,
                    &loading->problems));
    }

    free(names);

    expected = loading_slurp("t/data/policy/bad/expected.txt");
    assert_string_equal(loading->reports, expected);
    free(expected);
}


static void
a_file_full_of_mistakes_is_not_reported_without_end(void **state)
{
    int         i;
    char       *json;
    size_t      len;
    loading_t  *loading = *state;

    json = malloc(100000);
    len = (size_t) sprintf(json, "{\n");

    for (i = 0; i < 3000; i++) {
        len += (size_t) sprintf(json + len, "\"key%d\": 1,\n", i);
    }

    strcpy(json + len, "\"site\": \"Ville\"}");

    assert_null(parse(loading, json));
    assert_int_equal(loading->problems.count, 101);
    assert_non_null(strstr(loading->reports, "test.json:102: has more mistakes; correct the first 100\n"));

    free(json);
}


static void
more_than_128_services_are_refused(void **state)
{
    int         i;
    char        json[4096];
    size_t      len;
    loading_t  *loading = *state;

    len = (size_t) sprintf(json, "{\"site\":\"Ville\"," CONTROLLER "," LANGUAGES ",\n\"services\":[\"youtube\"");

    for (i = 0; i < 128; i++) {
        len += (size_t) sprintf(json + len, ",\"matomo\"");
    }

    strcpy(json + len, "]}");

    assert_null(parse(loading, json));
    assert_string_equal(loading->reports, "test.json:2: services: has 129 elements; at most 128 are allowed\n");
}


static void
a_file_that_is_missing_a_directory_or_too_large_is_reported(void **state)
{
    FILE       *f;
    loading_t  *loading = *state;
    char        large[] = "/tmp/consent-large-XXXXXX";

    assert_null(consent_policy_load(&loading->heap.arena, "t/data/none.json", loading->catalogue, loading->locales,
                &loading->problems));
    assert_null(consent_policy_load(&loading->heap.arena, "t/data/policy", loading->catalogue, loading->locales,
                &loading->problems));

    assert_string_equal(loading->reports, "none.json:0: cannot be opened: No such file or directory\n"
                        "policy:0: is not a regular file\n");

    f = fdopen(mkstemp(large), "w");
    assert_non_null(f);
    assert_int_equal(fseek(f, 1024 * 1024, SEEK_SET), 0);
    fputc(' ', f);
    fclose(f);

    assert_null(consent_policy_load(&loading->heap.arena, large, loading->catalogue, loading->locales,
                &loading->problems));
    assert_non_null(strstr(loading->reports, ":0: is larger than 1024 KiB\n"));

    unlink(large);
}


static void
a_fifo_in_place_of_a_policy_does_not_stop_the_server(void **state)
{
    loading_t  *loading = *state;
    char        dir[] = "/tmp/consent-fifo-XXXXXX", path[64];

    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/fifo.json", dir);
    assert_int_equal(mkfifo(path, 0600), 0);

    assert_null(consent_policy_load(&loading->heap.arena, path, loading->catalogue, loading->locales,
                &loading->problems));
    assert_string_equal(loading->reports, "fifo.json:0: is not a regular file\n");

    unlink(path);
    rmdir(dir);
}


static void
a_policy_that_only_lists_services_takes_little_memory(void **state)
{
    size_t             before;
    loading_t         *loading = *state;
    consent_policy_t  *policy;

    before = loading->heap.allocated;
    policy = parse_good(loading, POLICY("\"youtube\",\"matomo\",\"facebook\",\"google-analytics\""));

    assert_true(loading->heap.allocated - before < 4096);

    consent_policy_destroy(policy);
}


static void
memory_that_runs_out(loading_t *loading, const char *file)
{
    char              *json;
    scarce_t           scarce;
    unsigned           n;
    consent_arena_t    arena = { scarce_alloc, &scarce };
    consent_policy_t  *policy;

    json = loading_slurp(file);
    scarce.heap = &loading->heap;
    policy = NULL;

    for (n = 0; policy == NULL; n++) {
        scarce.left = n;
        loading->problems.count = 0;

        policy = consent_policy_parse(&arena, "test.json", consent_str(json), loading->catalogue, loading->locales,
                                      &loading->problems);

        assert_true((policy == NULL) == (loading->problems.count > 0));
        assert_true(n < 1000);
    }

    assert_true(n > 50);

    consent_policy_destroy(policy);
    free(json);
}


static void
memory_that_runs_out_at_any_point_is_reported_and_nothing_leaks(void **state)
{
    memory_that_runs_out(*state, "t/data/policy/good/design.json");
    memory_that_runs_out(*state, "t/data/policy/good/bridges.json");
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
#define TEST(name)  cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(the_example_of_the_documentation_is_read_in_full),
        TEST(a_policy_of_four_keys_gets_the_defaults),
        TEST(a_byte_order_mark_and_windows_line_ends_are_no_mistake),
        TEST(a_bare_id_and_a_changed_basis_share_the_catalogues_service),
        TEST(what_a_policy_adds_to_a_service_comes_after_what_the_catalogue_says),
        TEST(a_service_of_the_sites_own_has_no_base),
        TEST(a_service_whose_purpose_is_necessary_needs_no_basis),
        TEST(an_id_that_is_not_listed_is_not_found),
        TEST(a_fingerprint_changes_with_purpose_provider_and_basis_and_with_nothing_else),
        TEST(the_hash_is_64_lower_case_hex_digits_and_the_same_every_time),
        TEST(the_hash_does_not_see_the_order_of_keys_blanks_or_the_files_name),
        TEST(the_hash_sees_whatever_visitors_are_told_or_decides),
        TEST(a_policys_own_words_replace_those_of_the_locale_for_its_language_alone),
        TEST(a_language_without_a_locale_speaks_through_the_policys_own_texts),
        TEST(a_more_precise_language_takes_the_locale_of_its_language_under_its_own_tag),
        TEST(text_on_the_accent_is_black_or_white_whichever_reads_better),
        TEST(the_answer_of_policy_json_is_json_with_the_hash_and_every_service),
        TEST(every_wrong_policy_is_refused_with_file_line_key_and_remedy),
        TEST(a_file_full_of_mistakes_is_not_reported_without_end),
        TEST(more_than_128_services_are_refused),
        TEST(a_file_that_is_missing_a_directory_or_too_large_is_reported),
        TEST(a_fifo_in_place_of_a_policy_does_not_stop_the_server),
        TEST(a_policy_that_only_lists_services_takes_little_memory),
        TEST(memory_that_runs_out_at_any_point_is_reported_and_nothing_leaks)
#undef TEST
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
