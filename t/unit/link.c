#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "link.h"
#include "reference_fixture.h"


/* What is left of a header; NULL: it stays as it is. */

static void
check(const char *const cases[][2], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int            removed;
        consent_buf_t  out;
        consent_str_t  left, copy;

        /* a block of exactly its size */
        copy = consent_str(cases[i][0]);
        copy.data = memcpy(heap_alloc(&heap, copy.len), copy.data, copy.len);

        consent_buf_init(&out, &heap.arena);
        removed = consent_link_filter(&choices, &page, copy, &out);
        left = consent_buf_str(&out);

        if (removed != (cases[i][1] != NULL)
            || !consent_str_eq(left, consent_str(cases[i][1] ? cases[i][1] : "")))
        {
            fail_msg("%s: %d \"%.*s\"", cases[i][0], removed, (int) left.len, left.data);
        }
    }
}


static void
a_link_that_makes_the_browser_contact_a_refused_service_is_dropped(void **state)
{
    (void) state;

    static const char *const  cases[][2] = {
        { "<https://video.example/x.js>; rel=preload; as=script", "" },
        { "<https://video.example/x.js>; rel=modulepreload", "" },
        { "<https://video.example>; rel=preconnect", "" },
        { "<//video.example>; rel=dns-prefetch", "" },
        { "<https://video.example/>; rel=prefetch", "" },
        { "<https://video.example/>; rel=prerender", "" },
        { "<https://video.example/>; rel=stylesheet", "" },
        { "<https://video.example/>; rel=icon", "" },
        { "<https://video.example/>; rel=apple-touch-icon", "" },
        { "<https://video.example/>; rel=next", "" },
        { "<https://video.example/>; rel=what-comes-one-day", "" },
        { "<https://cdn.video.example/>; rel=preload", "" },
        { "<https://google.example/maps/x>; rel=preload", "" },
        { "<HTTPS:\\\\VIDEO.example\\x>; rel=preload", "" },
        { "<https://www.ville.example@video.example/>; rel=preload", "" }
    };

    check(cases, N(cases));
}


static void
every_other_link_stays_byte_for_byte(void **state)
{
    (void) state;

    static const char *const  cases[][2] = {
        { "", NULL },
        { "<https://fonts.example/x.css>; rel=stylesheet", NULL },
        { "</style.css>; rel=preload; as=style , <b.js>;rel=modulepreload", NULL },
        { "<https://video.example/feed>; rel=alternate", NULL },
        { "<https://video.example/>; rel=\"canonical\"", NULL },
        { "<https://video.example/>; rel=\"https://api.w.org/\"", NULL },
        { "<https://video.example/>", NULL },
        { "<https://video.example.ville.example/>; rel=preload", NULL },
        { "</proxy?u=https://video.example/>; rel=preload", NULL },
        { "<https://unknown.example/>; rel=preload", NULL },
        { "<https://google.example/captcha>; rel=preload", NULL },
        { "<data:,x>; rel=preload", NULL },
        { "garbage, rel=preload; https://video.example", NULL }
    };

    check(cases, N(cases));
}


static void
spelling_order_and_case_do_not_matter(void **state)
{
    (void) state;

    static const char *const  cases[][2] = {
        { "<https://video.example/>;REL=PRELOAD", "" },
        { "<https://video.example/>\t; \t rel = preload", "" },
        { "  <https://video.example/>  ;as=script;rel=preload  ", "" },
        { "< https://video.example/ >; rel=preload", "" },
        { "<https://video.example/>; rel=\"preload\"", "" },
        { "<https://video.example/>; rel=\"pre\\load\"", "" },
        { "<https://video.example/>; rel=\"alternate  stylesheet\"", "" },
        { "<https://video.example/>; rel=canonical; rel=preload", "" },
        { "<https://video.example/>; rel=preload; rel=canonical", "" },
        { "<https://video.example/>; anchor=\"https://other.example/\"; rel=preload", "" },
        { "<https://video.example/>; title=\"a;b,c\"; rel=preload", "" },
        { "<https://video.example/>; title=\"a\\\"; rel=x\"; rel=preload", "" },
        { "<https://video.example/>;; ;rel=preload;", "" }
    };

    check(cases, N(cases));
}


static void
only_the_links_concerned_leave_a_list(void **state)
{
    (void) state;

    static const char *const  cases[][2] = {
        { "</a.css>; rel=preload, <https://video.example/>; rel=preload, </b.css>; rel=\"preload\"",
          "</a.css>; rel=preload, </b.css>; rel=\"preload\"" },
        { "<https://video.example/>; rel=preload,</a.css>; rel=preload", "</a.css>; rel=preload" },
        { "</a,b>; rel=preload; title=\"x, y\" ,, <https://video.example/a,b>; rel=preload",
          "</a,b>; rel=preload; title=\"x, y\"" },
        { "<https://video.example/1>; rel=preload, <https://video.example/2>; rel=preload", "" }
    };

    check(cases, N(cases));
}


static void
an_imagesrcset_is_read_candidate_by_candidate(void **state)
{
    (void) state;

    static const char *const  cases[][2] = {
        { "</a.png>; rel=preload; as=image; imagesrcset=\"/a.png 1x, https://video.example/b.png 2x\"", "" },
        { "</a.png>; rel=preload; imagesrcset=\"a.png 1x,https://video.example/b.png 2x\"", "" },
        { "</a.png>; rel=preload; imagesrcset=\"a.png, https://video.example/b.png\"", "" },
        { "</a.png>; rel=preload; imagesrcset=\"a.png f(1,2), https://video.example/b.png\"", "" },
        { "</a.png>; rel=preload; imagesrcset=https://video.example/b.png", "" },
        { "</a.png>; rel=preload; imagesrcset=\"/a.png 1x, b.png 2x\"", NULL },
        { "</a.png>; rel=preload; imagesrcset=\"/a?u=,https://video.example/ 1x\"", NULL },
        { "</a.png>; rel=canonical; imagesrcset=\"https://video.example/b.png\"", NULL }
    };

    check(cases, N(cases));
}


static void
a_malformed_link_is_dropped_when_it_could_contact_a_refused_service(void **state)
{
    (void) state;

    static const char *const  cases[][2] = {
        { "<https://video.example/; rel=preload", "" },
        { "<https://video.example/> rel=preload", "" },
        { "x <https://video.example/>; rel=preload", "" },
        { "<https://video.example/>; rel=\"preload", "" },
        { "<https://video.example/>; rel=pre\"load", "" },
        { "</a>; title=\"x, <https://video.example/>; rel=preload", "" },
        { "</a, <https://video.example/>; rel=preload", "" },
        { "<<https://video.example/>>; rel=preload", "" },
        { "</a>; title=\"<https://video.example/>\"; rel=preload", "" },
        { "<a><https://video.example/>; rel=preload", "" },
        { "</a; rel=preload", NULL },
        { "</a>; title=\"x, </b>; rel=preload", NULL },
        { "<", NULL },
        { "<>", NULL },
        { "<>; rel=", NULL },
        { "\"", NULL },
        { "</a>; rel=\"\\", NULL },
        { ",,,", NULL }
    };

    check(cases, N(cases));
}


static void
a_host_is_preconnected_when_somebody_allowed_uses_it(void **state)
{
    (void) state;

    static const char *const  cases[][2] = {
        { "<https://google.example>; rel=preconnect", NULL },
        { "<https://mapsonly.example>; rel=preconnect", "" },
        { "<https://mapsonly.example/other>; rel=preload", NULL },
        { "<https://mapsonly.example/other>; rel=\"preload dns-prefetch\"", "" },
        { "<https://unknown.example>; rel=preconnect", NULL },
        { "<https://www.ville.example>; rel=preconnect", NULL }
    };

    check(cases, N(cases));
}


static void
in_a_closed_world_unknown_hosts_are_not_contacted(void **state)
{
    (void) state;

    static const char *const  cases[][2] = {
        { "<https://unknown.example/>; rel=preload", "" },
        { "<https://unknown.example/>; rel=preconnect", "" },
        { "<https://\xe4\xb8\xad.example/>; rel=preload", "" },
        { "</a.css>; rel=preload", NULL },
        { "<https://www.ville.example/a.css>; rel=preload", NULL },
        { "<https://fonts.example/a.css>; rel=preload", NULL }
    };

    policy.unknown_hosts = CONSENT_UNKNOWN_BLOCK;
    check(cases, N(cases));
    assert_true(consent_refresh_blocked(&choices, &page, CONSENT_STR("0;url=https://unknown.example/")));
    assert_false(consent_refresh_blocked(&choices, &page, CONSENT_STR("0;url=/next")));
    policy.unknown_hosts = CONSENT_UNKNOWN_REPORT;
}


static void
a_refresh_is_read_as_browsers_read_it(void **state)
{
    (void) state;

    static const char *const  blocked[] = {
        "0;url=https://video.example/", "5; URL=https://video.example/", "0 ; Url = https://video.example/",
        "0;url='https://video.example/'", "0;url=\"https://video.example/\" x", "0; https://video.example/",
        "0;'https://video.example/'", "0,https://video.example/", "0 https://video.example/",
        ".5;url=https://video.example/",
        "1.5.2;url=//video.example", "  \t3;\nurl=\thttps://video.example/", "0;url='https://video.example/",
        "0;\"https://video.example/", "0;url=https:\\\\video.example"
    };

    static const char *const  harmless[] = {
        "", "5", "0;", ";url=https://video.example/", "x;url=https://video.example/", "0;url=",
        "0;url=/next", "0;url='/next'https://video.example/", "0;url", "https://video.example/",
        "0;url=https://fonts.example/", "0;urx=https://video.example/", "0;url='", "0;url=/?u=https://video.example/",
        "0;;url=https://video.example/"
    };

    for (size_t i = 0; i < N(blocked); i++) {
        if (!consent_refresh_blocked(&choices, &page, consent_str(blocked[i]))) {
            fail_msg("\"%s\" leads to video.example", blocked[i]);
        }
    }

    for (size_t i = 0; i < N(harmless); i++) {
        if (consent_refresh_blocked(&choices, &page, consent_str(harmless[i]))) {
            fail_msg("\"%s\" leads nowhere else", harmless[i]);
        }
    }
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(a_link_that_makes_the_browser_contact_a_refused_service_is_dropped),
        cmocka_unit_test(every_other_link_stays_byte_for_byte),
        cmocka_unit_test(spelling_order_and_case_do_not_matter),
        cmocka_unit_test(only_the_links_concerned_leave_a_list),
        cmocka_unit_test(an_imagesrcset_is_read_candidate_by_candidate),
        cmocka_unit_test(a_malformed_link_is_dropped_when_it_could_contact_a_refused_service),
        cmocka_unit_test(a_host_is_preconnected_when_somebody_allowed_uses_it),
        cmocka_unit_test(in_a_closed_world_unknown_hosts_are_not_contacted),
        cmocka_unit_test(a_refresh_is_read_as_browsers_read_it)
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
