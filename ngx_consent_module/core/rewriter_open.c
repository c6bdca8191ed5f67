/*
 * What a data: or javascript: address holds: a document is read by a rewriter of its own, as that of a srcdoc is; a
 * script by its signatures, a style sheet for its references. Nothing is changed inside: the element that has the
 * address becomes neutral.
 */

#include <string.h>

#include "data_url.h"
#include "rewriter_private.h"


/*
 * What the scanner, which reads HTML, does not see in XML: entities of the document's own, style sheets named by an
 * instruction, and elements and attributes that load under a prefix.
 */

static int
is_odd_xml(consent_str_t text)
{
    size_t         i, n;
    const char    *p, *end, *colon;
    consent_str_t  local;

    if (memmem(text.data, text.len, "<!ENTITY", 8) != NULL
        || memmem(text.data, text.len, "<?xml-stylesheet", 16) != NULL)
    {
        return 1;
    }

    for (p = text.data, end = p + text.len; (p = memchr(p, ':', (size_t) (end - p))) != NULL; p = colon + 1) {
        char  name[CONSENT_NAME_MAX] = "";

        colon = p;
        local = (consent_str_t) { colon + 1, 0 };

        while (local.data + local.len < end && local.len < CONSENT_NAME_MAX
               && ((unsigned char) ((local.data[local.len] | 0x20) - 'a') < 26))
        {
            name[local.len] = (char) (local.data[local.len] | 0x20);
            local.len++;
        }

        for (i = (size_t) (colon - text.data); i > 0 && (unsigned char) text.data[i - 1] > 0x20
             && strchr("<>\"'=/:", text.data[i - 1]) == NULL; i--)
        {
            /* void */
        }

        n = (size_t) (colon - text.data) - i;

        if (i > 0 && text.data[i - 1] == '<'
            && (consent_element_find(name, local.len)->carries != 0 || consent_str_eq(local, CONSENT_STR("style"))))
        {
            return 1;
        }

        if (consent_str_eq(local, CONSENT_STR("href"))
            && !consent_str_eq((consent_str_t) { text.data + i, n }, CONSENT_STR("xlink")))
        {
            return 1;
        }
    }

    return 0;
}


static int
judge_document(consent_rewriter_t *rw, consent_str_t text, int xml, consent_blocked_t *blocked)
{
    unsigned  i;

    if (rw->depth == CONSENT_SRCDOC_DEPTH || (xml && is_odd_xml(text))) {
        rw->stats.overflows++;
        return consent_judge_unread(&rw->judge, blocked);
    }

    if (consent_rewriter_nest(rw, 1, 0) != 0) {
        return 0;
    }

    rw->nested->page.tree.xml = xml != 0;
    rw->nested->page.scanner.cdata = xml != 0;

    if (consent_rewriter_feed(rw->nested, text.data, text.len, 1) != 0) {
        rw->failed = 1;
        return 0;
    }

    rw->stats.overflows += rw->nested->stats.overflows;

    if (rw->nested->stats.neutralised == 0 && (rw->nested->stats.overflows == 0 || rw->conf.observe)) {
        return 0;
    }

    for (i = 0; i < rw->nested_blocked.n; i++) {
        consent_blocked_add(blocked, rw->nested_blocked.claims[i]);
    }

    blocked->too_many |= rw->nested_blocked.too_many;

    if (rw->nested_blocked.n == 0) {
        consent_blocked_add(blocked, (consent_claim_t) { CONSENT_UNCLAIMED, NULL });
    }

    return 1;
}


/* A sheet that it imports from an address like its own is not read: it would be in the same memory. */

static int
judge_sheet(consent_rewriter_t *rw, consent_str_t text, consent_blocked_t *blocked)
{
    int  found;

    rw->opening = 1;
    found = consent_load_style(&rw->judge, text, 1, blocked);
    rw->opening = 0;

    return found;
}


int
consent_rewriter_open(void *rewriter, const char *element, consent_str_t ref, consent_blocked_t *blocked)
{
    int                  script, sheet;
    consent_str_t        text;
    consent_held_t       held;
    consent_rewriter_t  *rw = rewriter;

    if (!consent_data_url_is_possible(ref)) {
        return 0;
    }

    script = strcmp(element, "script") == 0;
    sheet = strcmp(element, "style") == 0 || strcmp(element, "link") == 0;

    if (rw->opening) {
        return sheet && consent_judge_unread(&rw->judge, blocked);
    }

    if (ref.len > rw->opened.size) {
        rw->opened.data = consent_alloc(rw->arena, 2 * ref.len);
        rw->opened.size = 2 * ref.len;

        if (rw->opened.data == NULL) {
            rw->opened.size = 0;
            rw->failed = 1;
            return 0;
        }
    }

    held = consent_data_url_open(ref, rw->opened.data, &text);

    switch (held) {
    case CONSENT_HELD_NOTHING:
        return 0;

    case CONSENT_HELD_DOUBTFUL:
        return consent_judge_unread(&rw->judge, blocked);

    case CONSENT_HELD_SCRIPT:
        return !script && !sheet && consent_judge_inline(&rw->judge, text, blocked);

    default:
        break;
    }

    if (script) {
        return consent_judge_inline(&rw->judge, text, blocked);
    }

    if (sheet) {
        return judge_sheet(rw, text, blocked);
    }

    return held != CONSENT_HELD_OTHER && judge_document(rw, text, held == CONSENT_HELD_XML, blocked);
}
