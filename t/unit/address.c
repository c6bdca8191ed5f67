#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"

#define TABLE         "t/data/addresses.tsv"
#define MATOMO_TABLE  "t/data/addresses-matomo.tsv"


/* The text is copied to a block of its exact size, so that nothing beyond it is read. */

static void
assert_masked(const char *table, unsigned line, consent_mask_t mask, const char *text, const char *expected)
{
    char           out[CONSENT_ADDRESS_TEXT_MAX], *copy;
    size_t         len;
    consent_str_t  exact = { NULL, strlen(text) };

    copy = malloc(exact.len ? exact.len : 1);
    assert_non_null(copy);
    memcpy(copy, text, exact.len);
    exact.data = copy;

    len = consent_mask_text(mask, exact, out);

    if (len == 0) {
        out[0] = '\0';
    }

    if (strcmp(out, expected) != 0 || len != strlen(expected)) {
        fail_msg("%s:%u: \"%s\" became \"%s\" instead of \"%s\"", table, line, text, out, expected);
    }

    free(copy);
}


static void
every_address_of_the_table_is_masked_as_it_says(void **state)
{
    char            row[512], *field[4];
    FILE           *table;
    unsigned        i, line, rows;
    consent_mask_t  mask;

    (void) state;

    table = fopen(TABLE, "r");
    assert_non_null(table);

    line = 0;
    rows = 0;

    while (fgets(row, sizeof(row), table) != NULL) {
        line++;

        if (row[0] == '#') {
            continue;
        }

        row[strcspn(row, "\n")] = '\0';
        field[0] = row;

        for (i = 1; i < 4; i++) {
            field[i] = strchr(field[i - 1], '\t');

            if (field[i] == NULL) {
                fail_msg(TABLE ":%u has fewer than four columns", line);
            }

            *field[i]++ = '\0';
        }

        mask.v4_bits = (unsigned) atoi(field[0]);
        mask.v6_bits = (unsigned) atoi(field[1]);

        assert_masked(TABLE, line, mask, field[2], field[3]);
        rows++;
    }

    fclose(table);

    assert_true(rows >= 300);
}


/* What goes out is read again as itself: it is canonical, and masking it once more changes nothing. */

/* Whoever compares what the gateway passes with what Matomo would have stored sees no difference. */

static void
every_address_is_masked_as_matomo_does_at_each_of_its_four_lengths(void **state)
{
    char      row[256], *address, *expected;
    FILE     *table;
    unsigned  i, line, rows;

    static const consent_mask_t  masks[] = { { 24, 64 }, { 16, 48 }, { 8, 24 }, { 0, 0 } };

    (void) state;

    table = fopen(MATOMO_TABLE, "r");
    assert_non_null(table);

    rows = 0;

    for (line = 1; fgets(row, sizeof(row), table) != NULL; line++) {
        if (row[0] == '#') {
            continue;
        }

        address = strtok(row, "\t\n");

        for (i = 0; i < 4; i++) {
            expected = strtok(NULL, "\t\n");
            assert_non_null(expected);
            assert_masked(MATOMO_TABLE, line, masks[i], address, expected);
        }

        rows++;
    }

    fclose(table);
    assert_true(rows >= 300);
}


static void
a_masked_address_is_masked_already(void **state)
{
    char            first[CONSENT_ADDRESS_TEXT_MAX], second[CONSENT_ADDRESS_TEXT_MAX];
    size_t          i;
    unsigned        bits;
    consent_mask_t  mask;
    const char     *addresses[] = {
        "203.0.113.77", "2001:db8:1234:5678:9abc:def0:1:2", "::ffff:203.0.113.77", "::203.0.113.77", "::1",
        "1::2:0:0:3:4"
    };

    (void) state;

    for (bits = 0; bits <= 128; bits++) {
        mask.v4_bits = bits % 33;
        mask.v6_bits = bits;

        for (i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
            assert_int_not_equal(consent_mask_text(mask, consent_str(addresses[i]), first), 0);
            assert_int_equal(consent_mask_text(mask, consent_str(first), second), strlen(first));
            assert_string_equal(second, first);
        }
    }
}


static void
binary_addresses_are_masked_in_place(void **state)
{
    consent_mask_t       mask = { 16, 48 };
    unsigned char        v4[4] = { 203, 0, 113, 77 };
    unsigned char        v6[16] = { 0x20, 1, 0xd, 0xb8, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0, 0, 1, 0, 2 };
    unsigned char        mapped[16] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 203, 0, 113, 77 };
    unsigned char        compatible[16] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 203, 0, 113, 77 };
    const unsigned char  masked_v4[4] = { 203, 0, 0, 0 };
    const unsigned char  masked_v6[16] = { 0x20, 1, 0xd, 0xb8, 0x12, 0x34 };
    const unsigned char  masked_mapped[16] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 203, 0, 0, 0 };
    const unsigned char  masked_compatible[16] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 203, 0, 0, 0 };

    (void) state;

    consent_mask_ipv4(mask, v4);
    assert_memory_equal(v4, masked_v4, 4);
    consent_mask_ipv6(mask, v6);
    assert_memory_equal(v6, masked_v6, 16);
    consent_mask_ipv6(mask, mapped);
    assert_memory_equal(mapped, masked_mapped, 16);
    consent_mask_ipv6(mask, compatible);
    assert_memory_equal(compatible, masked_compatible, 16);
}


static void
more_bits_than_an_address_has_keep_all_of_it(void **state)
{
    consent_mask_t  mask = { 1000, 1000 };

    (void) state;

    assert_masked("here", 0, mask, "203.0.113.77", "203.0.113.77");
    assert_masked("here", 0, mask, "2001:db8::1", "2001:db8::1");
}


static void
a_nul_inside_is_no_address(void **state)
{
    char            out[CONSENT_ADDRESS_TEXT_MAX];
    consent_mask_t  mask = { 16, 48 };

    (void) state;

    assert_int_equal(consent_mask_text(mask, (consent_str_t) { "203.0.113.77\0.1", 15 }, out), 0);
    assert_int_equal(consent_mask_text(mask, (consent_str_t) { "2001\0:db8::1", 12 }, out), 0);
}


static void
a_very_long_text_is_no_address(void **state)
{
    char            text[100000], out[CONSENT_ADDRESS_TEXT_MAX];
    consent_mask_t  mask = { 16, 48 };

    (void) state;

    memset(text, '1', sizeof(text));
    assert_int_equal(consent_mask_text(mask, (consent_str_t) { text, sizeof(text) }, out), 0);
    memset(text, ':', sizeof(text));
    assert_int_equal(consent_mask_text(mask, (consent_str_t) { text, sizeof(text) }, out), 0);
}


static void
an_address_is_parsed_with_its_family(void **state)
{
    consent_address_t    address;
    const unsigned char  mapped[16] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 203, 0, 113, 77 };

    (void) state;

    assert_int_equal(consent_address_parse(CONSENT_STR("203.0.113.77:80"), &address), 0);
    assert_int_equal(address.v4, 1);
    assert_memory_equal(address.bytes, mapped, 16);

    assert_int_equal(consent_address_parse(CONSENT_STR("[::ffff:203.0.113.77]:80"), &address), 0);
    assert_int_equal(address.v4, 0);
    assert_memory_equal(address.bytes, mapped, 16);

    assert_int_equal(consent_address_parse(CONSENT_STR("unknown"), &address), -1);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(every_address_of_the_table_is_masked_as_it_says),
        cmocka_unit_test(every_address_is_masked_as_matomo_does_at_each_of_its_four_lengths),
        cmocka_unit_test(a_masked_address_is_masked_already),
        cmocka_unit_test(binary_addresses_are_masked_in_place),
        cmocka_unit_test(more_bits_than_an_address_has_keep_all_of_it),
        cmocka_unit_test(a_nul_inside_is_no_address),
        cmocka_unit_test(a_very_long_text_is_no_address),
        cmocka_unit_test(an_address_is_parsed_with_its_family)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
