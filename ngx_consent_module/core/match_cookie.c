#define PCRE2_CODE_UNIT_WIDTH  8

#include <pcre2.h>
#include <string.h>

#include "match_cookie.h"
#include "prefix_index.h"

#define CONSENT_MATCH_LIMIT  10000
#define CONSENT_DEPTH_LIMIT  1000
#define CONSENT_HEAP_LIMIT   256        /* KiB */

/* Names are a few dozen bytes; browsers store no pair above 4096. */
#define CONSENT_NAME_MAX     4096


typedef struct {
    const consent_cookie_pattern_t  *pattern;
    unsigned                         service;
    unsigned                         literal;   /* bytes of the name that are not "*" */
    unsigned                         exact:1;
} consent_cookie_rule_t;


struct consent_cookie_rules_s {
    consent_cookie_rule_t   *rules;
    unsigned                 n;
    unsigned                 max;
    consent_prefix_index_t   names;             /* exact names and wildcards */
    unsigned                *regexes;           /* which of rules, in the order they came */
    unsigned                 nregexes;
    pcre2_match_data        *match_data;
    pcre2_match_context     *match_context;
};


consent_cookie_rules_t *
consent_cookie_rules_create(consent_arena_t *arena, unsigned n)
{
    consent_cookie_rules_t  *rules;

    rules = consent_calloc(arena, sizeof(*rules));
    if (rules == NULL) {
        return NULL;
    }

    rules->max = n;
    rules->rules = consent_calloc(arena, (n + 1) * sizeof(consent_cookie_rule_t));
    rules->regexes = consent_calloc(arena, (n + 1) * sizeof(unsigned));

    if (rules->rules == NULL || rules->regexes == NULL || consent_prefix_index_init(&rules->names, arena, n) != 0) {
        return NULL;
    }

    rules->match_data = pcre2_match_data_create(1, NULL);
    rules->match_context = pcre2_match_context_create(NULL);

    if (rules->match_data == NULL || rules->match_context == NULL) {
        consent_cookie_rules_destroy(rules);
        return NULL;
    }

    pcre2_set_match_limit(rules->match_context, CONSENT_MATCH_LIMIT);
    pcre2_set_depth_limit(rules->match_context, CONSENT_DEPTH_LIMIT);
    pcre2_set_heap_limit(rules->match_context, CONSENT_HEAP_LIMIT);

    return rules;
}


void
consent_cookie_rules_destroy(consent_cookie_rules_t *rules)
{
    if (rules == NULL) {
        return;
    }

    pcre2_match_data_free(rules->match_data);
    pcre2_match_context_free(rules->match_context);

    rules->match_data = NULL;
    rules->match_context = NULL;
}


void
consent_cookie_rules_add(consent_cookie_rules_t *rules, const consent_cookie_pattern_t *pattern, unsigned service)
{
    size_t                  i;
    consent_str_t           name, beginning;
    consent_cookie_rule_t  *rule;

    name = pattern->name;

    if (rules->n == rules->max || name.len == 0) {
        return;
    }

    rule = &rules->rules[rules->n];

    rule->pattern = pattern;
    rule->service = service;

    if (pattern->regex != NULL) {
        (void) pcre2_jit_compile(pattern->regex, PCRE2_JIT_COMPLETE);
        rules->regexes[rules->nregexes++] = rules->n++;
        return;
    }

    beginning = name;

    for (i = name.len; i > 0; i--) {
        if (name.data[i - 1] == '*') {
            beginning.len = i - 1;

        } else {
            rule->literal++;
        }
    }

    rule->exact = (beginning.len == name.len);

    consent_prefix_index_add(&rules->names, beginning, rules->n++);
}


/* "*" stands for any run of bytes; the ends are anchored. */

static int
match_wildcard(consent_str_t pattern, consent_str_t name)
{
    size_t       len;
    const char  *p, *end, *piece, *pattern_end, *star;

    p = name.data;
    end = p + name.len;

    piece = pattern.data;
    pattern_end = piece + pattern.len;

    star = memchr(piece, '*', pattern.len);
    len = (size_t) (star - piece);

    if (name.len < len || memcmp(p, piece, len) != 0) {
        return 0;
    }

    for (p += len; /* void */ ; p += len) {
        piece = star + 1;
        star = memchr(piece, '*', (size_t) (pattern_end - piece));

        if (star == NULL) {
            len = (size_t) (pattern_end - piece);

            return (size_t) (end - p) >= len && memcmp(end - len, piece, len) == 0;
        }

        len = (size_t) (star - piece);

        if (len > 0) {
            p = memmem(p, (size_t) (end - p), piece, len);

            if (p == NULL) {
                return 0;
            }
        }
    }
}


int
consent_cookie_rules_find(const consent_cookie_rules_t *rules, consent_str_t name, consent_rank_pt rank,
    const void *data, const consent_cookie_pattern_t **pattern)
{
    int                           k, best_rank, r;
    unsigned                      i;
    consent_prefix_walk_t         walk;
    const consent_cookie_rule_t  *rule, *best;

    if (rules->n == 0 || name.len == 0 || name.len > CONSENT_NAME_MAX) {
        return -1;
    }

    best = NULL;
    best_rank = -1;

    consent_prefix_walk(&walk, &rules->names, name);

    for (k = consent_prefix_walk_next(&walk); k >= 0; k = consent_prefix_walk_next(&walk)) {
        rule = &rules->rules[k];

        if (best != NULL
            && (best->exact > rule->exact || (best->exact == rule->exact && best->literal > rule->literal)))
        {
            continue;
        }

        r = rank(data, rule->service);

        if (r < 0
            || (best != NULL && best->exact == rule->exact && best->literal == rule->literal
                && (r < best_rank || (r == best_rank && rule > best))))
        {
            continue;
        }

        if (rule->exact ? consent_str_eq(rule->pattern->name, name) : match_wildcard(rule->pattern->name, name)) {
            best = rule;
            best_rank = r;
        }
    }

    for (i = 0; best == NULL && i < rules->nregexes; i++) {
        rule = &rules->rules[rules->regexes[i]];

        if (rank(data, rule->service) >= 0
            && pcre2_match(rule->pattern->regex, (PCRE2_SPTR) name.data, name.len, 0, 0, rules->match_data,
                           rules->match_context) >= 0)
        {
            best = rule;
        }
    }

    if (best == NULL) {
        return -1;
    }

    if (pattern != NULL) {
        *pattern = best->pattern;
    }

    return (int) best->service;
}
