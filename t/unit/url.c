#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "url.h"

#define N(array)        (sizeof(array) / sizeof(array[0]))
#define BYTES(literal)  literal, sizeof(literal) - 1

#define HTTPS_PAGE  "https://www.ville.example/culture/page.html?x=1"
#define HTTP_PAGE   "http://www.ville.example/culture/page.html"

/* What is fetched, as it is read on a page; "-" for nothing, "odd " before a host that cannot be made ASCII. */
typedef struct {
    const char  *ref;
    const char  *fetched;
} url_case_t;


/* From a block of exactly its size, so that a read beyond it is seen. */

static void
resolve(const char *page, const char *ref, size_t len, char *text, size_t size)
{
    char                   *copy;
    consent_url_t           base, url;
    consent_url_scratch_t  *base_scratch, *scratch;

    copy = malloc(len ? len : 1);
    base_scratch = malloc(sizeof(consent_url_scratch_t));
    scratch = malloc(sizeof(consent_url_scratch_t));
    memcpy(copy, ref, len);

    consent_url_resolve(NULL, consent_str(page), base_scratch, &base);
    consent_url_resolve(&base, (consent_str_t) { copy, len }, scratch, &url);

    if (url.scheme == CONSENT_SCHEME_OTHER) {
        assert_int_equal(url.host.len + url.path.len + url.query.len, 0);
        snprintf(text, size, "-");

    } else {
        snprintf(text, size, "%s%s://%.*s%.*s%.*s", url.odd ? "odd " : "",
                 url.scheme == CONSENT_SCHEME_HTTPS ? "https" : "http", (int) url.host.len, url.host.data,
                 (int) url.path.len, url.path.data, (int) url.query.len, url.query.data);
    }

    free(copy);
    free(base_scratch);
    free(scratch);
}


static void
check(const char *page, const url_case_t *cases, size_t n)
{
    char  text[8192];

    for (size_t i = 0; i < n; i++) {
        resolve(page, cases[i].ref, strlen(cases[i].ref), text, sizeof(text));

        if (strcmp(text, cases[i].fetched) != 0) {
            fail_msg("\"%s\" is %s, not %s", cases[i].ref, text, cases[i].fetched);
        }
    }
}


static void
an_absolute_url_names_its_host_and_path(void **state)
{
    (void) state;

    static const url_case_t  cases[] = {
        { "https://tracker.example/a/b.js", "https://tracker.example/a/b.js" },
        { "http://tracker.example/a", "http://tracker.example/a" },
        { "https://tracker.example", "https://tracker.example/" },
        { "https://tracker.example?q=1", "https://tracker.example/?q=1" },
        { "https://tracker.example#f", "https://tracker.example/" },
        { "https://tracker.example/#f", "https://tracker.example/" },
        { "https://tracker.example/a?b#c?d", "https://tracker.example/a?b" },
        { "https://tracker.example/a#b?c", "https://tracker.example/a" },
        { "https://tracker.example/a?b=/c/../d", "https://tracker.example/a?b=/c/../d" },
        { "https://a-b.c_d.example/", "https://a-b.c_d.example/" }
    };

    check(HTTPS_PAGE, cases, N(cases));
}


static void
white_space_around_and_newlines_inside_vanish(void **state)
{
    (void) state;

    static const url_case_t  cases[] = {
        { "  https://tracker.example/a  ", "https://tracker.example/a" },
        { "\t\n\r https://tracker.example/a\n", "https://tracker.example/a" },
        { "\001\037https://tracker.example/a\013", "https://tracker.example/a" },
        { "ht\ttps://tracker.example/a", "https://tracker.example/a" },
        { "https:\n//tracker.example/a", "https://tracker.example/a" },
        { "https:/\t/tracker.example/a", "https://tracker.example/a" },
        { "https://tra\ncker.exam\tple/a", "https://tracker.example/a" },
        { "https://tracker.example\r\n/a", "https://tracker.example/a" },
        { "https://tracker.example/a\nb/c\t?d\re", "https://tracker.example/ab/c?de" },
        { "/\t/tracker.example/a", "https://tracker.example/a" },
        { "\302\240https://tracker.example/a",
          "https://www.ville.example/culture/\302\240https://tracker.example/a" },
        { "https://tracker.example/a b", "https://tracker.example/a b" }
    };

    check(HTTPS_PAGE, cases, N(cases));
}


static void
scheme_and_host_are_compared_in_lower_case(void **state)
{
    (void) state;

    static const url_case_t  cases[] = {
        { "HTTPS://TRACKER.EXAMPLE/A", "https://tracker.example/A" },
        { "HtTp://Tracker.Example/", "http://tracker.example/" },
        { "hTTps:\\\\TRACKER.example", "https://tracker.example/" }
    };

    check(HTTPS_PAGE, cases, N(cases));
}


static void
slashes_lean_either_way_and_any_number_of_them_counts(void **state)
{
    (void) state;

    static const url_case_t  cases[] = {
        { "//tracker.example/a", "https://tracker.example/a" },
        { "///tracker.example/a", "https://tracker.example/a" },
        { "////tracker.example/a", "https://tracker.example/a" },
        { "/\\tracker.example/a", "https://tracker.example/a" },
        { "\\/tracker.example/a", "https://tracker.example/a" },
        { "\\\\tracker.example\\a", "https://tracker.example/a" },
        { "https:\\\\tracker.example\\a\\b", "https://tracker.example/a/b" },
        { "https:///tracker.example/a", "https://tracker.example/a" },
        { "https:/\\tracker.example/a", "https://tracker.example/a" },
        { "https://\\tracker.example/a", "https://tracker.example/a" },
        { "/a\\b", "https://www.ville.example/a/b" },
        { "\\a", "https://www.ville.example/a" },
        { "/a?b\\c", "https://www.ville.example/a?b\\c" }
    };

    check(HTTPS_PAGE, cases, N(cases));
}


static void
a_scheme_without_slashes_is_relative_on_a_page_of_that_scheme(void **state)
{
    (void) state;

    static const url_case_t  cases[] = {
        { "https:tracker.example/a", "https://www.ville.example/culture/tracker.example/a" },
        { "https:/tracker.example/a", "https://www.ville.example/tracker.example/a" },
        { "https:\\tracker.example/a", "https://www.ville.example/tracker.example/a" },
        { "https:", "https://www.ville.example/culture/page.html?x=1" },
        { "https:?q", "https://www.ville.example/culture/page.html?q" },
        { "http:tracker.example/a", "http://tracker.example/a" },
        { "http:/tracker.example/a", "http://tracker.example/a" },
        { "http:\\tracker.example/a", "http://tracker.example/a" },
        { "http:", "-" }
    };

    check(HTTPS_PAGE, cases, N(cases));
}


static void
a_scheme_without_slashes_is_a_host_on_a_page_of_another_scheme(void **state)
{
    (void) state;

    static const url_case_t  cases[] = {
        { "https:tracker.example/a", "https://tracker.example/a" },
        { "https:/tracker.example/a", "https://tracker.example/a" },
        { "http:tracker.example/a", "http://www.ville.example/culture/tracker.example/a" },
        { "//tracker.example/a", "http://tracker.example/a" }
    };

    check(HTTP_PAGE, cases, N(cases));
}


static void
userinfo_ends_at_the_last_at_sign(void **state)
{
    (void) state;

    static const url_case_t  cases[] = {
        { "https://www.ville.example@tracker.example/a", "https://tracker.example/a" },
        { "https://user:pass@tracker.example/a", "https://tracker.example/a" },
        { "https://a@b@tracker.example/a", "https://tracker.example/a" },
        { "https://a:b@c:d@tracker.example/a", "https://tracker.example/a" },
        { "https://@tracker.example/a", "https://tracker.example/a" },
        { "https://:@tracker.example/a", "https://tracker.example/a" },
        { "https://www.ville.example\\@tracker.example/a", "https://www.ville.example/@tracker.example/a" },
        { "https://www.ville.example/@tracker.example/a", "https://www.ville.example/@tracker.example/a" },
        { "https://www.ville.example?@tracker.example/a", "https://www.ville.example/?@tracker.example/a" },
        { "https://www.ville.example#@tracker.example/a", "https://www.ville.example/" },
        { "https://www.ville.example%40tracker.example/", "-" },
        { "https://[a@tracker.example/", "https://tracker.example/" },
        { "https://user@/a", "-" }
    };

    check(HTTPS_PAGE, cases, N(cases));
}


static void
a_port_is_cut_off_and_must_be_one(void **state)
{
    (void) state;

    static const url_case_t  cases[] = {
        { "https://tracker.example:443/a", "https://tracker.example/a" },
        { "https://tracker.example:8443/a", "https://tracker.example/a" },
        { "https://tracker.example:/a", "https://tracker.example/a" },
        { "https://tracker.example:00080", "https://tracker.example/" },
        { "https://tracker.example:4\t43/a", "https://tracker.example/a" },
        { "https://tracker.example:65536/a", "-" },
        { "https://tracker.example:4a/a", "-" },
        { "https://tracker.example:80:80/a", "-" },
        { "https://:80/a", "-" },
        { "https://tracker.example:99999999999999999999/", "-" }
    };

    check(HTTPS_PAGE, cases, N(cases));
}


static void
one_trailing_dot_of_a_host_is_dropped(void **state)
{
    (void) state;

    static const url_case_t  cases[] = {
        { "https://tracker.example./a", "https://tracker.example/a" },
        { "https://tracker.example.:443/a", "https://tracker.example/a" },
        { "https://tracker.example../a", "https://tracker.example./a" }
    };

    check(HTTPS_PAGE, cases, N(cases));
}


static void
a_host_is_percent_decoded_once(void **state)
{
    (void) state;

    static const url_case_t  cases[] = {
        { "https://%74racker.example/a", "https://tracker.example/a" },
        { "https://tracker%2Eexample/a", "https://tracker.example/a" },
        { "https://%54RACKER.example/", "https://tracker.example/" },
        { "https://tracker.ex%61mple%3A80/", "-" },
        { "https://tracker%2Fexample/", "-" },
        { "https://tracker%00.example/", "-" },
        { "https://tracker%2574.example/", "-" },
        { "https://tracker%.example/", "-" },
        { "https://%EF%BD%94racker.example/", "https://tracker.example/" },
        { "https://tracker%c2%ad.example/", "https://tracker.example/" }
    };

    check(HTTPS_PAGE, cases, N(cases));
}


static void
a_host_is_folded_as_uts_46_folds_it(void **state)
{
    (void) state;

    static const url_case_t  cases[] = {
        { "https://ｔｒａｃｋｅｒ.example/", "https://tracker.example/" },
        { "https://ＴＲＡＣＫＥＲ．ＥＸＡＭＰＬＥ/", "https://tracker.example/" },
        { "https://tracker。example/", "https://tracker.example/" },
        { "https://tracker｡example/", "https://tracker.example/" },
        { "https://tra\302\255cker.example/", "https://tracker.example/" },
        { "https://tra\342\200\213cker.ex\342\201\240ample/", "https://tracker.example/" },
        { "https://tra\357\270\217cker.example\357\273\277/", "https://tracker.example/" },
        { "https://𝓉𝓇𝒶𝒸𝓀ℯ𝓇.example/", "https://tracker.example/" },
        { "https://ⓣⓡⓐⓒⓚⓔⓡ.example/", "https://tracker.example/" },
        { "https://tracKer.example/", "https://tracker.example/" },
        { "https://oﬃce.example/", "https://office.example/" },
        { "https://⑳²ⅷ.example/", "https://202viii.example/" },
        { "https://tracker.example。/", "https://tracker.example/" },
        { "https://ｔracker.example:80/ｔ", "https://tracker.example/ｔ" }
    };

    check(HTTPS_PAGE, cases, N(cases));
}


static void
an_international_host_becomes_its_ascii_form(void **state)
{
    (void) state;

    static const url_case_t  cases[] = {
        { "https://médiathèque.example/", "https://xn--mdiathque-53af.example/" },
        { "https://MÉDIATHÈQUE.example/", "https://xn--mdiathque-53af.example/" },
        { "https://m%C3%A9diath%C3%A8que.example/", "https://xn--mdiathque-53af.example/" },
        { "https://été.médiathèque.example/", "https://xn--t-9fab.xn--mdiathque-53af.example/" },
        { "https://œuvre.example/", "https://xn--uvre-f4a.example/" },
        { "https://пример.example/", "https://xn--e1afmkfd.example/" },
        { "https://straße.example/", "https://xn--strae-oqa.example/" },
        { "https://xn--mdiathque-53af.example/", "https://xn--mdiathque-53af.example/" }
    };

    check(HTTPS_PAGE, cases, N(cases));
}


static void
a_host_that_cannot_be_made_ascii_is_odd(void **state)
{
    (void) state;

    static const url_case_t  cases[] = {
        { "https://中文.example/a", "odd https://中文.example/a" },
        { "https://me\314\201dia.example/a", "odd https://me\314\201dia.example/a" },
        { "https://中文.tracker.example/a", "odd https://中文.tracker.example/a" }
    };

    check(HTTPS_PAGE, cases, N(cases));
}


static void
a_host_with_what_no_host_holds_is_not_fetched(void **state)
{
    (void) state;

    static const url_case_t  cases[] = {
        { "https://tra cker.example/", "-" },
        { "https://tra<cker.example/", "-" },
        { "https://tra|cker.example/", "-" },
        { "https://tra^cker.example/", "-" },
        { "https://tracker.example]/", "-" },
        { "https:///", "-" },
        { "https://", "-" },
        { "//", "-" },
        { "//?a", "-" },
        { "https://\302\255/", "-" }
    };

    check(HTTPS_PAGE, cases, N(cases));
}


static void
numbers_are_ipv4_addresses(void **state)
{
    (void) state;

    static const url_case_t  cases[] = {
        { "https://192.0.2.1/", "https://192.0.2.1/" },
        { "https://192.0.2.1./", "https://192.0.2.1/" },
        { "https://3221225985/", "https://192.0.2.1/" },
        { "https://0xc0.0.0x201/", "https://192.0.2.1/" },
        { "https://0300.0.02.1/", "https://192.0.2.1/" },
        { "https://192.0.513/", "https://192.0.2.1/" },
        { "https://１９２.0.2.①/", "https://192.0.2.1/" },
        { "https://0x/", "https://0.0.0.0/" },
        { "https://256.0.0.1/", "-" },
        { "https://1.2.3.4.5/", "-" },
        { "https://4294967296/", "-" },
        { "https://09/", "-" },
        { "https://tracker.example.1/", "-" },
        { "https://1.tracker.example/", "https://1.tracker.example/" },
        { "https://7up.4u/", "https://7up.4u/" }
    };

    check(HTTPS_PAGE, cases, N(cases));
}


static void
brackets_hold_ipv6_addresses(void **state)
{
    (void) state;

    static const url_case_t  cases[] = {
        { "https://[2001:DB8::1]/a", "https://[2001:db8::1]/a" },
        { "https://[2001:db8:0:0:0:0:0:1]:443/a", "https://[2001:db8::1]/a" },
        { "https://[::ffff:192.0.2.1]/", "https://[::ffff:c000:201]/" },
        { "https://[1:0:0:2:0:0:0:3]/", "https://[1:0:0:2::3]/" },
        { "https://[::]/", "https://[::]/" },
        { "https://[1:0:2:3:4:5:6:7]/", "https://[1:0:2:3:4:5:6:7]/" },
        { "https://[1::]/", "https://[1::]/" },
        { "https://[::1", "-" },
        { "https://[::1]x/", "-" },
        { "https://[1:2]/", "-" },
        { "https://[::1%25eth0]/", "-" }
    };

    check(HTTPS_PAGE, cases, N(cases));
}


static void
a_relative_reference_stays_on_the_host(void **state)
{
    (void) state;

    static const url_case_t  cases[] = {
        { "a.js", "https://www.ville.example/culture/a.js" },
        { "./a.js", "https://www.ville.example/culture/a.js" },
        { "../a.js", "https://www.ville.example/a.js" },
        { "../../../a.js", "https://www.ville.example/a.js" },
        { "/a.js", "https://www.ville.example/a.js" },
        { "?q", "https://www.ville.example/culture/page.html?q" },
        { "#f", "https://www.ville.example/culture/page.html?x=1" },
        { "", "https://www.ville.example/culture/page.html?x=1" },
        { "   ", "https://www.ville.example/culture/page.html?x=1" },
        { "a/b/../c", "https://www.ville.example/culture/a/c" },
        { "a:b", "-" },
        { "1a:b", "https://www.ville.example/culture/1a:b" },
        { "a b:c", "https://www.ville.example/culture/a b:c" },
        { "./a:b", "https://www.ville.example/culture/a:b" },
        { ".", "https://www.ville.example/culture/" },
        { "..", "https://www.ville.example/" },
        { "proxy.php?u=https://tracker.example/",
          "https://www.ville.example/culture/proxy.php?u=https://tracker.example/" },
        { "tracker.example/a", "https://www.ville.example/culture/tracker.example/a" }
    };

    check(HTTPS_PAGE, cases, N(cases));
}


static void
dot_segments_are_resolved_escaped_or_not(void **state)
{
    (void) state;

    static const url_case_t  cases[] = {
        { "/a/./b/../c", "https://www.ville.example/a/c" },
        { "/a/b/..", "https://www.ville.example/a/" },
        { "/a/b/.", "https://www.ville.example/a/b/" },
        { "/a/%2e%2E/b", "https://www.ville.example/b" },
        { "/a/.%2e/b", "https://www.ville.example/b" },
        { "/a/%2e/b", "https://www.ville.example/a/b" },
        { "/../../b", "https://www.ville.example/b" },
        { "/a/.../b", "https://www.ville.example/a/.../b" },
        { "/a/..b/.c", "https://www.ville.example/a/..b/.c" },
        { "/a//../b", "https://www.ville.example/a/b" },
        { "/a\\..\\b", "https://www.ville.example/b" },
        { "/a/..%2fb", "https://www.ville.example/a/..%2fb" },
        { "https://tracker.example/a/../../b", "https://tracker.example/b" }
    };

    check(HTTPS_PAGE, cases, N(cases));
}


static void
what_need_not_be_escaped_in_a_path_is_decoded(void **state)
{
    (void) state;

    static const url_case_t  cases[] = {
        { "/%6datomo%2Ejs", "https://www.ville.example/matomo.js" },
        { "/%7Euser/%2D%5F", "https://www.ville.example/~user/-_" },
        { "/a%2Fb%3F", "https://www.ville.example/a%2Fb%3F" },
        { "/%E9%zz%4", "https://www.ville.example/%E9%zz%4" },
        { "/a?%6d", "https://www.ville.example/a?%6d" }
    };

    check(HTTPS_PAGE, cases, N(cases));
}


static void
other_schemes_fetch_from_no_host(void **state)
{
    (void) state;

    static const url_case_t  cases[] = {
        { "data:text/html,<script src=https://tracker.example/>", "-" },
        { "blob:https://tracker.example/1", "-" },
        { "javascript:alert(1)", "-" },
        { "about:blank", "-" },
        { "mailto:a@tracker.example", "-" },
        { "ws://tracker.example/", "-" },
        { "ftp://tracker.example/", "-" },
        { "httpss://tracker.example/", "-" },
        { "http+x://tracker.example/", "-" },
        { " java\nscript:x", "-" }
    };

    check(HTTPS_PAGE, cases, N(cases));
}


static void
without_a_base_only_an_absolute_url_names_a_host(void **state)
{
    consent_url_t          url;
    consent_url_scratch_t  scratch;

    (void) state;

    consent_url_resolve(NULL, CONSENT_STR("//tracker.example/"), &scratch, &url);
    assert_int_equal(url.scheme, CONSENT_SCHEME_OTHER);

    consent_url_resolve(NULL, CONSENT_STR("https:tracker.example"), &scratch, &url);
    assert_int_equal(url.scheme, CONSENT_SCHEME_HTTPS);
    assert_true(consent_str_eq(url.host, CONSENT_STR("tracker.example")));
}


static void
a_base_that_is_not_http_has_no_relatives(void **state)
{
    consent_url_t          base = { CONSENT_SCHEME_OTHER, { "", 0 }, { "", 0 }, { "", 0 }, 0 };
    consent_url_scratch_t  scratch;

    (void) state;

    consent_url_resolve(&base, CONSENT_STR("a.js"), &scratch, &base);
    assert_int_equal(base.scheme, CONSENT_SCHEME_OTHER);
    assert_int_equal(base.host.len, 0);
}


static void
bytes_that_are_not_utf_8_make_a_host_odd(void **state)
{
    char  text[256];

    (void) state;

    resolve(HTTPS_PAGE, BYTES("https://m\351dia.example/a"), text, sizeof(text));
    assert_string_equal(text, "odd https://m\357\277\275dia.example/a");

    resolve(HTTPS_PAGE, BYTES("https://\360\235\223.tracker.example/"), text, sizeof(text));
    assert_string_equal(text, "odd https://\357\277\275.tracker.example/");
}


static void
a_nul_does_not_end_a_reference(void **state)
{
    char  text[256];

    (void) state;

    resolve(HTTPS_PAGE, BYTES("https://tra\0cker.example/"), text, sizeof(text));
    assert_string_equal(text, "-");

    resolve(HTTPS_PAGE, BYTES("\0https://tracker.example/a\0"), text, sizeof(text));
    assert_string_equal(text, "https://tracker.example/a");
}


/* pattern over and over in place of "*". */

static void
resolve_long(const char *ref, const char *pattern, size_t len, char *text, size_t size)
{
    char        *long_ref;
    size_t       i, n;
    const char  *star;

    star = strchr(ref, '*');
    n = (size_t) (star - ref);

    long_ref = malloc(strlen(ref) + len);
    memcpy(long_ref, ref, n);

    for (i = 0; i < len; i++) {
        long_ref[n + i] = pattern[i % strlen(pattern)];
    }

    memcpy(long_ref + n + len, star + 1, strlen(star + 1));
    resolve(HTTPS_PAGE, long_ref, n + len + strlen(star + 1), text, size);

    free(long_ref);
}


static void
however_long_a_reference_is_its_host_is_found(void **state)
{
    char  text[8192];

    (void) state;

    resolve_long("*https://tracker.example/a", "\t ", 100000, text, sizeof(text));
    assert_string_equal(text, "https://tracker.example/a");

    resolve_long("https:*//tracker.example/a", "\n\t", 100000, text, sizeof(text));
    assert_string_equal(text, "https://tracker.example/a");

    resolve_long("https://*tracker.example/a", "/\\\t", 100000, text, sizeof(text));
    assert_string_equal(text, "https://tracker.example/a");

    resolve_long("https://*@tracker.example/a", "www.ville.example@", 100000, text, sizeof(text));
    assert_string_equal(text, "https://tracker.example/a");

    resolve_long("https://trac*ker.example/a", "\302\255", 100000, text, sizeof(text));
    assert_string_equal(text, "https://tracker.example/a");

    resolve_long("https://tracker.example:*443/a", "0", 100000, text, sizeof(text));
    assert_string_equal(text, "https://tracker.example/a");
}


static void
a_long_path_is_cut_but_its_dot_segments_count(void **state)
{
    char  text[8192];

    (void) state;

    resolve_long("/*", "abcd", 100000, text, sizeof(text));
    assert_int_equal(strlen(text), sizeof("https://www.ville.example") - 1 + CONSENT_URL_MAX);

    resolve_long("/*b", "a/../", 100000, text, sizeof(text));
    assert_string_equal(text, "https://www.ville.example/b");

    resolve_long("/x/*", "a/", 1998, text, sizeof(text));
    assert_int_equal(strlen(text), sizeof("https://www.ville.example/x/") - 1 + 1998);

    /* the long segment does not fit, and is taken back */
    resolve_long("/a/*/../b", "c", 5000, text, sizeof(text));
    assert_string_equal(text, "https://www.ville.example/a/b");

    resolve_long("/a/*/d/e/../../../b", "c", 5000, text, sizeof(text));
    assert_string_equal(text, "https://www.ville.example/a/b");

    resolve_long("/a/./*/d/../../../../../matomo.js", "c%41", 5000, text, sizeof(text));
    assert_string_equal(text, "https://www.ville.example/matomo.js");
}


static void
a_long_query_is_cut(void **state)
{
    char  text[8192];

    (void) state;

    resolve_long("/a?*", "q", 100000, text, sizeof(text));
    assert_int_equal(strlen(text), sizeof("https://www.ville.example/a") - 1 + CONSENT_URL_MAX);

    resolve_long("/%61?*", "q\n", 100000, text, sizeof(text));
    assert_true(strlen(text) < 2 * CONSENT_URL_MAX + 64);
}


static void
a_host_longer_than_dns_allows_is_odd(void **state)
{
    char  text[8192];

    (void) state;

    resolve_long("https://A*.tracker.example/", "abcdefgh.", 900, text, sizeof(text));
    assert_true(strncmp(text, "odd https://aabcdefgh.", 22) == 0);
    assert_true(strlen(text) < 300);
}


static void
a_domain_is_met_on_label_boundaries(void **state)
{
    (void) state;

    assert_true(consent_host_within(CONSENT_STR("youtube.com"), CONSENT_STR("youtube.com")));
    assert_true(consent_host_within(CONSENT_STR("www.youtube.com"), CONSENT_STR("youtube.com")));
    assert_false(consent_host_within(CONSENT_STR("notyoutube.com"), CONSENT_STR("youtube.com")));
    assert_false(consent_host_within(CONSENT_STR("youtube.com.ville-exemple.fr"), CONSENT_STR("youtube.com")));
    assert_false(consent_host_within(CONSENT_STR("com"), CONSENT_STR("youtube.com")));
    assert_false(consent_host_within(CONSENT_STR(""), CONSENT_STR("youtube.com")));
    assert_false(consent_host_within(CONSENT_STR("youtube.com"), CONSENT_STR("")));
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(an_absolute_url_names_its_host_and_path),
        cmocka_unit_test(white_space_around_and_newlines_inside_vanish),
        cmocka_unit_test(scheme_and_host_are_compared_in_lower_case),
        cmocka_unit_test(slashes_lean_either_way_and_any_number_of_them_counts),
        cmocka_unit_test(a_scheme_without_slashes_is_relative_on_a_page_of_that_scheme),
        cmocka_unit_test(a_scheme_without_slashes_is_a_host_on_a_page_of_another_scheme),
        cmocka_unit_test(userinfo_ends_at_the_last_at_sign),
        cmocka_unit_test(a_port_is_cut_off_and_must_be_one),
        cmocka_unit_test(one_trailing_dot_of_a_host_is_dropped),
        cmocka_unit_test(a_host_is_percent_decoded_once),
        cmocka_unit_test(a_host_is_folded_as_uts_46_folds_it),
        cmocka_unit_test(an_international_host_becomes_its_ascii_form),
        cmocka_unit_test(a_host_that_cannot_be_made_ascii_is_odd),
        cmocka_unit_test(a_host_with_what_no_host_holds_is_not_fetched),
        cmocka_unit_test(numbers_are_ipv4_addresses),
        cmocka_unit_test(brackets_hold_ipv6_addresses),
        cmocka_unit_test(a_relative_reference_stays_on_the_host),
        cmocka_unit_test(dot_segments_are_resolved_escaped_or_not),
        cmocka_unit_test(what_need_not_be_escaped_in_a_path_is_decoded),
        cmocka_unit_test(other_schemes_fetch_from_no_host),
        cmocka_unit_test(without_a_base_only_an_absolute_url_names_a_host),
        cmocka_unit_test(a_base_that_is_not_http_has_no_relatives),
        cmocka_unit_test(bytes_that_are_not_utf_8_make_a_host_odd),
        cmocka_unit_test(a_nul_does_not_end_a_reference),
        cmocka_unit_test(however_long_a_reference_is_its_host_is_found),
        cmocka_unit_test(a_long_path_is_cut_but_its_dot_segments_count),
        cmocka_unit_test(a_long_query_is_cut),
        cmocka_unit_test(a_host_longer_than_dns_allows_is_odd),
        cmocka_unit_test(a_domain_is_met_on_label_boundaries)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
