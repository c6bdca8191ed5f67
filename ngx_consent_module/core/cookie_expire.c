/*
 * A cookie is deleted by setting it again, expired, with the same name, domain and path (RFC 6265, 5.3). The browser
 * does not say with which domain it has it, nor whether in a partition of its own, so every possible one is tried.
 *
 * Cookies are taken from the end of the line: browsers put those of longer paths first (5.4), which path "/" does not
 * delete. They come back with every request and would use up the budget of those that it does delete.
 */

#include <string.h>

#include "cookie.h"

#define MAX_NAME     4096       /* of name and value together, in every browser */
#define MAX_HOST     253
#define MAX_VALUE    (MAX_NAME + MAX_HOST + 128)

/* Cookies that one response expires: more do not fit any budget worth having. */
#define MAX_COOKIES  64

typedef struct {
    consent_str_t    host;      /* empty when no Domain can be set */
    int              secure;
    size_t           budget;    /* bytes left */
    void           (*emit)(void *data, consent_str_t value);
    void            *data;
} expiry_t;

typedef struct {
    consent_str_t  name;
    unsigned       claimed:1;
    unsigned       left:1;      /* of some of its values, at least */
} expired_t;


/* The pair that ends a Cookie line, which shrinks. Returns 0 when there are no more. */

static int
previous_pair(consent_str_t *rest, consent_str_t *name, consent_str_t *value)
{
    char           *end;
    size_t          len;
    consent_str_t   piece, pair;

    while (rest->len > 0) {
        end = memrchr(rest->data, ';', rest->len);
        len = end != NULL ? (size_t) (end + 1 - rest->data) : 0;

        piece = (consent_str_t) { rest->data + len, rest->len - len };
        rest->len = end != NULL ? len - 1 : 0;

        if (consent_cookie_next(&piece, name, value, &pair)) {
            return 1;
        }
    }

    return 0;
}


/*
 * At least two labels of letters, digits, hyphens and underscores. Not an address, whose last part begins with a digit
 * or which has colons.
 */

consent_str_t
consent_cookie_domain(consent_str_t host)
{
    char           c, before;
    size_t         i, dot;
    consent_str_t  none = { NULL, 0 };

    if (host.len > 0 && host.data[host.len - 1] == '.') {
        host.len--;
    }

    if (host.len > MAX_HOST) {
        return none;
    }

    dot = 0;
    before = '.';

    for (i = 0; i < host.len; i++) {
        c = host.data[i];

        if (c == '.') {
            if (before == '.') {
                return none;
            }

            dot = i;

        } else if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
                     || c == '-' || c == '_'))
        {
            return none;
        }

        before = c;
    }

    if (dot == 0 || before == '.' || (host.data[dot + 1] >= '0' && host.data[dot + 1] <= '9')) {
        return none;
    }

    return host;
}


/* Browsers compare prefixes without regard to case (RFC 6265bis, 5.7). */

static int
has_prefix(consent_str_t name, consent_str_t prefix)
{
    return name.len >= prefix.len && consent_str_caseeq((consent_str_t) { name.data, prefix.len }, prefix);
}


static int
is_prefixed(consent_str_t name)
{
    return has_prefix(name, CONSENT_STR("__Host-")) || has_prefix(name, CONSENT_STR("__Secure-"))
           || has_prefix(name, CONSENT_STR("__Http-"));
}


static char *
append(char *p, consent_str_t s)
{
    memcpy(p, s.data, s.len);

    return p + s.len;
}


/* One value, which expires the cookie of that domain (empty: host-only). Returns its length. */

static size_t
expire(const expiry_t *expiry, consent_str_t name, consent_str_t domain, int partitioned, int emit)
{
    char    value[MAX_VALUE], *p;

    p = append(value, name);
    p = append(p, CONSENT_STR("=; Path=/; Max-Age=0"));

    if (domain.len > 0) {
        p = append(p, CONSENT_STR("; Domain="));
        p = append(p, domain);
    }

    if (expiry->secure) {
        p = append(p, CONSENT_STR("; Secure"));
    }

    /* __Http- and __Host-Http- are believed only with it */

    if (is_prefixed(name)) {
        p = append(p, CONSENT_STR("; HttpOnly"));
    }

    if (partitioned) {
        p = append(p, CONSENT_STR("; Partitioned"));
    }

    if (emit) {
        expiry->emit(expiry->data, (consent_str_t) { value, (size_t) (p - value) });
    }

    return (size_t) (p - value);
}


/* Host-only, then the domains from the shortest on, where trackers put theirs; a bare top-level domain is never one. */

static size_t
expire_everywhere(const expiry_t *expiry, const expired_t *cookie, int partitioned, int emit)
{
    char           *dot;
    size_t          len, start;
    consent_str_t   host = expiry->host;

    len = expire(expiry, cookie->name, (consent_str_t) { "", 0 }, partitioned, emit);

    if (!cookie->claimed || host.len == 0 || has_prefix(cookie->name, CONSENT_STR("__Host-"))) {
        return len;
    }

    dot = memrchr(host.data, '.', host.len);

    for (start = (size_t) (dot - host.data); start > 0; /* void */) {
        dot = memrchr(host.data, '.', start);
        start = dot != NULL ? (size_t) (dot - host.data) : 0;

        len += expire(expiry, cookie->name,
                      (consent_str_t) { host.data + start + (dot != NULL), host.len - start - (dot != NULL) },
                      partitioned, emit);
    }

    return len;
}


void
consent_cookie_expire_one(consent_str_t name, consent_str_t host, int secure,
    void (*emit)(void *data, consent_str_t value), void *data)
{
    expiry_t   expiry;
    expired_t  cookie;

    expiry.host = consent_cookie_domain(host);
    expiry.secure = secure;
    expiry.budget = 0;
    expiry.emit = emit;
    expiry.data = data;

    cookie.name = name;
    cookie.claimed = 1;
    cookie.left = 0;

    (void) expire_everywhere(&expiry, &cookie, 0, 1);
}


static int
can_be_set(consent_str_t name, int secure)
{
    size_t  i;

    if (name.len == 0 || name.len > MAX_NAME) {
        return 0;
    }

    for (i = 0; i < name.len; i++) {
        if ((unsigned char) name.data[i] < 0x20 || name.data[i] == 0x7f) {
            return 0;
        }
    }

    return secure || !is_prefixed(name);
}


/* Whether the value says that the cookie is older than it may get. */

static int
has_outlived(consent_claim_t claim, const consent_cookie_pattern_t *pattern, consent_str_t value, int64_t now)
{
    size_t    i;
    int64_t   created, limit;
    unsigned  part;

    if (pattern == NULL || pattern->created == 0) {
        return 0;
    }

    i = 0;

    for (part = 1; part < pattern->created; part++) {
        while (i < value.len && value.data[i] != '.') {
            i++;
        }

        if (i++ >= value.len) {
            return 0;
        }
    }

    created = 0;
    limit = consent_cookie_limit(claim, pattern);

    for ( /* void */ ; i < value.len && value.data[i] >= '0' && value.data[i] <= '9'; i++) {
        if (created > INT32_MAX) {
            return 0;
        }

        created = created * 10 + (value.data[i] - '0');
    }

    return created > 0 && limit != CONSENT_COOKIE_NO_LIMIT && (i == value.len || value.data[i] == '.')
           && now - created > limit;
}


static int
is_known(const expired_t *cookies, unsigned n, consent_str_t name)
{
    unsigned  i;

    for (i = 0; i < n; i++) {
        if (consent_str_eq(cookies[i].name, name)) {
            return 1;
        }
    }

    return 0;
}


unsigned
consent_cookie_expire(const consent_choices_t *choices, const consent_str_t *own, unsigned nown,
    const consent_str_t *cookie_lines, unsigned nlines, consent_str_t host, int secure, int64_t now, size_t budget,
    void (*emit)(void *data, consent_str_t value), void *data)
{
    int                              partitioned;
    size_t                           len;
    unsigned                         i, n, left;
    expiry_t                         expiry;
    expired_t                        cookies[MAX_COOKIES];
    consent_str_t                    rest, name, value;
    consent_claim_t                  claim;
    const consent_cookie_pattern_t  *pattern;

    n = 0;
    left = 0;

    for (i = nlines; i-- > 0; /* void */) {
        rest = cookie_lines[i];

        while (previous_pair(&rest, &name, &value)) {
            if (!can_be_set(name, secure) || consent_cookie_is_one_of(own, nown, name) || is_known(cookies, n, name)
                || (consent_cookie_allow(choices, name, &claim, &pattern) && !has_outlived(claim, pattern, value, now)))
            {
                continue;
            }

            if (n == MAX_COOKIES) {
                left++;
                continue;
            }

            cookies[n].name = name;
            cookies[n].claimed = claim.index != CONSENT_UNCLAIMED;
            cookies[n].left = 0;
            n++;
        }
    }

    expiry.host = consent_cookie_domain(host);
    expiry.secure = secure;
    expiry.budget = budget;
    expiry.emit = emit;
    expiry.data = data;

    /* Partitioned needs Secure; such cookies are few, so they come after all others */

    for (partitioned = 0; partitioned <= (secure != 0); partitioned++) {
        for (i = 0; i < n; i++) {
            len = expire_everywhere(&expiry, &cookies[i], partitioned, 0);

            if (len > expiry.budget) {
                cookies[i].left = 1;
                continue;
            }

            expiry.budget -= expire_everywhere(&expiry, &cookies[i], partitioned, 1);
        }
    }

    for (i = 0; i < n; i++) {
        left += cookies[i].left;
    }

    return left;
}
