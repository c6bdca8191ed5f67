#include "cookie_fixture.h"

#define NOW  1700000000

static town_t  town;

/* What was emitted, one value a line. */
static char    emitted[65536];
static size_t  emitted_len;


static int
set_up(void **state)
{
    (void) state;
    town_start(&town, TOWN(""));

    return 0;
}


static int
set_up_closed(void **state)
{
    (void) state;
    town_start(&town, TOWN(UNKNOWN_BLOCKED));

    return 0;
}


static int
tear_down(void **state)
{
    (void) state;
    town_end(&town);

    return 0;
}


static void
emit(void *data, consent_str_t value)
{
    unsigned  *count = data;

    (*count)++;

    assert_true(emitted_len + value.len + 2 < sizeof(emitted));
    memcpy(emitted + emitted_len, value.data, value.len);
    emitted_len += value.len;
    emitted[emitted_len++] = '\n';
    emitted[emitted_len] = '\0';
}


static unsigned
expire(const char *line, const char *host, int secure, size_t budget)
{
    unsigned                    left, count;
    consent_str_t               cookies = consent_str(line);
    static const consent_str_t  own[2] = { { "__Host-choices", 14 }, { "choices", 7 } };

    count = 0;
    emitted_len = 0;
    emitted[0] = '\0';

    left = consent_cookie_expire(&town.choices, own, 2, &cookies, 1, consent_str(host), secure, NOW, budget, emit, &count);

    assert_true(emitted_len - count <= budget);

    return left;
}


static void
assert_expired(const char *line, const char *host, int secure, const char *expected)
{
    assert_int_equal(expire(line, host, secure, 4096), 0);
    assert_string_equal(emitted, expected);
}


static void
a_refused_cookie_is_expired_host_only_and_for_every_parent_domain(void **state)
{
    (void) state;

    assert_expired("mt_lang=fr", "www.meteo.ville.example", 0,
                   "mt_lang=; Path=/; Max-Age=0\n"
                   "mt_lang=; Path=/; Max-Age=0; Domain=ville.example\n"
                   "mt_lang=; Path=/; Max-Age=0; Domain=meteo.ville.example\n"
                   "mt_lang=; Path=/; Max-Age=0; Domain=www.meteo.ville.example\n");
}


static void
on_https_it_is_expired_secure_and_then_partitioned(void **state)
{
    (void) state;

    assert_expired("mt_lang=fr", "ville.example", 1,
                   "mt_lang=; Path=/; Max-Age=0; Secure\n"
                   "mt_lang=; Path=/; Max-Age=0; Domain=ville.example; Secure\n"
                   "mt_lang=; Path=/; Max-Age=0; Secure; Partitioned\n"
                   "mt_lang=; Path=/; Max-Age=0; Domain=ville.example; Secure; Partitioned\n");
}


static void
what_is_allowed_is_left_alone(void **state)
{
    (void) state;

    assert_expired("PHPSESSID=1; _c_id.1=1; lang=fr; __Host-csrf=1", "ville.example", 0, "");

    town.choices.answers[METEO] = CONSENT_ACCEPTED;
    assert_expired("mt_lang=fr; meteo=1", "ville.example", 0, "");

    town.choices.answers[METEO] = CONSENT_REFUSED;
    assert_int_equal(expire("mt_lang=fr; meteo=1", "ville.example", 0, 4096), 0);
    assert_true(emitted_len > 0);
}


static void
our_own_cookie_is_never_expired(void **state)
{
    (void) state;

    assert_expired("choices=abc; __Host-choices=abc", "ville.example", 1, "");
}


static void
a_cookie_that_nobody_claims_is_expired_only_where_blocked_and_host_only(void **state)
{
    (void) state;

    assert_expired("lang=fr; PHPSESSID=1", "www.ville.example", 0, "lang=; Path=/; Max-Age=0\n");
}


static void
a_cookie_of_an_unlisted_service_is_expired(void **state)
{
    (void) state;

    assert_expired("_gid=GA1", "ville.example", 0,
                   "_gid=; Path=/; Max-Age=0\n"
                   "_gid=; Path=/; Max-Age=0; Domain=ville.example\n");
}


static void
an_address_or_a_single_label_has_no_domains(void **state)
{
    size_t       i;
    const char  *hosts[] = {
        "192.0.2.1", "192.0.2.1.", "[2001:db8::1]", "2001:db8::1", "localhost", "", ".", "fr", "fr.", "a..b.example",
        ".ville.example", "ville.example..", "ville,example.fr", "ville.example;x", "ville .example", "a.1x",
        "ville.\xc3\xa9t\xc3\xa9"
    };

    (void) state;

    for (i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        assert_expired("mt_lang=fr", hosts[i], 0, "mt_lang=; Path=/; Max-Age=0\n");
    }
}


static void
a_trailing_dot_of_the_host_is_dropped(void **state)
{
    (void) state;

    assert_expired("mt_lang=fr", "Ville.example.", 0,
                   "mt_lang=; Path=/; Max-Age=0\n"
                   "mt_lang=; Path=/; Max-Age=0; Domain=Ville.example\n");
}


static void
a_host_prefixed_cookie_has_no_domain_and_a_prefix_needs_https(void **state)
{
    (void) state;

    assert_expired("__Host-mt=1; __Secure-mt=1", "ville.example", 1,
                   "__Secure-mt=; Path=/; Max-Age=0; Secure; HttpOnly\n"
                   "__Secure-mt=; Path=/; Max-Age=0; Domain=ville.example; Secure; HttpOnly\n"
                   "__Host-mt=; Path=/; Max-Age=0; Secure; HttpOnly\n"
                   "__Secure-mt=; Path=/; Max-Age=0; Secure; HttpOnly; Partitioned\n"
                   "__Secure-mt=; Path=/; Max-Age=0; Domain=ville.example; Secure; HttpOnly; Partitioned\n"
                   "__Host-mt=; Path=/; Max-Age=0; Secure; HttpOnly; Partitioned\n");

    assert_expired("__Host-mt=1; __Secure-mt=1", "ville.example", 0, "");
}


static void
two_underscores_alone_are_no_prefix(void **state)
{
    (void) state;

    assert_expired("__utma=1", "ville.example", 0,
                   "__utma=; Path=/; Max-Age=0\n"
                   "__utma=; Path=/; Max-Age=0; Domain=ville.example\n");
}


static void
a_name_is_expired_once_however_often_it_came(void **state)
{
    (void) state;

    assert_expired("mt_a=1; mt_a=2; mt_a", "localhost", 0, "mt_a=; Path=/; Max-Age=0\n");
}


static void
the_last_cookie_of_the_last_line_comes_first(void **state)
{
    unsigned       count = 0;
    consent_str_t  lines[2] = { CONSENT_STR("mt_a=1; mt_b=1"), CONSENT_STR("mt_c=1;; mt_d=1;") };

    (void) state;

    emitted_len = 0;
    consent_cookie_expire(&town.choices, NULL, 0, lines, 2, CONSENT_STR("localhost"), 0, NOW, 4096, emit, &count);

    assert_string_equal(emitted, "mt_d=; Path=/; Max-Age=0\n"
                                 "mt_c=; Path=/; Max-Age=0\n"
                                 "mt_b=; Path=/; Max-Age=0\n"
                                 "mt_a=; Path=/; Max-Age=0\n");
}


static void
cookies_without_a_name_or_with_control_characters_are_passed_over(void **state)
{
    (void) state;

    assert_expired("=mt_a; mt_b; mt_\x01x=1; mt_\x7f=2", "localhost", 0, "");
}


static void
names_with_odd_but_legal_bytes_are_expired(void **state)
{
    (void) state;

    assert_expired("mt_a b,\"c\"\xc3\xa9=1", "localhost", 0, "mt_a b,\"c\"\xc3\xa9=; Path=/; Max-Age=0\n");
}


static void
a_cookie_gets_all_its_values_or_none_and_the_rest_is_counted(void **state)
{
    (void) state;

    /* 24 bytes host-only and 46 with the domain */

    assert_int_equal(expire("mt_a=1; mt_b=1; mt_c=1", "ville.example", 0, 70), 2);
    assert_string_equal(emitted, "mt_c=; Path=/; Max-Age=0\n"
                                 "mt_c=; Path=/; Max-Age=0; Domain=ville.example\n");

    assert_int_equal(expire("mt_a=1; mt_b=1; mt_c=1", "ville.example", 0, 69), 3);
    assert_string_equal(emitted, "");

    assert_int_equal(expire("mt_a=1; mt_b=1; mt_c=1", "ville.example", 0, 0), 3);
    assert_string_equal(emitted, "");
}


static void
a_cookie_that_does_not_fit_does_not_hold_up_the_others(void **state)
{
    (void) state;

    assert_int_equal(expire("mt_a=1; mt_a_very_long_name_of_a_cookie=1", "localhost", 0, 30), 1);
    assert_string_equal(emitted, "mt_a=; Path=/; Max-Age=0\n");
}


/* A browser that obeys: what was expired does not come again. */

static void
the_next_pages_go_on_until_nothing_is_left(void **state)
{
    char      line[4096], name[16], *found;
    unsigned  i, pages;

    (void) state;

    line[0] = '\0';

    for (i = 0; i < 100; i++) {
        snprintf(name, sizeof(name), "mt_%03u=1; ", i);
        strcat(line, name);
    }

    for (pages = 0; line[0] != '\0' && pages < 100; pages++) {
        expire(line, "www.ville.example", 0, 1000);
        assert_true(emitted_len > 0);

        for (i = 0; i < 100; i++) {
            snprintf(name, sizeof(name), "mt_%03u=; ", i);

            if (strstr(emitted, name) != NULL) {
                snprintf(name, sizeof(name), "mt_%03u=1; ", i);
                found = strstr(line, name);
                assert_non_null(found);
                memmove(found, found + strlen(name), strlen(found + strlen(name)) + 1);
            }
        }
    }

    assert_int_equal(pages, 15);
}


static void
a_huge_line_costs_little_and_is_counted(void **state)
{
    char    *line, *p;
    size_t   i, n = 20000;

    (void) state;

    line = malloc(16 * n + 1);
    assert_non_null(line);

    for (i = 0, p = line; i < n; i++) {
        p += sprintf(p, "mt_%05zu=1; ", i);
    }

    assert_int_equal(expire(line, "localhost", 0, 1000), n - 1000 / 28);
    free(line);
}


static void
a_name_longer_than_browsers_store_is_passed_over(void **state)
{
    char  line[5000];

    (void) state;

    memset(line, 'x', sizeof(line));
    memcpy(line, "mt_", 3);
    strcpy(line + 4096, "=1");

    assert_int_equal(expire(line, "localhost", 0, 8192), 0);
    assert_int_equal(emitted_len, 4096 + sizeof("=; Path=/; Max-Age=0"));

    line[4096] = 'x';
    strcpy(line + 4097, "=1");
    assert_expired(line, "localhost", 0, "");
}


static void
a_cookie_is_expired_when_its_value_says_that_it_is_too_old(void **state)
{
    (void) state;

    town.policy->entries[COUNTER].service->cookies[1].created = 2;

    /* 395 days are 34128000 seconds, whatever the policy says of audience measurement */

    assert_expired("_c_two=0123456789abcdef.1665871999.", "localhost", 0, "_c_two=; Path=/; Max-Age=0\n");
    assert_expired("_c_two=0123456789abcdef.1665871999", "localhost", 0, "_c_two=; Path=/; Max-Age=0\n");
    assert_expired("_c_two=0123456789abcdef.1665872000.", "localhost", 0, "");
    assert_expired("_c_two=0123456789abcdef.1699999999.1.1699999999.", "localhost", 0, "");

    assert_expired("_c_two=0123456789abcdef", "localhost", 0, "");
    assert_expired("_c_two=0123456789abcdef.", "localhost", 0, "");
    assert_expired("_c_two=0123456789abcdef.16x.", "localhost", 0, "");
    assert_expired("_c_two=0123456789abcdef.99999999999999999999999.", "localhost", 0, "");
    assert_expired("_c_two=", "localhost", 0, "");
    assert_expired("_c_any=0123456789abcdef.1.", "localhost", 0, "");
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test_setup_teardown(a_refused_cookie_is_expired_host_only_and_for_every_parent_domain, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(on_https_it_is_expired_secure_and_then_partitioned, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_allowed_is_left_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(our_own_cookie_is_never_expired, set_up_closed, tear_down),
        cmocka_unit_test_setup_teardown(a_cookie_that_nobody_claims_is_expired_only_where_blocked_and_host_only,
                                        set_up_closed, tear_down),
        cmocka_unit_test_setup_teardown(a_cookie_of_an_unlisted_service_is_expired, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_address_or_a_single_label_has_no_domains, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_trailing_dot_of_the_host_is_dropped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_host_prefixed_cookie_has_no_domain_and_a_prefix_needs_https, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(two_underscores_alone_are_no_prefix, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_name_is_expired_once_however_often_it_came, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_cookie_is_expired_when_its_value_says_that_it_is_too_old, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_last_cookie_of_the_last_line_comes_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cookies_without_a_name_or_with_control_characters_are_passed_over, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(names_with_odd_but_legal_bytes_are_expired, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_cookie_gets_all_its_values_or_none_and_the_rest_is_counted, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_cookie_that_does_not_fit_does_not_hold_up_the_others, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_next_pages_go_on_until_nothing_is_left, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_huge_line_costs_little_and_is_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_name_longer_than_browsers_store_is_passed_over, set_up, tear_down)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
