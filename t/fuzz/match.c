/*
 * Lines: a PCRE2 pattern, a URL pattern, a cookie name pattern; then a text. The literals read off a pattern must be
 * in all that it matches: else the filter before PCRE2 would hide a script.
 */

#define PCRE2_CODE_UNIT_WIDTH  8

#include <pcre2.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"
#include "match_cookie.h"
#include "match_inline.h"
#include "match_url.h"
#include "regex_literal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void
require(int condition)
{
    if (!condition) {
        abort();
    }
}


static int
any_service(const void *data, unsigned service)
{
    (void) data;
    (void) service;

    return 0;
}


static int
want_any(void *data, unsigned service)
{
    (void) data;
    (void) service;

    return 1;
}


static consent_str_t
next_line(consent_str_t *rest)
{
    const char     *end;
    consent_str_t   line;

    line = *rest;
    end = rest->len > 0 ? memchr(rest->data, '\n', rest->len) : NULL;

    if (end != NULL) {
        line.len = (size_t) (end - line.data);
        rest->data = end + 1;
        rest->len -= line.len + 1;

    } else {
        rest->data += rest->len;
        rest->len = 0;
    }

    return line;
}


/* Whether the pattern matches without the filter, within the same limits. */

static int
plain_match(consent_str_t pattern, consent_str_t text)
{
    int                   error, rc;
    size_t                offset;
    pcre2_code           *code;
    pcre2_match_data     *match_data;
    pcre2_match_context  *context;

    code = pcre2_compile((PCRE2_SPTR) pattern.data, pattern.len, PCRE2_NEVER_UTF | PCRE2_NEVER_BACKSLASH_C, &error,
                         &offset, NULL);
    require(code != NULL);

    match_data = pcre2_match_data_create(1, NULL);
    context = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(context, 100000);
    pcre2_set_depth_limit(context, 1000);
    pcre2_set_heap_limit(context, 256);

    (void) pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
    rc = pcre2_match(code, (PCRE2_SPTR) text.data, text.len, 0, 0, match_data, context);

    pcre2_match_context_free(context);
    pcre2_match_data_free(match_data);
    pcre2_code_free(code);

    return rc >= 0;
}


static void
match_inline(consent_str_t pattern, consent_str_t text, consent_arena_t *arena)
{
    char                     error[256];
    consent_inline_rules_t  *rules;

    rules = consent_inline_rules_create(arena, 1);

    if (pattern.len <= 64 && consent_inline_rules_add(rules, pattern, 0, error, sizeof(error)) == 0) {
        require(consent_inline_rules_finish(rules, arena) == 0);

        if (text.len > 0) {
            require((consent_inline_rules_find(rules, text, want_any, NULL) == 0) == plain_match(pattern, text));
        }
    }

    consent_inline_rules_destroy(rules);
}


static void
match_url(consent_str_t pattern, consent_str_t text, consent_arena_t *arena)
{
    consent_url_t          url;
    consent_url_rule_t     rule;
    consent_url_rules_t   *rules;
    consent_url_scratch_t  scratch;

    if (consent_url_rule_parse(pattern, 0, &rule) != NULL) {
        return;
    }

    rules = consent_url_rules_build(arena, &rule, 1);
    consent_url_resolve(NULL, text, &scratch, &url);

    (void) consent_url_rules_find(rules, CONSENT_RULE_HOST | CONSENT_RULE_ANY | CONSENT_RULE_OWN, url.host, url.path,
                                  url.query, any_service, NULL);
}


static void
match_cookie(consent_str_t pattern, consent_str_t text, consent_arena_t *arena)
{
    consent_cookie_rules_t    *rules;
    consent_cookie_pattern_t   cookie = { .name = pattern };

    rules = consent_cookie_rules_create(arena, 1);
    consent_cookie_rules_add(rules, &cookie, 0);

    (void) consent_cookie_rules_find(rules, text, any_service, NULL, NULL);

    if (pattern.len > 0 && pattern.len <= 4096 && memchr(pattern.data, '*', pattern.len) == NULL) {
        require(consent_cookie_rules_find(rules, pattern, any_service, NULL, NULL) == 0);
    }

    consent_cookie_rules_destroy(rules);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    heap_t         heap;
    consent_str_t  rest, regex, url, cookie;

    rest.data = (const char *) data;
    rest.len = size;

    regex = next_line(&rest);
    url = next_line(&rest);
    cookie = next_line(&rest);

    heap_init(&heap);

    match_inline(regex, rest, &heap.arena);
    match_url(url, rest, &heap.arena);
    match_cookie(cookie, rest, &heap.arena);

    heap_free(&heap);

    return 0;
}
