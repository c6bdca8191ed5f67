/* Names of consent managers in JSON, for the files of the tools and for the policies that name them. */

#ifndef CONSENT_BRIDGE_JSON_H
#define CONSENT_BRIDGE_JSON_H

#include "bridge_tool.h"
#include "json.h"

/*
 * A name that can stand in the tool's cookie, as a copy in the arena; data is NULL when it cannot, which was reported
 * at node. id: what node is called or holds.
 */
consent_str_t consent_bridge_read_id(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node,
    consent_str_t id, consent_bridge_form_t form);

/* The name of a cookie (a token of letters, digits, "-" and "_"), likewise. */
consent_str_t consent_bridge_read_cookie(consent_json_t *json, consent_arena_t *arena,
    const consent_json_node_t *node);

#endif
