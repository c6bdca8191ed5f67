#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "choice_fixture.h"
#include "day.h"
#include "sha256.h"

#define NOT_BASE64  "the key is not one word of base64 of at most 128 bytes: make a key with: openssl rand -base64 32\n"
#define NOT_SINCE  "behind the key stands nothing, or the day on which it began to sign: \"since 2026-11-22\"\n"

static heap_t     heap;
static reports_t  reports;


static int
set_up(void **state)
{
    (void) state;
    heap_init(&heap);

    return 0;
}


static int
tear_down(void **state)
{
    (void) state;
    heap_free(&heap);

    return 0;
}


static void
assert_refused(const char *content, const char *expected)
{
    assert_null(keyring_of(&heap, &reports, content));
    assert_string_equal(reports.text, expected);
}


static void
mac_hex(consent_keyring_t *keyring, unsigned id, const char *text, char hex[65])
{
    unsigned char  mac[CONSENT_MAC_LEN];
    consent_str_t  part = consent_str(text);

    assert_int_equal(consent_keyring_mac(keyring, id, &part, 1, mac), 0);
    consent_hex(mac, sizeof(mac), hex);
}


/* The expected values were computed with Python's hmac module: HKDF is two HMACs here. */

static void
the_key_that_authenticates_is_derived_by_hkdf_with_a_fixed_label(void **state)
{
    char                hex[65];
    consent_keyring_t  *keyring;

    (void) state;

    keyring = keyring_of(&heap, &reports, "sign " KEY_A "\nverify " KEY_B "\nverify " KEY_C "\n");
    assert_non_null(keyring);

    mac_hex(keyring, 122, "choice", hex);
    assert_string_equal(hex, "5445a4c7975fe137749097ab7fbf1112ecc2dfacd93ee698d727cb4aafdb4055");
    mac_hex(keyring, 111, "choice", hex);
    assert_string_equal(hex, "72de4e6ba95b4d403b23fee2a4f9313a1175908b1233ad25034b9a99b22e7692");
    mac_hex(keyring, 165, "choice", hex);
    assert_string_equal(hex, "d3495ff03748fc256903228a9b3826703e15b219d28c9b41ec74c39096391c09");
    mac_hex(keyring, 122, "", hex);
    assert_string_equal(hex, "067f7dec396463b8143b29dfe1495aab381b075c52f19f7ff1ba0d279b30f79b");

    consent_keyring_destroy(keyring);
}


static void
a_context_starts_afresh_for_every_use(void **state)
{
    int                 i;
    char                hex[65];
    consent_keyring_t  *keyring;

    (void) state;

    keyring = keyring_of(&heap, &reports, "sign " KEY_A "\n");

    for (i = 0; i < 100; i++) {
        mac_hex(keyring, 122, "choice", hex);
        assert_string_equal(hex, "5445a4c7975fe137749097ab7fbf1112ecc2dfacd93ee698d727cb4aafdb4055");
    }

    consent_keyring_destroy(keyring);
}


static void
parts_are_authenticated_as_one_text(void **state)
{
    char                hex[65];
    unsigned char       mac[CONSENT_MAC_LEN];
    consent_str_t       parts[3] = { CONSENT_STR("ch"), { NULL, 0 }, CONSENT_STR("oice") };
    consent_keyring_t  *keyring;

    (void) state;

    keyring = keyring_of(&heap, &reports, "sign " KEY_A "\n");

    assert_int_equal(consent_keyring_mac(keyring, 122, parts, 3, mac), 0);
    consent_hex(mac, sizeof(mac), hex);
    assert_string_equal(hex, "5445a4c7975fe137749097ab7fbf1112ecc2dfacd93ee698d727cb4aafdb4055");

    consent_keyring_destroy(keyring);
}


static void
the_first_sign_signs_and_all_verify(void **state)
{
    consent_keyring_t  *keyring;

    (void) state;

    keyring = keyring_of(&heap, &reports, "verify " KEY_C "\nsign " KEY_B "\nsign " KEY_A "\n");

    assert_non_null(keyring);
    assert_int_equal(consent_keyring_signer(keyring), 111);
    assert_true(consent_keyring_has(keyring, 122));
    assert_true(consent_keyring_has(keyring, 111));
    assert_true(consent_keyring_has(keyring, 165));
    assert_false(consent_keyring_has(keyring, 0));

    consent_keyring_destroy(keyring);
}


static void
a_line_may_say_since_when_its_key_signs(void **state)
{
    uint32_t            day;
    consent_keyring_t  *keyring;

    (void) state;

    keyring = keyring_of(&heap, &reports, "sign " KEY_B " since 2026-11-22\nverify " KEY_A "\tsince  2026-05-01 # spring\n");

    assert_non_null(keyring);
    assert_int_equal(consent_day_parse(CONSENT_STR("2026-05-01"), &day), 0);
    assert_int_equal(consent_keyring_since(keyring), day);
    assert_int_equal(day, 20574);
    consent_keyring_destroy(keyring);

    keyring = keyring_of(&heap, &reports, "sign " KEY_B " since 2026-11-22\nverify " KEY_A "\n");

    assert_non_null(keyring);
    assert_int_equal(consent_keyring_since(keyring), 0);
    consent_keyring_destroy(keyring);

    assert_refused("sign " KEY_A " since\n", "1: " NOT_SINCE);
    assert_refused("sign " KEY_A " until 2026-11-22\n", "1: " NOT_SINCE);
    assert_refused("sign " KEY_A " since 2026-02-29\n", "1: " NOT_SINCE);
    assert_refused("sign " KEY_A " since 2026-2-01\n", "1: " NOT_SINCE);
    assert_refused("sign " KEY_A " since 2026-11-22 2026-11-23\n", "1: " NOT_SINCE);
    assert_refused("sign " KEY_A " since 1969-12-31\n", "1: " NOT_SINCE);
    assert_refused("sign " KEY_A " " KEY_B "\n", "1: " NOT_SINCE);
}


static void
an_unknown_id_authenticates_nothing(void **state)
{
    unsigned            id;
    unsigned char       mac[CONSENT_MAC_LEN];
    consent_str_t       part = CONSENT_STR("choice");
    consent_keyring_t  *keyring;

    (void) state;

    keyring = keyring_of(&heap, &reports, "sign " KEY_A "\n");

    for (id = 0; id < 1000; id++) {
        assert_int_equal(consent_keyring_mac(keyring, id, &part, 1, mac), id == 122 ? 0 : -1);
    }

    consent_keyring_destroy(keyring);
}


static void
comments_blank_lines_tabs_and_crlf_are_understood(void **state)
{
    consent_keyring_t  *keyring;

    (void) state;

    keyring = keyring_of(&heap, &reports,
                         "# keys of the fleet\r\n\r\n  sign\t" KEY_A "   # since spring\r\n\t\nverify " KEY_B);

    assert_non_null(keyring);
    assert_int_equal(consent_keyring_signer(keyring), 122);
    assert_true(consent_keyring_has(keyring, 111));

    consent_keyring_destroy(keyring);
}


static void
a_longer_key_is_taken_up_to_128_bytes(void **state)
{
    consent_keyring_t  *keyring;

    (void) state;

    keyring = keyring_of(&heap, &reports,
                         "sign AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g"
                         "ISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==\n");
    assert_non_null(keyring);
    consent_keyring_destroy(keyring);

    assert_refused("sign AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+"
                   "P0BBQkNERUZHSElKS0xNTk9QUVJTVFVWV1hZWltcXV5fYGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6e3x9fn+A\n",
                   "1: " NOT_BASE64);
}


static void
a_file_without_a_signing_key_is_refused(void **state)
{
    (void) state;

    assert_refused("", "0: no key signs: one line must be \"sign KEY\"; make a key with: openssl rand -base64 32\n");
    assert_refused("verify " KEY_A "\n",
                   "0: no key signs: one line must be \"sign KEY\"; make a key with: openssl rand -base64 32\n");
}


static void
a_missing_file_is_named(void **state)
{
    (void) state;

    reports_init(&reports);

    assert_null(consent_keyring_load(&heap.arena, "t/data/no-such-file", &reports.problems));
    assert_string_equal(reports.text, "0: cannot be read: No such file or directory\n");
}


static void
a_directory_is_no_key_file(void **state)
{
    (void) state;

    reports_init(&reports);

    assert_null(consent_keyring_load(&heap.arena, "t", &reports.problems));
    assert_string_equal(reports.text, "0: cannot be read: Is a directory\n");
}


static void
a_huge_file_is_refused(void **state)
{
    char  content[20000];

    (void) state;

    memset(content, '\n', sizeof(content) - 1);
    content[sizeof(content) - 1] = '\0';

    assert_refused(content, "0: cannot be read: File too large\n");
}


static void
every_malformed_line_is_reported_with_its_number(void **state)
{
    (void) state;

    assert_refused("sign " KEY_A "\n"
                   "\n"
                   "Sign " KEY_B "\n"
                   KEY_B "\n"
                   "verify\n"
                   "verify short\n"
                   "verify AAECAwQFBgcICQoLDA0ODw==\n"
                   "verify AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
                   "verify " KEY_B " extra\n",
                   "3: a line is \"sign KEY\", \"verify KEY\" or a comment that starts with \"#\"\n"
                   "4: a line is \"sign KEY\", \"verify KEY\" or a comment that starts with \"#\"\n"
                   "5: the key is missing: make a key with: openssl rand -base64 32\n"
                   "6: " NOT_BASE64
                   "7: the key has 16 bytes and needs at least 32: make a key with: openssl rand -base64 32\n"
                   "8: the key is not random: make a key with: openssl rand -base64 32\n"
                   "9: " NOT_SINCE);
}


static void
a_key_that_is_not_canonical_base64_is_refused(void **state)
{
    (void) state;

    /* without padding; with a bit set that no byte takes; in the other alphabet */

    assert_refused("sign AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n",
                   "1: " NOT_BASE64);
    assert_refused("sign AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=\n",
                   "1: " NOT_BASE64);
    assert_refused("sign S_lwwBMUI76DJE-8n1yZagsSA0Ttv4o3G9jz8zeOzbU=\n",
                   "1: " NOT_BASE64);
}


static void
two_keys_of_one_id_are_refused_whether_equal_or_not(void **state)
{
    (void) state;

    assert_refused("sign " KEY_A "\nverify " KEY_A "\n",
                   "2: this key has the same id as that of line 1: if it is the same key remove it, else "
                   "make a key with: openssl rand -base64 32\n");
    assert_refused("# old\nsign " KEY_A "\nverify MUeKSx2EyBtIJnCWXOa2zeE8W4MG4MPLiA1O78oX54g=\n",
                   "3: this key has the same id as that of line 2: if it is the same key remove it, else "
                   "make a key with: openssl rand -base64 32\n");
}


static void
sixteen_keys_are_taken_and_no_more(void **state)
{
    consent_keyring_t  *keyring;

#define FIFTEEN  "verify S/lwwBMUI76DJE+8n1yZagsSA0Ttv4o3G9jz8zeOzbU=\n" \
                 "verify O5HoPi6rVbexijVF+Z8LiWuaczbwZLm6KYHMXh25/7I=\n" \
                 "verify 4e2MV3Q5gxaoRHRFwh20oCEnUrgaJSB4S+5PwhW5SGY=\n" \
                 "verify FcN0y0/QKnPw9SnmC1wCXN9icsWcOCZHE3u4OmTZEXw=\n" \
                 "verify ivVaVHYyx3FnhbRAE8pmA0v2OvAsIuzZD6rY6v0aBuE=\n" \
                 "verify po29adhmqL4Uy0HsAfA4tlB0wOeEnlB5WwOFZtrdpCs=\n" \
                 "verify yhRbCs5OtIYie6FmPvPcCULbJiza48xRa57/dtBwpiM=\n" \
                 "verify OU1FEwb54wL/Jt+40XqYSBjg0CW7mymJ+7nDL7q0+jE=\n" \
                 "verify LlXuOtowT3ZDCKnVXzb6ip5L2a/jKSucjN5Rp27lZfs=\n" \
                 "verify Y4c/0dcow5suxYSOPXzjH4pUDdPKCN79X3jStY9nNfY=\n" \
                 "verify xFZqNgi3M960h06j5C3qq9rLCgObFX6lUBG0rADeFBc=\n" \
                 "verify fu9my0sO7+3F0HD/D6i1SXaSY8zOesyCuNIDQR/VWcs=\n" \
                 "verify 9CLq1p9X8NemEWJ74GrBv3+aQYqx9LdI2BaoncAesQM=\n" \
                 "verify 6ggu8qFL/HOjEYDQFHnTc9Vt8YK+swaVoxMF7j+P2YQ=\n" \
                 "verify jikjUCshhVrPl1uTg6Psl59Jlo/J4mOLB0GKVMG/dHk=\n"

    (void) state;

    keyring = keyring_of(&heap, &reports, FIFTEEN "sign " KEY_A "\n");
    assert_non_null(keyring);
    consent_keyring_destroy(keyring);

    assert_refused(FIFTEEN "sign " KEY_A "\nverify IrtBUg+NeLaFZHufoJ8Diqv9sXFVbkFJXiY0rzs7rsU=\n",
                   "17: more than 16 keys: remove those that stopped signing longer ago than choices are valid\n");
}


static void
what_is_reported_never_holds_a_piece_of_a_key(void **state)
{
    size_t       i;
    const char  *files[] = {
        "sign" KEY_A "\n", KEY_A " sign\n", "sign: " KEY_A "\n", "sign " KEY_A " " KEY_B "\n", "sign " KEY_A "=\n",
        "sign\n" KEY_A "\n", "sign=" KEY_A, "\"" KEY_A "\"\n", "verify " KEY_A "\n" KEY_B
    };

    (void) state;

    for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        assert_null(keyring_of(&heap, &reports, files[i]));
        assert_true(reports.len > 0);
        assert_null(strstr(reports.text, "AAEC"));
        assert_null(strstr(reports.text, "ICEi"));
    }
}


static void
nul_bytes_do_not_end_a_line_early(void **state)
{
    int   fd;
    char  path[64];

    (void) state;

    reports_init(&reports);
    memory_file("sign " KEY_A "\0 more\n", sizeof("sign " KEY_A "\0 more\n") - 1, &fd, path);

    assert_null(consent_keyring_load(&heap.arena, path, &reports.problems));
    assert_int_equal(reports.problems.count, 1);

    close(fd);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(the_key_that_authenticates_is_derived_by_hkdf_with_a_fixed_label),
        cmocka_unit_test(a_context_starts_afresh_for_every_use),
        cmocka_unit_test(parts_are_authenticated_as_one_text),
        cmocka_unit_test(the_first_sign_signs_and_all_verify),
        cmocka_unit_test(a_line_may_say_since_when_its_key_signs),
        cmocka_unit_test(an_unknown_id_authenticates_nothing),
        cmocka_unit_test(comments_blank_lines_tabs_and_crlf_are_understood),
        cmocka_unit_test(a_longer_key_is_taken_up_to_128_bytes),
        cmocka_unit_test(a_file_without_a_signing_key_is_refused),
        cmocka_unit_test(a_missing_file_is_named),
        cmocka_unit_test(a_directory_is_no_key_file),
        cmocka_unit_test(a_huge_file_is_refused),
        cmocka_unit_test(every_malformed_line_is_reported_with_its_number),
        cmocka_unit_test(a_key_that_is_not_canonical_base64_is_refused),
        cmocka_unit_test(two_keys_of_one_id_are_refused_whether_equal_or_not),
        cmocka_unit_test(sixteen_keys_are_taken_and_no_more),
        cmocka_unit_test(what_is_reported_never_holds_a_piece_of_a_key),
        cmocka_unit_test(nul_bytes_do_not_end_a_line_early)
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
