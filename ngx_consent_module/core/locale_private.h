/* The inside of locales, for their loader and for the policies that put wording of their own over them. */

#ifndef CONSENT_LOCALE_PRIVATE_H
#define CONSENT_LOCALE_PRIVATE_H

#include "json.h"
#include "locale.h"

struct consent_locale_s {
    const consent_locales_t  *locales;
    consent_str_t             tag;          /* lower case */
    consent_str_t            *texts;        /* one for each key of locales */
    unsigned                  rtl:1;
    unsigned                  proofread:1;
    char                      digest[65];   /* SHA-256 of keys and texts, lower-case hex */
};

struct consent_locales_s {
    consent_str_t     *keys;                /* sorted */
    unsigned           nkeys;
    consent_locale_t  *elts;                /* the reference, en, first */
    unsigned           n;
};

/* -1 when there is no such key. */
int consent_locales_key(const consent_locales_t *locales, consent_str_t key);

/*
 * The text at node for the key of that index, in arena: at most CONSENT_LOCALE_TEXT_MAX bytes, with no
 * {placeholder} that the reference text does not have. Empty when wrong, which was reported, so that the key is
 * not missing as well.
 */
#define CONSENT_LOCALE_TEXT_MAX  4096
consent_str_t consent_locale_read_text(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node,
    const consent_locales_t *locales, int key);

/* "is not ...; did you mean ...?" of a key that is none. */
void consent_locale_wrong_key(consent_json_t *json, const consent_json_node_t *node, const consent_locales_t *locales);

/* Sets tag's direction, and digest from texts. Returns 0, or -1 when OpenSSL or memory refuses. */
int consent_locale_finish(consent_locale_t *locale);

#endif
