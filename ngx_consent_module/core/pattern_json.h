/* The patterns by which a service is recognised, as files have them: checked, and copied into the arena. */

#ifndef CONSENT_PATTERN_JSON_H
#define CONSENT_PATTERN_JSON_H

#include "json.h"
#include "service.h"

/* A URL pattern (match.h), its host in lower case. */
consent_str_t consent_pattern_url(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node);

/* A PCRE2 pattern that compiles, and does not match the empty text. */
consent_str_t consent_pattern_inline(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node);

/* Sets cookie->name, and cookie->regex for the caller to free. */
void consent_pattern_cookie(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node,
    consent_cookie_pattern_t *cookie);

#endif
