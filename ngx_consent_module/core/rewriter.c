#include <string.h>

#include "ordinary.h"
#include "rewriter_private.h"

static void scan(consent_rewriter_t *rw, consent_context_t *ctx, size_t to);


/* The gateway's own markup. */

static void
insert(consent_rewriter_t *rw, consent_part_t part, size_t at)
{
    consent_str_t  what;

    if (rw->conf.part == NULL || (rw->document.fragment && !rw->conf.page_for_sure) || rw->document.amp || rw->conf.observe
        || (part == CONSENT_PART_BODY_END && rw->linked))
    {
        return;
    }

    what = rw->conf.part(rw->conf.data, part, (consent_str_t) { rw->document.lang, rw->document.nlang }, rw->based);

    if (what.len == 0) {
        return;
    }

    consent_rewriter_pass(rw, at);
    consent_rewriter_put_kept(rw, what);

    if (part == CONSENT_PART_BODY_START) {
        rw->stats.banner = 1;
        consent_document_settle(&rw->document);
    }

    rw->linked |= part == CONSENT_PART_BODY_END;
}


static void
insert_before(consent_rewriter_t *rw, unsigned begins, size_t at)
{
    if (begins & CONSENT_BEGINS_HEAD_BEFORE) {
        insert(rw, CONSENT_PART_HEAD, at);
    }

    if (begins & CONSENT_BEGINS_BODY_BEFORE) {
        insert(rw, CONSENT_PART_BODY_START, at);
    }
}


static void
insert_after(consent_rewriter_t *rw, unsigned begins, size_t at)
{
    if (begins & CONSENT_BEGINS_HEAD_AFTER) {
        insert(rw, CONSENT_PART_HEAD, at);
    }

    if (begins & CONSENT_BEGINS_BODY_AFTER) {
        insert(rw, CONSENT_PART_BODY_START, at);
    }
}


static int
is_early(const consent_rewriter_t *rw, const consent_context_t *ctx)
{
    return !ctx->inner && consent_document_early(&rw->document) && ctx->tree.templates == 0 && ctx->tree.depth == 0;
}


static int
is_doubtful(const consent_rewriter_t *rw, const consent_context_t *ctx)
{
    return !ctx->inner && rw->document.phase == CONSENT_DOCUMENT_IN_DOUBT;
}


/* Text between tags, before the body: white space, and a byte order mark, imply nothing. */

static void
look_for_text(consent_rewriter_t *rw, size_t from, size_t to)
{
    size_t                i;
    const unsigned char  *p;

    p = (const unsigned char *) consent_rewriter_input(rw, from, to).data;

    for (i = from; i < to; i++) {
        if (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r' || *p == '\f'
            || (i < 3 && *p == (unsigned char) "\xef\xbb\xbf"[i]))
        {
            p++;
            continue;
        }

        insert_before(rw, consent_document_text(&rw->document), i);
        return;
    }
}


/* Text of ctx that has come up to a position, and is text for sure. ends: what follows is not more of it. */

static void
text(consent_rewriter_t *rw, consent_context_t *ctx, size_t to, int ends)
{
    size_t  from;

    from = ctx->text_from;

    if (to <= from) {
        return;
    }

    ctx->text_from = to;

    if (ctx->declaration) {
        return;
    }

    if (ctx->cut_depth > 0 && ctx->content == CONSENT_CONTENT_PLAIN && !ctx->raw) {
        consent_rewriter_pass(rw, from);
        consent_rewriter_drop(rw, to);
        return;
    }

    switch (ctx->content) {
    case CONSENT_CONTENT_STYLE:
        ctx->text_from = consent_rewriter_style_text(rw, from, to, !ctx->raw && !ctx->cdata, ends);
        break;

    case CONSENT_CONTENT_NOSCRIPT:
    case CONSENT_CONTENT_CDATA:
        scan(rw, &rw->noscript, to);
        break;

    default:
        if (!ctx->raw && (is_early(rw, ctx) || is_doubtful(rw, ctx))) {
            look_for_text(rw, from, to);
        }
    }
}


static void
begin_noscript(consent_rewriter_t *rw, size_t position)
{
    consent_context_t  *inner = &rw->noscript;

    memset(&inner->scanner, 0, sizeof(inner->scanner));
    consent_scanner_init(&inner->scanner, rw->conf.hold);
    consent_tree_init(&inner->tree, 0);

    inner->position = position;
    inner->text_from = position;
    inner->content = CONSENT_CONTENT_PLAIN;
    inner->raw = 0;
    inner->begins = 0;
    inner->declaration = 0;
    inner->cdata = 0;
    inner->cut_depth = 0;
    inner->long_tag = 0;
    inner->inner = 1;
}


static void
begin_cdata(consent_rewriter_t *rw, consent_context_t *ctx)
{
    consent_scan_t     event;
    static const char  begun[] = "<!x";

    ctx->content = CONSENT_CONTENT_CDATA;
    begin_noscript(rw, ctx->position);
    (void) consent_scanner_run(&rw->noscript.scanner, begun, begun + 3, &event);
}


static int
is_read_inside(const consent_context_t *ctx)
{
    return ctx->content == CONSENT_CONTENT_NOSCRIPT || ctx->content == CONSENT_CONTENT_CDATA;
}


/* Input, or the noscript around it, ends in a style sheet, which counts all the same. */

static void
finish_style(consent_rewriter_t *rw, consent_context_t *ctx)
{
    if (ctx->content != CONSENT_CONTENT_STYLE) {
        return;
    }

    if (!ctx->long_tag) {
        text(rw, ctx, ctx->position - (consent_scanner_held_is_text(&ctx->scanner) ? 0 : ctx->scanner.held), 1);
    }

    consent_rewriter_style_end(rw, ctx->text_from);
}


/* Raw text, or svg style or script, ends before a tag at a position. */

static void
end_content(consent_rewriter_t *rw, consent_context_t *ctx, size_t at)
{
    switch (ctx->content) {
    case CONSENT_CONTENT_STYLE:
        consent_rewriter_style_end(rw, at);
        break;

    case CONSENT_CONTENT_NOSCRIPT:
    case CONSENT_CONTENT_CDATA:
        finish_style(rw, &rw->noscript);
        consent_rewriter_long_abandon(rw, &rw->noscript, at);

        break;

    case CONSENT_CONTENT_SCRIPT:
        consent_rewriter_script_end(rw, at);
        break;
    }

    ctx->content = CONSENT_CONTENT_PLAIN;
}


static void
end_tag(consent_rewriter_t *rw, consent_context_t *ctx, size_t from)
{
    const consent_element_t  *element;

    if (ctx->raw) {
        ctx->raw = 0;
        return;
    }

    element = consent_element_find(ctx->scanner.name, ctx->scanner.name_len);

    if (is_early(rw, ctx)) {
        insert_before(rw, consent_document_end(&rw->document, element), from);
    }

    if ((element->id == CONSENT_ELEMENT_BODY || element->id == CONSENT_ELEMENT_HTML) && !ctx->inner
        && (rw->document.phase == CONSENT_DOCUMENT_IN_BODY || rw->document.phase == CONSENT_DOCUMENT_IN_DOUBT)
        && ctx->tree.templates == 0)
    {
        insert(rw, CONSENT_PART_BODY_END, from);
    }

    consent_tree_end(&ctx->tree, element, &ctx->scanner);
    ctx->scanner.cdata = consent_tree_foreign(&ctx->tree);
}


static void
start_tag(consent_rewriter_t *rw, consent_context_t *ctx, size_t from)
{
    unsigned                  begins;
    const consent_element_t  *element;

    begins = 0;

    if (is_early(rw, ctx)) {
        element = consent_element_find(ctx->scanner.name, ctx->scanner.name_len);
        begins = consent_document_start(&rw->document, element, consent_rewriter_input(rw, from, ctx->position));
        insert_before(rw, begins, from);

    } else if (is_doubtful(rw, ctx)) {
        consent_document_settle(&rw->document);     /* what stands in templates, svg and math is not told apart */
    }

    if (ctx->long_tag) {
        ctx->long_begins = (unsigned char) begins;
        return;
    }

    consent_rewriter_start_tag(rw, ctx, from);
    insert_after(rw, begins, ctx->position);
}


/* Whether a tag closes what is being read: raw text always, svg style and script by their end tags. */

static int
closes_content(const consent_context_t *ctx)
{
    unsigned  id;

    if (ctx->raw) {
        return 1;
    }

    id = consent_element_find(ctx->scanner.name, ctx->scanner.name_len)->id;

    return ctx->scanner.end_tag
           && (id == CONSENT_ELEMENT_STYLE ? ctx->content == CONSENT_CONTENT_STYLE
                                           : id == CONSENT_ELEMENT_SCRIPT && ctx->content == CONSENT_CONTENT_SCRIPT);
}


/* An svg style has an element in it: its own text after that is left out, unless there is nothing to be found. */

static void
cut_style(consent_rewriter_t *rw, consent_context_t *ctx, size_t at)
{
    consent_blocked_t  blocked = { .n = 0 };

    consent_rewriter_style_interrupt(rw, at);

    if (rw->conf.observe || !consent_judge_unread(&rw->judge, &blocked)) {
        return;
    }

    ctx->content = CONSENT_CONTENT_PLAIN;
    ctx->cut_depth = ctx->content_depth;
    rw->css_dropping = 0;
    rw->stats.overflows++;
    rw->changed = 1;
}


/* A tag, or a long one's beginning, from one position to the scanner's. */

static void
tag(consent_rewriter_t *rw, consent_context_t *ctx, size_t from)
{
    text(rw, ctx, from, 1);

    if (ctx->content != CONSENT_CONTENT_PLAIN) {
        if (closes_content(ctx)) {
            end_content(rw, ctx, from);

        } else if (ctx->content == CONSENT_CONTENT_STYLE) {
            cut_style(rw, ctx, from);

        } else if (ctx->content == CONSENT_CONTENT_SCRIPT && consent_rewriter_script_interrupt(rw, from)) {
            ctx->content = CONSENT_CONTENT_PLAIN;
        }
    }

    if (ctx->scanner.end_tag) {
        end_tag(rw, ctx, from);

    } else {
        start_tag(rw, ctx, from);
    }
}


/* An svg style or script may also be closed by what closes an element around it; a script then never runs. */

static void
leave_content(consent_rewriter_t *rw, consent_context_t *ctx)
{
    if (ctx->content != CONSENT_CONTENT_PLAIN && !ctx->raw && ctx->tree.depth < ctx->content_depth) {
        ctx->content = CONSENT_CONTENT_PLAIN;
        rw->script.tail = 0;
        rw->css_dropping = 0;
    }

    if (ctx->tree.depth < ctx->cut_depth) {
        ctx->cut_depth = 0;
    }
}


static void
content_begins(consent_rewriter_t *rw, consent_context_t *ctx)
{
    if (ctx->begins && ctx->content == CONSENT_CONTENT_STYLE) {
        consent_rewriter_style_begin(rw);

    } else if (ctx->begins && ctx->content == CONSENT_CONTENT_NOSCRIPT) {
        begin_noscript(rw, ctx->position);
    }

    ctx->begins = 0;
    ctx->scanner.declarations = is_early(rw, ctx) || is_doubtful(rw, ctx) || ctx->content == CONSENT_CONTENT_STYLE
                                || consent_tree_foreign(&ctx->tree);
    ctx->text_from = ctx->position;
}


static void
handle(consent_rewriter_t *rw, consent_context_t *ctx, consent_scan_t event)
{
    size_t  from;

    from = ctx->position - ctx->scanner.held;

    switch (event) {
    case CONSENT_SCAN_TAG:
        if (ctx->long_tag) {
            consent_rewriter_long_end(rw, ctx, from);

            if (!ctx->scanner.end_tag) {
                insert_after(rw, ctx->long_begins, ctx->position);
            }

        } else {
            tag(rw, ctx, from);
            leave_content(rw, ctx);
        }

        content_begins(rw, ctx);
        break;

    case CONSENT_SCAN_LIMIT:
        if (ctx->long_tag) {
            consent_rewriter_long_attribute(rw, ctx, from, 0);
            break;
        }

        ctx->long_tag = 1;
        tag(rw, ctx, from);
        consent_rewriter_long_tag(rw, ctx, from);
        leave_content(rw, ctx);
        break;

    case CONSENT_SCAN_ATTRIBUTE:
        consent_rewriter_long_attribute(rw, ctx, from, 1);
        break;

    case CONSENT_SCAN_DECLARATION:
        text(rw, ctx, from, 1);
        ctx->declaration = 1;

        if (ctx->content == CONSENT_CONTENT_STYLE) {
            consent_rewriter_style_interrupt(rw, from);
        }

        break;

    case CONSENT_SCAN_DECLARATION_END:
        if (ctx->cdata) {
            text(rw, ctx, ctx->position - 3, 1);            /* "]]>" */
            ctx->declaration = 1;

            if (ctx->content == CONSENT_CONTENT_STYLE) {
                consent_rewriter_style_interrupt(rw, ctx->position - 3);

            } else if (ctx->content == CONSENT_CONTENT_CDATA) {
                end_content(rw, ctx, ctx->position - 3);
            }
        }

        text(rw, ctx, ctx->position, 1);
        ctx->cdata = ctx->scanner.mode == CONSENT_TEXT_CDATA;

        if (ctx->cdata && ctx->content == CONSENT_CONTENT_PLAIN && !ctx->inner) {
            begin_cdata(rw, ctx);
        }

        if (ctx->scanner.doctype && is_early(rw, ctx)) {
            consent_document_doctype(&rw->document);
        }

        ctx->declaration = 0;
        break;

    case CONSENT_SCAN_MORE:
        if (!ctx->long_tag) {
            text(rw, ctx, from - consent_scanner_cdata_end(&ctx->scanner), 0);

        } else if (ctx->long_dropped) {
            consent_rewriter_drop(rw, ctx->position);
            ctx->scanner.held = 0;

        } else if (ctx->long_passing) {
            ctx->scanner.held = 0;
        }
    }
}


/* Nothing is going on that a tag of no interest could change. */

static int
is_quiet(const consent_rewriter_t *rw, const consent_context_t *ctx)
{
    return ctx->tree.depth == 0 && ctx->tree.templates == 0 && !ctx->tree.frameset && !ctx->raw && !ctx->long_tag
           && ctx->content == CONSENT_CONTENT_PLAIN && !ctx->scanner.declarations
           && !rw->script.active && !rw->script.tail;
}


/*
 * What consent_skip_ordinary left to the scanner may turn out to be of that kind all the same: a style that loads
 * nothing, a tag that is written in an unusual way.
 */

static inline int
is_ordinary(const consent_rewriter_t *rw, const consent_scanner_t *scanner)
{
    const consent_element_t  *element;

    element = consent_element_find(scanner->name, scanner->name_len);

    if (scanner->end_tag) {
        return element->id != CONSENT_ELEMENT_BODY && element->id != CONSENT_ELEMENT_HTML;
    }

    switch (element->id) {
    case CONSENT_ELEMENT_OTHER:
        break;

    case CONSENT_ELEMENT_A:
        if (scanner->hints & CONSENT_HINT_PAIR && !rw->linked) {
            return 0;
        }

        break;

    case CONSENT_ELEMENT_BR:
    case CONSENT_ELEMENT_P:
    case CONSENT_ELEMENT_FONT:
        break;

    default:
        return 0;
    }

    return element->text == CONSENT_TEXT_DATA
           && (element->carries & ~CONSENT_CARRIES_BACKGROUND) == 0
           && (scanner->hints & (CONSENT_HINT_STYLE | CONSENT_HINT_NGXC)) == 0
           && (element->carries == 0 || (scanner->hints & CONSENT_HINT_BACKGROUND) == 0);
}


static void
scan(consent_rewriter_t *rw, consent_context_t *ctx, size_t to)
{
    size_t           stop;
    const char      *p, *next, *end;
    consent_scan_t   event;

    while (ctx->position < to && !rw->failed) {
        stop = ctx->position < rw->chunk_from && to > rw->chunk_from ? rw->chunk_from : to;

        if (rw->script.active || rw->script.tail) {
            if (ctx->position == consent_rewriter_script_stop(rw)) {
                consent_rewriter_script_limit(rw);

                if (!rw->script.tail) {
                    ctx->content = CONSENT_CONTENT_PLAIN;
                }
            }

            if ((rw->script.active || rw->script.tail) && stop > consent_rewriter_script_stop(rw)) {
                stop = consent_rewriter_script_stop(rw);
            }
        }

        p = consent_rewriter_input(rw, ctx->position, stop).data;
        end = p + (stop - ctx->position);

        /* most tags concern nobody */

        next = p;
        event = CONSENT_SCAN_MORE;

        if (consent_scanner_in_text(&ctx->scanner) && is_quiet(rw, ctx)) {
            next = consent_skip_ordinary(&ctx->scanner, p, end, &event);
            ctx->text_from = ctx->position + (size_t) (next - p) - ctx->scanner.held;
        }

        if (event == CONSENT_SCAN_MORE) {
            ctx->position += (size_t) (next - p);
            p = next;
            next = consent_scanner_run(&ctx->scanner, p, end, &event);
        }

        if (event == CONSENT_SCAN_TAG && is_quiet(rw, ctx) && ctx->scanner.held <= (size_t) (next - p)
            && is_ordinary(rw, &ctx->scanner))
        {
            ctx->position += (size_t) (next - p);
            ctx->text_from = ctx->position;
            continue;
        }

        ctx->position += (size_t) (next - p);

        handle(rw, ctx, event);
    }
}


/* How far input may leave: what follows is still to be decided. */

static size_t
decided(const consent_rewriter_t *rw)
{
    size_t                    at;
    const consent_context_t  *inner = &rw->noscript;

    at = rw->page.position - rw->page.scanner.held;

    if (is_read_inside(&rw->page) && inner->position - inner->scanner.held < at) {
        at = inner->position - inner->scanner.held;
    }

    if (rw->script.active && rw->script.tag_from < at) {
        at = rw->script.tag_from;
    }

    if (rw->page.content == CONSENT_CONTENT_STYLE && !rw->page.long_tag
        && consent_rewriter_style_decided(rw, rw->page.text_from) < at)
    {
        at = consent_rewriter_style_decided(rw, rw->page.text_from);
    }

    if (is_read_inside(&rw->page) && inner->content == CONSENT_CONTENT_STYLE && !inner->long_tag
        && consent_rewriter_style_decided(rw, inner->text_from) < at)
    {
        at = consent_rewriter_style_decided(rw, inner->text_from);
    }

    return at;
}


/*
 * At the end of input an unfinished tag or inline script never comes to be; unfinished style does, and a body that had
 * no end. In an svg style or script that is still open nothing is put in: it would end the script.
 */

static void
finish(consent_rewriter_t *rw)
{
    consent_context_t  *ctx = &rw->page;

    consent_rewriter_long_abandon(rw, ctx, ctx->position);

    finish_style(rw, ctx);

    if (is_read_inside(ctx)) {
        finish_style(rw, &rw->noscript);
    }

    if (ctx->raw || ctx->content != CONSENT_CONTENT_PLAIN || !consent_scanner_in_text(&ctx->scanner)
        || ctx->tree.templates > 0)
    {
        return;
    }

    if (is_early(rw, ctx) && rw->document.known) {
        insert_before(rw, consent_document_text(&rw->document), ctx->position);
    }

    if (rw->document.phase == CONSENT_DOCUMENT_IN_BODY || rw->document.phase == CONSENT_DOCUMENT_IN_DOUBT) {
        insert(rw, CONSENT_PART_BODY_END, ctx->position);
    }
}


void
consent_rewriter_reset(consent_rewriter_t *rw, const consent_rewriter_conf_t *conf)
{
    int  relays;

    rw->conf = *conf;

    if (conf->hold == 0) {
        rw->conf.hold = CONSENT_REWRITER_HOLD;
    }

    memset(&rw->stats, 0, sizeof(rw->stats));

    rw->judge.choices = conf->choices;
    rw->judge.page = conf->page;
    rw->judge.base = conf->page;
    rw->judge.observe = conf->observe;
    rw->judge.open = consent_rewriter_open;
    rw->judge.reader = rw;
    relays = conf->direct != NULL || conf->choices->policy->relays > 0;

    rw->judge.found = relays ? consent_rewriter_relay_found : conf->found;
    rw->judge.data = relays ? rw : conf->data;

    consent_document_init(&rw->document);

    memset(&rw->page.scanner, 0, sizeof(rw->page.scanner));
    consent_scanner_init(&rw->page.scanner, rw->conf.hold);
    consent_tree_init(&rw->page.tree, 1);

    rw->page.position = 0;
    rw->page.text_from = 0;
    rw->page.content = CONSENT_CONTENT_PLAIN;
    rw->page.raw = 0;
    rw->page.begins = 0;
    rw->page.declaration = 0;
    rw->page.cdata = 0;
    rw->page.cut_depth = 0;
    rw->page.inner = 0;
    rw->page.long_tag = 0;
    rw->page.long_passing = 0;
    rw->page.scanner.declarations = 1;

    if (conf->endpoint.len >= 2) {
        memcpy(rw->page.scanner.pair, conf->endpoint.data, 2);
    }

    memset(&rw->script, 0, sizeof(rw->script));
    memset(&rw->relayed, 0, sizeof(rw->relayed));
    rw->relayed_to = 0;
    memset(rw->stubbed, 0, sizeof(rw->stubbed));

    rw->chunk_from = 0;
    rw->chunk_to = 0;
    rw->hold_from = 0;
    rw->hold_to = 0;
    rw->emitted = 0;
    rw->staged = 0;
    rw->failed = 0;
    rw->based = 0;
    rw->changed = 0;
    rw->css_dropping = 0;
    rw->css_mixed = 0;
    rw->opening = 0;
    rw->linked = conf->part == NULL;
}


consent_rewriter_t *
consent_rewriter_create(consent_arena_t *arena, const consent_rewriter_conf_t *conf)
{
    consent_rewriter_t  *rw;

    rw = consent_calloc(arena, sizeof(*rw));
    if (rw == NULL) {
        return NULL;
    }

    rw->arena = arena;
    rw->decoded.arena = arena;
    rw->nested_text.arena = arena;
    rw->opened.arena = arena;
    rw->sink.put = consent_rewriter_stage;
    rw->sink.data = rw;

    consent_rewriter_reset(rw, conf);

    return rw;
}


int
consent_rewriter_feed(consent_rewriter_t *rw, const char *bytes, size_t len, int last)
{
    if (rw->failed) {
        return -1;
    }

    rw->chunk = bytes;
    rw->chunk_from = rw->chunk_to;
    rw->chunk_to += len;

    scan(rw, &rw->page, rw->chunk_to);

    if (last) {
        finish(rw);
        consent_rewriter_pass(rw, rw->chunk_to);

    } else {
        consent_rewriter_pass(rw, decided(rw));
        consent_rewriter_keep(rw);
    }

    consent_rewriter_flush(rw);

    return rw->failed ? -1 : 0;
}


size_t
consent_rewriter_held(const consent_rewriter_t *rw)
{
    return rw->chunk_to - rw->emitted;
}


const consent_rewriter_stats_t *
consent_rewriter_stats(const consent_rewriter_t *rw)
{
    return &rw->stats;
}
