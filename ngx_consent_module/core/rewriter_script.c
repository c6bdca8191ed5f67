/*
 * Inline scripts. One that may run is held, start tag and text, until its end tag; then its text is matched as a whole
 * and its type decides whether it runs. Its text is never changed.
 *
 * One that is longer than is held is matched by what is held, and let through if that is nobody's. The rest is still
 * matched, in windows that overlap by more than a signature is long. When one of these shows whose it is, the start tag
 * has left, but no script runs before its end tag: what is put before that makes it one that cannot be parsed, whatever
 * it is in the middle of.
 */

#include <string.h>

#include "charref.h"
#include "rewriter_private.h"

#define OVERLAP  4096

/*
 * A syntax error in every context that ECMAScript's lexical grammar (12) has. Two newlines end a line comment, and a
 * string or regular expression by an error (one newline might be escaped); the first star and slash end a block comment
 * and are anywhere else an operator before a regular expression that a newline cuts off, which the second are in what
 * was that comment. The backtick ends a template, in which all that was text, and the third are its error.
 */

#define UNPARSABLE  CONSENT_STR("\n\n*/\n*/\n`\n*/\n")


void
consent_rewriter_script_begin(consent_rewriter_t *rw, consent_context_t *ctx, size_t tag_from,
    const consent_load_t *load, consent_ns_t ns)
{
    consent_inline_t  *script = &rw->script;

    script->active = 1;
    script->tail = 0;
    script->found = 0;
    script->svg = ns == CONSENT_NS_SVG;
    script->kind = (unsigned char) load->script;
    script->spoofed = load->spoofed;
    script->tag_from = tag_from;
    script->text_from = ctx->position;

    ctx->content = CONSENT_CONTENT_SCRIPT;
    ctx->content_depth = ctx->tree.depth;
}


void
consent_rewriter_script_watch(consent_rewriter_t *rw, consent_context_t *ctx, consent_ns_t ns)
{
    consent_inline_t  *script = &rw->script;

    script->active = 0;
    script->tail = 1;
    script->found = 0;
    script->svg = ns == CONSENT_NS_SVG;
    script->kind = CONSENT_SCRIPT_INLINE;
    script->window_from = ctx->position;

    ctx->content = CONSENT_CONTENT_SCRIPT;
    ctx->content_depth = ctx->tree.depth;
}


size_t
consent_rewriter_script_stop(const consent_rewriter_t *rw)
{
    return (rw->script.active ? rw->script.tag_from : rw->script.window_from) + rw->conf.hold;
}


void
consent_rewriter_stubs(consent_rewriter_t *rw, const consent_blocked_t *blocked)
{
    unsigned                i;
    const consent_claim_t  *claim;

    if (!rw->conf.inline_script) {
        return;
    }

    for (i = 0; i < blocked->n; i++) {
        claim = &blocked->claims[i];

        if (claim->index < 0 || claim->service->stub.len == 0
            || rw->stubbed[claim->index / 8] & (1 << claim->index % 8))
        {
            continue;
        }

        rw->stubbed[claim->index / 8] |= (unsigned char) (1 << claim->index % 8);

        consent_rewriter_put(rw, CONSENT_STR("<script"));

        if (rw->conf.script_nonce.len > 0) {
            consent_rewriter_put(rw, CONSENT_STR(" nonce=\""));
            consent_sink_put_escaped(&rw->sink, rw->conf.script_nonce);
            consent_rewriter_put(rw, CONSENT_STR("\""));
        }

        consent_rewriter_put(rw, CONSENT_STR(">"));
        consent_rewriter_put_kept(rw, claim->service->stub);
        consent_rewriter_put(rw, CONSENT_STR("</script>"));
    }
}


/*
 * The text of a script as it would run. In svg that is not what is written: character references count, comments and
 * the marks of CDATA sections do not.
 */

static consent_str_t
meant(consent_rewriter_t *rw, consent_str_t text)
{
    char           *out;
    size_t          n;
    const char     *p, *q, *end;
    consent_str_t   piece;

    if (!rw->script.svg
        || (memchr(text.data, '&', text.len) == NULL && memchr(text.data, '<', text.len) == NULL))
    {
        return text;
    }

    if (rw->opened.size < 3 * text.len) {
        rw->opened.data = consent_alloc(rw->arena, 3 * text.len);
        rw->opened.size = rw->opened.data != NULL ? 3 * text.len : 0;
    }

    if (rw->opened.data == NULL) {
        rw->failed = 1;
        return CONSENT_STR("");
    }

    out = rw->opened.data;
    n = 0;

    for (p = text.data, end = p + text.len; p < end; p = q) {
        q = memchr(p, '<', (size_t) (end - p));
        q = q != NULL ? q : end;

        if (q == p && consent_str_starts((consent_str_t) { p, (size_t) (end - p) }, CONSENT_STR("<![CDATA["))) {
            p += 9;
            q = memmem(p, (size_t) (end - p), "]]>", 3);
            piece = (consent_str_t) { p, (size_t) ((q != NULL ? q : end) - p) };
            q = q != NULL ? q + 3 : end;

        } else if (q == p && consent_str_starts((consent_str_t) { p, (size_t) (end - p) }, CONSENT_STR("<!--"))) {
            q = memmem(p + 4, (size_t) (end - p - 4), "-->", 3);
            q = q != NULL ? q + 3 : end;
            continue;

        } else {
            q = q == p ? p + 1 : q;
            piece = (consent_str_t) { p, (size_t) (q - p) };
            piece = consent_charref_decode(piece, out + n, rw->opened.size - n);
            n += piece.len;
            continue;
        }

        memcpy(out + n, piece.data, piece.len);
        n += piece.len;
    }

    return (consent_str_t) { out, n };
}


/* What may run or be used stays as it is, but for names of ours. */

static void
leave(consent_rewriter_t *rw, consent_str_t tag)
{
    if (rw->script.spoofed) {
        consent_rewriter_pass(rw, rw->script.tag_from);
        consent_rewriter_unspoof(rw, tag);
        consent_rewriter_drop(rw, rw->script.text_from);
        rw->changed = 1;
    }
}


/* An import map fetches nothing itself: of it only the addresses go that a module may not be imported from. */

static void
put_map(consent_rewriter_t *rw, consent_str_t text)
{
    size_t             at;
    consent_str_t      rest, address;
    consent_blocked_t  blocked = { .n = 0 };

    for (rest = text; consent_judge_map(&rw->judge, &rest, &address, &blocked); blocked.n = 0) {
        if (rw->conf.observe) {
            continue;
        }

        at = rw->script.text_from + (size_t) (address.data - text.data);

        consent_rewriter_pass(rw, at);
        consent_neutral_reference(&rw->sink, &blocked);
        consent_rewriter_drop(rw, at + address.len);
        rw->stats.neutralised++;
    }
}


/*
 * Decides about a held script by its text up to a position; 1 when it was made neutral. whole: there is no more of it;
 * cut: an element stands there, and what follows is not read.
 */

static int
judge_held(consent_rewriter_t *rw, size_t to, int whole, int cut)
{
    int                       blocked;
    size_t                    tag_len;
    consent_str_t             all, tag, text;
    consent_blocked_t         whose = { .n = 0 };
    const consent_inline_t   *script = &rw->script;
    const consent_element_t  *element;
    static const char         name[CONSENT_NAME_MAX] = "script";

    tag_len = script->text_from - script->tag_from;
    all = consent_rewriter_input(rw, script->tag_from, to);

    if (rw->failed) {
        return 0;
    }

    tag = (consent_str_t) { all.data, tag_len };
    text = (consent_str_t) { all.data + tag_len, all.len - tag_len };

    switch (script->kind) {
    case CONSENT_SCRIPT_MAP:
        blocked = !whole && consent_judge_unread(&rw->judge, &whose);
        break;

    case CONSENT_SCRIPT_INERT:
        blocked = 0;
        break;

    case CONSENT_SCRIPT_RULES:
        blocked = consent_judge_rules(&rw->judge, text, &whose)
                  || (!whole && consent_judge_unread(&rw->judge, &whose));
        break;

    default:
        blocked = consent_judge_inline(&rw->judge, meant(rw, text), &whose)
                  || (cut && consent_judge_unread(&rw->judge, &whose));
    }

    if (!blocked || rw->conf.observe) {
        if (!rw->conf.observe) {
            leave(rw, tag);
        }

        if (script->kind == CONSENT_SCRIPT_MAP) {
            put_map(rw, text);

        } else if (script->kind != CONSENT_SCRIPT_RULES && !blocked) {
            consent_rewriter_relay_script(rw, script->text_from, text);
        }

        return 0;
    }

    consent_rewriter_pass(rw, script->tag_from);

    if (!script->svg) {
        consent_rewriter_stubs(rw, &whose);
    }

    element = consent_element_find(name, 6);
    consent_rewriter_neutral(rw, element, tag, 0, &whose, CONSENT_STR(""), !script->spoofed);
    consent_rewriter_drop(rw, script->text_from);

    rw->stats.neutralised++;
    rw->stats.overflows += !whole;

    return 1;
}


/* Matches the window that ends at a position; an end tag may have begun before the window did. */

static void
judge_window(consent_rewriter_t *rw, size_t to)
{
    consent_str_t      text;
    consent_blocked_t  whose = { .n = 0 };

    if (rw->script.found || to <= rw->script.window_from) {
        return;
    }

    text = consent_rewriter_input(rw, rw->script.window_from, to);
    rw->script.found = consent_judge_inline(&rw->judge, meant(rw, text), &whose) ? 1 : 0;

    if (!rw->script.found) {
        consent_rewriter_relay_script(rw, rw->script.window_from, text);
    }
}


void
consent_rewriter_script_limit(consent_rewriter_t *rw)
{
    size_t             stop;
    consent_inline_t  *script = &rw->script;

    stop = consent_rewriter_script_stop(rw);

    if (script->active) {
        script->active = 0;
        script->tail = !judge_held(rw, stop, 0, 0) && script->kind == CONSENT_SCRIPT_INLINE;

    } else {
        judge_window(rw, stop);
    }

    script->window_from = stop - (rw->conf.hold < 4 * OVERLAP ? rw->conf.hold / 4 : OVERLAP);
}


void
consent_rewriter_script_end(consent_rewriter_t *rw, size_t to)
{
    consent_inline_t  *script = &rw->script;

    if (script->active) {
        judge_held(rw, to, 1, 0);

    } else if (script->tail) {
        judge_window(rw, to);

        if (script->found && !rw->conf.observe) {
            consent_rewriter_pass(rw, to);
            consent_rewriter_put(rw, UNPARSABLE);
            rw->stats.neutralised++;
            rw->stats.overflows++;
        }
    }

    script->active = 0;
    script->tail = 0;
}


int
consent_rewriter_script_interrupt(consent_rewriter_t *rw, size_t at)
{
    consent_blocked_t   blocked = { .n = 0 };
    consent_inline_t   *script = &rw->script;

    if (!script->active) {
        script->found |= consent_judge_unread(&rw->judge, &blocked) ? 1 : 0;
        return 0;
    }

    script->active = 0;

    if (judge_held(rw, at, 1, 1) || script->kind != CONSENT_SCRIPT_INLINE) {
        return 1;
    }

    script->tail = 1;
    script->window_from = script->text_from;

    return 0;
}
