/*
 * Cookie name patterns, compiled: which service a cookie belongs to.
 */

#ifndef CONSENT_MATCH_COOKIE_H
#define CONSENT_MATCH_COOKIE_H

#include "arena.h"
#include "match_url.h"
#include "service.h"

typedef struct consent_cookie_rules_s  consent_cookie_rules_t;

/* For at most n patterns. NULL when there is no memory. */
consent_cookie_rules_t *consent_cookie_rules_create(consent_arena_t *arena, unsigned n);

/* Frees what PCRE2 allocated; NULL is allowed. */
void consent_cookie_rules_destroy(consent_cookie_rules_t *rules);

/* pattern must live as long as rules. A "/PCRE2/" name must have been compiled. */
void consent_cookie_rules_add(consent_cookie_rules_t *rules, const consent_cookie_pattern_t *pattern, unsigned service);

/*
 * An exact name, else the wildcard with the longest literal, else the first regular expression; among equals the
 * service of the highest rank. -1 when there is none.
 */
int consent_cookie_rules_find(const consent_cookie_rules_t *rules, consent_str_t name, consent_rank_pt rank,
    const void *data, const consent_cookie_pattern_t **pattern);

#endif
