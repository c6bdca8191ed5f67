#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "choice_fixture.h"
#include "pseudonym.h"

#define NOW      1700000000
#define QUARTER  (90 * 86400)
#define START    1695168000     /* of the period that NOW is in */

static heap_t              heap;
static reports_t           reports;
static consent_keyring_t  *keyring;
static char                text[CONSENT_PSEUDONYM_LEN + 1];


static int
set_up(void **state)
{
    (void) state;

    heap_init(&heap);
    keyring = keyring_of(&heap, &reports, "sign " KEY_A "\nverify " KEY_B "\n");
    assert_non_null(keyring);

    return 0;
}


static int
tear_down(void **state)
{
    (void) state;

    consent_keyring_destroy(keyring);
    heap_free(&heap);

    return 0;
}


static const char *
pseudonym(const char *address, const char *salt, int64_t now, int64_t period)
{
    assert_int_equal(consent_pseudonym(keyring, consent_str(address), consent_str(salt), now, period, text), 0);

    return text;
}


/* Computed with Python's hmac module. */

static void
it_is_an_hmac_under_a_key_of_its_period(void **state)
{
    (void) state;

    assert_string_equal(pseudonym("203.0.113.77", "", NOW, QUARTER), "1qLkK9s4FSheflo-SimWpA");
    assert_string_equal(pseudonym("203.0.113.77", "budget", NOW, QUARTER), "COGlMIpZn1BH32oXGWkeog");
    assert_string_equal(pseudonym("203.0.113.77", "", NOW + QUARTER, QUARTER), "ZIbff1MLg-W7zAukjP3jqA");
    assert_string_equal(pseudonym("203.0.113.77", "", NOW, 86400), "HVAb_wlLxZs4HI4vtQ8jBg");
    assert_string_equal(pseudonym("2001:db8:1234:5678::1", "", NOW, QUARTER), "JdmetqvTz4SIpeHq1cEzaQ");
}


static void
it_is_the_same_from_the_first_second_of_a_period_to_the_last(void **state)
{
    (void) state;

    assert_string_equal(pseudonym("203.0.113.77", "", START, QUARTER), "1qLkK9s4FSheflo-SimWpA");
    assert_string_equal(pseudonym("203.0.113.77", "", START + QUARTER - 1, QUARTER), "1qLkK9s4FSheflo-SimWpA");
    assert_string_equal(pseudonym("203.0.113.77", "", START + QUARTER, QUARTER), "ZIbff1MLg-W7zAukjP3jqA");
    assert_string_not_equal(pseudonym("203.0.113.77", "", START - 1, QUARTER), "1qLkK9s4FSheflo-SimWpA");
}


static void
one_address_has_one_however_it_is_written(void **state)
{
    (void) state;

    assert_string_equal(pseudonym("::ffff:203.0.113.77", "", NOW, QUARTER), "1qLkK9s4FSheflo-SimWpA");
    assert_string_equal(pseudonym("2001:0DB8:1234:5678:0:0:0:1", "", NOW, QUARTER), "JdmetqvTz4SIpeHq1cEzaQ");
}


static void
of_ipv6_the_network_alone_counts(void **state)
{
    (void) state;

    assert_string_equal(pseudonym("2001:db8:1234:5678:9abc:def0:1:2", "", NOW, QUARTER), "JdmetqvTz4SIpeHq1cEzaQ");
    assert_string_not_equal(pseudonym("2001:db8:1234:5679::1", "", NOW, QUARTER), "JdmetqvTz4SIpeHq1cEzaQ");
}


static void
neighbours_differ(void **state)
{
    (void) state;

    assert_string_not_equal(pseudonym("203.0.113.78", "", NOW, QUARTER), "1qLkK9s4FSheflo-SimWpA");
}


static void
machines_with_the_same_signing_key_agree_and_others_do_not(void **state)
{
    consent_keyring_t  *other;

    (void) state;

    other = keyring_of(&heap, &reports, "verify " KEY_C "\nsign " KEY_A "\n");
    assert_int_equal(consent_pseudonym(other, CONSENT_STR("203.0.113.77"), CONSENT_STR(""), NOW, QUARTER, text), 0);
    assert_string_equal(text, "1qLkK9s4FSheflo-SimWpA");
    consent_keyring_destroy(other);

    other = keyring_of(&heap, &reports, "sign " KEY_B "\nsign " KEY_A "\n");
    assert_int_equal(consent_pseudonym(other, CONSENT_STR("203.0.113.77"), CONSENT_STR(""), NOW, QUARTER, text), 0);
    assert_string_not_equal(text, "1qLkK9s4FSheflo-SimWpA");
    consent_keyring_destroy(other);
}


static void
what_is_no_address_has_none(void **state)
{
    (void) state;

    assert_int_equal(consent_pseudonym(keyring, CONSENT_STR("unix:"), CONSENT_STR(""), NOW, QUARTER, text), -1);
    assert_int_equal(consent_pseudonym(keyring, CONSENT_STR(""), CONSENT_STR(""), NOW, QUARTER, text), -1);
    assert_int_equal(consent_pseudonym(keyring, CONSENT_STR("203.0.113.77"), CONSENT_STR(""), NOW, 0, text), -1);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test_setup_teardown(it_is_an_hmac_under_a_key_of_its_period, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_is_the_same_from_the_first_second_of_a_period_to_the_last, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_address_has_one_however_it_is_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(of_ipv6_the_network_alone_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(neighbours_differ, set_up, tear_down),
        cmocka_unit_test_setup_teardown(machines_with_the_same_signing_key_agree_and_others_do_not, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_address_has_none, set_up, tear_down)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
