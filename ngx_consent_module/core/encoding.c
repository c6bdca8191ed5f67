#include "encoding.h"


static consent_str_t
trim(consent_str_t s)
{
    while (s.len > 0 && (s.data[0] == ' ' || s.data[0] == '\t')) {
        s.data++;
        s.len--;
    }

    while (s.len > 0 && (s.data[s.len - 1] == ' ' || s.data[s.len - 1] == '\t')) {
        s.len--;
    }

    return s;
}


/* What stands before the first stop; rest begins behind it. */

static consent_str_t
cut(consent_str_t *rest, char stop)
{
    size_t         i;
    consent_str_t  piece;

    for (i = 0; i < rest->len && rest->data[i] != stop; i++) {
        /* void */
    }

    piece = (consent_str_t) { rest->data, i };

    i += (i < rest->len);
    rest->data += i;
    rest->len -= i;

    return trim(piece);
}


/* Closed: a word that is not known may be an encoding that some browser undoes. */

int
consent_encoding_is_none(consent_str_t value)
{
    size_t         i;
    consent_str_t  token;

    static const consent_str_t  words[] = {
        CONSENT_STR(""), CONSENT_STR("identity"), CONSENT_STR("none"), CONSENT_STR("utf-8"), CONSENT_STR("utf8"),
        CONSENT_STR("iso-8859-1"), CONSENT_STR("iso-8859-15"), CONSENT_STR("windows-1252"), CONSENT_STR("8bit"),
        CONSENT_STR("7bit"), CONSENT_STR("binary"), CONSENT_STR("text/html"), CONSENT_STR("html")
    };

    do {
        token = cut(&value, ',');

        for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
            if (consent_str_caseeq(token, words[i])) {
                break;
            }
        }

        if (i == sizeof(words) / sizeof(words[0])) {
            return 0;
        }

    } while (value.len > 0);

    return 1;
}


/* "0", "0." and "0.000" are the weights that mean no. */

static int
is_zero(consent_str_t weight)
{
    size_t  i;

    for (i = 0; i < weight.len; i++) {
        if (weight.data[i] != '0' && weight.data[i] != '.') {
            return 0;
        }
    }

    return weight.len > 0;
}


int
consent_encoding_is_gzip(consent_str_t value)
{
    value = consent_str_trim(value);

    return consent_str_caseeq(value, CONSENT_STR("gzip")) || consent_str_caseeq(value, CONSENT_STR("x-gzip"));
}


int
consent_encoding_accepts_gzip(consent_str_t value)
{
    int            refused;
    consent_str_t  item, name, parameter;

    while (value.len > 0) {
        item = cut(&value, ',');
        name = cut(&item, ';');

        if (!consent_str_caseeq(name, CONSENT_STR("gzip")) && !consent_str_caseeq(name, CONSENT_STR("x-gzip"))) {
            continue;
        }

        refused = 0;

        while (item.len > 0) {
            parameter = cut(&item, ';');
            name = cut(&parameter, '=');

            if (consent_str_caseeq(name, CONSENT_STR("q"))) {
                refused = is_zero(parameter);
            }
        }

        return !refused;
    }

    return 0;
}
