#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "encoding.h"


static void
identity_nothing_and_words_that_are_no_encoding_are_none(void **state)
{
    size_t  i;

    (void) state;

    static const char *const  none[] = {
        "", "identity", "Identity", " identity ", "none", "utf-8", "UTF-8", "iso-8859-1", "identity, identity", "binary", ","
    };

    for (i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        assert_true(consent_encoding_is_none(consent_str(none[i])));
    }
}


static void
what_a_browser_undoes_and_what_nobody_knows_is_some(void **state)
{
    size_t  i;

    (void) state;

    static const char *const  some[] = {
        "gzip", "x-gzip", "deflate", "br", "zstd", "compress", "dcb", "gzip, br", "identity, gzip", "gzip, identity", "unheard-of",
        "identity gzip", "utf-8;gzip"
    };

    for (i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
        assert_false(consent_encoding_is_none(consent_str(some[i])));
    }
}


static void
gzip_is_accepted_when_it_is_named(void **state)
{
    size_t  i;

    (void) state;

    static const char *const  accepted[] = {
        "gzip", "GZIP", "x-gzip", "deflate, gzip;q=0.5, br", "br,gzip", "gzip; q=1.0", "gzip;q=0.001", "gzip;q=", "gzip;x=0"
    };

    for (i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
        assert_true(consent_encoding_accepts_gzip(consent_str(accepted[i])));
    }
}


static void
gzip_is_not_accepted_when_it_is_refused_or_not_named(void **state)
{
    size_t  i;

    (void) state;

    static const char *const  refused[] = {
        "", "br", "gzip;q=0", "gzip;q=0.000", "gzip ; Q=0", "br, gzip;q=0", "*", "identity", "gzipped", "notgzip"
    };

    for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        assert_false(consent_encoding_accepts_gzip(consent_str(refused[i])));
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(identity_nothing_and_words_that_are_no_encoding_are_none),
        cmocka_unit_test(what_a_browser_undoes_and_what_nobody_knows_is_some),
        cmocka_unit_test(gzip_is_accepted_when_it_is_named),
        cmocka_unit_test(gzip_is_not_accepted_when_it_is_refused_or_not_named)
    };

    return cmocka_run_group_tests_name("encoding", tests, NULL, NULL);
}
