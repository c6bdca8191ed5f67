#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "csp.h"
#include "heap.h"

#define N(array)  (sizeof(array) / sizeof(array[0]))


typedef struct {
    const char  *first;
    const char  *second;        /* NULL: one header only */
    const char  *script_nonce;
    const char  *style_nonce;
    const char  *may;           /* "i" inline style, "c" style sheet, "s" script of the site */
} csp_case_t;


static void
check(const csp_case_t *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char           may[4] = "";
        consent_csp_t  csp;
        consent_str_t  values[2];

        values[0] = consent_str(cases[i].first);
        values[1] = cases[i].second ? consent_str(cases[i].second) : CONSENT_STR("");

        consent_csp_read(values, cases[i].second ? 2 : 1, &csp);

        strcat(may, csp.inline_style ? "i" : "");
        strcat(may, csp.self_style ? "c" : "");
        strcat(may, csp.self_script ? "s" : "");

        if (strcmp(may, cases[i].may) != 0) {
            fail_msg("%s: \"%s\", not \"%s\"", cases[i].first, may, cases[i].may);
        }

        if (!consent_str_eq(csp.script_nonce, consent_str(cases[i].script_nonce))
            || !consent_str_eq(csp.style_nonce, consent_str(cases[i].style_nonce)))
        {
            fail_msg("%s: nonces \"%.*s\" and \"%.*s\"", cases[i].first, (int) csp.script_nonce.len,
                     csp.script_nonce.data, (int) csp.style_nonce.len, csp.style_nonce.data);
        }
    }
}


static void
a_page_without_a_policy_allows_everything(void **state)
{
    consent_csp_t  csp;

    (void) state;

    static const csp_case_t  cases[] = {
        { "", NULL, "", "", "ics" },
        { "upgrade-insecure-requests", NULL, "", "", "ics" },
        { "img-src 'none'; frame-ancestors 'none'", NULL, "", "", "ics" }
    };

    check(cases, N(cases));

    consent_csp_read(NULL, 0, &csp);
    assert_true(csp.inline_style && csp.self_style && csp.self_script);
    assert_int_equal(csp.script_nonce.len + csp.style_nonce.len, 0);
}


static void
the_governing_directive_decides(void **state)
{
    (void) state;

    static const csp_case_t  cases[] = {
        { "default-src 'self'", NULL, "", "", "cs" },
        { "default-src 'none'", NULL, "", "", "" },
        { "default-src", NULL, "", "", "" },
        { "default-src *", NULL, "", "", "cs" },
        { "default-src https: 'unsafe-inline'", NULL, "", "", "ics" },
        { "DEFAULT-SRC 'SELF' 'UNSAFE-INLINE'", NULL, "", "", "ics" },
        { "default-src 'none'; style-src 'unsafe-inline'", NULL, "", "", "i" },
        { "default-src 'self'; script-src 'none'", NULL, "", "", "c" },
        { "style-src 'self' 'unsafe-inline'; style-src-elem 'self'", NULL, "", "", "cs" },
        { "script-src 'none'; script-src-elem 'self'", NULL, "", "", "ics" },
        { "default-src www.ville.example", NULL, "", "", "" },
        { "  ;; default-src\t'self' ;style-src\n'unsafe-inline'", NULL, "", "", "is" }
    };

    check(cases, N(cases));
}


static void
the_first_of_two_directives_of_one_name_counts(void **state)
{
    (void) state;

    static const csp_case_t  cases[] = {
        { "script-src 'self'; script-src 'none'", NULL, "", "", "ics" },
        { "script-src 'none'; script-src 'self'", NULL, "", "", "ic" },
        { "style-src; style-src 'unsafe-inline'", NULL, "", "", "s" }
    };

    check(cases, N(cases));
}


static void
a_nonce_or_hash_switches_unsafe_inline_off(void **state)
{
    (void) state;

    static const csp_case_t  cases[] = {
        { "style-src 'unsafe-inline' 'nonce-abc'", NULL, "", "abc", "ics" },
        { "style-src 'unsafe-inline' 'sha256-AAAA'", NULL, "", "", "s" },
        { "style-src 'self' 'unsafe-inline' 'SHA512-AAAA'", NULL, "", "", "cs" },
        { "style-src 'unsafe-inline' 'nonce-a b'", NULL, "", "", "is" },
        { "style-src 'unsafe-inline' 'nonce-'", NULL, "", "", "is" },
        { "style-src 'unsafe-inline' 'nonce-\"<x>'", NULL, "", "", "is" }
    };

    check(cases, N(cases));
}


static void
strict_dynamic_leaves_only_the_nonce(void **state)
{
    (void) state;

    static const csp_case_t  cases[] = {
        { "script-src 'strict-dynamic' 'self'", NULL, "", "", "ic" },
        { "script-src 'strict-dynamic' 'self' 'nonce-x'", NULL, "x", "", "ics" },
        { "script-src 'strict-dynamic' 'unsafe-inline' https: 'sha256-AAAA'", NULL, "", "", "ic" },
        { "script-src 'Nonce-AbC+/-_=='", NULL, "AbC+/-_==", "", "ics" }
    };

    check(cases, N(cases));
}


static void
an_inline_script_needs_unsafe_inline_alone_or_the_nonce(void **state)
{
    (void) state;

    static const struct {
        const char  *value;
        int          inline_script;
    } cases[] = {
        { "", 1 },
        { "script-src 'self'", 0 },
        { "script-src 'unsafe-inline'", 1 },
        { "default-src 'self' 'unsafe-inline'", 1 },
        { "script-src 'unsafe-inline' 'sha256-AAAA'", 0 },
        { "script-src 'unsafe-inline' 'strict-dynamic'", 0 },
        { "script-src 'nonce-x' 'strict-dynamic'", 1 },
        { "script-src 'nonce-x', script-src 'self'", 0 }
    };

    for (size_t i = 0; i < N(cases); i++) {
        consent_csp_t  csp;
        consent_str_t  value = consent_str(cases[i].value);

        consent_csp_read(&value, 1, &csp);
        assert_int_equal(csp.inline_script, cases[i].inline_script);
    }
}


static void
what_is_allowed_is_allowed_by_every_policy(void **state)
{
    (void) state;

    static const csp_case_t  cases[] = {
        { "default-src 'self'", "script-src 'none'", "", "", "c" },
        { "default-src 'self', script-src 'none'", NULL, "", "", "c" },
        { "script-src 'nonce-a'", "script-src 'nonce-a'", "a", "", "ics" },
        { "script-src 'nonce-a'", "script-src 'nonce-b'", "", "", "ic" },
        { "script-src 'nonce-a' 'nonce-b'", "script-src 'nonce-b'", "b", "", "ics" },
        { "script-src 'nonce-a'", "script-src 'self'", "a", "", "ics" },
        { "script-src 'self'", "script-src 'nonce-a'", "a", "", "ics" },
        { "script-src 'nonce-a'", "img-src 'self'", "a", "", "ics" },
        { "style-src 'nonce-a'", "style-src 'unsafe-inline'", "", "a", "is" },
        { "style-src 'nonce-a'", "style-src 'self'", "", "", "s" },
        { "style-src 'unsafe-inline', style-src 'unsafe-inline' *", NULL, "", "", "is" }
    };

    check(cases, N(cases));
}


static void
self_is_added_where_frames_forms_and_style_sheets_need_it(void **state)
{
    heap_t  heap;

    (void) state;

    static const char *const  cases[][2] = {
        /* nothing to do */
        { "", NULL },
        { "img-src 'none'", NULL },
        { "frame-src 'self'; form-action 'self'; style-src 'self'", NULL },
        { "default-src 'self'", NULL },
        { "default-src *; form-action *", NULL },
        { "frame-src 'SELF'", NULL },

        /* added to what is there */
        { "frame-src https://a.example", "frame-src https://a.example 'self'" },
        { "frame-src 'none'", "frame-src 'self'" },
        { "frame-src", "frame-src 'self'" },
        { "frame-src 'NONE' ; img-src *", "frame-src 'self'; img-src *" },
        { "child-src 'none'", "child-src 'self'" },
        { "child-src 'none'; frame-src a.example", "child-src 'none'; frame-src a.example 'self'" },
        { "form-action 'none'", "form-action 'self'" },
        { "style-src 'unsafe-inline'", "style-src 'unsafe-inline' 'self'" },
        { "style-src 'nonce-abc'", "style-src 'nonce-abc' 'self'" },
        { "style-src 'none'; style-src-elem a.example", "style-src 'none'; style-src-elem a.example 'self'" },
        { "FRAME-SRC 'none';FORM-ACTION 'none'", "FRAME-SRC 'self';FORM-ACTION 'self'" },

        /* default-src copied */
        { "default-src 'none'", "default-src 'none'; frame-src 'self'; style-src 'self'" },
        { "default-src a.example;", "default-src a.example; frame-src a.example 'self'; style-src a.example 'self'" },
        { "default-src a.example; style-src 'self'",
          "default-src a.example; style-src 'self'; frame-src a.example 'self'" },
        { "default-src 'none'; frame-src 'self'", "default-src 'none'; frame-src 'self'; style-src 'self'" },
        { "default-src 'unsafe-inline'; frame-src *",
          "default-src 'unsafe-inline'; frame-src *; style-src 'unsafe-inline' 'self'" },

        /* the first of a name, each policy by itself */
        { "frame-src a.example; frame-src 'self'", "frame-src a.example 'self'; frame-src 'self'" },
        { "frame-src 'none', form-action 'none'", "frame-src 'self', form-action 'self'" },
        { "frame-src 'self', frame-src 'none' ,img-src *", "frame-src 'self', frame-src 'self',img-src *" },
        { "default-src 'none', default-src 'self'",
          "default-src 'none'; frame-src 'self'; style-src 'self', default-src 'self'" }
    };

    heap_init(&heap);

    for (size_t i = 0; i < N(cases); i++) {
        int            differs;
        consent_buf_t  out;
        const char    *expected = cases[i][1] ? cases[i][1] : cases[i][0];

        consent_buf_init(&out, &heap.arena);
        differs = consent_csp_admit_self(consent_str(cases[i][0]), &out);

        if (differs != (cases[i][1] != NULL) || !consent_str_eq(consent_buf_str(&out), consent_str(expected))) {
            fail_msg("%s: %d \"%.*s\"", cases[i][0], differs, (int) out.len, out.data);
        }
    }

    heap_free(&heap);
}


static void
what_was_admitted_needs_nothing_more(void **state)
{
    heap_t  heap;

    (void) state;

    static const char *const  values[] = {
        "default-src 'none'; script-src 'nonce-x' 'strict-dynamic'; form-action 'none'",
        "child-src b.example; style-src 'sha256-A'",
        ";;;", "frame-src\t'none'\t;;", "default-src a.example, frame-src 'none'"
    };

    heap_init(&heap);

    for (size_t i = 0; i < N(values); i++) {
        consent_buf_t  once, twice;

        consent_buf_init(&once, &heap.arena);
        consent_buf_init(&twice, &heap.arena);

        consent_csp_admit_self(consent_str(values[i]), &once);
        assert_int_equal(consent_csp_admit_self(consent_buf_str(&once), &twice), 0);
        assert_true(consent_str_eq(consent_buf_str(&once), consent_buf_str(&twice)));
    }

    heap_free(&heap);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(a_page_without_a_policy_allows_everything),
        cmocka_unit_test(the_governing_directive_decides),
        cmocka_unit_test(the_first_of_two_directives_of_one_name_counts),
        cmocka_unit_test(a_nonce_or_hash_switches_unsafe_inline_off),
        cmocka_unit_test(strict_dynamic_leaves_only_the_nonce),
        cmocka_unit_test(an_inline_script_needs_unsafe_inline_alone_or_the_nonce),
        cmocka_unit_test(what_is_allowed_is_allowed_by_every_policy),
        cmocka_unit_test(self_is_added_where_frames_forms_and_style_sheets_need_it),
        cmocka_unit_test(what_was_admitted_needs_nothing_more)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
