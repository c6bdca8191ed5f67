/*
 * What is passed over without being looked at: everything up to "^" in each row, wherever it stands in a block, and
 * whichever way blocks are looked at. The fuzzer of the scanner compares the same with the state machine.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "element.h"
#include "ordinary.h"

#define N(array)  (sizeof(array) / sizeof(array[0]))


/* Behind the text there is room enough for blocks to be looked at; a whole row that is passed over has no "^". */

static void
check(const char *const *rows, size_t n)
{
    char                text[2048];
    size_t              i, before, begins, len;
    const char         *stop, *at;
    consent_scan_t      event;
    consent_scanner_t   fast, slow;

    for (i = 0; i < n; i++) {
        for (before = 0; before < CONSENT_BLOCK + 2; before++) {
            memset(text, 'x', sizeof(text));
            len = strlen(rows[i]);
            memcpy(text + before, rows[i], len);

            at = memchr(text + before, '^', len);
            begins = at ? (size_t) (at - text) : sizeof(text);

            if (at != NULL) {
                memmove(text + begins, text + begins + 1, sizeof(text) - begins - 1);
            }

            consent_scanner_init(&fast, 1024);
            memcpy(fast.pair, "/_", 2);
            slow = fast;

            stop = consent_skip_ordinary(&fast, text, text + sizeof(text), &event);
            assert_ptr_equal(stop, consent_skip_ordinary_by(consent_markup_look_portable, &slow, text, text + sizeof(text),
                                                            &event));
            assert_memory_equal(&fast, &slow, sizeof(fast));
            stop -= fast.held;

            if (at != NULL) {
                assert_string_equal(stop == text + begins ? rows[i] : "stopped elsewhere", rows[i]);

            } else {
                assert_string_equal(stop >= text + before + len ? rows[i] : "stopped", rows[i]);
            }
        }
    }
}


static void
tags_that_neither_load_nor_hold_a_name_of_ours_are_passed_over(void **state)
{
    (void) state;

    static const char *const  rows[] = {
        "text", "<p>text</p>", "<DIV><b>x</B></DIV >", "<p\nclass=\"a\nb\">", "<a href=\"/x?y=1&amp;z=2\" title=\"it's\">",
        "<a href=/x>y</a>", "<a href=x id=y class=\"a b\">", "<i a=\"b\"c=\"d\">", "<p title=\"a > b\">", "<p title='<script>'>",
        "<p class=\"button\" title=\"on(x)\">", "<p title='only(\"x\")' data-on=1>", "<br/>", "<br />", "<hr a=\"b\"/>", "<my-element x>",
        "<p data-x=\"{&quot;a&quot;:1}\" data-y=\"=\">", "<td class=\"x\" width=1>", "</script>", "<p/>", "<p hidden>", "a > b"
    };

    check(rows, N(rows));
}


static void
tags_that_may_matter_are_not(void **state)
{
    (void) state;

    static const char *const  rows[] = {
        "<p>^<script>", "<p>^<IMG src=x>", "^<iframe/>", "^<svg>", "^<template>", "^<textarea>", "^<body>", "^</body>", "^</HTML >",
        "^<p style=\"x\">", "^<p STYLE=x>", "^<p data-ngxc=\"x\">", "^<td background=x>", "^<a href=\"/_choices/\">",
        "^<p onload=\"f(1)\">", "^<p id='a'ONfocus='f(1)'>", "^<p id=x/ onload=f(1)>",
        "^<my-element\nonload=f(1) x>", "^<p title=\"0123456789012345678901234567890123456789012345678901234567890\" onload=f(1)>",
        "^<a href=/_choices/>", "<b title=\"a\">^<p class=\"a\" style=\"b\">"
    };

    check(rows, N(rows));
}


static void
what_is_no_plain_tag_is_not(void **state)
{
    (void) state;

    static const char *const  rows[] = {
        "a ^< b", "^<!-- x -->", "^<!doctype html>", "^<?x>", "^</>", "^</ x>", "^<3", "x ^<"
    };

    check(rows, N(rows));
}


static void
tags_whose_quotes_may_not_be_quotes_are_not(void **state)
{
    (void) state;

    static const char *const  rows[] = {
        "^<a =\"b>c\">", "^<a x =\"b>c\">", "^<a x= \"b>c\">", "^<a x/=\"b>c\">", "^<a x=\"y\"=\"b>c\">", "^<a b\"c=\"d>e\">",
        "^<a=\"b c=\"d>e\">", "^<a x=y=\"z>\">", "^<a x=y\"z\" w=\"v>u\">", "^<a b=c\x0b" "d=\"e>f\">", "^<a\tb=\"c\">",
        "^<a b='c' d=\"e>f\">", "^<a\"b=\"c>d\">"
    };

    check(rows, N(rows));
}


static void
a_tag_that_the_input_ends_in_is_not(void **state)
{
    (void) state;

    static const char *const  rows[] = {
        "x^<p class=\"y", "x^<p class=\"y\"", "x^<p class=y"
    };

    check(rows, N(rows));
}


static void
every_element_that_matters_is_looked_up(void **state)
{
    (void) state;

    static const char *const  names[] = {
        "annotation-xml", "audio", "base", "body", "col", "colgroup", "embed", "feimage", "frame", "frameset", "head", "html",
        "iframe", "image", "img", "input", "link", "malignmark", "math", "meta", "mglyph", "noembed", "noframes", "noscript",
        "object", "param", "plaintext", "script", "source", "style", "svg", "table", "tbody", "td", "template", "textarea",
        "tfoot", "th", "thead", "title", "tr", "track", "use", "video", "xmp"
    };

    for (size_t i = 0; i < N(names); i++) {
        char                      padded[CONSENT_NAME_MAX] = "";
        size_t                    len = strlen(names[i]);
        const consent_element_t  *element;

        memcpy(padded, names[i], len);
        element = consent_element_find(padded, len);

        assert_true(consent_element_matters(element) || element->carries & CONSENT_CARRIES_BACKGROUND);
        assert_true(consent_element_watched(names[i][0], len));
        assert_true(consent_element_watched(names[i][0] - 'a' + 'A', len));
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(tags_that_neither_load_nor_hold_a_name_of_ours_are_passed_over),
        cmocka_unit_test(tags_that_may_matter_are_not),
        cmocka_unit_test(what_is_no_plain_tag_is_not),
        cmocka_unit_test(tags_whose_quotes_may_not_be_quotes_are_not),
        cmocka_unit_test(a_tag_that_the_input_ends_in_is_not),
        cmocka_unit_test(every_element_that_matters_is_looked_up)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
