/*
 * The texts of the interface: a directory of JSON files, one language each, named by its BCP 47 tag (fr.json). Every file
 * must have exactly the keys of the reference language, English.
 */

#ifndef CONSENT_LOCALE_H
#define CONSENT_LOCALE_H

#include "arena.h"
#include "problem.h"

typedef struct consent_locales_s  consent_locales_t;
typedef struct consent_locale_s   consent_locale_t;

consent_locales_t *consent_locales_load(consent_arena_t *arena, const char *dir, consent_problems_t *problems);

/* Exact tag, then primary language ("fr-CA" finds "fr"), case-insensitive; NULL when there is none. */
const consent_locale_t *consent_locale_find(const consent_locales_t *locales, consent_str_t tag);

/* Whether key is one that a locale must have. */
int consent_locale_has_key(const consent_locales_t *locales, consent_str_t key);

consent_str_t consent_locale_tag(const consent_locale_t *locale);
int consent_locale_is_rtl(const consent_locale_t *locale);

/* 0 when the file says "_proofread": false: to be used only where a policy lists the language. */
int consent_locale_is_proofread(const consent_locale_t *locale);

/* The text in UTF-8; empty when the key is unknown. */
consent_str_t consent_locale_text(const consent_locale_t *locale, consent_str_t key);

/*
 * The language of an answer: the first of wanted (may be empty: a ?lang= parameter, the page's own lang), then the best of an
 * Accept-Language header (RFC 9110, 12.5.4), that is one of offered; else the first of offered. offered is not empty.
 */
consent_str_t consent_language_negotiate(const consent_str_t *offered, unsigned noffered,
    const consent_str_t *wanted, unsigned nwanted, consent_str_t accept_language);

#endif
