#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "css.h"
#include "styling.h"

#define T  "//tracker.example/t"
#define N  "about:invalid#ngxc-tracker"

#define ROUNDS  20000

static uint64_t  seed;


static unsigned
random_below(unsigned n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;

    return (unsigned) (seed >> 11) % n;
}


static size_t
random_piece(void *data)
{
    (void) data;

    return random_below(3) ? 1 + random_below(12) : 1 + random_below(400);
}


static size_t
one_byte(void *data)
{
    (void) data;

    return 1;
}


static int
start(void **state)
{
    static rewriting_t  r;

    rewriting_start(&r);
    *state = &r;

    return 0;
}


static int
end(void **state)
{
    rewriting_end(*state);

    return 0;
}


static styling_t
rewritten(rewriting_t *r, const char *sheet, const char *want)
{
    styling_t  result;

    styling_run(r, sheet, strlen(sheet), one_byte, NULL);
    assert_string_equal(r->out.data, want);

    result = styling_run(r, sheet, strlen(sheet), NULL, NULL);
    assert_string_equal(r->out.data, want);

    return result;
}


static void
addresses_of_services_are_replaced_as_in_a_style_element(void **state)
{
    rewriting_t  *r = *state;

    static const struct {
        const char  *before;
        const char  *after;     /* NULL: the same */
    } rows[] = {
        { "@import url(" T ");", "@import url(" N ");" },
        { "@import \"" T "\" layer(x) screen;", "@import \"" N "\" layer(x) screen;" },
        { "@charset \"utf-8\";@import'" T "';", "@charset \"utf-8\";@import'" N "';" },
        { "\xef\xbb\xbf@import '" T "';", "\xef\xbb\xbf@import '" N "';" },
        { "@media print{@import '" T "';}", "@media print{@import '" N "';}" },
        { "@font-face{src:local(x),url('" T "') format(\"woff2\")}", "@font-face{src:local(x),url('" N "') format(\"woff2\")}" },
        { "a{background:image-set('" T "' 1x,'//video.example/v' 2x)}",
          "a{background:image-set('" N "' 1x,'about:invalid#ngxc-video' 2x)}" },
        { "a{b:src('" T "')}", "a{b:src('" N "')}" },
        { "@x\"a\"url(" T ")@\"\"src('" T "')", "@x\"a\"url(" N ")@\"\"src('" N "')" },
        { ":root{--logo:url(" T ")}", ":root{--logo:url(" N ")}" },
        { "a{b:url(" T, "a{b:url(" N },
        { "a{b:url('" T, "a{b:url('" N },
        { "@x\" url(" T ") \";a{b:url(" T ")}", "@x\" url(" T ") \";a{b:url(" N ")}" },
        { "@x/*'*/;a{b:url(" T ")}", "@x/*'*/;a{b:url(" N ")}" },
        { "@x(url(" T "))", "@x(url(" N "))" },
        { "<!-- @import '" T "'; -->", "<!-- @import '" N "'; -->" },
        { "@import 'theme.css';@import '../fonts.css';a{b:url(own.png)}", NULL },
        { "a{b:url(//unknown.example/x)}", NULL },
        { "a{b:url(data:font/woff2;base64,AAAA//tracker.example/)}", NULL },
        { "/* " T " url(" T ") */a{content:'" T "'}@namespace '" T "';", NULL },
        { "", NULL }
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        rewritten(r, rows[i].before, rows[i].after ? rows[i].after : rows[i].before);
    }
}


static void
an_address_is_resolved_against_that_of_the_sheet(void **state)
{
    rewriting_t  *r = *state;

    r->policy->unknown_hosts = CONSENT_UNKNOWN_BLOCK;
    r->conf.page.host = CONSENT_STR("assets.site.example");
    rewritten(r, "a{b:url(own.png)url(//unknown.example/)}", "a{b:url(own.png)url(about:invalid#ngxc-)}");

    r->conf.page.path = CONSENT_STR("/css/a.css");
    rewritten(r, "a{b:url(../tracker.js)}", "a{b:url(" N ")}");
    rewritten(r, "a{b:url(../tracker.jpg)}", "a{b:url(../tracker.jpg)}");
}


static void
a_sheet_imported_from_an_address_that_holds_it_is_read(void **state)
{
    styling_t     result;
    rewriting_t  *r = *state;

    static const char  nested[] = "@import 'data:text/css,@import%20%22data:text/css,a{}%22';";

    rewritten(r, "@import 'data:text/css,@import%20%22" T "%22';", "@import '" N "';");
    rewritten(r, "@import url(data:text/css;base64,QGltcG9ydCAnLy90cmFja2VyLmV4YW1wbGUvJzs=);", "@import url(" N ");");
    rewritten(r, "@import 'data:text/css,a{}';b{c:url(data:text/css,x)}", "@import 'data:text/css,a{}';b{c:url(data:text/css,x)}");
    rewritten(r, "@import 'dist/a.css';", "@import 'dist/a.css';");

    /* one in one is not read */

    assert_true(rewritten(r, nested, "@import 'about:invalid#ngxc-';").depends);

    rewriting_answer(r, CONSENT_ACCEPTED);
    r->policy->unknown_services = CONSENT_UNKNOWN_REPORT;
    result = rewritten(r, nested, nested);
    assert_true(result.depends);
    assert_true(result.open);
}


static void
a_long_address_is_decided_by_its_beginning(void **state)
{
    size_t        i, n;
    char         *sheet;
    styling_t     result;
    rewriting_t  *r = *state;

    for (i = 0; i < 12; i++) {
        sheet = malloc(20000);
        assert_non_null(sheet);

        n = (size_t) sprintf(sheet, "a{b:url(" T "?");
        memset(sheet + n, 'x', CONSENT_CSS_LIMIT - 26 + i);
        strcpy(sheet + n + CONSENT_CSS_LIMIT - 26 + i, ")}c{d:url(" T ")}");

        result = rewritten(r, sheet, "a{b:url(" N ")}c{d:url(" N ")}");
        assert_int_equal(result.stats.neutralised, 2);

        memcpy(strstr(sheet, "tracker"), "unknown", 7);
        memcpy(strstr(sheet, "tracker"), "unknown", 7);
        rewritten(r, sheet, sheet);

        free(sheet);
    }
}


static void
a_sheet_depends_on_the_choice_when_it_names_a_service_that_can_be_chosen(void **state)
{
    rewriting_t  *r = *state;

    assert_false(rewritten(r, "a{b:url(/own)}", "a{b:url(/own)}").depends);
    assert_false(rewritten(r, "a{b:url(//unknown.example/x)}", "a{b:url(//unknown.example/x)}").depends);
    assert_false(rewritten(r, "/*" T "*/", "/*" T "*/").depends);
    assert_true(rewritten(r, "a{b:url(" T ")}", "a{b:url(" N ")}").depends);

    rewriting_answer(r, CONSENT_ACCEPTED);
    assert_true(rewritten(r, "a{b:url(" T ")}", "a{b:url(" T ")}").depends);
    assert_false(rewritten(r, "a{b:url(/own)}", "a{b:url(/own)}").depends);

    r->policy->entries[0].basis = CONSENT_BASIS_NECESSARY;
    assert_false(rewritten(r, "a{b:url(" T ")}", "a{b:url(" T ")}").depends);
    assert_true(rewritten(r, "a{b:url(" T ")url(//video.example/)}", "a{b:url(" T ")url(//video.example/)}").depends);

    r->policy->unknown_hosts = CONSENT_UNKNOWN_BLOCK;
    assert_true(rewritten(r, "a{b:url(//unknown.example/x)}", "a{b:url(about:invalid#ngxc-)}").depends);
}


static void
a_sheet_is_open_when_it_lets_through_what_may_be_refused(void **state)
{
    rewriting_t  *r = *state;

    assert_false(rewritten(r, "a{b:url(" T ")}", "a{b:url(" N ")}").open);
    assert_false(rewritten(r, "a{b:url(" T ")}", "a{b:url(" N ")}").may_open);

    r->choices.answers[0] = CONSENT_ACCEPTED;
    assert_true(rewritten(r, "a{b:url(" T ")}", "a{b:url(" T ")}").open);
    assert_false(rewritten(r, "a{b:url(//video.example/)}", "a{b:url(about:invalid#ngxc-video)}").open);
    assert_false(rewritten(r, "a{b:url(//unknown.example/)}", "a{b:url(//unknown.example/)}").open);
    assert_true(rewritten(r, "a{b:url(/own)}", "a{b:url(/own)}").may_open);

    r->policy->entries[0].basis = CONSENT_BASIS_NECESSARY;
    assert_false(rewritten(r, "a{b:url(" T ")}", "a{b:url(" T ")}").open);
}


static void
observing_reports_and_changes_nothing(void **state)
{
    styling_t     result;
    rewriting_t  *r = *state;

    r->conf.observe = 1;
    result = rewritten(r, "@import '" T "';a{b:url(//unknown.example/x)}", "@import '" T "';a{b:url(//unknown.example/x)}");

    assert_string_equal(r->reports, "stylesheet tracker.example tracker\nstylesheet unknown.example -\n");
    assert_int_equal(result.stats.neutralised, 0);
    assert_true(result.depends);
}


static void
what_cannot_be_read_says_so_at_its_beginning(void **state)
{
    size_t        i;
    rewriting_t  *r = *state;

    static const struct {
        const char  *sheet;
        size_t       len;
        int          opaque;
    } rows[] = {
        { "\xff\xfe@\0i\0", 6, 1 },
        { "\xfe\xff\0@\0i", 6, 1 },
        { "@charset \"iso-2022-jp\";", 23, 1 },
        { "@charset \" ISO-2022-JP \";", 25, 1 },
        { "@charset \"csISO2022JP\";", 23, 1 },
        { "@charset \"utf-16\";", 18, 0 },
        { "@charset \"shift_jis\";", 21, 0 },
        { "@charset 'iso-2022-jp';", 23, 0 },
        { " @charset \"iso-2022-jp\";", 24, 0 },
        { "\xef\xbb\xbf@import", 10, 0 },
        { "\xff", 1, 0 },
        { "", 0, 0 }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(styling_run(r, rows[i].sheet, rows[i].len, one_byte, NULL).opaque, rows[i].opaque);
    }
}


static const char *const  pieces[] = {
    "@import ", "@charset \"utf-8\";", "url(", "URL(", "u\\72l(", "src(", "image-set(", "-webkit-image-set(", "cross-fade(",
    ")", "(", "'", "\"", "\\", "\\\n", "\n", " ", ";", "{", "}", "/*", "*/", "*", "/", "<!--", "-->", "@namespace ", "@media x",
    "a{b:", "color:red", "@", "@x", "data:,", "data:image/png;base64,", "@import 'data:text/css,@import%20%22//tracker.example/%22", "//tracker.example/t", "https://video.example/v", "/own.png",
    "//unknown.example/", "\\2f /tracker.example/", "../tracker.js", "\xef\xbb\xbf", "\xc3\xa9", "\0", "x", "about:invalid#ngxc-"
};


static void
generate(bytes_t *sheet)
{
    unsigned     i, n, which;

    sheet->len = 0;

    for (i = 0, n = 1 + random_below(30); i < n; i++) {
        which = random_below(sizeof(pieces) / sizeof(pieces[0]));
        bytes_add(sheet, pieces[which], *pieces[which] ? strlen(pieces[which]) : 1);
    }
}


static void
expect(const bytes_t *sheet, const bytes_t *got, const bytes_t *want)
{
    if (got->len != want->len || memcmp(got->data, want->data, want->len) != 0) {
        fail_msg("input: %.*s\n  got: %.*s\n want: %.*s", (int) sheet->len, sheet->data, (int) got->len, got->data, (int) want->len,
                 want->data);
    }
}


static void
properties_hold_for_generated_sheets(void **state)
{
    int           i;
    bytes_t       sheet = { NULL, 0, 0 }, whole = { NULL, 0, 0 };
    rewriting_t  *r = *state;

    /* so that with all accepted there is nothing that may not be loaded */

    r->policy->unknown_services = CONSENT_UNKNOWN_REPORT;

    seed = getenv("NGXC_SEED") ? strtoull(getenv("NGXC_SEED"), NULL, 10) : 20261122;

    for (i = 0; i < ROUNDS; i++) {
        generate(&sheet);

        /* however it is cut: the same */

        styling_run(r, sheet.data, sheet.len, NULL, NULL);
        whole.len = 0;
        bytes_add(&whole, r->out.data, r->out.len);

        styling_run(r, sheet.data, sheet.len, random_piece, NULL);
        expect(&sheet, &r->out, &whole);
        styling_run(r, sheet.data, sheet.len, one_byte, NULL);
        expect(&sheet, &r->out, &whole);

        /* nothing is left in it that would be taken away, and nobody depends on anything */

        styling_run(r, whole.data, whole.len, NULL, NULL);
        expect(&sheet, &r->out, &whole);

        if (r->disallowed > 0) {
            fail_msg("left over: %s\ninput: %.*s", r->reports, (int) sheet.len, sheet.data);
        }

        /* accepted, it is the original */

        rewriting_answer(r, CONSENT_ACCEPTED);
        styling_run(r, sheet.data, sheet.len, random_piece, NULL);
        expect(&sheet, &r->out, &sheet);
        rewriting_answer(r, CONSENT_UNDECIDED);
    }

    free(sheet.data);
    free(whole.data);
}


#define TEST(name)  cmocka_unit_test_setup_teardown(name, start, end)

int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST(addresses_of_services_are_replaced_as_in_a_style_element),
        TEST(an_address_is_resolved_against_that_of_the_sheet),
        TEST(a_sheet_imported_from_an_address_that_holds_it_is_read),
        TEST(a_long_address_is_decided_by_its_beginning),
        TEST(a_sheet_depends_on_the_choice_when_it_names_a_service_that_can_be_chosen),
        TEST(a_sheet_is_open_when_it_lets_through_what_may_be_refused),
        TEST(observing_reports_and_changes_nothing),
        TEST(what_cannot_be_read_says_so_at_its_beginning),
        TEST(properties_hold_for_generated_sheets)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
