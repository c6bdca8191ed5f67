/* What each consent manager is told of a choice, to the byte, and when it is told again. */

#include "shipped.h"

#include "bridge.h"

#define SITE  "{\"site\":\"Ville\",\"controller\":{\"name\":\"Ville\",\"privacy_policy\":\"/p\"},\"languages\":[\"fr\"],"

static const char  services[] =
    "\"services\":[\"youtube\",{\"use\":\"matomo\",\"basis\":\"exempt\"},\"google-maps\","
    "{\"use\":\"hcaptcha\",\"basis\":\"necessary\"}],";

enum { YOUTUBE, MATOMO, MAPS, HCAPTCHA };

static consent_policy_t   *policy;
static consent_choices_t   choices;
static heap_t              heap;
static consent_str_t       line;
static consent_str_t       host;
static int                 secure;

/* What was emitted, one value a line. */
static char    emitted[16384];
static size_t  emitted_len;


/* bridges: the members of a policy behind "services". */

static void
town(const char *listed, const char *bridges)
{
    char  json[4096];

    consent_policy_destroy(policy);

    snprintf(json, sizeof(json), SITE "%s\"bridges\":[%s]}", listed, bridges);

    policy = consent_policy_parse(&shipped.heap.arena, "town.json", consent_str(json), shipped.catalogue,
                                  shipped.locales, &shipped.problems);
    assert_string_equal(shipped.reports, "");
    assert_non_null(policy);

    consent_choices_init(&choices, policy, 0);
    line = CONSENT_STR("");
    host = CONSENT_STR("www.ville-exemple.fr");
    secure = 1;
}


static void
choose(consent_answer_t youtube, consent_answer_t matomo, consent_answer_t maps)
{
    choices.answers[YOUTUBE] = (unsigned char) youtube;
    choices.answers[MATOMO] = (unsigned char) matomo;
    choices.answers[MAPS] = (unsigned char) maps;
    choices.chosen = 1;
    choices.day = 20000;
}


static void
emit(void *data, consent_str_t value)
{
    (void) data;

    assert_true(emitted_len + value.len + 2 < sizeof(emitted));
    memcpy(emitted + emitted_len, value.data, value.len);
    emitted_len += value.len;
    emitted[emitted_len++] = '\n';
    emitted[emitted_len] = '\0';
}


static const char *
told(void (*tell)(const consent_choices_t *choices, const consent_bridge_request_t *request, int64_t max_age))
{
    consent_bridge_request_t  request;

    request.arena = &heap.arena;
    request.lines = &line;
    request.nlines = 1;
    request.host = host;
    request.secure = secure;
    request.emit = emit;
    request.data = NULL;

    emitted_len = 0;
    emitted[0] = '\0';

    tell(&choices, &request, 3600);

    return emitted;
}


static const char *
answer(void)
{
    return told(consent_bridge_answer);
}


static const char *
page(const char *sent)
{
    line = consent_str(sent);

    return told(consent_bridge_reconcile);
}


static int
set_up(void **state)
{
    shipped_setup(state);
    heap_init(&heap);

    policy = NULL;

    return 0;
}


static int
tear_down(void **state)
{
    consent_policy_destroy(policy);
    heap_free(&heap);

    return shipped_teardown(state);
}


#define TAIL   "; Max-Age=3600; Path=/; SameSite=Lax; Secure\n"
#define ON     "; Max-Age=3600; Path=/; SameSite=Lax; Secure; Domain=www.ville-exemple.fr\n"
#define GONE(name)  name "=; Path=/; Max-Age=0; Secure\n" \
                    name "=; Path=/; Max-Age=0; Domain=ville-exemple.fr; Secure\n" \
                    name "=; Path=/; Max-Age=0; Domain=www.ville-exemple.fr; Secure\n"


static void
tarteaucitron_is_told_service_by_service(void **state)
{
    (void) state;

    town("\"services\":[\"youtube\",\"plausible\",\"google-maps\"],", "{\"use\":\"tarteaucitron\"}");
    choose(CONSENT_ACCEPTED, CONSENT_REFUSED, CONSENT_UNDECIDED);

    assert_string_equal(answer(),
                        "tarteaucitron=!googlemaps=false!googlemapsembed=false!googlemapssearch=false!maps_noapi=false"
                        "!plausible=false!youtube=true!youtubeapi=true!youtubeplaylist=true" TAIL);
}


static void
orejime_gets_json_as_js_cookie_writes_it(void **state)
{
    (void) state;

    town(services, "{\"use\":\"orejime\"}");
    choose(CONSENT_ACCEPTED, CONSENT_REFUSED, CONSENT_REFUSED);

    assert_string_equal(answer(),
                        "eu-consent={%22youtube%22:true%2C%22matomo%22:false%2C%22google-maps%22:false%2C%22hcaptcha%22"
                        ":true}" TAIL);
}


static void
klaro_gets_json_with_all_of_it_encoded(void **state)
{
    (void) state;

    town("\"services\":[\"youtube\",\"plausible\"],",
         "{\"use\":\"klaro\",\"services\":{\"Plan de la ville\":[\"youtube\"],\"session\":\"always\"}}");
    choose(CONSENT_REFUSED, CONSENT_ACCEPTED, CONSENT_UNDECIDED);

    assert_string_equal(answer(),
                        "klaro=%7B%22youtube%22%3Afalse%2C%22plausible%22%3Atrue%2C%22Plan%20de%20la%20ville%22%3Afalse"
                        "%2C%22session%22%3Atrue%7D" TAIL);
}


static void
cookieconsent_gets_its_record_with_the_day_and_no_visitor_in_it(void **state)
{
    (void) state;

    town(services, "{\"use\":\"cookieconsent\",\"revision\":3,\"services\":{\"functionality/Carte\":[\"google-maps\"]}}");
    choose(CONSENT_REFUSED, CONSENT_ACCEPTED, CONSENT_ACCEPTED);

    assert_string_equal(answer(),
                        "cc_cookie=%7B%22categories%22%3A%5B%22necessary%22%2C%22analytics%22%5D%2C%22revision%22%3A3%2C"
                        "%22data%22%3Anull%2C%22consentTimestamp%22%3A%222024-10-04T00%3A00%3A00.000Z%22%2C%22consentId"
                        "%22%3A%22ngx_consent%22%2C%22services%22%3A%7B%22necessary%22%3A%5B%5D%2C%22functionality%22%3A"
                        "%5B%22Carte%22%5D%2C%22analytics%22%3A%5B%5D%2C%22marketing%22%3A%5B%5D%2C%22ads%22%3A%5B%5D"
                        "%7D%2C%22lastConsentTimestamp%22%3A%222024-10-04T00%3A00%3A00.000Z%22%7D" ON);
}


static void
complianz_gets_a_cookie_for_each_category_and_no_single_services(void **state)
{
    (void) state;

    town(services, "{\"use\":\"complianz\",\"revision\":27}");
    choose(CONSENT_REFUSED, CONSENT_ACCEPTED, CONSENT_ACCEPTED);

    assert_string_equal(answer(),
                        "cmplz_functional=allow" TAIL
                        "cmplz_preferences=deny" TAIL
                        "cmplz_statistics=allow" TAIL
                        "cmplz_marketing=deny" TAIL
                        "cmplz_banner-status=dismissed" TAIL
                        "cmplz_policy_id=27" TAIL);
}


static void
decidim_gets_the_categories_that_are_granted(void **state)
{
    (void) state;

    town(services, "{\"use\":\"decidim\"}");
    choose(CONSENT_REFUSED, CONSENT_REFUSED, CONSENT_REFUSED);
    assert_string_equal(answer(), "decidim-consent={%22essential%22:true}" ON);

    choose(CONSENT_REFUSED, CONSENT_ACCEPTED, CONSENT_ACCEPTED);
    assert_string_equal(answer(), "decidim-consent={%22essential%22:true%2C%22analytics%22:true}" ON);

    choose(CONSENT_ACCEPTED, CONSENT_ACCEPTED, CONSENT_ACCEPTED);
    assert_string_equal(answer(),
                        "decidim-consent={%22essential%22:true%2C%22preferences%22:true%2C%22analytics%22:true%2C"
                        "%22marketing%22:true}" ON);
}


static void
a_category_is_granted_only_when_all_of_it_is_accepted(void **state)
{
    (void) state;

    town("\"services\":[\"youtube\",\"plausible\",\"google-maps\"],", "{\"use\":\"complianz\"}");
    choose(CONSENT_ACCEPTED, CONSENT_ACCEPTED, CONSENT_UNDECIDED);
    assert_non_null(strstr(answer(), "cmplz_marketing=deny"));

    choose(CONSENT_ACCEPTED, CONSENT_ACCEPTED, CONSENT_ACCEPTED);
    assert_non_null(strstr(answer(), "cmplz_marketing=allow"));
}


static void
a_category_of_which_the_policy_has_nothing_is_never_granted(void **state)
{
    (void) state;

    town("\"services\":[\"youtube\"],", "{\"use\":\"complianz\"}");
    choose(CONSENT_ACCEPTED, 0, 0);

    assert_non_null(strstr(answer(), "cmplz_statistics=deny"));
}


static void
what_is_exempt_runs_in_the_tool_as_well_but_opens_no_category(void **state)
{
    (void) state;

    town(services, "{\"use\":\"orejime\"},{\"use\":\"complianz\"}");
    choose(CONSENT_ACCEPTED, CONSENT_UNDECIDED, CONSENT_REFUSED);

    assert_non_null(strstr(answer(), "%22matomo%22:true"));
    assert_non_null(strstr(answer(), "cmplz_statistics=deny"));
}


/* tarteaucitron finds "analytics=true" in "pianoanalytics=true". */

static void
a_name_that_ends_with_another_is_granted_only_together_with_it(void **state)
{
    (void) state;

    town("\"services\":[\"google-analytics\",\"piano-analytics\"],", "{\"use\":\"tarteaucitron\"}");

    choose(CONSENT_REFUSED, CONSENT_ACCEPTED, 0);
    assert_null(strstr(answer(), "analytics=true"));
    assert_non_null(strstr(answer(), "!xiti=true"));

    choose(CONSENT_ACCEPTED, CONSENT_ACCEPTED, 0);
    assert_non_null(strstr(answer(), "!pianoanalytics=true"));
}


static void
an_answer_replaces_what_the_browser_has_wherever_it_is(void **state)
{
    (void) state;

    town("\"services\":[\"vimeo\"],", "{\"use\":\"klaro\"}");
    choose(CONSENT_ACCEPTED, 0, 0);
    line = CONSENT_STR("klaro=x");

    assert_string_equal(answer(), GONE("klaro") "klaro=%7B%22vimeo%22%3Atrue%7D" TAIL);
}


static void
a_page_leaves_alone_what_agrees_or_says_less(void **state)
{
    (void) state;

    town(services, "{\"use\":\"orejime\"}");
    choose(CONSENT_ACCEPTED, CONSENT_REFUSED, CONSENT_ACCEPTED);

    assert_string_equal(page("eu-consent={%22youtube%22:true}"), "");
    assert_string_equal(page("a=b; eu-consent={%22youtube%22:false%2C%22matomo%22:false}"), "");
}


static void
a_page_tells_again_what_was_overstepped(void **state)
{
    const char  *again = GONE("eu-consent")
                         "eu-consent={%22youtube%22:true%2C%22matomo%22:false%2C%22google-maps%22:false%2C%22hcaptcha%22"
                         ":true}" TAIL;

    (void) state;

    town(services, "{\"use\":\"orejime\"}");
    choose(CONSENT_ACCEPTED, CONSENT_REFUSED, CONSENT_REFUSED);

    assert_string_equal(page("eu-consent={%22matomo%22:true}"), again);
    assert_string_equal(page("eu-consent={%22somebody-else%22:true}"), again);
    assert_string_equal(page("eu-consent={%22youtube%22:true}; eu-consent={%22google-maps%22:1}"), again);
    assert_string_equal(page("eu-consent=%7B%22google-maps%22%3Atrue%7D"), again);
    assert_string_equal(page("eu-consent=neither"), again);
}


static void
a_page_tells_what_the_tool_was_never_told(void **state)
{
    (void) state;

    town(services, "{\"use\":\"decidim\"}");
    choose(CONSENT_REFUSED, CONSENT_REFUSED, CONSENT_REFUSED);

    assert_string_equal(page(""), "decidim-consent={%22essential%22:true}" ON);
    assert_string_equal(page("decidim-consent={}"), GONE("decidim-consent") "decidim-consent={%22essential%22:true}" ON);
    assert_string_equal(page("decidim-consent={%22essential%22:true}"), "");
}


static void
without_a_choice_a_tool_that_grants_is_made_to_forget(void **state)
{
    (void) state;

    town(services, "{\"use\":\"decidim\"}");

    assert_string_equal(page("decidim-consent={%22essential%22:true%2C%22marketing%22:true}"), GONE("decidim-consent"));
    assert_string_equal(page("decidim-consent={%22essential%22:true}"), "");
    assert_string_equal(page("decidim-consent={}"), "");
    assert_string_equal(page(""), "");
}


static void
the_forms_are_read_as_the_tools_read_them(void **state)
{
    (void) state;

    town("\"services\":[\"youtube\",\"plausible\"],", "{\"use\":\"tarteaucitron\"}");
    choose(CONSENT_ACCEPTED, CONSENT_REFUSED, 0);

    assert_string_equal(page("tarteaucitron=!youtube=true!plausible=false"), "");
    assert_string_equal(page("tarteaucitron=!youtube=false!vimeo=wait"), "");
    assert_string_not_equal(page("tarteaucitron=!youtube=wait"), "");
    assert_string_not_equal(page("tarteaucitron=!youtube=true!plausible=true"), "");
    assert_string_not_equal(page("tarteaucitron=plausible=true"), "");

    town(services, "{\"use\":\"complianz\"}");
    choose(CONSENT_REFUSED, CONSENT_ACCEPTED, CONSENT_REFUSED);

    assert_string_equal(page("cmplz_statistics=allow; cmplz_marketing=deny; cmplz_banner-status=dismissed"), "");
    assert_string_not_equal(page("cmplz_marketing=allow; cmplz_banner-status=dismissed"), "");
    assert_string_not_equal(page("cmplz_consented_services={\"youtube\":true}; cmplz_banner-status=dismissed"), "");
    assert_string_not_equal(page("cmplz_statistics=allow"), "");

    town(services, "{\"use\":\"cookieconsent\"}");
    choose(CONSENT_REFUSED, CONSENT_ACCEPTED, CONSENT_REFUSED);

    assert_string_equal(page("cc_cookie=%7B%22categories%22%3A%5B%22necessary%22%2C%22analytics%22%5D%2C%22services%22"
                             "%3A%7B%22analytics%22%3A%5B%5D%7D%7D"), "");
    assert_string_not_equal(page("cc_cookie=%7B%22categories%22%3A%5B%22marketing%22%5D%7D"), "");
    assert_string_not_equal(page("cc_cookie=%7B%22categories%22%3A%5B%5D%2C%22services%22%3A%7B%22ads%22%3A%5B%22x%22%5D"
                                 "%7D%7D"), "");
}


static void
the_cookie_goes_where_the_tool_keeps_it(void **state)
{
    (void) state;

    town("\"services\":[\"vimeo\"],", "{\"use\":\"klaro\",\"cookie\":\"choix\",\"domain\":\"ville-exemple.fr\"}");
    choose(CONSENT_REFUSED, 0, 0);
    assert_string_equal(answer(), "choix=%7B%22vimeo%22%3Afalse%7D; Max-Age=3600; Path=/; SameSite=Lax; Secure; "
                                  "Domain=ville-exemple.fr\n");

    host = CONSENT_STR("autre.fr");
    secure = 0;
    assert_string_equal(answer(), "choix=%7B%22vimeo%22%3Afalse%7D; Max-Age=3600; Path=/; SameSite=Lax\n");

    town("\"services\":[\"vimeo\"],", "{\"use\":\"decidim\"}");
    choose(CONSENT_REFUSED, 0, 0);
    host = CONSENT_STR("127.0.0.1");
    secure = 0;
    assert_string_equal(answer(), "decidim-consent={%22essential%22:true}; Max-Age=3600; Path=/; SameSite=Lax\n");
}


static void
their_cookies_are_known_to_the_gateway(void **state)
{
    (void) state;

    town(services, "{\"use\":\"klaro\"},{\"use\":\"complianz\"}");

    assert_true(consent_bridge_sets(policy, CONSENT_STR("klaro")));
    assert_true(consent_bridge_sets(policy, CONSENT_STR("cmplz_marketing")));
    assert_false(consent_bridge_sets(policy, CONSENT_STR("cmplz_id")));

    assert_string_equal(loading_text(consent_bridge_cookie_name(policy, 0)), "klaro");
    assert_string_equal(loading_text(consent_bridge_cookie_name(policy, 5)), "cmplz_banner-status");
    assert_int_equal(consent_bridge_cookie_name(policy, 6).len, 0);
}


static void
the_hash_of_the_policy_covers_them(void **state)
{
    char  hash[CONSENT_HASH_HEX_LEN + 1];

    (void) state;

    town(services, "");
    strcpy(hash, policy->hash);

    town(services, "{\"use\":\"klaro\"}");
    assert_string_not_equal(policy->hash, hash);
    strcpy(hash, policy->hash);

    town(services, "{\"use\":\"klaro\",\"services\":{\"youtube\":\"never\"}}");
    assert_string_not_equal(policy->hash, hash);
}


/* A typing mistake there would leave a tool asking for ever. */

static void
every_service_that_a_tool_s_file_names_is_in_the_catalogue(void **state)
{
    unsigned                 i, k, n;
    consent_str_t            id;
    consent_bridge_tools_t  *tools;

    (void) state;

    tools = consent_bridge_tools_load(&heap.arena, "assets/bridges", &shipped.problems);
    assert_string_equal(shipped.reports, "");

    for (i = 0; i < tools->n; i++) {
        for (k = 0; k < tools->elts[i].nservices; k++) {
            for (n = 0; n < tools->elts[i].services[k].nservices; n++) {
                id = tools->elts[i].services[k].services[n];

                if (consent_catalogue_find(shipped.catalogue, id) == NULL) {
                    fail_msg("%s: no \"%s\" in the catalogue", loading_text(tools->elts[i].id), loading_text(id));
                }
            }
        }
    }

    assert_int_equal(tools->n, 6);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test_setup_teardown(tarteaucitron_is_told_service_by_service, set_up, tear_down),
        cmocka_unit_test_setup_teardown(orejime_gets_json_as_js_cookie_writes_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(klaro_gets_json_with_all_of_it_encoded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cookieconsent_gets_its_record_with_the_day_and_no_visitor_in_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(complianz_gets_a_cookie_for_each_category_and_no_single_services, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(decidim_gets_the_categories_that_are_granted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_category_is_granted_only_when_all_of_it_is_accepted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_category_of_which_the_policy_has_nothing_is_never_granted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_exempt_runs_in_the_tool_as_well_but_opens_no_category, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_name_that_ends_with_another_is_granted_only_together_with_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_answer_replaces_what_the_browser_has_wherever_it_is, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_page_leaves_alone_what_agrees_or_says_less, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_page_tells_again_what_was_overstepped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_page_tells_what_the_tool_was_never_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_a_choice_a_tool_that_grants_is_made_to_forget, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_forms_are_read_as_the_tools_read_them, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_cookie_goes_where_the_tool_keeps_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(their_cookies_are_known_to_the_gateway, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_hash_of_the_policy_covers_them, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_service_that_a_tool_s_file_names_is_in_the_catalogue, set_up, tear_down)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
