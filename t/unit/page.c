#include "loading.h"

#include "page_view.h"

#define SITE        "{\"site\":\"Ville de Montmirail\",\"controller\":{\"name\":\"La ville de Montmirail\"," \
                    "\"contact\":\"dpo@montmirail.example\",\"privacy_policy\":\"/donnees\"}," \
                    "\"languages\":[\"fr\",\"en\"],"
#define SERVICE(id, purpose, basis, more)  \
                    "{\"id\":\"" id "\",\"name\":\"" id "!\",\"purpose\":\"" purpose "\",\"basis\":\"" basis "\"," \
                    "\"provider\":{\"name\":\"" id " SA\",\"country\":\"IE\"," \
                    "\"privacy_policy\":\"https://" id ".example/p\"}," \
                    "\"description\":{\"fr\":\"Ce que fait " id ".\"}," \
                    "\"match\":{\"urls\":[\"" id ".example/e\"]}" more "}"
#define TWO_VIDEOS  SERVICE("film", "video", "consent", "") "," SERVICE("tape", "video", "consent", "")
#define MAP         SERVICE("plan", "map", "consent", "")
#define EXEMPT      SERVICE("count", "audience", "exempt", "")
#define NECESSARY   SERVICE("session", "necessary", "necessary", "")

#define TEST(name)  cmocka_unit_test_setup_teardown(name, setup, teardown)

typedef struct {
    loading_t           loading;
    consent_locales_t  *locales;
    consent_ui_t       *ui;
    consent_choices_t   choices;
    consent_page_t      page;
    char               *html;       /* of what was rendered last, NUL-terminated */
} fixture_t;


static int
setup(void **state)
{
    static fixture_t  fixture;

    memset(&fixture, 0, sizeof(fixture));
    loading_start(&fixture.loading);

    fixture.locales = consent_locales_load(&fixture.loading.heap.arena, "assets/locales", &fixture.loading.problems);
    assert_non_null(fixture.locales);

    fixture.ui = consent_ui_load(&fixture.loading.heap.arena, "assets/ui", fixture.locales, &fixture.loading.problems);
    assert_string_equal(fixture.loading.reports, "");
    assert_non_null(fixture.ui);

    *state = &fixture;

    return 0;
}


static int
teardown(void **state)
{
    fixture_t  *fixture = *state;

    if (fixture->choices.policy != NULL) {
        consent_policy_destroy((consent_policy_t *) fixture->choices.policy);
    }

    loading_end(&fixture->loading);

    return 0;
}


/* A visitor who chose nothing yet, on a page of a site with this policy. */

static void
visit(fixture_t *fixture, const char *json, const char *lang)
{
    consent_policy_t  *policy;

    policy = consent_policy_parse(&fixture->loading.heap.arena, "site.json", consent_str(json),
                                  fixture->loading.catalogue, fixture->locales, &fixture->loading.problems);
    assert_string_equal(fixture->loading.reports, "");
    assert_non_null(policy);

    consent_choices_init(&fixture->choices, policy, 0);

    fixture->page = (consent_page_t) {
        .ui = fixture->ui,
        .choices = &fixture->choices,
        .locale = consent_policy_locale(policy, consent_str(lang)),
        .endpoint = CONSENT_STR("/_choices/"),
        .return_to = CONSENT_STR("/agenda?a=1&b=2"),
        .cookie = CONSENT_STR("__Host-choices"),
        .validity_days = 182,
        .script = 1
    };
}


static void
answer(fixture_t *fixture, const char *id, consent_answer_t given)
{
    fixture->choices.answers[consent_policy_find(fixture->choices.policy, consent_str(id))] = (unsigned char) given;
    fixture->choices.chosen = 1;
    fixture->choices.day = 20454;       /* 2026-01-01 */
}


static void
take(fixture_t *fixture, const consent_buf_t *out)
{
    consent_str_t  s;

    s = consent_buf_str(out);
    assert_non_null(s.data);

    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] == '\0' || (unsigned char) s.data[i] > 0x7e) {
            fail_msg("byte %02x at %zu of the output is not ASCII", (unsigned char) s.data[i], i);
        }
    }

    fixture->html = (char *) consent_strdup(&fixture->loading.heap.arena, s).data;
}


static void
render(fixture_t *fixture, void (*function)(const consent_page_t *page, consent_buf_t *out))
{
    consent_buf_t  out;

    consent_buf_init(&out, &fixture->loading.heap.arena);
    function(&fixture->page, &out);
    take(fixture, &out);
}


static void
render_settings(fixture_t *fixture, const char *record, int saved)
{
    consent_buf_t  out;

    consent_buf_init(&out, &fixture->loading.heap.arena);
    consent_page_settings(&fixture->page, consent_str(record), saved, &out);
    take(fixture, &out);
}


static void
render_placeholder(fixture_t *fixture, const char *url, const char *title)
{
    consent_buf_t  out;

    consent_buf_init(&out, &fixture->loading.heap.arena);
    consent_page_placeholder(&fixture->page, 0, consent_str(url), consent_str(title), &out);
    take(fixture, &out);
}


static unsigned
count(const fixture_t *fixture, const char *what)
{
    unsigned     n;
    const char  *p;

    n = 0;

    for (p = strstr(fixture->html, what); p != NULL; p = strstr(p + 1, what)) {
        n++;
    }

    return n;
}


static void
expect(const fixture_t *fixture, const char *what)
{
    if (strstr(fixture->html, what) == NULL) {
        fail_msg("not there: %s\nin: %.9000s", what, fixture->html);
    }
}


static void
expect_not(const fixture_t *fixture, const char *what)
{
    if (strstr(fixture->html, what) != NULL) {
        fail_msg("there: %s\nin: %.9000s", what, fixture->html);
    }
}


static void
expect_start(const fixture_t *fixture, const char *what)
{
    if (strncmp(fixture->html, what, strlen(what)) != 0) {
        fail_msg("not at the start: %s\nof: %.200s", what, fixture->html);
    }
}


static void
expect_order(const fixture_t *fixture, const char *first, const char *second)
{
    expect(fixture, first);
    expect(fixture, second);
    assert_true(strstr(fixture->html, first) < strstr(fixture->html, second));
}


/* The banner. */

static void
the_banner_is_a_shadow_tree_with_a_plain_link_beside_it(void **state)
{
    fixture_t  *fixture = *state;

    visit(fixture, SITE "\"services\":[" MAP "]}", "fr");
    render(fixture, consent_page_banner);

    expect_start(fixture, "<div id=\"ngxc-banner\" lang=\"fr\" dir=\"ltr\" data-nosnippet><style>");
    expect(fixture, "</style><template shadowrootmode=\"open\"><style>:host(#ngxc-banner){");
    expect(fixture, "</style><section class=\"ngxc-banner\" dir=\"ltr\" role=\"region\" aria-labelledby=\"title\">");
    expect(fixture, "<h2 id=\"title\">Cookies et services tiers</h2>");
    expect(fixture, "</template><a href=\"/_choices/?lang=fr\">Cookies et services tiers&#160;: accepter, refuser ou"
                    " choisir</a></div>");
}


static void
accepting_and_refusing_are_two_buttons_of_one_form_that_differ_in_nothing_else(void **state)
{
    fixture_t  *fixture = *state;

    visit(fixture, SITE "\"services\":[" MAP "]}", "fr");
    render(fixture, consent_page_banner);

    expect(fixture, "<form method=\"post\" action=\"/_choices/\">");
    expect(fixture, "<input type=\"hidden\" name=\"return\" value=\"/agenda?a=1&amp;b=2\">"
                    "<input type=\"hidden\" name=\"source\" value=\"banner\">"
                    "<input type=\"hidden\" name=\"lang\" value=\"fr\">"
                    "<button id=\"yes\" name=\"decision\" value=\"accept-all\" aria-labelledby=\"yes title\">Tout accepter"
                    "</button>"
                    "<button id=\"no\" name=\"decision\" value=\"refuse-all\" aria-labelledby=\"no title\">Tout refuser"
                    "</button></form>"
                    "<a id=\"set\" class=\"button\" href=\"/_choices/?lang=fr\" aria-labelledby=\"set title\">");
}


static void
the_banner_names_each_purpose_that_asks_once_and_no_other(void **state)
{
    fixture_t  *fixture = *state;

    visit(fixture, SITE "\"services\":[" TWO_VIDEOS "," MAP "," EXEMPT "," NECESSARY "]}", "fr");
    render(fixture, consent_page_banner);

    assert_int_equal(count(fixture, "<li>"), 2);
    expect_order(fixture, "<li><strong>Vid&#233;os</strong> Lire des vid&#233;os h&#233;berg&#233;es ailleurs.</li>",
                 "<li><strong>Cartes</strong> Afficher des plans interactifs.</li>");
    expect(fixture, "Liste des services tiers (3), de leurs cookies et de leurs dur&#233;es</a>");
    expect(fixture, "Une mesure d&#8217;audience dispens&#233;e de consentement est active");
}


static void
the_banner_says_who_asks_and_for_how_long(void **state)
{
    fixture_t  *fixture = *state;

    visit(fixture, SITE "\"services\":[" MAP "]}", "fr");
    render(fixture, consent_page_banner);

    expect(fixture, "<p>La ville de Montmirail souhaite utiliser sur ce site");
    expect(fixture, "Votre choix est conserv&#233; 6&#160;mois");
    expect(fixture, "&#171;&#160;Gestion des cookies&#160;&#187; au bas de chaque page");
    expect_not(fixture, "Une mesure d&#8217;audience");
}


static void
a_changed_service_is_said_in_the_banner(void **state)
{
    fixture_t  *fixture = *state;

    visit(fixture, SITE "\"services\":[" MAP "]}", "en");
    render(fixture, consent_page_banner);
    expect_not(fixture, "Some services have changed");

    fixture->choices.changed = 1;
    render(fixture, consent_page_banner);
    expect(fixture, "<strong>Some services have changed since your last choice");
}


static void
who_has_chosen_is_asked_for_what_has_no_answer_alone(void **state)
{
    fixture_t  *fixture = *state;

    visit(fixture, SITE "\"services\":[" TWO_VIDEOS "," MAP "," EXEMPT "]}", "fr");
    answer(fixture, "film", CONSENT_REFUSED);
    answer(fixture, "plan", CONSENT_ACCEPTED);
    render(fixture, consent_page_banner);

    assert_int_equal(count(fixture, "<li>"), 1);
    expect(fixture, "<li><strong>Vid&#233;os</strong> Lire des vid&#233;os h&#233;berg&#233;es ailleurs.<br>"
                    "<b>tape!</b> (pas encore de choix, non charg&#233;)</li>");
    expect(fixture, "<input type=\"hidden\" name=\"service.tape\" value=\"accept\"><button id=\"yes\" name=\"decision\" "
                    "value=\"save\" aria-labelledby=\"yes title\">Accepter</button></form>");
    expect(fixture, "<input type=\"hidden\" name=\"service.tape\" value=\"refuse\"><button id=\"no\" name=\"decision\" "
                    "value=\"save\" aria-labelledby=\"no title\">Refuser</button></form>");
    expect_not(fixture, "service.film");
    expect_not(fixture, "service.plan");
    expect_not(fixture, "accept-all");
}


static void
the_language_of_the_page_is_kept_on_the_way_to_the_settings(void **state)
{
    fixture_t  *fixture = *state;

    visit(fixture, SITE "\"services\":[" MAP "]}", "fr");
    render(fixture, consent_page_banner);
    expect(fixture, "<a id=\"set\" class=\"button\" href=\"/_choices/?lang=fr\"");

    visit(fixture, SITE "\"services\":[" MAP "]}", "en");
    render(fixture, consent_page_banner);

    expect(fixture, "lang=\"en\"");
    expect(fixture, "value=\"refuse-all\" aria-labelledby=\"no title\">Refuse all</button>");
    expect(fixture, "<a id=\"set\" class=\"button\" href=\"/_choices/?lang=en\"");
}


static void
styles_carry_the_pages_nonce(void **state)
{
    fixture_t  *fixture = *state;

    visit(fixture, SITE "\"services\":[" MAP "]}", "fr");
    fixture->page.nonce = CONSENT_STR("r4nd\"om");
    render(fixture, consent_page_banner);

    assert_int_equal(count(fixture, "<style nonce=\"r4nd&quot;om\">"), 2);
    assert_int_equal(count(fixture, "<style"), 2);
}


static void
where_inline_styles_are_refused_the_style_sheet_is_linked(void **state)
{
    char        link[128];
    fixture_t  *fixture = *state;

    visit(fixture, SITE "\"services\":[" MAP "]}", "fr");
    fixture->page.link_css = 1;
    render(fixture, consent_page_banner);

    snprintf(link, sizeof(link), "<link rel=\"stylesheet\" href=\"/_choices/ui.%.16s.css\">",
             consent_ui_css_hash(fixture->ui).data);

    assert_int_equal(count(fixture, link), 2);
    expect_not(fixture, "<style");

    render(fixture, consent_page_link);
    expect_not(fixture, "<style");
    expect(fixture, "<div id=\"ngxc-link\" ");
}


static void
a_policys_theme_follows_the_style_sheet(void **state)
{
    fixture_t  *fixture = *state;

    visit(fixture, SITE "\"theme\":{\"accent\":\"#000091\",\"radius\":0,\"position\":\"top\",\"density\":\"compact\"},"
          "\"services\":[" MAP "]}", "fr");
    render(fixture, consent_page_banner);

    expect(fixture, ":host,:root{--ngxc-fill:#000091;--ngxc-on-fill:#ffffff;--ngxc-dark-fill:#9999d3"
                    ";--ngxc-dark-on-fill:#000}"
                    ":host,:root{--ngxc-radius:0px}</style>");
    expect(fixture, "<div id=\"ngxc-banner\" lang=\"fr\" dir=\"ltr\" data-position=\"top\" data-nosnippet>");
    expect(fixture, "<section class=\"ngxc-banner compact\" ");
}


static void
a_pale_accent_gets_a_dark_rim(void **state)
{
    fixture_t  *fixture = *state;

    visit(fixture, SITE "\"theme\":{\"accent\":\"#ffd500\"},\"services\":[" MAP "]}", "fr");
    render(fixture, consent_page_banner);
    expect(fixture, "--ngxc-dark-on-fill:#000;--ngxc-rim:#1c2733}</style>");
}


static void
the_look_of_the_state_follows_the_style_sheet(void **state)
{
    fixture_t  *fixture = *state;

    visit(fixture, SITE "\"theme\":{\"look\":\"dsfr\"},\"services\":[" MAP "]}", "fr");
    render(fixture, consent_page_banner);
    expect(fixture, ":host,:root{--ngxc-fill: #000091;--ngxc-on-fill: #f5f5fe;");

    render_settings(fixture, "", 0);
    assert_int_equal(count(fixture, "rel=\"stylesheet\""), 2);
}


static void
a_cookie_that_a_regex_finds_is_shown_by_what_its_name_begins_with(void **state)
{
    unsigned             i;
    fixture_t           *fixture = *state;
    consent_buf_t        out;
    consent_page_view_t  view;

    static const char  *names[][2] = {
        { "_ga", "_ga" },
        { "_ga_*", "_ga_*" },
        { "/_gat(_gtag_.*|_UA-.*)?/", "_gat*" },
        { "/_pk_testcookie(\\..*)?/", "_pk_testcookie*" },
        { "/v1\\.id[0-9]+/", "v1.id*" },
        { "/SESSx?[0-9a-f]{32}/", "SESS*" },
        { "/[0-9a-f]{32}/", "/[0-9a-f]{32}/" },
        { "/a|b/", "/a|b/" }
    };

    visit(fixture, SITE "\"services\":[" MAP "]}", "fr");
    consent_buf_init(&out, &fixture->loading.heap.arena);
    consent_page_view_init(&view, &fixture->page, &out);

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        consent_str_t  shown = consent_page_cookie_name(&view, consent_str(names[i][0]));

        assert_int_equal(shown.len, strlen(names[i][1]));
        assert_memory_equal(shown.data, names[i][1], shown.len);
    }
}


static void
a_theme_is_linked_where_inline_styles_are_refused(void **state)
{
    char           hash[17], link[256];
    consent_buf_t  css;
    fixture_t     *fixture = *state;

    visit(fixture, SITE "\"theme\":{\"radius\":3},\"services\":[" MAP "]}", "fr");
    consent_buf_init(&css, &fixture->loading.heap.arena);
    consent_page_theme(&fixture->page, &css, hash);
    take(fixture, &css);
    assert_string_equal(fixture->html, ":host,:root{--ngxc-radius:3px}");
    assert_string_equal(hash, "11eea7957fe7ec9f");

    snprintf(link, sizeof(link), "<link rel=\"stylesheet\" href=\"/_choices/ui.%.16s.css\">"
             "<link rel=\"stylesheet\" href=\"/_choices/ui.%s.css\">", consent_ui_css_hash(fixture->ui).data, hash);

    fixture->page.link_css = 1;
    render(fixture, consent_page_banner);
    assert_int_equal(count(fixture, link), 1);

    render_settings(fixture, "", 0);
    assert_int_equal(count(fixture, link), 1);
}


static void
a_policy_without_a_theme_adds_no_file(void **state)
{
    char           hash[17];
    consent_buf_t  css;
    fixture_t     *fixture = *state;

    visit(fixture, SITE "\"services\":[" MAP "]}", "fr");
    consent_buf_init(&css, &fixture->loading.heap.arena);
    consent_page_theme(&fixture->page, &css, hash);

    assert_int_equal(css.len, 0);
    assert_string_equal(hash, "");

    render_settings(fixture, "", 0);
    assert_int_equal(count(fixture, "rel=\"stylesheet\""), 1);
}


static void
the_banner_with_all_purposes_weighs_less_than_seven_kilobytes_before_compression(void **state)
{
    fixture_t  *fixture = *state;

    visit(fixture, SITE "\"services\":[" TWO_VIDEOS "," MAP "," EXEMPT "," NECESSARY ","
          SERVICE("a", "audience", "consent", "") "," SERVICE("b", "social", "consent", "") ","
          SERVICE("c", "content", "consent", "") "," SERVICE("d", "support", "consent", "") ","
          SERVICE("e", "security", "consent", "") "," SERVICE("f", "fonts", "consent", "") ","
          SERVICE("g", "advertising", "consent", "") "]}", "fr");
    render(fixture, consent_page_banner);

    assert_int_equal(count(fixture, "<li>"), 9);
    assert_true(strlen(fixture->html) < 7000);
}


/* The script and the permanent link. */

static void
the_script_is_one_deferred_file_that_is_told_what_this_page_was_made_for(void **state)
{
    char        script[256];
    fixture_t  *fixture = *state;

    visit(fixture, SITE "\"services\":[" MAP "," EXEMPT "," NECESSARY "]}", "fr");
    render(fixture, consent_page_head);

    snprintf(script, sizeof(script), "<script defer src=\"/_choices/ui.%.16s.js\" data-cfasync=\"false\" "
             "data-allowed=\"count,session\"></script>", consent_ui_js_hash(fixture->ui).data);
    assert_string_equal(fixture->html, script);

    fixture->page.script_nonce = CONSENT_STR("abc");
    render(fixture, consent_page_head);
    expect(fixture, " nonce=\"abc\"></script>");

    fixture->page.script = 0;
    render(fixture, consent_page_head);
    assert_string_equal(fixture->html, "");
}


static void
the_permanent_link_is_a_shadow_tree_with_the_same_link_beside_it(void **state)
{
    fixture_t  *fixture = *state;

    visit(fixture, SITE "\"services\":[" MAP "]}", "fr");
    render(fixture, consent_page_link);

    expect_start(fixture, "<div id=\"ngxc-link\" lang=\"fr\" dir=\"ltr\" data-nosnippet><template shadowrootmode=\"open\">"
                          "<style>:host(#ngxc-link){");
    expect(fixture, "</style><nav class=\"ngxc-link\" dir=\"ltr\" aria-label=\"Gestion des cookies\">"
                    "<a href=\"/_choices/?lang=fr\">Gestion des cookies</a>");
    expect(fixture, "</nav></template><a href=\"/_choices/?lang=fr\">Gestion des cookies</a></div>");
}


static void
who_accepted_something_can_withdraw_it_beside_the_link(void **state)
{
    fixture_t  *fixture = *state;

    visit(fixture, SITE "\"services\":[" MAP "," EXEMPT "]}", "fr");
    render(fixture, consent_page_link);
    expect(fixture, "action=\"/_choices/\" hidden>");

    answer(fixture, "plan", CONSENT_REFUSED);
    render(fixture, consent_page_link);
    expect(fixture, "action=\"/_choices/\" hidden>");

    answer(fixture, "plan", CONSENT_ACCEPTED);
    render(fixture, consent_page_link);
    expect(fixture, "action=\"/_choices/\"><input");
    expect(fixture, "<button name=\"decision\" value=\"refuse-all\" aria-label=\"Tout refuser &#8211; Gestion des cookies\">"
                    "Tout refuser</button>");
}


/* The settings. */

static void
a_description_in_another_language_than_the_page_says_which(void **state)
{
    fixture_t  *fixture = *state;

    visit(fixture, SITE "\"services\":[" MAP "]}", "en");
    render_settings(fixture, "", 0);
    expect(fixture, "<p lang=\"fr\" dir=\"auto\">Ce que fait plan.</p>");

    fixture->page.locale = consent_policy_locale(fixture->choices.policy, CONSENT_STR("fr"));
    render_settings(fixture, "", 0);
    expect(fixture, "<p>Ce que fait plan.</p>");
}


static void
nothing_is_ticked_while_there_is_no_choice(void **state)
{
    fixture_t  *fixture = *state;

    visit(fixture, SITE "\"services\":[" TWO_VIDEOS "," MAP "," EXEMPT "," NECESSARY "]}", "fr");
    render_settings(fixture, "", 0);

    expect_not(fixture, "checked");
    assert_int_equal(count(fixture, "<fieldset"), 4);
    assert_int_equal(count(fixture, "type=\"radio\""), 8);
    expect(fixture, "<legend>film!</legend>");
    expect(fixture, "<input type=\"radio\" name=\"service.film\" value=\"accept\">");
    expect(fixture, "<input type=\"radio\" name=\"service.film\" value=\"refuse\">");
    assert_int_equal(count(fixture, "Actuellement&#160;: <strong>pas encore de choix, non charg&#233;</strong>"), 3);
    expect(fixture, "Vous n&#8217;avez pas encore choisi");
}


static void
an_answer_is_ticked_and_said_in_words(void **state)
{
    fixture_t  *fixture = *state;

    visit(fixture, SITE "\"services\":[" TWO_VIDEOS "," MAP "]}", "fr");
    answer(fixture, "film", CONSENT_ACCEPTED);
    answer(fixture, "plan", CONSENT_REFUSED);
    render_settings(fixture, "", 0);

    assert_int_equal(count(fixture, " checked>"), 2);
    expect(fixture, "name=\"service.film\" value=\"accept\" checked>");
    expect(fixture, "name=\"service.plan\" value=\"refuse\" checked>");
    expect(fixture, "<strong>accept&#233;</strong>");
    expect(fixture, "<strong>refus&#233;</strong>");
    expect(fixture, "Vous avez fait un choix le 1er janvier 2026. Il est valable jusqu&#8217;au 2 juillet 2026,");
}


static void
a_necessary_service_is_always_on_and_an_exempt_one_can_be_refused(void **state)
{
    fixture_t  *fixture = *state;

    visit(fixture, SITE "\"services\":[" EXEMPT "," NECESSARY "]}", "fr");
    render_settings(fixture, "", 0);

    expect_not(fixture, "service.session");
    expect(fixture, "<h3>session!</h3><p class=\"state\">Actuellement&#160;: <strong>toujours actif</strong></p>");
    expect(fixture, "name=\"service.count\" value=\"refuse\"");
    expect(fixture, "<strong>actif, sauf si vous le refusez</strong>");
    expect(fixture, "Ce service ne demande pas d&#8217;accord pr&#233;alable");
    expect(fixture, "<code>__Host-choices</code></th><td role=\"cell\">Garder vos choix</td><td role=\"cell\">6&#160;mois</td>");
}


static void
a_signal_of_the_browser_is_said(void **state)
{
    fixture_t  *fixture = *state;

    visit(fixture, SITE "\"services\":[" MAP "]}", "fr");
    fixture->choices.gpc = 1;
    render_settings(fixture, "", 0);

    expect(fixture, "&#171;&#160;Global Privacy Control&#160;&#187;");
    expect(fixture, "<strong>refus&#233; par le r&#233;glage de votre navigateur</strong>");
    expect(fixture, "name=\"service.plan\" value=\"accept\">");
}


/* Enter in a radio button presses the form's first button: it must not be one that grants. */

static void
saving_is_the_first_button_and_accepting_equals_refusing(void **state)
{
    fixture_t  *fixture = *state;

    visit(fixture, SITE "\"services\":[" MAP "]}", "fr");
    render_settings(fixture, "", 0);

    expect(fixture, "<button class=\"save\" name=\"decision\" value=\"save\">Enregistrer ces choix</button>"
                    "<button name=\"decision\" value=\"accept-all\">Tout accepter</button>"
                    "<button name=\"decision\" value=\"refuse-all\">Tout refuser</button>");
    assert_int_equal(count(fixture, "name=\"decision\""), 3);
}


static void
a_purpose_of_several_services_can_be_answered_as_a_whole_by_a_form_of_its_own(void **state)
{
    fixture_t  *fixture = *state;

    visit(fixture, SITE "\"services\":[" TWO_VIDEOS "," MAP "]}", "fr");
    render_settings(fixture, "", 0);

    expect(fixture, "<button id=\"accept-video\" form=\"group-video\" name=\"purpose.video\" value=\"accept\""
                    " aria-labelledby=\"accept-video purpose-video\">");
    expect(fixture, "<button id=\"refuse-video\" form=\"group-video\" name=\"purpose.video\" value=\"refuse\""
                    " aria-labelledby=\"refuse-video purpose-video\">");
    expect(fixture, "id=\"group-video\"");
    expect(fixture, "<input type=\"hidden\" name=\"decision\" value=\"save\">");
    expect_not(fixture, "purpose.map");
}


static void
a_record_is_shown_after_the_choice_that_it_proves(void **state)
{
    fixture_t  *fixture = *state;

    visit(fixture, SITE "\"services\":[" MAP "]}", "fr");

    render_settings(fixture, "", 0);
    expect(fixture, "<div role=\"status\" class=\"status\"></div>");

    render_settings(fixture, "7f3a-9c12", 1);
    expect(fixture, "<div role=\"status\" class=\"status\"><p><strong>Vos choix sont enregistr&#233;s.</strong><br>"
                    "Num&#233;ro de la preuve, affich&#233; une seule fois&#160;: 7f3a-9c12</p></div>");

    render_settings(fixture, "", 1);
    expect(fixture, "<p><strong>Vos choix sont enregistr&#233;s.</strong></p>");
}


static void
what_is_saved_leads_to_the_settings_again_in_their_language_with_the_way_back(void **state)
{
    fixture_t  *fixture = *state;

    visit(fixture, SITE "\"services\":[" MAP "]}", "en");
    render_settings(fixture, "", 0);

    expect(fixture, "<input type=\"hidden\" name=\"return\" value=\"/_choices/?lang=en&amp;return=%2Fagenda%3Fa%3D1%26b%3D2\">");
    expect(fixture, "<a href=\"/agenda?a=1&amp;b=2\">");
}


static void
the_other_languages_are_a_link_away(void **state)
{
    fixture_t  *fixture = *state;

    visit(fixture, SITE "\"services\":[" MAP "]}", "en");
    render_settings(fixture, "", 0);

    expect(fixture, "<span aria-current=\"true\" lang=\"en\">English</span>");
    expect(fixture, "<a href=\"/_choices/?lang=fr&amp;return=%2Fagenda%3Fa%3D1%26b%3D2\" hreflang=\"fr\" lang=\"fr\">"
                    "Fran&#231;ais</a>");
}


static void
who_answers_for_the_data_can_be_reached(void **state)
{
    fixture_t  *fixture = *state;

    visit(fixture, SITE "\"services\":[" MAP "]}", "fr");
    render_settings(fixture, "", 0);

    expect(fixture, "<a href=\"mailto:dpo@montmirail.example\">");
    expect(fixture, "<a href=\"/donnees\">Donn&#233;es personnelles</a>");
    expect(fixture, "<p class=\"by\">plan SA, Irlande &#8211; <a href=\"https://plan.example/p\" rel=\"noopener"
                    " noreferrer\" "
                    "aria-label=\"politique de confidentialit&#233; de plan!\">politique de confidentialit&#233;"
                    "</a></p>");
    expect(fixture, fixture->choices.policy->hash);
}


static void
only_web_addresses_and_local_paths_become_links(void **state)
{
    fixture_t        *fixture = *state;
    consent_entry_t  *entry;
    consent_policy_t *policy;

    static consent_service_t  service;

    visit(fixture, SITE "\"services\":[" MAP "]}", "fr");

    policy = (consent_policy_t *) fixture->choices.policy;
    entry = &policy->entries[0];
    service = *entry->service;
    service.privacy_policy = CONSENT_STR("javascript:alert(1)");
    policy->privacy_policy = CONSENT_STR("//evil.example/");
    policy->contact = CONSENT_STR("data:text/html,x");

    const consent_service_t  *before = entry->service;

    entry->service = &service;
    render_settings(fixture, "", 0);
    entry->service = before;

    expect_not(fixture, "javascript:");
    expect_not(fixture, "evil.example");
    expect_not(fixture, "data:text");
}


static void
names_from_a_policy_are_text_wherever_they_stand(void **state)
{
    static const char  json[] =
        "{\"site\":\"<script>1</script>\",\"controller\":{\"name\":\"<script>2</script>\",\"privacy_policy\":\"/p\"},"
        "\"languages\":[\"fr\",\"en\"],\"services\":[{\"id\":\"x\",\"name\":\"\\\"'><script>3</script>\\u00e9{site}\","
        "\"purpose\":\"video\",\"provider\":{\"name\":\"<script>4</script>\",\"privacy_policy\":\"https://x.example/\"},"
        "\"description\":{\"fr\":\"<script>5</script>\"},"
        "\"cookies\":[{\"name\":\"a<script>6*\",\"lifetime\":\"30d\",\"description\":{\"fr\":\"<script>7"
        "</script>\"}}]}]}";

    fixture_t  *fixture = *state;

    visit(fixture, json, "fr");
    fixture->page.return_to = CONSENT_STR("/\"><script>8</script>");

    render(fixture, consent_page_banner);
    expect_not(fixture, "<script>");
    expect(fixture, "&lt;script&gt;2&lt;/script&gt; souhaite utiliser");

    render_settings(fixture, "<script>9</script>", 1);
    expect_not(fixture, "<script>");
    expect(fixture, "<legend>&quot;&#39;&gt;&lt;script&gt;3&lt;/script&gt;&#233;{site}</legend>");

    render(fixture, consent_page_table);
    expect_not(fixture, "<script>");

    render(fixture, consent_page_link);
    expect_not(fixture, "<script>");

    render_placeholder(fixture, "https://x.example/?\"><script>10</script>", "<script>11</script>");
    expect_not(fixture, "<script>");
    expect(fixture, "value=\"https://x.example/?&quot;&gt;&lt;script&gt;10&lt;/script&gt;\"");
}


/* The cookie table. */

static void
the_table_has_a_row_for_each_cookie_with_its_lifetime_in_words(void **state)
{
    static const char  *cookies =
        ",\"cookies\":[{\"name\":\"a\",\"lifetime\":\"session\"},{\"name\":\"b*\",\"lifetime\":null},"
        "{\"name\":\"c\",\"lifetime\":\"30d\"},{\"name\":\"d\",\"lifetime\":\"1d\"},{\"name\":\"e\",\"lifetime\":\"13mo\"},"
        "{\"name\":\"f\",\"lifetime\":\"2y\"},{\"name\":\"g\",\"lifetime\":\"30m\"},{\"name\":\"h\",\"lifetime\":\"1h\"},"
        "{\"name\":\"i\",\"lifetime\":\"6mo\",\"description\":{\"fr\":\"Retient la langue.\"}}]";

    char        json[4096];
    fixture_t  *fixture = *state;

    snprintf(json, sizeof(json), SITE "\"services\":[{\"id\":\"x\",\"name\":\"X\",\"purpose\":\"map\","
             "\"provider\":{\"name\":\"X SA\"},\"description\":{\"fr\":\"X.\"}%s}," NECESSARY "]}", cookies);
    visit(fixture, json, "fr");
    render(fixture, consent_page_table);

    expect_start(fixture, "<table id=\"ngxc-table\" lang=\"fr\" dir=\"ltr\"><caption>");
    expect(fixture, "<th scope=\"rowgroup\" rowspan=\"9\">X<br><small>X SA</small></th>"
                    "<td><code>a</code></td><td>Cartes</td><td>le temps de la visite</td></tr>");
    expect(fixture, "<code>b*</code></td><td>Cartes</td><td>non pr&#233;cis&#233;e</td>");
    expect(fixture, "<code>c</code></td><td>Cartes</td><td>30&#160;jours</td>");
    expect(fixture, "<code>d</code></td><td>Cartes</td><td>1&#160;jour</td>");
    expect(fixture, "<code>e</code></td><td>Cartes</td><td>13&#160;mois</td>");
    expect(fixture, "<code>f</code></td><td>Cartes</td><td>2&#160;ans</td>");
    expect(fixture, "<code>g</code></td><td>Cartes</td><td>30&#160;minutes</td>");
    expect(fixture, "<code>h</code></td><td>Cartes</td><td>1&#160;heure</td>");
    expect(fixture, "<code>i</code></td><td>Retient la langue.</td><td>6&#160;mois</td>");
    expect(fixture, "<th scope=\"rowgroup\">session!<br><small>session SA</small></th><td colspan=\"3\">Aucun"
                    " cookie connu.</td>");
    assert_int_equal(count(fixture, "rowspan"), 1);
}


/* Placeholder, confirmation, error. */

static void
a_placeholder_shows_once_in_its_frame_and_always_in_the_page(void **state)
{
    fixture_t  *fixture = *state;

    visit(fixture, SITE "\"services\":[" TWO_VIDEOS "]}", "fr");
    render_placeholder(fixture, "https://film.example/e?a=1&b=2", "Le conseil du 3 mars");

    expect(fixture, "<h1>Le conseil du 3 mars</h1>");
    expect(fixture, "Ce contenu vient de film! (Vid&#233;os).");
    expect(fixture, "<form method=\"post\" action=\"/_choices/\"><input type=\"hidden\" name=\"decision\""
                    " value=\"accept-once\">");
    expect(fixture, "<input type=\"hidden\" name=\"embed\" value=\"https://film.example/e?a=1&amp;b=2\">"
                    "<button name=\"service.film\" value=\"accept\">Afficher cette fois</button>");
    expect(fixture, "<form method=\"post\" action=\"/_choices/\" target=\"_top\">");
    expect(fixture, "<button name=\"service.film\" value=\"accept\">Toujours accepter film!</button>");
    expect(fixture, "<a href=\"/_choices/?lang=fr\" target=\"_top\">Gestion des cookies</a>");
}


static void
a_placeholder_that_knows_no_address_offers_no_single_showing(void **state)
{
    fixture_t  *fixture = *state;

    visit(fixture, SITE "\"services\":[" TWO_VIDEOS "]}", "fr");
    render_placeholder(fixture, "", "");

    expect_not(fixture, "accept-once");
    expect(fixture, "<h1>film!</h1>");
    expect(fixture, "<button name=\"service.film\" value=\"accept\">Toujours accepter film!</button>");
}


static void
an_embed_shown_once_is_nothing_but_its_frame(void **state)
{
    consent_buf_t  out;
    fixture_t     *fixture = *state;

    visit(fixture, SITE "\"services\":[" TWO_VIDEOS "]}", "fr");
    consent_buf_init(&out, &fixture->loading.heap.arena);
    consent_page_embed_once(&fixture->page, 1, CONSENT_STR("https://tape.example/\"x"), &out);
    take(fixture, &out);

    expect(fixture, "<iframe src=\"https://tape.example/&quot;x\" title=\"tape!\" ");
    expect_not(fixture, "<form");
    expect_not(fixture, "<script");
}


static void
a_post_to_be_confirmed_is_said_in_words_and_repeated_whole(void **state)
{
    consent_buf_t  out;
    fixture_t     *fixture = *state;

    visit(fixture, SITE "\"services\":[" TWO_VIDEOS "]}", "fr");
    consent_buf_init(&out, &fixture->loading.heap.arena);
    consent_page_confirm(&fixture->page,
        CONSENT_STR("decision=save&service.film=accept&purpose.map=refuse&service.none=accept&return=%2Fa%3Fb%22"), &out);
    take(fixture, &out);

    expect(fixture, "<li>film!&#160;: Accepter</li><li>Cartes&#160;: Refuser</li></ul>");
    expect(fixture, "<input type=\"hidden\" name=\"decision\" value=\"save\">"
                    "<input type=\"hidden\" name=\"service.film\" value=\"accept\">"
                    "<input type=\"hidden\" name=\"purpose.map\" value=\"refuse\">"
                    "<input type=\"hidden\" name=\"service.none\" value=\"accept\">"
                    "<input type=\"hidden\" name=\"return\" value=\"/a?b&quot;\">");
    expect(fixture, "<button>Confirmer</button>");

    consent_buf_init(&out, &fixture->loading.heap.arena);
    consent_page_confirm(&fixture->page, CONSENT_STR("decision=accept-all"), &out);
    take(fixture, &out);
    expect(fixture, "<ul><li>Tout accepter</li></ul>");
}


static void
an_error_leads_to_the_settings(void **state)
{
    consent_buf_t  out;
    fixture_t     *fixture = *state;

    visit(fixture, SITE "\"services\":[" MAP "]}", "fr");
    consent_buf_init(&out, &fixture->loading.heap.arena);
    consent_page_error(&fixture->page, 403, "the form came from <another> site", &out);
    take(fixture, &out);

    expect(fixture, "<p class=\"by\" lang=\"en\">403: the form came from &lt;another&gt; site</p>");
    expect(fixture, "<a class=\"button\" href=\"/_choices/?lang=fr\">");
}


/* The state. */

static void
the_state_is_json_with_an_answer_for_each_service(void **state)
{
    char           expected[512];
    consent_buf_t  out;
    fixture_t     *fixture = *state;

    visit(fixture, SITE "\"services\":[" TWO_VIDEOS "," SERVICE("late", "social", "consent", ",\"on_accept\":\"reload\"") ","
          NECESSARY "]}", "fr");
    answer(fixture, "film", CONSENT_ACCEPTED);
    answer(fixture, "tape", CONSENT_REFUSED);

    consent_buf_init(&out, &fixture->loading.heap.arena);
    consent_page_state_json(&fixture->choices, &out);
    take(fixture, &out);

    snprintf(expected, sizeof(expected),
             "{\"state\":\"some\",\"choices\":{\"film\":\"accept\",\"tape\":\"refuse\",\"late\":null,\"session\":null},"
             "\"allowed\":[\"film\",\"session\"],\"reload\":[\"late\"],\"ask\":true,\"day\":\"2026-01-01\",\"policy\":\"%s\"}",
             fixture->choices.policy->hash);
    assert_string_equal(fixture->html, expected);
}


static void
the_answer_to_a_choice_says_what_the_visitor_is_told_and_the_number_of_the_record(void **state)
{
    consent_buf_t  out;
    fixture_t     *fixture = *state;

    visit(fixture, SITE "\"services\":[" MAP "]}", "fr");
    answer(fixture, "plan", CONSENT_REFUSED);

    consent_buf_init(&out, &fixture->loading.heap.arena);
    consent_page_saved_json(&fixture->page, CONSENT_STR("7f3a"), &out);
    take(fixture, &out);

    expect_start(fixture, "{\"state\":\"none\",\"choices\":{\"plan\":\"refuse\"},");
    expect(fixture, "\"notice\":\"<link rel=\\\"stylesheet\\\" href=\\\"/_choices/ui.");
    expect(fixture, "<p><strong>Vos choix sont enregistr&#233;s.</strong><br>Num&#233;ro de la preuve, affich&#233; une seule fois&#160;: "
                    "7f3a</p><button type=\\\"button\\\">Fermer</button></div>\",\"record\":\"7f3a\"}");

    consent_buf_init(&out, &fixture->loading.heap.arena);
    consent_page_saved_json(&fixture->page, CONSENT_STR(""), &out);
    take(fixture, &out);

    expect(fixture, "\"notice\":\"<div class=\\\"ngxc-saved\\\" lang=\\\"fr\\\" dir=\\\"ltr\\\"><p><strong>"
                    "Vos choix sont enregistr&#233;s.</strong></p></div>\"}");
}


static void
without_a_choice_the_state_has_no_day_and_no_record(void **state)
{
    consent_buf_t  out;
    fixture_t     *fixture = *state;

    visit(fixture, SITE "\"services\":[" MAP "]}", "fr");
    consent_buf_init(&out, &fixture->loading.heap.arena);
    consent_page_state_json(&fixture->choices, &out);
    take(fixture, &out);

    expect(fixture, "{\"state\":\"unset\",\"choices\":{\"plan\":null},\"allowed\":[],");
    expect(fixture, "\"day\":null,");
    expect_not(fixture, "record");
}


/* Files. */

static void
a_missing_directory_is_reported_file_by_file(void **state)
{
    fixture_t  *fixture = *state;

    assert_null(consent_ui_load(&fixture->loading.heap.arena, "t/data/no-such-ui", fixture->locales,
                                &fixture->loading.problems));
    assert_non_null(strstr(fixture->loading.reports, "banner.html:0: cannot be opened: No such file or directory\n"));
    assert_non_null(strstr(fixture->loading.reports, "ui.js:0: cannot be opened: No such file or directory\n"));
}


static void
locales_that_lack_a_text_are_reported_with_the_line_that_wants_it(void **state)
{
    fixture_t  *fixture = *state;

    assert_null(consent_ui_load(&fixture->loading.heap.arena, "assets/ui", fixture->loading.locales,
                                &fixture->loading.problems));
    assert_non_null(strstr(fixture->loading.reports, "settings.html:"));
    assert_non_null(strstr(fixture->loading.reports, "no locale has the text \"settings.text\"\n"));
}


/* An arena that gives out after so many allocations. */

static long   allocations_left;
static void *(*heap_of_plenty)(void *owner, size_t size);


static void *
alloc_some(void *owner, size_t size)
{
    return allocations_left-- > 0 ? heap_of_plenty(owner, size) : NULL;
}


static void
an_interface_is_loaded_whole_or_not_at_all(void **state)
{
    long        n;
    heap_t      heap;
    fixture_t  *fixture = *state;

    for (n = 0; n < 60; n++) {
        heap_init(&heap);
        heap_of_plenty = heap.arena.alloc;
        heap.arena.alloc = alloc_some;
        allocations_left = n;

        assert_null(consent_ui_load(&heap.arena, "assets/ui", fixture->locales, &fixture->loading.problems));
        heap_free(&heap);
    }
}


static void
a_page_is_rendered_whole_or_not_at_all(void **state)
{
    long           n;
    size_t         whole;
    heap_t         heap;
    consent_buf_t  out;
    fixture_t     *fixture = *state;

    visit(fixture, SITE "\"services\":[" TWO_VIDEOS "," MAP "," EXEMPT "]}", "en");
    render_settings(fixture, "", 0);
    whole = strlen(fixture->html);

    for (n = 0; n < 200; n++) {
        heap_init(&heap);
        heap_of_plenty = heap.arena.alloc;
        heap.arena.alloc = alloc_some;
        allocations_left = n;

        consent_buf_init(&out, &heap.arena);
        consent_page_settings(&fixture->page, CONSENT_STR(""), 0, &out);

        assert_true(out.failed || out.len == whole);
        heap_free(&heap);
    }
}


/* A no-break space before : and inside quotation marks, a narrow one before ; ! and ?, and typographic apostrophes. */

static void
french_texts_never_break_before_their_punctuation(void **state)
{
    char        *text;
    unsigned     i;

    static const char  *wrong[] = { " :", " ;", " !", " ?", " \xc2\xbb", "\xc2\xab ", "'" };

    (void) state;

    text = loading_slurp("assets/locales/fr.json");

    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (strstr(text, wrong[i]) != NULL) {
            fail_msg("\"%s\" in: %.60s", wrong[i], strstr(text, wrong[i]));
        }
    }

    free(text);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST(the_banner_is_a_shadow_tree_with_a_plain_link_beside_it),
        TEST(accepting_and_refusing_are_two_buttons_of_one_form_that_differ_in_nothing_else),
        TEST(the_banner_names_each_purpose_that_asks_once_and_no_other),
        TEST(the_banner_says_who_asks_and_for_how_long),
        TEST(a_changed_service_is_said_in_the_banner),
        TEST(who_has_chosen_is_asked_for_what_has_no_answer_alone),
        TEST(the_language_of_the_page_is_kept_on_the_way_to_the_settings),
        TEST(styles_carry_the_pages_nonce),
        TEST(where_inline_styles_are_refused_the_style_sheet_is_linked),
        TEST(a_policys_theme_follows_the_style_sheet),
        TEST(a_pale_accent_gets_a_dark_rim),
        TEST(the_look_of_the_state_follows_the_style_sheet),
        TEST(a_cookie_that_a_regex_finds_is_shown_by_what_its_name_begins_with),
        TEST(a_theme_is_linked_where_inline_styles_are_refused),
        TEST(a_policy_without_a_theme_adds_no_file),
        TEST(the_banner_with_all_purposes_weighs_less_than_seven_kilobytes_before_compression),
        TEST(the_script_is_one_deferred_file_that_is_told_what_this_page_was_made_for),
        TEST(the_permanent_link_is_a_shadow_tree_with_the_same_link_beside_it),
        TEST(who_accepted_something_can_withdraw_it_beside_the_link),
        TEST(a_description_in_another_language_than_the_page_says_which),
        TEST(nothing_is_ticked_while_there_is_no_choice),
        TEST(an_answer_is_ticked_and_said_in_words),
        TEST(a_necessary_service_is_always_on_and_an_exempt_one_can_be_refused),
        TEST(a_signal_of_the_browser_is_said),
        TEST(saving_is_the_first_button_and_accepting_equals_refusing),
        TEST(a_purpose_of_several_services_can_be_answered_as_a_whole_by_a_form_of_its_own),
        TEST(a_record_is_shown_after_the_choice_that_it_proves),
        TEST(what_is_saved_leads_to_the_settings_again_in_their_language_with_the_way_back),
        TEST(the_other_languages_are_a_link_away),
        TEST(who_answers_for_the_data_can_be_reached),
        TEST(only_web_addresses_and_local_paths_become_links),
        TEST(names_from_a_policy_are_text_wherever_they_stand),
        TEST(the_table_has_a_row_for_each_cookie_with_its_lifetime_in_words),
        TEST(a_placeholder_shows_once_in_its_frame_and_always_in_the_page),
        TEST(a_placeholder_that_knows_no_address_offers_no_single_showing),
        TEST(an_embed_shown_once_is_nothing_but_its_frame),
        TEST(a_post_to_be_confirmed_is_said_in_words_and_repeated_whole),
        TEST(an_error_leads_to_the_settings),
        TEST(the_state_is_json_with_an_answer_for_each_service),
        TEST(the_answer_to_a_choice_says_what_the_visitor_is_told_and_the_number_of_the_record),
        TEST(without_a_choice_the_state_has_no_day_and_no_record),
        TEST(a_missing_directory_is_reported_file_by_file),
        TEST(locales_that_lack_a_text_are_reported_with_the_line_that_wants_it),
        TEST(an_interface_is_loaded_whole_or_not_at_all),
        TEST(a_page_is_rendered_whole_or_not_at_all),
        cmocka_unit_test(french_texts_never_break_before_their_punctuation)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
