/*
 * Bridges: a consent manager that is in the page already is told the visitor's choice by its own cookies, so that its
 * dialog does not ask again and its own gates agree with the gateway's.
 *
 * It is told of nothing that the visitor did not grant. What it is told by others, by the visitor in its dialog above
 * all, may be less than the choice, and then stays. It may not be more: the gateway's gate rules anyway, and a tool that
 * is more open would load from script what the gateway keeps out of the page. The next page then tells it the choice
 * again or, where there is none, takes its cookies away. Nothing here answers a request with another one: what a tool
 * writes at each load costs a Set-Cookie at each page, and no loop.
 *
 * Equal choices of one day give equal cookies.
 */

#ifndef CONSENT_BRIDGE_H
#define CONSENT_BRIDGE_H

#include "choices.h"

/* Where cookies come from and go to. Each value lives until emit returns. */
typedef struct {
    consent_arena_t      *arena;
    const consent_str_t  *lines;        /* Cookie lines, as sent */
    unsigned              nlines;
    consent_str_t         host;         /* the request's, lower case, no port */
    int                   secure;
    void                (*emit)(void *data, consent_str_t value);
    void                 *data;
} consent_bridge_request_t;

/* The Set-Cookie values of a choice that was just made. max_age: seconds. */
void consent_bridge_answer(const consent_choices_t *choices, const consent_bridge_request_t *request, int64_t max_age);

/* Those of a page: none where a tool's cookies say what they may. max_age: what is left of the choice's. */
void consent_bridge_reconcile(const consent_choices_t *choices, const consent_bridge_request_t *request,
    int64_t max_age);

/* Whether the choice grants what grant stands for. */
int consent_bridge_grants(const consent_choices_t *choices, const consent_grant_t *grant);

/* What the tool's one cookie holds; of a tool with several, nothing. */
void consent_bridge_value(const consent_choices_t *choices, const consent_bridge_t *bridge, consent_buf_t *out);

/* Whether a cookie of that name is set by a bridge of the policy. */
int consent_bridge_sets(const consent_policy_t *policy, consent_str_t name);

/* The names of all of them that no service of the policy has, one by one; empty behind the last. */
consent_str_t consent_bridge_cookie_name(const consent_policy_t *policy, unsigned i);

#endif
