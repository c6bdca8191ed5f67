/*
 * The form: W/"ngxc-CLASS-TIME-KIND ORIGINAL" without the blank, and without W/ where it is strong. TIME is
 * Last-Modified in seconds, or empty; KIND says what stood around the original: s "…", w W/"…", r nothing (not an
 * entity-tag, given back as it came), n there is none. The original is percent-encoded: no quotes, commas or bytes
 * beyond ASCII, on which somebody on the way might stumble.
 */

#include <string.h>

#include "etag.h"

#define CONSENT_ETAG_PREFIX  CONSENT_STR("ngxc-")
#define CONSENT_ETAG_MAX     256     /* longer originals are not carried */


void
consent_etag_tag(consent_str_t etag, int64_t last_modified, consent_str_t choice_class, int as_it_came,
    consent_buf_t *out)
{
    char  kind;

    etag = consent_str_trim(etag);

    if (etag.len > CONSENT_ETAG_MAX) {
        etag.len = 0;
    }

    if (etag.len == 0 && last_modified < 0) {
        return;
    }

    kind = 'r';

    if (etag.len == 0) {
        kind = 'n';

    } else if (etag.len >= 2 && etag.data[0] == '"' && etag.data[etag.len - 1] == '"') {
        kind = 's';
        etag.data++;
        etag.len -= 2;

    } else if (etag.len >= 4 && memcmp(etag.data, "W/\"", 3) == 0 && etag.data[etag.len - 1] == '"') {
        kind = 'w';
        etag.data += 3;
        etag.len -= 4;
    }

    if (!as_it_came || kind != 's') {
        consent_buf_add(out, CONSENT_STR("W/"));
    }

    consent_buf_addc(out, '"');
    consent_buf_add(out, CONSENT_ETAG_PREFIX);
    consent_buf_add(out, choice_class);
    consent_buf_addc(out, '-');

    if (last_modified >= 0) {
        consent_buf_addf(out, "%lld", (long long) last_modified);
    }

    consent_buf_addc(out, '-');
    consent_buf_addc(out, kind);
    consent_buf_add_uri_component(out, etag);
    consent_buf_addc(out, '"');
}


/* Cuts off what stands before the next hyphen, which is eaten. 0, or -1 when there is none. */

static int
next_field(consent_str_t *rest, consent_str_t *field)
{
    const char  *hyphen;

    hyphen = rest->len > 0 ? memchr(rest->data, '-', rest->len) : NULL;
    if (hyphen == NULL) {
        return -1;
    }

    field->data = rest->data;
    field->len = (size_t) (hyphen - rest->data);

    rest->data = hyphen + 1;
    rest->len -= field->len + 1;

    return 0;
}


/* Seconds that fit a date of four-digit years; -1 when empty, -2 when malformed. */

static int64_t
read_time(consent_str_t text)
{
    size_t   i;
    int64_t  seconds;

    if (text.len == 0) {
        return -1;
    }

    if (text.len > 12) {
        return -2;
    }

    seconds = 0;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return -2;
        }

        seconds = seconds * 10 + (text.data[i] - '0');
    }

    return seconds <= 253402300799 ? seconds : -2;
}


static int
hex(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    return (c >= 'A' && c <= 'F') ? c - 'A' + 10 : -1;
}


/*
 * The original between its quotes; data is NULL when it is not what consent_etag_tag writes. Control characters never
 * were in one.
 */

static consent_str_t
decode(consent_str_t text, const char *before, const char *after, consent_arena_t *arena, int *forged)
{
    int            byte;
    char          *p, *start;
    size_t         i;
    consent_str_t  none = { NULL, 0 };

    *forged = 1;

    if (text.len > 3 * CONSENT_ETAG_MAX) {
        return none;
    }

    start = p = consent_alloc(arena, strlen(before) + text.len + strlen(after) + 1);
    if (p == NULL) {
        return none;
    }

    p = stpcpy(p, before);

    for (i = 0; i < text.len; i++) {
        byte = (unsigned char) text.data[i];

        if (byte == '%') {
            if (i + 2 >= text.len || hex(text.data[i + 1]) < 0 || hex(text.data[i + 2]) < 0) {
                return none;
            }

            byte = hex(text.data[i + 1]) << 4 | hex(text.data[i + 2]);
            i += 2;
        }

        if (byte < 0x20 || byte == 0x7f) {
            return none;
        }

        *p++ = (char) byte;
    }

    p = stpcpy(p, after);
    *forged = 0;

    return (consent_str_t) { start, (size_t) (p - start) };
}


int
consent_etag_untag(consent_str_t tag, consent_str_t choice_class, consent_arena_t *arena, consent_str_t *etag,
    int64_t *last_modified)
{
    int            forged;
    char           kind;
    consent_str_t  class, time;

    *etag = CONSENT_STR("");
    *last_modified = -1;

    tag = consent_str_trim(tag);

    if (consent_str_starts(tag, CONSENT_STR("W/"))) {
        tag.data += 2;
        tag.len -= 2;
    }

    if (tag.len < 2 || tag.data[0] != '"' || tag.data[tag.len - 1] != '"') {
        return -1;
    }

    tag.data++;
    tag.len -= 2;

    if (!consent_str_starts(tag, CONSENT_ETAG_PREFIX)) {
        return -1;
    }

    tag.data += CONSENT_ETAG_PREFIX.len;
    tag.len -= CONSENT_ETAG_PREFIX.len;

    if (next_field(&tag, &class) != 0 || next_field(&tag, &time) != 0 || tag.len == 0
        || !consent_str_eq(class, choice_class))
    {
        return 0;
    }

    *last_modified = read_time(time);
    if (*last_modified == -2) {
        return 0;
    }

    kind = tag.data[0];
    tag.data++;
    tag.len--;

    switch (kind) {

    case 's':
        *etag = decode(tag, "\"", "\"", arena, &forged);
        break;

    case 'w':
        *etag = decode(tag, "W/\"", "\"", arena, &forged);
        break;

    case 'r':
        *etag = decode(tag, "", "", arena, &forged);
        break;

    case 'n':
        *etag = CONSENT_STR("");
        forged = (tag.len > 0 || *last_modified == -1);
        break;

    default:
        forged = 1;
    }

    return !forged;
}


/*
 * An entity-tag, or whatever else stands before the next comma outside quotes (RFC 9110, 13.1.2: a tag may hold
 * commas).
 */

static consent_str_t
next_tag(consent_str_t *rest)
{
    int            quoted;
    size_t         i;
    consent_str_t  tag;

    quoted = 0;

    for (i = 0; i < rest->len && (quoted || rest->data[i] != ','); i++) {
        if (rest->data[i] == '"') {
            quoted = !quoted;
        }
    }

    tag.data = rest->data;
    tag.len = i;

    if (i < rest->len) {
        i++;
    }

    rest->data += i;
    rest->len -= i;

    return tag;
}


int
consent_etag_untag_list(consent_str_t if_none_match, consent_str_t choice_class, consent_arena_t *arena,
    consent_str_t *etags, int64_t *last_modified)
{
    int            rc, one;
    int64_t        time;
    consent_buf_t  list;
    consent_str_t  etag;

    rc = -1;
    *last_modified = -1;
    consent_buf_init(&list, arena);

    while (if_none_match.len > 0) {

        one = consent_etag_untag(next_tag(&if_none_match), choice_class, arena, &etag, &time);

        if (one > rc) {
            rc = one;
        }

        if (one != 1) {
            continue;
        }

        if (etag.len > 0) {
            if (list.len > 0) {
                consent_buf_add(&list, CONSENT_STR(", "));
            }

            consent_buf_add(&list, etag);
        }

        if (time > *last_modified) {
            *last_modified = time;
        }
    }

    *etags = consent_buf_str(&list);

    return list.failed ? 0 : rc;
}
