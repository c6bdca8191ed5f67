/* The parts that a policy is read from, and what they leave for each other. */

#ifndef CONSENT_POLICY_PRIVATE_H
#define CONSENT_POLICY_PRIVATE_H

#include "json.h"
#include "locale_private.h"
#include "policy.h"

#define CONSENT_MAX_LANGUAGES  32

/* policy->texts: one for each of policy->languages. */
typedef struct {
    const consent_locale_t  *locale;    /* shared when the policy says nothing of its own in that language */
    unsigned char           *own;       /* by key of the locales: the wording is the policy's; NULL when none is */
} consent_wording_t;

/* Each reads one key of the policy and reports what is wrong with it. policy->hosts comes before services. */
void consent_policy_read_services(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node,
    consent_policy_t *policy);

/* After the services, which bridges name. */
void consent_policy_read_bridges(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node,
    consent_policy_t *policy);

void consent_policy_read_theme(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node,
    consent_theme_t *theme);

/* texts may be NULL: "languages" may be all that the policy says. */
void consent_policy_read_wording(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *languages,
    const consent_json_node_t *texts, consent_policy_t *policy);

/* The names of JSON, indexed by the enumerations of policy.h. */
extern const consent_str_t  consent_unknown_names[3];
extern const consent_str_t  consent_position_names[2];
extern const consent_str_t  consent_density_names[2];
extern const consent_str_t  consent_look_names[2];

/* Sets policy->hash. Returns 0, or -1 when memory or OpenSSL refuses. */
int consent_policy_set_hash(consent_policy_t *policy);

#endif
