/*
 * Character references in attribute values, row by row.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "charref.h"


static void
references_mean_what_the_standard_says(void **state)
{
    char           out[128];
    size_t         i;
    consent_str_t  got;

    static const struct {
        const char  *raw;
        const char  *decoded;
    } rows[] = {
        { "a&amp;b", "a&b" }, { "a&ampb", "a&ampb" }, { "a&amp=b", "a&amp=b" }, { "a&amp", "a&" }, { "a&amp.", "a&." },
        { "&AMP;&QUOT;&quot;&LT&GT;", "&\"\"<>" }, { "&Amp;", "&Amp;" }, { "&", "&" }, { "&;", "&;" },
        { "&notin;", "\xe2\x88\x89" }, { "&notit;", "&notit;" }, { "&not;", "\xc2\xac" }, { "&not", "\xc2\xac" },
        { "&notin", "&notin" }, { "&fjlig;", "fj" }, { "&tfr;", "\xf0\x9d\x94\xb1" }, { "&eacute", "\xc3\xa9" },
        { "&nGt;", "\xe2\x89\xab\xe2\x83\x92" }, { "&CounterClockwiseContourIntegral;", "\xe2\x88\xb3" },
        { "&zwnj;&Tab;&NewLine;&shy", "\xe2\x80\x8c\t\n\xc2\xad" }, { "&zz;", "&zz;" }, { "&Zeta;", "\xce\x96" },
        { "&#65;&#x42;&#X43", "ABC" }, { "&#65a", "Aa" }, { "&#x", "&#x" }, { "&#", "&#" }, { "&#;", "&#;" },
        { "&#0;", "\xef\xbf\xbd" }, { "&#xd800;", "\xef\xbf\xbd" }, { "&#x110000;", "\xef\xbf\xbd" },
        { "&#99999999999999999999;", "\xef\xbf\xbd" }, { "&#128;", "\xe2\x82\xac" }, { "&#13;", "\r" },
        { "a\r\nb\rc", "a\nb\nc" }
    };

    (void) state;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        got = consent_charref_decode(consent_str(rows[i].raw), out, sizeof(out));

        if (got.len != strlen(rows[i].decoded) || memcmp(got.data, rows[i].decoded, got.len) != 0) {
            fail_msg("%s: %.*s", rows[i].raw, (int) got.len, got.data);
        }
    }
}


static void
what_does_not_fit_is_cut_at_a_character(void **state)
{
    char  out[4];

    (void) state;

    assert_int_equal(consent_charref_decode(CONSENT_STR("ab&euro;"), out, 4).len, 2);
    assert_int_equal(consent_charref_decode(CONSENT_STR("a&euro;"), out, 4).len, 4);
    assert_int_equal(consent_charref_decode(CONSENT_STR("&nGt;"), out, 4).len, 0);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(references_mean_what_the_standard_says),
        cmocka_unit_test(what_does_not_fit_is_cut_at_a_character)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
