#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

#define R  "\xef\xbf\xbd"


static void
assert_repaired(const char *text, const char *expected)
{
    char    *out, *copy;
    size_t   len, n = strlen(text);

    copy = malloc(n ? n : 1);
    out = malloc(3 * n + 1);
    assert_non_null(copy);
    assert_non_null(out);
    memcpy(copy, text, n);

    len = consent_utf8_repair((consent_str_t) { copy, n }, out);
    out[len] = '\0';
    assert_string_equal(out, expected);

    free(copy);
    free(out);
}


static void
well_formed_text_is_kept(void **state)
{
    (void) state;

    assert_repaired("", "");
    assert_repaired("Ville de Montmirail", "Ville de Montmirail");
    assert_repaired("d\xc3\xa9marche \xe2\x82\xac \xf0\x9f\x8f\x9b", "d\xc3\xa9marche \xe2\x82\xac \xf0\x9f\x8f\x9b");
    assert_repaired("\xc2\x80 \xdf\xbf \xe0\xa0\x80 \xed\x9f\xbf", "\xc2\x80 \xdf\xbf \xe0\xa0\x80 \xed\x9f\xbf");
    assert_repaired("\xee\x80\x80 \xef\xbf\xbf", "\xee\x80\x80 \xef\xbf\xbf");
    assert_repaired("\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf", "\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf");
}


static void
a_byte_that_begins_nothing_is_replaced(void **state)
{
    (void) state;

    assert_repaired("\x80", R);
    assert_repaired("a\xbf""b", "a" R "b");
    assert_repaired("\xc0\xc1\xf5\xfe\xff", R R R R R);
}


static void
a_sequence_that_is_cut_short_is_replaced_once(void **state)
{
    (void) state;

    assert_repaired("\xc3", R);
    assert_repaired("\xe2\x82", R);
    assert_repaired("\xf0\x9f\x8f", R);
    assert_repaired("\xf0\x9f\x8fz", R "z");
    assert_repaired("\xe2\xc3\xa9", R "\xc3\xa9");
}


/* Unicode, 3.9, tables 3-8 to 3-11. */

static void
overlong_forms_surrogates_and_what_is_beyond_unicode_are_replaced_byte_by_byte(void **state)
{
    (void) state;

    assert_repaired("\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41", R R R R R R R R "A");
    assert_repaired("\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41", R R R R R R R R "A");
    assert_repaired("\xf4\x91\x92\x93\xff\x41\x80\xbf\x42", R R R R R "A" R R "B");
    assert_repaired("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41", R R R R "A");
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(well_formed_text_is_kept),
        cmocka_unit_test(a_byte_that_begins_nothing_is_replaced),
        cmocka_unit_test(a_sequence_that_is_cut_short_is_replaced_once),
        cmocka_unit_test(overlong_forms_surrogates_and_what_is_beyond_unicode_are_replaced_byte_by_byte)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
