/*
 * Consent managers that a page may bring along (tarteaucitron, Klaro, Decidim's own): how each keeps its choices in
 * cookies, and what its names mean in terms of the catalogue. One JSON file each; read-only after loading.
 */

#ifndef CONSENT_BRIDGE_TOOL_H
#define CONSENT_BRIDGE_TOOL_H

#include "arena.h"
#include "problem.h"
#include "service.h"

typedef enum {
    CONSENT_BRIDGE_PAIRS,       /* !youtube=true!matomo=false */
    CONSENT_BRIDGE_OBJECT,      /* {"youtube":true,"matomo":false} */
    CONSENT_BRIDGE_GRANTED,     /* {"essential":true}: what is refused is left out */
    CONSENT_BRIDGE_RECORD,      /* {"categories":["necessary"],"services":{...},...} */
    CONSENT_BRIDGE_COOKIES      /* a cookie for each category: allow or deny */
} consent_bridge_form_t;

typedef enum {
    CONSENT_BRIDGE_PLAIN,
    CONSENT_BRIDGE_URI,         /* ECMAScript's encodeURIComponent() */
    CONSENT_BRIDGE_JS_COOKIE    /* of the library js-cookie: the same, but for what RFC 6265 allows in a value */
} consent_bridge_encoding_t;

/* When a name of the tool's is granted. */
typedef enum {
    CONSENT_GRANT_SERVICES,     /* when each of certain services is; never when there are none */
    CONSENT_GRANT_ALL,          /* when every service is that can be refused */
    CONSENT_GRANT_ALWAYS,       /* the tool cannot refuse it */
    CONSENT_GRANT_NEVER
} consent_grant_rule_t;

/* The names of JSON for all but the first, which is a list. */
extern const consent_str_t  consent_grant_rule_names[4];
extern const consent_str_t  consent_bridge_form_names[5];

typedef struct {
    consent_str_t          id;          /* as the tool has it */
    consent_grant_rule_t   rule;
    unsigned               purposes;    /* bits of consent_purpose_t: every service of these counts */
    consent_str_t         *services;    /* and these, ids of the catalogue */
    unsigned               nservices;
} consent_bridge_name_t;

typedef struct {
    consent_str_t               id;
    consent_str_t               name;       /* as its makers write it */
    consent_str_t               cookie;     /* of COOKIES what all names begin with */
    consent_bridge_form_t       form;
    consent_bridge_encoding_t   encoding;
    unsigned                    on_host:1;      /* its cookie has a Domain, which is the page's host */
    unsigned                    any_service:1;  /* what it calls services is up to the site */
    unsigned                    same:1;         /* likewise: as likely as not the ids of the catalogue */
    unsigned                    revised:1;      /* it asks again when a number changes */
    unsigned                    any_category:1; /* what it calls categories is up to the site */
    consent_bridge_name_t      *categories;
    unsigned                    ncategories;
    consent_bridge_name_t      *services;
    unsigned                    nservices;
} consent_bridge_tool_t;

typedef struct {
    consent_bridge_tool_t  *elts;
    unsigned                n;
} consent_bridge_tools_t;

/* Every *.json of dir, in name order. NULL when anything is wrong, which was reported. */
consent_bridge_tools_t *consent_bridge_tools_load(consent_arena_t *arena, const char *dir,
    consent_problems_t *problems);

#endif
