/*
 * jansson says on which line a syntax error is, but forgets the lines of values. What it accepted is therefore
 * gone through a second time, side by side with the tree: in a text known to be JSON, strings and brackets are all
 * there is to recognise, and jansson keeps the members of an object in the order of the text (duplicate keys are
 * refused). Nothing is decoded here.
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

#define CONSENT_JSON_DEPTH     16
#define CONSENT_JSON_VALUES    65536
#define CONSENT_JSON_REPORTS   100
#define CONSENT_JSON_PATH      160


typedef struct {
    const char           *p;
    const char           *end;
    unsigned              line;
    consent_json_node_t  *free;     /* nodes not yet given away */
} walk_t;


/* Commas and colons too: in a text that jansson accepted they say nothing that its tree does not. */

static void
skip_blanks(walk_t *walk)
{
    for ( /* void */ ; walk->p < walk->end; walk->p++) {
        switch (*walk->p) {
        case '\n':
            walk->line++;
            break;
        case ' ':
        case '\t':
        case '\r':
        case ',':
        case ':':
            break;
        default:
            return;
        }
    }
}


static void
skip_string(walk_t *walk)
{
    for (walk->p++; walk->p < walk->end && *walk->p != '"'; walk->p++) {
        if (*walk->p == '\\') {
            walk->p++;
        }
    }

    walk->p++;
}


static void
skip_literal(walk_t *walk)
{
    while (walk->p < walk->end && strchr(" \t\r\n,:]}", *walk->p) == NULL) {
        walk->p++;
    }
}


static void
walk_value(walk_t *walk, consent_json_node_t *node)
{
    void                 *iter;
    json_t               *object;
    unsigned              i;
    consent_json_node_t  *child;

    if (json_is_string(node->value)) {
        skip_string(walk);
        return;
    }

    if (!json_is_object(node->value) && !json_is_array(node->value)) {
        skip_literal(walk);
        return;
    }

    node->n = (unsigned) (json_is_object(node->value) ? json_object_size(node->value) : json_array_size(node->value));
    child = walk->free;
    node->children = child;
    walk->free += node->n;

    walk->p++;

    /* jansson iterates over const objects too, but has no type to say so. */
    object = (json_t *) node->value;
    iter = json_object_iter(object);

    for (i = 0; i < node->n; i++, child++) {
        memset(child, 0, sizeof(*child));
        child->parent = node;
        child->index = i;

        skip_blanks(walk);
        child->line = walk->line;

        if (iter != NULL) {
            child->key = consent_str(json_object_iter_key(iter));
            child->value = json_object_iter_value(iter);
            iter = json_object_iter_next(object, iter);
            skip_string(walk);
            skip_blanks(walk);

        } else {
            child->value = json_array_get(node->value, i);
        }

        walk_value(walk, child);
    }

    skip_blanks(walk);
    walk->p++;
}


/* How many values there are; more than allowed when there are too many or they lie too deep. */

static size_t
count(const json_t *value, unsigned depth)
{
    void    *iter;
    size_t   n, i;
    json_t  *object;

    n = 1;

    if (depth > CONSENT_JSON_DEPTH && (json_is_object(value) || json_is_array(value))) {
        return CONSENT_JSON_VALUES + 1;
    }

    if (json_is_array(value)) {
        for (i = 0; i < json_array_size(value) && n <= CONSENT_JSON_VALUES; i++) {
            n += count(json_array_get(value, i), depth + 1);
        }
    }

    if (json_is_object(value)) {
        object = (json_t *) value;

        for (iter = json_object_iter(object); iter != NULL && n <= CONSENT_JSON_VALUES;
             iter = json_object_iter_next(object, iter))
        {
            n += count(json_object_iter_value(iter), depth + 1);
        }
    }

    return n;
}


/* Control characters could forge a line of the log that the report ends in. */

static void
clean(char *text)
{
    for ( /* void */ ; *text != '\0'; text++) {
        if ((unsigned char) *text < 0x20 || *text == 0x7f) {
            *text = '?';
        }
    }
}


/* What people do to JSON files, by what jansson says of it. */

static const char *
remedy(const json_error_t *error)
{
    if (strstr(error->text, "duplicate object key") != NULL) {
        return "keep one of the two";
    }

    if (strstr(error->text, "unable to decode byte") != NULL) {
        return "save the file as UTF-8";
    }

    if (strstr(error->text, "near '/'") != NULL || strstr(error->text, "near '#'") != NULL) {
        return "JSON has no comments";
    }

    if (strstr(error->text, "near '''") != NULL) {
        return "JSON strings stand between double quotes";
    }

    if (strstr(error->text, "near '}'") != NULL || strstr(error->text, "near ']'") != NULL) {
        return "remove the comma before the bracket, or add what is missing there";
    }

    if (strstr(error->text, "near end of file") != NULL) {
        return "close every quote and bracket";
    }

    if (strstr(error->text, "\\u0000") != NULL) {
        return "leave out the NUL character";
    }

    return "look for a missing comma, quote or bracket here or on the line before";
}


int
consent_json_open(consent_json_t *json, const char *file, consent_str_t text, consent_problems_t *problems)
{
    size_t                n;
    walk_t                walk;
    json_error_t          error;
    consent_json_node_t  *root;

    memset(json, 0, sizeof(*json));
    json->file = file;
    json->problems = problems;

    /* A byte order mark is no JSON, but Windows editors write one (RFC 8259, 8.1: parsers may ignore it). */
    if (consent_str_starts(text, CONSENT_STR("\xef\xbb\xbf"))) {
        text.data += 3;
        text.len -= 3;
    }

    json->tree = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);

    if (json->tree == NULL) {
        clean(error.text);
        consent_problem(problems, file, error.line > 0 ? (unsigned) error.line : 1, "is not JSON: %s; %s", error.text,
                        remedy(&error));
        return -1;
    }

    if (!json_is_object(json->tree)) {
        consent_problem(problems, file, 1, "must hold one object: begin with \"{\" and end with \"}\"");
        consent_json_close(json);
        return -1;
    }

    n = count(json->tree, 1);

    if (n > CONSENT_JSON_VALUES) {
        consent_problem(problems, file, 1, "holds more than %d values, or brackets within brackets more than %d deep",
                        CONSENT_JSON_VALUES, CONSENT_JSON_DEPTH);
        consent_json_close(json);
        return -1;
    }

    json->nodes = malloc(n * sizeof(consent_json_node_t));

    if (json->nodes == NULL) {
        consent_problem(problems, file, 0, "not enough memory");
        consent_json_close(json);
        return -1;
    }

    walk.p = text.data;
    walk.end = text.data + text.len;
    walk.line = 1;
    walk.free = json->nodes + 1;

    skip_blanks(&walk);

    root = json->nodes;
    memset(root, 0, sizeof(*root));
    root->value = json->tree;
    root->line = walk.line;

    walk_value(&walk, root);

    json->root = root;

    return 0;
}


void
consent_json_close(consent_json_t *json)
{
    free(json->nodes);
    json_decref(json->tree);

    json->nodes = NULL;
    json->tree = NULL;
    json->root = NULL;
}


const char *
consent_json_quote(consent_str_t s, char quote[CONSENT_JSON_QUOTE])
{
    size_t  len;

    len = s.len;

    if (len > CONSENT_JSON_QUOTE - 4) {
        len = CONSENT_JSON_QUOTE - 4;

        while (len > 0 && ((unsigned char) s.data[len] & 0xc0) == 0x80) {
            len--;
        }
    }

    if (len > 0) {
        memcpy(quote, s.data, len);
    }

    memcpy(quote + len, "...", 4);

    if (len == s.len) {
        quote[len] = '\0';
    }

    clean(quote);

    return quote;
}


const char *
consent_json_hint(const consent_suggest_t *suggest, char hint[CONSENT_JSON_HINT])
{
    char  quote[CONSENT_JSON_QUOTE];

    hint[0] = '\0';

    if (suggest->nearest.len > 0) {
        snprintf(hint, CONSENT_JSON_HINT, "; did you mean \"%s\"?", consent_json_quote(suggest->nearest, quote));
    }

    return hint;
}


/* services[2].match.urls[0]; empty for the root. A path too long to be shown loses its beginning. */

static const char *
path_of(const consent_json_node_t *node, char path[CONSENT_JSON_PATH])
{
    int    n;
    char   step[CONSENT_JSON_QUOTE + 2], quote[CONSENT_JSON_QUOTE], *p;

    p = path + CONSENT_JSON_PATH - 1;
    *p = '\0';

    for ( /* void */ ; node->parent != NULL; node = node->parent) {
        if (node->key.data == NULL) {
            n = snprintf(step, sizeof(step), "[%u]", node->index);

        } else {
            n = snprintf(step, sizeof(step), "%s%s", node->parent->parent != NULL ? "." : "",
                         consent_json_quote(node->key, quote));
        }

        if (n > p - path) {
            break;
        }

        p -= n;
        memcpy(p, step, (size_t) n);
    }

    return p;
}


void
consent_json_wrong(consent_json_t *json, const consent_json_node_t *node, const char *format, ...)
{
    char         text[768], buffer[CONSENT_JSON_PATH];
    va_list      args;
    const char  *path;

    if (++json->reported > CONSENT_JSON_REPORTS) {
        if (json->reported == CONSENT_JSON_REPORTS + 1) {
            consent_problem(json->problems, json->file, node->line, "has more mistakes; correct the first %d",
                            CONSENT_JSON_REPORTS);
        }

        return;
    }

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);

    clean(text);
    path = path_of(node, buffer);

    consent_problem(json->problems, json->file, node->line, "%s%s%s", path, path[0] != '\0' ? ": " : "", text);
}


static const char *
type_name(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "a list";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
    case JSON_REAL:
        return "a number";
    case JSON_TRUE:
        return "true";
    case JSON_FALSE:
        return "false";
    default:
        return "null";
    }
}


static void
wrong_key(consent_json_t *json, const consent_json_node_t *node, const consent_json_key_t *keys, unsigned nkeys,
    const consent_suggest_t *suggest)
{
    char      list[256], hint[CONSENT_JSON_HINT];
    size_t    len;
    unsigned  k;

    if (suggest->nearest.len > 0) {
        consent_json_wrong(json, node, "is not a key that is known here%s", consent_json_hint(suggest, hint));
        return;
    }

    len = 0;
    list[0] = '\0';

    for (k = 0; k < nkeys && len < sizeof(list); k++) {
        len += (size_t) snprintf(list + len, sizeof(list) - len, "%s%s", k > 0 ? ", " : "", keys[k].name);
    }

    consent_json_wrong(json, node, "is not a key that is known here; there are %s", list);
}


int
consent_json_members(consent_json_t *json, const consent_json_node_t *node, const consent_json_key_t *keys,
    unsigned nkeys, const consent_json_node_t **members)
{
    unsigned                    i, k;
    consent_suggest_t           suggest;
    const consent_json_node_t  *child;

    for (k = 0; k < nkeys; k++) {
        members[k] = NULL;
    }

    if (!json_is_object(node->value)) {
        consent_json_wrong(json, node, "is %s; it must be an object {...}", type_name(node->value));
        return -1;
    }

    for (i = 0; i < node->n; i++) {
        child = &node->children[i];
        consent_suggest_init(&suggest, child->key);

        for (k = 0; k < nkeys; k++) {
            if (consent_str_eq(child->key, consent_str(keys[k].name))) {
                members[k] = child;
                break;
            }

            consent_suggest_offer(&suggest, consent_str(keys[k].name));
        }

        if (k == nkeys) {
            wrong_key(json, child, keys, nkeys, &suggest);
        }
    }

    for (k = 0; k < nkeys; k++) {
        if (members[k] == NULL && keys[k].missing != NULL) {
            consent_json_wrong(json, node, "\"%s\" is missing; %s", keys[k].name, keys[k].missing);
        }
    }

    return 0;
}


int
consent_json_array(consent_json_t *json, const consent_json_node_t *node, unsigned max)
{
    if (!json_is_array(node->value)) {
        consent_json_wrong(json, node, "is %s; it must be a list [...]", type_name(node->value));
        return -1;
    }

    if (node->n > max) {
        consent_json_wrong(json, node, "has %u elements; at most %u are allowed", node->n, max);
        return -1;
    }

    return 0;
}


consent_str_t
consent_json_string(consent_json_t *json, const consent_json_node_t *node, size_t max)
{
    size_t         i;
    consent_str_t  s, none = { NULL, 0 };

    if (!json_is_string(node->value)) {
        consent_json_wrong(json, node, "is %s; it must be a string \"...\"", type_name(node->value));
        return none;
    }

    s.data = json_string_value(node->value);
    s.len = json_string_length(node->value);

    if (consent_str_trim(s).len == 0) {
        consent_json_wrong(json, node, "is empty; write something, or leave it out");
        return none;
    }

    if (s.len > max) {
        consent_json_wrong(json, node, "is %zu bytes long; at most %zu are allowed", s.len, max);
        return none;
    }

    for (i = 0; i < s.len; i++) {
        if ((unsigned char) s.data[i] < 0x20 || s.data[i] == 0x7f) {
            consent_json_wrong(json, node, "holds a control character (a tab or a line break); write it on one line");
            return none;
        }
    }

    return s;
}


int
consent_json_choice(consent_json_t *json, const consent_json_node_t *node, const consent_str_t *names, unsigned n)
{
    char               list[256], hint[CONSENT_JSON_HINT], quote[CONSENT_JSON_QUOTE];
    size_t             len;
    unsigned           i;
    consent_str_t      s;
    consent_suggest_t  suggest;

    s = consent_json_string(json, node, CONSENT_JSON_QUOTE);
    if (s.data == NULL) {
        return -1;
    }

    consent_suggest_init(&suggest, s);
    len = 0;
    list[0] = '\0';

    for (i = 0; i < n; i++) {
        if (consent_str_eq(s, names[i])) {
            return (int) i;
        }

        consent_suggest_offer(&suggest, names[i]);

        if (len < sizeof(list)) {
            len += (size_t) snprintf(list + len, sizeof(list) - len, "%s%.*s", i > 0 ? ", " : "", (int) names[i].len,
                                     names[i].data);
        }
    }

    consent_json_wrong(json, node, "\"%s\" is not one of %s%s", consent_json_quote(s, quote), list,
                       consent_json_hint(&suggest, hint));

    return -1;
}


int
consent_json_bool(consent_json_t *json, const consent_json_node_t *node)
{
    if (!json_is_boolean(node->value)) {
        consent_json_wrong(json, node, "is %s; it must be true or false", type_name(node->value));
        return -1;
    }

    return json_is_true(node->value);
}


void *
consent_json_alloc(consent_json_t *json, consent_arena_t *arena, size_t n, size_t size)
{
    void  *p;

    p = consent_calloc(arena, n > 0 ? n * size : size);
    if (p == NULL) {
        json->no_memory = 1;
    }

    return p;
}


consent_str_t
consent_json_copy(consent_json_t *json, consent_arena_t *arena, consent_str_t s)
{
    consent_str_t  copy;

    copy = consent_strdup(arena, s);

    if (copy.data == NULL) {
        json->no_memory = 1;
    }

    return copy;
}
