/*
 * Style sheets in a page: references to what may not be loaded are replaced where they stand, everything else leaves as
 * it came.
 *
 * A style of HTML is raw text. One of svg is markup: character references count in it, comments and the marks of CDATA
 * sections are no part of it, and it may hold elements. A reference that one of these cuts in two is refused; a style
 * that holds an element, which no tool writes, is cut off there.
 */

#include <string.h>

#include "charref.h"
#include "rewriter_private.h"

/* Longer than any name of a character reference. */
#define CHARREF_MAX  40


void
consent_rewriter_style_begin(consent_rewriter_t *rw)
{
    consent_css_init(&rw->css, 1);
    rw->css_dropping = 0;
    rw->css_mixed = 0;
}


size_t
consent_rewriter_style_decided(const consent_rewriter_t *rw, size_t position)
{
    return rw->css_mixed ? rw->css_from : position - rw->css.held;
}


/* A reference ends at a position, or is cut there: then it is not read. */

static void
reference(consent_rewriter_t *rw, size_t position, int cut)
{
    size_t             from;
    consent_str_t      raw;
    consent_blocked_t  blocked = { .n = 0 };

    from = consent_rewriter_style_decided(rw, position);
    raw = consent_rewriter_input(rw, from, position);

    if (rw->css_mixed) {
        raw = consent_decode(&rw->decoded, raw);
        rw->css_mixed = 0;

        if (raw.data == NULL) {
            rw->failed = 1;
            return;
        }
    }

    if (!(consent_load_reference(&rw->judge, raw, &blocked) || (cut && consent_judge_unread(&rw->judge, &blocked)))
        || rw->conf.observe)
    {
        return;
    }

    consent_rewriter_pass(rw, from);
    consent_rewriter_drop(rw, position);
    consent_neutral_reference(&rw->sink, &blocked);

    rw->stats.neutralised++;
    rw->css_dropping = rw->css.beyond;
    rw->stats.overflows += rw->css.beyond;
}


/* One piece of the style, which stands in the page from one position to another: its bytes, or what they mean. */

static void
read_piece(consent_rewriter_t *rw, size_t from, size_t to, consent_str_t text, int decoded)
{
    int                   dropping;
    size_t                at;
    const char           *p, *end;
    consent_css_event_t   event;

    for (p = text.data, end = p + text.len, at = from; p < end; at = decoded ? from : to - (size_t) (end - p)) {
        dropping = rw->css_dropping;
        p = consent_css_run(&rw->css, p, end, &event);

        if (dropping) {
            consent_rewriter_pass(rw, at);
            consent_rewriter_drop(rw, decoded ? to : to - (size_t) (end - p));
        }

        switch (event) {
        case CONSENT_CSS_REFERENCE:
            reference(rw, decoded ? from : to - (size_t) (end - p), 0);
            break;

        case CONSENT_CSS_LIMIT_REACHED:
            reference(rw, decoded ? to : to - (size_t) (end - p), 0);
            break;

        case CONSENT_CSS_REFERENCE_END:
            rw->css_dropping = 0;
            break;

        case CONSENT_CSS_MORE:
            break;
        }
    }

    if (rw->css.held == 0) {
        rw->css_mixed = 0;
    }
}


/* The length of what may be a character reference at "&"; 0 when its end is not there yet. */

static size_t
charref_length(consent_str_t text, int ends)
{
    size_t  n;

    for (n = 1; n < text.len && n < CHARREF_MAX; n++) {
        if (text.data[n] == ';') {
            return n + 1;
        }

        if ((unsigned char) ((text.data[n] | 0x20) - 'a') >= 26 && (unsigned char) (text.data[n] - '0') >= 10
            && text.data[n] != '#')
        {
            return n;
        }
    }

    return n < CHARREF_MAX && !ends ? 0 : n;
}


static void
read_charref(consent_rewriter_t *rw, size_t at, consent_str_t raw)
{
    char           utf8[3 * CHARREF_MAX];
    consent_str_t  meant;

    meant = consent_charref_decode(raw, utf8, sizeof(utf8));

    if (consent_str_eq(meant, raw)) {
        read_piece(rw, at, at + raw.len, raw, 0);
        return;
    }

    if (rw->css.held > 0 && !rw->css_mixed) {
        rw->css_from = at - rw->css.held;
        rw->css_mixed = 1;
    }

    read_piece(rw, at, at + raw.len, meant, 1);

    if (rw->css.held > 0 && !rw->css_mixed) {
        rw->css_from = at;
        rw->css_mixed = 1;
    }
}


size_t
consent_rewriter_style_text(consent_rewriter_t *rw, size_t from, size_t to, int markup, int ends)
{
    size_t          position, stop, n;
    const char     *amp;
    consent_str_t   text;

    for (position = from; position < to && !rw->failed; position += n) {
        stop = position < rw->chunk_from && to > rw->chunk_from ? rw->chunk_from : to;
        text = consent_rewriter_input(rw, position, stop);

        amp = markup ? memchr(text.data, '&', text.len) : NULL;

        if (amp != text.data) {
            n = amp != NULL ? (size_t) (amp - text.data) : text.len;
            read_piece(rw, position, position + n, (consent_str_t) { text.data, n }, 0);
            continue;
        }

        stop = to - position < CHARREF_MAX ? to : position + CHARREF_MAX;
        text = consent_rewriter_input(rw, position, stop);
        n = charref_length(text, ends);

        if (n == 0) {
            return position;
        }

        read_charref(rw, position, (consent_str_t) { text.data, n });
    }

    return to;
}


void
consent_rewriter_style_interrupt(consent_rewriter_t *rw, size_t position)
{
    if (consent_css_interrupt(&rw->css)) {
        reference(rw, position, 1);
        rw->css.held = 0;
        rw->css_mixed = 0;
    }
}


void
consent_rewriter_style_end(consent_rewriter_t *rw, size_t position)
{
    if (consent_css_finish(&rw->css)) {
        reference(rw, position, 0);
    }

    rw->css_dropping = 0;
    rw->css_mixed = 0;
}
