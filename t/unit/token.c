#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "choice_fixture.h"
#include "token.h"

#define TODAY     20500
#define VALIDITY  182

/*
 * youtube accepted and matomo refused on day 20500, under KEY_A; computed in Python from the layout that token.h
 * gives.
 */
#define LITERAL   "AXpQFAJ9W3l0YjHWUW1hdDGAtB8mFUvuGA3ThIltfgCheQ"

static heap_t              heap;
static reports_t           reports;
static consent_keyring_t  *keyring;
static site_t              town;
static unsigned            session, youtube, matomo, maps;

static const consent_str_t  scope = { "www.montmirail.example", 22 };


static int
set_up(void **state)
{
    (void) state;

    heap_init(&heap);
    keyring = keyring_of(&heap, &reports, "sign " KEY_A "\n");

    site_init(&town);
    session = site_add(&town, "session", CONSENT_PURPOSE_NECESSARY, CONSENT_BASIS_NECESSARY, "ses1");
    youtube = site_add(&town, "youtube", CONSENT_PURPOSE_VIDEO, CONSENT_BASIS_CONSENT, "ytb1");
    matomo = site_add(&town, "matomo", CONSENT_PURPOSE_AUDIENCE, CONSENT_BASIS_EXEMPT, "mat1");
    maps = site_add(&town, "google-maps", CONSENT_PURPOSE_MAP, CONSENT_BASIS_CONSENT, "map1");

    return keyring == NULL;
}


static int
tear_down(void **state)
{
    (void) state;

    consent_keyring_destroy(keyring);
    heap_free(&heap);

    return 0;
}


static void
choose(consent_choices_t *choices, uint32_t day, consent_answer_t to_youtube, consent_answer_t to_matomo,
    consent_answer_t to_maps)
{
    consent_choices_init(choices, &town.policy, 0);

    choices->chosen = 1;
    choices->day = day;
    choices->answers[youtube] = (unsigned char) to_youtube;
    choices->answers[matomo] = (unsigned char) to_matomo;
    choices->answers[maps] = (unsigned char) to_maps;
}


static void
seal(char token[CONSENT_TOKEN_MAX], uint32_t day, consent_answer_t to_youtube, consent_answer_t to_matomo,
    consent_answer_t to_maps)
{
    consent_choices_t  choices;

    choose(&choices, day, to_youtube, to_matomo, to_maps);

    assert_int_not_equal(consent_token_seal(&choices, keyring, scope, token), 0);
}


static int
opens(const char *token, uint32_t today, consent_choices_t *choices)
{
    consent_choices_init(choices, &town.policy, 0);

    return consent_token_open(choices, keyring, scope, consent_str(token), today, VALIDITY) == 0;
}


static unsigned
reads(const char *cookie_line, consent_choices_t *choices)
{
    consent_str_t  line = consent_str(cookie_line);

    consent_choices_init(choices, &town.policy, 0);

    return consent_token_read(choices, keyring, scope, CONSENT_STR("choices"), &line, 1, TODAY, VALIDITY);
}


static void
a_token_is_laid_out_as_documented(void **state)
{
    char  token[CONSENT_TOKEN_MAX];

    (void) state;

    seal(token, TODAY, CONSENT_ACCEPTED, CONSENT_REFUSED, CONSENT_UNDECIDED);
    assert_string_equal(token, LITERAL);
}


static void
what_was_sealed_is_opened(void **state)
{
    consent_choices_t  choices;

    (void) state;

    assert_true(opens(LITERAL, TODAY, &choices));
    assert_int_equal(choices.chosen, 1);
    assert_int_equal(choices.changed, 0);
    assert_int_equal(choices.day, TODAY);
    assert_int_equal(choices.answers[session], CONSENT_UNDECIDED);
    assert_int_equal(choices.answers[youtube], CONSENT_ACCEPTED);
    assert_int_equal(choices.answers[matomo], CONSENT_REFUSED);
    assert_int_equal(choices.answers[maps], CONSENT_UNDECIDED);
}


static void
every_combination_of_answers_survives(void **state)
{
    int                i, y, t, g;
    char               token[CONSENT_TOKEN_MAX];
    consent_choices_t  choices;

    (void) state;

    for (i = 0; i < 27; i++) {
        y = i % 3;
        t = i / 3 % 3;
        g = i / 9;

        seal(token, TODAY, y, t, g);

        assert_true(opens(token, TODAY, &choices));
        assert_int_equal(choices.answers[youtube], y);
        assert_int_equal(choices.answers[matomo], t);
        assert_int_equal(choices.answers[maps], g);
    }
}


static void
nothing_chosen_gives_no_token(void **state)
{
    char               token[CONSENT_TOKEN_MAX];
    consent_choices_t  choices;

    (void) state;

    consent_choices_init(&choices, &town.policy, 0);

    assert_int_equal(consent_token_seal(&choices, keyring, scope, token), 0);
}


static void
equal_choices_on_one_day_give_equal_bytes(void **state)
{
    char               first[CONSENT_TOKEN_MAX], second[CONSENT_TOKEN_MAX];
    consent_choices_t  one, other;

    (void) state;

    choose(&one, TODAY, CONSENT_ACCEPTED, CONSENT_REFUSED, CONSENT_ACCEPTED);

    /* the same answers, come to by another way */

    consent_choices_init(&other, &town.policy, 1);
    other.answers[maps] = CONSENT_ACCEPTED;
    other.answers[matomo] = CONSENT_ACCEPTED;
    other.answers[youtube] = CONSENT_ACCEPTED;
    other.answers[matomo] = CONSENT_REFUSED;
    other.answers[session] = CONSENT_ACCEPTED;
    other.changed = 1;
    other.chosen = 1;
    other.day = TODAY;

    consent_token_seal(&one, keyring, scope, first);
    consent_token_seal(&other, keyring, scope, second);

    assert_string_equal(first, second);
}


static void
it_is_a_cookie_value_of_unreserved_characters(void **state)
{
    char    token[CONSENT_TOKEN_MAX];
    size_t  i;

    (void) state;

    seal(token, TODAY, CONSENT_ACCEPTED, CONSENT_ACCEPTED, CONSENT_REFUSED);

    for (i = 0; token[i]; i++) {
        assert_non_null(strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", token[i]));
    }
}


static void
twenty_five_services_take_234_bytes_and_128_fit(void **state)
{
    char               token[CONSENT_TOKEN_MAX], ids[CONSENT_MAX_SERVICES][16], print[8];
    site_t            *site;
    unsigned           i;
    consent_choices_t  choices, read;

    (void) state;

    site = malloc(sizeof(site_t));
    assert_non_null(site);
    site_init(site);

    consent_choices_init(&choices, &site->policy, 0);
    choices.chosen = 1;
    choices.day = TODAY;

    for (i = 0; i < CONSENT_MAX_SERVICES; i++) {
        snprintf(ids[i], sizeof(ids[i]), "service-%u", i);
        snprintf(print, sizeof(print), "%04u", i);
        site_add(site, ids[i], CONSENT_PURPOSE_SOCIAL, CONSENT_BASIS_CONSENT, print);
        choices.answers[i] = i % 3 ? CONSENT_ACCEPTED : CONSENT_REFUSED;

        if (i == 24) {
            assert_int_equal(consent_token_seal(&choices, keyring, scope, token), 234);
            assert_int_equal(strlen(token), 234);
        }
    }

    assert_int_equal(consent_token_seal(&choices, keyring, scope, token), 1074);

    consent_choices_init(&read, &site->policy, 0);
    assert_int_equal(consent_token_open(&read, keyring, scope, consent_str(token), TODAY, VALIDITY), 0);
    assert_memory_equal(read.answers, choices.answers, sizeof(read.answers));

    free(site);
}


static void
no_byte_can_be_changed(void **state)
{
    char               token[] = LITERAL;
    int                c;
    size_t             i;
    consent_choices_t  choices, before;

    (void) state;

    consent_choices_init(&before, &town.policy, 0);

    for (i = 0; i < sizeof(token) - 1; i++) {
        for (c = 0; c < 256; c++) {
            if ((char) c == LITERAL[i]) {
                continue;
            }

            consent_choices_init(&choices, &town.policy, 0);
            token[i] = (char) c;

            assert_int_equal(consent_token_open(&choices, keyring, scope,
                                                (consent_str_t) { token, sizeof(token) - 1 }, TODAY, VALIDITY), -1);
            assert_memory_equal(&choices, &before, sizeof(choices));
        }

        token[i] = LITERAL[i];
    }
}


static void
no_bit_can_be_flipped_together_with_another(void **state)
{
    char               token[] = LITERAL;
    size_t             i, j;
    consent_choices_t  choices;

    (void) state;

    for (i = 0; i < 8 * (sizeof(token) - 1); i++) {
        for (j = 0; j < i; j++) {
            token[i / 8] ^= (char) (1 << i % 8);
            token[j / 8] ^= (char) (1 << j % 8);

            assert_false(opens(token, TODAY, &choices));

            token[i / 8] ^= (char) (1 << i % 8);
            token[j / 8] ^= (char) (1 << j % 8);
        }
    }

    assert_true(opens(token, TODAY, &choices));
}


static void
no_two_bytes_can_be_swapped(void **state)
{
    char               token[] = LITERAL;
    size_t             i, j;
    consent_choices_t  choices;

    (void) state;

    for (i = 0; i < sizeof(token) - 1; i++) {
        for (j = 0; j < i; j++) {
            if (token[i] == token[j]) {
                continue;
            }

            token[i] = LITERAL[j];
            token[j] = LITERAL[i];

            assert_false(opens(token, TODAY, &choices));

            token[i] = LITERAL[i];
            token[j] = LITERAL[j];
        }
    }
}


static void
it_cannot_be_cut_at_either_end_nor_lengthened(void **state)
{
    int                c;
    char               token[sizeof(LITERAL) + 1];
    size_t             i;
    consent_choices_t  choices;

    (void) state;

    for (i = 0; i < sizeof(LITERAL) - 1; i++) {
        consent_choices_init(&choices, &town.policy, 0);
        assert_int_equal(consent_token_open(&choices, keyring, scope, (consent_str_t) { LITERAL, i }, TODAY,
                                            VALIDITY), -1);

        if (i > 0) {
            assert_false(opens(LITERAL + i, TODAY, &choices));
        }
    }

    for (c = 1; c < 256; c++) {
        snprintf(token, sizeof(token), "%s%c", LITERAL, c);
        assert_false(opens(token, TODAY, &choices));
    }
}


static void
no_byte_can_be_removed_or_doubled(void **state)
{
    char               token[sizeof(LITERAL) + 1];
    size_t             i;
    consent_choices_t  choices;

    (void) state;

    for (i = 0; i < sizeof(LITERAL) - 1; i++) {
        memcpy(token, LITERAL, i);
        memcpy(token + i, LITERAL + i + 1, sizeof(LITERAL) - i - 1);
        assert_false(opens(token, TODAY, &choices));

        memcpy(token, LITERAL, i + 1);
        memcpy(token + i + 1, LITERAL + i, sizeof(LITERAL) - i);
        assert_false(opens(token, TODAY, &choices));
    }
}


static void
one_token_has_one_encoding(void **state)
{
    consent_choices_t  choices;

    (void) state;

    /* the last character of LITERAL carries four bits that must be zero; padding and the other alphabet are foreign */

    assert_false(opens("AXpQFAJ9W3l0YjHWUW1hdDGAtB8mFUvuGA3ThIltfgCheR", TODAY, &choices));
    assert_false(opens(LITERAL "==", TODAY, &choices));
    assert_false(opens(LITERAL "=", TODAY, &choices));
    assert_false(opens(" " LITERAL, TODAY, &choices));
    assert_false(opens("\"" LITERAL "\"", TODAY, &choices));
    assert_false(opens("", TODAY, &choices));
}


static void
another_version_is_refused_though_it_is_signed(void **state)
{
    consent_choices_t  choices;

    (void) state;

    assert_false(opens("AnpQFAJ9W3l0YjHWUW1hdDGAkKHhy77FH-AZen8LmLb-Ow", TODAY, &choices));
}


static void
a_token_without_answers_is_a_choice_that_answers_nothing(void **state)
{
    consent_choices_t  choices;

    (void) state;

    assert_true(opens("AXpQFACOGdySu0x9u9FPnieqoLtt", TODAY, &choices));
    assert_int_equal(choices.chosen, 1);
    assert_int_equal(consent_choices_state(&choices), CONSENT_STATE_UNSET);
}


static void
it_is_void_on_another_site(void **state)
{
    size_t             i;
    const char        *others[] = {
        "", "montmirail.example", "WWW.montmirail.example", "www.montmirail.exampl", "www.montmirail.example.",
        "www.montmirail.example\1", "ww.montmirail.example", "autre.example"
    };
    consent_choices_t  choices;

    (void) state;

    for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        consent_choices_init(&choices, &town.policy, 0);
        assert_int_equal(consent_token_open(&choices, keyring, consent_str(others[i]), CONSENT_STR(LITERAL), TODAY,
                                            VALIDITY), -1);
    }
}


static void
it_is_void_under_another_key(void **state)
{
    consent_choices_t   choices;
    consent_keyring_t  *other;

    (void) state;

    other = keyring_of(&heap, &reports, "sign " KEY_B "\nverify " KEY_C "\n");
    consent_choices_init(&choices, &town.policy, 0);
    assert_int_equal(consent_token_open(&choices, other, scope, CONSENT_STR(LITERAL), TODAY, VALIDITY), -1);
    consent_keyring_destroy(other);

    /* even where the other key has the same id */

    other = keyring_of(&heap, &reports, "sign MUeKSx2EyBtIJnCWXOa2zeE8W4MG4MPLiA1O78oX54g=\n");
    assert_int_equal(consent_keyring_signer(other), 122);
    assert_int_equal(consent_token_open(&choices, other, scope, CONSENT_STR(LITERAL), TODAY, VALIDITY), -1);
    consent_keyring_destroy(other);
}


static void
keys_rotate_without_losing_a_choice(void **state)
{
    char                token[CONSENT_TOKEN_MAX];
    consent_choices_t   choices;
    consent_keyring_t  *ahead, *after;

    (void) state;

    ahead = keyring_of(&heap, &reports, "sign " KEY_A "\nverify " KEY_B "\n");
    after = keyring_of(&heap, &reports, "sign " KEY_B "\nverify " KEY_A "\n");

    choose(&choices, TODAY, CONSENT_ACCEPTED, CONSENT_REFUSED, CONSENT_UNDECIDED);

    consent_token_seal(&choices, ahead, scope, token);
    assert_string_equal(token, LITERAL);
    consent_choices_init(&choices, &town.policy, 0);
    assert_int_equal(consent_token_open(&choices, after, scope, consent_str(token), TODAY, VALIDITY), 0);

    consent_token_seal(&choices, after, scope, token);
    assert_string_not_equal(token, LITERAL);
    consent_choices_init(&choices, &town.policy, 0);
    assert_int_equal(consent_token_open(&choices, ahead, scope, consent_str(token), TODAY, VALIDITY), 0);

    /* a machine that has not heard of the new key */

    assert_int_equal(consent_token_open(&choices, keyring, scope, consent_str(token), TODAY, VALIDITY), -1);

    consent_keyring_destroy(ahead);
    consent_keyring_destroy(after);
}


static void
it_is_valid_from_the_day_before_to_the_last_day(void **state)
{
    consent_choices_t  choices;

    (void) state;

    assert_false(opens(LITERAL, TODAY - 2, &choices));
    assert_true(opens(LITERAL, TODAY - 1, &choices));
    assert_true(opens(LITERAL, TODAY, &choices));
    assert_true(opens(LITERAL, TODAY + 182, &choices));
    assert_false(opens(LITERAL, TODAY + 183, &choices));
    assert_false(opens(LITERAL, 0, &choices));
    assert_false(opens(LITERAL, UINT32_MAX, &choices));
}


static void
a_service_that_changed_is_asked_for_again_and_it_alone(void **state)
{
    consent_choices_t  choices;

    (void) state;

    memcpy(town.entries[youtube].fingerprint, "ytb2", 4);

    assert_true(opens(LITERAL, TODAY, &choices));
    assert_int_equal(choices.answers[youtube], CONSENT_UNDECIDED);
    assert_int_equal(choices.answers[matomo], CONSENT_REFUSED);
    assert_int_equal(choices.changed, 1);

    memcpy(town.entries[youtube].fingerprint, "ytb1", 4);
}


static void
a_refusal_that_meant_something_else_is_asked_for_again_too(void **state)
{
    char               token[CONSENT_TOKEN_MAX];
    consent_choices_t  choices;

    (void) state;

    seal(token, TODAY, CONSENT_REFUSED, CONSENT_REFUSED, CONSENT_REFUSED);
    memcpy(town.entries[youtube].fingerprint, "ytb2", 4);

    assert_true(opens(token, TODAY, &choices));
    assert_int_equal(choices.answers[youtube], CONSENT_UNDECIDED);
    assert_int_equal(choices.answers[maps], CONSENT_REFUSED);
    assert_true(consent_choices_ask(&choices));
    assert_false(consent_choices_allow(&choices, youtube));

    memcpy(town.entries[youtube].fingerprint, "ytb1", 4);
}


static void
a_service_that_came_later_was_never_answered_and_has_not_changed(void **state)
{
    unsigned           later;
    consent_choices_t  choices;

    (void) state;

    later = site_add(&town, "facebook", CONSENT_PURPOSE_SOCIAL, CONSENT_BASIS_CONSENT, "fbk1");

    assert_true(opens(LITERAL, TODAY, &choices));
    assert_int_equal(choices.answers[youtube], CONSENT_ACCEPTED);
    assert_int_equal(choices.answers[later], CONSENT_UNDECIDED);
    assert_int_equal(choices.changed, 0);
    assert_true(consent_choices_ask(&choices));

    town.policy.nentries--;
}


static void
a_service_that_left_takes_its_answer_with_it(void **state)
{
    consent_choices_t  choices;

    (void) state;

    town.services[youtube].id = CONSENT_STR("peertube");

    assert_true(opens(LITERAL, TODAY, &choices));
    assert_int_equal(choices.answers[youtube], CONSENT_UNDECIDED);
    assert_int_equal(choices.answers[matomo], CONSENT_REFUSED);
    assert_int_equal(choices.changed, 0);

    town.services[youtube].id = CONSENT_STR("youtube");
}


static void
the_order_of_the_policy_does_not_matter_to_an_answer(void **state)
{
    site_t             site;
    consent_choices_t  choices;

    (void) state;

    site_init(&site);
    site_add(&site, "matomo", CONSENT_PURPOSE_AUDIENCE, CONSENT_BASIS_EXEMPT, "mat1");
    site_add(&site, "youtube", CONSENT_PURPOSE_VIDEO, CONSENT_BASIS_CONSENT, "ytb1");

    consent_choices_init(&choices, &site.policy, 0);
    assert_int_equal(consent_token_open(&choices, keyring, scope, CONSENT_STR(LITERAL), TODAY, VALIDITY), 0);
    assert_int_equal(choices.answers[0], CONSENT_REFUSED);
    assert_int_equal(choices.answers[1], CONSENT_ACCEPTED);
}


static void
a_refusal_of_an_exempt_service_outlives_its_change_an_acceptance_does_not(void **state)
{
    char               token[CONSENT_TOKEN_MAX];
    consent_choices_t  choices;

    (void) state;

    memcpy(town.entries[matomo].fingerprint, "mat2", 4);

    assert_true(opens(LITERAL, TODAY, &choices));
    assert_int_equal(choices.answers[matomo], CONSENT_REFUSED);
    assert_int_equal(choices.changed, 1);
    assert_false(consent_choices_allow(&choices, matomo));

    memcpy(town.entries[matomo].fingerprint, "mat1", 4);

    seal(token, TODAY, CONSENT_ACCEPTED, CONSENT_ACCEPTED, CONSENT_UNDECIDED);

    memcpy(town.entries[matomo].fingerprint, "mat2", 4);

    assert_true(opens(token, TODAY, &choices));
    assert_int_equal(choices.answers[matomo], CONSENT_UNDECIDED);
    assert_int_equal(choices.changed, 1);

    memcpy(town.entries[matomo].fingerprint, "mat1", 4);
}


static void
an_answer_to_a_service_that_became_necessary_is_ignored(void **state)
{
    consent_choices_t  choices;

    (void) state;

    town.entries[matomo].basis = CONSENT_BASIS_NECESSARY;

    assert_true(opens(LITERAL, TODAY, &choices));
    assert_int_equal(choices.answers[matomo], CONSENT_UNDECIDED);
    assert_true(consent_choices_allow(&choices, matomo));

    town.entries[matomo].basis = CONSENT_BASIS_EXEMPT;
}


/* "service-133" and "service-467" have the same hash of 16 bits. */

static void
services_whose_ids_collide_keep_their_own_answers(void **state)
{
    char               token[CONSENT_TOKEN_MAX];
    site_t             site;
    consent_choices_t  choices;

    (void) state;

    site_init(&site);
    site_add(&site, "service-133", CONSENT_PURPOSE_SOCIAL, CONSENT_BASIS_CONSENT, "aaaa");
    site_add(&site, "service-467", CONSENT_PURPOSE_SOCIAL, CONSENT_BASIS_CONSENT, "bbbb");

    consent_choices_init(&choices, &site.policy, 0);
    choices.answers[0] = CONSENT_REFUSED;
    choices.answers[1] = CONSENT_ACCEPTED;
    choices.chosen = 1;
    choices.day = TODAY;
    assert_int_not_equal(consent_token_seal(&choices, keyring, scope, token), 0);

    consent_choices_init(&choices, &site.policy, 0);
    assert_int_equal(consent_token_open(&choices, keyring, scope, consent_str(token), TODAY, VALIDITY), 0);
    assert_int_equal(choices.answers[0], CONSENT_REFUSED);
    assert_int_equal(choices.answers[1], CONSENT_ACCEPTED);
    assert_int_equal(choices.changed, 0);
}


static void
a_token_is_found_among_the_cookies_of_all_lines(void **state)
{
    consent_str_t      lines[3] = {
        CONSENT_STR("PHPSESSID=abc; choices-x=1"), CONSENT_STR("a=1;choices=" LITERAL ";b=2"), CONSENT_STR("c=3")
    };
    consent_choices_t  choices;

    (void) state;

    consent_choices_init(&choices, &town.policy, 0);
    assert_int_equal(consent_token_read(&choices, keyring, scope, CONSENT_STR("choices"), lines, 3, TODAY,
                                        VALIDITY), 1);
    assert_int_equal(choices.answers[youtube], CONSENT_ACCEPTED);
}


static void
the_name_of_its_cookie_is_compared_whole_and_case_sensitively(void **state)
{
    consent_choices_t  choices;

    (void) state;

    assert_int_equal(reads("Choices=" LITERAL "; choices2=" LITERAL "; xchoices=" LITERAL, &choices), 0);
    assert_int_equal(reads("a=1,choices=" LITERAL, &choices), 0);
    assert_int_equal(reads("a=\"; choices=" LITERAL "\"", &choices), 0);
    assert_int_equal(reads("choices", &choices), 0);
    assert_int_equal(reads("", &choices), 0);
    assert_int_equal(choices.chosen, 0);
}


static void
a_forged_token_beside_a_valid_one_changes_nothing(void **state)
{
    consent_choices_t  choices;

    (void) state;

    assert_int_equal(reads("choices=AAAA; choices=" LITERAL "; choices=; choices=" LITERAL "x", &choices), 1);
    assert_int_equal(choices.answers[youtube], CONSENT_ACCEPTED);
    assert_int_equal(choices.answers[matomo], CONSENT_REFUSED);
}


/* What two valid tokens say together, in either order. */

static void
assert_merged(consent_answer_t one, consent_answer_t other, consent_answer_t expected)
{
    char               first[CONSENT_TOKEN_MAX], second[CONSENT_TOKEN_MAX], line[3 * CONSENT_TOKEN_MAX];
    consent_choices_t  choices;

    seal(first, TODAY, one, CONSENT_ACCEPTED, CONSENT_REFUSED);
    seal(second, TODAY - 5, other, CONSENT_ACCEPTED, CONSENT_REFUSED);

    snprintf(line, sizeof(line), "choices=%s; choices=%s", first, second);
    assert_int_equal(reads(line, &choices), 2);
    assert_int_equal(choices.answers[youtube], expected);
    assert_int_equal(choices.answers[matomo], CONSENT_ACCEPTED);
    assert_int_equal(choices.answers[maps], CONSENT_REFUSED);
    assert_int_equal(choices.day, TODAY - 5);

    snprintf(line, sizeof(line), "choices=%s; choices=%s", second, first);
    assert_int_equal(reads(line, &choices), 2);
    assert_int_equal(choices.answers[youtube], expected);
    assert_int_equal(choices.day, TODAY - 5);
}


static void
of_several_valid_tokens_all_must_accept_and_one_can_refuse(void **state)
{
    (void) state;

    assert_merged(CONSENT_ACCEPTED, CONSENT_ACCEPTED, CONSENT_ACCEPTED);
    assert_merged(CONSENT_ACCEPTED, CONSENT_UNDECIDED, CONSENT_UNDECIDED);
    assert_merged(CONSENT_ACCEPTED, CONSENT_REFUSED, CONSENT_REFUSED);
    assert_merged(CONSENT_UNDECIDED, CONSENT_UNDECIDED, CONSENT_UNDECIDED);
    assert_merged(CONSENT_UNDECIDED, CONSENT_REFUSED, CONSENT_REFUSED);
    assert_merged(CONSENT_REFUSED, CONSENT_REFUSED, CONSENT_REFUSED);
}


static void
an_expired_token_has_no_say_beside_a_valid_one(void **state)
{
    char               old[CONSENT_TOKEN_MAX], line[2 * CONSENT_TOKEN_MAX];
    consent_choices_t  choices;

    (void) state;

    seal(old, TODAY - 183, CONSENT_REFUSED, CONSENT_REFUSED, CONSENT_REFUSED);
    snprintf(line, sizeof(line), "choices=%s; choices=%s", old, LITERAL);

    assert_int_equal(reads(line, &choices), 1);
    assert_int_equal(choices.answers[youtube], CONSENT_ACCEPTED);
    assert_int_equal(choices.day, TODAY);
}


static void
gpc_is_kept_by_what_a_token_says(void **state)
{
    consent_str_t      line = CONSENT_STR("choices=" LITERAL);
    consent_choices_t  choices;

    (void) state;

    consent_choices_init(&choices, &town.policy, 1);
    assert_int_equal(consent_token_read(&choices, keyring, scope, CONSENT_STR("choices"), &line, 1, TODAY,
                                        VALIDITY), 1);
    assert_int_equal(choices.gpc, 1);
    assert_true(consent_choices_allow(&choices, youtube));
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(a_token_is_laid_out_as_documented),
        cmocka_unit_test(what_was_sealed_is_opened),
        cmocka_unit_test(every_combination_of_answers_survives),
        cmocka_unit_test(nothing_chosen_gives_no_token),
        cmocka_unit_test(equal_choices_on_one_day_give_equal_bytes),
        cmocka_unit_test(it_is_a_cookie_value_of_unreserved_characters),
        cmocka_unit_test(twenty_five_services_take_234_bytes_and_128_fit),
        cmocka_unit_test(no_byte_can_be_changed),
        cmocka_unit_test(no_bit_can_be_flipped_together_with_another),
        cmocka_unit_test(no_two_bytes_can_be_swapped),
        cmocka_unit_test(it_cannot_be_cut_at_either_end_nor_lengthened),
        cmocka_unit_test(no_byte_can_be_removed_or_doubled),
        cmocka_unit_test(one_token_has_one_encoding),
        cmocka_unit_test(another_version_is_refused_though_it_is_signed),
        cmocka_unit_test(a_token_without_answers_is_a_choice_that_answers_nothing),
        cmocka_unit_test(it_is_void_on_another_site),
        cmocka_unit_test(it_is_void_under_another_key),
        cmocka_unit_test(keys_rotate_without_losing_a_choice),
        cmocka_unit_test(it_is_valid_from_the_day_before_to_the_last_day),
        cmocka_unit_test(a_service_that_changed_is_asked_for_again_and_it_alone),
        cmocka_unit_test(a_refusal_that_meant_something_else_is_asked_for_again_too),
        cmocka_unit_test(a_service_that_came_later_was_never_answered_and_has_not_changed),
        cmocka_unit_test(a_service_that_left_takes_its_answer_with_it),
        cmocka_unit_test(the_order_of_the_policy_does_not_matter_to_an_answer),
        cmocka_unit_test(a_refusal_of_an_exempt_service_outlives_its_change_an_acceptance_does_not),
        cmocka_unit_test(an_answer_to_a_service_that_became_necessary_is_ignored),
        cmocka_unit_test(services_whose_ids_collide_keep_their_own_answers),
        cmocka_unit_test(a_token_is_found_among_the_cookies_of_all_lines),
        cmocka_unit_test(the_name_of_its_cookie_is_compared_whole_and_case_sensitively),
        cmocka_unit_test(a_forged_token_beside_a_valid_one_changes_nothing),
        cmocka_unit_test(of_several_valid_tokens_all_must_accept_and_one_can_refuse),
        cmocka_unit_test(an_expired_token_has_no_say_beside_a_valid_one),
        cmocka_unit_test(gpc_is_kept_by_what_a_token_says)
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
