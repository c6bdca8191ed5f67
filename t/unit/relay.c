/* A relay in a page: what stands for another host, what may be changed for it, and what is reported instead. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "relay.h"
#include "rewriting.h"

#define SNIPPET(host)                                                                                                     \
    "<script>\n"                                                                                                          \
    "  var _paq = window._paq = window._paq || [];\n"                                                                     \
    "  _paq.push(['trackPageView']);\n"                                                                                   \
    "  (function() {\n"                                                                                                   \
    "    var u=\"" host "\";\n"                                                                                           \
    "    _paq.push(['setTrackerUrl', u+'matomo.php']);\n"                                                                 \
    "    var d=document, g=d.createElement('script'); g.src=u+'matomo.js';\n"                                             \
    "  })();\n"                                                                                                           \
    "</script>\n"                                                                                                         \
    "<noscript><p><img src=\"" host "matomo.php?idsite=1&amp;rec=1\" style=\"border:0;\" alt=\"\" /></p></noscript>\n"

#define REST  "<p>On <a href=\"https://stats.example.fr/report\">stats.example.fr</a></p>\n"

static char  direct[4096];


static void
on_direct(void *data, const consent_direct_t *d)
{
    size_t  used = strlen(direct);

    (void) data;
    snprintf(direct + used, sizeof(direct) - used, "%.*s %.*s: %.*s\n", (int) d->claim.service->id.len,
             d->claim.service->id.data, (int) d->host.len, d->host.data, (int) d->line.len, d->line.data);
}


static void
with_matomo(rewriting_t *r, const char *keys)
{
    char  policy[1024];

    snprintf(policy, sizeof(policy),
             "{ \"site\": \"Site\", \"hosts\": [\"www.site.example\"], \"languages\": [\"en\"],"
             "  \"controller\": { \"name\": \"Site\", \"privacy_policy\": \"/privacy\" },"
             "  \"services\": [ { \"use\": \"matomo\", %s } ] }", keys);

    consent_policy_destroy(r->policy);
    r->policy = consent_policy_parse(&r->heap.arena, "policy.json", consent_str(policy), r->catalogue, r->locales,
                                     &r->problems);
    assert_non_null(r->policy);

    consent_choices_init(&r->choices, r->policy, 0);
}


static int
setup(void **state)
{
    static rewriting_t  r;

    rewriting_start(&r);
    r.conf.direct = on_direct;
    with_matomo(&r, "\"basis\": \"exempt\", \"hosts\": [\"stats.example.fr\", \"old.example.fr\"], \"relay\": \"/stats/\"");
    *state = &r;

    return 0;
}


static int
teardown(void **state)
{
    rewriting_end(*state);

    return 0;
}


static size_t
one_byte(void *data)
{
    (void) data;

    return 1;
}


/* Rewritten, the same in one piece and byte by byte. */

static const char *
page(rewriting_t *r, const char *bytes)
{
    char         *whole;
    static char   reports[sizeof(direct)];

    direct[0] = '\0';
    rewriting_run(r, bytes, strlen(bytes), NULL, NULL);
    whole = strdup(r->out.data);
    memcpy(reports, direct, sizeof(direct));

    direct[0] = '\0';
    rewriting_run(r, bytes, strlen(bytes), one_byte, NULL);
    assert_string_equal(r->out.data, whole);
    assert_string_equal(direct, reports);
    free(whole);

    return r->out.data;
}


static void
the_published_snippet_speaks_to_the_site_itself(void **state)
{
    assert_string_equal(page(*state, SNIPPET("//stats.example.fr/") REST), SNIPPET("/stats/") REST);
    assert_string_equal(direct, "");

    assert_string_equal(page(*state, SNIPPET("https://stats.example.fr/") REST), SNIPPET("/stats/") REST);
    assert_string_equal(page(*state, SNIPPET("http://Stats.Example.FR/matomo/") REST), SNIPPET("/stats/matomo/") REST);
    assert_string_equal(page(*state, SNIPPET("//old.example.fr/")), SNIPPET("/stats/"));
    assert_string_equal(direct, "");
}


static void
so_do_scripts_and_pictures_that_are_loaded_from_it(void **state)
{
    assert_string_equal(page(*state, "<script async src='https://stats.example.fr/matomo.js?v=1' id=a></script>"
                                     "<img alt=\"\" SRC=//stats.example.fr/matomo.php?idsite=1>"
                                     "<img src=\" //old.example.fr/x\">"),
                        "<script async src='/stats/matomo.js?v=1' id=a></script>"
                        "<img alt=\"\" SRC=/stats/matomo.php?idsite=1>"
                        "<img src=\" /stats/x\">");
    assert_string_equal(direct, "");
}


static void
any_other_form_is_left_as_it_is_and_reported_with_its_line(void **state)
{
    size_t  i;

    static const struct {
        const char  *html;
        const char  *report;
    }  forms[] = {
        { "<script>\nvar x;\n  g.src='https://stats.example.fr/matomo.js';\n</script>",
          "matomo stats.example.fr: g.src='https://stats.example.fr/matomo.js';\n" },
        { "<script>_paq.push(['setTrackerUrl', '//stats.example.fr/matomo.php'])</script>",
          "matomo stats.example.fr: _paq.push(['setTrackerUrl', '//stats.example.fr/matomo.php'])\n" },
        { "<script>_paq.push(1); var u=\"https:\\/\\/stats.example.fr\\/\";</script>",
          "matomo stats.example.fr: _paq.push(1); var u=\"https:\\/\\/stats.example.fr\\/\";\n" },
        { "<script>var u=((\"https:\" == document.location.protocol) ? \"https\" : \"http\") + \"://old.example.fr/\";</script>",
          "matomo old.example.fr: var u=((\"https:\" == document.location.protocol) ? \"https\" : \"http\") + "
          "\"://old.example.fr/\";\n" },
        { "<script>var menu=\"//stats.example.fr/\"; _paq.push(1)</script>",
          "matomo stats.example.fr: var menu=\"//stats.example.fr/\"; _paq.push(1)\n" },
        { "<script>var u=\"//stats.example.fr/\";</script>", "matomo stats.example.fr: var u=\"//stats.example.fr/\";\n" },
        { "<script>_paq.push(1); var u=\"//stats.example.fr:8443/\";</script>",
          "matomo stats.example.fr: _paq.push(1); var u=\"//stats.example.fr:8443/\";\n" },
        { "<link rel=preconnect href=https://stats.example.fr>",
          "matomo stats.example.fr: <link rel=preconnect href=https://stats.example.fr>\n" },
        { "<iframe src=\"//stats.example.fr/index.php?module=CoreAdminHome&amp;action=optOut\"></iframe>",
          "matomo stats.example.fr: <iframe src=\"//stats.example.fr/index.php?module=CoreAdminHome&amp;action=optOut\">\n" },
        { "<img src=\"&#47;/stats.example.fr/x.png\">", "matomo stats.example.fr: <img src=\"&#47;/stats.example.fr/x.png\">\n" },
        { "<img src=//stats.example.fr:8443/x.png>", "matomo stats.example.fr: <img src=//stats.example.fr:8443/x.png>\n" },
        { "<img src=//www.stats.example.fr/x.png>", "matomo www.stats.example.fr: <img src=//www.stats.example.fr/x.png>\n" },
        { "<script src=https://cdn.example/matomo.js></script>",
          "matomo cdn.example: <script src=https://cdn.example/matomo.js>\n" },
        { "<style>p { background: url(//stats.example.fr/p.png) }</style>", "matomo stats.example.fr: \n" }
    };

    for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        assert_string_equal(page(*state, forms[i].html), forms[i].html);
        assert_string_equal(direct, forms[i].report);
    }
}


static void
what_a_tag_has_beside_its_src_is_reported_too(void **state)
{
    assert_string_equal(page(*state, "<img src=//stats.example.fr/a srcset=\"//stats.example.fr/b 2x\">"),
                        "<img src=/stats/a srcset=\"//stats.example.fr/b 2x\">");
    assert_string_equal(direct, "matomo stats.example.fr: <img src=//stats.example.fr/a srcset=\"//stats.example.fr/b 2x\">\n");
}


static void
what_only_resembles_the_host_is_nobody_s(void **state)
{
    static const char  html[] =
        "<script>_paq.push(1); a='//mystats.example.fr/'; b='stats.example.frog'; c='x@stats.example.fr'; "
        "d='//stats.example.fr.example/'; e='//a-stats.example.fr/'; var u='//www.site.example/matomo/';</script>"
        "<a href=//stats.example.fr/>r</a><img src=//mystats.example.fr/a><img src=/stats/a>"
        "<script type=application/json>{\"u\": \"var u=\\\"//stats.example.fr/\\\"; _paq.push(1)\"}</script>";

    assert_string_equal(page(*state, html), html);
    assert_string_equal(direct, "");
}


static void
nothing_is_relayed_of_a_service_that_may_not_run(void **state)
{
    rewriting_t  *r = *state;

    rewriting_answer(r, CONSENT_REFUSED);
    page(r, SNIPPET("//stats.example.fr/") "<img src=//stats.example.fr/a>");

    assert_int_equal(r->stats.neutralised, 3);
    assert_null(strstr(r->out.data, "/stats/matomo"));
    assert_string_equal(direct, "");
}


static void
a_script_that_waits_for_a_consent_manager_is_changed_whatever_the_gateway_was_told(void **state)
{
    rewriting_t  *r = *state;

    static const char  sent[] = "<script type=\"text/plain\" data-consent=\"analytics\">_paq.push(1); var u=\"//stats.example.fr/\";</script>"
                                "<script type=text/plain>x='//stats.example.fr/'</script>";
    static const char  expected[] = "<script type=\"text/plain\" data-consent=\"analytics\">_paq.push(1); var u=\"/stats/\";</script>"
                                    "<script type=text/plain>x='//stats.example.fr/'</script>";

    assert_string_equal(page(r, sent), expected);
    assert_string_equal(direct, "matomo stats.example.fr: x='//stats.example.fr/'\n");

    rewriting_answer(r, CONSENT_REFUSED);
    assert_string_equal(page(r, sent), expected);

    with_matomo(r, "\"hosts\": [\"stats.example.fr\"]");
    assert_string_equal(page(r, sent), sent);
    assert_string_equal(direct, "");
}


static void
monitor_changes_nothing_and_reports_what_would_stay(void **state)
{
    rewriting_t  *r = *state;

    r->conf.observe = 1;
    assert_string_equal(page(r, SNIPPET("//stats.example.fr/") "<img src=//stats.example.fr/a>"),
                        SNIPPET("//stats.example.fr/") "<img src=//stats.example.fr/a>");
    assert_string_equal(direct, "");

    page(r, "<script>x='//stats.example.fr/'</script>");
    assert_string_equal(direct, "matomo stats.example.fr: x='//stats.example.fr/'\n");
}


static void
under_a_base_of_another_host_the_path_would_lead_there(void **state)
{
    static const char  html[] = "<base href=//cdn.example/><img src=//stats.example.fr/a>";

    assert_string_equal(page(*state, html), html);
    assert_string_equal(direct, "matomo stats.example.fr: <img src=//stats.example.fr/a>\n");

    assert_string_equal(page(*state, "<base href=/deep/><img src=//stats.example.fr/a>"),
                        "<base href=/deep/><img src=/stats/a>");
}


static void
a_document_in_a_srcdoc_is_a_page_too(void **state)
{
    page(*state, "<iframe srcdoc=\"<img src=//stats.example.fr/a><img src=//stats.example.fr:1/b>\"></iframe>");
    assert_non_null(strstr(((rewriting_t *) *state)->out.data, "&lt;img src=/stats/a&gt;"));
    assert_string_equal(direct, "matomo stats.example.fr: <img src=//stats.example.fr:1/b>\n");
}


static void
a_script_that_is_too_long_to_be_held_is_changed_where_it_has_not_left(void **state)
{
    size_t        i;
    bytes_t       html = { NULL, 0, 0 };
    rewriting_t  *r = *state;

    r->conf.hold = 1024;

    bytes_add(&html, "<script>_paq.push(1); var u=\"//stats.example.fr/\";", 50);

    for (i = 0; i < 400; i++) {
        bytes_add(&html, "\nfunction () { }", 16);
    }

    bytes_add(&html, "\nx='//stats.example.fr/'</script>", 34);

    page(r, html.data);
    assert_memory_equal(r->out.data, "<script>_paq.push(1); var u=\"/stats/\";\nfun", 40);
    assert_string_equal(direct, "matomo stats.example.fr: x='//stats.example.fr/'\n");

    free(html.data);
}


static void
without_a_relay_a_page_that_calls_it_is_known_all_the_same(void **state)
{
    static const char  html[] = SNIPPET("//elsewhere.example/");

    with_matomo(*state, "\"basis\": \"exempt\"");
    assert_string_equal(page(*state, html), html);
    assert_string_equal(direct, "matomo elsewhere.example: var u=\"//elsewhere.example/\";\n");

    with_matomo(*state, "\"basis\": \"exempt\", \"hosts\": [\"stats.example.fr\"]");
    assert_string_equal(page(*state, SNIPPET("//stats.example.fr/")), SNIPPET("//stats.example.fr/"));
    assert_string_equal(direct, "matomo stats.example.fr: var u=\"//stats.example.fr/\";\n"
                                "matomo stats.example.fr: \n");

    assert_string_equal(page(*state, SNIPPET("/matomo/")), SNIPPET("/matomo/"));
    assert_string_equal(direct, "");
}


static void
of_a_long_line_what_surrounds_the_place_is_shown(void **state)
{
    char            text[1000];
    consent_str_t   line;
    consent_span_t  place = { 500, 516 };

    (void) state;
    memset(text, 'x', sizeof(text));

    line = consent_relay_line((consent_str_t) { text, sizeof(text) }, &place);
    assert_int_equal(line.len, CONSENT_RELAY_LINE);
    assert_ptr_equal(line.data, text + 500 - CONSENT_RELAY_LINE / 2);

    memcpy(text + 490, "\n  ", 3);
    text[520] = '\n';

    line = consent_relay_line((consent_str_t) { text, sizeof(text) }, &place);
    assert_ptr_equal(line.data, text + 493);
    assert_int_equal(line.len, 27);

    place = (consent_span_t) { 521, 1000 };
    assert_int_equal(consent_relay_line((consent_str_t) { text, sizeof(text) }, &place).len, CONSENT_RELAY_LINE);
}


#define TEST(name)  cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST(the_published_snippet_speaks_to_the_site_itself),
        TEST(so_do_scripts_and_pictures_that_are_loaded_from_it),
        TEST(any_other_form_is_left_as_it_is_and_reported_with_its_line),
        TEST(what_a_tag_has_beside_its_src_is_reported_too),
        TEST(what_only_resembles_the_host_is_nobody_s),
        TEST(nothing_is_relayed_of_a_service_that_may_not_run),
        TEST(a_script_that_waits_for_a_consent_manager_is_changed_whatever_the_gateway_was_told),
        TEST(monitor_changes_nothing_and_reports_what_would_stay),
        TEST(under_a_base_of_another_host_the_path_would_lead_there),
        TEST(a_document_in_a_srcdoc_is_a_page_too),
        TEST(a_script_that_is_too_long_to_be_held_is_changed_where_it_has_not_left),
        TEST(without_a_relay_a_page_that_calls_it_is_known_all_the_same),
        TEST(of_a_long_line_what_surrounds_the_place_is_shown)
    };

    return cmocka_run_group_tests_name("relay", tests, NULL, NULL);
}
