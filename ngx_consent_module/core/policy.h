/*
 * A site's policy: which services it uses, on which basis, and what the visitor is told. A JSON file resolved
 * against the catalogue. Read-only after loading; thousands may share one catalogue, so a policy holds only what
 * is its own.
 */

#ifndef CONSENT_POLICY_H
#define CONSENT_POLICY_H

#include "arena.h"
#include "bridge_tool.h"
#include "buf.h"
#include "catalogue.h"
#include "locale.h"
#include "problem.h"
#include "service.h"

#define CONSENT_MAX_SERVICES     128
#define CONSENT_FINGERPRINT_LEN  4
#define CONSENT_HASH_HEX_LEN     64

typedef enum {
    CONSENT_UNKNOWN_ALLOW,
    CONSENT_UNKNOWN_REPORT,
    CONSENT_UNKNOWN_BLOCK
} consent_unknown_t;

/*
 * A service as this site uses it. service is the catalogue's own object when the policy changes nothing but basis,
 * hosts and paths; else a copy, whose cookies, urls, hits and inlines begin with those of base.
 */
typedef struct {
    const consent_service_t  *service;
    const consent_service_t  *base;         /* the catalogue's service behind "use" or a bare id; NULL: the policy's own */
    consent_basis_t           basis;
    consent_str_t            *hosts;        /* hosts that this site gives the service, besides the catalogue's urls */
    unsigned                  nhosts;
    consent_str_t            *paths;        /* path prefixes of this site that belong to the service */
    unsigned                  npaths;
    consent_str_t             relay;        /* the path that stands for hosts, "/stats/"; also one of paths; or empty */
    unsigned                  cookieless:1;         /* runs with cookies only once it is accepted */
    unsigned                  choice_cookies:1;     /* its own script is told the choice by cookies */
    unsigned                  refuse_addresses:1;   /* hits that say whose address to store are refused */
    unsigned char             fingerprint[CONSENT_FINGERPRINT_LEN];  /* of id, purpose, provider and basis */
} consent_entry_t;

/* What a consent manager of the page calls something, and when it is granted. */
typedef struct {
    consent_str_t          id;
    consent_grant_rule_t   rule;
    unsigned char         *entries;     /* of SERVICES: indices into policy->entries */
    unsigned               nentries;
    unsigned               category:1;  /* granted by acceptances alone; what is let through without one is not enough */
} consent_grant_t;

/* A consent manager that is in the page already, and is told the choice by its own cookies: see bridge.h. */
typedef struct {
    const consent_bridge_tool_t  *tool;
    consent_str_t                 cookie;
    consent_str_t                 domain;       /* empty: the tool's own way */
    int64_t                       revision;     /* -1: not said */
    consent_grant_t              *grants;       /* categories first */
    unsigned                      ngrants;
    consent_str_t                *names;        /* of every cookie that it sets */
    unsigned                      nnames;
} consent_bridge_t;

typedef enum {
    CONSENT_POSITION_BOTTOM,
    CONSENT_POSITION_TOP
} consent_position_t;

typedef enum {
    CONSENT_DENSITY_COMFORTABLE,
    CONSENT_DENSITY_COMPACT
} consent_density_t;

typedef enum {
    CONSENT_LOOK_NEUTRAL,
    CONSENT_LOOK_DSFR           /* close to the French State's design system */
} consent_look_t;

/*
 * What a policy may say about looks; everything else is the style sheet's. Checked, so that it can be written into
 * CSS as it is.
 */
typedef struct {
    consent_str_t       accent;     /* "#rrggbb", lower case; empty: the style sheet's own */
    consent_str_t       on_accent;  /* "#000000" or "#ffffff", whichever reads better on accent: always 4.5:1 or more */
    unsigned            pale:1;     /* accent does not stand out from a light ground: less than 3:1 */
    consent_look_t      look;       /* default neutral */
    int                 radius;     /* of corners, CSS pixels, 0 to 32; -1: the style sheet's own */
    consent_position_t  position;   /* default bottom */
    consent_density_t   density;    /* default comfortable */
} consent_theme_t;

typedef struct {
    consent_str_t          file;            /* NUL-terminated */
    consent_str_t          site;            /* display name */
    consent_str_t         *hosts;           /* lower case, no port */
    unsigned               nhosts;
    consent_str_t          controller;
    consent_str_t          contact;
    consent_str_t          privacy_policy;
    consent_str_t         *languages;       /* at least one; the first is the default */
    unsigned               nlanguages;
    consent_entry_t       *entries;         /* in the file's order; an index into it names a service in choices.h */
    unsigned               nentries;
    unsigned               relays;          /* of them that have one */
    consent_bridge_t      *bridges;
    unsigned               nbridges;
    consent_unknown_t      unknown_hosts;   /* third-party hosts that no service claims; default report */
    consent_unknown_t      unknown_cookies; /* cookies that no service claims: allow (default) or block */
    consent_unknown_t      unknown_services; /* catalogue services that this policy does not list: block (default) or report */
    consent_theme_t        theme;
    char                   hash[CONSENT_HASH_HEX_LEN + 1];   /* SHA-256 of the resolved policy, lower-case hex */

    const consent_catalogue_t  *catalogue;
    const consent_locales_t    *locales;
    void                       *overlay;    /* match.c's: what this policy adds to the catalogue's matchers */
    void                       *texts;      /* the policy's own wording, by language and locale key */
} consent_policy_t;

/*
 * NULL when anything is wrong; each mistake was reported with file, line, key and remedy. The arena, catalogue and
 * locales must outlive the policy.
 */
consent_policy_t *consent_policy_load(consent_arena_t *arena, const char *file, const consent_catalogue_t *catalogue,
    const consent_locales_t *locales, consent_problems_t *problems);

/* The same from memory; file is the name for messages. */
consent_policy_t *consent_policy_parse(consent_arena_t *arena, const char *file, consent_str_t json,
    const consent_catalogue_t *catalogue, const consent_locales_t *locales, consent_problems_t *problems);

/* Frees what is not in the arena (PCRE2 codes). */
void consent_policy_destroy(consent_policy_t *policy);

/* -1 when the policy has no service of that id. */
int consent_policy_find(const consent_policy_t *policy, consent_str_t id);

/*
 * The texts of one of policy->languages, with the policy's own wording in them; never NULL for those. NULL for any
 * other language. Its tag is the policy's ("fr-ca", when the texts come from "fr").
 */
const consent_locale_t *consent_policy_locale(const consent_policy_t *policy, consent_str_t lang);

/* The policy's own wording for a locale key, else the locale's. */
consent_str_t consent_policy_text(const consent_policy_t *policy, const consent_locale_t *locale, consent_str_t key);

/* The resolved policy as JSON, with its hash: what policy.json answers. */
void consent_policy_json(const consent_policy_t *policy, consent_buf_t *out);

/* The same without the hash, as the very bytes that it is the SHA-256 of. */
void consent_policy_canonical(const consent_policy_t *policy, consent_buf_t *out);

#endif
