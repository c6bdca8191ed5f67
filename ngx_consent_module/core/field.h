/*
 * Values that mean the same in every file that people write: texts, hosts, links, language tags, and lists of
 * them. All return copies in the arena; data is NULL when the value is wrong, which was reported, or memory ran
 * out, which json knows.
 */

#ifndef CONSENT_FIELD_H
#define CONSENT_FIELD_H

#include "json.h"
#include "service.h"

/* A display name. */
#define CONSENT_NAME_MAX  128

/* Any text of at most max bytes on one line. */
consent_str_t consent_field_text(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node,
    size_t max);

/* A host name in lower case, without its final dot. */
consent_str_t consent_field_host(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node);

int consent_is_host(consent_str_t s);

/* How to put right what people write instead of a host name. */
const char *consent_host_remedy(consent_str_t s);

/* An address to link to: http or https, or a path of the site. */
consent_str_t consent_field_link(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node);

/* A language tag (RFC 5646, the shape alone) in lower case. text: what node holds, or is called. */
consent_str_t consent_field_lang(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node,
    consent_str_t text);

/* {"fr": "...", "en": "..."}, put over what texts has. */
void consent_field_texts(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node,
    consent_texts_t *texts);

/* A list, each element read by read(), added to what strings has; repetitions are mistakes. */
typedef consent_str_t (*consent_field_read_pt)(consent_json_t *json, consent_arena_t *arena,
    const consent_json_node_t *node);
void consent_field_strings(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node, unsigned max,
    consent_field_read_pt read, consent_str_t **strings, unsigned *n);

#endif
