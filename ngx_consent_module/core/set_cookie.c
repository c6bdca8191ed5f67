/*
 * RFC 6265, 5.2: everything before the first ";" is name and value, the rest attributes, of which an unreadable one
 * is ignored and the last of each name counts. Max-Age wins over Expires (5.3, step 3).
 */

#include <string.h>

#include "cookie.h"
#include "cookie_date.h"

/* 13 months, the most that audience measurement may keep an identifier. */
#define AUDIENCE_LIFETIME  (395 * 24 * 60 * 60)

typedef enum {
    ATTRIBUTE_OTHER,
    ATTRIBUTE_EXPIRES,
    ATTRIBUTE_MAX_AGE
} attribute_t;


/* Cuts the next piece off, and the ";" behind it. Returns 0 at the end; a piece may be empty. */

static int
next_piece(consent_str_t *rest, consent_str_t *piece)
{
    char  *end;

    *piece = *rest;

    if (rest->data == NULL) {
        return 0;
    }

    end = rest->len ? memchr(rest->data, ';', rest->len) : NULL;

    if (end == NULL) {
        *rest = (consent_str_t) { NULL, 0 };
        return 1;
    }

    piece->len = (size_t) (end - piece->data);
    rest->data += piece->len + 1;
    rest->len -= piece->len + 1;

    return 1;
}


/* *value is empty when there is none. Quotes around it are dropped, as some browsers do. */

static attribute_t
attribute_of(consent_str_t piece, consent_str_t *value)
{
    char           *end;
    size_t          len;
    consent_str_t   name;

    end = piece.len ? memchr(piece.data, '=', piece.len) : NULL;
    len = end != NULL ? (size_t) (end - piece.data) : piece.len;

    name = consent_str_trim((consent_str_t) { piece.data, len });
    *value = consent_str_trim((consent_str_t) { piece.data + len, piece.len - len });

    if (value->len > 0) {
        *value = consent_str_trim((consent_str_t) { value->data + 1, value->len - 1 });
    }

    if (value->len >= 2 && value->data[0] == '"' && value->data[value->len - 1] == '"') {
        value->data++;
        value->len -= 2;
    }

    if (consent_str_caseeq(name, CONSENT_STR("expires"))) {
        return ATTRIBUTE_EXPIRES;
    }

    return consent_str_caseeq(name, CONSENT_STR("max-age")) ? ATTRIBUTE_MAX_AGE : ATTRIBUTE_OTHER;
}


/* 5.2.2: digits, perhaps after a "-". What is too large to count saturates. */

static int
read_max_age(consent_str_t value, int64_t *seconds)
{
    size_t   i;
    int64_t  n;

    i = value.len > 0 && value.data[0] == '-';

    if (i == value.len) {
        return -1;
    }

    for (n = 0; i < value.len; i++) {
        if (value.data[i] < '0' || value.data[i] > '9') {
            return -1;
        }

        if (n < INT64_MAX / 20) {
            n = n * 10 + (value.data[i] - '0');
        }
    }

    *seconds = value.data[0] == '-' ? -n : n;

    return 0;
}


/*
 * Seconds from now until the browser drops the cookie; 0 or less when it is deleted, or kept until the browser is
 * closed.
 */

static int64_t
lifetime_of(consent_str_t attributes, int64_t now)
{
    int64_t        max_age, expires;
    unsigned       has_max_age, has_expires;
    consent_str_t  piece, value;

    max_age = 0;
    expires = 0;
    has_max_age = 0;
    has_expires = 0;

    while (next_piece(&attributes, &piece)) {
        switch (attribute_of(piece, &value)) {
        case ATTRIBUTE_MAX_AGE:
            has_max_age |= read_max_age(value, &max_age) == 0;
            break;
        case ATTRIBUTE_EXPIRES:
            has_expires |= consent_cookie_date(value, &expires) == 0;
            break;
        default:
            break;
        }
    }

    if (has_max_age) {
        return max_age;
    }

    return has_expires ? expires - now : 0;
}


/* What the policy says of the cookie; of audience measurement never more than 13 months. */

int64_t
consent_cookie_limit(consent_claim_t claim, const consent_cookie_pattern_t *pattern)
{
    int64_t  stated;

    stated = pattern != NULL && pattern->lifetime >= 0 ? pattern->lifetime : CONSENT_COOKIE_NO_LIMIT;

    if (claim.service != NULL && claim.service->purpose == CONSENT_PURPOSE_AUDIENCE && stated > AUDIENCE_LIFETIME) {
        return AUDIENCE_LIFETIME;
    }

    return stated;
}


consent_set_cookie_t
consent_set_cookie_judge(const consent_choices_t *choices, const consent_str_t *own, unsigned nown, consent_str_t value,
    int64_t now, consent_buf_t *out)
{
    int64_t                          limit;
    consent_str_t                    rest, cookie, piece, name, text, pair;
    consent_claim_t                  claim;
    const consent_cookie_pattern_t  *pattern;

    rest = value;

    (void) next_piece(&rest, &cookie);

    piece = cookie;

    if (!consent_cookie_next(&piece, &name, &text, &pair)) {
        return CONSENT_SET_COOKIE_PASS;
    }

    name = consent_cookie_effective_name(name, text);

    if (consent_cookie_is_one_of(own, nown, name) || !consent_cookie_allow(choices, name, &claim, &pattern)) {
        return CONSENT_SET_COOKIE_DROP;
    }

    limit = consent_cookie_limit(claim, pattern);

    if (lifetime_of(rest, now) <= limit) {
        return CONSENT_SET_COOKIE_PASS;
    }

    consent_buf_add(out, cookie);

    while (next_piece(&rest, &piece)) {
        if (attribute_of(piece, &text) == ATTRIBUTE_OTHER) {
            consent_buf_addc(out, ';');
            consent_buf_add(out, piece);
        }
    }

    if (limit != CONSENT_LIFETIME_SESSION) {
        consent_buf_addf(out, "; Max-Age=%lld", (long long) limit);
    }

    return CONSENT_SET_COOKIE_CAP;
}
