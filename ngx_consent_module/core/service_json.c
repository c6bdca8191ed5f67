#define PCRE2_CODE_UNIT_WIDTH  8

#include <pcre2.h>
#include <string.h>

#include "service_json.h"

#define CONSENT_ID_MAX        40
#define CONSENT_TEXT_MAX      2048
#define CONSENT_LINK_MAX      1024
#define CONSENT_HOST_MAX      253
#define CONSENT_PATTERN_MAX   512
#define CONSENT_PATTERNS_MAX  256
#define CONSENT_INLINES_MAX   64
#define CONSENT_COOKIE_MAX    128
#define CONSENT_COOKIES_MAX   128
#define CONSENT_STUB_MAX      4096
#define CONSENT_LANGS_MAX     64
#define CONSENT_SOURCES_MAX   64
#define CONSENT_LANG_MAX      35
#define CONSENT_YEAR          (365 * 24 * 3600)

/* A year's twelfth: 13mo is then 395 days, the longest thirteen months can be. */
#define CONSENT_MONTH         (CONSENT_YEAR / 12)


typedef struct {
    const char  *unit;
    int64_t      seconds;
} unit_t;

/* The longest first, as lifetimes are told in the first unit that divides them. */
static const unit_t  units[] = {
    { "y", CONSENT_YEAR },
    { "mo", CONSENT_MONTH },
    { "w", 7 * 24 * 3600 },
    { "d", 24 * 3600 },
    { "h", 3600 },
    { "m", 60 },
    { "s", 1 }
};

#define CONSENT_UNITS  (sizeof(units) / sizeof(units[0]))

static const consent_str_t  on_accept_names[] = {
    CONSENT_STR("in-place"),
    CONSENT_STR("reload")
};


static int
is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}


static int
is_alpha(char c)
{
    return is_lower(c) || (c >= 'A' && c <= 'Z');
}


static int
is_digit(char c)
{
    return c >= '0' && c <= '9';
}


static consent_str_t
copy_lower(consent_json_t *json, consent_arena_t *arena, consent_str_t s)
{
    char           *p;
    size_t          i;
    consent_str_t   copy;

    copy = consent_json_copy(json, arena, s);

    if (copy.data != NULL) {
        p = (char *) copy.data;

        for (i = 0; i < s.len; i++) {
            if (p[i] >= 'A' && p[i] <= 'Z') {
                p[i] |= 0x20;
            }
        }
    }

    return copy;
}


static consent_str_t
read_string(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node, size_t max)
{
    consent_str_t  s;

    s = consent_json_string(json, node, max);
    if (s.data == NULL) {
        return s;
    }

    return consent_json_copy(json, arena, s);
}


static int
is_id(consent_str_t s)
{
    size_t  i;

    for (i = 0; i < s.len; i++) {
        if (is_lower(s.data[i]) || is_digit(s.data[i])) {
            continue;
        }

        if (s.data[i] != '-' || i == 0 || i == s.len - 1 || s.data[i - 1] == '-') {
            return 0;
        }
    }

    return s.len > 0;
}


static consent_str_t
read_id(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node)
{
    char           quote[CONSENT_JSON_QUOTE];
    consent_str_t  s;

    s = consent_json_string(json, node, CONSENT_ID_MAX);

    if (s.data != NULL && !is_id(s)) {
        consent_json_wrong(json, node, "\"%s\" is not an id; write lower-case words with hyphens, such as \"my-service\"",
                           consent_json_quote(s, quote));
        return (consent_str_t) { NULL, 0 };
    }

    return s.data != NULL ? consent_json_copy(json, arena, s) : s;
}


/* The shape of a tag, not whether it is registered. */

static int
is_lang(consent_str_t s)
{
    size_t  i, part;

    part = 0;

    for (i = 0; i < s.len; i++) {
        if (s.data[i] == '-') {
            if (part == 0) {
                return 0;
            }

            part = 0;
            continue;
        }

        if (!is_alpha(s.data[i]) && !(is_digit(s.data[i]) && i > part)) {
            return 0;
        }

        if (++part > 8) {
            return 0;
        }
    }

    return part > 0 && s.len <= CONSENT_LANG_MAX && s.len > 1 && s.data[1] != '-';
}


consent_str_t
consent_service_read_lang(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node, consent_str_t text)
{
    char  quote[CONSENT_JSON_QUOTE];

    if (!is_lang(text)) {
        consent_json_wrong(json, node, "\"%s\" is not a language tag; write one such as \"fr\" or \"pt-BR\"",
                           consent_json_quote(text, quote));
        return (consent_str_t) { NULL, 0 };
    }

    return copy_lower(json, arena, text);
}


static int
is_host(consent_str_t s)
{
    char    c;
    size_t  i, label, dots;

    label = 0;
    dots = 0;

    for (i = 0; i < s.len; i++) {
        c = s.data[i];

        if (c == '.') {
            if (label == 0 || s.data[i - 1] == '-') {
                return 0;
            }

            label = 0;
            dots++;
            continue;
        }

        if (!is_alpha(c) && !is_digit(c) && c != '_' && (c != '-' || label == 0)) {
            return 0;
        }

        if (++label > 63) {
            return 0;
        }
    }

    return label > 0 && s.data[s.len - 1] != '-' && s.len <= CONSENT_HOST_MAX;
}


/* What people write instead of a host name, and how to say it. */

static const char *
host_remedy(consent_str_t s)
{
    size_t  i;

    if (memmem(s.data, s.len, "://", 3) != NULL) {
        return "leave out the scheme";
    }

    if (s.len > 0 && s.data[0] == '*') {
        return "leave out \"*.\": a host covers its subdomains";
    }

    for (i = 0; i < s.len; i++) {
        if ((unsigned char) s.data[i] >= 0x80) {
            return "write an international name in its ASCII form (xn--...)";
        }

        if (s.data[i] == ':') {
            return "leave out the port";
        }

        if (s.data[i] == '/') {
            return "leave out the path";
        }

        if (s.data[i] == '*') {
            return "a \"*\" stands for a whole host or within a path, never within a host";
        }
    }

    return "write a name such as \"www.example.com\"";
}


consent_str_t
consent_service_read_host(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node)
{
    char           quote[CONSENT_JSON_QUOTE];
    consent_str_t  s;

    s = consent_json_string(json, node, CONSENT_HOST_MAX + 1);
    if (s.data == NULL) {
        return s;
    }

    if (s.len > 1 && s.data[s.len - 1] == '.') {
        s.len--;
    }

    if (!is_host(s)) {
        consent_json_wrong(json, node, "\"%s\" is not a host name; %s", consent_json_quote(s, quote), host_remedy(s));
        return (consent_str_t) { NULL, 0 };
    }

    return copy_lower(json, arena, s);
}


consent_str_t
consent_service_read_link(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node)
{
    char           quote[CONSENT_JSON_QUOTE];
    size_t         i, after;
    consent_str_t  s;

    s = consent_json_string(json, node, CONSENT_LINK_MAX);
    if (s.data == NULL) {
        return s;
    }

    after = consent_str_starts(s, CONSENT_STR("https://")) ? 8 : consent_str_starts(s, CONSENT_STR("http://")) ? 7 : 0;

    /* "//host" and "/\host" are other sites. */
    if ((after > 0 && s.len > after && (is_alpha(s.data[after]) || is_digit(s.data[after]) || s.data[after] == '['))
        || (s.data[0] == '/' && (s.len == 1 || (s.data[1] != '/' && s.data[1] != '\\'))))
    {
        for (i = 0; i < s.len && strchr(" \"<>\\^`{|}", s.data[i]) == NULL; i++) { /* void */ }

        if (i == s.len) {
            return consent_json_copy(json, arena, s);
        }
    }

    consent_json_wrong(json, node, "\"%s\" is not an address; write https://..., or a path of the site such as /privacy",
                       consent_json_quote(s, quote));

    return (consent_str_t) { NULL, 0 };
}


/*
 * Compiles a pattern as matchers will, bytes and not UTF-8: what is matched is hostile. NULL when it cannot be used, which was
 * reported. A pattern that matches nothing at all would claim everything.
 */

static pcre2_code *
compile(consent_json_t *json, const consent_json_node_t *node, consent_str_t pattern, uint32_t anchors)
{
    int                     error, n;
    size_t                  offset;
    uint32_t                shortest;
    pcre2_code             *code;
    unsigned char           text[160];
    pcre2_match_data       *data;
    pcre2_match_context    *context;

    code = pcre2_compile((PCRE2_SPTR) pattern.data, pattern.len, anchors | PCRE2_NEVER_UTF | PCRE2_NEVER_BACKSLASH_C, &error,
                         &offset, NULL);

    if (code == NULL) {
        pcre2_get_error_message(error, text, sizeof(text));
        consent_json_wrong(json, node, "is not a valid regular expression: %s at offset %zu; remember to double each backslash",
                           text, offset);
        return NULL;
    }

    /* 0 is also the answer for what PCRE2 cannot tell. */
    n = pcre2_pattern_info(code, PCRE2_INFO_MINLENGTH, &shortest);

    if (n == 0 && shortest == 0) {
        data = pcre2_match_data_create(1, NULL);
        context = pcre2_match_context_create(NULL);

        if (data == NULL || context == NULL) {
            json->no_memory = 1;

        } else {
            pcre2_set_match_limit(context, 1000);
            n = pcre2_match(code, (PCRE2_SPTR) "", 0, 0, 0, data, context);
        }

        pcre2_match_context_free(context);
        pcre2_match_data_free(data);

        if (n != PCRE2_ERROR_NOMATCH && !json->no_memory) {
            consent_json_wrong(json, node, "matches the empty text, so it would claim everything; name what must be there");
            pcre2_code_free(code);
            return NULL;
        }
    }

    return code;
}


static int
is_cookie_name(consent_str_t s)
{
    size_t  i;

    for (i = 0; i < s.len; i++) {
        if ((unsigned char) s.data[i] <= 0x20 || (unsigned char) s.data[i] >= 0x7f || strchr("=;,\"", s.data[i]) != NULL) {
            return 0;
        }
    }

    return 1;
}


static int
has_literal(consent_str_t s, const char *others)
{
    size_t  i;

    for (i = 0; i < s.len; i++) {
        if (strchr(others, s.data[i]) == NULL) {
            return 1;
        }
    }

    return 0;
}


static void
read_cookie_name(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node,
    consent_cookie_pattern_t *cookie)
{
    char           quote[CONSENT_JSON_QUOTE];
    consent_str_t  s;

    s = consent_json_string(json, node, CONSENT_COOKIE_MAX);
    if (s.data == NULL) {
        return;
    }

    if (s.data[0] == '/') {
        if (s.len < 3 || s.data[s.len - 1] != '/') {
            consent_json_wrong(json, node, "\"%s\" begins a regular expression that does not end; write it as \"/.../\"",
                               consent_json_quote(s, quote));
            return;
        }

        cookie->regex = compile(json, node, (consent_str_t) { s.data + 1, s.len - 2 }, PCRE2_ANCHORED | PCRE2_ENDANCHORED);

        if (cookie->regex == NULL) {
            return;
        }

    } else if (!is_cookie_name(s)) {
        consent_json_wrong(json, node, "\"%s\" is not a cookie name; no blanks, quotes, \"=\", \";\" or \",\"",
                           consent_json_quote(s, quote));
        return;

    } else if (!has_literal(s, "*")) {
        consent_json_wrong(json, node, "\"%s\" would claim every cookie; name what it begins with",
                           consent_json_quote(s, quote));
        return;
    }

    cookie->name = consent_json_copy(json, arena, s);
}


static int64_t
parse_lifetime(consent_str_t s)
{
    size_t   i;
    int64_t  n;

    if (consent_str_eq(s, CONSENT_STR("session"))) {
        return CONSENT_LIFETIME_SESSION;
    }

    n = 0;

    for (i = 0; i < s.len && i < 6 && is_digit(s.data[i]); i++) {
        n = 10 * n + (s.data[i] - '0');
    }

    s.data += i;
    s.len -= i;

    if (n == 0) {
        return -1;
    }

    for (i = 0; i < CONSENT_UNITS; i++) {
        if (consent_str_eq(s, consent_str(units[i].unit))) {
            n *= units[i].seconds;
            return n <= (int64_t) 100 * CONSENT_YEAR ? n : -1;
        }
    }

    return -1;
}


static int64_t
read_lifetime(consent_json_t *json, const consent_json_node_t *node)
{
    char           quote[CONSENT_JSON_QUOTE];
    int64_t        lifetime;
    consent_str_t  s;

    if (json_is_null(node->value)) {
        return CONSENT_LIFETIME_UNKNOWN;
    }

    if (!json_is_string(node->value)) {
        consent_json_wrong(json, node, "is not a lifetime; write \"30d\" (s, m, h, d, w, mo, y), \"session\" or null");
        return CONSENT_LIFETIME_UNKNOWN;
    }

    s = consent_json_string(json, node, CONSENT_JSON_QUOTE);
    if (s.data == NULL) {
        return CONSENT_LIFETIME_UNKNOWN;
    }

    lifetime = parse_lifetime(s);

    if (lifetime < 0) {
        consent_json_wrong(json, node, "\"%s\" is not a lifetime; write \"30d\" (s, m, h, d, w, mo, y), \"session\" or null",
                           consent_json_quote(s, quote));
        return CONSENT_LIFETIME_UNKNOWN;
    }

    return lifetime;
}


static void
read_cookie(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node, consent_cookie_pattern_t *cookie)
{
    enum { NAME, LIFETIME, DESCRIPTION, KEYS };

    const consent_json_node_t  *members[KEYS];

    static const consent_json_key_t  keys[KEYS] = {
        { "name", "write the cookie's name, such as \"_pk_id.*\"" },
        { "lifetime", "write \"30d\", \"session\", or null when it is not known" },
        { "description", NULL }
    };

    cookie->lifetime = CONSENT_LIFETIME_UNKNOWN;

    if (consent_json_members(json, node, keys, KEYS, members) != 0) {
        return;
    }

    if (members[NAME] != NULL) {
        read_cookie_name(json, arena, members[NAME], cookie);
    }

    if (members[LIFETIME] != NULL) {
        cookie->lifetime = read_lifetime(json, members[LIFETIME]);
    }

    if (members[DESCRIPTION] != NULL) {
        consent_service_read_description(json, arena, members[DESCRIPTION], &cookie->description);
    }
}


void
consent_service_read_cookies(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node,
    consent_service_t *service)
{
    char                       quote[CONSENT_JSON_QUOTE];
    unsigned                   i, k;
    consent_cookie_pattern_t  *cookies;

    if (consent_json_array(json, node, CONSENT_COOKIES_MAX) != 0 || node->n == 0) {
        return;
    }

    cookies = consent_json_alloc(json, arena, service->ncookies + node->n, sizeof(consent_cookie_pattern_t));
    if (cookies == NULL) {
        return;
    }

    if (service->ncookies > 0) {
        memcpy(cookies, service->cookies, service->ncookies * sizeof(consent_cookie_pattern_t));
    }

    service->cookies = cookies;

    for (i = 0; i < node->n; i++) {
        read_cookie(json, arena, &node->children[i], &cookies[service->ncookies]);

        for (k = 0; k < service->ncookies && cookies[service->ncookies].name.data != NULL; k++) {
            if (consent_str_eq(cookies[k].name, cookies[service->ncookies].name)) {
                consent_json_wrong(json, &node->children[i], "\"%s\" is listed twice; keep one of the two",
                                   consent_json_quote(cookies[k].name, quote));
                break;
            }
        }

        service->ncookies++;
    }
}


void
consent_service_read_description(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node,
    consent_texts_t *texts)
{
    unsigned                    i, k, n;
    consent_str_t               lang, text;
    consent_text_t             *elts;
    const consent_json_node_t  *child;

    if (!json_is_object(node->value)) {
        consent_json_wrong(json, node, "must give each language its text, such as {\"fr\": \"...\", \"en\": \"...\"}");
        return;
    }

    if (node->n == 0 || node->n > CONSENT_LANGS_MAX) {
        consent_json_wrong(json, node, "has %u languages; give 1 to %d", node->n, CONSENT_LANGS_MAX);
        return;
    }

    elts = consent_json_alloc(json, arena, texts->n + node->n, sizeof(consent_text_t));
    if (elts == NULL) {
        return;
    }

    n = texts->n;

    if (n > 0) {
        memcpy(elts, texts->elts, n * sizeof(consent_text_t));
    }

    for (i = 0; i < node->n; i++) {
        child = &node->children[i];

        lang = consent_service_read_lang(json, arena, child, child->key);
        text = read_string(json, arena, child, CONSENT_TEXT_MAX);

        if (lang.data == NULL || text.data == NULL) {
            continue;
        }

        for (k = 0; k < n && !consent_str_eq(elts[k].lang, lang); k++) { /* void */ }

        elts[k].lang = lang;
        elts[k].text = text;
        n += (k == n);
    }

    texts->elts = elts;
    texts->n = n;
}


static consent_str_t
read_country(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node)
{
    char           quote[CONSENT_JSON_QUOTE];
    consent_str_t  s;

    s = consent_json_string(json, node, CONSENT_JSON_QUOTE);

    if (s.data != NULL && (s.len != 2 || s.data[0] < 'A' || s.data[0] > 'Z' || s.data[1] < 'A' || s.data[1] > 'Z')) {
        consent_json_wrong(json, node, "\"%s\" is not a country code; write two capitals of ISO 3166, such as \"FR\"",
                           consent_json_quote(s, quote));
        return (consent_str_t) { NULL, 0 };
    }

    return s.data != NULL ? consent_json_copy(json, arena, s) : s;
}


void
consent_service_read_provider(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node,
    consent_service_t *service)
{
    enum { NAME, COUNTRY, PRIVACY_POLICY, KEYS };

    const consent_json_node_t  *members[KEYS];

    static const consent_json_key_t  keys[KEYS] = {
        { "name", "write who provides the service" },
        { "country", NULL },
        { "privacy_policy", NULL }
    };

    if (consent_json_members(json, node, keys, KEYS, members) != 0) {
        return;
    }

    /* Another provider: nothing of the former one applies. */
    service->provider = CONSENT_STR("");
    service->country = CONSENT_STR("");
    service->privacy_policy = CONSENT_STR("");

    if (members[NAME] != NULL) {
        service->provider = read_string(json, arena, members[NAME], CONSENT_NAME_MAX);
    }

    if (members[COUNTRY] != NULL) {
        service->country = read_country(json, arena, members[COUNTRY]);
    }

    if (members[PRIVACY_POLICY] != NULL) {
        service->privacy_policy = consent_service_read_link(json, arena, members[PRIVACY_POLICY]);
    }
}


/* See match.h for what a pattern may be. */

static consent_str_t
read_url_pattern(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node)
{
    char            quote[CONSENT_JSON_QUOTE], *p;
    size_t          i, begin;
    consent_str_t   s, host, path, copy, none = { NULL, 0 };

    s = consent_json_string(json, node, CONSENT_PATTERN_MAX);
    if (s.data == NULL) {
        return none;
    }

    begin = consent_str_starts(s, CONSENT_STR("//")) ? 2 : 0;

    host.data = s.data + begin;
    for (i = begin; i < s.len && s.data[i] != '/'; i++) { /* void */ }
    host.len = i - begin;

    path.data = s.data + i;
    path.len = s.len - i;

    consent_json_quote(s, quote);

    if (memmem(s.data, s.len, "://", 3) != NULL) {
        consent_json_wrong(json, node, "\"%s\" has a scheme; leave it out, http and https are both meant", quote);
        return none;
    }

    if (host.len == 0) {
        consent_json_wrong(json, node, "\"%s\" has no host; write \"//*%s\" for any host", quote, quote);
        return none;
    }

    if (consent_str_eq(host, CONSENT_STR("*"))) {
        if (!has_literal(path, "/*")) {
            consent_json_wrong(json, node, "\"%s\" would claim every address; name a host or a path", quote);
            return none;
        }

    } else if (!is_host(host)) {
        consent_json_wrong(json, node, "\"%s\" has no valid host; %s", quote, host_remedy(host));
        return none;

    } else if (memchr(host.data, '.', host.len) == NULL) {
        consent_json_wrong(json, node, "\"%s\" would claim a whole top-level domain; write a host such as \"example.com\"", quote);
        return none;
    }

    for (i = 0; i < path.len; i++) {
        if ((unsigned char) path.data[i] <= 0x20 || (unsigned char) path.data[i] >= 0x7f || path.data[i] == '#') {
            consent_json_wrong(json, node, "\"%s\" has a blank, a \"#\" or a letter beyond ASCII; percent-encode it", quote);
            return none;
        }
    }

    copy = consent_json_copy(json, arena, s);

    if (copy.data != NULL) {
        p = (char *) copy.data + begin;

        for (i = 0; i < host.len; i++) {
            if (p[i] >= 'A' && p[i] <= 'Z') {
                p[i] |= 0x20;
            }
        }
    }

    return copy;
}


static consent_str_t
read_inline(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node)
{
    pcre2_code     *code;
    consent_str_t   s, none = { NULL, 0 };

    s = consent_json_string(json, node, CONSENT_PATTERN_MAX);
    if (s.data == NULL) {
        return none;
    }

    code = compile(json, node, s, 0);
    if (code == NULL) {
        return none;
    }

    pcre2_code_free(code);

    return consent_json_copy(json, arena, s);
}


void
consent_service_read_strings(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node, unsigned max,
    consent_service_string_pt read, consent_str_t **strings, unsigned *n)
{
    char            quote[CONSENT_JSON_QUOTE];
    unsigned        i, k;
    consent_str_t  *elts, s;

    if (consent_json_array(json, node, max) != 0 || node->n == 0) {
        return;
    }

    elts = consent_json_alloc(json, arena, *n + node->n, sizeof(consent_str_t));
    if (elts == NULL) {
        return;
    }

    if (*n > 0) {
        memcpy(elts, *strings, *n * sizeof(consent_str_t));
    }

    for (i = 0; i < node->n; i++) {
        s = read(json, arena, &node->children[i]);
        if (s.data == NULL) {
            continue;
        }

        for (k = 0; k < *n && !consent_str_eq(elts[k], s); k++) { /* void */ }

        if (k < *n) {
            consent_json_wrong(json, &node->children[i], "\"%s\" is already there; leave it out",
                               consent_json_quote(s, quote));
            continue;
        }

        elts[(*n)++] = s;
    }

    *strings = elts;
}


void
consent_service_read_match(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node,
    consent_service_t *service)
{
    enum { URLS, HITS, INLINE, KEYS };

    const consent_json_node_t  *members[KEYS];

    static const consent_json_key_t  keys[KEYS] = {
        { "urls", NULL },
        { "hits", NULL },
        { "inline", NULL }
    };

    if (consent_json_members(json, node, keys, KEYS, members) != 0) {
        return;
    }

    if (members[URLS] != NULL) {
        consent_service_read_strings(json, arena, members[URLS], CONSENT_PATTERNS_MAX, read_url_pattern, &service->urls,
                                     &service->nurls);
    }

    if (members[HITS] != NULL) {
        consent_service_read_strings(json, arena, members[HITS], CONSENT_PATTERNS_MAX, read_url_pattern, &service->hits,
                                     &service->nhits);
    }

    if (members[INLINE] != NULL) {
        consent_service_read_strings(json, arena, members[INLINE], CONSENT_INLINES_MAX, read_inline, &service->inlines,
                                     &service->ninlines);
    }
}


/* Ends up within a script element, or in place of a neutralised script. */

static consent_str_t
read_stub(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node)
{
    consent_str_t  s;

    s = consent_json_string(json, node, CONSENT_STUB_MAX);

    if (s.data != NULL && (memmem(s.data, s.len, "</", 2) != NULL || memmem(s.data, s.len, "<!--", 4) != NULL
        || memmem(s.data, s.len, "<script", 7) != NULL))
    {
        consent_json_wrong(json, node, "holds \"</\", \"<!--\" or \"<script\"; a stub is plain JavaScript that cannot end its element");
        return (consent_str_t) { NULL, 0 };
    }

    return s.data != NULL ? consent_json_copy(json, arena, s) : s;
}


int
consent_service_basis_allowed(consent_json_t *json, const consent_json_node_t *node, consent_purpose_t purpose,
    consent_basis_t basis)
{
    if (basis == CONSENT_BASIS_EXEMPT && purpose != CONSENT_PURPOSE_AUDIENCE) {
        consent_json_wrong(json, node, "\"exempt\" is for audience measurement alone, and this service's purpose is \"%.*s\"; write "
                           "\"consent\"", (int) consent_purpose_names[purpose].len, consent_purpose_names[purpose].data);
        return 0;
    }

    if (basis == CONSENT_BASIS_NECESSARY && (purpose == CONSENT_PURPOSE_ADVERTISING || purpose == CONSENT_PURPOSE_SOCIAL)) {
        consent_json_wrong(json, node, "no service whose purpose is \"%.*s\" is \"necessary\"; write \"consent\"",
                           (int) consent_purpose_names[purpose].len, consent_purpose_names[purpose].data);
        return 0;
    }

    return 1;
}


static void
read_sources(consent_json_t *json, const consent_json_node_t *node)
{
    unsigned  i;

    if (consent_json_array(json, node, CONSENT_SOURCES_MAX) != 0) {
        return;
    }

    for (i = 0; i < node->n; i++) {
        (void) consent_json_string(json, &node->children[i], CONSENT_TEXT_MAX);
    }
}


void
consent_service_read(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node, consent_service_t *service)
{
    int  n;

    enum {
        SCHEMA, ID, NAME, PURPOSE, BASIS, PROVIDER, DESCRIPTION, COOKIES, MATCH, ON_ACCEPT, STUB, UNCONFIRMED, SOURCES, KEYS
    };

    const consent_json_node_t  *members[KEYS];

    static const consent_json_key_t  keys[KEYS] = {
        { "$schema", NULL },
        { "id", "write a lower-case word that will never change" },
        { "name", "write the name that visitors know it by" },
        { "purpose", "write one of necessary, audience, social, video, map, content, support, security, fonts, advertising" },
        { "basis", NULL },
        { "provider", "write {\"name\": \"...\", \"country\": \"FR\", \"privacy_policy\": \"https://...\"}" },
        { "description", "tell visitors what it does: {\"fr\": \"...\", \"en\": \"...\"}" },
        { "cookies", NULL },
        { "match", NULL },
        { "on_accept", NULL },
        { "stub", NULL },
        { "unconfirmed", NULL },
        { "sources", NULL }
    };

    if (consent_json_members(json, node, keys, KEYS, members) != 0) {
        return;
    }

    if (members[SCHEMA] != NULL) {
        (void) consent_json_string(json, members[SCHEMA], CONSENT_LINK_MAX);
    }

    if (members[ID] != NULL) {
        service->id = read_id(json, arena, members[ID]);
    }

    if (members[NAME] != NULL) {
        service->name = read_string(json, arena, members[NAME], CONSENT_NAME_MAX);
    }

    if (members[PURPOSE] != NULL) {
        n = consent_json_choice(json, members[PURPOSE], consent_purpose_names, CONSENT_PURPOSES);

        if (n == -1) {
            members[BASIS] = NULL;

        } else {
            service->purpose = (consent_purpose_t) n;
            service->basis = service->purpose == CONSENT_PURPOSE_NECESSARY ? CONSENT_BASIS_NECESSARY : CONSENT_BASIS_CONSENT;
        }
    }

    if (members[BASIS] != NULL) {
        n = consent_json_choice(json, members[BASIS], consent_basis_names, 3);

        if (n != -1 && members[PURPOSE] != NULL
            && consent_service_basis_allowed(json, members[BASIS], service->purpose, (consent_basis_t) n))
        {
            service->basis = (consent_basis_t) n;
        }
    }

    if (members[PROVIDER] != NULL) {
        consent_service_read_provider(json, arena, members[PROVIDER], service);
    }

    if (members[DESCRIPTION] != NULL) {
        consent_service_read_description(json, arena, members[DESCRIPTION], &service->description);
    }

    if (members[COOKIES] != NULL) {
        consent_service_read_cookies(json, arena, members[COOKIES], service);
    }

    if (members[MATCH] != NULL) {
        consent_service_read_match(json, arena, members[MATCH], service);
    }

    if (members[ON_ACCEPT] != NULL) {
        service->reload = consent_json_choice(json, members[ON_ACCEPT], on_accept_names, 2) == 1;
    }

    if (members[STUB] != NULL) {
        service->stub = read_stub(json, arena, members[STUB]);
    }

    if (members[UNCONFIRMED] != NULL) {
        service->unconfirmed = consent_json_bool(json, members[UNCONFIRMED]) == 1;
    }

    if (members[SOURCES] != NULL) {
        read_sources(json, members[SOURCES]);
    }

    if ((members[COOKIES] == NULL || members[COOKIES]->n == 0) && (members[MATCH] == NULL || members[MATCH]->n == 0)) {
        consent_json_wrong(json, node, "claims nothing; give it \"match\" or \"cookies\"");
    }
}


void
consent_service_free(const consent_service_t *service, unsigned first)
{
    unsigned  i;

    for (i = first; i < service->ncookies; i++) {
        pcre2_code_free(service->cookies[i].regex);
        service->cookies[i].regex = NULL;
    }
}


json_t *
consent_json_str(consent_str_t s)
{
    return json_stringn(s.data != NULL ? s.data : "", s.len);
}


json_t *
consent_texts_json(const consent_texts_t *texts)
{
    int       rc;
    json_t   *object;
    unsigned  i;

    object = json_object();
    rc = 0;

    for (i = 0; i < texts->n; i++) {
        rc |= json_object_set_new(object, texts->elts[i].lang.data, consent_json_str(texts->elts[i].text));
    }

    if (rc != 0) {
        json_decref(object);
        return NULL;
    }

    return object;
}


json_t *
consent_strings_json(const consent_str_t *strings, unsigned n)
{
    int       rc;
    json_t   *array;
    unsigned  i;

    array = json_array();
    rc = 0;

    for (i = 0; i < n; i++) {
        rc |= json_array_append_new(array, consent_json_str(strings[i]));
    }

    if (rc != 0) {
        json_decref(array);
        return NULL;
    }

    return array;
}


static json_t *
lifetime_json(int64_t lifetime)
{
    unsigned  i;

    if (lifetime == CONSENT_LIFETIME_UNKNOWN) {
        return json_null();
    }

    if (lifetime == CONSENT_LIFETIME_SESSION) {
        return json_string("session");
    }

    for (i = 0; lifetime % units[i].seconds != 0; i++) { /* void */ }

    return json_sprintf("%lld%s", (long long) (lifetime / units[i].seconds), units[i].unit);
}


static json_t *
cookies_json(const consent_service_t *service)
{
    int                              rc;
    json_t                          *array, *object;
    unsigned                         i;
    const consent_cookie_pattern_t  *cookie;

    array = json_array();
    rc = 0;

    for (i = 0; i < service->ncookies; i++) {
        cookie = &service->cookies[i];
        object = json_object();

        rc |= json_object_set_new(object, "name", consent_json_str(cookie->name));
        rc |= json_object_set_new(object, "lifetime", lifetime_json(cookie->lifetime));

        if (cookie->description.n > 0) {
            rc |= json_object_set_new(object, "description", consent_texts_json(&cookie->description));
        }

        rc |= json_array_append_new(array, object);
    }

    if (rc != 0) {
        json_decref(array);
        return NULL;
    }

    return array;
}


static json_t *
provider_json(const consent_service_t *service)
{
    int      rc;
    json_t  *object;

    object = json_object();
    rc = json_object_set_new(object, "name", consent_json_str(service->provider));

    if (service->country.len > 0) {
        rc |= json_object_set_new(object, "country", consent_json_str(service->country));
    }

    if (service->privacy_policy.len > 0) {
        rc |= json_object_set_new(object, "privacy_policy", consent_json_str(service->privacy_policy));
    }

    if (rc != 0) {
        json_decref(object);
        return NULL;
    }

    return object;
}


static json_t *
match_json(const consent_service_t *service)
{
    int      rc;
    json_t  *object;

    object = json_object();
    rc = 0;

    if (service->nurls > 0) {
        rc |= json_object_set_new(object, "urls", consent_strings_json(service->urls, service->nurls));
    }

    if (service->nhits > 0) {
        rc |= json_object_set_new(object, "hits", consent_strings_json(service->hits, service->nhits));
    }

    if (service->ninlines > 0) {
        rc |= json_object_set_new(object, "inline", consent_strings_json(service->inlines, service->ninlines));
    }

    if (rc != 0) {
        json_decref(object);
        return NULL;
    }

    return object;
}


json_t *
consent_service_json(const consent_service_t *service, consent_basis_t basis)
{
    int      rc;
    json_t  *object;

    object = json_object();

    rc = json_object_set_new(object, "id", consent_json_str(service->id));
    rc |= json_object_set_new(object, "name", consent_json_str(service->name));
    rc |= json_object_set_new(object, "purpose", consent_json_str(consent_purpose_names[service->purpose]));
    rc |= json_object_set_new(object, "basis", consent_json_str(consent_basis_names[basis]));
    rc |= json_object_set_new(object, "provider", provider_json(service));
    rc |= json_object_set_new(object, "description", consent_texts_json(&service->description));
    rc |= json_object_set_new(object, "cookies", cookies_json(service));
    rc |= json_object_set_new(object, "match", match_json(service));
    rc |= json_object_set_new(object, "on_accept", consent_json_str(on_accept_names[service->reload]));

    if (service->stub.len > 0) {
        rc |= json_object_set_new(object, "stub", consent_json_str(service->stub));
    }

    if (service->unconfirmed) {
        rc |= json_object_set_new(object, "unconfirmed", json_true());
    }

    if (rc != 0) {
        json_decref(object);
        return NULL;
    }

    return object;
}
