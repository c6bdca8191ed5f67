#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "evidence.h"
#include "heap.h"
#include "sha256.h"


static heap_t             heap;
static consent_entry_t    entries[2];
static consent_service_t  services[2];
static consent_policy_t   policy;
static consent_choices_t  choices;


static int
set_up(void **state)
{
    (void) state;

    heap_init(&heap);

    services[0].id = CONSENT_STR("youtube");
    services[1].id = CONSENT_STR("matomo");
    entries[0].service = &services[0];
    entries[1].service = &services[1];

    policy.entries = entries;
    policy.nentries = 2;
    memset(policy.hash, 'a', CONSENT_HASH_HEX_LEN);

    memset(&choices, 0, sizeof(choices));
    choices.policy = &policy;
    choices.answers[0] = CONSENT_ACCEPTED;

    return 0;
}


static int
tear_down(void **state)
{
    (void) state;

    heap_free(&heap);

    return 0;
}


static consent_str_t
write_line(consent_chain_t *chain, char record[CONSENT_RECORD_LEN + 1])
{
    consent_buf_t       buf;
    consent_evidence_t  what;

    memset(&what, 0, sizeof(what));
    memset(what.text_hash, 'b', CONSENT_HASH_HEX_LEN);

    what.choices = &choices;
    what.host = CONSENT_STR("ville.example");
    what.decision = CONSENT_STR("save");
    what.locale = CONSENT_STR("fr");
    what.time = 1790000000;

    consent_buf_init(&buf, &heap.arena);
    assert_int_equal(consent_evidence_line(chain, &what, &buf, record), 0);

    return consent_buf_str(&buf);
}


static void
a_line_says_what_was_decided_and_on_what(void **state)
{
    char              record[CONSENT_RECORD_LEN + 1];
    json_t           *line;
    consent_str_t     text;
    consent_chain_t   chain;

    (void) state;

    consent_chain_start(&chain, 7, 1790000000, CONSENT_STR(""));
    text = write_line(&chain, record);

    assert_int_equal(text.data[text.len - 1], '\n');
    assert_null(memchr(text.data, '\n', text.len - 1));

    line = json_loadb(text.data, text.len, 0, NULL);
    assert_non_null(line);

    assert_string_equal(json_string_value(json_object_get(line, "time")), "2026-09-21T14:13:20Z");
    assert_string_equal(json_string_value(json_object_get(line, "id")), record);
    assert_string_equal(json_string_value(json_object_get(line, "host")), "ville.example");
    assert_string_equal(json_string_value(json_object_get(line, "policy")), policy.hash);
    assert_string_equal(json_string_value(json_object_get(line, "decision")), "save");
    assert_string_equal(json_string_value(json_object_get(line, "source")), "");
    assert_string_equal(json_string_value(json_object_get(line, "locale")), "fr");
    assert_string_equal(json_string_value(json_object_get(json_object_get(line, "services"), "youtube")), "accept");
    assert_null(json_object_get(json_object_get(line, "services"), "matomo"));
    assert_int_equal(json_array_size(json_object_get(line, "withdrawn")), 0);

    json_decref(line);
}


static void
a_record_has_an_id_of_its_own(void **state)
{
    char             first[CONSENT_RECORD_LEN + 1], second[CONSENT_RECORD_LEN + 1];
    consent_chain_t  chain;

    (void) state;

    consent_chain_start(&chain, 7, 1790000000, CONSENT_STR(""));
    (void) write_line(&chain, first);
    (void) write_line(&chain, second);

    assert_int_equal(strspn(first, "0123456789abcdef"), CONSENT_RECORD_LEN);
    assert_string_not_equal(first, second);
}


static void
only_what_looks_like_an_id_is_one(void **state)
{
    /* not terminated, as in the address of a request */
    const char id[] = "0123456789abcdef0123456789abcdefab";

    assert_true(consent_evidence_is_record((consent_str_t) { id, 32 }));
    assert_false(consent_evidence_is_record((consent_str_t) { id, 31 }));
    assert_false(consent_evidence_is_record((consent_str_t) { id, 33 }));
    assert_false(consent_evidence_is_record(consent_str("0123456789ABCDEF0123456789ABCDEF")));
    assert_false(consent_evidence_is_record(consent_str("0123456789abcdef0123456789abcde\"")));
    assert_false(consent_evidence_is_record((consent_str_t) { NULL, 0 }));

    (void) state;
}


static void
each_line_carries_the_hash_of_the_one_before(void **state)
{
    char              record[CONSENT_RECORD_LEN + 1], hash[CONSENT_HASH_HEX_LEN + 1];
    json_t           *line;
    unsigned char     digest[32];
    consent_str_t     first, second, bare;
    consent_chain_t   chain;

    (void) state;

    consent_chain_start(&chain, 7, 1790000000, CONSENT_STR("{\"older\":1}\n{\"last\":1}\n{\"torn"));
    first = write_line(&chain, record);
    consent_chain_commit(&chain, first);
    second = write_line(&chain, record);

    bare = CONSENT_STR("{\"last\":1}");
    assert_int_equal(consent_sha256(&bare, 1, digest), 0);
    consent_hex(digest, 32, hash);

    line = json_loadb(first.data, first.len, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(line, "prev")), hash);
    assert_int_equal(json_integer_value(json_object_get(line, "seq")), 0);
    json_decref(line);

    bare = (consent_str_t) { first.data, first.len - 1 };
    assert_int_equal(consent_sha256(&bare, 1, digest), 0);
    consent_hex(digest, 32, hash);

    line = json_loadb(second.data, second.len, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(line, "prev")), hash);
    assert_int_equal(json_integer_value(json_object_get(line, "seq")), 1);
    json_decref(line);
}


static void
a_line_that_was_not_written_does_not_move_the_chain(void **state)
{
    char              record[CONSENT_RECORD_LEN + 1];
    json_t           *line;
    consent_str_t     text;
    consent_chain_t   chain;

    (void) state;

    consent_chain_start(&chain, 7, 1790000000, CONSENT_STR(""));
    (void) write_line(&chain, record);
    text = write_line(&chain, record);

    line = json_loadb(text.data, text.len, 0, NULL);
    assert_int_equal(json_integer_value(json_object_get(line, "seq")), 0);
    json_decref(line);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test_setup_teardown(a_line_says_what_was_decided_and_on_what, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_record_has_an_id_of_its_own, set_up, tear_down),
        cmocka_unit_test(only_what_looks_like_an_id_is_one),
        cmocka_unit_test_setup_teardown(each_line_carries_the_hash_of_the_one_before, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_line_that_was_not_written_does_not_move_the_chain, set_up, tear_down)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
