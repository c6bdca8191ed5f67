/*
 * A tag longer than is held. What is known of it when the limit is reached decides about it as a whole: is it to be
 * neutral, the rest is left out and only a reload brings it back. Otherwise its rest is looked at attribute by
 * attribute, each held up to the limit; one that may not be loaded from is renamed where it stands. A script whose
 * source goes that way gets an empty one in front, so that what stands between its tags is not run either.
 */

#include <string.h>

#include "charref.h"
#include "data_url.h"
#include "rewriter_private.h"


/* What cannot be seen whole need not be where there is nothing that could be blocked. */

static int
allows_everything(const consent_rewriter_t *rw)
{
    consent_claim_t           unlisted = { CONSENT_UNLISTED, NULL };
    consent_blocked_t         blocked = { .n = 0 };
    const consent_choices_t  *choices = rw->conf.choices;

    return consent_choices_allow_claim(choices, unlisted, choices->policy->unknown_hosts)
           && !consent_judge_unread(&rw->judge, &blocked);
}


static void
rename_long(consent_rewriter_t *rw, const consent_element_t *element, unsigned carrier, size_t at)
{
    consent_rewriter_pass(rw, at);

    if (element->id == CONSENT_ELEMENT_SCRIPT && carrier & (CONSENT_CARRIES_SRC | CONSENT_CARRIES_HREF)) {
        consent_rewriter_put(rw, CONSENT_STR("src=\"data:text/javascript,\" href=\"data:text/javascript,\" "));
    }

    consent_rewriter_put(rw, CONSENT_STR("data-x-"));
    rw->stats.neutralised++;
}


/* Whether an attribute of which only the beginning was seen may stay. */

static int
may_stay(consent_rewriter_t *rw, const consent_element_t *element, unsigned carrier, consent_str_t value)
{
    char               text[CONSENT_URL_MAX];
    consent_blocked_t  blocked = { .n = 0 };

    switch (carrier) {
    case CONSENT_CARRIES_STYLE:
    case CONSENT_CARRIES_SRCSET:
    case CONSENT_CARRIES_IMAGESRCSET:
    case CONSENT_CARRIES_LAZY_SET:
    case CONSENT_CARRIES_SRCDOC:
    case CONSENT_CARRIES_CONTENT:
    case CONSENT_CARRIES_ANIMATED:
    case CONSENT_CARRIES_ATTRIBUTION:
        return allows_everything(rw);

    case CONSENT_CARRIES_HANDLER:
        return !consent_judge_unread(&rw->judge, &blocked);

    default:
        value = consent_str_trim(value);

        if (value.len < sizeof(text)) {
            return allows_everything(rw);       /* what it says is still to come */
        }

        value = consent_charref_decode(value, text, sizeof(text));

        return !consent_judge_url(&rw->judge, element->name, value, &blocked)
               && (!element->opens || !consent_data_url_is_possible(value) || allows_everything(rw));
    }
}


/*
 * A style or srcdoc longer than is held is read window by window: a style through the CSS tokenizer, and as soon as it
 * refers to what may not be loaded the rest of it is left out, as CSS closes what is open at its end; a srcdoc through
 * a rewriter of its own, written anew.
 */

/* As much of a window of raw text as can be decoded: a character reference may go on in the next. */

static size_t
decodable(consent_str_t raw)
{
    size_t  i;

    for (i = raw.len; i > 0 && raw.len - i < 40; i--) {
        if (raw.data[i - 1] == '&') {
            return i > 1 ? i - 1 : raw.len;
        }
    }

    return raw.len;
}


/* Where an unfinished reference at the end of a window begins: the next window is to begin there. */

static size_t
without_unfinished_reference(const consent_css_t *begin, consent_str_t raw, consent_str_t style)
{
    const char           *p, *end;
    consent_css_t         css;
    consent_css_event_t   event;

    css = *begin;

    for (p = style.data, end = p + style.len; p < end; ) {
        p = consent_css_run(&css, p, end, &event);
    }

    /* only where the same bytes stand in the tag, and there is something before it */

    if (css.held == 0 || css.held >= raw.len || css.beyond
        || memcmp(style.data + style.len - css.held, raw.data + raw.len - css.held, css.held) != 0)
    {
        return raw.len;
    }

    return raw.len - css.held;
}


static int
judge_style_window(consent_rewriter_t *rw, consent_str_t *raw, int ended)
{
    int                   blocked;
    size_t                len;
    const char           *p, *end;
    consent_str_t         style, reference;
    consent_blocked_t     whose = { .n = 0 };
    consent_css_event_t   event;

    style = consent_decode(&rw->decoded, *raw);

    if (style.data == NULL) {
        rw->failed = 1;
        return 1;
    }

    if (!ended) {
        len = without_unfinished_reference(&rw->css, *raw, style);
        style.len -= raw->len - len;
        raw->len = len;
    }

    blocked = 0;

    for (p = style.data, end = p + style.len; p < end; ) {
        p = consent_css_run(&rw->css, p, end, &event);

        if (event == CONSENT_CSS_REFERENCE || event == CONSENT_CSS_LIMIT_REACHED) {
            reference = (consent_str_t) { p - rw->css.held, rw->css.held };
            blocked |= consent_load_reference(&rw->judge, reference, &whose);
        }
    }

    /* one that is as long as a window is decided by its beginning, unless too little of that is known */

    if (rw->css.held > 0 && (ended ? consent_css_finish(&rw->css) : consent_css_interrupt(&rw->css))) {
        reference = (consent_str_t) { p - rw->css.held, rw->css.held };
        blocked |= consent_load_reference(&rw->judge, reference, &whose)
                   || (!ended && rw->css.held < CONSENT_CSS_LIMIT / 8 && !allows_everything(rw));
        rw->css.held = 0;
    }

    return blocked && !rw->conf.observe;
}


static void
feed_srcdoc_window(consent_rewriter_t *rw, consent_str_t raw, int ended)
{
    consent_str_t  document;

    document = consent_decode(&rw->nested_text, raw);

    if (document.data == NULL || consent_rewriter_feed(rw->nested, document.data, document.len, ended) != 0) {
        rw->failed = 1;
    }
}


/* An attribute has reached the limit in its value. Returns 1 when it goes on window by window. */

static int
begin_value(consent_rewriter_t *rw, consent_context_t *ctx, unsigned carrier, const consent_attribute_t *a, size_t at)
{
    size_t         value_from, rest;
    consent_str_t  window;

    value_from = at + (size_t) (a->value.data - a->name.data);
    window = a->value;
    window.len = decodable(window);
    rest = a->value.len - window.len;

    if (window.len == 0) {
        return 0;
    }

    if (carrier == CONSENT_CARRIES_STYLE) {
        consent_css_init(&rw->css, 0);

        if (judge_style_window(rw, &window, 0)) {
            return 0;
        }

        rest = a->value.len - window.len;

        consent_rewriter_pass(rw, value_from + window.len);
        ctx->long_value = CONSENT_LONG_STYLE;

    } else {
        if (rw->depth == CONSENT_SRCDOC_DEPTH || consent_rewriter_nest(rw, 1, !rw->conf.observe) != 0) {
            return 0;
        }

        if (!rw->conf.observe) {
            consent_rewriter_pass(rw, at);
            consent_rewriter_put(rw, CONSENT_STR("srcdoc=\""));
            consent_rewriter_drop(rw, value_from + window.len);
        }

        feed_srcdoc_window(rw, window, 0);
        ctx->long_value = CONSENT_LONG_SRCDOC;
        ctx->long_quoted = a->quote != 0;
    }

    ctx->scanner.held = rest;

    return 1;
}


/* The next window of it; ended: its last byte is what ends the value. */

static void
continue_value(consent_rewriter_t *rw, consent_context_t *ctx, size_t from, int ended)
{
    size_t         to;
    consent_str_t  window;

    window = consent_rewriter_input(rw, from, ctx->position - (ended ? 1 : 0));

    if (!ended) {
        window.len = decodable(window);
    }

    to = from + window.len;

    switch (ctx->long_value) {
    case CONSENT_LONG_STYLE:
        if (!judge_style_window(rw, &window, ended)) {
            to = from + window.len;
            consent_rewriter_pass(rw, to);
            break;
        }

        consent_rewriter_pass(rw, from);
        ctx->long_value = CONSENT_LONG_STYLE_CUT;
        rw->stats.neutralised++;

        /* fall through */

    case CONSENT_LONG_STYLE_CUT:
        consent_rewriter_drop(rw, to);
        break;

    case CONSENT_LONG_SRCDOC:
        feed_srcdoc_window(rw, window, ended);

        if (!rw->conf.observe) {
            consent_rewriter_drop(rw, to);
        }

        if (!ended || rw->failed) {
            break;
        }

        rw->stats.neutralised += rw->nested->stats.neutralised > 0;
        rw->stats.overflows += rw->nested->stats.overflows;

        if (!rw->conf.observe) {
            consent_rewriter_put(rw, CONSENT_STR("\""));
            consent_rewriter_drop(rw, to + ctx->long_quoted);
        }
    }

    ctx->scanner.held = ctx->position - to;

    if (ended) {
        ctx->long_value = CONSENT_LONG_NONE;
        ctx->scanner.held = 0;
    }
}


/*
 * One attribute of a long tag, its name at a position. ended: seen whole; judged: its URLs were, and are allowed, so
 * that only what decorates is left.
 */

static void
long_attribute(consent_rewriter_t *rw, consent_context_t *ctx, const consent_element_t *element,
    const consent_attribute_t *a, size_t at, int ended, int judged)
{
    unsigned        carrier;
    consent_str_t   value;
    consent_load_t  load;

    if (element->id == CONSENT_ELEMENT_BASE && ctx->long_ns == CONSENT_NS_HTML && !ctx->inner
        && ctx->tree.templates == 0
        && consent_str_caseeq(a->name, CONSENT_STR("href")))
    {
        consent_rewriter_base(rw, a->value);
    }

    if (rw->conf.observe) {
        return;
    }

    if (consent_is_spoofed(a->name)) {
        consent_rewriter_pass(rw, at);
        consent_rewriter_put(rw, CONSENT_STR("data-x-"));
        return;
    }

    carrier = consent_carrier(a->name) & (element->carries | CONSENT_CARRIES_STYLE | CONSENT_CARRIES_HANDLER);

    if (judged) {
        carrier &= CONSENT_CARRIES_STYLE | CONSENT_CARRIES_HANDLER | CONSENT_CARRIES_BACKGROUND | CONSENT_CARRIES_SRCDOC;
    }

    if (carrier == 0) {
        return;
    }

    if (!ended) {
        if ((carrier == CONSENT_CARRIES_STYLE || carrier == CONSENT_CARRIES_SRCDOC)
            && begin_value(rw, ctx, carrier, a, at))
        {
            return;
        }

        if (!may_stay(rw, element, carrier, a->value)) {
            rename_long(rw, element, carrier, at);
        }

        return;
    }

    if (carrier == CONSENT_CARRIES_SRCDOC) {
        if (consent_rewriter_judge_srcdoc(rw, a->value)) {
            consent_rewriter_pass(rw, at);
            consent_rewriter_put_srcdoc(rw, a->value);
            consent_rewriter_drop(rw, at + a->whole.len);
            rw->stats.neutralised++;
        }

        return;
    }

    value = consent_decode(&rw->decoded, a->value);

    if (value.data == NULL) {
        rw->failed = 1;
        return;
    }

    consent_load_init(&load);
    load.connects = element->id == CONSENT_ELEMENT_LINK;
    consent_load_judge(&rw->judge, element, carrier, value, &load);

    if (load.blocked.n > 0 || load.decoration.n > 0) {
        rename_long(rw, element, carrier, at);
    }
}


void
consent_rewriter_long_tag(consent_rewriter_t *rw, consent_context_t *ctx, size_t from)
{
    size_t                    length;
    consent_str_t             tag;
    consent_load_t            load;
    consent_text_mode_t       mode;
    consent_attribute_t       a;
    consent_attributes_t      it;
    const consent_element_t  *element;

    ctx->long_dropped = 0;
    ctx->long_passing = ctx->scanner.end_tag;
    ctx->long_script = 0;
    ctx->long_value = CONSENT_LONG_NONE;
    rw->stats.overflows++;

    if (ctx->scanner.end_tag) {
        ctx->scanner.held = 0;
        return;
    }

    tag = consent_rewriter_input(rw, from, ctx->position);
    length = tag.len;

    consent_attributes_init(&it, tag);

    while (consent_attributes_next(&it, &a)) {
        if (!a.complete) {
            length = (size_t) (a.name.data - tag.data);
        }
    }

    tag.len = length;
    ctx->scanner.held -= length;

    element = consent_element_find(ctx->scanner.name, ctx->scanner.name_len);
    ctx->long_ns = (unsigned char) consent_tree_start(&ctx->tree, element, &ctx->scanner, tag, 0, &mode);
    ctx->long_mode = (unsigned char) mode;

    consent_load_inspect(&rw->judge, element, (consent_ns_t) ctx->long_ns, tag, 0,
                         element->carries | CONSENT_CARRIES_STYLE | CONSENT_CARRIES_HANDLER,
                         &rw->decoded, &load);

    if (load.failed) {
        rw->failed = 1;
        return;
    }

    ctx->long_script = element->id == CONSENT_ELEMENT_SCRIPT && load.script == CONSENT_SCRIPT_INLINE;

    if (load.blocked.n > 0 && !rw->conf.observe) {
        consent_rewriter_pass(rw, from);
        consent_rewriter_neutral(rw, element, tag, 0, &load.blocked, load.url, 0);
        consent_rewriter_drop(rw, ctx->position);

        ctx->long_dropped = 1;
        ctx->long_script = 0;
        ctx->scanner.held = 0;
        rw->stats.neutralised++;

        return;
    }

    consent_attributes_init(&it, tag);

    while (consent_attributes_next(&it, &a)) {
        long_attribute(rw, ctx, element, &a, from + (size_t) (a.name.data - tag.data), 1, 1);
    }
}


void
consent_rewriter_long_attribute(consent_rewriter_t *rw, consent_context_t *ctx, size_t from, int ended)
{
    consent_str_t          rest;
    consent_attribute_t    a;
    consent_attributes_t   it;

    if (ctx->long_value != CONSENT_LONG_NONE) {
        continue_value(rw, ctx, from, ended);
        return;
    }

    ctx->scanner.held = 0;

    if (ctx->scanner.end_tag) {
        return;
    }

    if (ctx->long_dropped) {
        consent_rewriter_drop(rw, ctx->position);

    } else if (!ctx->long_passing) {
        rest = consent_rewriter_input(rw, from, ctx->position);
        consent_attributes_resume(&it, rest);

        if (consent_attributes_next(&it, &a)) {
            long_attribute(rw, ctx, consent_element_find(ctx->scanner.name, ctx->scanner.name_len), &a,
                           from + (size_t) (a.name.data - rest.data), ended, 0);
        }
    }

    ctx->long_passing = !ended && !ctx->long_dropped && ctx->long_value == CONSENT_LONG_NONE;
}


void
consent_rewriter_long_end(consent_rewriter_t *rw, consent_context_t *ctx, size_t from)
{
    const consent_element_t  *element;

    consent_rewriter_long_attribute(rw, ctx, from, 1);

    ctx->long_tag = 0;
    ctx->long_passing = 0;
    ctx->long_dropped = 0;

    if (!ctx->scanner.end_tag) {
        element = consent_element_find(ctx->scanner.name, ctx->scanner.name_len);
        consent_rewriter_text_mode(ctx, element, (consent_ns_t) ctx->long_ns, (consent_text_mode_t) ctx->long_mode);

        if (ctx->long_script && !ctx->inner && ctx->content == CONSENT_CONTENT_PLAIN) {
            consent_rewriter_script_watch(rw, ctx, (consent_ns_t) ctx->long_ns);
        }
    }
}


/*
 * A tag without an end never comes to be. One that is being written anew must not come to be either by a quote of its
 * own that the original did not have.
 */

void
consent_rewriter_long_abandon(consent_rewriter_t *rw, consent_context_t *ctx, size_t at)
{
    if (!ctx->long_tag || rw->conf.observe) {
        return;
    }

    if (ctx->long_value == CONSENT_LONG_SRCDOC || ctx->long_value == CONSENT_LONG_STYLE_CUT) {
        consent_rewriter_drop(rw, at);
    }

    if (ctx->long_value == CONSENT_LONG_SRCDOC) {
        consent_rewriter_put(rw, CONSENT_STR("\""));
    }

    ctx->long_value = CONSENT_LONG_NONE;
}
