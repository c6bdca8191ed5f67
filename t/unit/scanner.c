/* Where tags begin and end. Each row: text, the mode it is read in, and the tags in it, separated by "|". */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "scanner.h"

typedef struct {
    const char           *text;
    const char           *tags;
} row_t;


static void
scan(const char *text, consent_text_mode_t mode, const char *last, size_t step, char *out, size_t size)
{
    size_t               i, n, len;
    const char          *p, *end;
    consent_scan_t       event;
    consent_scanner_t    s;

    consent_scanner_init(&s, 4096);
    memcpy(s.name, last, strlen(last));
    s.name_len = (unsigned char) strlen(last);
    consent_scanner_text(&s, mode);

    out[0] = '\0';
    n = 0;
    len = strlen(text);

    for (i = 0; i < len; i += step) {
        p = text + i;
        end = len - i < step ? text + len : p + step;

        while (p < end) {
            p = consent_scanner_run(&s, p, end, &event);

            if (event == CONSENT_SCAN_TAG) {
                n += (size_t) snprintf(out + n, size - n, "%s%.*s", n ? "|" : "", (int) s.held, p - s.held);
            }
        }
    }
}


static void
check(const row_t *rows, size_t n, consent_text_mode_t mode, const char *last)
{
    char    out[1024];
    size_t  i, step;

    for (i = 0; i < n; i++) {
        for (step = 1; step <= strlen(rows[i].text) + 1; step++) {
            scan(rows[i].text, mode, last, step, out, sizeof(out));
            assert_string_equal(out, rows[i].tags);
        }
    }
}

#define CHECK(rows, mode, last)  check(rows, sizeof(rows) / sizeof(rows[0]), mode, last)


static void
a_tag_ends_at_the_first_greater_than_sign_outside_of_a_quoted_value(void **state)
{
    static const row_t  rows[] = {
        { "<b>", "<b>" },
        { "<img alt=\"a>b\" src=x>y", "<img alt=\"a>b\" src=x>" },
        { "<img alt='a>\"b'>", "<img alt='a>\"b'>" },
        { "<img alt=a>b\">", "<img alt=a>" },
        { "<img alt=a'b>c'>", "<img alt=a'b>" },
        { "<img a\"b>c\">", "<img a\"b>" },
        { "<img \"a>b\">", "<img \"a>" },
        { "<img a= \">\">", "<img a= \">\">" },
        { "<img a=\n'>'>", "<img a=\n'>'>" },
        { "<img a=>", "<img a=>" },
        { "<img =\">\">", "<img =\">" },
        { "<img a==\">\">", "<img a==\">" },
        { "<img a=b c=\">\">", "<img a=b c=\">\">" },
        { "<img a= b=\">\">", "<img a= b=\">" },
        { "<img a=\"x\"b=\">\">", "<img a=\"x\"b=\">\">" },
        { "<img a=/ b=\">\">", "<img a=/ b=\">\">" },
        { "<img/a=\">\"/>", "<img/a=\">\"/>" },
        { "<img\fa\t=\r\">\">", "<img\fa\t=\r\">\">" },
        { "<img\va=\">\">", "<img\va=\">" },
        { "</p x=\">\">y", "</p x=\">\">" }
    };

    (void) state;
    CHECK(rows, CONSENT_TEXT_DATA, "");
}


static void
what_only_looks_like_a_tag_is_none(void **state)
{
    static const row_t  rows[] = {
        { "a < b > c", "" },
        { "<1>", "" },
        { "< b>", "" },
        { "</>", "" },
        { "</ b>", "" },
        { "<!b>", "" },
        { "<?b>", "" },
        { "<<b>", "<b>" },
        { "<b", "" },
        { "<b a=\"", "" },
        { "<!doctype html \">\"><b>", "<b>" },
        { "<!DOCTYPE \"<i>\"><b>", "<b>" },
        { "<? \"<i>\" ?><b>", "<b>" },
        { "<![CDATA[<i>]]><b>", "<b>" }
    };

    (void) state;
    CHECK(rows, CONSENT_TEXT_DATA, "");
}


static void
comments_end_in_four_ways(void **state)
{
    static const row_t  rows[] = {
        { "<!--<i>--><b>", "<b>" },
        { "<!--<i>--!><b>", "<b>" },
        { "<!--><b>", "<b>" },
        { "<!---><b>", "<b>" },
        { "<!----><b>", "<b>" },
        { "<!-- <i> -- > <i> --><b>", "<b>" },
        { "<!-- <!-- <i> --><b>", "<b>" },
        { "<!-- --!-><i>--><b>", "<b>" },
        { "<!-- ---!><b>", "<b>" },
        { "<!-><b>", "<b>" },
        { "<!--<i>", "" }
    };

    (void) state;
    CHECK(rows, CONSENT_TEXT_DATA, "");
}


static void
raw_text_ends_at_its_own_end_tag_only(void **state)
{
    static const row_t  rows[] = {
        { "<b></i></title><b>", "</title>|<b>" },
        { "</titles></title ><b>", "</title >|<b>" },
        { "</TITLE/><b>", "</TITLE/>|<b>" },
        { "</title x='>'><b>", "</title x='>'>|<b>" },
        { "</ title></title\n><b>", "</title\n>|<b>" },
        { "<</title><b>", "</title>|<b>" },
        { "<!--</title><b>", "</title>|<b>" }
    };

    (void) state;
    CHECK(rows, CONSENT_TEXT_RCDATA, "title");
    CHECK(rows, CONSENT_TEXT_RAWTEXT, "title");
}


static void
a_script_survives_its_own_name_between_comment_marks(void **state)
{
    static const row_t  rows[] = {
        { "a</script><b>", "</script>|<b>" },
        { "<!--<script></script>--></script><b>", "</script>|<b>" },
        { "<!--<script></script><i>--></script><b>", "</script>|<b>" },
        { "<!--</script><b>", "</script>|<b>" },
        { "<!--<script>--></script><b>", "</script>|<b>" },
        { "<!--<script ></script </script><b>", "</script>|<b>" },
        { "<!--<scripty></script><b>", "</script>|<b>" },
        { "<!-- <SCRIPT/a></SCRIPT></script><b>", "</script>|<b>" },
        { "<!--><script></script><b>", "</script>|<b>" },
        { "<!-<script></script><b>", "</script>|<b>" },
        { "\"<!--<script>\"</script>\"-->\"</script><b>", "</script>|<b>" }
    };

    (void) state;
    CHECK(rows, CONSENT_TEXT_SCRIPT, "script");
}


static void
plain_text_never_ends(void **state)
{
    static const row_t  rows[] = {
        { "<b></plaintext><b>", "" }
    };

    (void) state;
    CHECK(rows, CONSENT_TEXT_PLAINTEXT, "plaintext");
}


static void
a_cdata_section_ends_at_its_brackets(void **state)
{
    static const row_t  rows[] = {
        { "<i>]]><b>", "<b>" },
        { "]>]]]><b>", "<b>" },
        { "]] ><i>", "" }
    };

    (void) state;
    CHECK(rows, CONSENT_TEXT_CDATA, "svg");
}


static void
only_a_slash_of_its_own_closes(void **state)
{
    size_t               i, step;
    const char          *p, *end;
    consent_scan_t       event;
    consent_scanner_t    s;

    static const struct {
        const char  *tag;
        int          closing;
    } rows[] = {
        { "<a/>", 1 }, { "<a />", 1 }, { "<a b=\"c\"/>", 1 }, { "<a b=\"c\" />", 1 }, { "<a b/>", 1 }, { "<a b='/'/>",
        1 },
        { "<a b=c/>", 0 }, { "<a b=/>", 0 }, { "<a b= />", 0 }, { "<a/ >", 0 }, { "<a b='/'>", 0 }, { "<a b=c />", 1 }
    };

    (void) state;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (step = 1; step < 12; step += 10) {
            consent_scanner_init(&s, 4096);

            for (p = rows[i].tag; *p != '\0'; ) {
                end = strlen(p) < step ? p + strlen(p) : p + step;
                p = consent_scanner_run(&s, p, end, &event);
            }

            assert_int_equal(event, CONSENT_SCAN_TAG);
            assert_int_equal(s.self_closing, rows[i].closing);
        }
    }
}


/* The limit falls on the same byte whether it comes in one piece or in many. */

static void
a_tag_longer_than_the_limit_is_reported_attribute_by_attribute(void **state)
{
    size_t               step, n, i;
    char                 events[256];
    const char          *p, *end;
    consent_scan_t       event;
    consent_scanner_t    s;

    static const char    tag[] = "<img alt='0123456789' src=abc title=\"0123456789012345678901234567890123456789\""
        " id=x>y";
    static const char *const  names[] = { "more", "tag", "limit", "attribute", "declaration", "end" };

    (void) state;

    for (step = 1; step <= sizeof(tag); step++) {
        consent_scanner_init(&s, 24);
        n = 0;

        for (i = 0; i < sizeof(tag) - 1; i += step) {
            p = tag + i;
            end = sizeof(tag) - 1 - i < step ? tag + sizeof(tag) - 1 : p + step;

            while (p < end) {
                p = consent_scanner_run(&s, p, end, &event);

                if (event != CONSENT_SCAN_MORE) {
                    n += (size_t) snprintf(events + n, sizeof(events) - n, "%s %d %zu, ", names[event], (int) (p - tag),
                                           s.held);
                    s.held = 0;
                }
            }
        }

        assert_string_equal(events, "limit 24 24, attribute 30 6, limit 54 24, attribute 78 24, tag 84 6, ");
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(a_tag_ends_at_the_first_greater_than_sign_outside_of_a_quoted_value),
        cmocka_unit_test(what_only_looks_like_a_tag_is_none),
        cmocka_unit_test(comments_end_in_four_ways),
        cmocka_unit_test(raw_text_ends_at_its_own_end_tag_only),
        cmocka_unit_test(a_script_survives_its_own_name_between_comment_marks),
        cmocka_unit_test(plain_text_never_ends),
        cmocka_unit_test(a_cdata_section_ends_at_its_brackets),
        cmocka_unit_test(only_a_slash_of_its_own_closes),
        cmocka_unit_test(a_tag_longer_than_the_limit_is_reported_attribute_by_attribute)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
