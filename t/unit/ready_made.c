/* The policies that are installed ready-made: each loads, and knows the cookies of its own system as necessary. */

#include "shipped.h"

#include "choices.h"

typedef struct {
    const char  *policy;
    const char  *service;
    const char  *cookie;
} own_cookie_t;


static const own_cookie_t  own_cookies[] = {
    { "wordpress", "wordpress", "wordpress_logged_in_37d007a56d816107ce5b52c10342db37" },
    { "wordpress", "wordpress", "wordpress_sec_37d007a56d816107ce5b52c10342db37" },
    { "wordpress", "wordpress", "wordpress_37d007a56d816107ce5b52c10342db37" },
    { "wordpress", "wordpress", "wordpress_test_cookie" },
    { "wordpress", "wordpress", "wp-settings-time-1" },
    { "wordpress", "wordpress", "comment_author_37d007a56d816107ce5b52c10342db37" },
    { "wordpress", "wordpress", "comment_author_email_37d007a56d816107ce5b52c10342db37" },
    { "wordpress", "wordpress", "wp-postpass_37d007a56d816107ce5b52c10342db37" },
    { "drupal", "drupal", "SSESSa1b2c3d4e5f60718293a4b5c6d7e8f90" },
    { "drupal", "drupal", "SESSa1b2c3d4e5f60718293a4b5c6d7e8f90" },
    { "drupal", "drupal", "Drupal.visitor.name" },
    { "spip", "spip", "spip_session" },
    { "spip", "spip", "spip_lang" },
    { "typo3", "typo3", "fe_typo_user" },
    { "typo3", "typo3", "be_lastLoginProvider" },
    { "joomla", "joomla", "1cb674bfbaa9285a64bd5f249c97c3da" },
    { "joomla", "joomla", "joomla_user_state" },
    { "joomla", "joomla", "joomla_remember_me_a1b2c3" }
};


static consent_policy_t *
load(const char *name)
{
    char               file[256];
    consent_policy_t  *policy;

    snprintf(file, sizeof(file), "assets/policies/%s.json", name);

    policy = consent_policy_load(&shipped.heap.arena, file, shipped.catalogue, shipped.locales, &shipped.problems);
    assert_string_equal(shipped.reports, "");
    assert_non_null(policy);

    return policy;
}


static void
a_system_s_own_cookies_are_necessary(void **state)
{
    size_t              i;
    consent_claim_t     claim;
    consent_policy_t   *policy;
    consent_choices_t   choices;

    (void) state;

    for (i = 0; i < sizeof(own_cookies) / sizeof(own_cookies[0]); i++) {
        policy = load(own_cookies[i].policy);
        consent_choices_init(&choices, policy, 1);

        claim = shipped_claim(policy, "cookie", consent_str(own_cookies[i].cookie));

        if (claim.index < 0 || strcmp(loading_text(claim.service->id), own_cookies[i].service) != 0) {
            fail_msg("%s: \"%s\" is not a cookie of the system", own_cookies[i].policy, own_cookies[i].cookie);
        }

        assert_int_equal(policy->entries[claim.index].basis, CONSENT_BASIS_NECESSARY);
        assert_true(consent_choices_allow_claim(&choices, claim, CONSENT_UNKNOWN_BLOCK));

        consent_policy_destroy(policy);
    }
}


static void
none_of_them_claims_the_cookies_of_what_it_lists_besides(void **state)
{
    static const char  *const policies[] = { "wordpress", "drupal", "spip", "typo3", "joomla" };
    static const char  *const cookies[] = { "_pk_id.1.1fff", "_ga", "_fbp", "VISITOR_INFO1_LIVE" };

    size_t             i, k;
    consent_claim_t    claim;
    consent_policy_t  *policy;

    (void) state;

    for (i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
        policy = load(policies[i]);

        for (k = 0; k < sizeof(cookies) / sizeof(cookies[0]); k++) {
            claim = shipped_claim(policy, "cookie", consent_str(cookies[k]));

            assert_non_null(claim.service);
            assert_int_not_equal(claim.index, 0);
        }

        consent_policy_destroy(policy);
    }
}


static void
matomo_of_wordpress_is_found_where_its_plugin_puts_it(void **state)
{
    consent_claim_t    claim;
    consent_policy_t  *policy;

    (void) state;

    policy = load("wordpress");
    claim = shipped_claim(policy, "url", CONSENT_STR("/wp-content/uploads/matomo/matomo.js?v=1"));
    assert_string_equal(loading_text(claim.service->id), "matomo");
    assert_true(claim.index >= 0);

    claim = shipped_claim(policy, "url", CONSENT_STR("/wp-content/plugins/matomo/app/matomo.php?idsite=1"));
    assert_string_equal(loading_text(claim.service->id), "matomo");

    claim = shipped_claim(policy, "url", CONSENT_STR("/wp-content/uploads/2026/matomo.pdf"));
    assert_null(claim.service);

    consent_policy_destroy(policy);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(a_system_s_own_cookies_are_necessary),
        cmocka_unit_test(none_of_them_claims_the_cookies_of_what_it_lists_besides),
        cmocka_unit_test(matomo_of_wordpress_is_found_where_its_plugin_puts_it)
    };

    return cmocka_run_group_tests(tests, shipped_setup, shipped_teardown);
}
