/*
 * Templates without logic, compiled once when the configuration is read.
 *
 *   {{name}}        a value, always escaped: right in text and in quoted attributes
 *   {{banner.title}}  with a dot, a text of the locale; {name} inside a text is replaced by that value, escaped
 *   {{{name}}}      markup that the code writes itself; only names declared so
 *   {{#name}}…{{/name}}  once for each item of a section, or once when a value is not empty
 *   {{^name}}…{{/name}}  when there is no item, or the value is empty
 *
 * A line break with the white space around it stands for one space, and for nothing beside "<", ">" or the tag of a
 * section.
 */

#ifndef CONSENT_TEMPLATE_H
#define CONSENT_TEMPLATE_H

#include "buf.h"
#include "problem.h"

typedef struct consent_template_s  consent_template_t;

typedef enum {
    CONSENT_TEMPLATE_VALUE,
    CONSENT_TEMPLATE_MARKUP,
    CONSENT_TEMPLATE_SECTION
} consent_template_kind_t;

typedef struct {
    consent_str_t            name;
    consent_template_kind_t  kind;
} consent_template_name_t;

/* What a template may name. A name's index is what the callbacks of a view are given. Must outlive the template. */
typedef struct {
    const consent_template_name_t  *names;
    unsigned                        nnames;
    int                           (*has_text)(const void *data, consent_str_t key);
    const void                     *data;
} consent_template_scope_t;

/* Answers names while rendering. A text stays valid while the view does, a value until the next call. */
typedef struct {
    consent_str_t   (*text)(void *data, consent_str_t key);
    consent_str_t   (*value)(void *data, unsigned name);
    void            (*markup)(void *data, unsigned name, consent_buf_t *out);
    int             (*item)(void *data, unsigned section, unsigned i);   /* makes item i current; 0: there is none */
} consent_template_view_t;

#define CONSENT_TEMPLATE_MAX_DEPTH  8

/*
 * NULL when there is no memory or the source is wrong; every mistake is reported with its line in file. source must
 * outlive it.
 */
consent_template_t *consent_template_compile(consent_arena_t *arena, const char *file, consent_str_t source,
    const consent_template_scope_t *scope, consent_problems_t *problems);

void consent_template_render(const consent_template_t *template, const consent_template_view_t *view, void *data,
    consent_buf_t *out);

#endif
