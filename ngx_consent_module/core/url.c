/*
 * The parser walks over the reference as it stands, skipping the tabs and newlines that browsers delete, so that
 * nothing needs to be copied before it is understood; however long a reference is, its host is found. What is plain
 * already (most hosts, most paths) is pointed at; the rest is written to the scratch memory.
 */

#include <string.h>

#include "ascii.h"
#include "host_parse.h"
#include "url.h"


typedef enum {
    PLAIN = 0,
    END,            /* "?" and "#" */
    SLASH,          /* a dot segment may follow */
    ODD             /* to be deleted, decoded or changed */
} consent_path_byte_t;


static const unsigned char  path_bytes[256] = {
    ['\t'] = ODD, ['\n'] = ODD, ['\r'] = ODD, ['\\'] = ODD, ['%'] = ODD,
    ['?'] = END, ['#'] = END, ['/'] = SLASH
};


/* Bytes of a host that are already as they should be: [a-z0-9._-]. */

static const unsigned char  host_bytes[256] = {
    ['-'] = 1, ['.'] = 1, ['_'] = 1,
    ['0'] = 1, ['1'] = 1, ['2'] = 1, ['3'] = 1, ['4'] = 1, ['5'] = 1, ['6'] = 1, ['7'] = 1, ['8'] = 1, ['9'] = 1,
    ['a'] = 1, ['b'] = 1, ['c'] = 1, ['d'] = 1, ['e'] = 1, ['f'] = 1, ['g'] = 1, ['h'] = 1, ['i'] = 1, ['j'] = 1,
    ['k'] = 1, ['l'] = 1, ['m'] = 1, ['n'] = 1, ['o'] = 1, ['p'] = 1, ['q'] = 1, ['r'] = 1, ['s'] = 1, ['t'] = 1,
    ['u'] = 1, ['v'] = 1, ['w'] = 1, ['x'] = 1, ['y'] = 1, ['z'] = 1
};


typedef struct {
    const char  *p;
    const char  *end;
    char        *out;           /* free scratch memory */
    char        *out_end;
} consent_url_parser_t;


static int
is_newline(char c)
{
    return c == '\t' || c == '\n' || c == '\r';
}


static int
is_slash(char c)
{
    return c == '/' || c == '\\';
}


/* p or the first byte after it that is not deleted. */

static const char *
skip(const char *p, const char *end)
{
    while (p < end && is_newline(*p)) {
        p++;
    }

    return p;
}


static void
set_other(consent_url_t *url)
{
    url->scheme = CONSENT_SCHEME_OTHER;
    url->host = url->path = url->query = CONSENT_STR("");
    url->odd = 0;
}


/*
 * Whether there is a scheme: then the parser stands after its colon. Schemes other than http and https are all alike.
 */

static int
parse_scheme(consent_url_parser_t *parser, consent_scheme_t *scheme)
{
    char         name[5];
    size_t       n;
    const char  *p;

    if (parser->end - parser->p > 8 && memcmp(parser->p, "https://", 8) == 0) {
        parser->p += 6;
        *scheme = CONSENT_SCHEME_HTTPS;
        return 1;
    }

    n = 0;

    for (p = parser->p; p < parser->end; p = skip(p + 1, parser->end)) {

        if (*p == ':') {
            break;
        }

        if (!consent_is_alpha(*p) && (n == 0 || (!consent_is_digit(*p) && *p != '+' && *p != '-' && *p != '.'))) {
            return 0;
        }

        if (n < sizeof(name)) {
            name[n] = (char) (*p | 0x20);
        }

        n++;
    }

    if (n == 0 || p == parser->end) {
        return 0;
    }

    parser->p = p + 1;

    if (n == 4 && memcmp(name, "http", 4) == 0) {
        *scheme = CONSENT_SCHEME_HTTP;

    } else if (n == 5 && memcmp(name, "https", 5) == 0) {
        *scheme = CONSENT_SCHEME_HTTPS;

    } else {
        *scheme = CONSENT_SCHEME_OTHER;
    }

    return 1;
}


/* How many slashes of either kind follow, at most two; the parser stays. */

static int
count_slashes(const consent_url_parser_t *parser)
{
    const char  *p;

    p = skip(parser->p, parser->end);

    if (p == parser->end || !is_slash(*p)) {
        return 0;
    }

    p = skip(p + 1, parser->end);

    return (p == parser->end || !is_slash(*p)) ? 1 : 2;
}


/* 4.4, "port state": digits up to 65535, or none at all. */

static int
is_port(const char *p, const char *end)
{
    unsigned  port;

    port = 0;

    for (p = skip(p, end); p < end; p = skip(p + 1, end)) {
        if (!consent_is_digit(*p)) {
            return 0;
        }

        port = port * 10 + (unsigned) (*p - '0');

        if (port > 65535) {
            return 0;
        }
    }

    return 1;
}


/*
 * The end of a host of plain bytes, followed by a path or nothing, whose last label cannot be a number: it needs no
 * copy. NULL when it has to be looked at more closely.
 */

static const char *
end_of_plain_host(const char *host, const char *end)
{
    const char  *label, *p;

    for (p = host; p < end && host_bytes[(unsigned char) *p]; p++) { /* void */ }

    if (p - host < 2 || (p < end && !is_slash(*p) && *p != '?' && *p != '#')) {
        return NULL;
    }

    for (label = p - 1; label > host && label[-1] != '.'; label--) { /* void */ }

    return (*label == '.' || consent_is_digit(*label)) ? NULL : p;
}


/*
 * From the slashes before an authority to its end (4.4, "special authority ignore slashes state" to "port state").
 * Userinfo ends at the last "@". Returns 0 when a browser would give up.
 */

static int
parse_authority(consent_url_parser_t *parser, consent_url_t *url)
{
    int             bracket;
    size_t          len;
    const char     *p, *host, *end, *port;
    consent_host_t  rc;

    p = parser->p;

    while (p < parser->end && (is_slash(*p) || is_newline(*p))) {
        p++;
    }

    url->odd = 0;
    host = p;
    end = end_of_plain_host(host, parser->end);

    if (end != NULL) {
        parser->p = end;

        url->host.data = host;
        url->host.len = (size_t) (end - host) - (end[-1] == '.');

        return 1;
    }

    for (/* void */; p < parser->end && !is_slash(*p) && *p != '?' && *p != '#'; p++) {
        if (*p == '@') {
            host = p + 1;
        }
    }

    parser->p = p;

    bracket = 0;
    end = p;
    port = NULL;

    for (p = host; p < parser->p; p++) {
        if (*p == '[') {
            bracket = 1;

        } else if (*p == ']') {
            bracket = 0;

        } else if (*p == ':' && !bracket) {
            end = p;
            port = p + 1;
            break;
        }
    }

    if (port != NULL && !is_port(port, parser->p)) {
        return 0;
    }

    rc = consent_host_parse((consent_str_t) { host, (size_t) (end - host) }, parser->out, &len);

    if (rc == CONSENT_HOST_INVALID) {
        return 0;
    }

    url->host.data = parser->out;
    url->host.len = len;
    url->odd = (rc == CONSENT_HOST_ODD);

    parser->out += len;

    return 1;
}


/*
 * Writes a path to the scratch memory, segment by segment; dir, ending in "/", comes before it. Where memory ends,
 * segments are only counted, so that "..", however late, is still right.
 */

static void
write_path(consent_url_parser_t *parser, consent_str_t dir, consent_url_t *url)
{
    int          hi, lo, next;
    char         c, head[2], *start, *segment, *limit;
    size_t       n, lost;
    const char  *p, *q;

    start = parser->out;

    limit = start + CONSENT_URL_MAX;
    if (limit > parser->out_end) {
        limit = parser->out_end;
    }

    if (dir.len > (size_t) (limit - start)) {
        dir.len = (size_t) (limit - start);
    }

    memcpy(start, dir.data, dir.len);
    parser->out += dir.len;

    segment = parser->out;
    lost = 0;
    n = 0;

    for (p = parser->p; /* void */ ; p++) {

        p = skip(p, parser->end);

        next = (p == parser->end || *p == '?' || *p == '#') ? END : is_slash(*p) ? SLASH : PLAIN;

        if (next != PLAIN) {

            if (n == 2 && head[0] == '.' && head[1] == '.') {

                if (lost > 0) {
                    lost--;

                    if (lost == 0) {
                        parser->out = segment;
                    }

                } else {
                    for (segment -= (segment > start + 1); segment[-1] != '/'; segment--) {
                        /* void */
                    }

                    parser->out = segment;
                }

            } else if (n == 1 && head[0] == '.') {
                if (lost == 0) {
                    parser->out = segment;
                }

            } else if (next == SLASH) {

                if (lost == 0 && parser->out < limit) {
                    *parser->out++ = '/';
                    segment = parser->out;

                } else {
                    lost++;
                }
            }

            if (next == END) {
                break;
            }

            n = 0;
            continue;
        }

        c = *p;

        if (c == '%') {
            q = skip(p + 1, parser->end);
            hi = q < parser->end ? consent_hex_digit(*q) : -1;

            if (hi >= 0) {
                q = skip(q + 1, parser->end);
                lo = q < parser->end ? consent_hex_digit(*q) : -1;
                hi = hi << 4 | lo;

                if (lo >= 0
                    && (consent_is_alpha((char) hi) || consent_is_digit((char) hi) || hi == '-' || hi == '.' || hi == '_'
                        || hi == '~'))
                {
                    c = (char) hi;
                    p = q;
                }
            }
        }

        if (n < 2) {
            head[n] = c;
        }

        n++;

        if (lost == 0 && parser->out < limit) {
            *parser->out++ = c;
        }
    }

    parser->p = p;

    url->path.data = start;
    url->path.len = (size_t) (parser->out - start);
}


/* The end of a path that can be taken as it stands, NULL when it has to be written anew. */

static const char *
end_of_plain_path(const char *p, const char *end)
{
    for ( ;; ) {
        while (p < end && path_bytes[(unsigned char) *p] == PLAIN) {
            p++;
        }

        if (p == end || path_bytes[(unsigned char) *p] == END) {
            return p;
        }

        if (path_bytes[(unsigned char) *p] == ODD || (end - p > 1 && p[1] == '.')) {
            return NULL;
        }

        p++;
    }
}


/* An absolute path: pointed at when it is plain. */

static void
parse_path(consent_url_parser_t *parser, consent_url_t *url)
{
    const char  *end, *start;

    start = parser->p;

    if (start == parser->end || *start == '?' || *start == '#') {
        url->path = CONSENT_STR("/");
        return;
    }

    end = *start == '/' ? end_of_plain_path(start, parser->end) : NULL;

    if (end != NULL) {
        parser->p = end;

        url->path.data = start;
        url->path.len = (size_t) (end - start);

        if (url->path.len > CONSENT_URL_MAX) {
            url->path.len = CONSENT_URL_MAX;
        }

        return;
    }

    parser->p = skip(start, parser->end);

    if (parser->p < parser->end && is_slash(*parser->p)) {
        parser->p++;
    }

    write_path(parser, CONSENT_STR("/"), url);
}


static void
parse_query(consent_url_parser_t *parser, consent_url_t *url)
{
    char        *start;
    const char  *p, *end;

    p = parser->p;

    if (p == parser->end || *p == '#') {
        url->query = CONSENT_STR("");
        return;
    }

    end = memchr(p, '#', (size_t) (parser->end - p));
    if (end == NULL) {
        end = parser->end;
    }

    url->query.data = p;
    url->query.len = (size_t) (end - p);

    if (url->query.len > CONSENT_URL_MAX) {
        url->query.len = CONSENT_URL_MAX;
    }

    for (p = url->query.data; p < url->query.data + url->query.len; p++) {
        if (is_newline(*p)) {
            break;
        }
    }

    if (p == url->query.data + url->query.len) {
        return;
    }

    start = parser->out;

    for (p = url->query.data; p < end && parser->out < parser->out_end; p++) {
        if (!is_newline(*p)) {
            *parser->out++ = *p;
        }
    }

    url->query.data = start;
    url->query.len = (size_t) (parser->out - start);
}


/* Relative to the base's own path: another file, another query, or the same document. */

static void
parse_relative(consent_url_parser_t *parser, const consent_url_t *base, consent_url_t *url)
{
    consent_str_t  dir;

    parser->p = skip(parser->p, parser->end);

    if (parser->p < parser->end && *parser->p != '?' && *parser->p != '#') {

        dir = base->path;

        while (dir.len > 0 && dir.data[dir.len - 1] != '/') {
            dir.len--;
        }

        if (dir.len == 0 || dir.data[0] != '/') {
            dir = CONSENT_STR("/");
        }

        write_path(parser, dir, url);
        parse_query(parser, url);
        return;
    }

    url->path = base->path.len > 0 ? base->path : CONSENT_STR("/");

    if (parser->p < parser->end && *parser->p == '?') {
        parse_query(parser, url);

    } else {
        url->query = base->query;
    }
}


void
consent_url_resolve(const consent_url_t *base, consent_str_t ref, consent_url_scratch_t *scratch, consent_url_t *url)
{
    int                   slashes, relative;
    consent_url_t         from;
    consent_scheme_t      scheme;
    consent_url_parser_t  parser;

    ref = consent_str_trim(ref);

    if (ref.len == 0) {
        ref = CONSENT_STR("");
    }

    parser.p = ref.data;
    parser.end = ref.data + ref.len;
    parser.out = scratch->data;
    parser.out_end = scratch->data + sizeof(scratch->data);

    if (base != NULL) {
        from = *base;

    } else {
        set_other(&from);
    }

    relative = 1;

    if (parse_scheme(&parser, &scheme)) {
        relative = (scheme == from.scheme);

    } else {
        scheme = from.scheme;
    }

    if (scheme == CONSENT_SCHEME_OTHER) {
        set_other(url);
        return;
    }

    slashes = count_slashes(&parser);
    url->scheme = scheme;

    if (relative && slashes < 2) {
        url->host = from.host;
        url->odd = from.odd;

        if (slashes == 0) {
            parse_relative(&parser, &from, url);
            return;
        }

    } else if (!parse_authority(&parser, url)) {
        set_other(url);
        return;
    }

    parse_path(&parser, url);
    parse_query(&parser, url);
}


int
consent_host_within(consent_str_t host, consent_str_t domain)
{
    size_t  above;

    if (host.len < domain.len || domain.len == 0) {
        return 0;
    }

    above = host.len - domain.len;

    return memcmp(host.data + above, domain.data, domain.len) == 0 && (above == 0 || host.data[above - 1] == '.');
}
