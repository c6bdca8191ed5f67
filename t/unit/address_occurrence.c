#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"

#define V4  "203.0.113.77"
#define V6  "2001:db8:1:2::3"


static void
assert_replaced(const char *address, const char *text, const char *expected)
{
    char            *out, *copy;
    size_t           len;
    unsigned         found;
    consent_mask_t   mask = { 16, 48 };
    consent_str_t    exact = { NULL, strlen(text) };

    out = malloc(consent_mask_list_size(exact.len) + 1);
    copy = malloc(exact.len ? exact.len : 1);
    assert_non_null(out);
    assert_non_null(copy);
    memcpy(copy, text, exact.len);
    exact.data = copy;

    len = consent_mask_occurrences(mask, exact, consent_str(address), out, &found);
    out[len] = '\0';

    assert_string_equal(out, expected);
    assert_int_equal(found > 0, strcmp(text, expected) != 0);
    assert_int_equal(consent_address_occurs(exact, consent_str(address)), found > 0);

    free(copy);
    free(out);
}


static void
assert_untouched(const char *address, const char *text)
{
    assert_replaced(address, text, text);
}


static void
every_whole_occurrence_is_masked_in_place(void **state)
{
    (void) state;

    assert_replaced(V4, V4, "203.0.0.0");
    assert_replaced(V4, "203.0.113.77, 10.0.0.1, 203.0.113.77", "203.0.0.0, 10.0.0.1, 203.0.0.0");
    assert_replaced(V4, "203.0.113.77:4711", "203.0.0.0:4711");
    assert_replaced(V4, "client=203.0.113.77&x=1", "client=203.0.0.0&x=1");
    assert_replaced(V4, "(203.0.113.77)[203.0.113.77]\"203.0.113.77\"", "(203.0.0.0)[203.0.0.0]\"203.0.0.0\"");
    assert_replaced(V4, "It was 203.0.113.77.", "It was 203.0.0.0.");
    assert_replaced(V4, "203.0.113.77/32", "203.0.0.0/32");
    assert_replaced(V4, "ip203.0.113.77end", "ip203.0.0.0end");
    assert_replaced(V4, "abc203.0.113.77def", "abc203.0.0.0def");
    assert_replaced(V4, "203.0.113.77-203.0.113.77_203.0.113.77", "203.0.0.0-203.0.0.0_203.0.0.0");
    assert_replaced(V4, "client:203.0.113.77fff:203.0.113.77 x", "client:203.0.0.0fff:203.0.0.0 x");
}


static void
a_longer_number_is_another_one(void **state)
{
    (void) state;

    assert_untouched(V4, "1203.0.113.77");
    assert_untouched(V4, "203.0.113.770");
    assert_untouched(V4, "203.0.113.77.1");
    assert_untouched(V4, "1.203.0.113.77");
    assert_untouched(V4, "203.0.113.7");
    assert_untouched(V4, "203.0.113.078");
    assert_untouched(V4, "203.0.11377");
    assert_untouched(V4, "203-0-113-77");
    assert_untouched(V4, "203.0.113.7 7");
    assert_untouched(V4, "");
    assert_untouched(V4, "...:::...");
    assert_untouched(V4, "203.0.113.");
}


static void
an_ipv6_address_is_found_in_every_spelling(void **state)
{
    (void) state;

    assert_replaced(V6, "2001:db8:1:2::3", "2001:db8:1::");
    assert_replaced(V6, "2001:DB8:1:2::3", "2001:db8:1::");
    assert_replaced(V6, "2001:0db8:0001:0002:0000:0000:0000:0003", "2001:db8:1::");
    assert_replaced(V6, "2001:db8:1:2:0:0:0:3", "2001:db8:1::");
    assert_replaced(V6, "2001:db8:1:2::0.0.0.3", "2001:db8:1::");
    assert_replaced(V6, "[2001:db8:1:2::3]:443", "[2001:db8:1::]:443");
    assert_replaced(V6, "2001:db8:1:2::3%eth0", "2001:db8:1::%eth0");
    assert_replaced(V6, "2001:db8:1:2::3, 2001:db8:1:2:0::3", "2001:db8:1::, 2001:db8:1::");
}


static void
an_ipv6_address_is_found_whole(void **state)
{
    (void) state;

    assert_untouched(V6, "2001:db8:1:2::33");
    assert_untouched(V6, "12001:db8:1:2::3");
    assert_untouched(V6, "2001:db8:1:2::3:4");
    assert_untouched(V6, "1:2001:db8:1:2::3");
    assert_untouched(V6, "2001:db8:1:2::");
    assert_untouched(V6, "2001:db8:1:2::1.2.3.4");
    assert_untouched(V6, "::");
}


static void
punctuation_and_words_around_it_are_none_of_it(void **state)
{
    (void) state;

    assert_replaced(V6, "It was 2001:db8:1:2::3.", "It was 2001:db8:1::.");
    assert_replaced(V6, "2001:db8:1:2::3: no route", "2001:db8:1::: no route");
    assert_replaced(V6, "client:2001:db8:1:2::3", "client:2001:db8:1::");
    assert_replaced(V6, "ipv6:2001:db8:1:2::3", "ipv6:2001:db8:1::");
    assert_replaced(V6, "node:2001:db8:1:2::3", "node:2001:db8:1::");
    assert_replaced(V6, "for=2001:db8:1:2::3;", "for=2001:db8:1::;");
}


static void
an_ipv4_address_is_found_inside_ipv6(void **state)
{
    (void) state;

    assert_replaced(V4, "::ffff:203.0.113.77", "::ffff:203.0.0.0");
    assert_replaced(V4, "::FFFF:cb00:714d", "::ffff:203.0.0.0");
    assert_replaced(V4, "0:0:0:0:0:ffff:cb00:714d", "::ffff:203.0.0.0");
    assert_replaced(V4, "[::ffff:203.0.113.77]:80", "[::ffff:203.0.0.0]:80");
    assert_replaced(V4, "64:ff9b::203.0.113.77", "64:ff9b::203.0.0.0");
    assert_replaced(V4, "::203.0.113.77", "::203.0.0.0");
}


static void
a_mapped_address_is_found_as_ipv4(void **state)
{
    (void) state;

    assert_replaced("::ffff:203.0.113.77", "x 203.0.113.77 y", "x 203.0.0.0 y");
    assert_replaced("::ffff:203.0.113.77", "::ffff:203.0.113.77", "::ffff:203.0.0.0");
    assert_replaced("::ffff:203.0.113.77", "::ffff:cb00:714d", "::ffff:203.0.0.0");
}


static void
the_address_may_come_with_a_port(void **state)
{
    (void) state;

    assert_replaced("203.0.113.77:4711", "203.0.113.77", "203.0.0.0");
    assert_replaced("[2001:db8:1:2::3]:80", V6, "2001:db8:1::");
}


static void
what_is_no_address_occurs_nowhere(void **state)
{
    (void) state;

    assert_untouched("unix:", "unix: 203.0.113.77");
    assert_untouched("", V4);
    assert_untouched("garbage", "garbage");
}


static void
the_rest_of_the_text_stays_to_the_byte(void **state)
{
    char            out[256];
    size_t          len;
    unsigned        found;
    consent_mask_t  mask = { 16, 48 };

    (void) state;

    len = consent_mask_occurrences(mask, (consent_str_t) { "\0\xff 203.0.113.77\0\r\n", 18 }, CONSENT_STR(V4), out,
                                   &found);

    assert_int_equal(found, 1);
    assert_int_equal(len, 15);
    assert_memory_equal(out, "\0\xff 203.0.0.0\0\r\n", 15);
}


static void
a_long_run_is_searched_in_time_proportional_to_its_length(void **state)
{
    char    *text;
    size_t   n = 1000000;

    (void) state;

    text = malloc(n);
    assert_non_null(text);

    memset(text, ':', n);
    assert_int_equal(consent_address_occurs((consent_str_t) { text, n }, CONSENT_STR(V4)), 0);
    memset(text, '1', n);
    assert_int_equal(consent_address_occurs((consent_str_t) { text, n }, CONSENT_STR(V4)), 0);

    for (size_t i = 0; i < n; i++) {
        text[i] = "1."[i % 2];
    }

    assert_int_equal(consent_address_occurs((consent_str_t) { text, n }, CONSENT_STR(V4)), 0);

    free(text);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(every_whole_occurrence_is_masked_in_place),
        cmocka_unit_test(a_longer_number_is_another_one),
        cmocka_unit_test(an_ipv6_address_is_found_in_every_spelling),
        cmocka_unit_test(an_ipv6_address_is_found_whole),
        cmocka_unit_test(punctuation_and_words_around_it_are_none_of_it),
        cmocka_unit_test(an_ipv4_address_is_found_inside_ipv6),
        cmocka_unit_test(a_mapped_address_is_found_as_ipv4),
        cmocka_unit_test(the_address_may_come_with_a_port),
        cmocka_unit_test(what_is_no_address_occurs_nowhere),
        cmocka_unit_test(the_rest_of_the_text_stays_to_the_byte),
        cmocka_unit_test(a_long_run_is_searched_in_time_proportional_to_its_length)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
