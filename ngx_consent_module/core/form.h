/*
 * A posted choice: application/x-www-form-urlencoded (WHATWG URL, 5.1), and what it means.
 */

#ifndef CONSENT_FORM_H
#define CONSENT_FORM_H

#include "choices.h"

typedef enum {
    CONSENT_DECISION_NONE,
    CONSENT_DECISION_ACCEPT_ALL,
    CONSENT_DECISION_REFUSE_ALL,
    CONSENT_DECISION_SAVE,
    CONSENT_DECISION_ACCEPT_ONCE
} consent_decision_t;

typedef struct {
    consent_decision_t  decision;
    int                 once;       /* accept-once: index of the one service, else -1 */
    consent_str_t       return_to;  /* a local path ("/…"), or empty: anything else was ignored */
    consent_str_t       source;     /* "banner", "settings", "placeholder"; empty when not said */
    consent_str_t       embed;      /* accept-once: the embed's address, as the placeholder was given it; may be empty */
    consent_str_t       lang;
} consent_form_t;

/*
 * Iterates over a body or query: *rest shrinks; name and value are decoded into the arena. Returns 0 at the end, -1 when there
 * is no memory.
 */
int consent_form_next(consent_arena_t *arena, consent_str_t *rest, consent_str_t *name, consent_str_t *value);

/* The first value of a field, decoded; data is NULL when it is absent. */
consent_str_t consent_form_value(consent_arena_t *arena, consent_str_t encoded, consent_str_t name);

/*
 * Reads body and applies it to choices: services not named keep their answer. Returns 0, or -1 with *error a sentence when
 * the fields make no sense (unknown decision, unknown service, a value that is neither accept nor refuse).
 */
int consent_form_apply(consent_arena_t *arena, consent_str_t body, consent_choices_t *choices, uint32_t today,
    consent_form_t *form, const char **error);

/*
 * Whether path may be a redirect's target: begins with one "/", not followed by "/" or a backslash; no control characters, no
 * backslashes; at most 2048 bytes.
 */
int consent_local_path(consent_str_t path);

#endif
