#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "mime.h"

#define N(array)  (sizeof(array) / sizeof(array[0]))


static void
a_content_type_is_cut_into_essence_and_charset(void **state)
{
    (void) state;

    static const char *const  cases[][3] = {
        { "text/html", "text/html", "" },
        { "text/html; charset=utf-8", "text/html", "utf-8" },
        { "text/html;charset=utf-8", "text/html", "utf-8" },
        { "text/html ;charset=utf-8", "text/html", "utf-8" },
        { " Text/HTML ; Charset = \"UTF-16\" ", "Text/HTML", "UTF-16" },
        { "text/html; profile=x; charset=iso-8859-1; charset=utf-16", "text/html", "iso-8859-1" },
        { "text/html;version=\"1;charset=utf-16\";charset=utf-8", "text/html", "utf-8" },
        { "text/html;x=\"a\\\";charset=b\";charset=utf-8", "text/html", "utf-8" },
        { "text/html;charset", "text/html", "" },
        { "text/html;charset;charset=utf-8", "text/html", "utf-8" },
        { "text/html;;;charset=utf-8", "text/html", "utf-8" },
        { "text/html;charset=\"utf-8", "text/html", "utf-8" },
        { "text/html;charset='utf-8'", "text/html", "'utf-8'" },
        { "", "", "" },
        { ";charset=utf-8", "", "utf-8" }
    };

    for (size_t i = 0; i < N(cases); i++) {
        consent_mime_t  mime;

        consent_mime_parse(consent_str(cases[i][0]), &mime);
        assert_true(consent_str_eq(mime.essence, consent_str(cases[i][1])));
        assert_true(consent_str_eq(mime.charset, consent_str(cases[i][2])));
    }
}


static void
html_is_recognised_in_every_spelling_a_browser_reads(void **state)
{
    (void) state;

    static const char *const  html[] = {
        "text/html", "TEXT/HTML", " text/html ", "text/html;", "text/html ; charset=x",
        "text/html;version=1;charset=utf-8",
        "text/html; profile=x", "text/html\t;charset=utf-8", "text/html, text/html", "text/plain, text/html",
        "text/html charset=utf-8", "text/html(comment)", ",text/html", "text/html,text/plain"
    };

    static const char *const  other[] = {
        "", "text/plain", "application/xhtml+xml", "text/htmlx", "text/htm", "xtext/html", "application/json",
        "image/svg+xml",
        "text/plain; x=\"text/html\"", "text/plain; x=\", text/html\"", "text/plain; text/html", "text /html", "html"
    };

    for (size_t i = 0; i < N(html); i++) {
        if (!consent_mime_is_html(consent_str(html[i]))) {
            fail_msg("\"%s\" is HTML", html[i]);
        }
    }

    for (size_t i = 0; i < N(other); i++) {
        if (consent_mime_is_html(consent_str(other[i]))) {
            fail_msg("\"%s\" is not HTML", other[i]);
        }
    }
}


static void
a_style_sheet_is_recognised_likewise(void **state)
{
    (void) state;

    assert_true(consent_mime_is_css(CONSENT_STR("text/css")));
    assert_true(consent_mime_is_css(CONSENT_STR("Text/CSS;charset=utf-8")));
    assert_true(consent_mime_is_css(CONSENT_STR("text/plain, text/css")));
    assert_false(consent_mime_is_css(CONSENT_STR("text/cssx")));
    assert_false(consent_mime_is_css(CONSENT_STR("text/html")));
    assert_false(consent_mime_is_css(CONSENT_STR("")));
}


static void
a_type_that_says_nothing_counts_as_missing(void **state)
{
    (void) state;

    assert_true(consent_mime_is_unknown(CONSENT_STR("")));
    assert_true(consent_mime_is_unknown(CONSENT_STR("html")));
    assert_true(consent_mime_is_unknown(CONSENT_STR("/html")));
    assert_true(consent_mime_is_unknown(CONSENT_STR("text/")));
    assert_true(consent_mime_is_unknown(CONSENT_STR("text /html")));
    assert_true(consent_mime_is_unknown(CONSENT_STR("text/html/x")));
    assert_true(consent_mime_is_unknown(CONSENT_STR("; charset=utf-8")));
    assert_true(consent_mime_is_unknown(CONSENT_STR("Unknown/Unknown")));
    assert_true(consent_mime_is_unknown(CONSENT_STR("application/unknown")));
    assert_true(consent_mime_is_unknown(CONSENT_STR("*/*")));
    assert_false(consent_mime_is_unknown(CONSENT_STR("text/plain")));
    assert_false(consent_mime_is_unknown(CONSENT_STR("image/svg+xml; charset=utf-8")));
    assert_false(consent_mime_is_unknown(CONSENT_STR("application/x.y-z")));
}


static void
charsets_whose_bytes_are_not_ascii_are_opaque(void **state)
{
    (void) state;

    static const char *const  opaque[] = {
        "utf-16", "UTF-16LE", "utf-16be", "utf16", " utf-16 ", "'utf-16'", "\"UTF-16\"", "ucs-2", "iso-10646-ucs-2",
        "unicode",
        "csUnicode", "unicodeFFFE", "iso-2022-jp", "csISO2022JP", "utf-7", "iso-2022-kr", "hz-gb-2312", "replacement",
        "utf-32"
    };

    static const char *const  clear[] = {
        "", "utf-8", "UTF8", "iso-8859-1", "windows-1252", "shift_jis", "euc-jp", "gbk", "gb18030", "big5", "koi8-r",
        "x-user-defined", "unknown"
    };

    for (size_t i = 0; i < N(opaque); i++) {
        assert_true(consent_charset_is_opaque(consent_str(opaque[i])));
    }

    for (size_t i = 0; i < N(clear); i++) {
        assert_false(consent_charset_is_opaque(consent_str(clear[i])));
    }
}


/* From a block of exactly its size. */

static consent_sniff_t
sniff(const char *bytes, size_t n, int last)
{
    char             *copy;
    consent_sniff_t   result;

    copy = malloc(n ? n : 1);
    memcpy(copy, bytes, n);
    result = consent_sniff(copy, n, last);
    free(copy);

    return result;
}


static void
the_tags_of_the_standard_make_a_body_without_a_type_html(void **state)
{
    (void) state;

    static const char *const  html[] = {
        "<!DOCTYPE html>", "<!doctype HTML SYSTEM>", "<html>", "<HTML lang=fr>", "<head>", "<script src=x>",
        "<iframe >",
        "<h1>", "<div class=x>", "<font >", "<table>", "<a href=x>", "<style>", "<title>", "<b>", "<body>", "<br>",
        "<p>",
        "<!--", "<!-->", " \t\r\n\f<html>", "\357\273\277<html>", "\357\273\277 <p>"
    };

    static const char *const  other[] = {
        "", "hello", "<", "<html", "<html/>", "<html\n>", "<h2>", "<span>", "<bodyx>", "<!DOCTYPE svg>", "<!ELEMENT",
        "<?xml version='1.0'?>", "<svg>", "{}", "%PDF-", "\357\273\277{}", "x<html>", "<!-"
    };

    for (size_t i = 0; i < N(html); i++) {
        assert_int_equal(sniff(html[i], strlen(html[i]), 1), CONSENT_SNIFF_HTML);
        assert_int_equal(sniff(html[i], strlen(html[i]), 0), CONSENT_SNIFF_HTML);
    }

    for (size_t i = 0; i < N(other); i++) {
        assert_int_equal(sniff(other[i], strlen(other[i]), 1), CONSENT_SNIFF_OTHER);
    }
}


static void
more_is_asked_for_only_while_it_could_become_html(void **state)
{
    (void) state;

    static const char *const  more[] = {
        "", " \n", "<", "<!", "<!DOC", "<htm", "<html", "<!-", "\357", "\357\273", "\357\273\277",
        "\376", "\377", "\357\273\277  <b", "<!DOCTYPE HTML"
    };
    static const char *const  enough[] = { "x", "<s ", "<htmx", "{", "\357x", "<?" };

    for (size_t i = 0; i < N(more); i++) {
        assert_int_equal(sniff(more[i], strlen(more[i]), 0), CONSENT_SNIFF_MORE);
        assert_int_equal(sniff(more[i], strlen(more[i]), 1), CONSENT_SNIFF_OTHER);
    }

    for (size_t i = 0; i < N(enough); i++) {
        assert_int_equal(sniff(enough[i], strlen(enough[i]), 0), CONSENT_SNIFF_OTHER);
    }
}


static void
nobody_waits_behind_white_space_without_end(void **state)
{
    char  bytes[2000];

    (void) state;

    memset(bytes, ' ', sizeof(bytes));
    assert_int_equal(sniff(bytes, 1444, 0), CONSENT_SNIFF_MORE);
    assert_int_equal(sniff(bytes, 1445, 0), CONSENT_SNIFF_OTHER);

    memcpy(bytes + 1440, "<html>", 6);
    assert_int_equal(sniff(bytes, sizeof(bytes), 0), CONSENT_SNIFF_OTHER);

    memcpy(bytes + 1400, "<html>", 6);
    assert_int_equal(sniff(bytes, sizeof(bytes), 0), CONSENT_SNIFF_HTML);
}


static void
a_utf_16_byte_order_mark_is_opaque(void **state)
{
    (void) state;

    assert_int_equal(sniff("\377\376<\0", 4, 0), CONSENT_SNIFF_OPAQUE);
    assert_int_equal(sniff("\376\377\0<", 4, 0), CONSENT_SNIFF_OPAQUE);
    assert_int_equal(sniff("\376\377", 2, 1), CONSENT_SNIFF_OPAQUE);
    assert_int_equal(sniff("\376", 1, 1), CONSENT_SNIFF_OTHER);
    assert_int_equal(sniff("\376x", 2, 0), CONSENT_SNIFF_OTHER);
}


static void
xml_is_told_by_its_name_or_suffix(void **state)
{
    size_t  i;

    (void) state;

    static const char *const  xml[] = {
        "text/xml", "application/xml; charset=utf-8", "image/svg+xml", "application/rss+xml", "Application/XHTML+XML;profile=x"
    };
    static const char *const  other[] = { "", "text/html", "text/plain", "+xml", "application/xmlish", "application/json" };

    for (i = 0; i < N(xml); i++) {
        assert_true(consent_mime_is_xml(consent_str(xml[i])));
    }

    for (i = 0; i < N(other); i++) {
        assert_false(consent_mime_is_xml(consent_str(other[i])));
        assert_false(consent_mime_is_xhtml(consent_str(other[i])));
    }

    assert_true(consent_mime_is_xhtml(consent_str("application/XHTML+xml ; charset=utf-8")));
    assert_false(consent_mime_is_xhtml(consent_str("image/svg+xml")));
}


static void
a_type_may_name_an_opaque_charset(void **state)
{
    (void) state;

    assert_true(consent_mime_is_opaque(consent_str("text/html; charset=utf-16")));
    assert_false(consent_mime_is_opaque(consent_str("text/html; charset=utf-8")));
    assert_false(consent_mime_is_opaque(consent_str("text/html")));
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(a_content_type_is_cut_into_essence_and_charset),
        cmocka_unit_test(html_is_recognised_in_every_spelling_a_browser_reads),
        cmocka_unit_test(a_style_sheet_is_recognised_likewise),
        cmocka_unit_test(a_type_that_says_nothing_counts_as_missing),
        cmocka_unit_test(charsets_whose_bytes_are_not_ascii_are_opaque),
        cmocka_unit_test(the_tags_of_the_standard_make_a_body_without_a_type_html),
        cmocka_unit_test(more_is_asked_for_only_while_it_could_become_html),
        cmocka_unit_test(nobody_waits_behind_white_space_without_end),
        cmocka_unit_test(a_utf_16_byte_order_mark_is_opaque),
        cmocka_unit_test(xml_is_told_by_its_name_or_suffix),
        cmocka_unit_test(a_type_may_name_an_opaque_charset)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
