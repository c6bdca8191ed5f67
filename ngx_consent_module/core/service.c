#include "service.h"

const consent_str_t  consent_basis_names[3] = {
    CONSENT_STR("consent"),
    CONSENT_STR("exempt"),
    CONSENT_STR("necessary")
};

const consent_str_t  consent_purpose_names[CONSENT_PURPOSES] = {
    CONSENT_STR("necessary"),
    CONSENT_STR("audience"),
    CONSENT_STR("social"),
    CONSENT_STR("video"),
    CONSENT_STR("map"),
    CONSENT_STR("content"),
    CONSENT_STR("support"),
    CONSENT_STR("security"),
    CONSENT_STR("fonts"),
    CONSENT_STR("advertising")
};


static const consent_text_t *
find(const consent_texts_t *texts, consent_str_t lang)
{
    unsigned  i;

    for (i = 0; i < texts->n; i++) {
        if (consent_str_caseeq(texts->elts[i].lang, lang)) {
            return &texts->elts[i];
        }
    }

    return NULL;
}


consent_str_t
consent_text(const consent_texts_t *texts, consent_str_t lang)
{
    size_t                 primary;
    const consent_text_t  *text;

    if (texts->n == 0) {
        return CONSENT_STR("");
    }

    text = find(texts, lang);

    for (primary = 0; primary < lang.len && lang.data[primary] != '-'; primary++) { /* void */ }

    if (text == NULL) {
        text = find(texts, (consent_str_t) { lang.data, primary });
    }

    if (text == NULL) {
        text = find(texts, CONSENT_STR("en"));
    }

    if (text == NULL) {
        text = &texts->elts[0];
    }

    return text->text;
}
