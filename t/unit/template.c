#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "heap.h"
#include "template.h"

enum { SITE, EMPTY, STYLE, ROWS, COLUMNS, NEVER };

static const consent_template_name_t  names[] = {
    [SITE] = { { "site", 4 }, CONSENT_TEMPLATE_VALUE },
    [EMPTY] = { { "empty", 5 }, CONSENT_TEMPLATE_VALUE },
    [STYLE] = { { "style", 5 }, CONSENT_TEMPLATE_MARKUP },
    [ROWS] = { { "rows", 4 }, CONSENT_TEMPLATE_SECTION },
    [COLUMNS] = { { "columns", 7 }, CONSENT_TEMPLATE_SECTION },
    [NEVER] = { { "never", 5 }, CONSENT_TEMPLATE_SECTION }
};

static heap_t              heap;
static char                reports[4096];
static char                rendered[65536];
static const char         *site;
static const char         *text;
static consent_problems_t  problems;


static int
has_text(const void *data, consent_str_t key)
{
    (void) data;

    return consent_str_eq(key, CONSENT_STR("banner.title"));
}

static const consent_template_scope_t  scope = { names, 6, has_text, NULL };


static consent_str_t
view_text(void *data, consent_str_t key)
{
    (void) data;
    (void) key;

    return consent_str(text);
}


static consent_str_t
view_value(void *data, unsigned name)
{
    (void) data;

    return name == SITE ? consent_str(site) : CONSENT_STR("");
}


static void
view_markup(void *data, unsigned name, consent_buf_t *out)
{
    (void) data;

    assert_int_equal(name, STYLE);
    consent_buf_add(out, CONSENT_STR("<style>a{}</style>"));
}


static int
view_item(void *data, unsigned section, unsigned i)
{
    (void) data;

    return section != NEVER && i < 2;
}

static const consent_template_view_t  view = { view_text, view_value, view_markup, view_item };


static void
report(void *data, const char *file, unsigned line, const char *sentence)
{
    (void) data;

    snprintf(reports + strlen(reports), sizeof(reports) - strlen(reports), "%s:%u: %s\n", file, line, sentence);
}


static int
setup(void **state)
{
    (void) state;

    heap_init(&heap);
    reports[0] = '\0';
    problems = (consent_problems_t) { report, NULL, 0 };
    site = "Ville";
    text = "";

    return 0;
}


static int
teardown(void **state)
{
    (void) state;

    heap_free(&heap);

    return 0;
}


static consent_template_t *
compile(const char *source)
{
    return consent_template_compile(&heap.arena, "x.html", consent_str(source), &scope, &problems);
}


static const char *
render(const char *source)
{
    consent_buf_t        out;
    consent_str_t        s;
    consent_template_t  *template;

    template = compile(source);
    assert_string_equal(reports, "");
    assert_non_null(template);

    consent_buf_init(&out, &heap.arena);
    consent_template_render(template, &view, NULL, &out);

    s = consent_buf_str(&out);
    assert_true(s.data != NULL && s.len < sizeof(rendered));
    memcpy(rendered, s.data, s.len);
    rendered[s.len] = '\0';

    return rendered;
}


static void
what_is_no_tag_stands_as_it_is(void **state)
{
    (void) state;

    assert_string_equal(render(""), "");
    assert_string_equal(render("<p class=\"a\">{ } {x} }}</p>"), "<p class=\"a\">{ } {x} }}</p>");
}


static void
a_value_is_escaped(void **state)
{
    (void) state;

    site = "<b a=\"1\">&'\xc3\xa9";

    assert_string_equal(render("<p title=\"{{site}}\">{{ site }}</p>"),
        "<p title=\"&lt;b a=&quot;1&quot;&gt;&amp;&#39;&#233;\">&lt;b a=&quot;1&quot;&gt;&amp;&#39;&#233;</p>");
}


static void
a_text_is_escaped_and_so_are_the_values_in_it(void **state)
{
    (void) state;

    site = "<Ville>";
    text = "<i>{site}</i>";

    assert_string_equal(render("{{banner.title}}"), "&lt;i&gt;&lt;Ville&gt;&lt;/i&gt;");
}


static void
a_value_in_a_text_is_not_searched_for_names_again(void **state)
{
    (void) state;

    site = "{site}";
    text = "{site}";

    assert_string_equal(render("{{banner.title}}"), "{site}");
}


static void
braces_of_a_text_that_name_no_value_stay(void **state)
{
    (void) state;

    text = "{ {nothing} {style} {rows} {{site}} {site";

    assert_string_equal(render("{{banner.title}}"), "{ {nothing} {style} {rows} {Ville} {site");
}


static void
markup_is_written_by_the_code(void **state)
{
    (void) state;

    assert_string_equal(render("<head>{{{style}}}</head>"), "<head><style>a{}</style></head>");
}


static void
a_section_stands_once_for_each_item(void **state)
{
    (void) state;

    assert_string_equal(render("{{#rows}}<tr>{{#columns}}<td>{{/columns}}{{/rows}}."), "<tr><td><td><tr><td><td>.");
}


static void
a_section_without_items_stands_not_and_its_inverse_once(void **state)
{
    (void) state;

    assert_string_equal(render("a{{#never}}b{{#rows}}c{{/rows}}{{/never}}d"), "ad");
    assert_string_equal(render("a{{^never}}b{{/never}}{{^rows}}c{{/rows}}d"), "abd");
}


static void
a_value_is_a_condition_too(void **state)
{
    (void) state;

    assert_string_equal(render("{{#site}}[{{site}}]{{/site}}{{^site}}none{{/site}}"), "[Ville]");
    assert_string_equal(render("{{#empty}}[{{empty}}]{{/empty}}{{^empty}}none{{/empty}}"), "none");
}


static void
line_breaks_are_layout_of_the_source(void **state)
{
    (void) state;

    assert_string_equal(render("\n<ul>\n  {{#rows}}\n  <li>\n    {{site}}\n  </li>\n  {{/rows}}\n</ul>\n"),
                        "<ul><li>Ville</li><li>Ville</li></ul>");
    assert_string_equal(render("{{#rows}}\n  {{site}}\n{{/rows}}\n{{site}}\n{{site}}"), "VilleVilleVille Ville");
    assert_string_equal(render("<a\n  href=\"x\">one  two\n   three</a>"), "<a href=\"x\">one  two three</a>");
}


static void
every_mistake_is_reported_with_its_line(void **state)
{
    (void) state;

    assert_null(compile("<p>\n{{sit}}\n\n{{banner.titel}}{{{site}}}\n{{style}}\n{{rows}}\n{{#style}}{{/site}}"));

    assert_string_equal(reports,
        "x.html:2: unknown name \"sit\"\n"
        "x.html:4: no locale has the text \"banner.titel\"\n"
        "x.html:4: \"site\" is no markup: write it with two braces, so that it is escaped\n"
        "x.html:5: \"style\" is markup: write it with three braces\n"
        "x.html:6: \"rows\" is a section: write {{#rows}} \xe2\x80\xa6 {{/rows}}\n"
        "x.html:7: \"style\" is markup: write it with three braces\n"
        "x.html:7: {{/site}} closes nothing: no section is open here\n");
}


static void
sections_must_close_in_order(void **state)
{
    (void) state;

    assert_null(compile("{{#rows}}\n{{#columns}}{{/rows}}"));
    assert_string_equal(reports, "x.html:2: {{/rows}} stands where {{/columns}} was expected\n"
                                 "x.html:2: {{/rows}} is missing\n");
}


static void
a_tag_ends_on_its_line(void **state)
{
    (void) state;

    assert_null(compile("<p>{{site\n}}</p>{{{style}}"));
    assert_string_equal(reports, "x.html:1: a tag that begins with {{ does not end on its line\n"
                                 "x.html:2: a tag that begins with {{ does not end on its line\n");
}


static void
nesting_has_an_end(void **state)
{
    (void) state;

    assert_null(compile("{{#rows}}{{#rows}}{{#rows}}{{#rows}}{{#rows}}{{#rows}}{{#rows}}{{#rows}}{{#rows}}"));
    assert_non_null(strstr(reports, "x.html:1: sections are nested more than 8 deep\n"));
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test_setup_teardown(what_is_no_tag_stands_as_it_is, setup, teardown),
        cmocka_unit_test_setup_teardown(a_value_is_escaped, setup, teardown),
        cmocka_unit_test_setup_teardown(a_text_is_escaped_and_so_are_the_values_in_it, setup, teardown),
        cmocka_unit_test_setup_teardown(a_value_in_a_text_is_not_searched_for_names_again, setup, teardown),
        cmocka_unit_test_setup_teardown(braces_of_a_text_that_name_no_value_stay, setup, teardown),
        cmocka_unit_test_setup_teardown(markup_is_written_by_the_code, setup, teardown),
        cmocka_unit_test_setup_teardown(a_section_stands_once_for_each_item, setup, teardown),
        cmocka_unit_test_setup_teardown(a_section_without_items_stands_not_and_its_inverse_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_value_is_a_condition_too, setup, teardown),
        cmocka_unit_test_setup_teardown(line_breaks_are_layout_of_the_source, setup, teardown),
        cmocka_unit_test_setup_teardown(every_mistake_is_reported_with_its_line, setup, teardown),
        cmocka_unit_test_setup_teardown(sections_must_close_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(a_tag_ends_on_its_line, setup, teardown),
        cmocka_unit_test_setup_teardown(nesting_has_an_end, setup, teardown)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
