#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"

static const consent_mask_t  mask = { 16, 48 };


static void
assert_list(const char *value, const char *expected)
{
    char    *out;
    size_t   len;

    out = malloc(consent_mask_list_size(strlen(value)) + 1);
    assert_non_null(out);

    len = consent_mask_list(mask, consent_str(value), out);
    out[len] = '\0';
    assert_string_equal(out, expected);

    free(out);
}


static void
assert_header(const char *name, consent_address_header_t expected)
{
    if (consent_address_header(consent_str(name)) != expected) {
        fail_msg("\"%s\"", name);
    }
}


static void
every_hop_is_masked(void **state)
{
    (void) state;

    assert_list("203.0.113.77", "203.0.0.0");
    assert_list("203.0.113.77, 198.51.100.9, 10.0.0.1", "203.0.0.0, 198.51.0.0, 10.0.0.0");
    assert_list("203.0.113.77,2001:db8:1:2::3,[2001:db8:1:2::3]:443", "203.0.0.0, 2001:db8:1::, 2001:db8:1::");
    assert_list("203.0.113.77:4711, \"[2001:db8:1:2::3]:80\"", "203.0.0.0, 2001:db8:1::");
}


static void
a_hop_that_is_no_address_is_dropped(void **state)
{
    (void) state;

    assert_list("unknown, 203.0.113.77, _hidden, 203.0.113.xxx, 10.0.0.1", "203.0.0.0, 10.0.0.0");
    assert_list("unknown", "");
    assert_list("203.0.113.77 198.51.100.9", "");
    assert_list("for=203.0.113.77", "");
    assert_list("<script>, 1' OR '1'='1", "");
}


static void
empty_hops_and_white_space_are_dropped(void **state)
{
    (void) state;

    assert_list("", "");
    assert_list(",", "");
    assert_list(" , ,, ", "");
    assert_list(" \t203.0.113.77\t , ,198.51.100.9 ,", "203.0.0.0, 198.51.0.0");
}


static void
what_grows_most_fits(void **state)
{
    (void) state;

    assert_list("::a:a", "::0.10.0.0");
    assert_list("::a:a,::a:a,::a:a,::a:a,::a:a,::a:a,::a:a,::a:a,::a:a,::a:a,::a:a,::a:a,::a:a,::a:a,::a:a,::a:a,::a:a",
                "::0.10.0.0, ::0.10.0.0, ::0.10.0.0, ::0.10.0.0, ::0.10.0.0, ::0.10.0.0, ::0.10.0.0, ::0.10.0.0, "
                "::0.10.0.0, ::0.10.0.0, ::0.10.0.0, ::0.10.0.0, ::0.10.0.0, ::0.10.0.0, ::0.10.0.0, ::0.10.0.0, "
                "::0.10.0.0");
}


static void
headers_that_carry_addresses_are_known(void **state)
{
    size_t       i;
    const char  *names[] = {
        "x-forwarded-for", "x-real-ip", "cf-connecting-ip", "cf-connecting-ipv6", "true-client-ip", "x-client-ip",
        "x-cluster-client-ip", "x-forwarded", "forwarded-for", "fastly-client-ip", "x-original-forwarded-for",
        "x-proxyuser-ip", "x-azure-clientip", "fly-client-ip", "x-envoy-external-address"
    };

    (void) state;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_header(names[i], CONSENT_ADDRESS_HEADER_LIST);
    }

    assert_header("forwarded", CONSENT_ADDRESS_HEADER_FORWARDED);
    assert_header("client-ip", CONSENT_ADDRESS_HEADER_DROP);
}


static void
underscores_count_as_hyphens(void **state)
{
    (void) state;

    assert_header("x_forwarded_for", CONSENT_ADDRESS_HEADER_LIST);
    assert_header("x-forwarded_for", CONSENT_ADDRESS_HEADER_LIST);
    assert_header("x_real-ip", CONSENT_ADDRESS_HEADER_LIST);
    assert_header("client_ip", CONSENT_ADDRESS_HEADER_DROP);
}


static void
other_headers_are_none_of_them(void **state)
{
    size_t       i;
    const char  *names[] = {
        "", "via", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port", "host", "cookie", "forwarde",
        "forwardedx", "xforwardedfor", "x-forwarded-for-", "-x-forwarded-for", "client-ip2", "x.forwarded.for", "accept"
    };

    (void) state;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_header(names[i], CONSENT_ADDRESS_HEADER_NONE);
    }

    assert_int_equal(consent_address_header((consent_str_t) { "forwarded\0", 10 }), CONSENT_ADDRESS_HEADER_NONE);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(every_hop_is_masked),
        cmocka_unit_test(a_hop_that_is_no_address_is_dropped),
        cmocka_unit_test(empty_hops_and_white_space_are_dropped),
        cmocka_unit_test(what_grows_most_fits),
        cmocka_unit_test(headers_that_carry_addresses_are_known),
        cmocka_unit_test(underscores_count_as_hyphens),
        cmocka_unit_test(other_headers_are_none_of_them)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
