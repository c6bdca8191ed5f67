#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "etag.h"
#include "heap.h"

#define N(array)  (sizeof(array) / sizeof(array[0]))
#define CLASS     CONSENT_STR("0123456789abcdef")
#define OTHER     CONSENT_STR("fedcba9876543210")

static heap_t  heap;


static int
setup(void **state)
{
    (void) state;

    heap_init(&heap);

    return 0;
}


static int
teardown(void **state)
{
    (void) state;

    heap_free(&heap);

    return 0;
}


static consent_str_t
tag(consent_str_t etag, int64_t last_modified)
{
    consent_buf_t  out;

    consent_buf_init(&out, &heap.arena);
    consent_etag_tag(etag, last_modified, CLASS, 0, &out);

    return consent_buf_str(&out);
}


static void
the_tag_of_a_page_is_weak_and_holds_class_time_and_original(void **state)
{
    (void) state;

    static const struct {
        const char  *etag;
        int64_t      last_modified;
        const char  *tag;
    } cases[] = {
        { "\"5f0-abc\"", -1, "W/\"ngxc-0123456789abcdef--s5f0-abc\"" },
        { "W/\"5f0-abc\"", 1700000000, "W/\"ngxc-0123456789abcdef-1700000000-w5f0-abc\"" },
        { "", 1700000000, "W/\"ngxc-0123456789abcdef-1700000000-n\"" },
        { "", 0, "W/\"ngxc-0123456789abcdef-0-n\"" },
        { "\"\"", -1, "W/\"ngxc-0123456789abcdef--s\"" },
        { "\"a,b\\c%41 +/=\"", -1, "W/\"ngxc-0123456789abcdef--sa%2Cb%5Cc%2541%20%2B%2F%3D\"" },
        { "unquoted", -1, "W/\"ngxc-0123456789abcdef--runquoted\"" },
        { "\"", -1, "W/\"ngxc-0123456789abcdef--r%22\"" },
        { "W/\"", -1, "W/\"ngxc-0123456789abcdef--rW%2F%22\"" },
        { "\"\351\"", -1, "W/\"ngxc-0123456789abcdef--s%E9\"" },
        { "", -1, "" }
    };

    for (size_t i = 0; i < N(cases); i++) {
        consent_str_t  written = tag(consent_str(cases[i].etag), cases[i].last_modified);

        if (!consent_str_eq(written, consent_str(cases[i].tag))) {
            fail_msg("%s: %.*s", cases[i].etag, (int) written.len, written.data);
        }
    }
}


static void
the_tag_of_what_leaves_as_it_came_is_as_strong_as_the_original(void **state)
{
    (void) state;

    static const char *const  cases[][2] = {
        { "\"5f0-abc\"", "\"ngxc-0123456789abcdef-7-s5f0-abc\"" },
        { "W/\"5f0-abc\"", "W/\"ngxc-0123456789abcdef-7-w5f0-abc\"" },
        { "unquoted", "W/\"ngxc-0123456789abcdef-7-runquoted\"" },
        { "", "W/\"ngxc-0123456789abcdef-7-n\"" }
    };

    for (size_t i = 0; i < N(cases); i++) {
        int64_t        last_modified;
        consent_buf_t  out;
        consent_str_t  etag;

        consent_buf_init(&out, &heap.arena);
        consent_etag_tag(consent_str(cases[i][0]), 7, CLASS, 1, &out);
        assert_true(consent_str_eq(consent_buf_str(&out), consent_str(cases[i][1])));

        assert_int_equal(consent_etag_untag(consent_buf_str(&out), CLASS, &heap.arena, &etag, &last_modified), 1);
        assert_true(consent_str_eq(etag, consent_str(cases[i][0])));
    }
}


static void
whatever_the_original_the_tag_is_valid_and_gives_it_back(void **state)
{
    char           bytes[64];
    int64_t        last_modified;
    consent_str_t  original, written, etag;

    (void) state;

    for (unsigned i = 0; i < 20000; i++) {
        unsigned  seed = i * 2654435761u;

        original.data = bytes;
        original.len = 1 + seed % 40;

        for (size_t k = 0; k < original.len; k++) {
            seed = seed * 1664525 + 1013904223;
            bytes[k] = (seed >> 28) < 5 ? "\"W/,%-~ s"[(seed >> 20) % 9] : (char) (seed >> 16);

            /* what a header line may hold */
            if ((unsigned char) bytes[k] < 0x20 || bytes[k] == 0x7f) {
                bytes[k] = '"';
            }
        }

        original = consent_str_trim(original);
        written = tag(original, i);

        assert_true(consent_str_starts(written, CONSENT_STR("W/\"")));
        assert_true(written.data[written.len - 1] == '"');

        for (size_t k = 3; k < written.len - 1; k++) {
            unsigned char  c = (unsigned char) written.data[k];

            assert_true(c == 0x21 || (c >= 0x23 && c <= 0x7e));
        }

        assert_int_equal(consent_etag_untag(written, CLASS, &heap.arena, &etag, &last_modified), 1);
        assert_true(consent_str_eq(etag, original));
        assert_int_equal(last_modified, i);
    }
}


static void
an_original_of_no_bearable_length_is_left_out(void **state)
{
    char  bytes[300];

    (void) state;

    memset(bytes, 'x', sizeof(bytes));
    bytes[0] = bytes[sizeof(bytes) - 1] = '"';

    assert_int_equal(tag((consent_str_t) { bytes, sizeof(bytes) }, -1).len, 0);
    assert_true(consent_str_eq(tag((consent_str_t) { bytes, sizeof(bytes) }, 5),
                               CONSENT_STR("W/\"ngxc-0123456789abcdef-5-n\"")));
}


static int
untag(const char *text, consent_str_t *etag, int64_t *last_modified)
{
    return consent_etag_untag(consent_str(text), CLASS, &heap.arena, etag, last_modified);
}


static void
a_tag_gives_its_originals_back_to_its_own_class_only(void **state)
{
    int64_t        last_modified;
    consent_str_t  etag, text = CONSENT_STR("W/\"ngxc-0123456789abcdef-7-w5f0\"");

    (void) state;

    assert_int_equal(consent_etag_untag(text, CLASS, &heap.arena, &etag, &last_modified), 1);
    assert_true(consent_str_eq(etag, CONSENT_STR("W/\"5f0\"")));
    assert_int_equal(last_modified, 7);

    assert_int_equal(consent_etag_untag(text, OTHER, &heap.arena, &etag, &last_modified), 0);
    assert_int_equal(etag.len, 0);
    assert_int_equal(last_modified, -1);

    /* somebody on the way made it strong */
    assert_int_equal(untag(" \"ngxc-0123456789abcdef--s5f0\" ", &etag, &last_modified), 1);
    assert_true(consent_str_eq(etag, CONSENT_STR("\"5f0\"")));
    assert_int_equal(last_modified, -1);
}


static void
forged_tags_give_nothing(void **state)
{
    int64_t        last_modified;
    consent_str_t  etag;

    (void) state;

    static const char *const  forged[] = {
        "\"ngxc-\"", "\"ngxc-0123456789abcdef\"", "\"ngxc-0123456789abcdef-\"", "\"ngxc-0123456789abcdef--\"",
        "\"ngxc-0123456789abcdef--x5f0\"", "\"ngxc-0123456789abcdef--n\"", "\"ngxc-0123456789abcdef-7-nx\"",
        "\"ngxc-0123456789abcdef-7x-s5f0\"", "\"ngxc-0123456789abcdef-9999999999999-s5f0\"",
        "\"ngxc-0123456789abcdef-999999999999-s5f0\"", "\"ngxc-0123456789abcdef--s%0D%0ASet\"",
        "\"ngxc-0123456789abcdef--s%4\"", "\"ngxc-0123456789abcdef--s%\"", "\"ngxc-0123456789abcdef--s%zz\"",
        "\"ngxc-0123456789ABCDEF--s5f0\"", "\"ngxc--0123456789abcdef-s5f0\""
    };

    for (size_t i = 0; i < N(forged); i++) {
        if (untag(forged[i], &etag, &last_modified) != 0) {
            fail_msg("%s was believed", forged[i]);
        }
    }
}


static void
tags_of_others_are_told_apart(void **state)
{
    int64_t        last_modified;
    consent_str_t  etag;

    (void) state;

    assert_int_equal(untag("\"5f0\"", &etag, &last_modified), -1);
    assert_int_equal(untag("W/\"5f0\"", &etag, &last_modified), -1);
    assert_int_equal(untag("*", &etag, &last_modified), -1);
    assert_int_equal(untag("", &etag, &last_modified), -1);
    assert_int_equal(untag("\"", &etag, &last_modified), -1);
    assert_int_equal(untag("ngxc-0123456789abcdef--s5f0", &etag, &last_modified), -1);
}


static void
a_list_gives_back_the_originals_of_this_class(void **state)
{
    (void) state;

    static const struct {
        const char  *list;
        int          rc;
        const char  *etags;
        int64_t      last_modified;
    } cases[] = {
        { "W/\"ngxc-0123456789abcdef-7-s1\"", 1, "\"1\"", 7 },
        { "W/\"ngxc-0123456789abcdef-7-s1\", W/\"ngxc-0123456789abcdef-9-w2\"", 1, "\"1\", W/\"2\"", 9 },
        { "W/\"ngxc-fedcba9876543210-7-s1\",\"x\",W/\"ngxc-0123456789abcdef-5-s2\"", 1, "\"2\"", 5 },
        { "W/\"ngxc-0123456789abcdef-5-n\"", 1, "", 5 },
        { "W/\"ngxc-fedcba9876543210-7-s1\", \"x\"", 0, "", -1 },
        { "\"x\", W/\"y\"", -1, "", -1 },
        { "\"a,b\", \"c\"", -1, "", -1 },
        { "*", -1, "", -1 },
        { "", -1, "", -1 },
        { ",,", -1, "", -1 },
        { "\"x,W/\"ngxc-0123456789abcdef-7-s1\"", -1, "", -1 },
        { "  W/\"ngxc-0123456789abcdef-7-s%2C\" ,", 1, "\",\"", 7 }
    };

    for (size_t i = 0; i < N(cases); i++) {
        int            rc;
        int64_t        last_modified;
        consent_str_t  etags;

        rc = consent_etag_untag_list(consent_str(cases[i].list), CLASS, &heap.arena, &etags, &last_modified);

        if (rc != cases[i].rc || last_modified != cases[i].last_modified
            || !consent_str_eq(etags, consent_str(cases[i].etags)))
        {
            fail_msg("%s: %d %.*s", cases[i].list, rc, (int) etags.len, etags.data);
        }
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(the_tag_of_a_page_is_weak_and_holds_class_time_and_original),
        cmocka_unit_test(the_tag_of_what_leaves_as_it_came_is_as_strong_as_the_original),
        cmocka_unit_test(whatever_the_original_the_tag_is_valid_and_gives_it_back),
        cmocka_unit_test(an_original_of_no_bearable_length_is_left_out),
        cmocka_unit_test(a_tag_gives_its_originals_back_to_its_own_class_only),
        cmocka_unit_test(forged_tags_give_nothing),
        cmocka_unit_test(tags_of_others_are_told_apart),
        cmocka_unit_test(a_list_gives_back_the_originals_of_this_class)
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
