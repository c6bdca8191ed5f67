/*
 * The scanner on any bytes, from any text mode: the same tags however the input is cut. Byte by byte everything goes
 * through the state machine, as a whole most goes past it: so this also compares the two. And what is passed over as
 * ordinary is that, says the state machine.
 */

#include <stdlib.h>
#include <string.h>

#include "attributes.h"
#include "charref.h"
#include "element.h"
#include "ordinary.h"
#include "scanner.h"

#define MAX_TAGS  4096

typedef struct {
    size_t         end;
    size_t         length;
    unsigned char  name[CONSENT_NAME_MAX + 3];
} tag_t;


static void
check(int truth)
{
    if (!truth) {
        abort();
    }
}


static size_t
scan(const unsigned char *data, size_t size, unsigned how, tag_t *tags)
{
    char               *piece;
    size_t              n, i, len;
    const char         *p, *next;
    consent_scan_t      event;
    consent_scanner_t   s;

    consent_scanner_init(&s, 1 << 20);
    memcpy(s.name, "script", 6);
    s.name_len = 6;
    s.cdata = (how >> 6) & 1;
    consent_scanner_text(&s, (consent_text_mode_t) ((how & 0x3f) % 6));

    for (i = 0, n = 0; i < size; i += len) {
        len = how >> 8 ? 1 + (i * 2654435761u >> 3) % (how >> 8) : size;
        len = len < size - i ? len : size - i;

        piece = malloc(len);
        check(piece != NULL);
        memcpy(piece, data + i, len);

        for (p = piece; p < piece + len; p = next) {
            next = consent_scanner_run(&s, p, piece + len, &event);
            check(next > p && next <= piece + len);
            check(s.held <= i + (size_t) (next - piece));
            check(event == CONSENT_SCAN_TAG || (event == CONSENT_SCAN_MORE && next == piece + len));

            if (event == CONSENT_SCAN_TAG && n < MAX_TAGS) {
                memset(&tags[n], 0, sizeof(tags[n]));
                tags[n].end = i + (size_t) (next - piece);
                tags[n].length = s.held;
                memcpy(tags[n].name, s.name, s.name_len);
                tags[n].name[CONSENT_NAME_MAX] = s.name_len;
                tags[n].name[CONSENT_NAME_MAX + 1] = s.end_tag;
                tags[n].name[CONSENT_NAME_MAX + 2] = s.self_closing;
                n++;
            }
        }

        free(piece);
    }

    return n;
}


/* The attributes of a whole tag are complete and end where it does. */

static void
lex(const unsigned char *data, const tag_t *tag)
{
    char                   *text, *copy;
    consent_str_t           bytes, decoded;
    consent_attribute_t     a;
    consent_attributes_t    it;

    copy = malloc(tag->length);
    text = malloc(3 * tag->length);
    check(copy != NULL && text != NULL);
    memcpy(copy, data + tag->end - tag->length, tag->length);

    bytes = (consent_str_t) { copy, tag->length };
    consent_attributes_init(&it, bytes);

    while (consent_attributes_next(&it, &a)) {
        check(a.complete && a.name.len > 0);
        check(a.whole.data >= bytes.data && a.whole.data + a.whole.len < bytes.data + bytes.len);

        decoded = consent_charref_decode(a.value, text, 3 * tag->length);
        check(decoded.len <= 3 * a.value.len);
    }

    check(it.p == bytes.data + bytes.len - 1 && *it.p == '>');

    free(text);
    free(copy);
}


/* A start tag that may be passed over. */

static void
check_ordinary(const consent_scanner_t *s, consent_str_t tag)
{
    consent_attribute_t       a;
    consent_attributes_t      it;
    const consent_element_t  *element;

    element = consent_element_find(s->name, s->name_len);
    check(!consent_element_matters(element));

    consent_attributes_init(&it, tag);

    while (consent_attributes_next(&it, &a)) {
        check(!consent_str_caseeq(a.name, CONSENT_STR("style")));
        check(a.name.len < 9 || !consent_str_caseeq((consent_str_t) { a.name.data, 9 }, CONSENT_STR("data-ngxc")));
        check(element->carries == 0 || !consent_str_caseeq(a.name, CONSENT_STR("background")));
    }
}


/* Byte by byte up to stop, or, when that is where it stands already, to the end of the next tag. */

static size_t
step(consent_scanner_t *s, const char *text, size_t from, size_t stop, size_t size)
{
    size_t          at;
    consent_scan_t  event;

    for (at = from; at < size && (at < stop || stop == from); ) {
        consent_scanner_run(s, text + at, text + at + 1, &event);
        at++;

        if (event != CONSENT_SCAN_TAG) {
            check(stop == from || event == CONSENT_SCAN_MORE);
            continue;
        }

        if (stop == from) {
            break;
        }

        if (s->end_tag) {
            check(!(s->name_len == 4 && (memcmp(s->name, "body", 4) == 0 || memcmp(s->name, "html", 4) == 0)));

        } else {
            check_ordinary(s, (consent_str_t) { text + at - s->held, s->held });
        }
    }

    return at;
}


#define AROUND  80

static void
pass_over(const unsigned char *data, size_t size, unsigned how)
{
    char               *text;
    size_t              from, stop;
    consent_scan_t      event;
    consent_scanner_t   s, fast, slow;

    /* room behind, since blocks are looked at as a whole, and before, so that they are cut elsewhere each time */

    text = malloc(size + 2 * AROUND);
    check(text != NULL);
    memset(text, ' ', size + 2 * AROUND);
    memcpy(text + how % AROUND, data, size);
    size += how % AROUND + AROUND;

    text = realloc(text, size);
    check(text != NULL);

    consent_scanner_init(&s, 1 << 20);
    memcpy(s.pair, "/_", 2);
    s.declarations = 1;

    for (from = 0; from < size; from = step(&s, text, from, from, size)) {

        if (!consent_scanner_in_text(&s)) {
            continue;
        }

        fast = s;
        slow = s;

        stop = (size_t) (consent_skip_ordinary(&fast, text + from, text + size, &event) - text);
        check(stop >= from && stop <= size);

        check(consent_skip_ordinary_by(consent_markup_look_portable, &slow, text + from, text + size, &event)
              == text + stop);
        check(memcmp(&fast, &slow, sizeof(s)) == 0);

        stop -= fast.held;

        if (stop > from) {
            check(step(&s, text, from, stop, size) == stop);
            check(consent_scanner_in_text(&s));
            from = stop;
        }

        if (event == CONSENT_SCAN_TAG) {
            check(fast.held > 2);

            from = step(&s, text, stop, stop, size);

            check(from == stop + fast.held && s.held == fast.held);
            check(s.name_len == fast.name_len && memcmp(s.name, fast.name, sizeof(s.name)) == 0);
            check(s.end_tag == fast.end_tag && s.self_closing == fast.self_closing);
        }
    }

    free(text);
}


int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    size_t        n, i;
    unsigned      how;
    static tag_t  whole[MAX_TAGS], cut[MAX_TAGS];

    if (size == 0) {
        return 0;
    }

    how = data[0];

    pass_over(data + 1, size - 1, how);

    n = scan(data + 1, size - 1, how, whole);

    for (i = 0; i < n; i++) {
        lex(data + 1, &whole[i]);
    }

    check(scan(data + 1, size - 1, how | 1 << 8, cut) == n);
    check(memcmp(whole, cut, n * sizeof(tag_t)) == 0);

    check(scan(data + 1, size - 1, how | 40 << 8, cut) == n);
    check(memcmp(whole, cut, n * sizeof(tag_t)) == 0);

    return 0;
}
