#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "reference_fixture.h"
#include "reporting.h"


typedef int (*refused_t)(const consent_choices_t *choices, const consent_url_t *page, consent_str_t value);


/* A value in a block of exactly its size. */

static consent_str_t
exactly(const char *value)
{
    consent_str_t  copy;

    copy = consent_str(value);
    copy.data = memcpy(heap_alloc(&heap, copy.len), copy.data, copy.len);

    return copy;
}


static void
check(refused_t refused, const char *value, int expected)
{
    if (refused(&choices, &page, exactly(value)) != expected) {
        fail_msg("%s: %s", value, expected ? "stays" : "goes");
    }
}


static void
a_report_to_header_that_names_a_refused_service_goes(void **state)
{
    (void) state;

    check(consent_report_to_refused, "{\"group\":\"a\",\"max_age\":60,\"endpoints\":[{\"url\":\"https://video.example/r\"}]}", 1);
    check(consent_report_to_refused, "{\"endpoints\":[{\"url\":\"https:\\/\\/video.example/r\"}]}", 1);
    check(consent_report_to_refused, "{\"endpoints\":[{\"url\":\"https:\\u002f/video.example\"}]}", 1);
    check(consent_report_to_refused, "{\"endpoints\":[{\"url\":\"/own\"},{\"url\":\"//video.example/\"}]}", 1);
    check(consent_report_to_refused, "{\"endpoints\":[]}, {\"endpoints\":[{\"url\":\"https://google.example/maps\"}]}", 1);

    check(consent_report_to_refused, "{\"endpoints\":[{\"url\":\"https://fonts.example/r\"}]}", 0);
    check(consent_report_to_refused, "{\"endpoints\":[{\"url\":\"https://google.example/captcha\"}]}", 0);
    check(consent_report_to_refused, "{\"endpoints\":[{\"url\":\"/own\"}]}", 0);
    check(consent_report_to_refused, "{\"endpoints\":[{\"url\":\"https://nobody.example/\"}]}", 0);
    check(consent_report_to_refused, "{\"endpoints\":{\"url\":1},\"group\":\"https://video.example\"}", 0);
    check(consent_report_to_refused, "", 0);
}


static void
one_that_is_not_json_goes_too(void **state)
{
    (void) state;

    check(consent_report_to_refused, "{\"endpoints\":[{\"url\":\"https://video.example\"}]", 1);
    check(consent_report_to_refused, "nonsense", 1);
    check(consent_report_to_refused, "],[", 1);
}


static void
reporting_endpoints_that_name_a_refused_service_go(void **state)
{
    (void) state;

    check(consent_reporting_endpoints_refused, "default=\"https://video.example/r\"", 1);
    check(consent_reporting_endpoints_refused, "a=\"/own\", b=\"//video.example\"", 1);
    check(consent_reporting_endpoints_refused, "a=\"https://video.example", 1);

    check(consent_reporting_endpoints_refused, "default=\"https://fonts.example/r\"", 0);
    check(consent_reporting_endpoints_refused, "default=\"/own\"; x=y", 0);
    check(consent_reporting_endpoints_refused, "default=\"", 0);
    check(consent_reporting_endpoints_refused, "", 0);
}


static void
a_policy_reports_to_nobody_who_is_refused(void **state)
{
    size_t         i;
    int            removed;
    consent_buf_t  out;
    consent_str_t  left;

    static const struct {
        const char  *value;
        const char  *left;      /* NULL: it stays as it is */
    } cases[] = {
        { "default-src 'self'; report-uri https://video.example/r", "default-src 'self'; report-uri " },
        { "report-uri /own //video.example/r /other; img-src *", "report-uri /own  /other; img-src *" },
        { "REPORT-URI\thttps://video.example/r;", "REPORT-URI\t;" },
        { "img-src *, report-uri https://video.example", "img-src *, report-uri " },
        { "; ;report-uri https://video.example,", "; ;report-uri ," },

        { "img-src https://video.example; report-uri https://fonts.example /own", NULL },
        { "report-to https://video.example", NULL },
        { "img-src report-uri https://video.example", NULL },
        { "report-uri", NULL },
        { "", NULL }
    };

    (void) state;

    for (i = 0; i < N(cases); i++) {
        consent_buf_init(&out, &heap.arena);
        removed = consent_csp_filter_reports(&choices, &page, exactly(cases[i].value), &out);
        left = consent_buf_str(&out);

        if (removed != (cases[i].left != NULL) || !consent_str_eq(left, consent_str(cases[i].left ? cases[i].left : ""))) {
            fail_msg("%s: %d \"%.*s\"", cases[i].value, removed, (int) left.len, left.data);
        }
    }
}


static void
in_a_closed_world_a_host_nobody_knows_gets_no_reports(void **state)
{
    (void) state;

    policy.unknown_hosts = CONSENT_UNKNOWN_BLOCK;

    check(consent_reporting_endpoints_refused, "default=\"https://nobody.example/r\"", 1);
    check(consent_reporting_endpoints_refused, "default=\"https://www.ville.example/r\"", 0);

    policy.unknown_hosts = CONSENT_UNKNOWN_REPORT;
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(a_report_to_header_that_names_a_refused_service_goes),
        cmocka_unit_test(one_that_is_not_json_goes_too),
        cmocka_unit_test(reporting_endpoints_that_name_a_refused_service_go),
        cmocka_unit_test(a_policy_reports_to_nobody_who_is_refused),
        cmocka_unit_test(in_a_closed_world_a_host_nobody_knows_gets_no_reports)
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
