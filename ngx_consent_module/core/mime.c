/*
 * Where browsers disagree about an odd Content-Type, the reading that makes a body HTML wins: HTML taken for something
 * else would pass unread.
 */

#include <string.h>

#include "ascii.h"
#include "mime.h"

/* A browser looks no further (WHATWG MIME Sniffing, 5.2). */
#define CONSENT_SNIFF_LENGTH  1445


static int
is_token(consent_str_t s)
{
    size_t         i;
    unsigned char  c;

    for (i = 0; i < s.len; i++) {
        c = (unsigned char) s.data[i];

        if (c <= 0x20 || c >= 0x7f || strchr("\"(),/:;<=>?@[\\]{}", c) != NULL) {
            return 0;
        }
    }

    return s.len > 0;
}


static consent_str_t
trim(consent_str_t s)
{
    while (s.len > 0 && consent_is_space(s.data[0])) {
        s.data++;
        s.len--;
    }

    while (s.len > 0 && consent_is_space(s.data[s.len - 1])) {
        s.len--;
    }

    return s;
}


/* Cuts off what stands before the first of the stop characters, outside quotes; that character stays in rest. */

static consent_str_t
cut(consent_str_t *rest, const char *stop)
{
    int            quoted;
    size_t         i;
    consent_str_t  piece;

    quoted = 0;

    for (i = 0; i < rest->len; i++) {

        if (quoted && rest->data[i] == '\\') {
            i++;

        } else if (rest->data[i] == '"') {
            quoted = !quoted;

        } else if (!quoted && rest->data[i] != '\0' && strchr(stop, rest->data[i]) != NULL) {
            break;
        }
    }

    if (i > rest->len) {
        i = rest->len;
    }

    piece.data = rest->data;
    piece.len = i;

    rest->data += i;
    rest->len -= i;

    return piece;
}


/* The first parameter of a name counts. */

static consent_str_t
parameter(consent_str_t rest, consent_str_t wanted)
{
    consent_str_t  name, value;

    while (rest.len > 0) {
        rest.data++;
        rest.len--;

        name = trim(cut(&rest, ";="));

        if (rest.len == 0 || rest.data[0] == ';') {
            continue;
        }

        rest.data++;
        rest.len--;

        value = trim(cut(&rest, ";"));

        if (!consent_str_caseeq(name, wanted)) {
            continue;
        }

        if (value.len > 0 && value.data[0] == '"') {
            value.data++;
            value.len--;

            for (name.len = 0; name.len < value.len && value.data[name.len] != '"'; name.len++) {
                /* void */
            }

            value.len = name.len;
        }

        return trim(value);
    }

    return CONSENT_STR("");
}


void
consent_mime_parse(consent_str_t value, consent_mime_t *mime)
{
    consent_str_t  rest;

    rest = trim(value);

    mime->essence = trim(cut(&rest, ";"));
    mime->charset = parameter(rest, CONSENT_STR("charset"));
}


/*
 * Several lines, or one with commas, are as many types, and the last that can be understood counts (Fetch, 3.4.3): any
 * may be it. Chromium ends a type at white space or a parenthesis too.
 */

static int
names(consent_str_t value, consent_str_t wanted)
{
    consent_str_t  type;

    for ( ;; ) {
        while (value.len > 0 && (consent_is_space(value.data[0]) || value.data[0] == ',')) {
            value.data++;
            value.len--;
        }

        type = cut(&value, ";, \t\n\r\f(");

        if (consent_str_caseeq(type, wanted)) {
            return 1;
        }

        (void) cut(&value, ",");

        if (value.len == 0) {
            return 0;
        }
    }
}


int
consent_mime_is_html(consent_str_t value)
{
    return names(value, CONSENT_STR("text/html"));
}


int
consent_mime_is_css(consent_str_t value)
{
    return names(value, CONSENT_STR("text/css"));
}


int
consent_mime_is_unknown(consent_str_t value)
{
    const char      *slash;
    consent_str_t    subtype, type;
    consent_mime_t   mime;

    consent_mime_parse(value, &mime);

    slash = mime.essence.len > 0 ? memchr(mime.essence.data, '/', mime.essence.len) : NULL;
    if (slash == NULL) {
        return 1;
    }

    type.data = mime.essence.data;
    type.len = (size_t) (slash - type.data);

    subtype.data = slash + 1;
    subtype.len = mime.essence.len - type.len - 1;

    return !is_token(type) || !is_token(subtype)
           || consent_str_caseeq(mime.essence, CONSENT_STR("unknown/unknown"))
           || consent_str_caseeq(mime.essence, CONSENT_STR("application/unknown"))
           || consent_str_eq(mime.essence, CONSENT_STR("*/*"));
}


int
consent_mime_is_known(consent_str_t value)
{
    return !consent_mime_is_unknown(value);
}


int
consent_mime_is_xhtml(consent_str_t value)
{
    consent_mime_t  mime;

    consent_mime_parse(value, &mime);

    return consent_str_caseeq(mime.essence, CONSENT_STR("application/xhtml+xml"));
}


int
consent_mime_is_xml(consent_str_t value)
{
    size_t           len;
    consent_str_t    suffix;
    consent_mime_t   mime;

    consent_mime_parse(value, &mime);

    if (consent_str_caseeq(mime.essence, CONSENT_STR("text/xml"))
        || consent_str_caseeq(mime.essence, CONSENT_STR("application/xml")))
    {
        return 1;
    }

    suffix = CONSENT_STR("+xml");
    len = mime.essence.len;

    return len > suffix.len
           && consent_str_caseeq((consent_str_t) { mime.essence.data + len - suffix.len, suffix.len }, suffix);
}


/* The labels of the Encoding standard, 4.2, and what older software calls the same. */

int
consent_charset_is_opaque(consent_str_t charset)
{
    size_t  i;

    static const consent_str_t  labels[] = {
        CONSENT_STR("unicode"), CONSENT_STR("csunicode"), CONSENT_STR("unicodefeff"), CONSENT_STR("unicodefffe"),
        CONSENT_STR("iso-10646-ucs-2"), CONSENT_STR("iso-10646-ucs-4"), CONSENT_STR("ucs-2"), CONSENT_STR("ucs-4"),
        CONSENT_STR("iso-2022-jp"), CONSENT_STR("csiso2022jp"), CONSENT_STR("iso-2022-jp-2"),
        CONSENT_STR("iso-2022-kr"),
        CONSENT_STR("csiso2022kr"), CONSENT_STR("iso-2022-cn"), CONSENT_STR("iso-2022-cn-ext"),
        CONSENT_STR("hz-gb-2312"), CONSENT_STR("replacement"), CONSENT_STR("utf-7"), CONSENT_STR("utf7"),
        CONSENT_STR("unicode-1-1-utf-7"), CONSENT_STR("csunicode11utf7"), CONSENT_STR("x-utf-16le-bom")
    };

    static const consent_str_t  prefixes[] = {
        CONSENT_STR("utf-16"), CONSENT_STR("utf16"), CONSENT_STR("utf_16"), CONSENT_STR("utf-32"), CONSENT_STR("utf32")
    };

    while (charset.len > 0 && (consent_is_space(charset.data[0]) || charset.data[0] == '\'' || charset.data[0] == '"')) {
        charset.data++;
        charset.len--;
    }

    while (charset.len > 0
           && (consent_is_space(charset.data[charset.len - 1]) || charset.data[charset.len - 1] == '\''
               || charset.data[charset.len - 1] == '"'))
    {
        charset.len--;
    }

    for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        if (charset.len >= prefixes[i].len
            && consent_str_caseeq((consent_str_t) { charset.data, prefixes[i].len }, prefixes[i]))
        {
            return 1;
        }
    }

    for (i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
        if (consent_str_caseeq(charset, labels[i])) {
            return 1;
        }
    }

    return 0;
}


int
consent_mime_is_opaque(consent_str_t value)
{
    consent_mime_t  mime;

    consent_mime_parse(value, &mime);

    return consent_charset_is_opaque(mime.charset);
}


/*
 * Whether the bytes begin with one of the tags that make a body without a type HTML. A UTF-8 byte order mark before it
 * makes it text by the standard; not in every browser.
 */

consent_sniff_t
consent_sniff(const char *bytes, size_t n, int last)
{
    int      more;
    size_t   i;

    static const struct {
        consent_str_t  text;
        int            tag;         /* to be followed by a space or ">" */
    } openings[] = {
        { CONSENT_STR("<!DOCTYPE HTML"), 1 }, { CONSENT_STR("<HTML"), 1 }, { CONSENT_STR("<HEAD"), 1 },
        { CONSENT_STR("<SCRIPT"), 1 }, { CONSENT_STR("<IFRAME"), 1 }, { CONSENT_STR("<H1"), 1 },
        { CONSENT_STR("<DIV"), 1 },
        { CONSENT_STR("<FONT"), 1 }, { CONSENT_STR("<TABLE"), 1 }, { CONSENT_STR("<A"), 1 },
        { CONSENT_STR("<STYLE"), 1 },
        { CONSENT_STR("<TITLE"), 1 }, { CONSENT_STR("<B"), 1 }, { CONSENT_STR("<BODY"), 1 }, { CONSENT_STR("<BR"), 1 },
        { CONSENT_STR("<P"), 1 }, { CONSENT_STR("<!--"), 0 }
    };

    if (n < 3 && !last
        && (n == 0 || memcmp(bytes, "\xef\xbb\xbf", n) == 0
            || (n == 1 && (bytes[0] == '\xfe' || bytes[0] == '\xff'))))
    {
        return CONSENT_SNIFF_MORE;
    }

    if (n >= 2 && (memcmp(bytes, "\xfe\xff", 2) == 0 || memcmp(bytes, "\xff\xfe", 2) == 0)) {
        return CONSENT_SNIFF_OPAQUE;
    }

    if (n >= CONSENT_SNIFF_LENGTH) {
        n = CONSENT_SNIFF_LENGTH;
        last = 1;
    }

    if (n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
        bytes += 3;
        n -= 3;
    }

    while (n > 0 && consent_is_space(*bytes)) {
        bytes++;
        n--;
    }

    more = 0;

    for (i = 0; i < sizeof(openings) / sizeof(openings[0]); i++) {
        consent_str_t  text = openings[i].text;

        if (n < text.len + (size_t) openings[i].tag) {
            text.len = n < text.len ? n : text.len;

            if (consent_str_caseeq((consent_str_t) { bytes, text.len }, text)) {
                more = 1;
            }

            continue;
        }

        if (consent_str_caseeq((consent_str_t) { bytes, text.len }, text)
            && (!openings[i].tag || bytes[text.len] == ' ' || bytes[text.len] == '>'))
        {
            return CONSENT_SNIFF_HTML;
        }
    }

    return (more && !last) ? CONSENT_SNIFF_MORE : CONSENT_SNIFF_OTHER;
}
