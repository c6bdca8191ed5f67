#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "choice_fixture.h"
#include "form.h"

#define TODAY  20500

static heap_t             heap;
static site_t             town;
static unsigned           session, youtube, vimeo, matomo, maps;
static consent_choices_t  choices;
static consent_form_t     form;
static const char        *error;


static int
set_up(void **state)
{
    (void) state;

    heap_init(&heap);

    site_init(&town);
    session = site_add(&town, "session", CONSENT_PURPOSE_NECESSARY, CONSENT_BASIS_NECESSARY, "ses1");
    youtube = site_add(&town, "youtube", CONSENT_PURPOSE_VIDEO, CONSENT_BASIS_CONSENT, "ytb1");
    vimeo = site_add(&town, "vimeo", CONSENT_PURPOSE_VIDEO, CONSENT_BASIS_CONSENT, "vim1");
    matomo = site_add(&town, "matomo", CONSENT_PURPOSE_AUDIENCE, CONSENT_BASIS_EXEMPT, "mat1");
    maps = site_add(&town, "google-maps", CONSENT_PURPOSE_MAP, CONSENT_BASIS_CONSENT, "map1");

    consent_choices_init(&choices, &town.policy, 0);

    return 0;
}


static int
tear_down(void **state)
{
    (void) state;
    heap_free(&heap);

    return 0;
}


static int
apply_bytes(const char *body, size_t len)
{
    return consent_form_apply(&heap.arena, (consent_str_t) { body, len }, &choices, TODAY, &form, &error);
}


static void
assert_applied(const char *body)
{
    assert_int_equal(apply_bytes(body, strlen(body)), 0);
    assert_null(error);
}


static void
assert_refused(const char *body, const char *sentence)
{
    consent_choices_t  before = choices;

    assert_int_equal(apply_bytes(body, strlen(body)), -1);
    assert_string_equal(error, sentence);
    assert_memory_equal(&choices, &before, sizeof(before));
}


static void
assert_answers(consent_answer_t to_youtube, consent_answer_t to_vimeo, consent_answer_t to_matomo,
    consent_answer_t to_maps)
{
    assert_int_equal(choices.answers[session], CONSENT_UNDECIDED);
    assert_int_equal(choices.answers[youtube], to_youtube);
    assert_int_equal(choices.answers[vimeo], to_vimeo);
    assert_int_equal(choices.answers[matomo], to_matomo);
    assert_int_equal(choices.answers[maps], to_maps);
}


static void
assert_str(consent_str_t s, const char *expected)
{
    assert_int_equal(s.len, strlen(expected));
    assert_memory_equal(s.len ? s.data : "", expected, s.len);
}


static void
assert_field(consent_str_t *rest, const char *name, const char *value)
{
    consent_str_t  n, v;

    assert_int_equal(consent_form_next(&heap.arena, rest, &n, &v), 1);
    assert_str(n, name);
    assert_str(v, value);
}


static void
assert_end(consent_str_t *rest)
{
    consent_str_t  n, v;

    assert_int_equal(consent_form_next(&heap.arena, rest, &n, &v), 0);
}


static void
fields_are_split_at_ampersands_and_the_first_equals_sign(void **state)
{
    consent_str_t  rest = CONSENT_STR("a=1&b=2=3&c&=d&&e=&");

    (void) state;

    assert_field(&rest, "a", "1");
    assert_field(&rest, "b", "2=3");
    assert_field(&rest, "c", "");
    assert_field(&rest, "", "d");
    assert_field(&rest, "e", "");
    assert_end(&rest);
    assert_end(&rest);
}


static void
a_semicolon_separates_nothing(void **state)
{
    consent_str_t  rest = CONSENT_STR("a=1;b=2");

    (void) state;

    assert_field(&rest, "a", "1;b=2");
    assert_end(&rest);
}


static void
plus_and_percent_are_decoded_in_names_and_values(void **state)
{
    consent_str_t  rest = CONSENT_STR("a+b=c+d&%61%2Bb=%2f%2F&e=%C3%A9t%c3%a9");

    (void) state;

    assert_field(&rest, "a b", "c d");
    assert_field(&rest, "a+b", "//");
    assert_field(&rest, "e", "\xc3\xa9t\xc3\xa9");
    assert_end(&rest);
}


static void
a_percent_sign_without_two_digits_stands_for_itself(void **state)
{
    consent_str_t  rest = CONSENT_STR("a=100%&b=%4&c=%zz&d=%%41&e=%4g");

    (void) state;

    assert_field(&rest, "a", "100%");
    assert_field(&rest, "b", "%4");
    assert_field(&rest, "c", "%zz");
    assert_field(&rest, "d", "%A");
    assert_field(&rest, "e", "%4g");
    assert_end(&rest);
}


static void
malformed_utf8_becomes_the_replacement_character(void **state)
{
    consent_str_t  rest = CONSENT_STR("a=%FF&b=%C3&c=%E2%82x&d=%C0%80&e=\xf0\x9f&f=%ED%A0%80");

    (void) state;

    assert_field(&rest, "a", "\xef\xbf\xbd");
    assert_field(&rest, "b", "\xef\xbf\xbd");
    assert_field(&rest, "c", "\xef\xbf\xbdx");
    assert_field(&rest, "d", "\xef\xbf\xbd\xef\xbf\xbd");
    assert_field(&rest, "e", "\xef\xbf\xbd");
    assert_field(&rest, "f", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    assert_end(&rest);
}


static void
a_nul_ends_neither_name_nor_value(void **state)
{
    consent_str_t  rest = CONSENT_STR("a%00b=c%00d"), name, value;

    (void) state;

    assert_int_equal(consent_form_next(&heap.arena, &rest, &name, &value), 1);
    assert_int_equal(name.len, 3);
    assert_memory_equal(name.data, "a\0b", 3);
    assert_int_equal(value.len, 3);
    assert_memory_equal(value.data, "c\0d", 3);
}


static void
the_first_value_of_a_field_is_found(void **state)
{
    consent_str_t  query = CONSENT_STR("x=0&u=https%3A%2F%2Fa.example%2F&u=2&empty=");

    (void) state;

    assert_str(consent_form_value(&heap.arena, query, CONSENT_STR("u")), "https://a.example/");
    assert_str(consent_form_value(&heap.arena, query, CONSENT_STR("empty")), "");
    assert_non_null(consent_form_value(&heap.arena, query, CONSENT_STR("empty")).data);
    assert_null(consent_form_value(&heap.arena, query, CONSENT_STR("absent")).data);
    assert_null(consent_form_value(&heap.arena, query, CONSENT_STR("U")).data);
}


static void
accept_all_and_refuse_all_answer_for_everything_that_can_be_refused(void **state)
{
    (void) state;

    assert_applied("decision=accept-all");
    assert_answers(CONSENT_ACCEPTED, CONSENT_ACCEPTED, CONSENT_ACCEPTED, CONSENT_ACCEPTED);
    assert_int_equal(form.decision, CONSENT_DECISION_ACCEPT_ALL);
    assert_int_equal(form.once, -1);
    assert_int_equal(choices.chosen, 1);
    assert_int_equal(choices.day, TODAY);

    assert_applied("decision=refuse-all");
    assert_answers(CONSENT_REFUSED, CONSENT_REFUSED, CONSENT_REFUSED, CONSENT_REFUSED);
    assert_int_equal(form.decision, CONSENT_DECISION_REFUSE_ALL);
}


static void
a_button_for_all_wins_over_the_radios_of_its_form(void **state)
{
    (void) state;

    assert_applied("service.youtube=refuse&purpose.map=refuse&decision=accept-all");
    assert_answers(CONSENT_ACCEPTED, CONSENT_ACCEPTED, CONSENT_ACCEPTED, CONSENT_ACCEPTED);

    assert_applied("service.youtube=accept&decision=refuse-all");
    assert_answers(CONSENT_REFUSED, CONSENT_REFUSED, CONSENT_REFUSED, CONSENT_REFUSED);
}


static void
save_answers_for_the_services_named(void **state)
{
    (void) state;

    assert_applied("decision=save&service.youtube=accept&service.google-maps=refuse");
    assert_answers(CONSENT_ACCEPTED, CONSENT_UNDECIDED, CONSENT_UNDECIDED, CONSENT_REFUSED);
    assert_int_equal(form.decision, CONSENT_DECISION_SAVE);
    assert_int_equal(choices.chosen, 1);
    assert_true(consent_choices_ask(&choices));
}


static void
services_not_named_keep_their_answer(void **state)
{
    (void) state;

    assert_applied("decision=save&service.youtube=accept&service.vimeo=refuse&service.google-maps=refuse");
    assert_applied("decision=save&service.vimeo=accept");
    assert_answers(CONSENT_ACCEPTED, CONSENT_ACCEPTED, CONSENT_UNDECIDED, CONSENT_REFUSED);
}


static void
a_purpose_answers_for_its_services_and_a_service_wins_over_it(void **state)
{
    (void) state;

    assert_applied("decision=save&purpose.video=accept");
    assert_answers(CONSENT_ACCEPTED, CONSENT_ACCEPTED, CONSENT_UNDECIDED, CONSENT_UNDECIDED);

    assert_applied("service.vimeo=accept&decision=save&purpose.video=refuse&purpose.audience=refuse");
    assert_answers(CONSENT_REFUSED, CONSENT_ACCEPTED, CONSENT_REFUSED, CONSENT_UNDECIDED);
}


static void
a_purpose_without_services_answers_for_nothing(void **state)
{
    (void) state;

    assert_applied("decision=save&purpose.advertising=accept");
    assert_answers(CONSENT_UNDECIDED, CONSENT_UNDECIDED, CONSENT_UNDECIDED, CONSENT_UNDECIDED);
}


static void
saving_no_answer_is_no_choice(void **state)
{
    (void) state;

    assert_applied("decision=save");
    assert_int_equal(choices.chosen, 0);
    assert_int_equal(choices.day, 0);
    assert_true(consent_choices_ask(&choices));
}


static void
a_choice_answers_for_what_changed(void **state)
{
    (void) state;

    choices.changed = 1;
    assert_applied("decision=save&service.youtube=accept");
    assert_int_equal(choices.changed, 1);

    assert_applied("decision=refuse-all");
    assert_int_equal(choices.changed, 0);
}


static void
accepting_once_names_the_service_and_stores_nothing(void **state)
{
    consent_choices_t  before = choices;

    (void) state;

    assert_applied("decision=accept-once&service.vimeo=accept&embed=https%3A%2F%2Fplayer.vimeo.com%2Fvideo%2F1");
    assert_int_equal(form.decision, CONSENT_DECISION_ACCEPT_ONCE);
    assert_int_equal(form.once, vimeo);
    assert_str(form.embed, "https://player.vimeo.com/video/1");
    assert_memory_equal(&choices, &before, sizeof(before));
}


static void
accepting_once_is_for_exactly_one_service(void **state)
{
    const char  *sentence = "Accepting once is for exactly one service.";

    (void) state;

    assert_refused("decision=accept-once", sentence);
    assert_refused("decision=accept-once&service.vimeo=refuse", sentence);
    assert_refused("decision=accept-once&purpose.video=accept", sentence);
    assert_refused("decision=accept-once&service.vimeo=accept&service.youtube=accept", sentence);
    assert_refused("decision=accept-once&service.vimeo=accept&purpose.map=accept", sentence);
}


static void
a_necessary_service_can_be_accepted_but_not_refused(void **state)
{
    (void) state;

    assert_refused("decision=save&service.session=refuse", "A necessary service cannot be refused.");
    assert_refused("decision=save&purpose.necessary=refuse", "A necessary service cannot be refused.");

    assert_applied("decision=save&service.session=accept&purpose.necessary=accept");
    assert_answers(CONSENT_UNDECIDED, CONSENT_UNDECIDED, CONSENT_UNDECIDED, CONSENT_UNDECIDED);
}


static void
refusing_a_purpose_leaves_its_necessary_services_on(void **state)
{
    (void) state;

    town.entries[vimeo].basis = CONSENT_BASIS_NECESSARY;

    assert_applied("decision=save&purpose.video=refuse");
    assert_answers(CONSENT_REFUSED, CONSENT_UNDECIDED, CONSENT_UNDECIDED, CONSENT_UNDECIDED);
    assert_true(consent_choices_allow(&choices, vimeo));
}


static void
what_makes_no_sense_is_refused_with_a_sentence(void **state)
{
    (void) state;

    assert_refused("", "The form has no decision.");
    assert_refused("service.youtube=accept", "The form has no decision.");
    assert_refused("decision=", "The decision is none of accept-all, refuse-all, save and accept-once.");
    assert_refused("decision=Accept-All", "The decision is none of accept-all, refuse-all, save and accept-once.");
    assert_refused("decision=accept-all%00", "The decision is none of accept-all, refuse-all, save and accept-once.");
    assert_refused("decision=accept-all&decision=refuse-all", "The form has two decisions.");
    assert_refused("decision=save&service.tiktok=accept", "The form names a service that this site does not have.");
    assert_refused("decision=save&service.=accept", "The form names a service that this site does not have.");
    assert_refused("decision=save&service.YouTube=accept", "The form names a service that this site does not have.");
    assert_refused("decision=accept-all&service.tiktok=refuse",
                   "The form names a service that this site does not have.");
    assert_refused("decision=save&purpose.fun=accept", "The form names a purpose that does not exist.");
    assert_refused("decision=save&service.youtube=on",
                   "A service or a purpose is answered with accept or refuse, and nothing else.");
    assert_refused("decision=save&service.youtube",
                   "A service or a purpose is answered with accept or refuse, and nothing else.");
    assert_refused("decision=save&purpose.video=Accept",
                   "A service or a purpose is answered with accept or refuse, and nothing else.");
    assert_refused("decision=save&service.youtube=accept&service.youtube=refuse",
                   "The form answers for the same service or purpose twice.");
    assert_refused("decision=save&purpose.video=accept&purpose.video=refuse",
                   "The form answers for the same service or purpose twice.");
}


static void
saying_the_same_twice_is_no_mistake(void **state)
{
    (void) state;

    assert_applied("decision=save&service.youtube=accept&service.youtube=accept&decision=save");
    assert_answers(CONSENT_ACCEPTED, CONSENT_UNDECIDED, CONSENT_UNDECIDED, CONSENT_UNDECIDED);

    assert_applied("decision=accept-once&service.youtube=accept&service.youtube=accept");
    assert_int_equal(form.once, youtube);
}


static void
other_fields_are_ignored(void **state)
{
    (void) state;

    assert_applied("_csrf=abc&decision=save&services.youtube=accept&service=youtube&serviceXyoutube=1"
                   "&service.youtube=refuse");
    assert_answers(CONSENT_REFUSED, CONSENT_UNDECIDED, CONSENT_UNDECIDED, CONSENT_UNDECIDED);
}


static void
too_many_fields_are_refused(void **state)
{
    char    body[2 * 514 + 16];
    size_t  i;

    (void) state;

    strcpy(body, "decision=save");

    for (i = 0; i < 511; i++) {
        strcat(body, "&x");
    }

    assert_applied(body);

    strcat(body, "&x");
    assert_refused(body, "The form has too many fields.");
}


static void *
no_memory(void *owner, size_t size)
{
    (void) owner;
    (void) size;

    return NULL;
}


static void
no_memory_is_said(void **state)
{
    consent_str_t    body = CONSENT_STR("decision=accept-all"), rest = body, name, value;
    consent_arena_t  none = { no_memory, NULL };

    (void) state;

    assert_int_equal(consent_form_next(&none, &rest, &name, &value), -1);
    assert_null(consent_form_value(&none, body, CONSENT_STR("decision")).data);

    assert_int_equal(consent_form_apply(&none, body, &choices, TODAY, &form, &error), -1);
    assert_string_equal(error, "There is no memory for the form.");
    assert_answers(CONSENT_UNDECIDED, CONSENT_UNDECIDED, CONSENT_UNDECIDED, CONSENT_UNDECIDED);
}


static void
the_way_back_the_source_and_the_language_are_handed_over(void **state)
{
    (void) state;

    assert_applied("decision=refuse-all&return=%2Fagenda%3Fpage%3D2%23haut&source=banner&lang=fr");
    assert_str(form.return_to, "/agenda?page=2#haut");
    assert_str(form.source, "banner");
    assert_str(form.lang, "fr");
    assert_str(form.embed, "");

    assert_applied("decision=refuse-all&source=settings");
    assert_str(form.source, "settings");
    assert_applied("decision=refuse-all&source=placeholder");
    assert_str(form.source, "placeholder");
    assert_applied("decision=refuse-all&source=elsewhere");
    assert_str(form.source, "");
    assert_str(form.return_to, "");
}


static void
a_way_to_another_origin_is_ignored(void **state)
{
    size_t       i;
    char         body[256];
    const char  *elsewhere[] = {
        "", "evil.example", "https%3A%2F%2Fevil.example%2F", "javascript%3Aalert(1)",
        "%2F%2Fevil.example", "%2F%5Cevil.example", "%5C%5Cevil.example", "%2F%09%2Fevil.example", "%09%2F%2Fevil.example",
        "%2Fa%0D%0ALocation%3A+x", "%2Fa%00", "%2Fa%7F", "%2Fa%5Cb", "+%2Fa"
    };

    (void) state;

    for (i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++) {
        snprintf(body, sizeof(body), "decision=refuse-all&return=%s", elsewhere[i]);
        assert_applied(body);
        assert_str(form.return_to, "");
    }
}


static void
a_local_path_begins_with_one_slash(void **state)
{
    (void) state;

    assert_true(consent_local_path(CONSENT_STR("/")));
    assert_true(consent_local_path(CONSENT_STR("/a//b")));
    assert_true(consent_local_path(CONSENT_STR("/a?u=https://b.example/")));
    assert_true(consent_local_path(CONSENT_STR("/d\xc3\xa9marches")));

    assert_false(consent_local_path(CONSENT_STR("")));
    assert_false(consent_local_path(CONSENT_STR("a")));
    assert_false(consent_local_path(CONSENT_STR("//a")));
    assert_false(consent_local_path(CONSENT_STR("///a")));
    assert_false(consent_local_path(CONSENT_STR("/\\a")));
    assert_false(consent_local_path(CONSENT_STR("\\/a")));
    assert_false(consent_local_path(CONSENT_STR("/a\nb")));
    assert_false(consent_local_path(CONSENT_STR("/a\0b")));
}


static void
a_local_path_has_at_most_2048_bytes(void **state)
{
    char  path[2049];

    (void) state;

    memset(path, 'a', sizeof(path));
    path[0] = '/';

    assert_true(consent_local_path((consent_str_t) { path, 2048 }));
    assert_false(consent_local_path((consent_str_t) { path, 2049 }));
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test_setup_teardown(fields_are_split_at_ampersands_and_the_first_equals_sign, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_semicolon_separates_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(plus_and_percent_are_decoded_in_names_and_values, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_percent_sign_without_two_digits_stands_for_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(malformed_utf8_becomes_the_replacement_character, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_nul_ends_neither_name_nor_value, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_first_value_of_a_field_is_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(accept_all_and_refuse_all_answer_for_everything_that_can_be_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_button_for_all_wins_over_the_radios_of_its_form, set_up, tear_down),
        cmocka_unit_test_setup_teardown(save_answers_for_the_services_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(services_not_named_keep_their_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_purpose_answers_for_its_services_and_a_service_wins_over_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_purpose_without_services_answers_for_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(saving_no_answer_is_no_choice, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_choice_answers_for_what_changed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(accepting_once_names_the_service_and_stores_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(accepting_once_is_for_exactly_one_service, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_necessary_service_can_be_accepted_but_not_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refusing_a_purpose_leaves_its_necessary_services_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_makes_no_sense_is_refused_with_a_sentence, set_up, tear_down),
        cmocka_unit_test_setup_teardown(saying_the_same_twice_is_no_mistake, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_fields_are_ignored, set_up, tear_down),
        cmocka_unit_test_setup_teardown(too_many_fields_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_memory_is_said, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_way_back_the_source_and_the_language_are_handed_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_way_to_another_origin_is_ignored, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_local_path_begins_with_one_slash, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_local_path_has_at_most_2048_bytes, set_up, tear_down)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
