#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "template.h"

typedef enum {
    OP_LITERAL,
    OP_TEXT,
    OP_VALUE,
    OP_MARKUP,
    OP_IF_VALUE,
    OP_UNLESS_VALUE,
    OP_SECTION,
    OP_INVERTED,
    OP_END
} op_type_t;

typedef struct {
    op_type_t      type;
    unsigned       name;        /* index into the scope's names */
    unsigned       end;         /* of what opens: the matching OP_END */
    consent_str_t  s;           /* a literal's bytes, a text's key, a name for messages */
} op_t;

struct consent_template_s {
    const consent_template_scope_t  *scope;
    op_t                            *ops;
    unsigned                         nops;
};

typedef struct {
    consent_template_t  *template;
    consent_arena_t     *arena;
    const char          *file;
    consent_problems_t  *problems;
    unsigned             line;
    unsigned             open[CONSENT_TEMPLATE_MAX_DEPTH];     /* ops waiting for their end */
    unsigned             depth;
} compiler_t;

typedef struct {
    const consent_template_t       *template;
    const consent_template_view_t  *view;
    void                           *data;
    consent_buf_t                  *out;
} renderer_t;


static unsigned
count_tags(consent_str_t source)
{
    size_t    i;
    unsigned  n;

    n = 0;

    for (i = 0; i + 1 < source.len; i++) {
        if (source.data[i] == '{' && source.data[i + 1] == '{') {
            n++;
            i++;
        }
    }

    return n;
}


static void wrong(const compiler_t *compiler, const char *format, ...) __attribute__((format(printf, 2, 3)));


static void
wrong(const compiler_t *compiler, const char *format, ...)
{
    char     text[512];
    va_list  args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);

    consent_problem(compiler->problems, compiler->file, compiler->line, "%s", text);
}


static int
find_name(const consent_template_scope_t *scope, consent_str_t name)
{
    unsigned  i;

    for (i = 0; i < scope->nnames; i++) {
        if (consent_str_eq(scope->names[i].name, name)) {
            return (int) i;
        }
    }

    return -1;
}


static void
append(compiler_t *compiler, op_type_t type, unsigned name, consent_str_t s)
{
    op_t  *op;

    op = &compiler->template->ops[compiler->template->nops++];

    op->type = type;
    op->name = name;
    op->end = 0;
    op->s = s;
}


/* The bytes between two tags, without the layout of the source file. open_before, open_after: no value stands there. */

static int
add_literal(compiler_t *compiler, consent_str_t s, int open_before, int open_after)
{
    char    *p, *start;
    size_t   i, space;

    if (s.len == 0) {
        return 0;
    }

    start = consent_alloc(compiler->arena, s.len);
    if (start == NULL) {
        return -1;
    }

    p = start;

    for (i = 0; i < s.len; i++) {
        if (s.data[i] == '\n') {
            compiler->line++;
        }

        if (s.data[i] != ' ' && s.data[i] != '\t' && s.data[i] != '\r' && s.data[i] != '\n') {
            *p++ = s.data[i];
            continue;
        }

        space = i;

        while (i + 1 < s.len && memchr(" \t\r\n", s.data[i + 1], 4) != NULL) {
            i++;

            if (s.data[i] == '\n') {
                compiler->line++;
            }
        }

        if (memchr(s.data + space, '\n', i + 1 - space) == NULL) {
            memcpy(p, s.data + space, i + 1 - space);
            p += i + 1 - space;
            continue;
        }

        if ((p == start && open_before) || (i + 1 == s.len && open_after) || (p > start && p[-1] == '>')
            || (i + 1 < s.len && s.data[i + 1] == '<'))
        {
            continue;
        }

        *p++ = ' ';
    }

    if (p > start) {
        append(compiler, OP_LITERAL, 0, (consent_str_t) { start, (size_t) (p - start) });
    }

    return 0;
}


static void
add_close(compiler_t *compiler, consent_str_t name)
{
    op_t  *op;

    if (compiler->depth == 0) {
        wrong(compiler, "{{/%.*s}} closes nothing: no section is open here", (int) name.len, name.data);
        return;
    }

    op = &compiler->template->ops[compiler->open[--compiler->depth]];

    if (!consent_str_eq(op->s, name)) {
        wrong(compiler, "{{/%.*s}} stands where {{/%.*s}} was expected", (int) name.len, name.data, (int) op->s.len,
              op->s.data);
    }

    op->end = compiler->template->nops;
    append(compiler, OP_END, 0, name);
}


static void
add_open(compiler_t *compiler, char sigil, unsigned name, consent_str_t s)
{
    op_type_t  type;

    if (compiler->depth == CONSENT_TEMPLATE_MAX_DEPTH) {
        wrong(compiler, "sections are nested more than %u deep", CONSENT_TEMPLATE_MAX_DEPTH);
        return;
    }

    if (compiler->template->scope->names[name].kind == CONSENT_TEMPLATE_VALUE) {
        type = (sigil == '#') ? OP_IF_VALUE : OP_UNLESS_VALUE;

    } else {
        type = (sigil == '#') ? OP_SECTION : OP_INVERTED;
    }

    compiler->open[compiler->depth++] = compiler->template->nops;
    append(compiler, type, name, s);
}


/* sigil: "#", "^", "/", "{" for markup, or 0. */

static void
add_tag(compiler_t *compiler, char sigil, consent_str_t s)
{
    int                              name;
    consent_template_kind_t          kind;
    const consent_template_scope_t  *scope;

    scope = compiler->template->scope;

    if (sigil == '/') {
        add_close(compiler, s);
        return;
    }

    if (sigil == 0 && s.len > 0 && memchr(s.data, '.', s.len) != NULL) {
        if (scope->has_text(scope->data, s)) {
            append(compiler, OP_TEXT, 0, s);
            return;
        }

        wrong(compiler, "no locale has the text \"%.*s\"", (int) s.len, s.data);
        return;
    }

    name = find_name(scope, s);

    if (name == -1) {
        wrong(compiler, "unknown name \"%.*s\"", (int) s.len, s.data);
        return;
    }

    kind = scope->names[name].kind;

    if (sigil == '{') {
        if (kind != CONSENT_TEMPLATE_MARKUP) {
            wrong(compiler, "\"%.*s\" is no markup: write it with two braces, so that it is escaped", (int) s.len,
                  s.data);
            return;
        }

        append(compiler, OP_MARKUP, (unsigned) name, s);
        return;
    }

    if (kind == CONSENT_TEMPLATE_MARKUP) {
        wrong(compiler, "\"%.*s\" is markup: write it with three braces", (int) s.len, s.data);
        return;
    }

    if (sigil != 0) {
        add_open(compiler, sigil, (unsigned) name, s);
        return;
    }

    if (kind == CONSENT_TEMPLATE_SECTION) {
        wrong(compiler, "\"%.*s\" is a section: write {{#%.*s}} … {{/%.*s}}", (int) s.len, s.data, (int) s.len,
              s.data, (int) s.len, s.data);
        return;
    }

    append(compiler, OP_VALUE, (unsigned) name, s);
}


static int
is_section(char sigil)
{
    return sigil == '#' || sigil == '^' || sigil == '/';
}


/* The length of the tag that begins at s, 0 when it does not end on its line. */

static size_t
read_tag(consent_str_t s, char *sigil, consent_str_t *name)
{
    size_t  end, braces, start;

    *name = (consent_str_t) { NULL, 0 };

    braces = (s.len > 2 && s.data[2] == '{') ? 3 : 2;
    *sigil = (braces == 3) ? '{' : 0;
    start = braces;

    if (s.len > 2 && is_section(s.data[2])) {
        *sigil = s.data[2];
        start = 3;
    }

    for (end = start; end + braces <= s.len && s.data[end] != '\n'; end++) {
        if (memcmp(s.data + end, "}}}", braces) == 0) {
            *name = consent_str_trim((consent_str_t) { s.data + start, end - start });
            return end + braces;
        }
    }

    return 0;
}


consent_template_t *
consent_template_compile(consent_arena_t *arena, const char *file, consent_str_t source,
    const consent_template_scope_t *scope, consent_problems_t *problems)
{
    int                  open;
    char                 sigil;
    size_t               i, from, len;
    unsigned             before;
    compiler_t           compiler;
    consent_str_t        name;
    consent_template_t  *template;

    template = consent_alloc(arena, sizeof(consent_template_t));
    if (template == NULL) {
        return NULL;
    }

    template->scope = scope;
    template->nops = 0;
    template->ops = consent_alloc(arena, (2 * (size_t) count_tags(source) + 1) * sizeof(op_t));
    if (template->ops == NULL) {
        return NULL;
    }

    compiler = (compiler_t) { .template = template, .arena = arena, .file = file, .problems = problems, .line = 1 };
    before = problems->count;
    from = 0;
    open = 1;

    for (i = 0; i + 1 < source.len; i++) {
        if (source.data[i] != '{' || source.data[i + 1] != '{') {
            continue;
        }

        len = read_tag((consent_str_t) { source.data + i, source.len - i }, &sigil, &name);

        if (add_literal(&compiler, (consent_str_t) { source.data + from, i - from }, open, is_section(sigil)) == -1) {
            return NULL;
        }

        if (len == 0) {
            wrong(&compiler, "a tag that begins with {{ does not end on its line");
            from = i;
            i++;
            continue;
        }

        add_tag(&compiler, sigil, name);

        open = is_section(sigil);
        from = i + len;
        i = from - 1;
    }

    if (add_literal(&compiler, (consent_str_t) { source.data + from, source.len - from }, open, 1) == -1) {
        return NULL;
    }

    if (compiler.depth > 0) {
        name = template->ops[compiler.open[compiler.depth - 1]].s;
        wrong(&compiler, "{{/%.*s}} is missing", (int) name.len, name.data);
    }

    return problems->count == before ? template : NULL;
}


/* {name} in a text is that value. Anything else in braces stays as it was written. */

static void
render_text(const renderer_t *renderer, consent_str_t text)
{
    int                              name;
    size_t                           i, from, end;
    const consent_template_scope_t  *scope;

    scope = renderer->template->scope;
    from = 0;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] != '{') {
            continue;
        }

        for (end = i + 1; end < text.len && text.data[end] != '}' && text.data[end] != '{'; end++) {
            /* void */
        }

        if (end == text.len || text.data[end] == '{') {
            i = end - 1;
            continue;
        }

        name = find_name(scope, (consent_str_t) { text.data + i + 1, end - i - 1 });

        if (name != -1 && scope->names[name].kind == CONSENT_TEMPLATE_VALUE) {
            consent_buf_add_html(renderer->out, (consent_str_t) { text.data + from, i - from });
            consent_buf_add_html(renderer->out, renderer->view->value(renderer->data, (unsigned) name));
            from = end + 1;
        }

        i = end;
    }

    consent_buf_add_html(renderer->out, (consent_str_t) { text.data + from, text.len - from });
}


static void
render_ops(const renderer_t *renderer, unsigned from, unsigned to)
{
    unsigned                        i, item;
    const op_t                     *op;
    const consent_template_view_t  *view;

    view = renderer->view;

    for (i = from; i < to; i++) {
        op = &renderer->template->ops[i];

        switch (op->type) {

        case OP_LITERAL:
            consent_buf_add(renderer->out, op->s);
            break;

        case OP_TEXT:
            render_text(renderer, view->text(renderer->data, op->s));
            break;

        case OP_VALUE:
            consent_buf_add_html(renderer->out, view->value(renderer->data, op->name));
            break;

        case OP_MARKUP:
            view->markup(renderer->data, op->name, renderer->out);
            break;

        case OP_IF_VALUE:
            if (view->value(renderer->data, op->name).len == 0) {
                i = op->end;
            }

            break;

        case OP_UNLESS_VALUE:
            if (view->value(renderer->data, op->name).len > 0) {
                i = op->end;
            }

            break;

        case OP_SECTION:
            for (item = 0; view->item(renderer->data, op->name, item); item++) {
                render_ops(renderer, i + 1, op->end);
            }

            i = op->end;
            break;

        case OP_INVERTED:
            if (view->item(renderer->data, op->name, 0)) {
                i = op->end;
            }

            break;

        case OP_END:
            break;
        }
    }
}


void
consent_template_render(const consent_template_t *template, const consent_template_view_t *view, void *data,
    consent_buf_t *out)
{
    renderer_t  renderer = { template, view, data, out };

    render_ops(&renderer, 0, template->nops);
}
