/*
 * What no service of the catalogue may claim (t/data/negatives.json): each entry says why. "unless" names a service that claims it
 * where a policy lists that service, and only there.
 */

#include "shipped.h"
#include "rewriter.h"

#define NEGATIVES  "t/data/negatives.json"


static void
found_service(void *data, const consent_found_t *found)
{
    consent_claim_t  *claim = data;

    if (found->claim.service != NULL) {
        *claim = found->claim;
    }
}


static int
drop(void *data, consent_out_t kind, const char *bytes, size_t len)
{
    (void) data;
    (void) kind;
    (void) bytes;
    (void) len;

    return 0;
}


/* The last thing that the rewriter finds of a service in a page. */

static consent_claim_t
claim_in_page(const consent_policy_t *policy, consent_str_t html)
{
    consent_claim_t           claim;
    consent_choices_t         choices;
    consent_rewriter_t       *rewriter;
    consent_url_scratch_t     scratch;
    consent_rewriter_conf_t   conf;

    memset(&conf, 0, sizeof(conf));
    claim = (consent_claim_t) { CONSENT_UNCLAIMED, NULL };
    consent_choices_init(&choices, policy, 0);
    consent_url_resolve(NULL, CONSENT_STR(SHIPPED_PAGE), &scratch, &conf.page);

    conf.choices = &choices;
    conf.endpoint = CONSENT_STR("/_choices/");
    conf.emit = drop;
    conf.found = found_service;
    conf.data = &claim;

    rewriter = consent_rewriter_create(&shipped.heap.arena, &conf);
    assert_non_null(rewriter);
    assert_int_equal(consent_rewriter_feed(rewriter, html.data, html.len, 1), 0);

    return claim;
}


static unsigned
claimed(const consent_policy_t *policy)
{
    json_t           *negatives, *negative;
    size_t            i;
    unsigned          n;
    const char       *kind;
    consent_str_t     text, unless;
    consent_claim_t   claim;

    n = 0;
    negatives = shipped_json(NEGATIVES);
    assert_true(json_array_size(negatives) >= 300);

    json_array_foreach(negatives, i, negative) {
        kind = json_string_value(json_object_get(negative, "kind"));
        text = shipped_str(json_object_get(negative, "text"));
        unless = shipped_str(json_object_get(negative, "unless"));

        assert_non_null(text.data);
        assert_true(json_is_string(json_object_get(negative, "why")));

        claim = strcmp(kind, "html") == 0 ? claim_in_page(policy, text) : shipped_claim(policy, kind, text);

        if (claim.service == NULL || (claim.index >= 0 && consent_str_eq(claim.service->id, unless))) {
            continue;
        }

        print_error("%s \"%.*s\" is claimed by %s\n", kind, (int) text.len, text.data, loading_text(claim.service->id));
        n++;
    }

    json_decref(negatives);

    return n;
}


static void
nothing_of_them_is_claimed_where_a_policy_lists_no_service(void **state)
{
    consent_policy_t  *policy;

    (void) state;

    policy = shipped_policy(json_array());
    assert_int_equal(claimed(policy), 0);
    consent_policy_destroy(policy);
}


static void
nothing_of_them_is_claimed_by_a_service_that_a_policy_has_to_list(void **state)
{
    json_t                   *ids;
    unsigned                  i, n, failed;
    consent_policy_t         *policy;
    const consent_service_t  *service;

    (void) state;

    n = consent_catalogue_count(shipped.catalogue);
    ids = json_array();
    failed = 0;

    for (i = 0; i < n; i++) {
        service = consent_catalogue_service(shipped.catalogue, i);

        if (service->listed_only) {
            json_array_append_new(ids, json_stringn(service->id.data, service->id.len));
        }

        if (json_array_size(ids) == CONSENT_MAX_SERVICES || i == n - 1) {
            policy = shipped_policy(ids);
            failed += claimed(policy);
            consent_policy_destroy(policy);
            ids = json_array();
        }
    }

    json_decref(ids);
    assert_int_equal(failed, 0);
}


static void
a_cookie_that_nobody_lists_is_kept_even_where_all_are_refused(void **state)
{
    consent_policy_t   *policy;
    consent_choices_t   choices;

    (void) state;

    policy = shipped_policy(json_array());
    consent_choices_init(&choices, policy, 1);

    assert_true(consent_choices_allow_claim(&choices, shipped_claim(policy, "cookie", CONSENT_STR("PHPSESSID")),
                                            policy->unknown_cookies));
    assert_false(consent_choices_allow_claim(&choices, shipped_claim(policy, "cookie", CONSENT_STR("_ga")),
                                             policy->unknown_cookies));

    consent_policy_destroy(policy);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(nothing_of_them_is_claimed_where_a_policy_lists_no_service),
        cmocka_unit_test(nothing_of_them_is_claimed_by_a_service_that_a_policy_has_to_list),
        cmocka_unit_test(a_cookie_that_nobody_lists_is_kept_even_where_all_are_refused)
    };

    return cmocka_run_group_tests(tests, shipped_setup, shipped_teardown);
}
