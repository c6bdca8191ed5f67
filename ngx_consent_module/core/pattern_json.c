/*
 * Patterns are checked here, where their line is known; match.c compiles them. Only a cookie name's regex is kept,
 * as it belongs to the cookie.
 */

#define PCRE2_CODE_UNIT_WIDTH  8

#include <pcre2.h>
#include <string.h>

#include "field.h"
#include "pattern_json.h"

#define CONSENT_PATTERN_MAX  512
#define CONSENT_COOKIE_MAX   128


/*
 * Compiles a pattern as matchers will, bytes and not UTF-8: what is matched is hostile. NULL when it cannot be
 * used, which was reported. A pattern that matches nothing at all would claim everything.
 */

static pcre2_code *
compile(consent_json_t *json, const consent_json_node_t *node, consent_str_t pattern, uint32_t anchors)
{
    int                     error, n;
    size_t                  offset;
    uint32_t                shortest;
    pcre2_code             *code;
    unsigned char           text[160];
    pcre2_match_data       *data;
    pcre2_match_context    *context;

    code = pcre2_compile((PCRE2_SPTR) pattern.data, pattern.len, anchors | PCRE2_NEVER_UTF | PCRE2_NEVER_BACKSLASH_C,
                         &error, &offset, NULL);

    if (code == NULL) {
        pcre2_get_error_message(error, text, sizeof(text));
        consent_json_wrong(json, node,
                           "is not a valid regular expression: %s at offset %zu; remember to double each backslash",
                           text, offset);
        return NULL;
    }

    /* 0 is also the answer for what PCRE2 cannot tell. */
    n = pcre2_pattern_info(code, PCRE2_INFO_MINLENGTH, &shortest);

    if (n == 0 && shortest == 0) {
        data = pcre2_match_data_create(1, NULL);
        context = pcre2_match_context_create(NULL);

        if (data == NULL || context == NULL) {
            json->no_memory = 1;

        } else {
            pcre2_set_match_limit(context, 1000);
            n = pcre2_match(code, (PCRE2_SPTR) "", 0, 0, 0, data, context);
        }

        pcre2_match_context_free(context);
        pcre2_match_data_free(data);

        if (n != PCRE2_ERROR_NOMATCH && !json->no_memory) {
            consent_json_wrong(json, node,
                               "matches the empty text, so it would claim everything; name what must be there");
            pcre2_code_free(code);
            return NULL;
        }
    }

    return code;
}


static int
is_cookie_name(consent_str_t s)
{
    size_t  i;

    for (i = 0; i < s.len; i++) {
        if ((unsigned char) s.data[i] <= 0x20 || (unsigned char) s.data[i] >= 0x7f
            || strchr("=;,\"", s.data[i]) != NULL)
        {
            return 0;
        }
    }

    return 1;
}


static int
has_literal(consent_str_t s, const char *others)
{
    size_t  i;

    for (i = 0; i < s.len; i++) {
        if (strchr(others, s.data[i]) == NULL) {
            return 1;
        }
    }

    return 0;
}


void
consent_pattern_cookie(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node,
    consent_cookie_pattern_t *cookie)
{
    char           quote[CONSENT_JSON_QUOTE];
    consent_str_t  s;

    s = consent_json_string(json, node, CONSENT_COOKIE_MAX);
    if (s.data == NULL) {
        return;
    }

    if (s.data[0] == '/') {
        if (s.len < 3 || s.data[s.len - 1] != '/') {
            consent_json_wrong(json, node,
                               "\"%s\" begins a regular expression that does not end; write it as \"/.../\"",
                               consent_json_quote(s, quote));
            return;
        }

        cookie->regex = compile(json, node, (consent_str_t) { s.data + 1, s.len - 2 },
                                PCRE2_ANCHORED | PCRE2_ENDANCHORED);

        if (cookie->regex == NULL) {
            return;
        }

    } else if (!is_cookie_name(s)) {
        consent_json_wrong(json, node, "\"%s\" is not a cookie name; no blanks, quotes, \"=\", \";\" or \",\"",
                           consent_json_quote(s, quote));
        return;

    } else if (!has_literal(s, "*")) {
        consent_json_wrong(json, node, "\"%s\" would claim every cookie; name what it begins with",
                           consent_json_quote(s, quote));
        return;
    }

    cookie->name = consent_json_copy(json, arena, s);
}


/* See match.h for what a pattern may be. */

consent_str_t
consent_pattern_url(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node)
{
    char            quote[CONSENT_JSON_QUOTE], *p;
    size_t          i, begin;
    consent_str_t   s, host, path, copy, none = { NULL, 0 };

    s = consent_json_string(json, node, CONSENT_PATTERN_MAX);
    if (s.data == NULL) {
        return none;
    }

    begin = consent_str_starts(s, CONSENT_STR("//")) ? 2 : 0;

    host.data = s.data + begin;
    for (i = begin; i < s.len && s.data[i] != '/'; i++) { /* void */ }
    host.len = i - begin;

    path.data = s.data + i;
    path.len = s.len - i;

    consent_json_quote(s, quote);

    if (memmem(s.data, s.len, "://", 3) != NULL) {
        consent_json_wrong(json, node, "\"%s\" has a scheme; leave it out, http and https are both meant", quote);
        return none;
    }

    if (host.len == 0) {
        consent_json_wrong(json, node, "\"%s\" has no host; write \"//*%s\" for any host", quote, quote);
        return none;
    }

    if (consent_str_eq(host, CONSENT_STR("*"))) {
        if (!has_literal(path, "/*")) {
            consent_json_wrong(json, node, "\"%s\" would claim every address; name a host or a path", quote);
            return none;
        }

    } else if (!consent_is_host(host)) {
        consent_json_wrong(json, node, "\"%s\" has no valid host; %s", quote, consent_host_remedy(host));
        return none;

    } else if (memchr(host.data, '.', host.len) == NULL) {
        consent_json_wrong(json, node,
                           "\"%s\" would claim a whole top-level domain; write a host such as \"example.com\"", quote);
        return none;
    }

    for (i = 0; i < path.len; i++) {
        if ((unsigned char) path.data[i] <= 0x20 || (unsigned char) path.data[i] >= 0x7f || path.data[i] == '#') {
            consent_json_wrong(json, node, "\"%s\" has a blank, a \"#\" or a letter beyond ASCII; percent-encode it",
                               quote);
            return none;
        }
    }

    copy = consent_json_copy(json, arena, s);

    if (copy.data != NULL) {
        p = (char *) copy.data + begin;

        for (i = 0; i < host.len; i++) {
            if (p[i] >= 'A' && p[i] <= 'Z') {
                p[i] |= 0x20;
            }
        }
    }

    return copy;
}


consent_str_t
consent_pattern_inline(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node)
{
    pcre2_code     *code;
    consent_str_t   s, none = { NULL, 0 };

    s = consent_json_string(json, node, CONSENT_PATTERN_MAX);
    if (s.data == NULL) {
        return none;
    }

    code = compile(json, node, s, 0);
    if (code == NULL) {
        return none;
    }

    pcre2_code_free(code);

    return consent_json_copy(json, arena, s);
}
