#include <string.h>

#include "address.h"

/* One forwarded-pair (RFC 7239, section 4). */
typedef struct {
    consent_str_t  name;
    consent_str_t  text;        /* name, "=" and value as they stand */
    char           value[CONSENT_ADDRESS_TEXT_MAX];     /* without quotes and backslashes */
    size_t         value_len;   /* 0: longer than any address */
} pair_t;


static int
is_token(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
           || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}


static void
skip_white(consent_str_t *rest)
{
    while (rest->len > 0 && (rest->data[0] == ' ' || rest->data[0] == '\t')) {
        rest->data++;
        rest->len--;
    }
}


/*
 * The end of a value that begins at i: a quoted-string, or whatever ends at a separator (people forget to quote
 * IPv6). 0 when it is empty or its quotes do not end. *value_len is counted even where it does not fit.
 */

static size_t
read_value(consent_str_t text, size_t i, char value[CONSENT_ADDRESS_TEXT_MAX], size_t *value_len)
{
    char    c;
    int     quoted;
    size_t  n;

    quoted = i < text.len && text.data[i] == '"';
    n = 0;

    for (i += (size_t) quoted; i < text.len; i++) {
        c = text.data[i];

        if (quoted && c == '"') {
            *value_len = n;
            return i + 1;
        }

        if (quoted && c == '\\' && ++i < text.len) {
            c = text.data[i];

        } else if (!quoted && (c == ',' || c == ';' || c == ' ' || c == '\t' || c == '"')) {
            break;
        }

        if (n < CONSENT_ADDRESS_TEXT_MAX) {
            value[n] = c;
        }

        n++;
    }

    *value_len = n;

    return quoted || n == 0 ? 0 : i;
}


/* Cuts a pair off. Returns -1 where the syntax is broken. */

static int
next_pair(consent_str_t *rest, pair_t *pair)
{
    size_t  i;

    for (i = 0; i < rest->len && is_token(rest->data[i]); i++) { /* void */ }

    if (i == 0 || i == rest->len || rest->data[i] != '=') {
        return -1;
    }

    pair->name = (consent_str_t) { rest->data, i };

    i = read_value(*rest, i + 1, pair->value, &pair->value_len);
    if (i == 0) {
        return -1;
    }

    if (pair->value_len > CONSENT_ADDRESS_TEXT_MAX) {
        pair->value_len = 0;
    }

    pair->text = (consent_str_t) { rest->data, i };

    rest->data += i;
    rest->len -= i;

    skip_white(rest);

    return rest->len > 0 && rest->data[0] != ',' && rest->data[0] != ';' ? -1 : 0;
}


static int
is_node(consent_str_t name)
{
    return consent_str_caseeq(name, CONSENT_STR("for")) || consent_str_caseeq(name, CONSENT_STR("by"));
}


static int
is_server(consent_str_t name)
{
    return consent_str_caseeq(name, CONSENT_STR("host")) || consent_str_caseeq(name, CONSENT_STR("proto"));
}


static char *
append(char *p, consent_str_t s)
{
    memcpy(p, s.data, s.len);

    return p + s.len;
}


/* Writes the pair as it goes on. Returns its length, 0 when it is dropped. */

static size_t
mask_pair(consent_mask_t mask, const pair_t *pair, char *out)
{
    int            quoted;
    char           text[CONSENT_ADDRESS_TEXT_MAX], *p;
    size_t         len;
    consent_str_t  value = { pair->value, pair->value_len };

    len = is_server(pair->name) ? 0 : consent_mask_text(mask, value, text);

    if (len == 0) {
        if (is_node(pair->name) && !consent_str_caseeq(value, CONSENT_STR("unknown"))) {
            return 0;
        }

        return (size_t) (append(out, pair->text) - out);
    }

    quoted = memchr(text, ':', len) != NULL;

    p = append(out, pair->name);
    p = append(p, quoted ? CONSENT_STR("=\"[") : CONSENT_STR("="));
    p = append(p, (consent_str_t) { text, len });
    p = append(p, quoted ? CONSENT_STR("]\"") : CONSENT_STR(""));

    return (size_t) (p - out);
}


size_t
consent_mask_forwarded(consent_mask_t mask, consent_str_t value, char *out)
{
    int     new_element;
    size_t  len, before, n;
    pair_t  pair;

    len = 0;
    new_element = 0;

    for ( ;; ) {
        skip_white(&value);

        if (value.len == 0) {
            return len;
        }

        if (value.data[0] == ',' || value.data[0] == ';') {
            new_element |= value.data[0] == ',';
            value.data++;
            value.len--;
            continue;
        }

        if (next_pair(&value, &pair) != 0) {
            return len;
        }

        before = len;

        if (len > 0) {
            out[len++] = new_element ? ',' : ';';

            if (new_element) {
                out[len++] = ' ';
            }
        }

        n = mask_pair(mask, &pair, out + len);

        if (n == 0) {
            len = before;
            continue;
        }

        len += n;
        new_element = 0;
    }
}
