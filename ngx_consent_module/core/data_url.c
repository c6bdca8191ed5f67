#include <string.h>

#include "ascii.h"
#include "data_url.h"


/* In place; a percent sign without two digits stays. */

static size_t
undo_percent(char *s, size_t len)
{
    size_t  i, n;

    for (i = 0, n = 0; i < len; n++) {
        if (s[i] == '%' && i + 2 < len && consent_hex_digit(s[i + 1]) >= 0 && consent_hex_digit(s[i + 2]) >= 0) {
            s[n] = (char) (consent_hex_digit(s[i + 1]) * 16 + consent_hex_digit(s[i + 2]));
            i += 3;

        } else {
            s[n] = s[i++];
        }
    }

    return n;
}


/*
 * In place. More is taken than "forgiving-base64 decode" (Infra, 7) takes: what a browser would not read at all is no
 * loss when it is read here.
 */

static size_t
undo_base64(char *s, size_t len)
{
    char      c;
    size_t    i, n;
    unsigned  bits, value, have;

    for (i = 0, n = 0, bits = 0, have = 0; i < len; i++) {
        c = s[i];

        if (c >= 'A' && c <= 'Z') {
            value = (unsigned) (c - 'A');

        } else if (c >= 'a' && c <= 'z') {
            value = (unsigned) (c - 'a') + 26;

        } else if (c >= '0' && c <= '9') {
            value = (unsigned) (c - '0') + 52;

        } else if (c == '+' || c == '/') {
            value = c == '+' ? 62 : 63;

        } else {
            continue;
        }

        bits = (bits << 6) | value;
        have += 6;

        if (have >= 8) {
            have -= 8;
            s[n++] = (char) (bits >> have & 0xff);
        }
    }

    return n;
}


/* ";base64" at the end of a type, perhaps with spaces; returns the length without it, or 0 when there is none. */

static size_t
without_base64(consent_str_t type)
{
    type = consent_str_trim(type);

    if (type.len < 7 || !consent_str_caseeq((consent_str_t) { type.data + type.len - 6, 6 }, CONSENT_STR("base64"))) {
        return 0;
    }

    for (type.len -= 6; type.len > 0 && type.data[type.len - 1] == ' '; type.len--) {
        /* void */
    }

    return type.len > 0 && type.data[type.len - 1] == ';' ? type.len : 0;
}


static int
contains(consent_str_t s, consent_str_t word)
{
    size_t  i;

    for (i = 0; i + word.len <= s.len; i++) {
        if (consent_str_caseeq((consent_str_t) { s.data + i, word.len }, word)) {
            return 1;
        }
    }

    return 0;
}


/* The essence of a MIME type, and a charset in its parameters. */

static consent_held_t
kind(consent_str_t type)
{
    consent_str_t  essence;

    if (contains(type, CONSENT_STR("utf-16")) || contains(type, CONSENT_STR("utf-7"))
        || contains(type, CONSENT_STR("2022-jp")) || contains(type, CONSENT_STR("unicode"))
        || contains(type, CONSENT_STR("ucs")) || contains(type, CONSENT_STR("10646")))
    {
        return CONSENT_HELD_DOUBTFUL;
    }

    for (essence = type, essence.len = 0; essence.len < type.len && type.data[essence.len] != ';'; essence.len++) {
        /* void */
    }

    essence = consent_str_trim(essence);

    if (consent_str_caseeq(essence, CONSENT_STR("text/html"))) {
        return CONSENT_HELD_HTML;
    }

    if (essence.len > 4 && (consent_str_caseeq((consent_str_t) { essence.data + essence.len - 4, 4 },
                                               CONSENT_STR("+xml"))
                            || consent_str_caseeq((consent_str_t) { essence.data + essence.len - 4, 4 },
                                                  CONSENT_STR("/xml"))))
    {
        return CONSENT_HELD_XML;
    }

    return CONSENT_HELD_OTHER;
}


consent_held_t
consent_data_url_open(consent_str_t ref, char *out, consent_str_t *text)
{
    char           *body;
    size_t          i, n, len;
    consent_str_t   type;

    ref = consent_str_trim(ref);

    for (i = 0, n = 0; i < ref.len; i++) {
        if (ref.data[i] != '\t' && ref.data[i] != '\n' && ref.data[i] != '\r') {
            out[n++] = ref.data[i];
        }
    }

    if (n >= 11 && consent_str_caseeq((consent_str_t) { out, 11 }, CONSENT_STR("javascript:"))) {
        *text = (consent_str_t) { out + 11, undo_percent(out + 11, n - 11) };
        return CONSENT_HELD_SCRIPT;
    }

    if (n < 5 || !consent_str_caseeq((consent_str_t) { out, 5 }, CONSENT_STR("data:"))) {
        return CONSENT_HELD_NOTHING;
    }

    body = memchr(out, ',', n);

    if (body == NULL) {
        return CONSENT_HELD_NOTHING;
    }

    type = (consent_str_t) { out + 5, (size_t) (body - out) - 5 };
    body++;
    len = n - (size_t) (body - out);

    if (memchr(body, '#', len) != NULL) {
        len = (size_t) ((char *) memchr(body, '#', len) - body);
    }

    len = undo_percent(body, len);

    if (without_base64(type) > 0) {
        len = undo_base64(body, len);
    }

    *text = (consent_str_t) { body, len };

    return kind(type);
}
