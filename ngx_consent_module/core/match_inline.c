/*
 * One pass over the text finds which patterns can match at all: each is represented by bytes that it needs
 * (regex_literal.h), four of which are looked up at every place, in a bitmap first. PCRE2 then runs on those patterns
 * only, and on the few of which no literal is known. So a script costs what its length costs, however many services
 * there are.
 */

#define PCRE2_CODE_UNIT_WIDTH  8

#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "match_inline.h"
#include "regex_literal.h"

#define CONSENT_MATCH_LIMIT     100000
#define CONSENT_DEPTH_LIMIT     1000
#define CONSENT_HEAP_LIMIT      256         /* KiB */

#define CONSENT_BITMAP_BITS     16
#define CONSENT_BUCKETS         1024


typedef struct {
    pcre2_code         *code;
    consent_str_t       pattern;
    unsigned            service;
    unsigned            nliterals;
    consent_literal_t  *literals;
} consent_inline_rule_t;


/* Four bytes of a literal, or a literal of three: where they stand in a text, the rest is compared. */
typedef struct {
    const consent_literal_t  *literal;
    unsigned                  offset;       /* of the four bytes in the literal */
    unsigned                  rule;
    unsigned                  next;         /* 1 + the next of the bucket, or 0 */
} consent_gram_t;


struct consent_inline_rules_s {
    consent_inline_rule_t  *rules;          /* the longest pattern first */
    unsigned                n;
    unsigned                max;

    consent_gram_t      *grams;
    unsigned                ngrams;
    uint32_t                bitmap[(1 << CONSENT_BITMAP_BITS) / 32];
    unsigned                buckets[CONSENT_BUCKETS];
    unsigned                shorts;         /* the bucket of the literals of three */

    uint64_t               *always;         /* bits: rules of which no literal is known */
    uint64_t               *candidates;     /* bits, scratch: rules that may match the text at hand */
    pcre2_match_data       *match_data;
    pcre2_match_context    *match_context;
};


consent_inline_rules_t *
consent_inline_rules_create(consent_arena_t *arena, unsigned n)
{
    consent_inline_rules_t  *rules;

    rules = consent_calloc(arena, sizeof(*rules));
    if (rules == NULL) {
        return NULL;
    }

    rules->max = n;
    rules->rules = consent_calloc(arena, (n + 1) * sizeof(consent_inline_rule_t));
    rules->always = consent_calloc(arena, (n / 64 + 1) * sizeof(uint64_t));
    rules->candidates = consent_calloc(arena, (n / 64 + 1) * sizeof(uint64_t));

    if (rules->rules == NULL || rules->always == NULL || rules->candidates == NULL) {
        return NULL;
    }

    rules->match_data = pcre2_match_data_create(1, NULL);
    rules->match_context = pcre2_match_context_create(NULL);

    if (rules->match_data == NULL || rules->match_context == NULL) {
        consent_inline_rules_destroy(rules);
        return NULL;
    }

    pcre2_set_match_limit(rules->match_context, CONSENT_MATCH_LIMIT);
    pcre2_set_depth_limit(rules->match_context, CONSENT_DEPTH_LIMIT);
    pcre2_set_heap_limit(rules->match_context, CONSENT_HEAP_LIMIT);

    return rules;
}


void
consent_inline_rules_destroy(consent_inline_rules_t *rules)
{
    unsigned  i;

    if (rules == NULL) {
        return;
    }

    for (i = 0; i < rules->n; i++) {
        pcre2_code_free(rules->rules[i].code);
    }

    rules->n = 0;

    pcre2_match_data_free(rules->match_data);
    pcre2_match_context_free(rules->match_context);

    rules->match_data = NULL;
    rules->match_context = NULL;
}


int
consent_inline_rules_add(consent_inline_rules_t *rules, consent_str_t pattern, unsigned service, char *error,
    size_t size)
{
    int            code;
    size_t         offset;
    PCRE2_UCHAR    text[160];
    pcre2_code    *regex;

    if (pattern.len == 0) {
        snprintf(error, size, "it is empty");
        return -1;
    }

    if (rules->n == rules->max) {
        snprintf(error, size, "there are too many patterns");
        return -1;
    }

    regex = pcre2_compile((PCRE2_SPTR) pattern.data, pattern.len, PCRE2_NEVER_UTF | PCRE2_NEVER_BACKSLASH_C, &code,
                          &offset, NULL);

    if (regex == NULL) {
        pcre2_get_error_message(code, text, sizeof(text) / sizeof(text[0]));
        snprintf(error, size, "%s at offset %zu", (char *) text, offset);
        return -1;
    }

    if (pcre2_match(regex, (PCRE2_SPTR) "", 0, 0, 0, rules->match_data, rules->match_context) >= 0) {
        pcre2_code_free(regex);
        snprintf(error, size, "it matches every script");
        return -1;
    }

    /* without JIT it is slower, and right all the same */
    (void) pcre2_jit_compile(regex, PCRE2_JIT_COMPLETE);

    rules->rules[rules->n].code = regex;
    rules->rules[rules->n].pattern = pattern;
    rules->rules[rules->n].service = service;
    rules->n++;

    return 0;
}


static int
compare_rules(const void *one, const void *two)
{
    int                           rc;
    const consent_inline_rule_t  *a = one, *b = two;

    if (a->pattern.len != b->pattern.len) {
        return a->pattern.len > b->pattern.len ? -1 : 1;
    }

    rc = memcmp(a->pattern.data, b->pattern.data, a->pattern.len);
    if (rc != 0) {
        return rc;
    }

    return a->service < b->service ? -1 : a->service > b->service;
}


/* Four bytes, the first one lowest, case folded. */

static uint32_t
hash(uint32_t bytes)
{
    return bytes * 0x9e3779b1u;
}


static void
mark(consent_inline_rules_t *rules, uint32_t h)
{
    rules->bitmap[h >> (32 - CONSENT_BITMAP_BITS + 5)] |= (uint32_t) 1 << (h >> (32 - CONSENT_BITMAP_BITS) & 31);
}


/* How seldom a byte occurs in scripts, roughly: letters are frequent, "(" and "." too. */

static unsigned
rarity(unsigned char c)
{
    if (c <= 0x20 || strchr("etaoinsrlcdu.(),;='\"", c) != NULL) {
        return 0;
    }

    return (c >= 'a' && c <= 'z') ? 1 : 3;
}


static void
add_gram(consent_inline_rules_t *rules, const consent_literal_t *literal, unsigned rule)
{
    uint32_t              bytes, h;
    unsigned              i, rare, score, *bucket;
    consent_gram_t       *gram;
    const unsigned char  *p;

    gram = &rules->grams[rules->ngrams++];

    gram->literal = literal;
    gram->rule = rule;
    rare = 0;

    for (i = 0; i + 4 <= literal->len; i++) {
        score = rarity(literal->text[i]) + rarity(literal->text[i + 1]) + rarity(literal->text[i + 2])
                + rarity(literal->text[i + 3]);

        if (score > rare) {
            rare = score;
            gram->offset = i;
        }
    }

    p = literal->text + gram->offset;
    bytes = (uint32_t) p[0] | (uint32_t) p[1] << 8 | (uint32_t) p[2] << 16;

    if (literal->len < 4) {

        /* whatever comes behind it */

        for (i = 0; i < 256; i++) {
            mark(rules, hash(bytes | (uint32_t) (i | 0x20) << 24));
        }

        bucket = &rules->shorts;

    } else {
        h = hash(bytes | (uint32_t) p[3] << 24);
        mark(rules, h);
        bucket = &rules->buckets[h % CONSENT_BUCKETS];
    }

    gram->next = *bucket;
    *bucket = rules->ngrams;
}


int
consent_inline_rules_finish(consent_inline_rules_t *rules, consent_arena_t *arena)
{
    unsigned                i, k, total;
    consent_literal_t       literals[CONSENT_LITERALS_MAX];
    consent_inline_rule_t  *rule;

    if (rules->n > 0) {
        qsort(rules->rules, rules->n, sizeof(consent_inline_rule_t), compare_rules);
    }

    total = 0;

    for (i = 0; i < rules->n; i++) {
        rule = &rules->rules[i];
        rule->nliterals = consent_regex_literals(rule->pattern, literals);

        if (rule->nliterals == 0) {
            rules->always[i / 64] |= (uint64_t) 1 << i % 64;
            continue;
        }

        rule->literals = consent_alloc(arena, rule->nliterals * sizeof(consent_literal_t));
        if (rule->literals == NULL) {
            return -1;
        }

        memcpy(rule->literals, literals, rule->nliterals * sizeof(consent_literal_t));
        total += rule->nliterals;
    }

    rules->grams = consent_calloc(arena, (total + 1) * sizeof(consent_gram_t));
    if (rules->grams == NULL) {
        return -1;
    }

    for (i = 0; i < rules->n; i++) {
        for (k = 0; k < rules->rules[i].nliterals; k++) {
            add_gram(rules, &rules->rules[i].literals[k], i);
        }
    }

    return 0;
}


static int
stands_at(const consent_gram_t *gram, const unsigned char *p, const unsigned char *begin,
    const unsigned char *end)
{
    unsigned                  i;
    const consent_literal_t  *literal = gram->literal;

    if ((size_t) (p - begin) < gram->offset || (size_t) (end - p) < literal->len - gram->offset) {
        return 0;
    }

    p -= gram->offset;

    for (i = 0; i < literal->len; i++) {
        if ((p[i] | 0x20) != literal->text[i]) {
            return 0;
        }
    }

    return 1;
}


static void
compare_at(const consent_inline_rules_t *rules, unsigned bucket, const unsigned char *p, const unsigned char *begin,
    const unsigned char *end)
{
    const consent_gram_t  *gram;

    for ( /* void */ ; bucket != 0; bucket = gram->next) {
        gram = &rules->grams[bucket - 1];

        if (stands_at(gram, p, begin, end)) {
            rules->candidates[gram->rule / 64] |= (uint64_t) 1 << gram->rule % 64;
        }
    }
}


static void
find_candidates(const consent_inline_rules_t *rules, const unsigned char *begin, const unsigned char *end)
{
    uint32_t              h;
    const unsigned char  *p;

    for (p = begin; end - p >= 4; p++) {
        h = hash((uint32_t) p[0] | (uint32_t) p[1] << 8 | (uint32_t) p[2] << 16 | (uint32_t) p[3] << 24 | 0x20202020);

        if (rules->bitmap[h >> (32 - CONSENT_BITMAP_BITS + 5)] >> (h >> (32 - CONSENT_BITMAP_BITS) & 31) & 1) {
            compare_at(rules, rules->buckets[h % CONSENT_BUCKETS], p, begin, end);
            compare_at(rules, rules->shorts, p, begin, end);
        }
    }

    compare_at(rules, rules->shorts, p, begin, end);
}


int
consent_inline_rules_find(const consent_inline_rules_t *rules, consent_str_t text,
    int (*wanted)(void *data, unsigned service), void *data)
{
    unsigned                      i;
    uint64_t                      bits;
    const unsigned char          *begin;
    const consent_inline_rule_t  *rule;

    if (rules->n == 0 || text.len == 0) {
        return -1;
    }

    begin = (const unsigned char *) text.data;

    memcpy(rules->candidates, rules->always, (rules->n / 64 + 1) * sizeof(uint64_t));
    find_candidates(rules, begin, begin + text.len);

    for (i = 0; i <= rules->n / 64; i++) {
        for (bits = rules->candidates[i]; bits != 0; bits &= bits - 1) {

            rule = &rules->rules[64 * i + (unsigned) __builtin_ctzll(bits)];

            if (wanted(data, rule->service)
                && pcre2_match(rule->code, begin, text.len, 0, 0, rules->match_data, rules->match_context) >= 0)
            {
                return (int) rule->service;
            }
        }
    }

    return -1;
}
