/*
 * What a visitor chose, service by service, and what follows from it.
 */

#ifndef CONSENT_CHOICES_H
#define CONSENT_CHOICES_H

#include <stdint.h>

#include "buf.h"
#include "keyring.h"
#include "match.h"
#include "policy.h"

typedef enum {
    CONSENT_UNDECIDED,
    CONSENT_REFUSED,
    CONSENT_ACCEPTED
} consent_answer_t;

/*
 * ALL, NONE and SOME say which of the services that can be refused (basis consent or exempt) reach the visitor, once
 * any of them has an answer of the visitor's or GPC's. Necessary services count for nothing here.
 */
typedef enum {
    CONSENT_STATE_UNSET,        /* no choice, or none for any service that can be refused */
    CONSENT_STATE_ALL,
    CONSENT_STATE_NONE,
    CONSENT_STATE_SOME
} consent_state_t;

extern const consent_str_t  consent_state_names[4];   /* "unset", "all", "none", "some" */

typedef struct {
    const consent_policy_t  *policy;
    unsigned char            answers[CONSENT_MAX_SERVICES];   /* consent_answer_t by index into policy->entries */
    uint32_t                 day;           /* days since 1970-01-01 UTC of the choice; 0 when there is none */
    unsigned                 chosen:1;      /* a valid choice was read or made */
    unsigned                 changed:1;     /* the choice answers a service whose fingerprint is now another */
    unsigned                 gpc:1;         /* Sec-GPC: 1 and honoured */
} consent_choices_t;

/* Nothing chosen. */
void consent_choices_init(consent_choices_t *choices, const consent_policy_t *policy, int gpc);

/*
 * Whether the service at index reaches the visitor. Necessary: always. Else the answer; without one, consent is no,
 * exempt is yes unless GPC refuses it.
 */
int consent_choices_allow(const consent_choices_t *choices, unsigned index);

/* Whether it may have cookies, too: a cookieless one only once it is accepted. */
int consent_choices_allow_cookies(const consent_choices_t *choices, unsigned index);

/* The same for what match.h found: unclaimed and unlisted as the policy's "unknown" says. */
int consent_choices_allow_claim(const consent_choices_t *choices, consent_claim_t claim, consent_unknown_t unclaimed);

consent_state_t consent_choices_state(const consent_choices_t *choices);

/* Whether the banner is to be shown: a service that needs consent has no answer, and GPC does not answer for it. */
int consent_choices_ask(const consent_choices_t *choices);

/* Whether now lets some service reach the visitor that before did not. */
int consent_choices_accept_more(const consent_choices_t *now, const consent_choices_t *before);

/* Ids of the services that reach the visitor, comma separated, in the policy's order. */
void consent_choices_services(const consent_choices_t *choices, consent_buf_t *out);

/*
 * The choice class: 16 hex digits, a hash of what decides a page's bytes and nothing personal: effective answers,
 * policy hash, whether the banner shows and for which services, language, GPC, variant (the caller's: document or
 * fragment, rewriter build). NUL-terminated; empty when OpenSSL refuses.
 */
#define CONSENT_CLASS_LEN  16
void consent_choices_class(const consent_choices_t *choices, consent_str_t language, consent_str_t variant,
    char out[CONSENT_CLASS_LEN + 1]);

#endif
