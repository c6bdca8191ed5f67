#include <string.h>

#include "rewriter_private.h"
#include "charref.h"


static void
put(consent_rewriter_t *rw, consent_str_t s)
{
    consent_sink_put(&rw->sink, s);
}


static void
put_end(consent_rewriter_t *rw, int self_closing)
{
    put(rw, self_closing ? CONSENT_STR(" />") : CONSENT_STR(">"));
}


void
consent_rewriter_neutral(consent_rewriter_t *rw, const consent_element_t *element, consent_str_t tag, int self_closing,
    const consent_blocked_t *blocked, consent_str_t url, int whole)
{
    consent_neutral_begin(&rw->sink, tag, blocked, whole);

    if (element->id == CONSENT_ELEMENT_SCRIPT) {
        put(rw, CONSENT_STR(" type=\"text/plain\""));

    } else if (element->id == CONSENT_ELEMENT_INPUT) {
        put(rw, CONSENT_STR(" type=\"image\""));      /* still a button, with its alt */
    }

    consent_neutral_harmless(&rw->sink, tag);

    /* under a <base> of another host the endpoint's path would lead there */

    if ((element->id == CONSENT_ELEMENT_IFRAME || element->id == CONSENT_ELEMENT_FRAME)
        && consent_str_eq(rw->judge.base.host, rw->conf.page.host))
    {
        consent_neutral_placeholder(&rw->sink, tag, rw->conf.endpoint, blocked, &rw->judge.base, url);
    }

    put_end(rw, self_closing);
}


/* An attribute with a name of ours under another one: "data-ngxc-tag" becomes "data-x-ngxc-tag". */

static void
put_renamed(consent_rewriter_t *rw, consent_str_t whole)
{
    put(rw, CONSENT_STR("data-x-"));
    put(rw, (consent_str_t) { whole.data + 5, whole.len - 5 });
}


void
consent_rewriter_unspoof(consent_rewriter_t *rw, consent_str_t tag)
{
    const char            *from;
    consent_attribute_t    a;
    consent_attributes_t   it;

    from = tag.data;
    consent_attributes_init(&it, tag);

    while (consent_attributes_next(&it, &a)) {
        if (consent_is_spoofed(a.name)) {
            put(rw, (consent_str_t) { from, (size_t) (a.name.data - from) });
            put_renamed(rw, a.whole);
            from = a.whole.data + a.whole.len;
        }
    }

    put(rw, (consent_str_t) { from, (size_t) (tag.data + tag.len - from) });
}


/* A style attribute's value with what may not be loaded replaced. Reports nothing: that was done when it was judged. */

static void
put_style(consent_rewriter_t *rw, consent_str_t style)
{
    int                   dropping;
    const char           *p, *end, *from;
    consent_css_t         css;
    consent_judge_t       silent;
    consent_blocked_t     blocked;
    consent_css_event_t   event;

    silent = rw->judge;
    silent.found = NULL;
    dropping = 0;

    consent_css_init(&css, 0);

    p = style.data;
    end = p + style.len;
    from = p;

    for ( ;; ) {
        if (p == end) {
            if (!consent_css_finish(&css)) {
                break;
            }

            event = CONSENT_CSS_REFERENCE;

        } else {
            p = consent_css_run(&css, p, end, &event);
        }

        if (event == CONSENT_CSS_REFERENCE_END && dropping) {
            from = p;
            dropping = 0;
        }

        if (event != CONSENT_CSS_REFERENCE && event != CONSENT_CSS_LIMIT_REACHED) {
            continue;
        }

        blocked.n = 0;

        if (!consent_load_reference(&silent, (consent_str_t) { p - css.held, css.held }, &blocked)) {
            continue;
        }

        consent_sink_put_escaped(&rw->sink, (consent_str_t) { from, (size_t) (p - css.held - from) });
        consent_neutral_reference(&rw->sink, &blocked);

        from = p;
        dropping = event == CONSENT_CSS_LIMIT_REACHED;
    }

    if (!dropping) {
        consent_sink_put_escaped(&rw->sink, (consent_str_t) { from, (size_t) (end - from) });
    }
}


/* srcdoc: a document of its own, with a rewriter of its own. */

static int
drop_nested(void *data, consent_out_t kind, const char *bytes, size_t len)
{
    (void) data;
    (void) kind;
    (void) bytes;
    (void) len;

    return 0;
}


static int
put_nested(void *data, consent_out_t kind, const char *bytes, size_t len)
{
    consent_rewriter_t  *rw = data;

    (void) kind;
    consent_sink_put_escaped(&rw->sink, (consent_str_t) { bytes, len });

    return 0;
}


static void
found_nested(void *data, const consent_found_t *found)
{
    consent_rewriter_t  *rw = data;

    if (found->neutralised) {
        consent_blocked_add(&rw->nested_blocked, found->claim);
    }

    if (rw->conf.found != NULL) {
        rw->conf.found(rw->conf.data, found);
    }
}


static void
direct_nested(void *data, const consent_direct_t *direct)
{
    consent_rewriter_t  *rw = data;

    if (rw->conf.direct != NULL) {
        rw->conf.direct(rw->conf.data, direct);
    }
}


int
consent_rewriter_nest(consent_rewriter_t *rw, int report, int write)
{
    consent_rewriter_conf_t  conf;

    conf = rw->conf;
    conf.part = NULL;
    conf.emit = write ? put_nested : drop_nested;
    conf.found = report ? found_nested : NULL;
    conf.direct = report ? direct_nested : NULL;
    conf.data = rw;

    if (rw->nested == NULL) {
        rw->nested = consent_rewriter_create(rw->arena, &conf);
        if (rw->nested == NULL) {
            rw->failed = 1;
            return -1;
        }
    }

    consent_rewriter_reset(rw->nested, &conf);
    rw->nested->depth = rw->depth + 1;
    rw->nested->judge.base = rw->judge.base;

    rw->nested_blocked.n = 0;
    rw->nested_blocked.too_many = 0;

    return 0;
}


/* Decodes a srcdoc and runs over it without writing; 1 when it has to be changed. */

int
consent_rewriter_judge_srcdoc(consent_rewriter_t *rw, consent_str_t raw)
{
    consent_str_t  document;

    if (rw->depth == CONSENT_SRCDOC_DEPTH) {
        rw->nested_blocked.n = 0;

        if (rw->conf.observe || !consent_judge_unread(&rw->judge, &rw->nested_blocked)) {
            return 0;
        }

        rw->nested_blocked.too_many = 1;
        rw->stats.overflows++;

        return 1;
    }

    document = consent_decode(&rw->nested_text, raw);

    if (document.data == NULL) {
        rw->failed = 1;
        return 0;
    }

    if (consent_rewriter_nest(rw, 1, 0) != 0
        || consent_rewriter_feed(rw->nested, document.data, document.len, 1) != 0)
    {
        rw->failed = 1;
        return 0;
    }

    rw->stats.overflows += rw->nested->stats.overflows;
    rw->nested_blocked.too_many |= rw->nested->stats.overflows > 0;

    return rw->nested->stats.neutralised > 0 || rw->nested->changed;
}


void
consent_rewriter_put_srcdoc(consent_rewriter_t *rw, consent_str_t raw)
{
    consent_str_t      document;
    consent_blocked_t  blocked;

    put(rw, CONSENT_STR("srcdoc=\""));

    if (rw->depth < CONSENT_SRCDOC_DEPTH) {
        blocked = rw->nested_blocked;
        document = consent_decode(&rw->nested_text, raw);

        if (document.data == NULL || consent_rewriter_nest(rw, 0, 1) != 0
            || consent_rewriter_feed(rw->nested, document.data, document.len, 1) != 0)
        {
            rw->failed = 1;
        }

        rw->nested_blocked = blocked;
    }

    put(rw, CONSENT_STR("\""));
}


/* The same for a background or handler, as written: whether it is to go. */

static int
is_refused(consent_rewriter_t *rw, const consent_element_t *element, unsigned carrier, consent_str_t raw)
{
    consent_str_t    value;
    consent_load_t   load;
    consent_judge_t  silent;

    value = consent_decode(&rw->decoded, raw);

    if (value.data == NULL) {
        rw->failed = 1;
        return 1;
    }

    silent = rw->judge;
    silent.found = NULL;

    consent_load_init(&load);
    consent_load_judge(&silent, element, carrier, value, &load);

    return load.decoration.n > 0;
}


/* A tag that keeps its attributes but for what its style, background, handlers or srcdoc would load. */

static void
put_decorated(consent_rewriter_t *rw, const consent_element_t *element, consent_str_t tag, int self_closing,
    const consent_load_t *load, int srcdoc)
{
    unsigned               carrier;
    consent_str_t          value;
    consent_blocked_t      blocked;
    consent_attribute_t    a;
    consent_attributes_t   it;

    blocked = load->decoration;

    if (srcdoc) {
        blocked = rw->nested_blocked;

        for (carrier = 0; carrier < load->decoration.n; carrier++) {
            consent_blocked_add(&blocked, load->decoration.claims[carrier]);
        }

        blocked.too_many |= load->decoration.too_many;
    }

    consent_neutral_begin(&rw->sink, tag, &blocked, !load->spoofed);
    consent_attributes_init(&it, tag);

    while (consent_attributes_next(&it, &a)) {
        carrier = consent_carrier(a.name);

        if (srcdoc && carrier == CONSENT_CARRIES_SRCDOC) {
            if (srcdoc == 1) {
                put(rw, CONSENT_STR(" "));
                consent_rewriter_put_srcdoc(rw, a.value);
            }

            srcdoc = 2;
            continue;
        }

        if (load->decoration.n > 0 && (carrier & (CONSENT_CARRIES_BACKGROUND | CONSENT_CARRIES_HANDLER))
            && is_refused(rw, element, carrier, a.value))
        {
            continue;
        }

        put(rw, CONSENT_STR(" "));

        if (consent_is_spoofed(a.name)) {
            put_renamed(rw, a.whole);
            continue;
        }

        if (load->decoration.n > 0 && carrier == CONSENT_CARRIES_STYLE && a.value.len > 0) {
            value = consent_decode(&rw->decoded, a.value);

            if (value.data == NULL) {
                rw->failed = 1;
                return;
            }

            put(rw, a.name);
            put(rw, CONSENT_STR("=\""));
            put_style(rw, value);
            put(rw, CONSENT_STR("\""));
            continue;
        }

        put(rw, a.whole);
    }

    put_end(rw, self_closing);
}


/* The first <base href> decides (WHATWG HTML, 4.2.3). */

void
consent_rewriter_base(consent_rewriter_t *rw, consent_str_t href)
{
    char  *copy;

    if (href.data == NULL || rw->based) {
        return;
    }

    rw->based = 1;

    if (rw->base_scratch == NULL) {
        rw->base_scratch = consent_alloc(rw->arena, sizeof(*rw->base_scratch) + CONSENT_URL_MAX);
    }

    if (rw->base_scratch == NULL) {
        rw->failed = 1;
        return;
    }

    copy = (char *) (rw->base_scratch + 1);
    href = consent_charref_decode(href, copy, CONSENT_URL_MAX);

    consent_url_resolve(&rw->conf.page, href, rw->base_scratch, &rw->judge.base);

    /* one that cannot be parsed, data: and javascript: count for nothing (4.2.3, "set the frozen base URL") */

    if (rw->judge.base.scheme == CONSENT_SCHEME_OTHER) {
        rw->judge.base = rw->conf.page;
    }
}


/* A link of the page's own to the settings makes ours superfluous. */

static void
link_to_endpoint(consent_rewriter_t *rw, consent_str_t tag)
{
    consent_str_t          href;
    consent_url_t          url;
    consent_url_scratch_t  scratch;

    if (memmem(tag.data, tag.len, rw->conf.endpoint.data, rw->conf.endpoint.len) == NULL) {
        return;
    }

    href = consent_attribute_find(tag, CONSENT_STR("href"));

    if (href.data == NULL) {
        return;
    }

    consent_url_resolve(&rw->judge.base, consent_decode(&rw->decoded, href), &scratch, &url);

    rw->linked = consent_str_eq(url.host, rw->conf.page.host) && consent_str_starts(url.path, rw->conf.endpoint);
}


void
consent_rewriter_text_mode(consent_context_t *ctx, const consent_element_t *element, consent_ns_t ns,
    consent_text_mode_t mode)
{
    if (mode != CONSENT_TEXT_DATA) {
        consent_scanner_text(&ctx->scanner, mode);
        ctx->raw = 1;
    }

    if (element->id == CONSENT_ELEMENT_STYLE
        && (mode == CONSENT_TEXT_RAWTEXT
            || (ns == CONSENT_NS_SVG && !ctx->scanner.self_closing && ctx->content == CONSENT_CONTENT_PLAIN)))
    {
        ctx->content = CONSENT_CONTENT_STYLE;
        ctx->content_depth = ctx->tree.depth;
        ctx->begins = 1;

    } else if (element->id == CONSENT_ELEMENT_NOSCRIPT && mode == CONSENT_TEXT_RAWTEXT) {
        ctx->content = CONSENT_CONTENT_NOSCRIPT;
        ctx->begins = 1;
    }

    ctx->scanner.cdata = consent_tree_foreign(&ctx->tree);
}


static void
drop_tag(consent_rewriter_t *rw, consent_context_t *ctx)
{
    consent_rewriter_drop(rw, ctx->position);
}


/* Decides about a tag that may load something; ns as the tree has it. */

static void
judge_tag(consent_rewriter_t *rw, consent_context_t *ctx, const consent_element_t *element, consent_ns_t ns,
    size_t from, unsigned carries)
{
    int             self_closing, srcdoc;
    consent_str_t   tag;
    consent_load_t  load;

    self_closing = ctx->scanner.self_closing;
    tag = consent_rewriter_input(rw, from, ctx->position);

    consent_rewriter_relay_begin(rw);
    consent_load_inspect(&rw->judge, element, ns, tag, 1, carries, &rw->decoded, &load);

    if (load.failed) {
        rw->failed = 1;
        return;
    }

    consent_rewriter_relay_tag(rw, element, from, tag, &load);

    if (element->id == CONSENT_ELEMENT_SCRIPT && load.blocked.n == 0 && !ctx->inner
        && (load.script == CONSENT_SCRIPT_INLINE || load.script == CONSENT_SCRIPT_RULES
            || load.script == CONSENT_SCRIPT_MAP
            || (load.script == CONSENT_SCRIPT_INERT && consent_rewriter_relay_waits(rw, tag)))
        && ctx->content == CONSENT_CONTENT_PLAIN && !(ns == CONSENT_NS_SVG && self_closing))
    {
        consent_rewriter_script_begin(rw, ctx, from, &load, ns);
        return;
    }

    srcdoc = load.srcdoc.data != NULL && load.blocked.n == 0 && consent_rewriter_judge_srcdoc(rw, load.srcdoc);

    if (rw->conf.observe || rw->failed) {
        return;
    }

    if (load.blocked.n > 0) {
        consent_rewriter_pass(rw, from);

        if (element->id == CONSENT_ELEMENT_SCRIPT && !ctx->inner && ns == CONSENT_NS_HTML) {
            consent_rewriter_stubs(rw, &load.blocked);
        }

        consent_rewriter_neutral(rw, element, tag, self_closing, &load.blocked, load.url, !load.spoofed);
        drop_tag(rw, ctx);
        rw->stats.neutralised++;

    } else if (srcdoc || load.decoration.n > 0) {
        consent_rewriter_pass(rw, from);
        put_decorated(rw, element, tag, self_closing, &load, srcdoc);
        drop_tag(rw, ctx);
        rw->stats.neutralised++;

    } else if (load.spoofed) {
        consent_rewriter_pass(rw, from);
        consent_rewriter_unspoof(rw, tag);
        drop_tag(rw, ctx);
        rw->changed = 1;
    }
}


void
consent_rewriter_start_tag(consent_rewriter_t *rw, consent_context_t *ctx, size_t from)
{
    int                       frameset_ok;
    unsigned                  carries, hints;
    consent_ns_t              ns;
    consent_str_t             tag;
    consent_text_mode_t       mode;
    const consent_element_t  *element;

    element = consent_element_find(ctx->scanner.name, ctx->scanner.name_len);
    tag = consent_rewriter_input(rw, from, ctx->position);
    hints = ctx->scanner.hints;

    frameset_ok = !ctx->inner && rw->document.phase == CONSENT_DOCUMENT_FRAMESET;
    ns = consent_tree_start(&ctx->tree, element, &ctx->scanner, tag, frameset_ok, &mode);

    if (element->id == CONSENT_ELEMENT_BASE && ns == CONSENT_NS_HTML && !ctx->inner && ctx->tree.templates == 0) {
        consent_rewriter_base(rw, consent_attribute_find(tag, CONSENT_STR("href")));
    }

    if (element->id == CONSENT_ELEMENT_A && !rw->linked && hints & CONSENT_HINT_PAIR && rw->conf.endpoint.len >= 2) {
        link_to_endpoint(rw, tag);
    }

    carries = element->carries & ~(hints & CONSENT_HINT_BACKGROUND ? 0u : CONSENT_CARRIES_BACKGROUND);

    if (hints & CONSENT_HINT_STYLE) {
        carries |= CONSENT_CARRIES_STYLE | (ctx->inner ? 0u : CONSENT_CARRIES_HANDLER);
    }

    consent_rewriter_text_mode(ctx, element, ns, mode);

    if (carries || hints & CONSENT_HINT_NGXC) {
        judge_tag(rw, ctx, element, ns, from, carries);
    }
}
