/*
 * One pass over the text finds which patterns can match at all: each is represented by bytes that it needs
 * (regex_literal.h). Four bytes of the text are looked up at every second place, in a bitmap first; so that none is
 * missed, a literal is in the bitmap with two neighbouring fours of its bytes, of which one stands at an even place.
 * PCRE2 then runs on those patterns only, around the bytes that were found, and on the few of which no literal is
 * known. So a script costs what its length costs, however many services there are.
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

/* Bits of the bitmap for each four that is in it: a text then hits it in vain at one place of some 30. */
#define CONSENT_SPARSE          32
#define CONSENT_BITMAP_MIN      10          /* as powers of two */
#define CONSENT_BITMAP_MAX      18

#define CONSENT_GRAM            4

/* A match begins so many bytes at most before the literal in it. */
#define CONSENT_REACH           4096


typedef struct {
    pcre2_code         *code;
    consent_str_t       pattern;
    unsigned            service;
    unsigned            nliterals;
    consent_literal_t  *literals;

    size_t              found_from;     /* scratch: where in the text its literals begin, the first and the last */
    size_t              found_to;
} consent_inline_rule_t;


/* Four bytes of a literal, or three of one that has no two fours: where they stand in a text, the rest is compared. */
typedef struct {
    const consent_literal_t  *literal;
    uint32_t                  bytes;
    unsigned                  offset;       /* of these bytes in the literal */
    unsigned                  rule;
    unsigned                  next;         /* 1 + the next of the bucket, or 0 */
} consent_gram_t;


struct consent_inline_rules_s {
    consent_inline_rule_t  *rules;          /* the longest pattern first */
    unsigned                n;
    unsigned                max;

    consent_gram_t         *grams;
    unsigned                ngrams;
    unsigned               *buckets;        /* by four bytes: 1 + the first gram, or 0 */
    unsigned               *shorts;         /* by three */
    uint32_t               *bitmap;
    unsigned                bitmap_bits;    /* how many there are, and buckets, as powers of two */
    unsigned                bucket_bits;

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

    regex = pcre2_compile((PCRE2_SPTR) pattern.data, pattern.len,
                          PCRE2_NEVER_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_USE_OFFSET_LIMIT, &code, &offset, NULL);

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


/* Bytes of a text, the first one lowest, case folded as in literals. */

static inline uint32_t
read_gram(const unsigned char *p)
{
    return ((uint32_t) p[0] | (uint32_t) p[1] << 8 | (uint32_t) p[2] << 16 | (uint32_t) p[3] << 24) | 0x20202020;
}


static inline uint32_t
hash(uint32_t bytes)
{
    return bytes * 0x9e3779b1u;
}


static inline unsigned
bucket_of(const consent_inline_rules_t *rules, uint32_t bytes)
{
    return hash(bytes) >> (32 - rules->bucket_bits);
}


/* The least power of two that is not less than n, from min to max. */

static unsigned
power_of_two(unsigned n, unsigned min, unsigned max)
{
    unsigned  bits;

    for (bits = min; bits < max && 1u << bits < n; bits++) { /* void */ }

    return bits;
}


static void
mark(consent_inline_rules_t *rules, uint32_t bytes)
{
    uint32_t  bit;

    bit = hash(bytes) >> (32 - rules->bitmap_bits);
    rules->bitmap[bit / 32] |= (uint32_t) 1 << bit % 32;
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
add_gram(consent_inline_rules_t *rules, const consent_literal_t *literal, unsigned rule, uint32_t bytes,
    unsigned offset, unsigned *buckets)
{
    unsigned        *bucket;
    consent_gram_t  *gram;

    bucket = &buckets[bucket_of(rules, bytes)];
    gram = &rules->grams[rules->ngrams++];

    gram->literal = literal;
    gram->bytes = bytes;
    gram->rule = rule;
    gram->offset = offset;
    gram->next = *bucket;

    *bucket = rules->ngrams;
}


/* The rarest two fours. */

static void
add_long(consent_inline_rules_t *rules, const consent_literal_t *literal, unsigned rule)
{
    uint32_t              bytes;
    unsigned              i, k, score, best, offset;
    const unsigned char  *text = literal->text;

    best = 0;
    offset = 0;

    for (i = 0; i + CONSENT_GRAM < literal->len; i++) {
        for (score = 0, k = 0; k <= CONSENT_GRAM; k++) {
            score += rarity(text[i + k]);
        }

        if (score > best) {
            best = score;
            offset = i;
        }
    }

    for (i = offset; i < offset + 2; i++) {
        bytes = read_gram(text + i);
        mark(rules, bytes);
        add_gram(rules, literal, rule, bytes, i, rules->buckets);
    }
}


/* The first three bytes, with any byte before them and with what comes behind. */

static void
add_short(consent_inline_rules_t *rules, const consent_literal_t *literal, unsigned rule)
{
    uint32_t              bytes, any;
    const unsigned char  *text = literal->text;

    bytes = (uint32_t) text[0] | (uint32_t) text[1] << 8 | (uint32_t) text[2] << 16;

    for (any = 0x20; any < 256; any = (any + 1) | 0x20) {
        mark(rules, bytes << 8 | any);

        if (literal->len < CONSENT_GRAM || text[3] == any) {
            mark(rules, bytes | any << 24);
        }
    }

    add_gram(rules, literal, rule, bytes, 0, rules->shorts);
}


int
consent_inline_rules_finish(consent_inline_rules_t *rules, consent_arena_t *arena)
{
    unsigned                i, k, ngrams, nmarks;
    consent_literal_t       literals[CONSENT_LITERALS_MAX];
    consent_inline_rule_t  *rule;

    if (rules->n > 0) {
        qsort(rules->rules, rules->n, sizeof(consent_inline_rule_t), compare_rules);
    }

    ngrams = 0;
    nmarks = 0;

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

        for (k = 0; k < rule->nliterals; k++) {
            ngrams += literals[k].len > CONSENT_GRAM ? 2 : 1;
            nmarks += literals[k].len > CONSENT_GRAM ? 2 : 129;
        }
    }

    rules->bitmap_bits = power_of_two(nmarks * CONSENT_SPARSE, CONSENT_BITMAP_MIN, CONSENT_BITMAP_MAX);
    rules->bucket_bits = power_of_two(ngrams, 1, CONSENT_BITMAP_MAX);

    rules->bitmap = consent_calloc(arena, (1u << rules->bitmap_bits) / 8);
    rules->buckets = consent_calloc(arena, sizeof(unsigned) << rules->bucket_bits);
    rules->shorts = consent_calloc(arena, sizeof(unsigned) << rules->bucket_bits);
    rules->grams = consent_calloc(arena, (ngrams + 1) * sizeof(consent_gram_t));

    if (rules->bitmap == NULL || rules->buckets == NULL || rules->shorts == NULL || rules->grams == NULL) {
        return -1;
    }

    for (i = 0; i < rules->n; i++) {
        rule = &rules->rules[i];

        for (k = 0; k < rule->nliterals; k++) {
            if (rule->literals[k].len > CONSENT_GRAM) {
                add_long(rules, &rule->literals[k], i);

            } else {
                add_short(rules, &rule->literals[k], i);
            }
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
compare_at(const consent_inline_rules_t *rules, const unsigned *buckets, uint32_t bytes, const unsigned char *p,
    const unsigned char *begin, const unsigned char *end)
{
    size_t                  at;
    uint64_t                bit;
    unsigned                n;
    const consent_gram_t   *gram;
    consent_inline_rule_t  *rule;

    for (n = buckets[bucket_of(rules, bytes)]; n != 0; n = gram->next) {
        gram = &rules->grams[n - 1];

        if (gram->bytes != bytes || !stands_at(gram, p, begin, end)) {
            continue;
        }

        at = (size_t) (p - begin) - gram->offset;
        bit = (uint64_t) 1 << gram->rule % 64;
        rule = &rules->rules[gram->rule];

        if (!(rules->candidates[gram->rule / 64] & bit)) {
            rules->candidates[gram->rule / 64] |= bit;
            rule->found_from = at;
            rule->found_to = at;
        }

        rule->found_from = at < rule->found_from ? at : rule->found_from;
        rule->found_to = at > rule->found_to ? at : rule->found_to;
    }
}


/* What may stand at p, of which these are the bytes, or at the next byte. */

static void
compare_gram(const consent_inline_rules_t *rules, uint32_t bytes, const unsigned char *p, const unsigned char *begin,
    const unsigned char *end)
{
    compare_at(rules, rules->buckets, bytes, p, begin, end);
    compare_at(rules, rules->shorts, bytes & 0xffffff, p, begin, end);
    compare_at(rules, rules->shorts, bytes >> 8, p + 1, begin, end);
}


static void
find_candidates(const consent_inline_rules_t *rules, const unsigned char *begin, const unsigned char *end)
{
    unsigned              shift;
    uint32_t              bytes, bit;
    unsigned char         rest[CONSENT_GRAM];
    const uint32_t       *bitmap;
    const unsigned char  *p;

    shift = 32 - rules->bitmap_bits;
    bitmap = rules->bitmap;

    for (p = begin; end - p >= CONSENT_GRAM; p += 2) {
        bytes = read_gram(p);
        bit = hash(bytes) >> shift;

        if (bitmap[bit / 32] >> bit % 32 & 1) {
            compare_gram(rules, bytes, p, begin, end);
        }
    }

    memset(rest, 0, sizeof(rest));
    memcpy(rest, p, (size_t) (end - p));

    compare_gram(rules, read_gram(rest), p, begin, end);
}


static int
matches(const consent_inline_rules_t *rules, unsigned i, const unsigned char *begin, size_t len)
{
    size_t                        from, to;
    const consent_inline_rule_t  *rule = &rules->rules[i];

    from = 0;
    to = len;

    if (rule->nliterals > 0) {
        from = rule->found_from > CONSENT_REACH ? rule->found_from - CONSENT_REACH : 0;
        to = rule->found_to;
    }

    (void) pcre2_set_offset_limit(rules->match_context, to);

    return pcre2_match(rule->code, begin, len, from, 0, rules->match_data, rules->match_context) >= 0;
}


int
consent_inline_rules_find(const consent_inline_rules_t *rules, consent_str_t text,
    int (*wanted)(void *data, unsigned service), void *data)
{
    unsigned              i, k;
    uint64_t              bits;
    const unsigned char  *begin;

    if (rules->n == 0 || text.len == 0) {
        return -1;
    }

    begin = (const unsigned char *) text.data;

    memcpy(rules->candidates, rules->always, (rules->n / 64 + 1) * sizeof(uint64_t));
    find_candidates(rules, begin, begin + text.len);

    for (i = 0; i <= rules->n / 64; i++) {
        for (bits = rules->candidates[i]; bits != 0; bits &= bits - 1) {
            k = 64 * i + (unsigned) __builtin_ctzll(bits);

            if (wanted(data, rules->rules[k].service) && matches(rules, k, begin, text.len)) {
                return (int) rules->rules[k].service;
            }
        }
    }

    return -1;
}
