#include <string.h>

#include "ascii.h"
#include "field.h"

#define CONSENT_LINK_MAX   1024
#define CONSENT_HOST_MAX   253
#define CONSENT_TEXT_MAX   2048
#define CONSENT_LANGS_MAX  64
#define CONSENT_LANG_MAX   35


static consent_str_t
copy_lower(consent_json_t *json, consent_arena_t *arena, consent_str_t s)
{
    char           *p;
    size_t          i;
    consent_str_t   copy;

    copy = consent_json_copy(json, arena, s);

    if (copy.data != NULL) {
        p = (char *) copy.data;

        for (i = 0; i < s.len; i++) {
            if (p[i] >= 'A' && p[i] <= 'Z') {
                p[i] |= 0x20;
            }
        }
    }

    return copy;
}


consent_str_t
consent_field_text(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node, size_t max)
{
    consent_str_t  s;

    s = consent_json_string(json, node, max);
    if (s.data == NULL) {
        return s;
    }

    return consent_json_copy(json, arena, s);
}


/* The shape of a tag, not whether it is registered. */

static int
is_lang(consent_str_t s)
{
    size_t  i, part;

    part = 0;

    for (i = 0; i < s.len; i++) {
        if (s.data[i] == '-') {
            if (part == 0) {
                return 0;
            }

            part = 0;
            continue;
        }

        if (!consent_is_alpha(s.data[i]) && !(consent_is_digit(s.data[i]) && i > part)) {
            return 0;
        }

        if (++part > 8) {
            return 0;
        }
    }

    return part > 0 && s.len <= CONSENT_LANG_MAX && s.len > 1 && s.data[1] != '-';
}


consent_str_t
consent_field_lang(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node, consent_str_t text)
{
    char  quote[CONSENT_JSON_QUOTE];

    if (!is_lang(text)) {
        consent_json_wrong(json, node, "\"%s\" is not a language tag; write one such as \"fr\" or \"pt-BR\"",
                           consent_json_quote(text, quote));
        return (consent_str_t) { NULL, 0 };
    }

    return copy_lower(json, arena, text);
}


int
consent_is_host(consent_str_t s)
{
    char    c;
    size_t  i, label, dots;

    label = 0;
    dots = 0;

    for (i = 0; i < s.len; i++) {
        c = s.data[i];

        if (c == '.') {
            if (label == 0 || s.data[i - 1] == '-') {
                return 0;
            }

            label = 0;
            dots++;
            continue;
        }

        if (!consent_is_alpha(c) && !consent_is_digit(c) && c != '_' && (c != '-' || label == 0)) {
            return 0;
        }

        if (++label > 63) {
            return 0;
        }
    }

    return label > 0 && s.data[s.len - 1] != '-' && s.len <= CONSENT_HOST_MAX;
}


/* What people write instead of a host name, and how to say it. */

const char *
consent_host_remedy(consent_str_t s)
{
    size_t  i;

    if (memmem(s.data, s.len, "://", 3) != NULL) {
        return "leave out the scheme";
    }

    if (s.len > 0 && s.data[0] == '*') {
        return "leave out \"*.\": a host covers its subdomains";
    }

    for (i = 0; i < s.len; i++) {
        if ((unsigned char) s.data[i] >= 0x80) {
            return "write an international name in its ASCII form (xn--...)";
        }

        if (s.data[i] == ':') {
            return "leave out the port";
        }

        if (s.data[i] == '/') {
            return "leave out the path";
        }

        if (s.data[i] == '*') {
            return "a \"*\" stands for a whole host or within a path, never within a host";
        }
    }

    return "write a name such as \"www.example.com\"";
}


consent_str_t
consent_field_host(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node)
{
    char           quote[CONSENT_JSON_QUOTE];
    consent_str_t  s;

    s = consent_json_string(json, node, CONSENT_HOST_MAX + 1);
    if (s.data == NULL) {
        return s;
    }

    if (s.len > 1 && s.data[s.len - 1] == '.') {
        s.len--;
    }

    if (!consent_is_host(s)) {
        consent_json_wrong(json, node, "\"%s\" is not a host name; %s", consent_json_quote(s, quote),
                           consent_host_remedy(s));
        return (consent_str_t) { NULL, 0 };
    }

    return copy_lower(json, arena, s);
}


consent_str_t
consent_field_link(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node)
{
    char           quote[CONSENT_JSON_QUOTE];
    size_t         i, after;
    consent_str_t  s;

    s = consent_json_string(json, node, CONSENT_LINK_MAX);
    if (s.data == NULL) {
        return s;
    }

    after = consent_str_starts(s, CONSENT_STR("https://")) ? 8 : consent_str_starts(s, CONSENT_STR("http://")) ? 7 : 0;

    /* "//host" and "/\host" are other sites. */
    if ((after > 0 && s.len > after && (consent_is_alpha(s.data[after]) || consent_is_digit(s.data[after]) || s.data[after] == '['))
        || (s.data[0] == '/' && (s.len == 1 || (s.data[1] != '/' && s.data[1] != '\\'))))
    {
        for (i = 0; i < s.len && strchr(" \"<>\\^`{|}", s.data[i]) == NULL; i++) { /* void */ }

        if (i == s.len) {
            return consent_json_copy(json, arena, s);
        }
    }

    consent_json_wrong(json, node,
                       "\"%s\" is not an address; write https://..., or a path of the site such as /privacy",
                       consent_json_quote(s, quote));

    return (consent_str_t) { NULL, 0 };
}


void
consent_field_strings(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node, unsigned max,
    consent_field_read_pt read, consent_str_t **strings, unsigned *n)
{
    char            quote[CONSENT_JSON_QUOTE];
    unsigned        i, k;
    consent_str_t  *elts, s;

    if (consent_json_array(json, node, max) != 0 || node->n == 0) {
        return;
    }

    elts = consent_json_alloc(json, arena, *n + node->n, sizeof(consent_str_t));
    if (elts == NULL) {
        return;
    }

    if (*n > 0) {
        memcpy(elts, *strings, *n * sizeof(consent_str_t));
    }

    for (i = 0; i < node->n; i++) {
        s = read(json, arena, &node->children[i]);
        if (s.data == NULL) {
            continue;
        }

        for (k = 0; k < *n && !consent_str_eq(elts[k], s); k++) { /* void */ }

        if (k < *n) {
            consent_json_wrong(json, &node->children[i], "\"%s\" is already there; leave it out",
                               consent_json_quote(s, quote));
            continue;
        }

        elts[(*n)++] = s;
    }

    *strings = elts;
}


void
consent_field_texts(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node,
    consent_texts_t *texts)
{
    unsigned                    i, k, n;
    consent_str_t               lang, text;
    consent_text_t             *elts;
    const consent_json_node_t  *child;

    if (!json_is_object(node->value)) {
        consent_json_wrong(json, node, "must give each language its text, such as {\"fr\": \"...\", \"en\": \"...\"}");
        return;
    }

    if (node->n == 0 || node->n > CONSENT_LANGS_MAX) {
        consent_json_wrong(json, node, "has %u languages; give 1 to %d", node->n, CONSENT_LANGS_MAX);
        return;
    }

    elts = consent_json_alloc(json, arena, texts->n + node->n, sizeof(consent_text_t));
    if (elts == NULL) {
        return;
    }

    n = texts->n;

    if (n > 0) {
        memcpy(elts, texts->elts, n * sizeof(consent_text_t));
    }

    for (i = 0; i < node->n; i++) {
        child = &node->children[i];

        lang = consent_field_lang(json, arena, child, child->key);
        text = consent_field_text(json, arena, child, CONSENT_TEXT_MAX);

        if (lang.data == NULL || text.data == NULL) {
            continue;
        }

        for (k = 0; k < n && !consent_str_eq(elts[k].lang, lang); k++) { /* void */ }

        elts[k].lang = lang;
        elts[k].text = text;
        n += (k == n);
    }

    texts->elts = elts;
    texts->n = n;
}
