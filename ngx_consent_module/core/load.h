/*
 * What a start tag makes a browser load, and whether it may.
 */

#ifndef CONSENT_LOAD_H
#define CONSENT_LOAD_H

#include "attributes.h"
#include "element.h"
#include "judge.h"
#include "tree.h"

typedef enum {
    CONSENT_SCRIPT_INERT,           /* data, a template: not run */
    CONSENT_SCRIPT_EXTERNAL,
    CONSENT_SCRIPT_INLINE,
    CONSENT_SCRIPT_RULES,           /* speculation rules */
    CONSENT_SCRIPT_MAP              /* an import map */
} consent_script_t;

/* Memory for a value with its character references decoded, used again for the next one. */
typedef struct {
    consent_arena_t  *arena;
    char             *data;
    size_t            size;
} consent_decoded_t;

typedef struct {
    consent_blocked_t  blocked;     /* what the element itself may not load: it becomes neutral */
    consent_blocked_t  decoration;  /* what its style, background and handlers may not load: only they change */
    consent_str_t      url;         /* the first value that is blocked, as written */
    consent_str_t      srcdoc;      /* as written; data is NULL when there is none */
    consent_script_t   script;      /* of a script */
    unsigned           connects:1;  /* a link by which a host is contacted, whatever the path */
    unsigned           spoofed:1;   /* it has attributes with our names, which only the gateway may set */
    unsigned           failed:1;    /* no memory */
} consent_load_t;

/* Which of the CONSENT_CARRIES_ an attribute is; 0 for most. */
unsigned consent_carrier(consent_str_t name);

/* Whether its name begins with "data-ngxc". */
int consent_is_spoofed(consent_str_t name);

void consent_load_init(consent_load_t *load);

/* One value of a carrier, decoded: adds what may not be loaded to load. */
void consent_load_judge(const consent_judge_t *judge, const consent_element_t *element, unsigned carrier,
    consent_str_t value, consent_load_t *load);

/* What a style sheet or style refers to, as written there: as consent_judge_url. */
int consent_load_reference(const consent_judge_t *judge, consent_str_t raw, consent_blocked_t *blocked);

/* All that a style sheet, or the value of a style attribute, refers to: 1 when anything may not be loaded. */
int consent_load_style(const consent_judge_t *judge, consent_str_t style, int sheet, consent_blocked_t *blocked);

/* A tag. whole: else the beginning of one, and what is to come may yet make it load. carries: those to look at. */
void consent_load_inspect(const consent_judge_t *judge, const consent_element_t *element, consent_ns_t ns,
    consent_str_t tag, int whole, unsigned carries, consent_decoded_t *decoded, consent_load_t *load);

/* The value with its references decoded: raw itself when it has none. data is NULL when there is no memory. */
consent_str_t consent_decode(consent_decoded_t *decoded, consent_str_t raw);

#endif
