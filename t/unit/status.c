/* The counters and the inventory, shown. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "heap.h"
#include "status.h"

static heap_t  heap;


static int
setup(void **state)
{
    (void) state;

    heap_init(&heap);

    return 0;
}


static int
teardown(void **state)
{
    (void) state;

    heap_free(&heap);

    return 0;
}


static void
assert_kept(const char *name, const char *expected)
{
    char    out[32];
    size_t  len;

    len = consent_status_cookie_name(consent_str(name), out, sizeof(out));

    assert_int_equal(len, strlen(expected));
    assert_memory_equal(out, expected, len);
}


static void
a_cookie_name_is_kept_without_what_may_name_a_visitor(void **state)
{
    (void) state;

    assert_kept("session", "session");
    assert_kept("wordpress_logged_in_0123456789abcdef", "wordpress_logged_in_*");
    assert_kept("_pk_id.1.1fff", "_pk_id.1.1fff");
    assert_kept("a-0123abcd-89abcdef-z", "a-*-*-z");
    assert_kept("facade_deadbeef", "facade_deadbeef");
    assert_kept("20261122", "*");
}


static void
a_cookie_name_is_printable_and_cut_to_size(void **state)
{
    (void) state;

    assert_kept("a\x01" "b\xc3\xa9", "a?b??");
    assert_kept("zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz");
    assert_kept("", "");
}


static void
accept_says_who_reads(void **state)
{
    (void) state;

    assert_int_equal(consent_status_format(CONSENT_STR("")), CONSENT_STATUS_PROMETHEUS);
    assert_int_equal(consent_status_format(CONSENT_STR("*/*")), CONSENT_STATUS_PROMETHEUS);
    assert_int_equal(consent_status_format(CONSENT_STR("application/openmetrics-text;version=1.0.0,text/plain;q=0.5")),
                     CONSENT_STATUS_PROMETHEUS);
    assert_int_equal(consent_status_format(CONSENT_STR("application/json")), CONSENT_STATUS_JSON);
    assert_int_equal(consent_status_format(CONSENT_STR("text/html,application/xhtml+xml,*/*;q=0.8")), CONSENT_STATUS_PAGE);
}


static consent_status_t
one_host(consent_status_host_t *host)
{
    consent_status_t  status;

    memset(host, 0, sizeof(*host));
    memset(&status, 0, sizeof(status));

    status.hosts = host;
    status.nhosts = 1;

    return status;
}


static void
labels_of_samples_are_escaped(void **state)
{
    consent_buf_t          out;
    consent_status_t       status;
    consent_status_host_t  host;

    (void) state;

    status = one_host(&host);
    host.host = CONSENT_STR("a\"b\\c\nd");
    host.counters[CONSENT_COUNTER_BANNER] = 7;

    consent_buf_init(&out, &heap.arena);
    consent_status_prometheus(&status, &out);
    consent_buf_addc(&out, '\0');

    assert_non_null(strstr(out.data, "\nngx_consent_banners_total{host=\"a\\\"b\\\\c\\nd\"} 7\n"));
    assert_null(strstr(out.data, "ngx_consent_hits_closed_total{"));
}


static void
what_pages_hold_is_escaped_in_the_page(void **state)
{
    consent_buf_t           out;
    consent_status_t        status;
    consent_status_host_t   host;
    consent_status_found_t  found;

    (void) state;

    status = one_host(&host);
    host.host = CONSENT_STR("<script>");

    memset(&found, 0, sizeof(found));
    found.name = CONSENT_STR("<img src=x>");
    found.path = CONSENT_STR("/\"'&<");
    host.found = &found;
    host.nfound = 1;

    consent_buf_init(&out, &heap.arena);
    consent_status_page(&status, &out);
    consent_buf_addc(&out, '\0');

    assert_null(strstr(out.data, "<script"));
    assert_null(strstr(out.data, "<img"));
}


static void
a_day_of_the_future_is_not_drawn(void **state)
{
    consent_buf_t          out;
    consent_status_t       status;
    consent_status_day_t   days[2];
    consent_status_host_t  host;

    (void) state;

    status = one_host(&host);
    status.now = (int64_t) 20000 * 86400;

    memset(days, 0, sizeof(days));
    days[0].day = 20001;
    days[0].accepted = 5;
    days[1].day = 100;
    days[1].refused = 5;
    host.days = days;
    host.ndays = 2;

    consent_buf_init(&out, &heap.arena);
    consent_status_page(&status, &out);
    consent_buf_addc(&out, '\0');

    assert_null(strstr(out.data, "<title>2024-10-05"));
    assert_null(strstr(out.data, "<title>1970"));
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test_setup_teardown(a_cookie_name_is_kept_without_what_may_name_a_visitor, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cookie_name_is_printable_and_cut_to_size, setup, teardown),
        cmocka_unit_test_setup_teardown(accept_says_who_reads, setup, teardown),
        cmocka_unit_test_setup_teardown(labels_of_samples_are_escaped, setup, teardown),
        cmocka_unit_test_setup_teardown(what_pages_hold_is_escaped_in_the_page, setup, teardown),
        cmocka_unit_test_setup_teardown(a_day_of_the_future_is_not_drawn, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
