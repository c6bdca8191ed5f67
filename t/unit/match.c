#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#define PCRE2_CODE_UNIT_WIDTH  8
#include <pcre2.h>

#include "catalogue_private.h"
#include "heap.h"
#include "match.h"
#include "match_build.h"
#include "regex_literal.h"

#define N(array)  (sizeof(array) / sizeof(array[0]))
#define S(text)   { text, sizeof(text) - 1 }


/* A little catalogue and a policy over it; entries are what the tests index. */

enum { GOOGLE_MAPS, MATOMO, YOUTUBE, RECAPTCHA, METEO, GTM, ANALYTICS };

static consent_str_t  maps_urls[] = { S("google.com/maps"), S("maps.googleapis.com") };
static consent_str_t  maps_inlines[] = { S("\\bgoogle\\.maps\\.Map\\(") };
static consent_str_t  recaptcha_urls[] = { S("google.com/recaptcha"), S("gstatic.com/recaptcha/") };
static consent_str_t  google_urls[] = { S("google.com"), S("google.com/maps/d/embed/private") };
static consent_str_t  youtube_urls[] = { S("youtube.com"), S("youtube-nocookie.com"), S("youtube.com/embed?list=") };
static consent_str_t  youtube_inlines[] = { S("\\bYT\\.Player\\("), S("youtube\\.com/iframe_api") };
static consent_str_t  matomo_urls[] = {
    S("matomo.cloud"), S("//*/matomo.js"), S("//*/*/matomo.js"), S("//*/js/container_*.js"), S("//*/*/matomo.php")
};
static consent_str_t  matomo_hits[] = { S("//*/matomo.php"), S("//*/*/matomo.php") };
static consent_str_t  matomo_inlines[] = { S("\\b_paq\\s*\\.\\s*push\\s*\\(") };
static consent_str_t  gtm_urls[] = { S("googletagmanager.com") };
static consent_str_t  gtm_inlines[] = { S("\\bgtm\\.start\\b"), S("dataLayer") };
static consent_str_t  analytics_urls[] = {
    S("google-analytics.com"), S("googletagmanager.com/gtag/js"), S("cdn.example/*/ga.js")
};
static consent_str_t  analytics_inlines[] = { S("(?i)\\bGTAG\\s*\\("), S("^[a-z]=1$") };
static consent_str_t  shady_urls[] = { S("shady.example") };
static consent_str_t  shady_inlines[] = { S("\\bshady\\(") };

static consent_cookie_pattern_t  matomo_cookies[] = {
    { .name = S("_pk_id.*") }, { .name = S("_pk_*") }, { .name = S("_pk_uid") }, { .name = S("/_pk_test(_[0-9]+)?/") }
};
static consent_cookie_pattern_t  analytics_cookies[] = {
    { .name = S("_ga") }, { .name = S("_ga_*") }, { .name = S("*_gtag_*_x") }
};
static consent_cookie_pattern_t  gtm_cookies[] = { { .name = S("_ga") }, { .name = S("_gcl_au") } };
static consent_cookie_pattern_t  shady_cookies[] = { { .name = S("sh") } };

#define URLS(name)     .urls = name ## _urls, .nurls = N(name ## _urls)
#define INLINES(name)  .inlines = name ## _inlines, .ninlines = N(name ## _inlines)
#define COOKIES(name)  .cookies = name ## _cookies, .ncookies = N(name ## _cookies)

static consent_service_t  services[] = {
    { .id = S("analytics"), .purpose = CONSENT_PURPOSE_AUDIENCE, URLS(analytics), INLINES(analytics),
      COOKIES(analytics) },
    { .id = S("google"), .purpose = CONSENT_PURPOSE_CONTENT, URLS(google) },
    { .id = S("maps"), .purpose = CONSENT_PURPOSE_MAP, URLS(maps), INLINES(maps) },
    { .id = S("matomo"), .purpose = CONSENT_PURPOSE_AUDIENCE, URLS(matomo), INLINES(matomo), COOKIES(matomo),
      .hits = matomo_hits, .nhits = N(matomo_hits) },
    { .id = S("recaptcha"), .purpose = CONSENT_PURPOSE_SECURITY, URLS(recaptcha) },
    { .id = S("tag-manager"), .purpose = CONSENT_PURPOSE_AUDIENCE, URLS(gtm), INLINES(gtm), COOKIES(gtm) },
    { .id = S("youtube"), .purpose = CONSENT_PURPOSE_VIDEO, URLS(youtube), INLINES(youtube) },
    { .id = S("shady"), .purpose = CONSENT_PURPOSE_ADVERTISING, .listed_only = 1, URLS(shady), INLINES(shady),
      COOKIES(shady) }
};

/* The policy's own service, and what it says of others. */

static consent_str_t             meteo_urls[] = { S("widget.example.com/*"), S("maps.googleapis.com/meteo/") };
static consent_str_t             meteo_inlines[] = { S("\\bMeteoWidget\\(") };
static consent_cookie_pattern_t  meteo_cookies[] = { { .name = S("mt_*") } };

static consent_str_t  meteo_hits[] = { S("//*/collect") };
static consent_str_t  meteo_paths[] = { S("/meteo/"), S("/zz*/") };

static consent_service_t  meteo = {
    .id = S("meteo"), .purpose = CONSENT_PURPOSE_CONTENT, URLS(meteo), INLINES(meteo), COOKIES(meteo),
    .hits = meteo_hits, .nhits = 1
};

/* A copy of youtube that knows one more host: its lists begin with those of the catalogue. */
static consent_str_t  more_youtube_urls[] = {
    S("youtube.com"), S("youtube-nocookie.com"), S("youtube.com/embed?list="), S("videos.ville.example")
};
static consent_service_t  more_youtube = {
    .id = S("youtube"), .purpose = CONSENT_PURPOSE_VIDEO, URLS(more_youtube), INLINES(youtube)
};

static consent_str_t  matomo_hosts[] = { S("stats.ville.example") };
static consent_str_t  matomo_paths[] = { S("/mesure/"), S("/p.php") };
static consent_str_t  own_hosts[] = { S("ville.example"), S("www.ville.example") };

static consent_entry_t  entries[] = {
    { .service = &services[2], .base = &services[2] },
    { .service = &services[3], .base = &services[3], .hosts = matomo_hosts, .nhosts = N(matomo_hosts),
      .paths = matomo_paths, .npaths = N(matomo_paths) },
    { .service = &more_youtube, .base = &services[6] },
    { .service = &services[4], .base = &services[4] },
    { .service = &meteo, .paths = meteo_paths, .npaths = N(meteo_paths) },
    { .service = &services[5], .base = &services[5] }
};

static heap_t               heap;
static consent_catalogue_t  catalogue;
static consent_policy_t     policy;
static consent_problems_t   problems;
static char                 reported[4096];


static void
report(void *data, const char *file, unsigned line, const char *text)
{
    (void) data;
    (void) line;

    snprintf(reported + strlen(reported), sizeof(reported) - strlen(reported), "%s: %s\n", file, text);
}


static void
build_policy(unsigned nentries)
{
    const consent_service_t  *list[N(services)];

    reported[0] = '\0';
    problems.report = report;
    problems.count = 0;

    for (unsigned i = 0; i < N(services); i++) {
        list[i] = &services[i];
    }

    memset(&catalogue, 0, sizeof(catalogue));
    catalogue.services = services;
    catalogue.n = N(services);
    catalogue.matcher = consent_matcher_build(&heap.arena, list, N(services), "catalogue", &problems);
    assert_non_null(catalogue.matcher);

    memset(&policy, 0, sizeof(policy));
    policy.file = CONSENT_STR("site.json");
    policy.hosts = own_hosts;
    policy.nhosts = N(own_hosts);
    policy.entries = entries;
    policy.nentries = nentries;
    policy.catalogue = &catalogue;
    policy.overlay = consent_overlay_build(&heap.arena, &policy, &problems);
    assert_non_null(policy.overlay);
}


static int
setup(void **state)
{
    int                error;
    size_t             offset;
    consent_str_t      name = matomo_cookies[3].name;

    (void) state;

    matomo_cookies[3].regex = pcre2_compile((PCRE2_SPTR) name.data + 1, name.len - 2,
                                            PCRE2_ANCHORED | PCRE2_ENDANCHORED, &error, &offset, NULL);
    heap_init(&heap);
    build_policy(N(entries));

    return 0;
}


static int
teardown(void **state)
{
    (void) state;

    consent_overlay_destroy(policy.overlay);
    consent_matcher_destroy(catalogue.matcher);
    pcre2_code_free(matomo_cookies[3].regex);
    heap_free(&heap);

    return 0;
}


static consent_claim_t
claim_of(const char *ref)
{
    consent_url_t          base, url;
    consent_url_scratch_t  base_scratch, scratch;

    consent_url_resolve(NULL, CONSENT_STR("https://www.ville.example/culture/page.html"), &base_scratch, &base);
    consent_url_resolve(&base, consent_str(ref), &scratch, &url);

    return consent_match_url(&policy, CONSENT_STR("www.ville.example"), &url);
}


/* "-" unclaimed, "!id" unlisted, else the entry's id. */

static const char *
said(consent_claim_t claim)
{
    static char  text[64];

    if (claim.index == CONSENT_UNCLAIMED) {
        assert_null(claim.service);
        return "-";
    }

    assert_non_null(claim.service);

    if (claim.index >= 0) {
        assert_true(claim.index < (int) policy.nentries);
        assert_ptr_equal(claim.service, policy.entries[claim.index].service);
    }

    snprintf(text, sizeof(text), "%s%.*s", claim.index == CONSENT_UNLISTED ? "!" : "", (int) claim.service->id.len,
             claim.service->id.data);

    return text;
}


static void
check_urls(const char *const pairs[][2], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(said(claim_of(pairs[i][0])), pairs[i][1]) != 0) {
            fail_msg("%s is claimed by %s, not %s", pairs[i][0], said(claim_of(pairs[i][0])), pairs[i][1]);
        }
    }
}


static void
a_host_covers_its_subdomains_on_label_boundaries(void **state)
{
    (void) state;

    static const char *const  pairs[][2] = {
        { "https://youtube.com/", "youtube" },
        { "https://www.youtube.com/embed/abc", "youtube" },
        { "//www.youtube-nocookie.com/embed/abc", "youtube" },
        { "https://a.b.c.d.youtube.com/", "youtube" },
        { "https://notyoutube.com/", "-" },
        { "https://youtube.com.evil.example/", "-" },
        { "https://com/", "-" },
        { "https://youtube/", "-" },
        { "https://www.google-analytics.com/collect", "!analytics" },
        { "http://MATOMO.cloud/", "matomo" },
        { "https://ville.matomo.cloud/x", "matomo" }
    };

    check_urls(pairs, N(pairs));
}


static void
look_alike_hosts_and_addresses_in_queries_are_not_claimed(void **state)
{
    (void) state;

    static const char *const  pairs[][2] = {
        { "https://www.youtube.com.ville-exemple.fr/embed/abc", "-" },
        { "https://www-youtube.com/", "-" },
        { "https://youtube.com@ville.example/", "-" },
        { "https://ville.example@youtube.com/", "youtube" },
        { "/proxy.php?url=https%3A%2F%2Fwww.youtube.com", "-" },
        { "/proxy.php?url=https://www.youtube.com/embed/abc", "-" },
        { "/www.youtube.com/embed/abc", "-" },
        { "https://other.example/https://www.youtube.com/", "-" },
        { "https://other.example/#https://www.youtube.com/", "-" },
        { "/page#//www.youtube.com/", "-" },
        { "data:text/html,<script src=https://www.youtube.com/x>", "-" },
        { "javascript:'https://www.youtube.com/'", "-" },
        { "https:www.youtube.com/", "-" },
        { "https:/www.youtube.com/", "-" },
        { "http:www.youtube.com/", "youtube" },
        { "https:\\\\www.youtube.com\\embed", "youtube" },
        { "///www.youtube.com/", "youtube" },
        { "https://www.youtube.com:443/", "youtube" },
        { "https://www.youtube.com./", "youtube" },
        { "https://www.yout\n\tube.com/", "youtube" },
        { "https://www.%79outube.com/", "youtube" },
        { "https://www.yout\xc2\xadube.com/", "youtube" },
        { "https://\xef\xbd\x97\xef\xbd\x97\xef\xbd\x97\xe3\x80\x82youtube\xef\xbc\x8e\x63om/", "youtube" },
        { "https://\xe4\xb8\xad.youtube.com/", "youtube" }
    };

    check_urls(pairs, N(pairs));
}


static void
the_longest_path_wins_then_the_longest_host(void **state)
{
    (void) state;

    static const char *const  pairs[][2] = {
        { "https://www.google.com/maps/embed?pb=1", "maps" },
        { "https://www.google.com/recaptcha/api.js", "recaptcha" },
        { "https://www.google.com/maps/d/embed/private", "!google" },
        { "https://www.google.com/maps/d/embed", "maps" },
        { "https://www.google.com/", "!google" },
        { "https://www.google.com/search?q=/maps", "!google" },
        { "https://www.google.com/mapsearch", "!google" },
        { "https://www.google.com/maps", "maps" },
        { "https://www.google.com/%6daps/embed", "maps" },
        { "https://www.google.com/x/../maps/embed", "maps" },
        { "https://www.google.com/x/..%2fmaps/embed", "!google" },
        { "https://www.gstatic.com/recaptcha/releases/x.js", "recaptcha" },
        { "https://www.gstatic.com/recaptcha", "-" },
        { "https://www.gstatic.com/charts/loader.js", "-" },
        { "https://www.googletagmanager.com/gtm.js?id=GTM-1", "tag-manager" },
        { "https://www.googletagmanager.com/gtag/js?id=G-1", "!analytics" },
        { "https://www.googletagmanager.com/gtag/json", "tag-manager" },
        { "https://www.googletagmanager.com/ns.html", "tag-manager" }
    };

    check_urls(pairs, N(pairs));
}


static void
a_path_may_hold_wildcards_and_a_query(void **state)
{
    (void) state;

    static const char *const  pairs[][2] = {
        { "https://cdn.example/a/ga.js", "!analytics" },
        { "https://cdn.example/a/b/c/ga.js", "!analytics" },
        { "https://cdn.example/a/ga.js?v=2", "!analytics" },
        { "https://cdn.example/a/ga.js/x", "!analytics" },
        { "https://cdn.example/a/ga.jsx/ga.js", "!analytics" },
        { "https://cdn.example/a/ga.jsx", "-" },
        { "https://cdn.example/ga.js", "-" },
        { "https://widget.example.com/anything", "meteo" },
        { "https://widget.example.com", "meteo" },
        { "https://example.com/anything", "-" },
        { "https://www.youtube.com/embed?list=PL1", "youtube" }
    };

    check_urls(pairs, N(pairs));
}


static void
a_path_for_any_host_is_found_wherever_it_is_served(void **state)
{
    (void) state;

    static const char *const  pairs[][2] = {
        { "/matomo.js", "matomo" },
        { "matomo.js", "matomo" },
        { "/a/b/c/matomo.js?x", "matomo" },
        { "https://cdn.other.example/matomo.js", "matomo" },
        { "https://cdn.other.example//matomo.js", "matomo" },
        { "/matomo.json", "-" },
        { "/my-matomo.js", "-" },
        { "/x?/matomo.js", "-" },
        { "/js/container_Ab12.js", "matomo" },
        { "/js/container_Ab12.css", "-" },
        { "/a/js/container_Ab12.js", "-" },
        { "/a/matomo.php", "matomo" },
        { "/matomo.php", "-" }
    };

    check_urls(pairs, N(pairs));
}


static void
what_a_policy_says_wins_over_the_catalogue(void **state)
{
    (void) state;

    static const char *const  pairs[][2] = {
        { "https://maps.googleapis.com/maps/api/js", "maps" },
        { "https://maps.googleapis.com/meteo/widget.js", "meteo" },
        { "https://videos.ville.example/v/1", "youtube" },
        { "https://stats.ville.example/", "matomo" },
        { "https://a.stats.ville.example/x.js", "matomo" },
        { "/mesure/", "matomo" },
        { "/mesure/js/tracker.js", "matomo" },
        { "/mesure", "-" },
        { "/mesures/x.js", "-" },
        { "/p.php?x=1", "matomo" },
        { "/p.phpx", "-" },
        { "https://ville.example/mesure/x.js", "matomo" },
        { "https://other.example/mesure/x.js", "-" },
        { "https://m.ville.example/mesure/x.js", "-" }
    };

    check_urls(pairs, N(pairs));
}


static void
a_service_for_lists_only_counts_only_where_a_policy_lists_it(void **state)
{
    consent_policy_t  other = policy;
    consent_entry_t   listed = { .service = &services[7], .base = &services[7] };
    consent_url_t     url = { CONSENT_SCHEME_HTTPS, S("shady.example"), S("/"), S(""), 0 };

    (void) state;

    assert_string_equal(said(claim_of("https://shady.example/x.js")), "-");
    assert_string_equal(said(consent_match_inline(&policy, CONSENT_STR("shady(1)"))), "-");
    assert_string_equal(said(consent_match_cookie(&policy, CONSENT_STR("sh"), NULL)), "-");

    other.entries = &listed;
    other.nentries = 1;
    other.overlay = consent_overlay_build(&heap.arena, &other, &problems);

    assert_int_equal(consent_match_url(&other, CONSENT_STR("www.ville.example"), &url).index, 0);
    assert_int_equal(consent_match_inline(&other, CONSENT_STR("shady(1)")).index, 0);
    assert_int_equal(consent_match_cookie(&other, CONSENT_STR("sh"), NULL).index, 0);

    consent_overlay_destroy(other.overlay);
}


static void
the_catalogue_never_claims_the_site_itself_by_its_host(void **state)
{
    consent_url_t  url = { CONSENT_SCHEME_HTTPS, S("ville.matomo.cloud"), S("/a.css"), S(""), 0 };

    (void) state;

    assert_int_equal(consent_match_url(&policy, CONSENT_STR("ville.matomo.cloud"), &url).index, CONSENT_UNCLAIMED);
    assert_int_equal(consent_match_url(&policy, CONSENT_STR("www.ville.example"), &url).index, MATOMO);

    url.path = CONSENT_STR("/matomo.js");
    assert_int_equal(consent_match_url(&policy, CONSENT_STR("ville.matomo.cloud"), &url).index, MATOMO);

    assert_true(consent_match_is_own(&policy, CONSENT_STR("ville.matomo.cloud"), CONSENT_STR("ville.matomo.cloud")));
    assert_true(consent_match_is_own(&policy, CONSENT_STR("www.ville.example"), CONSENT_STR("ville.example")));
    assert_false(consent_match_is_own(&policy, CONSENT_STR("www.ville.example"), CONSENT_STR("m.ville.example")));
    assert_false(consent_match_is_own(&policy, CONSENT_STR("www.ville.example"), CONSENT_STR("")));
}


static consent_claim_t
hit(const char *path)
{
    return consent_match_hit(&policy, CONSENT_STR("www.ville.example"), consent_str(path));
}


static void
a_hit_is_a_request_that_reports_a_visit(void **state)
{
    (void) state;

    assert_int_equal(hit("/matomo.php").index, MATOMO);
    assert_int_equal(hit("/stats/matomo.php").index, MATOMO);
    assert_int_equal(hit("/stats/matomo.php?idsite=1").index, MATOMO);
    assert_int_equal(hit("/matomo.js").index, CONSENT_UNCLAIMED);
    assert_int_equal(hit("/mesure/index.php").index, CONSENT_UNCLAIMED);
    assert_int_equal(hit("/blog?x=/matomo.php").index, CONSENT_UNCLAIMED);
    assert_int_equal(hit("").index, CONSENT_UNCLAIMED);
}


static void
hits_may_begin_at_a_path_that_the_policy_gives_the_service(void **state)
{
    (void) state;

    assert_int_equal(hit("/collect").index, METEO);
    assert_int_equal(hit("/meteo/collect?x=1").index, METEO);
    assert_int_equal(hit("/meteo/a/collect").index, CONSENT_UNCLAIMED);
    assert_int_equal(hit("/mesure/collect").index, CONSENT_UNCLAIMED);
    assert_int_equal(hit("/zzx/collect").index, CONSENT_UNCLAIMED);
    assert_int_equal(hit("/a/collect").index, CONSENT_UNCLAIMED);
}


static consent_claim_t
endpoint(const char *host, const char *path)
{
    return consent_match_endpoint(&policy, consent_str(host), consent_str(path));
}


static void
an_endpoint_is_all_that_an_audience_service_answers_here(void **state)
{
    (void) state;

    assert_int_equal(endpoint("www.ville.example", "/matomo.php").index, MATOMO);
    assert_int_equal(endpoint("www.ville.example", "/matomo.js").index, MATOMO);
    assert_int_equal(endpoint("www.ville.example", "/mesure/index.php").index, MATOMO);
    assert_int_equal(endpoint("stats.ville.example", "/index.php").index, MATOMO);
    assert_int_equal(endpoint("www.ville.example", "/").index, CONSENT_UNCLAIMED);
    assert_int_equal(endpoint("videos.ville.example", "/").index, CONSENT_UNCLAIMED);
    assert_int_equal(endpoint("widget.example.com", "/").index, CONSENT_UNCLAIMED);
}


static consent_claim_t
inline_claim(const char *text)
{
    return consent_match_inline(&policy, consent_str(text));
}


static void
an_inline_script_belongs_to_whom_it_calls(void **state)
{
    char  *text;

    (void) state;

    assert_int_equal(inline_claim("var _paq = window._paq || []; _paq.push(['trackPageView']);").index, MATOMO);
    assert_int_equal(inline_claim("_paq . push ( x )").index, MATOMO);
    assert_int_equal(inline_claim("new YT.Player('x')").index, YOUTUBE);
    assert_int_equal(inline_claim("new MeteoWidget(1)").index, METEO);
    assert_int_equal(inline_claim("(function(w){w[l].push({'gtm.start':1})})(window)").index, GTM);
    assert_int_equal(inline_claim("gtag ('config')").index, CONSENT_UNLISTED);
    assert_int_equal(inline_claim("a=1").index, CONSENT_UNLISTED);
    assert_int_equal(inline_claim("a=12").index, CONSENT_UNCLAIMED);
    assert_int_equal(inline_claim("my_paq.push(1)").index, CONSENT_UNCLAIMED);
    assert_int_equal(inline_claim("MATOMO, _PAQ.PUSH(1)").index, CONSENT_UNCLAIMED);
    assert_int_equal(inline_claim("https://www.youtube.com/embed/x").index, CONSENT_UNCLAIMED);
    assert_int_equal(inline_claim("").index, CONSENT_UNCLAIMED);
    assert_int_equal(inline_claim("_").index, CONSENT_UNCLAIMED);

    text = test_malloc(65536);
    memset(text, ' ', 65536);
    memcpy(text + 65536 - 10, "_paq.push(", 10);
    assert_int_equal(consent_match_inline(&policy, (consent_str_t) { text, 65536 }).index, MATOMO);
    assert_int_equal(consent_match_inline(&policy, (consent_str_t) { text, 65535 }).index, CONSENT_UNCLAIMED);
    test_free(text);
}


static int
is_not(const void *data, consent_claim_t claim)
{
    return claim.index != *(const int *) data;
}


static void
a_script_of_two_services_can_be_asked_for_the_other_one(void **state)
{
    int            allowed;
    consent_str_t  text = CONSENT_STR("_paq.push(1); new YT.Player(2)");

    (void) state;

    allowed = YOUTUBE;
    assert_int_equal(consent_match_inline_where(&policy, text, is_not, &allowed).index, MATOMO);

    allowed = MATOMO;
    assert_int_equal(consent_match_inline_where(&policy, text, is_not, &allowed).index, YOUTUBE);
    assert_int_equal(consent_match_inline_where(&policy, CONSENT_STR("_paq.push(1)"), is_not, &allowed).index,
                     CONSENT_UNCLAIMED);
}


static void
a_pattern_that_needs_too_much_work_counts_as_no_match(void **state)
{
    char               text[4096];
    consent_str_t      inlines[] = { S("(x+x+)+y") };
    consent_service_t  service = { .id = S("slow"), .inlines = inlines, .ninlines = 1 };
    consent_entry_t    entry = { .service = &service };
    consent_policy_t   other = policy;

    (void) state;

    other.entries = &entry;
    other.nentries = 1;
    other.overlay = consent_overlay_build(&heap.arena, &other, &problems);

    memset(text, 'x', sizeof(text));
    assert_int_equal(consent_match_inline(&other, (consent_str_t) { text, sizeof(text) }).index, CONSENT_UNCLAIMED);
    assert_int_equal(consent_match_inline(&other, CONSENT_STR("xxy")).index, 0);

    consent_overlay_destroy(other.overlay);
}


static void
a_cookie_name_is_exact_then_wildcard_then_regular_expression(void **state)
{
    const consent_cookie_pattern_t  *pattern;

    (void) state;

    static const char *const  pairs[][3] = {
        { "_pk_uid", "matomo", "_pk_uid" },
        { "_pk_id.1.abcd", "matomo", "_pk_id.*" },
        { "_pk_id.", "matomo", "_pk_id.*" },
        { "_pk_ses.1.abcd", "matomo", "_pk_*" },
        { "_pk_test", "matomo", "_pk_*" },
        { "_pk", "-", NULL },
        { "x_pk_id.1", "-", NULL },
        { "_PK_ID.1", "-", NULL },
        { "_ga", "tag-manager", "_ga" },
        { "_ga_ABC", "!analytics", "_ga_*" },
        { "_gat", "-", NULL },
        { "a_gtag_b_x", "!analytics", "*_gtag_*_x" },
        { "_gtag__x", "!analytics", "*_gtag_*_x" },
        { "_gtag_x", "-", NULL },
        { "mt_", "meteo", "mt_*" },
        { "session", "-", NULL },
        { "", "-", NULL }
    };

    for (size_t i = 0; i < N(pairs); i++) {
        pattern = NULL;

        assert_string_equal(said(consent_match_cookie(&policy, consent_str(pairs[i][0]), &pattern)), pairs[i][1]);

        if (pairs[i][2] != NULL) {
            assert_true(consent_str_eq(pattern->name, consent_str(pairs[i][2])));

        } else {
            assert_null(pattern);
        }
    }
}


static void
a_regular_expression_is_anchored_at_both_ends_of_a_cookie_name(void **state)
{
    consent_cookie_pattern_t  wildcard = matomo_cookies[1];
    void                     *overlay = policy.overlay, *matcher = catalogue.matcher;

    (void) state;

    matomo_cookies[1].name = CONSENT_STR("never");
    build_policy(N(entries));
    assert_int_equal(consent_match_cookie(&policy, CONSENT_STR("_pk_test_12"), NULL).index, MATOMO);
    assert_int_equal(consent_match_cookie(&policy, CONSENT_STR("_pk_test"), NULL).index, MATOMO);
    assert_int_equal(consent_match_cookie(&policy, CONSENT_STR("_pk_testx"), NULL).index, CONSENT_UNCLAIMED);
    assert_int_equal(consent_match_cookie(&policy, CONSENT_STR("x_pk_test"), NULL).index, CONSENT_UNCLAIMED);
    consent_overlay_destroy(policy.overlay);
    consent_matcher_destroy(catalogue.matcher);

    matomo_cookies[1] = wildcard;
    policy.overlay = overlay;
    catalogue.matcher = matcher;
}


static void
a_bad_pattern_is_reported_with_its_service_and_fails_the_build(void **state)
{
    consent_str_t             urls[] = {
        S("/x.js"), S("https://a.example/"), S("a.example:80/"), S("*.a.example"), S("//*/x")
    };
    consent_str_t             inlines[] = { S("("), S("a*"), S("") };
    consent_service_t         service = { .id = S("bad"), .urls = urls, .nurls = 5, .inlines = inlines, .ninlines = 3 };
    const consent_service_t  *list = &service;

    (void) state;

    reported[0] = '\0';
    assert_null(consent_matcher_build(&heap.arena, &list, 1, "dir", &problems));
    assert_int_equal(problems.count, 8);
    assert_string_equal(reported,
        "dir: service \"bad\", URL pattern \"/x.js\": it has no host: write \"//*\" before the path for any host\n"
        "dir: service \"bad\", URL pattern \"https://a.example/\": it has a scheme or a port: leave it out\n"
        "dir: service \"bad\", URL pattern \"a.example:80/\": it has a scheme or a port: leave it out\n"
        "dir: service \"bad\", URL pattern \"*.a.example\": "
            "a host is a domain, whose subdomains are included, or \"*\"\n"
        "dir: service \"bad\", URL pattern \"//*/x\": it would claim every site: write a host, or a longer path\n"
        "dir: service \"bad\", inline pattern \"(\": missing closing parenthesis at offset 1\n"
        "dir: service \"bad\", inline pattern \"a*\": it matches every script\n"
        "dir: service \"bad\", inline pattern \"\": it is empty\n");
}


static void
what_an_expression_needs_is_read_off_it_or_left_open(void **state)
{
    (void) state;

    static const struct {
        const char  *pattern;
        const char  *literals;      /* case folded ("_" with it), separated by spaces */
    } cases[] = {
        { "\\b_paq\\s*\\.\\s*push\\s*\\(", "\177paq" },
        { "\\bMeteoWidget\\(", "meteowidget(" },
        { "\\b(?:Matomo|Piwik)\\.get(?:Tracker|Async)\\(",
          "matomo.gettracker( matomo.getasync( piwik.gettracker( piwik.getasync(" },
        { "\\bfbq\\s*\\(\\s*['\"]init['\"]", "'init' 'init\" \"init' \"init\"" },
        { "\\bYT\\.(?:ready|Player)\\s*\\(", "yt.ready yt.player" },
        { "\\b_pac\\s*=\\s*window", "\177pac" },
        { "abc|def", "abc def" },
        { "abc|d", "" },
        { "(?:abc|d)xyz", "abcxyz dxyz" },
        { "(?:abc|d+)xyz", "xyz" },
        { "abc(?:d|e\\w)xy", "abcd abce" },
        { "abc(?:d|e)+xy", "abcd abce" },
        { "(?:abc)?xyz1", "xyz1" },
        { "(?:longest)*xyz", "xyz" },
        { "abcd*efg", "efg" },
        { "abcd+efg", "abcd" },
        { "abcd{0,3}ef", "abc" },
        { "abc[xyz]defg", "abcxdefg abcydefg abczdefg" },
        { "abc[x-z]defg", "defg" },
        { "abc[^x]defg", "defg" },
        { "abc[vwxyz]defg", "defg" },
        { "abc[xyz]?defg", "defg" },
        { "abc[]xyz]defg", "defg" },
        { "[^\\]]abc", "abc" },
        { "abc[[:alpha:]]", "" },
        { "(?i)AbC", "abc" },
        { "abc(?i)def", "" },
        { "(?x)abc # def", "" },
        { "(*UTF)abc", "" },
        { "\\Qa|b\\E", "" },
        { "\\x41abc", "" },
        { "(?!nothere)abc", "abc" },
        { "(?<!nothere)abc", "abc" },
        { "(?<name>abc)", "" },
        { "abc.def", "abc" },
        { "a.b", "" },
        { "^abc$", "abc" },
        { "abc\\d+defg", "defg" }
    };

    for (size_t i = 0; i < N(cases); i++) {
        char               text[512] = "";
        unsigned           n;
        consent_literal_t  literals[CONSENT_LITERALS_MAX];

        n = consent_regex_literals(consent_str(cases[i].pattern), literals);

        for (unsigned k = 0; k < n; k++) {
            snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%.*s", k ? " " : "", (int) literals[k].len,
                     literals[k].text);
        }

        assert_string_equal(text, cases[i].literals);
    }
}


static void
hostile_paths_cost_no_more_than_their_length(void **state)
{
    char           path[2048];
    clock_t        begin;
    consent_url_t  url = { CONSENT_SCHEME_HTTPS, S("cdn.example"), S("/"), S(""), 0 };

    (void) state;

    begin = clock();

    for (size_t i = 0; i < sizeof(path); i++) {
        path[i] = "/js/container_"[i % 14];
    }

    url.path = (consent_str_t) { path, sizeof(path) };

    for (unsigned i = 0; i < 2000; i++) {
        assert_int_equal(consent_match_url(&policy, CONSENT_STR("www.ville.example"), &url).index, CONSENT_UNCLAIMED);
    }

    /* some milliseconds where every directory is looked at once; minutes where the work is quadratic */
    assert_true(clock() - begin < 10 * CLOCKS_PER_SEC);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(a_host_covers_its_subdomains_on_label_boundaries),
        cmocka_unit_test(look_alike_hosts_and_addresses_in_queries_are_not_claimed),
        cmocka_unit_test(the_longest_path_wins_then_the_longest_host),
        cmocka_unit_test(a_path_may_hold_wildcards_and_a_query),
        cmocka_unit_test(a_path_for_any_host_is_found_wherever_it_is_served),
        cmocka_unit_test(what_a_policy_says_wins_over_the_catalogue),
        cmocka_unit_test(a_service_for_lists_only_counts_only_where_a_policy_lists_it),
        cmocka_unit_test(the_catalogue_never_claims_the_site_itself_by_its_host),
        cmocka_unit_test(a_hit_is_a_request_that_reports_a_visit),
        cmocka_unit_test(hits_may_begin_at_a_path_that_the_policy_gives_the_service),
        cmocka_unit_test(an_endpoint_is_all_that_an_audience_service_answers_here),
        cmocka_unit_test(an_inline_script_belongs_to_whom_it_calls),
        cmocka_unit_test(a_script_of_two_services_can_be_asked_for_the_other_one),
        cmocka_unit_test(a_pattern_that_needs_too_much_work_counts_as_no_match),
        cmocka_unit_test(a_cookie_name_is_exact_then_wildcard_then_regular_expression),
        cmocka_unit_test(a_regular_expression_is_anchored_at_both_ends_of_a_cookie_name),
        cmocka_unit_test(a_bad_pattern_is_reported_with_its_service_and_fails_the_build),
        cmocka_unit_test(what_an_expression_needs_is_read_off_it_or_left_open),
        cmocka_unit_test(hostile_paths_cost_no_more_than_their_length)
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
