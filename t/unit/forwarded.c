#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"


static void
assert_forwarded(const char *value, const char *expected)
{
    char            *out, *copy;
    size_t           len;
    consent_mask_t   mask = { 16, 48 };

    out = malloc(consent_mask_list_size(strlen(value)) + 1);
    copy = malloc(strlen(value) + 1);
    assert_non_null(out);
    assert_non_null(copy);
    memcpy(copy, value, strlen(value));

    len = consent_mask_forwarded(mask, (consent_str_t) { copy, strlen(value) }, out);
    out[len] = '\0';
    assert_string_equal(out, expected);

    free(copy);
    free(out);
}


static void
the_examples_of_the_standard_are_masked(void **state)
{
    (void) state;

    assert_forwarded("for=\"_gazonk\"", "");
    assert_forwarded("For=\"[2001:db8:cafe::17]:4711\"", "For=\"[2001:db8:cafe::]\"");
    assert_forwarded("for=192.0.2.60;proto=http;by=203.0.113.43", "for=192.0.0.0;proto=http;by=203.0.0.0");
    assert_forwarded("for=192.0.2.43, for=198.51.100.17", "for=192.0.0.0, for=198.51.0.0");
    assert_forwarded("for=192.0.2.43,for=\"[2001:db8:cafe::17]\",for=unknown",
                     "for=192.0.0.0, for=\"[2001:db8:cafe::]\", for=unknown");
    assert_forwarded("for=_hidden, for=_SEVKISEK", "");
    assert_forwarded("for=192.0.2.43, for=\"[2001:db8:cafe::17]\";proto=https;host=ville.example",
                     "for=192.0.0.0, for=\"[2001:db8:cafe::]\";proto=https;host=ville.example");
}


static void
an_obfuscated_identifier_is_dropped_and_its_element_stays(void **state)
{
    (void) state;

    assert_forwarded("for=_mdn;proto=https;by=_gate", "proto=https");
    assert_forwarded("for=10.0.0.1, for=_mdn;proto=https, for=192.0.2.1", "for=10.0.0.0, proto=https, for=192.0.0.0");
    assert_forwarded("for=\"203.0.113.77:_port\"", "");
    assert_forwarded("for=garbage;by=UNKNOWN", "by=UNKNOWN");
}


static void
host_and_proto_stay_as_they_stand(void **state)
{
    (void) state;

    assert_forwarded("host=203.0.113.77;proto=http;for=198.51.100.1", "host=203.0.113.77;proto=http;for=198.51.0.0");
    assert_forwarded("host=\"a;b,c\\\"d\";for=198.51.100.1", "host=\"a;b,c\\\"d\";for=198.51.0.0");
}


static void
an_address_under_another_name_is_masked_too(void **state)
{
    (void) state;

    assert_forwarded("client=203.0.113.77;for=unknown;x=\"[2001:db8:1:2::3]\";y=1",
                     "client=203.0.0.0;for=unknown;x=\"[2001:db8:1::]\";y=1");
}


static void
ipv6_without_quotes_is_understood_and_quoted(void **state)
{
    (void) state;

    assert_forwarded("for=2001:db8:1:2::3", "for=\"[2001:db8:1::]\"");
    assert_forwarded("for=[2001:db8:1:2::3]:80;proto=http", "for=\"[2001:db8:1::]\";proto=http");
    assert_forwarded("for=\"2001:db8:1:2::3\"", "for=\"[2001:db8:1::]\"");
    assert_forwarded("for=::a:a,for=::a:a", "for=\"[::0.10.0.0]\", for=\"[::0.10.0.0]\"");
}


static void
quotes_and_backslashes_do_not_hide_an_address(void **state)
{
    (void) state;

    assert_forwarded("for=\"203.0.113.77\"", "for=203.0.0.0");
    assert_forwarded("for=\"203\\.0.113.7\\7\"", "for=203.0.0.0");
    assert_forwarded("FOR=203.0.113.77", "FOR=203.0.0.0");
}


static void
white_space_and_empty_elements_are_dropped(void **state)
{
    (void) state;

    assert_forwarded("", "");
    assert_forwarded(" ,; ,", "");
    assert_forwarded(" for=203.0.113.77 ;\tproto=http , ,;; for=198.51.100.1;",
                     "for=203.0.0.0;proto=http, for=198.51.0.0");
}


static void
where_the_syntax_is_broken_the_rest_is_dropped(void **state)
{
    (void) state;

    assert_forwarded("for=203.0.113.77, for", "for=203.0.0.0");
    assert_forwarded("for=203.0.113.77, for=", "for=203.0.0.0");
    assert_forwarded("for=203.0.113.77;=x;proto=http", "for=203.0.0.0");
    assert_forwarded("203.0.113.77", "");
    assert_forwarded("for = 203.0.113.77", "");
    assert_forwarded("for=203.0.113.77 proto=http", "");
    assert_forwarded("proto=http;for=\"203.0.113.77", "proto=http");
    assert_forwarded("proto=http;for=\"203.0.113.77\\", "proto=http");
    assert_forwarded("proto=http;for=\"203.0.113.77\"x;by=198.51.100.1", "proto=http");
    assert_forwarded("f\xc3\xb6r=203.0.113.77", "");
}


static void
a_very_long_value_is_no_address(void **state)
{
    char  value[1200];

    (void) state;

    memset(value, '1', sizeof(value));
    memcpy(value, "proto=http;for=\"", 16);
    strcpy(value + sizeof(value) - 14, "\";by=10.1.2.3");

    assert_forwarded(value, "proto=http;by=10.1.0.0");
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(the_examples_of_the_standard_are_masked),
        cmocka_unit_test(an_obfuscated_identifier_is_dropped_and_its_element_stays),
        cmocka_unit_test(host_and_proto_stay_as_they_stand),
        cmocka_unit_test(an_address_under_another_name_is_masked_too),
        cmocka_unit_test(ipv6_without_quotes_is_understood_and_quoted),
        cmocka_unit_test(quotes_and_backslashes_do_not_hide_an_address),
        cmocka_unit_test(white_space_and_empty_elements_are_dropped),
        cmocka_unit_test(where_the_syntax_is_broken_the_rest_is_dropped),
        cmocka_unit_test(a_very_long_value_is_no_address)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
