/*
 * Cookie lines, Set-Cookie values and hosts of any bytes, under any choice. The first byte is the choice; then come a
 * host, a Cookie line and a Set-Cookie value, a line feed between them. Runs in the project's root, with the
 * catalogue and locales of t/data.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cookie.h"
#include "heap.h"
#include "town_policy.h"

#define NOW  1700000000

static consent_policy_t    *open_town, *closed_town;
static const consent_str_t  own[2] = { { "__Host-choices", 14 }, { "choices", 7 } };

typedef struct {
    const consent_choices_t  *choices;
    size_t                    bytes;
} expired_t;


static void
check(int truth)
{
    if (!truth) {
        abort();
    }
}


static void
report(void *data, const char *file, unsigned line, const char *text)
{
    (void) data;

    fprintf(stderr, "%s:%u: %s\n", file, line, text);
    abort();
}


int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    consent_locales_t    *locales;
    consent_problems_t    problems = { report, NULL, 0 };
    consent_catalogue_t  *catalogue;
    static heap_t         heap;

    (void) argc;
    (void) argv;

    heap_init(&heap);

    catalogue = consent_catalogue_load(&heap.arena, "t/data/catalogue", &problems);
    locales = consent_locales_load(&heap.arena, "t/data/locales", &problems);

    open_town = consent_policy_parse(&heap.arena, "open", CONSENT_STR(TOWN("")), catalogue, locales, &problems);
    closed_town = consent_policy_parse(&heap.arena, "closed", CONSENT_STR(TOWN(UNKNOWN_BLOCKED)), catalogue, locales,
                                       &problems);

    return 0;
}


static int
is_kept(const consent_choices_t *choices, consent_str_t name, consent_str_t value)
{
    consent_claim_t                  claim;
    const consent_cookie_pattern_t  *pattern;

    name = consent_cookie_effective_name(name, value);

    return !consent_cookie_is_one_of(own, 2, name) && consent_cookie_allow(choices, name, &claim, &pattern);
}


static consent_str_t
take_line(consent_str_t *rest)
{
    char           *end;
    consent_str_t   line = *rest;

    end = rest->len ? memchr(rest->data, '\n', rest->len) : NULL;

    if (end == NULL) {
        rest->len = 0;
        return line;
    }

    line.len = (size_t) (end - line.data);
    rest->data += line.len + 1;
    rest->len -= line.len + 1;

    return line;
}


/* What is left holds only cookies that may pass, all of them and in their order. */

static void
fuzz_filter(const consent_choices_t *choices, consent_str_t line)
{
    char           *out, *again;
    size_t          len;
    unsigned        removed, kept, pairs;
    consent_str_t   rest, left, name, value, pair, left_name, left_value, left_pair;

    out = malloc(line.len ? line.len : 1);
    again = malloc(line.len ? line.len : 1);
    check(out != NULL && again != NULL);

    len = consent_cookie_filter(choices, own, 2, line, out, &removed);
    check(len <= line.len);

    left = (consent_str_t) { out, len };
    rest = line;
    kept = 0;
    pairs = 0;

    while (consent_cookie_next(&rest, &name, &value, &pair)) {
        pairs++;

        if (is_kept(choices, name, value)) {
            kept++;
            check(consent_cookie_next(&left, &left_name, &left_value, &left_pair));
            check(consent_str_eq(pair, left_pair));
        }
    }

    check(!consent_cookie_next(&left, &left_name, &left_value, &left_pair));
    check(kept + removed == pairs);

    check(consent_cookie_filter(choices, own, 2, (consent_str_t) { out, len }, again, &removed) == len);
    check(removed == 0 && memcmp(out, again, len) == 0);

    free(out);
    free(again);
}


/* What was capped needs it no more. */

static void
fuzz_judge(const consent_choices_t *choices, consent_str_t value)
{
    heap_t                heap;
    consent_buf_t         out, again;
    consent_set_cookie_t  verdict;

    heap_init(&heap);
    consent_buf_init(&out, &heap.arena);
    consent_buf_init(&again, &heap.arena);

    verdict = consent_set_cookie_judge(choices, own, 2, value, NOW, &out);

    if (verdict == CONSENT_SET_COOKIE_CAP) {
        check(out.len <= value.len + sizeof("; Max-Age=9223372036854775807"));
        check(consent_set_cookie_judge(choices, own, 2, consent_buf_str(&out), NOW, &again) == CONSENT_SET_COOKIE_PASS);

    } else {
        check(out.len == 0);
    }

    heap_free(&heap);
}


static void
expired(void *data, consent_str_t value)
{
    size_t      i;
    expired_t  *seen = data;
    consent_str_t  rest = value, name, text, pair;

    check(consent_cookie_next(&rest, &name, &text, &pair));
    check(name.len > 0 && text.len == 0);
    check(!is_kept(seen->choices, name, text));
    check(!consent_cookie_is_one_of(own, 2, name));

    for (i = 0; i < value.len; i++) {
        check((unsigned char) value.data[i] >= 0x20 && value.data[i] != 0x7f);
    }

    seen->bytes += value.len;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t             budget;
    unsigned           flags;
    expired_t          seen;
    consent_str_t      rest, host, line;
    consent_choices_t  choices;

    if (size == 0) {
        return 0;
    }

    flags = data[0];
    rest = (consent_str_t) { (const char *) data + 1, size - 1 };

    consent_choices_init(&choices, flags & 1 ? closed_town : open_town, flags & 2);
    choices.answers[COUNTER] = (flags >> 2) % 3;
    choices.answers[METEO] = (flags >> 4) % 3;
    choices.answers[MEASURE] = (flags >> 6) % 3;

    host = take_line(&rest);
    line = take_line(&rest);

    fuzz_filter(&choices, line);
    fuzz_judge(&choices, rest);

    budget = (flags & 8) ? 4096 : 200;
    seen.choices = &choices;
    seen.bytes = 0;

    (void) consent_cookie_expire(&choices, own, 2, &line, 1, host, flags & 4, 1700000000, budget, expired, &seen);
    check(seen.bytes <= budget);

    return 0;
}
