/*
 * JSON files that people write, over jansson: every value with the line it stands on, every mistake reported with
 * file, line, the path of the key and a remedy.
 */

#ifndef CONSENT_JSON_H
#define CONSENT_JSON_H

#include <jansson.h>

#include "arena.h"
#include "problem.h"
#include "suggest.h"

typedef struct consent_json_node_s  consent_json_node_t;

struct consent_json_node_s {
    const json_t               *value;
    consent_str_t               key;        /* in an object; data is NULL in an array and at the root */
    unsigned                    index;      /* among its siblings */
    unsigned                    line;       /* of the key, or of the value where there is none */
    unsigned                    n;          /* children */
    const consent_json_node_t  *parent;
    const consent_json_node_t  *children;   /* n of them, side by side, in the order of the text */
};

typedef struct {
    const char                 *file;
    consent_problems_t         *problems;
    unsigned                    reported;
    unsigned                    no_memory:1;    /* what was read is not whole */
    const consent_json_node_t  *root;           /* an object */
    consent_json_node_t        *nodes;
    json_t                     *tree;
} consent_json_t;

/* A text of the file, valid until consent_json_close(). Returns 0, or -1 after reporting. file must outlive json. */
int consent_json_open(consent_json_t *json, const char *file, consent_str_t text, consent_problems_t *problems);
void consent_json_close(consent_json_t *json);

/*
 * "PATH: ..." at node's line. Control characters do not reach the report; so many mistakes of one file do, and no
 * more.
 */
void consent_json_wrong(consent_json_t *json, const consent_json_node_t *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A stretch of somebody's text, cut to what a message can bear and fit to be printed between quotes. */
#define CONSENT_JSON_QUOTE  72
const char *consent_json_quote(consent_str_t s, char quote[CONSENT_JSON_QUOTE]);

/* "; did you mean "NEAREST"?", or nothing. */
#define CONSENT_JSON_HINT  (CONSENT_JSON_QUOTE + 24)
const char *consent_json_hint(const consent_suggest_t *suggest, char hint[CONSENT_JSON_HINT]);

typedef struct {
    const char  *name;
    const char  *missing;       /* how to put it right when the key is not there; NULL: it need not be */
} consent_json_key_t;

/*
 * Finds the members of an object by name, NULL where absent; reports other keys, and missing ones. -1: node is no
 * object.
 */
int consent_json_members(consent_json_t *json, const consent_json_node_t *node, const consent_json_key_t *keys,
    unsigned nkeys, const consent_json_node_t **members);

/* -1 when node is no array, or has more than max elements. */
int consent_json_array(consent_json_t *json, const consent_json_node_t *node, unsigned max);

/* A string of 1 to max bytes without control characters, as a view that ends with json; data is NULL when wrong. */
consent_str_t consent_json_string(consent_json_t *json, const consent_json_node_t *node, size_t max);

/* The index of a string among names, or -1. */
int consent_json_choice(consent_json_t *json, const consent_json_node_t *node, const consent_str_t *names, unsigned n);

/* 0 or 1, or -1 when wrong. */
int consent_json_bool(consent_json_t *json, const consent_json_node_t *node);

/* Arena memory and copies; NULL sets no_memory. */
void *consent_json_alloc(consent_json_t *json, consent_arena_t *arena, size_t n, size_t size);
consent_str_t consent_json_copy(consent_json_t *json, consent_arena_t *arena, consent_str_t s);

#endif
