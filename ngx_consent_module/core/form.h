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

/* The names of the form's field, indexed by the enumeration above. */
extern const consent_str_t  consent_decision_names[5];

typedef struct {
    consent_decision_t  decision;
    int                 once;       /* accept-once: index of the one service, else -1 */
    consent_str_t       return_to;  /* "return": a local path ("/…"), or empty: anything else was ignored */
    consent_str_t       source;     /* "source": "banner", "settings", "placeholder"; empty when not said */
    consent_str_t       embed;      /* "embed", for accept-once: its address, as the placeholder had it; or empty */
    consent_str_t       lang;       /* "lang" */
} consent_form_t;

/* Fields of one form; the settings of CONSENT_MAX_SERVICES services fit well. */
#define CONSENT_MAX_FIELDS  512

/*
 * Iterates over a body or query: *rest shrinks; name and value are decoded into the arena, malformed UTF-8 as U+FFFD;
 * they may hold NUL. Returns 0 at the end, -1 when there is no memory.
 */
int consent_form_next(consent_arena_t *arena, consent_str_t *rest, consent_str_t *name, consent_str_t *value);

/* The first value of a field, decoded; data is NULL when it is absent. */
consent_str_t consent_form_value(consent_arena_t *arena, consent_str_t encoded, consent_str_t name);

/*
 * Reads body and applies it to choices. Returns 0, or -1 with choices untouched and *error a sentence in English when
 * the fields make no sense: no decision or an unknown one, an unknown service or purpose, a value that is neither
 * accept nor refuse, a service or purpose answered twice, and differently, a necessary service refused, accept-once
 * without exactly one service accepted. Other fields are ignored.
 *
 * accept-all and refuse-all answer for every service that can be refused, whatever else the form says. save answers
 * for the services named, by id or else by purpose; those not named keep their answer. accept-once changes nothing.
 *
 * choices->day becomes today. With no answer at all choices->chosen stays 0: there is nothing to remember.
 */
int consent_form_apply(consent_arena_t *arena, consent_str_t body, consent_choices_t *choices, uint32_t today,
    consent_form_t *form, const char **error);

/*
 * Whether path may be a redirect's target: begins with one "/", not followed by "/" or a backslash; no control
 * characters, no backslashes; at most 2048 bytes.
 */
int consent_local_path(consent_str_t path);

#endif
