/*
 * URL patterns, compiled: see match.h for what they mean.
 */

#ifndef CONSENT_MATCH_URL_H
#define CONSENT_MATCH_URL_H

#include "arena.h"
#include "url.h"

/* Where a rule applies. */
#define CONSENT_RULE_HOST  1    /* a domain */
#define CONSENT_RULE_ANY   2    /* any host */
#define CONSENT_RULE_OWN   4    /* the site's own hosts */

/* In a search: the path is not looked at. */
#define CONSENT_RULE_PATHLESS  8

typedef struct {
    consent_str_t  host;
    consent_str_t  path;            /* empty: every path */
    unsigned       service;
    unsigned       literal;         /* bytes of path that are not "*" */
    unsigned       kind:3;
    unsigned       deep:1;          /* begins with "/", "*", "/": path is what follows the "*" */
    unsigned       glob:1;          /* holds "*" */
    unsigned       open:1;          /* may end anywhere */
    unsigned       query:1;         /* compared with path and query */
} consent_url_rule_t;

typedef struct consent_url_rules_s  consent_url_rules_t;

/* Reads a pattern. NULL, or what is wrong with it. The rule points into pattern. */
const char *consent_url_rule_parse(consent_str_t pattern, unsigned service, consent_url_rule_t *rule);

/* A path of the site itself. */
void consent_url_rule_own(consent_str_t path, unsigned service, consent_url_rule_t *rule);

/* rules are sorted in place and must live as long as the result. NULL when there is no memory. */
consent_url_rules_t *consent_url_rules_build(consent_arena_t *arena, consent_url_rule_t *rules, unsigned n);

/* How good a service is among equally specific ones: the higher wins, and what is below zero does not count. */
typedef int (*consent_rank_pt)(const void *data, unsigned service);

/* The most specific rule of the kinds asked for; NULL when there is none. */
const consent_url_rule_t *consent_url_rules_find(const consent_url_rules_t *rules, unsigned kinds, consent_str_t host,
    consent_str_t path, consent_str_t query, consent_rank_pt rank, const void *data);

#endif
