/*
 * Inline script patterns (PCRE2), compiled: which services a script's source belongs to.
 */

#ifndef CONSENT_MATCH_INLINE_H
#define CONSENT_MATCH_INLINE_H

#include "arena.h"

typedef struct consent_inline_rules_s  consent_inline_rules_t;

/* For at most n patterns. NULL when there is no memory. */
consent_inline_rules_t *consent_inline_rules_create(consent_arena_t *arena, unsigned n);

/* Frees what PCRE2 allocated; NULL is allowed. */
void consent_inline_rules_destroy(consent_inline_rules_t *rules);

/*
 * 0, or -1 with a message in error when pattern does not compile or matches every text. pattern must live as long as
 * rules.
 */
int consent_inline_rules_add(consent_inline_rules_t *rules, consent_str_t pattern, unsigned service, char *error,
    size_t size);

/* After the last pattern. 0, or -1 when there is no memory. */
int consent_inline_rules_finish(consent_inline_rules_t *rules, consent_arena_t *arena);

/*
 * The first service, longest pattern first, that wanted says yes to and a pattern of which matches text; -1 when there
 * is none. Not to be called again from wanted.
 */
int consent_inline_rules_find(const consent_inline_rules_t *rules, consent_str_t text,
    int (*wanted)(void *data, unsigned service), void *data);

#endif
