/*
 * Whether what a page refers to may reach the visitor: resolve, match, ask the choices, report.
 */

#ifndef CONSENT_JUDGE_H
#define CONSENT_JUDGE_H

#include "rewriter.h"

/*
 * A tag or script that is made neutral names whose it is: these, each once. More than fit are not named, only counted
 * as one too many.
 */
#define CONSENT_BLOCKED_MAX  8

typedef struct {
    consent_claim_t  claims[CONSENT_BLOCKED_MAX];
    unsigned         n;
    unsigned         too_many:1;
} consent_blocked_t;

typedef struct {
    const consent_choices_t  *choices;
    consent_url_t             page;
    consent_url_t             base;         /* what references are resolved against */
    unsigned                  observe:1;

    /* Whether what a data: or javascript: address holds may be loaded by element: as consent_judge_url. May be NULL. */
    int                     (*open)(void *reader, const char *element, consent_str_t ref, consent_blocked_t *blocked);
    void                     *reader;

    void                    (*found)(void *data, const consent_found_t *found);
    void                     *data;
} consent_judge_t;

/* Each returns 1 when it may not, and has then added the claim to blocked. element: static, for the report. */

/* ref: character references and CSS escapes decoded. */
int consent_judge_url(const consent_judge_t *judge, const char *element, consent_str_t ref, consent_blocked_t *blocked);

/* The same for what contacts a host without naming a path, or names it later: preconnect, dns-prefetch, <base>. */
int consent_judge_host(const consent_judge_t *judge, const consent_url_t *base, const char *element, consent_str_t ref,
    consent_blocked_t *blocked);

/* Source of an executable inline script. */
int consent_judge_inline(const consent_judge_t *judge, consent_str_t text, consent_blocked_t *blocked);

/* The JSON of speculation rules. */
int consent_judge_rules(const consent_judge_t *judge, consent_str_t json, consent_blocked_t *blocked);

/* What cannot be read: 1, unless every service of the policy, and any host, may be loaded. */
int consent_judge_unread(const consent_judge_t *judge, consent_blocked_t *blocked);

/*
 * The next address in the JSON of an import map that may not be loaded, as written between its quotes; rest is then what
 * follows. 0 when there is none.
 */
int consent_judge_map(const consent_judge_t *judge, consent_str_t *rest, consent_str_t *address,
    consent_blocked_t *blocked);

void consent_blocked_add(consent_blocked_t *blocked, consent_claim_t claim);

#endif
