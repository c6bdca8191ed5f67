/*
 * Works on the bits of markup_block.h, a block of 64 bytes after the other. Whether the first ">" after a tag's name ends
 * the tag depends on the quotes before it, and which of these open a value on the "=" before them. A tag is passed over
 * when it is written so that this is sure (WHATWG HTML, 13.2.5.32 to 39): outside of quoted values every "=" has a name
 * directly before it and, directly behind it, a quote or a value without quotes that holds none and no other "=";
 * there is no quote that follows no "=", nor a control character but the newline. What is written otherwise is left to
 * the state machine.
 */

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "ascii.h"
#include "element.h"
#include "markup_block.h"
#include "ordinary.h"

/* No name that matters is longer. */
#define NAME_MAX  15

typedef struct {
    consent_markup_look_pt   look;
    const char              *link;
    const char              *end;
    consent_markup_block_t   block;
} walk_t;


/* The next block; 0 when the input has no whole one. */

static inline int
advance(walk_t *walk, const char *to)
{
    if (walk->end - to < CONSENT_BLOCK_SIGHT) {
        return 0;
    }

    walk->look(to, walk->link, &walk->block);

    return 1;
}


/* Bit n says whether an odd number of bits up to n, itself included, are set. */

static inline uint64_t
parity(uint64_t bits)
{
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    bits ^= bits << 32;

    return bits;
}


/* All bits up to the lowest one set, itself included; all when there is none. */

static inline uint64_t
up_to_lowest(uint64_t bits)
{
    return bits ^ (bits - 1);
}


/*
 * The end of a tag whose name ends at a byte of the block at hand; NULL when that is not sure. The block is then the one
 * in which it ends. marked: whether the tag holds a mark, or an attribute that begins with "on".
 */

static inline const char *
skip_attributes(walk_t *walk, unsigned at, int *marked)
{
    int                      quoted, single;
    uint64_t                 from, first, quotes, inside, ends, tag, equals, edge, starts, body, values, unsure;
    uint64_t                 after_equals, after_edge, in_quotes, in_value;
    consent_markup_block_t  *b = &walk->block;

    from = ~(uint64_t) 0 << at;
    first = up_to_lowest((b->greater_than | b->quote | b->apostrophe) & from) & from;

    if (first & b->greater_than) {
        *marked = (first & (b->mark | (b->on & (b->space | b->slash) << 1))) != 0;
        return b->from + __builtin_ctzll(first & b->greater_than) + 1;
    }

    quoted = 0;
    single = 0;

    after_equals = 0;       /* of the last byte of the block before */
    after_edge = 0;
    in_value = 0;
    in_quotes = 0;

    for ( ;; ) {

        /* a tag has one kind of quotes, as a rule, and the other kind inside of them at most: the first one decides */

        if (!quoted) {
            first = (b->quote | b->apostrophe) & from;
            quoted = first != 0;
            single = (first & -first & b->apostrophe) != 0;
        }

        quotes = (single ? b->apostrophe : b->quote) & from;
        inside = parity(quotes) ^ in_quotes;        /* from an opening quote to the byte before the closing one */

        ends = b->greater_than & ~inside & from;
        tag = up_to_lowest(ends) & from;

        equals = b->equals & ~inside & from;
        edge = b->space | b->slash | (quotes & ~inside);

        /* values that are not quoted, from where they start to the next space or ">" */

        starts = (equals << 1 | after_equals) & ~(quotes & inside);
        body = ~(b->space | b->greater_than);
        values = (starts | in_value) & body;
        values = body & ~(values + body);

        unsure = (quotes & inside & ~(equals << 1 | after_equals))
                 | ((single ? b->quote : b->apostrophe) & ~inside)
                 | (equals & (edge << 1 | after_edge))
                 | (starts & ~body)
                 | (values & (b->equals | b->quote | b->apostrophe))
                 | (b->control & ~inside);

        if (unsure & tag) {
            return NULL;
        }

        *marked |= (tag & (b->mark | (b->on & (edge << 1 | after_edge) & ~inside))) != 0;

        if (ends) {
            return b->from + __builtin_ctzll(ends) + 1;
        }

        after_equals = equals >> 63;
        after_edge = edge >> 63;
        in_value = values >> 63;
        in_quotes = (uint64_t) 0 - (inside >> 63);
        from = ~(uint64_t) 0;

        if (!advance(walk, b->from + CONSENT_BLOCK)) {
            return NULL;
        }
    }
}


/* Whether two letters stand anywhere in a tag, in either case. */

static int
holds(const char *p, const char *end, char first, char second)
{
#ifdef __SSE2__
    __m128i  one, two, fold;

    for (fold = _mm_set1_epi8(0x20); end - p > 16; p += 16) {
        one = _mm_or_si128(_mm_loadu_si128((const __m128i *) p), fold);
        two = _mm_or_si128(_mm_loadu_si128((const __m128i *) (p + 1)), fold);

        if (_mm_movemask_epi8(_mm_and_si128(_mm_cmpeq_epi8(one, _mm_set1_epi8(first)),
                                            _mm_cmpeq_epi8(two, _mm_set1_epi8(second)))))
        {
            return 1;
        }
    }
#endif

    for ( ; end - p > 1; p++) {
        if ((p[0] | 0x20) == first && (p[1] | 0x20) == second) {
            return 1;
        }
    }

    return 0;
}


/* The length of a name that ends in a way that leaves no doubt; 0 when it does not. */

static inline unsigned
name_length(const walk_t *walk, const char *name)
{
    unsigned                       at, len;
    uint64_t                       stops;
    const consent_markup_block_t  *b = &walk->block;

    at = (unsigned) (name - b->from);

    if (at < CONSENT_BLOCK) {
        stops = (b->space | b->slash | b->greater_than | b->control | b->equals | b->quote | b->apostrophe) >> at;

        if (stops) {
            len = (unsigned) __builtin_ctzll(stops);
            stops &= (b->space | b->slash | b->greater_than) >> at;

            return stops >> len & 1 ? len : 0;
        }
    }

    for (len = 0; len <= NAME_MAX; len++) {
        switch (name[len]) {
        case ' ':
        case '\n':
        case '/':
        case '>':
            return len;

        case '=':
        case '"':
        case '\'':
            return 0;

        default:
            if ((unsigned char) name[len] < ' ') {
                return 0;
            }
        }
    }

    return 0;
}


static const consent_element_t *
find_element(const char *name, unsigned len)
{
    char      folded[CONSENT_NAME_MAX] = "";
    unsigned  i;

    for (i = 0; i < len; i++) {
        folded[i] = consent_to_lower(name[i]);
    }

    return consent_element_find(folded, len);
}


/* A tag that has to be looked at, as the state machine would report it; 0 when it is better asked. */

static int
report(consent_scanner_t *s, const char *lt, const char *name, unsigned len, const char *end, unsigned hints)
{
    unsigned     i;
    const char  *before;

    if (len > NAME_MAX || (size_t) (end - lt) > s->limit) {
        return 0;
    }

    /* a slash before the end may be part of a value unless nothing of one stands before it */

    s->self_closing = end[-2] == '/';
    before = end - 3;

    if (s->self_closing && before >= name + len && *before != ' ' && *before != '\n' && *before != '"' && *before != '\'') {
        return 0;
    }

    memset(s->name, 0, sizeof(s->name));

    for (i = 0; i < len; i++) {
        s->name[i] = consent_to_lower(name[i]);
    }

    s->name_len = (unsigned char) len;
    s->end_tag = lt[1] == '/';
    s->hints = (unsigned char) hints;
    s->held = (size_t) (end - lt);

    return 1;
}


/* What a tag that is marked may hold, or one that matters. */

static unsigned
hints_of(const char *p, const char *end, int marked)
{
    unsigned  hints;

    hints = marked ? CONSENT_HINT_PAIR : 0;

    if (memchr(p, '(', (size_t) (end - p)) != NULL || memchr(p, '&', (size_t) (end - p)) != NULL) {
        hints |= CONSENT_HINT_STYLE;
    }

    return marked && holds(p, end, 'x', 'c') ? hints | CONSENT_HINT_NGXC : hints;
}


const char *
consent_skip_ordinary(consent_scanner_t *scanner, const char *p, const char *end, consent_scan_t *event)
{
    static consent_markup_look_pt  look;

    if (look == NULL) {
        look = consent_markup_look();
    }

    return consent_skip_ordinary_by(look, scanner, p, end, event);
}


const char *
consent_skip_ordinary_by(consent_markup_look_pt look, consent_scanner_t *s, const char *p, const char *end,
    consent_scan_t *event)
{
    int                       end_tag, matters, marked;
    walk_t                    walk;
    unsigned                  at, len, hints;
    uint64_t                  open;
    const char               *lt, *name;
    const consent_element_t  *element;

    walk.look = look;
    walk.link = s->pair[0] ? s->pair : "yl";
    walk.end = end;

    s->held = 0;
    *event = CONSENT_SCAN_MORE;

    if (!advance(&walk, p)) {
        return p;
    }

    for (at = 0; /* void */ ; at = (unsigned) (p - walk.block.from)) {

        open = at < CONSENT_BLOCK ? walk.block.less_than >> at << at : 0;

        while (open == 0) {
            if (p < walk.block.from + CONSENT_BLOCK) {
                p = walk.block.from + CONSENT_BLOCK;
            }

            if (walk.block.less_than == 0) {
                p = memchr(p, '<', (size_t) (end - p));
                p = p ? p : end;
            }

            if (!advance(&walk, p)) {
                return p;
            }

            open = walk.block.less_than;
        }

        lt = walk.block.from + __builtin_ctzll(open);

        if (end - lt < CONSENT_BLOCK_SIGHT) {
            return lt;
        }

        end_tag = lt[1] == '/';
        name = lt + 1 + end_tag;
        len = consent_is_alpha(*name) ? name_length(&walk, name) : 0;

        if (len == 0) {
            return lt;
        }

        element = NULL;
        matters = 0;

        if (end_tag) {
            matters = len == 4 && ((name[0] | 0x20) == 'b' || (name[0] | 0x20) == 'h');     /* perhaps body or html */

        } else if (consent_element_watched(*name, len)) {
            element = find_element(name, len);
            matters = consent_element_matters(element);
        }

        p = name + len;
        marked = 0;

        if (*p == '>') {
            p++;

        } else {
            at = (unsigned) (p - walk.block.from);

            if (at >= CONSENT_BLOCK) {
                if (!advance(&walk, walk.block.from + CONSENT_BLOCK)) {
                    return lt;
                }

                at -= CONSENT_BLOCK;
            }

            p = skip_attributes(&walk, at, &marked);

            if (p == NULL) {
                return lt;
            }
        }

        hints = marked || matters ? hints_of(name + len, p, marked) : 0;

        if (element != NULL && element->carries & CONSENT_CARRIES_BACKGROUND && holds(name + len, p, 'k', 'g')) {
            hints |= CONSENT_HINT_BACKGROUND;
        }

        if (matters || (hints && !end_tag)) {
            if (!report(s, lt, name, len, p, hints)) {
                return lt;
            }

            *event = CONSENT_SCAN_TAG;

            return p;
        }
    }
}
