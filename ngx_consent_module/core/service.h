/*
 * A service: somebody other than the site whose code, pictures or cookies a page may bring to the visitor.
 * One JSON object, in the catalogue (one file each) or in a policy; the keys are documented in docs/policy-files.md.
 */

#ifndef CONSENT_SERVICE_H
#define CONSENT_SERVICE_H

#include <stdint.h>

#include "str.h"

typedef enum {
    CONSENT_BASIS_CONSENT,      /* off until accepted */
    CONSENT_BASIS_EXEMPT,       /* on until refused: audience measurement set up as the CNIL's conditions ask */
    CONSENT_BASIS_NECESSARY     /* always on, and listed */
} consent_basis_t;

typedef enum {
    CONSENT_PURPOSE_NECESSARY,
    CONSENT_PURPOSE_AUDIENCE,
    CONSENT_PURPOSE_SOCIAL,
    CONSENT_PURPOSE_VIDEO,
    CONSENT_PURPOSE_MAP,
    CONSENT_PURPOSE_CONTENT,
    CONSENT_PURPOSE_SUPPORT,
    CONSENT_PURPOSE_SECURITY,
    CONSENT_PURPOSE_FONTS,
    CONSENT_PURPOSE_ADVERTISING
} consent_purpose_t;

#define CONSENT_PURPOSES  10

/* The names of JSON files, form fields and locale keys, indexed by the enumerations above. */
extern const consent_str_t  consent_basis_names[3];
extern const consent_str_t  consent_purpose_names[CONSENT_PURPOSES];

#define CONSENT_LIFETIME_UNKNOWN  (-1)
#define CONSENT_LIFETIME_SESSION  0

/* A text in one language (BCP 47, lower case). */
typedef struct {
    consent_str_t  lang;
    consent_str_t  text;
} consent_text_t;

typedef struct {
    consent_text_t  *elts;
    unsigned         n;
} consent_texts_t;

/* The text in lang, else in its primary language, else in English, else the first; empty when there is none. */
consent_str_t consent_text(const consent_texts_t *texts, consent_str_t lang);

typedef struct {
    consent_str_t    name;          /* exact, with * as wildcard, or /PCRE2/ (anchored at both ends) */
    int64_t          lifetime;      /* seconds, or one of the two above */
    unsigned         created;       /* which part of its value, between dots, is the time when it was first set, in seconds
                                       since 1970; from 1 on, 0 when none is */
    consent_texts_t  description;
    void            *regex;         /* pcre2_code of a /PCRE2/ name, anchored at both ends, compiled by the loader; else NULL.
                                       Owned by the catalogue or policy that first had the pattern */
} consent_cookie_pattern_t;

typedef struct {
    consent_str_t              id;          /* never changes: evidence, variables and form fields carry it */
    consent_str_t              name;
    consent_purpose_t          purpose;
    consent_basis_t            basis;
    consent_str_t              provider;
    consent_str_t              country;     /* ISO 3166 alpha-2, or empty */
    consent_str_t              privacy_policy;
    consent_texts_t            description;

    consent_cookie_pattern_t  *cookies;
    unsigned                   ncookies;

    consent_str_t             *urls;        /* patterns of what elements load; see match.h */
    unsigned                   nurls;
    consent_str_t             *hits;        /* patterns of what a visitor's browser reports to (matomo.php): masked, and
                                               closed when the service is refused */
    unsigned                   nhits;
    consent_str_t             *inlines;     /* PCRE2, call signatures in executable inline scripts */
    unsigned                   ninlines;

    consent_str_t              stub;        /* script that keeps first-party code alive meanwhile; may be empty */
    consent_str_t              without_cookies;    /* script that turns its cookies off before it runs; may be empty */
    consent_str_t             *accepted_cookies;    /* names by which its own script knows that it was accepted */
    unsigned                   naccepted_cookies;
    consent_str_t             *refused_cookies;     /* and refused */
    unsigned                   nrefused_cookies;
    unsigned                   reload:1;    /* on_accept: reload, not in-place */
    unsigned                   unconfirmed:1;  /* no independent source has its patterns */
    unsigned                   listed_only:1;  /* matched only where a policy names it: unconfirmed, or refused silently it
                                                  would break pages */
} consent_service_t;

#endif
