/* The inside of locales, for their loader and for the policies that put wording of their own over them. */

#ifndef CONSENT_LOCALE_PRIVATE_H
#define CONSENT_LOCALE_PRIVATE_H

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
    consent_locale_t  *elts;
    unsigned           n;
};

/* -1 when there is no such key. */
int consent_locales_key(const consent_locales_t *locales, consent_str_t key);

/* Sets tag's direction, and digest from texts. Returns 0, or -1 when OpenSSL or memory refuses. */
int consent_locale_finish(consent_locale_t *locale);

#endif
