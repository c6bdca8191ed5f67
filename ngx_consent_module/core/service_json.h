/*
 * A service in JSON: as the catalogue's files and a policy's own services have it, and as policy.json tells it.
 * docs/policy-files.md has the keys.
 */

#ifndef CONSENT_SERVICE_JSON_H
#define CONSENT_SERVICE_JSON_H

#include "json.h"
#include "service.h"

/* Indexed by consent_service_t.reload. */
extern const consent_str_t  consent_on_accept_names[2];

/* A service of somebody's own: every mistake is reported; what could be read is in service, which was zeroed. */
void consent_service_read(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node,
    consent_service_t *service);

/*
 * What a policy may also say of a service of the catalogue: another provider; cookies and patterns added to what
 * there is.
 */
void consent_service_read_provider(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node,
    consent_service_t *service);
void consent_service_read_cookies(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node,
    consent_service_t *service);
void consent_service_read_match(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node,
    consent_service_t *service);

/*
 * Whether a service of that purpose may rest on that basis; else reports at node. The CNIL exempts audience
 * measurement alone, and nothing makes advertising or social networks necessary.
 */
int consent_service_basis_allowed(consent_json_t *json, const consent_json_node_t *node, consent_purpose_t purpose,
    consent_basis_t basis);

/* Frees the regexes of cookies from index first on. */
void consent_service_free(const consent_service_t *service, unsigned first);

/* A new reference; NULL when there is no memory. basis is the policy's, or the service's own. */
json_t *consent_service_json(const consent_service_t *service, consent_basis_t basis);

/* "...", ["...", ...], and {"fr": "..."}; new references. */
json_t *consent_json_str(consent_str_t s);
json_t *consent_strings_json(const consent_str_t *strings, unsigned n);
json_t *consent_texts_json(const consent_texts_t *texts);

#endif
