/*
 * The languages of a policy and its own wording. A language for which the policy says anything of its own, or
 * whose tag is more precise than the locale's, gets a locale of the policy's own; all others share theirs.
 */

#include <string.h>

#include "field.h"
#include "policy_private.h"

#define CONSENT_MISSING_SHOWN  3


/* "texts" of one language, over what the shared locale says (which may be nothing). */

static void
read_texts(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node,
    const consent_locales_t *locales, consent_locale_t *locale, consent_wording_t *wording)
{
    int                         k;
    unsigned                    i;
    const consent_json_node_t  *child;

    wording->own = consent_json_alloc(json, arena, locales->nkeys, 1);

    if (wording->own == NULL) {
        return;
    }

    if (!json_is_object(node->value)) {
        consent_json_wrong(json, node, "must give each key its text, such as {\"banner.title\": \"...\"}");
        return;
    }

    for (i = 0; i < node->n; i++) {
        child = &node->children[i];
        k = consent_locales_key(locales, child->key);

        if (k == -1) {
            consent_locale_wrong_key(json, child, locales);
            continue;
        }

        locale->texts[k] = consent_locale_read_text(json, arena, child, locales, k);
        wording->own[k] = 1;
    }
}


/* A language that no locale has must be whole. */

static void
check_whole(consent_json_t *json, const consent_json_node_t *node, const consent_locales_t *locales,
    const consent_locale_t *locale)
{
    char      quote[CONSENT_JSON_QUOTE];
    unsigned  i, missing;

    missing = 0;

    for (i = 0; i < locales->nkeys; i++) {
        if (locale->texts[i].data != NULL) {
            continue;
        }

        if (++missing <= CONSENT_MISSING_SHOWN) {
            consent_json_wrong(json, node, "\"%s\" is missing; a language without a locale of its own needs every text",
                               consent_json_quote(locales->keys[i], quote));
        }
    }

    if (missing > CONSENT_MISSING_SHOWN) {
        consent_json_wrong(json, node, "%u texts in all are missing; take en.json of the locales as a model", missing);
    }
}


static void
list_locales(const consent_locales_t *locales, char *list, size_t size)
{
    size_t    len;
    unsigned  i;

    len = 0;
    list[0] = '\0';

    for (i = 0; i < locales->n && len + locales->elts[i].tag.len + 3 < size; i++) {
        if (i > 0) {
            memcpy(list + len, ", ", 2);
            len += 2;
        }

        memcpy(list + len, locales->elts[i].tag.data, locales->elts[i].tag.len);
        len += locales->elts[i].tag.len;
        list[len] = '\0';
    }
}


static const consent_json_node_t *
find_texts(const consent_json_node_t *texts, consent_str_t lang)
{
    unsigned  i;

    for (i = 0; texts != NULL && i < texts->n; i++) {
        if (consent_str_caseeq(texts->children[i].key, lang)) {
            return &texts->children[i];
        }
    }

    return NULL;
}


/* The element of "languages" that a tag was read from. */

static const consent_json_node_t *
find_language(const consent_json_node_t *languages, consent_str_t lang)
{
    unsigned  i;

    for (i = 0; i < languages->n; i++) {
        if (json_is_string(languages->children[i].value)
            && consent_str_caseeq(consent_str(json_string_value(languages->children[i].value)), lang))
        {
            return &languages->children[i];
        }
    }

    return languages;
}


static void
read_language(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *languages,
    const consent_json_node_t *texts, const consent_policy_t *policy, consent_str_t lang, consent_wording_t *wording)
{
    char                     list[160], quote[CONSENT_JSON_QUOTE];
    consent_locale_t        *locale;
    const consent_locale_t  *shared;

    shared = consent_locale_find(policy->locales, lang);

    if (shared == NULL && texts == NULL) {
        list_locales(policy->locales, list, sizeof(list));
        consent_json_wrong(json, find_language(languages, lang),
                           "there is no locale \"%s\"; there are %s. Or give all texts yourself in \"texts\"",
                           consent_json_quote(lang, quote), list);
        return;
    }

    wording->locale = shared;

    if (texts == NULL && consent_str_eq(lang, shared->tag)) {
        return;
    }

    locale = consent_json_alloc(json, arena, 1, sizeof(consent_locale_t));
    if (locale == NULL) {
        return;
    }

    locale->locales = policy->locales;
    locale->tag = lang;
    locale->proofread = shared == NULL || shared->proofread;
    locale->texts = consent_json_alloc(json, arena, policy->locales->nkeys, sizeof(consent_str_t));

    if (locale->texts == NULL) {
        return;
    }

    if (shared != NULL) {
        memcpy(locale->texts, shared->texts, policy->locales->nkeys * sizeof(consent_str_t));
    }

    if (texts != NULL) {
        read_texts(json, arena, texts, policy->locales, locale, wording);
    }

    if (shared == NULL) {
        check_whole(json, texts, policy->locales, locale);
    }

    wording->locale = locale;

    if (consent_locale_finish(locale) != 0) {
        json->no_memory = 1;
    }
}


static consent_str_t
read_lang(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node)
{
    consent_str_t  s;

    s = consent_json_string(json, node, CONSENT_JSON_QUOTE);

    return s.data != NULL ? consent_field_lang(json, arena, node, s) : s;
}


/* Wording for a language that the site does not have is a mistake in one of the two places. */

static void
check_texts(consent_json_t *json, const consent_json_node_t *texts, const consent_policy_t *policy)
{
    char      quote[CONSENT_JSON_QUOTE];
    unsigned  i;

    if (!json_is_object(texts->value)) {
        consent_json_wrong(json, texts,
                           "must give each language its texts, such as {\"fr\": {\"banner.title\": \"...\"}}");
        return;
    }

    for (i = 0; i < texts->n; i++) {
        if (consent_policy_locale(policy, texts->children[i].key) == NULL) {
            consent_json_wrong(json, &texts->children[i],
                               "\"%s\" is not one of this policy's \"languages\"; add it there, or remove it here",
                               consent_json_quote(texts->children[i].key, quote));
        }
    }
}


void
consent_policy_read_wording(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *languages,
    const consent_json_node_t *texts, consent_policy_t *policy)
{
    unsigned            i;
    consent_wording_t  *wording;

    if (json_is_array(languages->value) && languages->n == 0) {
        consent_json_wrong(json, languages, "is empty; list at least one language, such as [\"fr\"]");
        return;
    }

    consent_field_strings(json, arena, languages, CONSENT_MAX_LANGUAGES, read_lang, &policy->languages,
                                 &policy->nlanguages);

    if (policy->nlanguages == 0) {
        return;
    }

    wording = consent_json_alloc(json, arena, policy->nlanguages, sizeof(consent_wording_t));
    if (wording == NULL) {
        return;
    }

    policy->texts = wording;

    for (i = 0; i < policy->nlanguages; i++) {
        read_language(json, arena, languages, find_texts(texts, policy->languages[i]), policy, policy->languages[i],
                      &wording[i]);
    }

    if (texts != NULL) {
        check_texts(json, texts, policy);
    }
}


const consent_locale_t *
consent_policy_locale(const consent_policy_t *policy, consent_str_t lang)
{
    unsigned                  i;
    const consent_wording_t  *wording = policy->texts;

    for (i = 0; i < policy->nlanguages; i++) {
        if (consent_str_caseeq(policy->languages[i], lang)) {
            return wording[i].locale;
        }
    }

    return NULL;
}


consent_str_t
consent_policy_text(const consent_policy_t *policy, const consent_locale_t *locale, consent_str_t key)
{
    const consent_locale_t  *own;

    own = consent_policy_locale(policy, locale->tag);

    return consent_locale_text(own != NULL ? own : locale, key);
}
