/*
 * css.c finds the references; here they are judged and replaced. Bytes of an unfinished reference at the end of what
 * was fed are kept in held, and leave before or with what follows them.
 */

#include <stddef.h>
#include <string.h>

#include "css.h"
#include "data_url.h"
#include "judge.h"
#include "load.h"
#include "neutral.h"
#include "stylesheet.h"

#define SIGNATURE  64

struct consent_stylesheet_s {
    consent_stylesheet_conf_t   conf;
    consent_stylesheet_stats_t  stats;
    consent_judge_t             judge;
    consent_sink_t              sink;
    consent_css_t               css;

    unsigned                    depends:1;
    unsigned                    open:1;
    unsigned                    dropping:1;     /* the rest of a reference that was replaced */
    unsigned                    failed:1;

    size_t                      nsignature;
    size_t                      nheld;
    char                        signature[SIGNATURE];
    char                        held[CONSENT_CSS_LIMIT];
};


static void
emit(consent_stylesheet_t *sheet, consent_out_t kind, const char *bytes, size_t len)
{
    if (len > 0 && sheet->conf.emit != NULL && !sheet->failed
        && sheet->conf.emit(sheet->conf.data, kind, bytes, len) != 0)
    {
        sheet->failed = 1;
    }
}


static void
put(void *data, const char *bytes, size_t len)
{
    emit(data, CONSENT_OUT_SHORT, bytes, len);
}


static void
found(void *data, const consent_found_t *found)
{
    consent_claim_t        claim;
    consent_stylesheet_t  *sheet = data;

    claim = found->claim;

    if (claim.service != NULL
        && (claim.index < 0
            || sheet->conf.choices->policy->entries[claim.index].basis != CONSENT_BASIS_NECESSARY))
    {
        sheet->depends = 1;
        sheet->open |= claim.index >= 0 && consent_choices_allow(sheet->conf.choices, (unsigned) claim.index);
    }

    if (sheet->conf.found != NULL) {
        sheet->conf.found(sheet->conf.data, found);
    }
}


/* An imported sheet that is in an address, and that nobody reads: whatever may be in it. */

static int
unread(void *data, const char *element, consent_str_t ref, consent_blocked_t *blocked)
{
    consent_stylesheet_t  *sheet = data;

    (void) element;

    if (!consent_data_url_is_possible(ref)) {
        return 0;
    }

    sheet->depends = 1;

    if (!consent_judge_unread(&sheet->judge, blocked)) {
        sheet->open = 1;
        return 0;
    }

    return 1;
}


consent_stylesheet_t *
consent_stylesheet_create(consent_arena_t *arena, const consent_stylesheet_conf_t *conf)
{
    consent_stylesheet_t  *sheet;

    sheet = consent_alloc(arena, sizeof(*sheet));
    if (sheet == NULL) {
        return NULL;
    }

    memset(sheet, 0, offsetof(consent_stylesheet_t, signature));

    sheet->conf = *conf;
    sheet->sink.put = put;
    sheet->sink.data = sheet;

    sheet->judge.choices = conf->choices;
    sheet->judge.page = conf->address;
    sheet->judge.base = conf->address;
    sheet->judge.observe = conf->observe;
    sheet->judge.open = unread;
    sheet->judge.reader = sheet;
    sheet->judge.found = found;
    sheet->judge.data = sheet;

    consent_css_init(&sheet->css, 1);

    return sheet;
}


/* What was held is part of no reference that goes on, or of one that may be loaded. */

static void
release(consent_stylesheet_t *sheet)
{
    emit(sheet, CONSENT_OUT_SHORT, sheet->held, sheet->nheld);
    sheet->nheld = 0;
}


/* What is imported from an address that holds it is read there; of addresses in it that do likewise, nothing. */

static int
judge_imported(consent_stylesheet_t *sheet, consent_str_t ref, int whole, consent_blocked_t *blocked)
{
    char            text[CONSENT_CSS_LIMIT];
    consent_str_t   imported;
    consent_held_t  held;

    if (!consent_data_url_is_possible(ref)) {
        return 0;
    }

    held = consent_data_url_open(ref, text, &imported);

    if (held == CONSENT_HELD_NOTHING || held == CONSENT_HELD_SCRIPT) {
        return 0;
    }

    return whole && held != CONSENT_HELD_DOUBTFUL ? consent_load_style(&sheet->judge, imported, 1, blocked)
                                                  : unread(sheet, NULL, ref, blocked);
}


static int
is_blocked(consent_stylesheet_t *sheet, consent_str_t raw, consent_blocked_t *blocked)
{
    char           text[CONSENT_CSS_LIMIT];
    consent_str_t  ref;

    memset(blocked, 0, sizeof(*blocked));

    ref = consent_css_unescape(raw, text, sizeof(text));

    if (!consent_judge_url(&sheet->judge, "stylesheet", ref, blocked)
        && !judge_imported(sheet, ref, raw.len < CONSENT_CSS_LIMIT, blocked))
    {
        return 0;
    }

    sheet->depends = 1;

    return !sheet->conf.observe;
}


static void
replace(consent_stylesheet_t *sheet, const consent_blocked_t *blocked)
{
    consent_neutral_reference(&sheet->sink, blocked);

    sheet->nheld = 0;
    sheet->dropping = sheet->css.beyond;
    sheet->stats.neutralised++;
    sheet->stats.overflows += sheet->css.beyond;
}


/*
 * A reference that ends before p, which may have begun in what was held; input from from on has not left. Returns from
 * where on it has not now.
 */

static const char *
reference(consent_stylesheet_t *sheet, const char *from, const char *p)
{
    size_t             here;
    consent_str_t      raw;
    consent_blocked_t  blocked;

    here = sheet->css.held - sheet->nheld;
    raw = (consent_str_t) { p - here, here };

    if (sheet->nheld > 0) {
        memcpy(sheet->held + sheet->nheld, p - here, here);
        raw = (consent_str_t) { sheet->held, sheet->css.held };
    }

    if (!is_blocked(sheet, raw, &blocked)) {
        release(sheet);
        return from;
    }

    emit(sheet, CONSENT_OUT_INPUT, from, (size_t) (p - here - from));
    replace(sheet, &blocked);

    return p;
}


int
consent_stylesheet_feed(consent_stylesheet_t *sheet, const char *bytes, size_t len, int last)
{
    size_t                n;
    const char           *p, *from, *end;
    consent_blocked_t     blocked;
    consent_css_event_t   event;

    n = sizeof(sheet->signature) - sheet->nsignature;
    n = len < n ? len : n;

    if (n > 0) {
        memcpy(sheet->signature + sheet->nsignature, bytes, n);
        sheet->nsignature += n;
    }

    from = bytes;
    end = bytes + len;

    for (p = bytes; p < end; ) {
        p = consent_css_run(&sheet->css, p, end, &event);

        if (sheet->dropping) {
            from = p;
        }

        if (sheet->css.held <= (size_t) (p - bytes)) {
            release(sheet);
        }

        switch (event) {
        case CONSENT_CSS_REFERENCE:
        case CONSENT_CSS_LIMIT_REACHED:
            from = reference(sheet, from, p);
            sheet->css.held = 0;
            break;

        case CONSENT_CSS_REFERENCE_END:
            sheet->dropping = 0;
            break;

        case CONSENT_CSS_MORE:
            break;
        }
    }

    /* css.held counts what is unfinished now */

    n = sheet->css.held - sheet->nheld;

    emit(sheet, CONSENT_OUT_INPUT, from, (size_t) (end - from) - n);

    if (n > 0) {
        memcpy(sheet->held + sheet->nheld, end - n, n);
        sheet->nheld += n;
    }

    if (last) {
        if (consent_css_finish(&sheet->css)
            && is_blocked(sheet, (consent_str_t) { sheet->held, sheet->nheld }, &blocked))
        {
            replace(sheet, &blocked);
        }

        release(sheet);
    }

    return sheet->failed ? -1 : 0;
}


int
consent_stylesheet_depends(const consent_stylesheet_t *sheet)
{
    return sheet->depends;
}


int
consent_stylesheet_is_open(const consent_stylesheet_t *sheet, int whole)
{
    unsigned                  i;
    const consent_choices_t  *choices = sheet->conf.choices;

    if (sheet->open || whole) {
        return sheet->open;
    }

    for (i = 0; i < choices->policy->nentries; i++) {
        if (choices->answers[i] == CONSENT_ACCEPTED) {
            return 1;
        }
    }

    return 0;
}


int
consent_stylesheet_is_opaque(const consent_stylesheet_t *sheet)
{
    size_t         i;
    const char    *quote;
    consent_str_t  bytes, label;

    static const consent_str_t  charset = CONSENT_STR("@charset \""), labels[] = {
        CONSENT_STR("iso-2022-jp"), CONSENT_STR("csiso2022jp")
    };

    bytes = (consent_str_t) { sheet->signature, sheet->nsignature };

    if (consent_str_starts(bytes, CONSENT_STR("\xfe\xff")) || consent_str_starts(bytes, CONSENT_STR("\xff\xfe"))) {
        return 1;
    }

    if (!consent_str_starts(bytes, charset)) {
        return 0;
    }

    label = (consent_str_t) { bytes.data + charset.len, bytes.len - charset.len };
    quote = memchr(label.data, '"', label.len);

    if (quote == NULL) {
        return 0;
    }

    label.len = (size_t) (quote - label.data);
    label = consent_str_trim(label);

    for (i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
        if (consent_str_caseeq(label, labels[i])) {
            return 1;
        }
    }

    return 0;
}


const consent_stylesheet_stats_t *
consent_stylesheet_stats(const consent_stylesheet_t *sheet)
{
    return &sheet->stats;
}
