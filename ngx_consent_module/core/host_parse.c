#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "ascii.h"
#include "host_parse.h"

#define CONSENT_LABEL_MAX  64


/* The bytes of a host as the percent-decoder hands them on. */
typedef struct {
    const unsigned char  *p;
    const unsigned char  *end;
} consent_host_bytes_t;


static const unsigned char *
skip_newlines(const unsigned char *p, const unsigned char *end)
{
    while (p < end && (*p == '\t' || *p == '\n' || *p == '\r')) {
        p++;
    }

    return p;
}


/* -1 at the end. */

static int
next_byte(consent_host_bytes_t *bytes)
{
    const unsigned char  *hi, *lo;

    bytes->p = skip_newlines(bytes->p, bytes->end);
    if (bytes->p == bytes->end) {
        return -1;
    }

    if (*bytes->p == '%') {
        hi = skip_newlines(bytes->p + 1, bytes->end);

        if (hi < bytes->end && consent_hex_digit(*hi) >= 0) {
            lo = skip_newlines(hi + 1, bytes->end);

            if (lo < bytes->end && consent_hex_digit(*lo) >= 0) {
                bytes->p = lo + 1;
                return consent_hex_digit(*hi) << 4 | consent_hex_digit(*lo);
            }
        }
    }

    return *bytes->p++;
}


/* One code point; -1 at the end, -2 for malformed UTF-8. */

static int32_t
next_code_point(consent_host_bytes_t *bytes)
{
    int                   c, need;
    int32_t               cp, least;
    consent_host_bytes_t  saved;

    c = next_byte(bytes);

    if (c < 0x80) {
        return c;
    }

    if (c >= 0xc2 && c <= 0xdf) {
        need = 1;
        least = 0x80;
        cp = c & 0x1f;

    } else if (c >= 0xe0 && c <= 0xef) {
        need = 2;
        least = 0x800;
        cp = c & 0x0f;

    } else if (c >= 0xf0 && c <= 0xf4) {
        need = 3;
        least = 0x10000;
        cp = c & 0x07;

    } else {
        return -2;
    }

    while (need-- > 0) {
        saved = *bytes;

        c = next_byte(bytes);

        if (c < 0x80 || c > 0xbf) {
            *bytes = saved;
            return -2;
        }

        cp = cp << 6 | (c & 0x3f);
    }

    return (cp < least || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff)) ? -2 : cp;
}


/* WHATWG URL, 3.1: forbidden domain code points. */

static int
is_forbidden(int32_t c)
{
    return c <= 0x20 || c == 0x7f || (c < 0x80 && strchr("#/:<>?@[\\]^|%", c) != NULL);
}


/*
 * Lower case in the alphabets whose mapping by UTS 46 is regular: Latin 1 and Extended-A, basic Greek and Cyrillic; 0
 * for every other code point, since what it becomes is not known here.
 */

static int32_t
to_lower(int32_t cp)
{
    if ((cp >= 0xdf && cp <= 0xff && cp != 0xf7) || (cp >= 0x3b1 && cp <= 0x3c9) || (cp >= 0x430 && cp <= 0x45f)) {
        return cp;
    }

    if ((cp >= 0xc0 && cp <= 0xde && cp != 0xd7) || (cp >= 0x391 && cp <= 0x3a9 && cp != 0x3a2)
        || (cp >= 0x410 && cp <= 0x42f))
    {
        return cp + 0x20;
    }

    if (cp >= 0x400 && cp <= 0x40f) {
        return cp + 0x50;
    }

    if (cp == 0x130 || cp == 0x13f || cp == 0x140 || cp == 0x149) {
        return 0;
    }

    if (cp == 0x178) {
        return 0xff;
    }

    if ((cp >= 0x139 && cp <= 0x148) || (cp >= 0x179 && cp <= 0x17e)) {
        return cp + (cp & 1);
    }

    if (cp >= 0x100 && cp <= 0x177 && cp != 0x138) {
        return cp | 1;
    }

    return cp == 0x138 ? cp : 0;
}


/* RFC 3492, 6.1. */

static uint32_t
adapt(uint32_t delta, uint32_t points, int first)
{
    uint32_t  k;

    delta = first ? delta / 700 : delta / 2;
    delta += delta / points;

    for (k = 0; delta > 455; k += 36) {
        delta /= 35;
    }

    return k + 36 * delta / (delta + 38);
}


/* RFC 3492, 6.3, with the prefix of RFC 3490. Returns the length, or 0 when the label is longer than DNS allows. */

static size_t
punycode(const uint32_t *label, size_t n, char out[CONSENT_LABEL_MAX])
{
    size_t    i, len, basic, handled;
    uint32_t  bias, delta, digit, k, least, next, q, t;

    memcpy(out, "xn--", 4);
    len = 4;

    for (i = 0; i < n; i++) {
        if (label[i] < 0x80) {
            if (len == CONSENT_LABEL_MAX - 2) {
                return 0;
            }

            out[len++] = (char) label[i];
        }
    }

    basic = handled = len - 4;

    if (basic > 0) {
        out[len++] = '-';
    }

    least = 0x80;
    delta = 0;
    bias = 72;

    while (handled < n) {
        next = 0x110000;

        for (i = 0; i < n; i++) {
            if (label[i] >= least && label[i] < next) {
                next = label[i];
            }
        }

        delta += (next - least) * (uint32_t) (handled + 1);     /* at most 0x110000 * 64: no overflow */
        least = next;

        for (i = 0; i < n; i++) {
            if (label[i] < least) {
                delta++;
            }

            if (label[i] != least) {
                continue;
            }

            q = delta;

            for (k = 36; /* void */ ; k += 36) {
                t = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;
                digit = q < t ? q : t + (q - t) % (36 - t);

                if (len == CONSENT_LABEL_MAX - 1) {
                    return 0;
                }

                out[len++] = (char) (digit < 26 ? 'a' + digit : '0' + digit - 26);

                if (q < t) {
                    break;
                }

                q = (q - t) / (36 - t);
            }

            bias = adapt(delta, (uint32_t) handled + 1, handled == basic);
            delta = 0;
            handled++;
        }

        delta++;
        least++;
    }

    return len;
}


static size_t
encode_utf8(uint32_t cp, char out[4])
{
    if (cp < 0x80) {
        out[0] = (char) cp;
        return 1;
    }

    if (cp < 0x800) {
        out[0] = (char) (0xc0 | cp >> 6);
        out[1] = (char) (0x80 | (cp & 0x3f));
        return 2;
    }

    if (cp < 0x10000) {
        out[0] = (char) (0xe0 | cp >> 12);
        out[1] = (char) (0x80 | (cp >> 6 & 0x3f));
        out[2] = (char) (0x80 | (cp & 0x3f));
        return 3;
    }

    out[0] = (char) (0xf0 | cp >> 18);
    out[1] = (char) (0x80 | (cp >> 12 & 0x3f));
    out[2] = (char) (0x80 | (cp >> 6 & 0x3f));
    out[3] = (char) (0x80 | (cp & 0x3f));

    return 4;
}


/* The state of writing a domain label by label. */
typedef struct {
    char       *out;
    size_t      len;
    size_t      n;                      /* code points of the label at hand */
    uint32_t    label[CONSENT_LABEL_MAX];
    unsigned    ascii:1;                /* the label at hand */
    unsigned    exact:1;                /* what it maps to is known */
    unsigned    odd:1;                  /* the domain */
} consent_domain_t;


static void
put(consent_domain_t *domain, const char *text, size_t len)
{
    if (len > CONSENT_HOST_MAX - domain->len) {
        len = CONSENT_HOST_MAX - domain->len;
        domain->odd = 1;
    }

    memcpy(domain->out + domain->len, text, len);
    domain->len += len;
}


static void
end_label(consent_domain_t *domain)
{
    char    text[CONSENT_LABEL_MAX];
    size_t  i, len;

    len = 0;

    if (!domain->ascii && domain->exact) {
        len = punycode(domain->label, domain->n, text);
    }

    if (len > 0) {
        put(domain, text, len);

    } else {
        domain->odd |= !domain->ascii;

        for (i = 0; i < domain->n; i++) {
            len = encode_utf8(domain->label[i], text);
            put(domain, text, len);
        }
    }

    domain->n = 0;
    domain->ascii = 1;
    domain->exact = 1;
}


static void
add_code_point(consent_domain_t *domain, uint32_t cp)
{
    if (cp == '.') {
        end_label(domain);
        put(domain, ".", 1);
        return;
    }

    if (domain->n == CONSENT_LABEL_MAX) {
        /* longer than DNS allows: nothing can be reached there */
        domain->odd = 1;
        return;
    }

    domain->label[domain->n++] = cp;
}


/* WHATWG URL, 3.5, "IPv4 number parser", saturating; -1 when it is none. */

static int64_t
ipv4_number(const char *p, size_t len)
{
    int      base, digit;
    int64_t  value;

    if (len == 0) {
        return -1;
    }

    base = 10;

    if (len >= 2 && p[0] == '0' && (p[1] == 'x' || p[1] == 'X')) {
        base = 16;
        p += 2;
        len -= 2;

    } else if (len >= 2 && p[0] == '0') {
        base = 8;
        p++;
        len--;
    }

    value = 0;

    while (len-- > 0) {
        digit = consent_hex_digit((unsigned char) *p++);

        if (digit < 0 || digit >= base) {
            return -1;
        }

        value = value * base + digit;

        if (value > UINT32_MAX) {
            value = (int64_t) UINT32_MAX + 1;
        }
    }

    return value;
}


/* A host whose last label is a number is an IPv4 address or nothing (WHATWG URL, 3.5, "ends in a number checker"). */

static consent_host_t
parse_ipv4(char *host, size_t *len)
{
    char       *p, *end, *dot;
    size_t      i, n, limit;
    int64_t     numbers[4];
    uint32_t    address;

    end = host + *len;

    for (p = end; p > host && p[-1] != '.'; p--) {
        /* void */
    }

    for (i = 0; p + i < end && p[i] >= '0' && p[i] <= '9'; i++) {
        /* void */
    }

    if (p == end || (p + i < end && ipv4_number(p, (size_t) (end - p)) < 0)) {
        return CONSENT_HOST_OK;
    }

    n = 0;

    for (p = host; /* void */ ; p = dot + 1) {
        dot = memchr(p, '.', (size_t) (end - p));

        if (n == 4) {
            return CONSENT_HOST_INVALID;
        }

        numbers[n] = ipv4_number(p, (size_t) ((dot != NULL ? dot : end) - p));

        if (numbers[n] < 0) {
            return CONSENT_HOST_INVALID;
        }

        n++;

        if (dot == NULL) {
            break;
        }
    }

    limit = (size_t) 1 << (8 * (5 - n));

    if ((uint64_t) numbers[n - 1] >= limit) {
        return CONSENT_HOST_INVALID;
    }

    address = (uint32_t) numbers[n - 1];

    for (i = 0; i + 1 < n; i++) {
        if (numbers[i] > 255) {
            return CONSENT_HOST_INVALID;
        }

        address |= (uint32_t) numbers[i] << (8 * (3 - i));
    }

    *len = (size_t) sprintf(host, "%u.%u.%u.%u", address >> 24, address >> 16 & 255, address >> 8 & 255, address & 255);

    return CONSENT_HOST_OK;
}


/* Text between brackets to its shortest form (WHATWG URL, 3.5, "IPv6 serializer": never with dots). */

static consent_host_t
parse_ipv6(consent_str_t raw, char *out, size_t *len)
{
    int                   i, start, run, best_start, best_run;
    char                  text[INET6_ADDRSTRLEN];
    size_t                n;
    unsigned char         address[16];
    const unsigned char  *p, *end;

    p = (const unsigned char *) raw.data;
    end = p + raw.len;
    n = 0;

    for (p = skip_newlines(p + 1, end); p < end && *p != ']'; p = skip_newlines(p + 1, end)) {
        if (n == sizeof(text) - 1) {
            return CONSENT_HOST_INVALID;
        }

        text[n++] = (char) *p;
    }

    text[n] = '\0';

    if (p == end || skip_newlines(p + 1, end) != end || strlen(text) != n || inet_pton(AF_INET6, text, address) != 1) {
        return CONSENT_HOST_INVALID;
    }

    best_start = -1;
    best_run = 1;

    for (start = 0; start < 8; start += run + 1) {
        run = 0;

        while (start + run < 8 && address[2 * (start + run)] == 0 && address[2 * (start + run) + 1] == 0) {
            run++;
        }

        if (run > best_run) {
            best_start = start;
            best_run = run;
        }
    }

    n = 0;
    out[n++] = '[';

    for (i = 0; i < 8; i++) {

        if (i == best_start) {
            out[n++] = ':';
            if (i == 0) {
                out[n++] = ':';
            }

            i += best_run - 1;
            continue;
        }

        n += (size_t) sprintf(out + n, "%x", address[2 * i] << 8 | address[2 * i + 1]);

        if (i < 7) {
            out[n++] = ':';
        }
    }

    out[n++] = ']';
    *len = n;

    return CONSENT_HOST_OK;
}


consent_host_t
consent_host_parse(consent_str_t raw, char out[CONSENT_HOST_MAX], size_t *len)
{
    int                   i, n;
    char                  text[4];
    int32_t               cp, low;
    consent_domain_t      domain;
    consent_host_bytes_t  bytes;

    *len = 0;

    bytes.end = (const unsigned char *) raw.data + raw.len;
    bytes.p = skip_newlines((const unsigned char *) raw.data, bytes.end);

    if (bytes.p < bytes.end && *bytes.p == '[') {
        raw.data = (const char *) bytes.p;
        raw.len = (size_t) (bytes.end - bytes.p);

        return parse_ipv6(raw, out, len);
    }

    memset(&domain, 0, sizeof(domain));
    domain.out = out;
    domain.ascii = 1;
    domain.exact = 1;

    for ( ;; ) {
        cp = next_code_point(&bytes);

        if (cp == -1) {
            break;
        }

        if (cp == -2) {
            /* perhaps the page is not in UTF-8, and this is a letter */
            domain.odd = 1;
            domain.ascii = 0;
            domain.exact = 0;
            cp = 0xfffd;

        } else if (cp < 0x80) {
            if (is_forbidden(cp)) {
                return CONSENT_HOST_INVALID;
            }

            if (cp >= 'A' && cp <= 'Z') {
                cp |= 0x20;
            }

        } else {
            n = consent_host_fold((uint32_t) cp, text);

            if (n >= 0) {
                for (i = 0; i < n; i++) {
                    add_code_point(&domain, (unsigned char) text[i]);
                }

                continue;
            }

            low = to_lower(cp);
            domain.ascii = 0;

            if (low != 0) {
                cp = low;

            } else {
                domain.exact = 0;
            }
        }

        add_code_point(&domain, (uint32_t) cp);
    }

    end_label(&domain);

    if (domain.len > 0 && out[domain.len - 1] == '.') {
        domain.len--;
    }

    if (domain.len == 0) {
        return CONSENT_HOST_INVALID;
    }

    *len = domain.len;

    if (domain.odd) {
        return CONSENT_HOST_ODD;
    }

    return parse_ipv4(out, len);
}
