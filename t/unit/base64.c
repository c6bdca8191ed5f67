#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "base64.h"


static int
decodes_url(const char *text)
{
    size_t         n;
    unsigned char  out[64];

    return consent_base64url_decode(consent_str(text), out, sizeof(out), &n) == 0;
}


static int
decodes(const char *text)
{
    size_t         n;
    unsigned char  out[64];

    return consent_base64_decode(consent_str(text), out, sizeof(out), &n) == 0;
}


/* RFC 4648, section 10, without padding. */

static void
the_examples_of_the_standard_are_encoded(void **state)
{
    size_t              i, len;
    char                out[16];
    static const char  *examples[7][2] = {
        { "", "" }, { "f", "Zg" }, { "fo", "Zm8" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg" }, { "fooba", "Zm9vYmE" },
        { "foobar", "Zm9vYmFy" }
    };

    (void) state;

    for (i = 0; i < 7; i++) {
        len = consent_base64url_encode((const unsigned char *) examples[i][0], strlen(examples[i][0]), out);
        assert_int_equal(len, strlen(examples[i][1]));
        assert_memory_equal(out, examples[i][1], len);
        assert_int_equal(CONSENT_BASE64URL_LEN(strlen(examples[i][0])), len);
    }
}


static void
every_byte_survives(void **state)
{
    char           text[512];
    size_t         i, n, len, back;
    unsigned char  bytes[256], out[256];

    (void) state;

    for (i = 0; i < 256; i++) {
        bytes[i] = (unsigned char) (i * 7 + 1);
    }

    for (n = 0; n <= 256; n++) {
        len = consent_base64url_encode(bytes, n, text);
        assert_int_equal(consent_base64url_decode((consent_str_t) { text, len }, out, n, &back), 0);
        assert_int_equal(back, n);
        assert_memory_equal(out, bytes, n);
    }
}


static void
the_alphabets_are_kept_apart(void **state)
{
    (void) state;

    assert_true(decodes_url("-_-_"));
    assert_false(decodes_url("+/+/"));
    assert_true(decodes("+/+/"));
    assert_false(decodes("-_-_"));
}


static void
stray_bits_are_refused(void **state)
{
    (void) state;

    assert_true(decodes_url("Zg"));
    assert_false(decodes_url("Zh"));
    assert_false(decodes_url("Zv"));
    assert_true(decodes_url("Zm8"));
    assert_false(decodes_url("Zm9"));
    assert_false(decodes_url("Zm-"));
    assert_true(decodes("Zg=="));
    assert_false(decodes("Zh=="));
    assert_false(decodes("Zm9="));
}


static void
padding_is_required_or_refused(void **state)
{
    (void) state;

    assert_false(decodes_url("Zg=="));
    assert_false(decodes_url("Zg="));
    assert_false(decodes("Zg"));
    assert_false(decodes("Zg="));
    assert_false(decodes("Zg==="));
    assert_false(decodes("="));
    assert_false(decodes("=="));
    assert_false(decodes("===="));
    assert_false(decodes("Z==="));
    assert_false(decodes("Zg==Zg=="));
    assert_false(decodes("Zm=v"));
    assert_true(decodes(""));
}


static void
white_space_and_control_characters_are_refused(void **state)
{
    size_t         n;
    unsigned char  out[8];

    (void) state;

    assert_false(decodes_url("Zm 9v"));
    assert_false(decodes_url(" Zm9v"));
    assert_false(decodes_url("Zm9v\n"));
    assert_false(decodes_url("Zm9\xff"));
    assert_int_equal(consent_base64url_decode((consent_str_t) { "Zm\0v", 4 }, out, sizeof(out), &n), -1);
}


static void
a_text_of_4n_plus_1_characters_is_no_base64(void **state)
{
    (void) state;

    assert_false(decodes_url("Z"));
    assert_false(decodes_url("Zm9vY"));
}


static void
what_does_not_fit_is_refused(void **state)
{
    size_t         n;
    unsigned char  out[3];

    (void) state;

    assert_int_equal(consent_base64url_decode(CONSENT_STR("Zm9v"), out, 3, &n), 0);
    assert_int_equal(n, 3);
    assert_int_equal(consent_base64url_decode(CONSENT_STR("Zm9vYg"), out, 3, &n), -1);
    assert_int_equal(consent_base64url_decode(CONSENT_STR("Zg"), out, 0, &n), -1);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(the_examples_of_the_standard_are_encoded),
        cmocka_unit_test(every_byte_survives),
        cmocka_unit_test(the_alphabets_are_kept_apart),
        cmocka_unit_test(stray_bits_are_refused),
        cmocka_unit_test(padding_is_required_or_refused),
        cmocka_unit_test(white_space_and_control_characters_are_refused),
        cmocka_unit_test(a_text_of_4n_plus_1_characters_is_no_base64),
        cmocka_unit_test(what_does_not_fit_is_refused)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
