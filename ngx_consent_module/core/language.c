/*
 * Which of the offered languages an answer is in. A range of the visitor's ("fr-CA") takes an offered tag that is
 * the same, less precise ("fr": lookup, RFC 4647, 3.4), or more precise ("fr-CA-x": basic filtering, 3.3.1). One
 * pass over the header; it is as long as the server's header buffers allow and holds anything.
 */

#include <stdint.h>

#include "locale.h"

#define CONSENT_OFFERED_MAX  64


typedef struct {
    consent_str_t  range;
    unsigned       q;           /* in thousandths */
} weighted_t;


/* tag is range, or begins with it and a hyphen. */

static int
covers(consent_str_t range, consent_str_t tag)
{
    return tag.len >= range.len && consent_str_caseeq((consent_str_t) { tag.data, range.len }, range)
           && (tag.len == range.len || tag.data[range.len] == '-');
}


/*
 * The best offered tag for a range: the same, else the longest that is less precise, else the first that is more;
 * or -1.
 */

static int
match(const consent_str_t *offered, unsigned noffered, consent_str_t range, uint64_t excluded)
{
    int       less, more;
    unsigned  i;

    if (range.len == 0) {
        return -1;
    }

    less = -1;
    more = -1;

    for (i = 0; i < noffered; i++) {
        if (i < CONSENT_OFFERED_MAX && (excluded >> i & 1)) {
            continue;
        }

        if (consent_str_caseeq(offered[i], range)) {
            return (int) i;
        }

        if (offered[i].len > 0 && covers(offered[i], range) && (less == -1 || offered[i].len > offered[less].len)) {
            less = (int) i;
        }

        if (more == -1 && covers(range, offered[i])) {
            more = (int) i;
        }
    }

    return less != -1 ? less : more;
}


/* weight = OWS ";" OWS "q=" qvalue (RFC 9110, 12.4.2); -1 when it is anything else. */

static int
parse_weight(consent_str_t s)
{
    int     q, scale;
    size_t  i;

    s = consent_str_trim(s);

    if (s.len < 3 || (s.data[0] | 0x20) != 'q' || s.data[1] != '=' || (s.data[2] != '0' && s.data[2] != '1')) {
        return -1;
    }

    q = (s.data[2] - '0') * 1000;

    if (s.len == 3) {
        return q;
    }

    if (s.data[3] != '.' || s.len > 7) {
        return -1;
    }

    for (i = 4, scale = 100; i < s.len; i++, scale /= 10) {
        if (s.data[i] < '0' || s.data[i] > '9') {
            return -1;
        }

        q += (s.data[i] - '0') * scale;
    }

    return q <= 1000 ? q : -1;
}


/*
 * Takes the next element off header. Returns 0 at the end; q is 0 for what is refused, range empty for what is
 * malformed.
 */

static int
next_range(consent_str_t *header, weighted_t *weighted)
{
    int            q;
    size_t         i, semicolon;
    consent_str_t  element;

    if (header->len == 0) {
        return 0;
    }

    semicolon = 0;

    for (i = 0; i < header->len && header->data[i] != ','; i++) {
        if (header->data[i] == ';' && semicolon == 0) {
            semicolon = i + 1;
        }
    }

    element = (consent_str_t) { header->data, i };

    header->data += i + (i < header->len);
    header->len -= i + (i < header->len);

    weighted->q = 1000;

    if (semicolon > 0) {
        q = parse_weight((consent_str_t) { element.data + semicolon, element.len - semicolon });
        element.len = q == -1 ? 0 : semicolon - 1;
        weighted->q = (unsigned) (q == -1 ? 0 : q);
    }

    weighted->range = consent_str_trim(element);

    return 1;
}


static uint64_t
excluded_by(const consent_str_t *offered, unsigned noffered, consent_str_t header)
{
    uint64_t    excluded;
    unsigned    i;
    weighted_t  weighted;

    excluded = 0;

    while (next_range(&header, &weighted)) {
        if (weighted.q > 0 || weighted.range.len == 0) {
            continue;
        }

        for (i = 0; i < noffered && i < CONSENT_OFFERED_MAX; i++) {
            if (covers(weighted.range, offered[i])) {
                excluded |= (uint64_t) 1 << i;
            }
        }
    }

    return excluded;
}


consent_str_t
consent_language_negotiate(const consent_str_t *offered, unsigned noffered, const consent_str_t *wanted,
    unsigned nwanted, consent_str_t accept_language)
{
    int            found, best;
    unsigned       i, q, any;
    uint64_t       excluded;
    weighted_t     weighted;
    consent_str_t  header;

    for (i = 0; i < nwanted; i++) {
        found = match(offered, noffered, consent_str_trim(wanted[i]), 0);

        if (found != -1) {
            return offered[found];
        }
    }

    excluded = excluded_by(offered, noffered, accept_language);

    best = -1;
    q = 0;
    any = 0;
    header = accept_language;

    while (next_range(&header, &weighted)) {
        if (weighted.q <= q) {
            continue;
        }

        if (consent_str_eq(weighted.range, CONSENT_STR("*"))) {
            any = weighted.q > any ? weighted.q : any;
            continue;
        }

        found = match(offered, noffered, weighted.range, excluded);

        if (found != -1) {
            best = found;
            q = weighted.q;
        }
    }

    if (best != -1 && q >= any) {
        return offered[best];
    }

    /* "*" stands for what no other range names; the first offered language is the site's own. */

    for (i = 0; any > 0 && i < noffered; i++) {
        if ((int) i != best && (i >= CONSENT_OFFERED_MAX || !(excluded >> i & 1))) {
            return offered[i];
        }
    }

    return best != -1 ? offered[best] : offered[0];
}
