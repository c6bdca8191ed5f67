#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "choice_fixture.h"

static site_t             town;
static unsigned           session, youtube, matomo, maps;
static consent_choices_t  choices;


static int
set_up(void **state)
{
    (void) state;

    site_init(&town);
    session = site_add(&town, "session", CONSENT_PURPOSE_NECESSARY, CONSENT_BASIS_NECESSARY, "ses1");
    youtube = site_add(&town, "youtube", CONSENT_PURPOSE_VIDEO, CONSENT_BASIS_CONSENT, "ytb1");
    matomo = site_add(&town, "matomo", CONSENT_PURPOSE_AUDIENCE, CONSENT_BASIS_EXEMPT, "mat1");
    maps = site_add(&town, "google-maps", CONSENT_PURPOSE_MAP, CONSENT_BASIS_CONSENT, "map1");

    consent_choices_init(&choices, &town.policy, 0);

    return 0;
}


static void
answer(consent_answer_t to_youtube, consent_answer_t to_matomo, consent_answer_t to_maps)
{
    choices.answers[youtube] = (unsigned char) to_youtube;
    choices.answers[matomo] = (unsigned char) to_matomo;
    choices.answers[maps] = (unsigned char) to_maps;
    choices.chosen = 1;
}


static void
assert_services(const char *expected)
{
    heap_t         heap;
    consent_buf_t  out;

    heap_init(&heap);
    consent_buf_init(&out, &heap.arena);

    consent_choices_services(&choices, &out);

    assert_int_equal(out.len, strlen(expected));
    assert_memory_equal(consent_buf_str(&out).data, expected, out.len);

    heap_free(&heap);
}


static void
class_of(const char *language, const char *variant, char out[CONSENT_CLASS_LEN + 1])
{
    consent_choices_class(&choices, consent_str(language), consent_str(variant), out);
}


static void
assert_same_class(const char *class)
{
    char  now[CONSENT_CLASS_LEN + 1];

    class_of("fr", "document", now);
    assert_string_equal(now, class);
}


static void
assert_other_class(const char *class)
{
    char  now[CONSENT_CLASS_LEN + 1];

    class_of("fr", "document", now);
    assert_string_not_equal(now, class);
}


static void
no_choice_is_a_refusal_except_of_what_is_necessary_or_exempt(void **state)
{
    (void) state;

    assert_true(consent_choices_allow(&choices, session));
    assert_false(consent_choices_allow(&choices, youtube));
    assert_true(consent_choices_allow(&choices, matomo));
    assert_false(consent_choices_allow(&choices, maps));

    assert_int_equal(consent_choices_state(&choices), CONSENT_STATE_UNSET);
    assert_true(consent_choices_ask(&choices));
    assert_services("session,matomo");
}


static void
each_service_has_its_own_answer(void **state)
{
    (void) state;

    answer(CONSENT_ACCEPTED, CONSENT_REFUSED, CONSENT_REFUSED);

    assert_true(consent_choices_allow(&choices, youtube));
    assert_false(consent_choices_allow(&choices, matomo));
    assert_false(consent_choices_allow(&choices, maps));

    assert_int_equal(consent_choices_state(&choices), CONSENT_STATE_SOME);
    assert_false(consent_choices_ask(&choices));
    assert_services("session,youtube");
}


static void
a_necessary_service_is_on_whatever_the_answer(void **state)
{
    (void) state;

    choices.answers[session] = CONSENT_REFUSED;

    assert_true(consent_choices_allow(&choices, session));
    assert_int_equal(consent_choices_state(&choices), CONSENT_STATE_UNSET);
}


static void
all_and_none_are_counted_over_what_can_be_refused(void **state)
{
    (void) state;

    answer(CONSENT_ACCEPTED, CONSENT_ACCEPTED, CONSENT_ACCEPTED);
    assert_int_equal(consent_choices_state(&choices), CONSENT_STATE_ALL);
    assert_services("session,youtube,matomo,google-maps");

    answer(CONSENT_REFUSED, CONSENT_REFUSED, CONSENT_REFUSED);
    assert_int_equal(consent_choices_state(&choices), CONSENT_STATE_NONE);
    assert_services("session");

    /* the exempt one was not refused, so it is on */

    answer(CONSENT_REFUSED, CONSENT_UNDECIDED, CONSENT_REFUSED);
    assert_int_equal(consent_choices_state(&choices), CONSENT_STATE_SOME);
}


static void
the_names_of_the_states_are_those_of_the_variable(void **state)
{
    (void) state;

    assert_true(consent_str_eq(consent_state_names[CONSENT_STATE_UNSET], CONSENT_STR("unset")));
    assert_true(consent_str_eq(consent_state_names[CONSENT_STATE_ALL], CONSENT_STR("all")));
    assert_true(consent_str_eq(consent_state_names[CONSENT_STATE_NONE], CONSENT_STR("none")));
    assert_true(consent_str_eq(consent_state_names[CONSENT_STATE_SOME], CONSENT_STR("some")));
}


static void
one_answer_missing_asks_again(void **state)
{
    (void) state;

    answer(CONSENT_ACCEPTED, CONSENT_REFUSED, CONSENT_UNDECIDED);

    assert_true(consent_choices_ask(&choices));
    assert_int_equal(consent_choices_state(&choices), CONSENT_STATE_SOME);
}


static void
a_missing_answer_for_an_exempt_service_asks_nothing(void **state)
{
    (void) state;

    answer(CONSENT_ACCEPTED, CONSENT_UNDECIDED, CONSENT_REFUSED);

    assert_false(consent_choices_ask(&choices));
}


static void
gpc_refuses_what_has_no_answer_exempt_included_and_shows_no_banner(void **state)
{
    (void) state;

    consent_choices_init(&choices, &town.policy, 1);

    assert_true(consent_choices_allow(&choices, session));
    assert_false(consent_choices_allow(&choices, youtube));
    assert_false(consent_choices_allow(&choices, matomo));

    assert_false(consent_choices_ask(&choices));
    assert_int_equal(consent_choices_state(&choices), CONSENT_STATE_NONE);
    assert_services("session");
}


static void
a_later_explicit_choice_wins_over_gpc(void **state)
{
    (void) state;

    consent_choices_init(&choices, &town.policy, 1);
    answer(CONSENT_ACCEPTED, CONSENT_UNDECIDED, CONSENT_UNDECIDED);

    assert_true(consent_choices_allow(&choices, youtube));
    assert_false(consent_choices_allow(&choices, matomo));
    assert_false(consent_choices_allow(&choices, maps));
    assert_false(consent_choices_ask(&choices));
    assert_int_equal(consent_choices_state(&choices), CONSENT_STATE_SOME);
}


static void
a_policy_of_necessary_services_never_asks_and_is_unset(void **state)
{
    site_t  site;

    (void) state;

    site_init(&site);
    consent_choices_init(&choices, &site.policy, 1);
    assert_false(consent_choices_ask(&choices));
    assert_int_equal(consent_choices_state(&choices), CONSENT_STATE_UNSET);
    assert_services("");

    site_add(&site, "session", CONSENT_PURPOSE_NECESSARY, CONSENT_BASIS_NECESSARY, "ses1");
    consent_choices_init(&choices, &site.policy, 0);
    assert_false(consent_choices_ask(&choices));
    assert_int_equal(consent_choices_state(&choices), CONSENT_STATE_UNSET);
    assert_services("session");
}


static void
what_is_not_listed_is_decided_by_the_policy(void **state)
{
    consent_claim_t  listed = { (int) youtube, &town.services[youtube] };
    consent_claim_t  unlisted = { CONSENT_UNLISTED, &town.services[maps] };
    consent_claim_t  unclaimed = { CONSENT_UNCLAIMED, NULL };

    (void) state;

    assert_false(consent_choices_allow_claim(&choices, listed, CONSENT_UNKNOWN_ALLOW));
    choices.answers[youtube] = CONSENT_ACCEPTED;
    assert_true(consent_choices_allow_claim(&choices, listed, CONSENT_UNKNOWN_BLOCK));

    town.policy.unknown_services = CONSENT_UNKNOWN_BLOCK;
    assert_false(consent_choices_allow_claim(&choices, unlisted, CONSENT_UNKNOWN_ALLOW));
    town.policy.unknown_services = CONSENT_UNKNOWN_REPORT;
    assert_true(consent_choices_allow_claim(&choices, unlisted, CONSENT_UNKNOWN_BLOCK));

    assert_true(consent_choices_allow_claim(&choices, unclaimed, CONSENT_UNKNOWN_ALLOW));
    assert_true(consent_choices_allow_claim(&choices, unclaimed, CONSENT_UNKNOWN_REPORT));
    assert_false(consent_choices_allow_claim(&choices, unclaimed, CONSENT_UNKNOWN_BLOCK));
}


static void
a_class_is_sixteen_hex_digits(void **state)
{
    char  class[CONSENT_CLASS_LEN + 1];

    (void) state;

    class_of("fr", "document", class);
    assert_int_equal(strlen(class), 16);
    assert_int_equal(strspn(class, "0123456789abcdef"), 16);
}


static void
whatever_decides_a_page_is_in_its_class(void **state)
{
    char  class[CONSENT_CLASS_LEN + 1], other[CONSENT_CLASS_LEN + 1];

    (void) state;

    answer(CONSENT_ACCEPTED, CONSENT_REFUSED, CONSENT_REFUSED);
    class_of("fr", "document", class);

    answer(CONSENT_REFUSED, CONSENT_REFUSED, CONSENT_REFUSED);
    assert_other_class(class);
    answer(CONSENT_ACCEPTED, CONSENT_UNDECIDED, CONSENT_REFUSED);
    assert_other_class(class);
    answer(CONSENT_ACCEPTED, CONSENT_REFUSED, CONSENT_UNDECIDED);
    assert_other_class(class);
    answer(CONSENT_ACCEPTED, CONSENT_REFUSED, CONSENT_REFUSED);
    assert_same_class(class);

    choices.gpc = 1;
    assert_other_class(class);
    choices.gpc = 0;

    town.policy.hash[7] = 'b';
    assert_other_class(class);
    town.policy.hash[7] = 'a';
    assert_same_class(class);

    class_of("en", "document", other);
    assert_string_not_equal(other, class);
    class_of("fr", "fragment", other);
    assert_string_not_equal(other, class);
    class_of("frd", "ocument", other);
    assert_string_not_equal(other, class);
    class_of("", "frdocument", other);
    assert_string_not_equal(other, class);
}


static void
nothing_else_is_in_a_class(void **state)
{
    char  class[CONSENT_CLASS_LEN + 1];

    (void) state;

    answer(CONSENT_ACCEPTED, CONSENT_UNDECIDED, CONSENT_REFUSED);
    choices.day = 20500;
    class_of("fr", "document", class);

    choices.day = 20501;
    assert_same_class(class);

    /* on either way, and no banner either way */

    choices.answers[matomo] = CONSENT_ACCEPTED;
    assert_same_class(class);

    choices.answers[session] = CONSENT_ACCEPTED;
    assert_same_class(class);

    /* only a banner says that something changed */

    choices.changed = 1;
    assert_same_class(class);
}


static void
a_class_tells_what_the_banner_asks_for(void **state)
{
    char  class[CONSENT_CLASS_LEN + 1];

    (void) state;

    answer(CONSENT_REFUSED, CONSENT_UNDECIDED, CONSENT_UNDECIDED);
    class_of("fr", "document", class);

    choices.changed = 1;
    assert_other_class(class);
    choices.changed = 0;

    answer(CONSENT_UNDECIDED, CONSENT_UNDECIDED, CONSENT_REFUSED);
    assert_other_class(class);
}


static void
a_cookieless_service_runs_unasked_and_has_cookies_once_accepted(void **state)
{
    char  unasked[CONSENT_CLASS_LEN + 1];

    (void) state;

    town.policy.entries[matomo].cookieless = 1;

    assert_true(consent_choices_allow(&choices, matomo));
    assert_false(consent_choices_allow_cookies(&choices, matomo));
    class_of("fr", "document", unasked);

    answer(CONSENT_UNDECIDED, CONSENT_ACCEPTED, CONSENT_UNDECIDED);
    assert_true(consent_choices_allow_cookies(&choices, matomo));
    assert_other_class(unasked);

    answer(CONSENT_UNDECIDED, CONSENT_REFUSED, CONSENT_UNDECIDED);
    assert_false(consent_choices_allow(&choices, matomo));
    assert_false(consent_choices_allow_cookies(&choices, matomo));

    town.policy.entries[matomo].cookieless = 0;

    answer(CONSENT_UNDECIDED, CONSENT_UNDECIDED, CONSENT_UNDECIDED);
    assert_true(consent_choices_allow_cookies(&choices, matomo));
    assert_other_class(unasked);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test_setup(no_choice_is_a_refusal_except_of_what_is_necessary_or_exempt, set_up),
        cmocka_unit_test_setup(each_service_has_its_own_answer, set_up),
        cmocka_unit_test_setup(a_necessary_service_is_on_whatever_the_answer, set_up),
        cmocka_unit_test_setup(all_and_none_are_counted_over_what_can_be_refused, set_up),
        cmocka_unit_test_setup(the_names_of_the_states_are_those_of_the_variable, set_up),
        cmocka_unit_test_setup(one_answer_missing_asks_again, set_up),
        cmocka_unit_test_setup(a_missing_answer_for_an_exempt_service_asks_nothing, set_up),
        cmocka_unit_test_setup(gpc_refuses_what_has_no_answer_exempt_included_and_shows_no_banner, set_up),
        cmocka_unit_test_setup(a_later_explicit_choice_wins_over_gpc, set_up),
        cmocka_unit_test_setup(a_policy_of_necessary_services_never_asks_and_is_unset, set_up),
        cmocka_unit_test_setup(what_is_not_listed_is_decided_by_the_policy, set_up),
        cmocka_unit_test_setup(a_class_is_sixteen_hex_digits, set_up),
        cmocka_unit_test_setup(whatever_decides_a_page_is_in_its_class, set_up),
        cmocka_unit_test_setup(nothing_else_is_in_a_class, set_up),
        cmocka_unit_test_setup(a_class_tells_what_the_banner_asks_for, set_up),
        cmocka_unit_test_setup(a_cookieless_service_runs_unasked_and_has_cookies_once_accepted, set_up)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
