#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "heap.h"
#include "hit.h"

static heap_t  heap;


static int
set_up(void **state)
{
    (void) state;
    heap_init(&heap);
    return 0;
}


static int
tear_down(void **state)
{
    (void) state;
    heap_free(&heap);
    return 0;
}


typedef int (*strip_t)(consent_str_t s, consent_buf_t *out);

/* What becomes of text; NULL when it stays as it is. */

static const char *
stripped(strip_t strip, const char *text)
{
    int            rc;
    consent_buf_t  buf;

    consent_buf_init(&buf, &heap.arena);

    rc = strip(consent_str(text), &buf);

    assert_int_equal(buf.failed, 0);

    if (!rc) {
        assert_int_equal(buf.len, 0);
        return NULL;
    }

    consent_buf_addc(&buf, '\0');

    return buf.data;
}


static const char *
url(const char *text)
{
    return stripped(consent_hit_strip_url, text);
}


static const char *
hit(const char *text)
{
    return stripped(consent_hit_strip, text);
}


static void
campaigns_are_known_by_their_names(void **state)
{
    size_t                    i;
    static const char *const  names[] = {
        "utm_source", "utm_anything", "UTM_Source", "mtm_campaign", "matomo_kwd", "pk_cpn", "piwik_keyword", "gclid", "gbraid",
        "fbclid", "msclkid", "dclid", "ttclid", "utm%5Fsource", "%75tm_source", "utm.source", "utm source", "utm+source",
        "%20utm_source", "utm_source[]", NULL
    };
    static const char *const  others[] = {
        "page", "utm", "gclid2", "xutm_source", "idsite", "", "id", "fb", "ut%6", "%", "mtm", NULL
    };

    (void) state;

    for (i = 0; names[i] != NULL; i++) {
        assert_true(consent_hit_is_campaign(consent_str(names[i])));
    }

    for (i = 0; others[i] != NULL; i++) {
        assert_false(consent_hit_is_campaign(consent_str(others[i])));
    }
}


static void
a_url_without_a_campaign_stays_byte_for_byte(void **state)
{
    (void) state;

    assert_null(url("https://ville.example/agenda?page=2#bas"));
    assert_null(url("https://ville.example/?"));
    assert_null(url("https://ville.example/utm_source=a"));
    assert_null(url("?a=%75&&b"));
    assert_null(url(""));
}


static void
a_url_loses_its_campaign_and_nothing_else(void **state)
{
    (void) state;

    assert_string_equal(url("https://v.example/a?utm_source=x&page=2&utm_medium=y"), "https://v.example/a?page=2");
    assert_string_equal(url("https://v.example/a?utm_source=x"), "https://v.example/a");
    assert_string_equal(url("https://v.example/a?utm_source=x#bas"), "https://v.example/a#bas");
    assert_string_equal(url("https://v.example/?a=%c3%a9&gclid=1&b"), "https://v.example/?a=%c3%a9&b");
    assert_string_equal(url("https://v.example/?a=1&amp;utm_source=x"), "https://v.example/?a=1");
    assert_string_equal(url("/?gclid"), "/");
}


static void
a_fragment_is_read_like_a_query(void **state)
{
    (void) state;

    assert_string_equal(url("https://v.example/#mtm_campaign=x&a=1"), "https://v.example/#a=1");
    assert_string_equal(url("https://v.example/#/page?utm_source=x"), "https://v.example/#/page");
    assert_string_equal(url("https://v.example/?utm_source=x#utm_source=y"), "https://v.example/");
}


static void
the_urls_of_a_hit_lose_theirs(void **state)
{
    (void) state;

    assert_string_equal(hit("idsite=1&url=https%3A%2F%2Fv.example%2F%3Futm_source%3Dx%26p%3D2&rand=5"),
                        "idsite=1&url=https%3A%2F%2Fv.example%2F%3Fp%3D2&rand=5");
    assert_string_equal(hit("?urlref=https://m.example/?gclid=3&rec=1"), "?urlref=https%3A%2F%2Fm.example%2F&rec=1");
    assert_string_equal(hit("download=/f.pdf?utm_id=1&link=/x?fbclid=2"), "download=%2Ff.pdf&link=%2Fx");
    assert_string_equal(hit("u%72l=%2F%3Fpk_campaign%3Dx"), "u%72l=%2F");
}


static void
campaign_parameters_of_a_hit_itself_go(void **state)
{
    (void) state;

    assert_string_equal(hit("idsite=1&_rcn=sale&_rck=shoes&rec=1"), "idsite=1&rec=1");
    assert_string_equal(hit("idsite=1&mtm_campaign=sale"), "idsite=1");
    assert_string_equal(hit("_ref=https%3A%2F%2Fa.example%2F%3Futm_source%3Dx"), "_ref=https%3A%2F%2Fa.example%2F");
}


static void
a_hit_without_any_stays_byte_for_byte(void **state)
{
    (void) state;

    assert_null(hit("idsite=1&rec=1&url=https%3a%2f%2fv.example%2F%3fpage%3d2&action_name=a%20b+c&&_id="));
    assert_null(hit("action_name=%3Futm_source%3Dx"));
    assert_null(hit(""));
    assert_null(hit("?"));
    assert_null(hit("url"));
    assert_null(hit("url="));
    assert_null(hit("%"));
}


static void
several_hits_in_json_are_read_one_by_one(void **state)
{
    (void) state;

    assert_string_equal(hit("{\"requests\":[\"?idsite=1&url=%2F%3Futm_source%3Dx\",\"?idsite=2\"],\"token_auth\":\"t\"}"),
                        "{\"requests\":[\"?idsite=1&url=%2F\",\"?idsite=2\"],\"token_auth\":\"t\"}");
    assert_string_equal(hit(" {\"requests\":[{\"idsite\":1,\"url\":\"/?gclid=1&a=2\",\"_rcn\":\"x\"}]}"),
                        "{\"requests\":[{\"idsite\":1,\"url\":\"/?a=2\"}]}");
    assert_null(hit("{\"requests\":[\"?idsite=1\",3,null,{\"url\":4}]}"));
    assert_null(hit("{\"requests\":{}}"));
    assert_null(hit("[1]"));
}


static void
an_address_in_a_hit_is_seen(void **state)
{
    (void) state;

    assert_true(consent_hit_names_address(CONSENT_STR("idsite=1&cip=203.0.113.77")));
    assert_true(consent_hit_names_address(CONSENT_STR("?c%69p=1")));
    assert_true(consent_hit_names_address(CONSENT_STR("CIP=1")));
    assert_true(consent_hit_names_address(CONSENT_STR("{\"requests\":[\"?idsite=1\",\"?cip=203.0.113.77\"]}")));
    assert_true(consent_hit_names_address(CONSENT_STR("{\"requests\":[{\"cip\":\"203.0.113.77\"}]}")));

    assert_false(consent_hit_names_address(CONSENT_STR("idsite=1&cipher=2&x=cip")));
    assert_false(consent_hit_names_address(CONSENT_STR("{\"requests\":[{\"url\":\"/?cip=1\"}],\"cip\":1}")));
    assert_false(consent_hit_names_address(CONSENT_STR("")));
}


static void
what_begins_like_json_and_is_none_may_be_read_by_others(void **state)
{
    size_t                    i;
    heap_t                    heap;
    consent_buf_t             buf;
    static const char *const  bodies[] = {
        "{\"requests\":[\"?url=%2F%3Futm_source%3Dx\"", "{\"requests\":[\"?url=/?utm_\nsource=x&cip=1\"]}", "{&url=/?utm_source=x&cip=1",
        "{\"requests\":[\"\xff\"]}", "[", NULL
    };

    (void) state;
    heap_init(&heap);
    consent_buf_init(&buf, &heap.arena);

    for (i = 0; bodies[i] != NULL; i++) {
        assert_int_equal(consent_hit_strip(consent_str(bodies[i]), &buf), -1);
        assert_int_equal(consent_hit_names_address(consent_str(bodies[i])), -1);
    }

    assert_int_equal(consent_hit_strip_query(consent_str("{&url=/?utm_source=x"), &buf), 1);
    assert_int_equal(buf.len, strlen("{&url=%2F"));
    assert_int_equal(consent_hit_query_names_address(consent_str("{&cip=1")), 1);

    heap_free(&heap);
}


static void
a_form_in_parts_is_none_of_the_two_kinds(void **state)
{
    (void) state;

    assert_false(consent_hit_is_form(CONSENT_STR("multipart/form-data; boundary=x")));
    assert_false(consent_hit_is_form(CONSENT_STR(" Multipart/mixed")));

    assert_true(consent_hit_is_form(CONSENT_STR("application/x-www-form-urlencoded; charset=UTF-8")));
    assert_true(consent_hit_is_form(CONSENT_STR("text/plain;charset=UTF-8")));
    assert_true(consent_hit_is_form(CONSENT_STR("application/json")));
    assert_true(consent_hit_is_form(CONSENT_STR("")));
}


static void
what_is_stripped_once_holds_nothing_more(void **state)
{
    const char                *once;
    size_t                     i;
    static const char *const   hits[] = {
        "url=%2F%3Futm_source%3D1%26utm_source%3D2", "url=/?utm_x#?utm_y", "url=%2F%3F%3Futm_source%3D1%26gclid%3D1", NULL
    };

    (void) state;

    for (i = 0; hits[i] != NULL; i++) {
        once = hit(hits[i]);
        assert_non_null(once);
        assert_null(hit(once));
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(campaigns_are_known_by_their_names),
        cmocka_unit_test(a_url_without_a_campaign_stays_byte_for_byte),
        cmocka_unit_test(a_url_loses_its_campaign_and_nothing_else),
        cmocka_unit_test(a_fragment_is_read_like_a_query),
        cmocka_unit_test(the_urls_of_a_hit_lose_theirs),
        cmocka_unit_test(campaign_parameters_of_a_hit_itself_go),
        cmocka_unit_test(a_hit_without_any_stays_byte_for_byte),
        cmocka_unit_test(several_hits_in_json_are_read_one_by_one),
        cmocka_unit_test(an_address_in_a_hit_is_seen),
        cmocka_unit_test(what_begins_like_json_and_is_none_may_be_read_by_others),
        cmocka_unit_test(a_form_in_parts_is_none_of_the_two_kinds),
        cmocka_unit_test(what_is_stripped_once_holds_nothing_more),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
