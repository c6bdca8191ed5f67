#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "file.h"
#include "json.h"
#include "locale_private.h"
#include "sha256.h"


static int
compare(const void *a, const void *b)
{
    int                   rc;
    const consent_str_t  *x = a, *y = b;

    rc = memcmp(x->data, y->data, x->len < y->len ? x->len : y->len);

    return rc != 0 ? rc : (x->len > y->len) - (x->len < y->len);
}


int
consent_locales_key(const consent_locales_t *locales, consent_str_t key)
{
    const consent_str_t  *found;

    if (key.len == 0) {
        return -1;
    }

    found = bsearch(&key, locales->keys, locales->nkeys, sizeof(consent_str_t), compare);

    return found != NULL ? (int) (found - locales->keys) : -1;
}


/* NUL ends each part: no string that came out of JSON holds one. */

int
consent_locale_finish(consent_locale_t *locale)
{
    int             rc;
    size_t          primary;
    unsigned        i, n;
    unsigned char   digest[32];
    consent_str_t  *parts, tag;

    static const consent_str_t  rtl[] = {
        CONSENT_STR("ar"),
        CONSENT_STR("fa"),
        CONSENT_STR("he"),
        CONSENT_STR("ur")
    };

    tag = locale->tag;

    for (primary = 0; primary < tag.len && tag.data[primary] != '-'; primary++) { /* void */ }

    tag.len = primary;
    locale->rtl = 0;

    for (i = 0; i < sizeof(rtl) / sizeof(rtl[0]); i++) {
        locale->rtl |= (unsigned) consent_str_eq(tag, rtl[i]);
    }

    n = locale->locales->nkeys;

    parts = malloc((n > 0 ? n : 1) * 4 * sizeof(consent_str_t));
    if (parts == NULL) {
        return -1;
    }

    for (i = 0; i < n; i++) {
        parts[4 * i] = locale->locales->keys[i];
        parts[4 * i + 1] = (consent_str_t) { "", 1 };
        parts[4 * i + 2] = locale->texts[i];
        parts[4 * i + 3] = (consent_str_t) { "", 1 };
    }

    rc = consent_sha256(parts, 4 * n, digest);

    free(parts);
    consent_hex(digest, sizeof(digest), locale->digest);

    return rc;
}


/* "fr" of ".../fr.json". */

static consent_str_t
read_tag(consent_json_t *json, consent_arena_t *arena)
{
    const char  *name;

    name = strrchr(json->file, '/');
    name = name != NULL ? name + 1 : json->file;

    return consent_field_lang(json, arena, json->root, (consent_str_t) { name, strlen(name) - strlen(".json") });
}


static int
read_keys(consent_json_t *json, consent_arena_t *arena, consent_locales_t *locales)
{
    unsigned                    i;
    const consent_json_node_t  *node;

    locales->keys = consent_json_alloc(json, arena, json->root->n, sizeof(consent_str_t));
    if (locales->keys == NULL) {
        return -1;
    }

    for (i = 0; i < json->root->n; i++) {
        node = &json->root->children[i];

        if (consent_str_eq(node->key, CONSENT_STR("_proofread"))) {
            continue;
        }

        if (node->key.len == 0) {
            consent_json_wrong(json, node, "has an empty key; name it");
            continue;
        }

        locales->keys[locales->nkeys++] = consent_json_copy(json, arena, node->key);
    }

    if (json->no_memory) {
        return -1;
    }

    qsort(locales->keys, locales->nkeys, sizeof(consent_str_t), compare);

    return 0;
}


void
consent_locale_wrong_key(consent_json_t *json, const consent_json_node_t *node, const consent_locales_t *locales)
{
    char               hint[CONSENT_JSON_HINT];
    unsigned           i;
    consent_suggest_t  suggest;

    consent_suggest_init(&suggest, node->key);

    for (i = 0; i < locales->nkeys; i++) {
        consent_suggest_offer(&suggest, locales->keys[i]);
    }

    consent_json_wrong(json, node, "is not a text of the interface%s", consent_json_hint(&suggest, hint));
}


/* The next "{name}" in text, taken off it; empty at the end. Other braces are text. */

static consent_str_t
next_placeholder(consent_str_t *text)
{
    size_t         i, begin;
    consent_str_t  placeholder;

    begin = text->len;

    for (i = 0; i < text->len; i++) {
        if (text->data[i] == '{') {
            begin = i;

        } else if (text->data[i] == '}' && i > begin + 1) {
            placeholder = (consent_str_t) { text->data + begin, i + 1 - begin };
            text->data += i + 1;
            text->len -= i + 1;
            return placeholder;

        } else if (text->data[i] != '_' && (text->data[i] < 'a' || text->data[i] > 'z')) {
            begin = text->len;
        }
    }

    return (consent_str_t) { "", 0 };
}


static int
has_placeholder(consent_str_t text, consent_str_t placeholder, consent_suggest_t *suggest)
{
    consent_str_t  other;

    for (other = next_placeholder(&text); other.len > 0; other = next_placeholder(&text)) {
        if (consent_str_eq(other, placeholder)) {
            return 1;
        }

        consent_suggest_offer(suggest, other);
    }

    return 0;
}


consent_str_t
consent_locale_read_text(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node,
    const consent_locales_t *locales, int key)
{
    char               hint[CONSENT_JSON_HINT], quote[CONSENT_JSON_QUOTE];
    consent_str_t      text, rest, placeholder;
    consent_suggest_t  suggest;

    text = consent_json_string(json, node, CONSENT_LOCALE_TEXT_MAX);
    if (text.data == NULL) {
        return CONSENT_STR("");
    }

    rest = text;

    for (placeholder = next_placeholder(&rest); placeholder.len > 0; placeholder = next_placeholder(&rest)) {
        consent_suggest_init(&suggest, placeholder);

        if (locales->n > 0 && !has_placeholder(locales->elts[0].texts[key], placeholder, &suggest)) {
            consent_json_wrong(json, node, "\"%s\" would not be filled in: the English text has no such placeholder%s",
                               consent_json_quote(placeholder, quote), consent_json_hint(&suggest, hint));
        }
    }

    return consent_json_copy(json, arena, text);
}


static void
read_texts(consent_json_t *json, consent_arena_t *arena, const consent_locales_t *locales, consent_locale_t *locale)
{
    int                         k;
    char                        quote[CONSENT_JSON_QUOTE];
    unsigned                    i;
    const consent_json_node_t  *node;

    locale->locales = locales;
    locale->proofread = 1;

    locale->texts = consent_json_alloc(json, arena, locales->nkeys, sizeof(consent_str_t));
    if (locale->texts == NULL) {
        return;
    }

    for (i = 0; i < json->root->n; i++) {
        node = &json->root->children[i];

        if (consent_str_eq(node->key, CONSENT_STR("_proofread"))) {
            locale->proofread = consent_json_bool(json, node) != 0;
            continue;
        }

        k = consent_locales_key(locales, node->key);

        if (k == -1) {
            consent_locale_wrong_key(json, node, locales);
            continue;
        }

        locale->texts[k] = consent_locale_read_text(json, arena, node, locales, k);
    }

    for (i = 0; i < locales->nkeys; i++) {
        if (locale->texts[i].data == NULL) {
            consent_json_wrong(json, json->root, "\"%s\" is missing; the reference language, en, has it",
                               consent_json_quote(locales->keys[i], quote));
        }
    }
}


static int
load_file(consent_arena_t *arena, const char *file, consent_locales_t *locales, consent_problems_t *problems)
{
    unsigned           count;
    consent_str_t      text;
    consent_json_t     json;
    consent_locale_t  *locale;

    text = consent_file_read(file, problems);
    if (text.data == NULL) {
        return -1;
    }

    if (consent_json_open(&json, file, text, problems) != 0) {
        free((char *) text.data);
        return -1;
    }

    count = problems->count;
    locale = &locales->elts[locales->n];

    if (locales->nkeys > 0 || read_keys(&json, arena, locales) == 0) {
        locale->tag = read_tag(&json, arena);
        read_texts(&json, arena, locales, locale);
        locales->n += !json.no_memory;
    }

    if (json.no_memory || (problems->count == count && consent_locale_finish(locale) != 0)) {
        consent_problem(problems, file, 0, "not enough memory");
    }

    consent_json_close(&json);
    free((char *) text.data);

    return problems->count == count ? 0 : -1;
}


static int
is_reference(const char *file)
{
    const char  *name;

    name = strrchr(file, '/');

    return strcmp(name != NULL ? name + 1 : file, "en.json") == 0;
}


consent_locales_t *
consent_locales_load(consent_arena_t *arena, const char *dir, consent_problems_t *problems)
{
    int                 rc;
    unsigned            i;
    consent_files_t     files;
    consent_locales_t  *locales;

    if (consent_files_list(&files, dir, problems) != 0) {
        consent_files_free(&files);
        return NULL;
    }

    rc = 0;
    locales = consent_calloc(arena, sizeof(consent_locales_t));

    if (locales != NULL) {
        locales->elts = consent_calloc(arena, files.n * sizeof(consent_locale_t));
    }

    if (locales == NULL || locales->elts == NULL) {
        consent_problem(problems, dir, 0, "not enough memory");
        consent_files_free(&files);
        return NULL;
    }

    /* The reference first: it says which keys the others have to have. */

    for (i = 0; i < files.n && !is_reference(files.names[i]); i++) { /* void */ }

    if (i == files.n) {
        consent_problem(problems, dir, 0, "has no en.json, the reference that other languages are checked against");
        consent_files_free(&files);
        return NULL;
    }

    rc |= load_file(arena, files.names[i], locales, problems);

    for (i = 0; i < files.n && locales->n > 0 && locales->nkeys > 0; i++) {
        if (!is_reference(files.names[i])) {
            rc |= load_file(arena, files.names[i], locales, problems);
        }
    }

    if (rc == 0 && locales->nkeys == 0) {
        consent_problem(problems, dir, 0, "has an en.json without texts");
        rc = -1;
    }

    consent_files_free(&files);

    return rc == 0 ? locales : NULL;
}


static const consent_locale_t *
find(const consent_locales_t *locales, consent_str_t tag)
{
    unsigned  i;

    for (i = 0; i < locales->n; i++) {
        if (consent_str_caseeq(locales->elts[i].tag, tag)) {
            return &locales->elts[i];
        }
    }

    return NULL;
}


const consent_locale_t *
consent_locale_find(const consent_locales_t *locales, consent_str_t tag)
{
    const consent_locale_t  *locale;

    locale = find(locales, tag);

    if (locale == NULL) {
        for (size_t i = 0; i < tag.len; i++) {
            if (tag.data[i] == '-') {
                return find(locales, (consent_str_t) { tag.data, i });
            }
        }
    }

    return locale;
}


int
consent_locale_has_key(const consent_locales_t *locales, consent_str_t key)
{
    return consent_locales_key(locales, key) != -1;
}


consent_str_t
consent_locale_tag(const consent_locale_t *locale)
{
    return locale->tag;
}


int
consent_locale_is_rtl(const consent_locale_t *locale)
{
    return locale->rtl;
}


int
consent_locale_is_proofread(const consent_locale_t *locale)
{
    return locale->proofread;
}


consent_str_t
consent_locale_text(const consent_locale_t *locale, consent_str_t key)
{
    int  i;

    i = consent_locales_key(locale->locales, key);

    return i != -1 ? locale->texts[i] : CONSENT_STR("");
}
