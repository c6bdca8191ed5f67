/*
 * A tokenizer for the few tokens that matter; the section numbers are those of CSS Syntax 3. Escapes are decoded in
 * names, where they decide what a function is, and looked past in strings. Preprocessing (3.3) is not done: a NUL is a
 * name character here as U+FFFD is.
 */

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "ascii.h"
#include "charref.h"
#include "css.h"

typedef enum {
    CODE,
    NAME,               /* 4.3.11 */
    ESCAPE,             /* 4.3.7, after "\" */
    ESCAPE_HEX,
    SLASH,
    COMMENT,            /* 4.3.2 */
    COMMENT_STAR,
    STRING,             /* 4.3.5 */
    STRING_END,         /* at the quote or newline that ends it */
    URL_START,          /* 4.3.4: after "url(", white space */
    URL,                /* 4.3.6 */
    URL_AFTER           /* up to ")" */
} state_t;

/* Past telling whether a reference is a data: URL, and known to be one. */
#define NOT_DATA  6
#define IS_DATA   5


static int
is_name(char c)
{
    return (unsigned char) ((c | 0x20) - 'a') < 26 || (unsigned char) (c - '0') < 10 || c == '-' || c == '_'
           || (unsigned char) c >= 0x80 || c == '\0';
}


void
consent_css_init(consent_css_t *css, int sheet)
{
    memset(css, 0, sizeof(*css));
    css->sheet = sheet != 0;
}


static void
add_to_name(consent_css_t *css, unsigned c)
{
    if (css->name_len < CONSENT_CSS_NAME) {
        css->name[css->name_len++] = (c >= 'A' && c <= 'Z') ? (char) (c | 0x20) : c < 0x80 ? (char) c : '?';
    }
}


static int
name_is(const consent_css_t *css, consent_str_t name)
{
    return consent_str_eq((consent_str_t) { css->name, css->name_len }, name);
}


/* A name has ended before c: functions and at-keywords that decide about what follows. */

static void
end_name(consent_css_t *css, char c)
{
    css->state = CODE;

    if (css->at) {
        if (name_is(css, CONSENT_STR("import"))) {
            css->import = css->sheet;

        } else if (name_is(css, CONSENT_STR("namespace"))) {
            css->namespace = 1;
        }

        return;
    }

    if (c != '(') {
        return;
    }

    if (name_is(css, CONSENT_STR("url")) || name_is(css, CONSENT_STR("src"))) {
        css->state = URL_START;

    } else if (css->parens == 0
               && (name_is(css, CONSENT_STR("image-set")) || name_is(css, CONSENT_STR("-webkit-image-set"))
                   || name_is(css, CONSENT_STR("image")) || name_is(css, CONSENT_STR("cross-fade"))
                   || name_is(css, CONSENT_STR("-webkit-cross-fade"))))
    {
        css->parens = 1;

    } else if (css->parens > 0) {
        css->parens++;
    }
}


static void
begin_reference(consent_css_t *css, char quote)
{
    css->state = quote ? STRING : URL;
    css->quote = quote;
    css->reference = !css->namespace;
    css->beyond = 0;
    css->data = css->import ? NOT_DATA : 0;     /* an imported one holds a sheet */
    css->hex = 0;
    css->back = CODE;
}


/* Follows "data:" at the beginning of a reference, white space before it apart. */

static inline void
follow_data(consent_css_t *css, char c)
{
    if (css->data >= IS_DATA || (css->data == 0 && (unsigned char) c <= 0x20)) {
        return;
    }

    css->data = (c | 0x20) == "data:"[css->data] || c == "data:"[css->data] ? css->data + 1 : NOT_DATA;
}


/* One byte outside of references; returns 1 when it was read, 0 when it is to be read again in another state. */

static int
read_code(consent_css_t *css, char c)
{
    switch (css->state) {

    case CODE:
        if (is_name(c) || c == '\\' || c == '@') {
            css->state = NAME;
            css->name_len = 0;
            css->at = c == '@';

            return c == '@';
        }

        switch (c) {
        case '"':
        case '\'':
            begin_reference(css, c);
            css->reference = css->import || css->parens > 0;
            break;

        case '/':
            css->back = CODE;
            css->state = SLASH;
            break;

        case ';':
        case '{':
        case '}':
            css->import = 0;
            css->namespace = 0;
            css->parens = 0;
            break;

        case '(':
            css->parens += css->parens > 0;
            break;

        case ')':
            css->parens -= css->parens > 0;
            break;
        }

        return 1;

    case NAME:
        if (is_name(c)) {
            add_to_name(css, (unsigned char) c);
            return 1;
        }

        if (c == '\\') {
            css->back = NAME;
            css->state = ESCAPE;
            return 1;
        }

        end_name(css, c);

        return c == '(';

    case ESCAPE:
        if (consent_hex_digit(c) >= 0) {
            css->hex = 1;
            css->code = (unsigned) consent_hex_digit(c);
            css->state = ESCAPE_HEX;
            return 1;
        }

        css->state = css->back;

        if (c == '\n' || c == '\r' || c == '\f') {
            css->state = CODE;      /* not an escape (4.3.8) */
            return 1;
        }

        add_to_name(css, (unsigned char) c);
        return 1;

    case ESCAPE_HEX:
        if (css->hex < 6 && consent_hex_digit(c) >= 0) {
            css->hex++;
            css->code = css->code * 16 + (unsigned) consent_hex_digit(c);
            return 1;
        }

        css->state = css->back;
        add_to_name(css, css->code);

        return consent_is_space(c);

    case SLASH:
        if (c == '*') {
            css->state = COMMENT;
            return 1;
        }

        css->state = css->back;
        return 0;

    case COMMENT_STAR:
        css->state = c == '/' ? css->back : c == '*' ? COMMENT_STAR : COMMENT;
        return 1;

    case STRING_END:
        css->state = css->back;
        return 1;

    case URL_AFTER:
        if (c == ')') {
            css->state = CODE;
        }

        return 1;

    default:
        return 1;
    }
}


/*
 * The end of a reference before p, or of the rest of one that was decided. Nothing is said of strings that are none,
 * and of data: URLs.
 */

static int
end_reference(consent_css_t *css, consent_css_event_t *event)
{
    if (!css->reference) {
        css->held = 0;
        return 0;
    }

    css->reference = 0;

    if (css->beyond) {
        css->held = 0;
        *event = CONSENT_CSS_REFERENCE_END;
        return 1;
    }

    if (css->data == IS_DATA) {
        css->held = 0;
        return 0;
    }

    *event = CONSENT_CSS_REFERENCE;

    return 1;
}


/* Bytes at which code has to be looked at one by one; '(' for the name before it. */

static const unsigned char  code_stops[256] = {
    ['"'] = 1, ['\''] = 1, ['/'] = 1, ['('] = 1, ['\\'] = 1, ['@'] = 1
};

/* And inside of a data: URL or of what is left of a reference. */

static const unsigned char  value_stops[256] = {
    ['"'] = 1, ['\''] = 1, [')'] = 1, ['\\'] = 1, [' '] = 1, ['\n'] = 1, ['\r'] = 1, ['\f'] = 1, ['\t'] = 1
};


/* The next one of a table, sixteen bytes at a time where SSE2 is; it may stop at white space that is in no table. */

static inline __attribute__((always_inline)) const char *
find_stop(const char *p, const char *end, const unsigned char *stops)
{
#ifdef __SSE2__
    int       code;
    unsigned  found;
    __m128i   block, stop;

    for (code = stops == code_stops; end - p >= 16; p += 16) {
        block = _mm_loadu_si128((const __m128i *) p);

        stop = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('"')),
                                         _mm_cmpeq_epi8(block, _mm_set1_epi8('\''))),
                            _mm_cmpeq_epi8(block, _mm_set1_epi8('\\')));

        stop = _mm_or_si128(stop, code ? _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('/')),
                                                                   _mm_cmpeq_epi8(block, _mm_set1_epi8('('))),
                                                      _mm_cmpeq_epi8(block, _mm_set1_epi8('@')))
                                       : _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8(')')),
                                                      _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(' ')), block)));

        found = (unsigned) _mm_movemask_epi8(stop);

        if (found) {
            return p + __builtin_ctz(found);
        }
    }
#endif

    while (p < end && !stops[(unsigned char) *p]) {
        p++;
    }

    return p;
}


/*
 * Whether a stop in code may be passed over: a parenthesis behind a name that is none of end_name's, an at-rule that
 * is none of them, a slash that begins no comment, a string without escapes. Whatever is not sure may not. Returns
 * where code goes on, or NULL.
 */

static const char *
pass_stop(const char *from, const char *p, const char *end)
{
    const char  *q;

    switch (*p) {
    case '(':
        if (p - from < 3) {
            return NULL;
        }

        /* url src image-set image cross-fade */

        switch (p[-1] | 0x20) {
        case 'l':
            return (p[-2] | 0x20) == 'r' ? NULL : p + 1;

        case 'c':
            return (p[-2] | 0x20) == 'r' ? NULL : p + 1;

        case 't':
            return (p[-2] | 0x20) == 'e' && (p[-3] | 0x20) == 's' ? NULL : p + 1;

        case 'e':
            return (p[-2] | 0x20) == 'g' || (p[-2] | 0x20) == 'd' ? NULL : p + 1;

        default:
            return p + 1;
        }

    case '@':
        for (q = p + 1; q < end && is_name(*q); q++) { /* void */ }

        /* import namespace; a parenthesis or string that follows at once is another matter than behind white space */

        return q == end || code_stops[(unsigned char) *q] || (p[1] | 0x20) == 'i' || (p[1] | 0x20) == 'n' ? NULL : q + 1;

    case '/':
        return end - p < 2 || p[1] == '*' ? NULL : p + 1;

    case '"':
    case '\'':
        for (q = p + 1; q < end && *q != *p; q++) {
            if (*q == '\\' || *q == '\n' || *q == '\r' || *q == '\f') {
                return NULL;
            }
        }

        return q < end ? q + 1 : NULL;

    default:
        return NULL;
    }
}


/*
 * Passes over code outside of image-set() and at-rules to the next byte that matters. A name that ends there, or with
 * the input, is taken up by going back to where it begins.
 */

static const char *
skip_code(consent_css_t *css, const char *p, const char *end)
{
    const char  *from, *name, *next;

    for (from = p; (p = find_stop(p, end, code_stops)) < end; p = next) {
        next = pass_stop(from, p, end);

        if (next == NULL) {
            break;
        }
    }

    for (name = p; name > from && is_name(name[-1]); name--) {
        /* void */
    }

    if (name == p) {
        return p;
    }

    css->state = NAME;
    css->at = 0;
    css->name_len = 0;

    /* as add_to_name would: the first bytes; more make it no name that matters */

    for ( ; name < p && css->name_len < CONSENT_CSS_NAME; name++) {
        add_to_name(css, (unsigned char) *name);
    }

    return p;
}


const char *
consent_css_run(consent_css_t *css, const char *p, const char *end, consent_css_event_t *event)
{
    char         c;
    const char  *from, *q;
    size_t       before;

    from = p;
    before = css->held;

    for ( ; p < end; p++) {
        c = *p;

        switch (css->state) {

        case COMMENT:
            q = memchr(p, '*', (size_t) (end - p));
            if (q == NULL) {
                p = end - 1;
                continue;
            }

            p = q;
            css->state = COMMENT_STAR;
            continue;

        case URL_START:
            if (consent_is_space(c)) {
                continue;
            }

            if (c == '"' || c == '\'') {
                begin_reference(css, c);
                css->back = URL_AFTER;
                from = p + 1;
                before = 0;
                continue;
            }

            begin_reference(css, 0);
            from = p;
            before = 0;

            /* fall through */

        case URL:
            if (css->hex || (c != ')' && !consent_is_space(c))) {
                break;
            }

            css->state = URL_AFTER;
            css->held = before + (size_t) (p - from);

            if (end_reference(css, event)) {
                return p;
            }

            p--;
            continue;

        case STRING:

            /* a newline ends a string, too, which is then a bad one, unless it is escaped */

            if (css->hex || (c != css->quote && c != '\n' && c != '\r' && c != '\f')) {
                break;
            }

            css->state = STRING_END;
            css->held = before + (size_t) (p - from);

            if (end_reference(css, event)) {
                return p;
            }

            p--;
            continue;

        case CODE:
            if (css->parens == 0 && !css->import && !css->namespace) {
                p = skip_code(css, p, end);

                if (p == end || css->state == NAME) {
                    p--;
                    continue;
                }

                c = *p;
            }

            /* fall through */

        default:
            if (!read_code(css, c)) {
                p--;

            } else if (css->state == STRING) {
                from = p + 1;
                before = 0;
            }

            continue;
        }

        /* inside a string or reference; hex says that the byte before was a backslash */

        css->hex = !css->hex && c == '\\';

        if (!css->reference || css->beyond || css->data == IS_DATA) {
            if (!css->hex) {
                p = find_stop(p + 1, end, value_stops) - 1;
            }

            from = p + 1;
            before = 0;
            continue;
        }

        follow_data(css, c);

        if (css->data == IS_DATA) {
            from = p + 1;
            before = 0;

        } else if (before + (size_t) (p + 1 - from) == CONSENT_CSS_LIMIT) {
            css->held = CONSENT_CSS_LIMIT;
            css->beyond = 1;
            *event = CONSENT_CSS_LIMIT_REACHED;

            return p + 1;
        }
    }

    css->held = (css->state == STRING || css->state == URL) && css->reference && !css->beyond && css->data != IS_DATA
                ? before + (size_t) (p - from) : 0;

    *event = CONSENT_CSS_MORE;

    return p;
}


int
consent_css_interrupt(consent_css_t *css)
{
    if (css->held == 0) {
        return 0;
    }

    css->beyond = 1;

    return 1;
}


int
consent_css_finish(consent_css_t *css)
{
    consent_css_event_t  event;

    if ((css->state != STRING && css->state != URL) || css->held == 0) {
        return 0;
    }

    return end_reference(css, &event) && event == CONSENT_CSS_REFERENCE;
}


consent_str_t
consent_css_unescape(consent_str_t raw, char *out, size_t size)
{
    int          digits;
    size_t       n;
    unsigned     code;
    const char  *p, *end;

    p = raw.data;
    end = p + raw.len;

    for (n = 0; p < end && n + 4 <= size; ) {
        if (*p != '\\' || p + 1 == end) {
            out[n++] = *p++;
            continue;
        }

        p++;

        if (*p == '\n' || *p == '\f' || *p == '\r') {
            p += *p == '\r' && p + 1 < end && p[1] == '\n' ? 2 : 1;
            continue;
        }

        if (consent_hex_digit(*p) < 0) {
            out[n++] = *p++;
            continue;
        }

        for (digits = 0, code = 0; digits < 6 && p < end && consent_hex_digit(*p) >= 0; digits++, p++) {
            code = code * 16 + (unsigned) consent_hex_digit(*p);
        }

        if (p < end && consent_is_space(*p)) {
            p += *p == '\r' && p + 1 < end && p[1] == '\n' ? 2 : 1;
        }

        n += consent_utf8_encode(code, out + n);
    }

    return (consent_str_t) { out, n };
}
