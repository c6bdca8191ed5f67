/*
 * What catalogue.c and policy.c call to compile the patterns of services: one matcher for the catalogue, shared by
 * every policy, and a small overlay for each policy.
 */

#ifndef CONSENT_MATCH_BUILD_H
#define CONSENT_MATCH_BUILD_H

#include "policy.h"

/*
 * services[i] must stay where it is as long as the matcher lives. file names the catalogue in what is reported: each
 * bad pattern with the id of its service and a remedy. NULL when there is no memory or anything was reported. What is
 * not in the arena (PCRE2 codes) is freed by consent_matcher_destroy, which takes NULL too.
 */
void *consent_matcher_build(consent_arena_t *arena, const consent_service_t *const *services, unsigned n,
    const char *file, consent_problems_t *problems);
void consent_matcher_destroy(void *matcher);

/*
 * The same for what a policy adds: hosts and paths of its entries, and the services, or changed lists of patterns,
 * that are its own. policy->entries, hosts, nhosts, file and catalogue must be set and stay; the result belongs in
 * policy->overlay.
 */
void *consent_overlay_build(consent_arena_t *arena, const consent_policy_t *policy, consent_problems_t *problems);
void consent_overlay_destroy(void *overlay);

#endif
