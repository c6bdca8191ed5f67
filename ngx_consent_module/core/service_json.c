#define PCRE2_CODE_UNIT_WIDTH  8

#include <pcre2.h>
#include <string.h>

#include "field.h"
#include "lifetime.h"
#include "pattern_json.h"
#include "service_json.h"

#define CONSENT_ID_MAX        40
#define CONSENT_PATTERNS_MAX  256
#define CONSENT_INLINES_MAX   64
#define CONSENT_COOKIES_MAX   128
#define CONSENT_CREATED_MAX   16
#define CONSENT_STUB_MAX      4096
#define CONSENT_CHOICE_COOKIES_MAX  8
#define CONSENT_SOURCES_MAX   64
#define CONSENT_SOURCE_MAX    2048
#define CONSENT_SCHEMA_MAX    1024

const consent_str_t  consent_on_accept_names[2] = {
    CONSENT_STR("in-place"),
    CONSENT_STR("reload")
};


static int
is_id(consent_str_t s)
{
    size_t  i;

    for (i = 0; i < s.len; i++) {
        if ((s.data[i] >= 'a' && s.data[i] <= 'z') || (s.data[i] >= '0' && s.data[i] <= '9')) {
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
        consent_json_wrong(json, node,
                           "\"%s\" is not an id; write lower-case words with hyphens, such as \"my-service\"",
                           consent_json_quote(s, quote));
        return (consent_str_t) { NULL, 0 };
    }

    return s.data != NULL ? consent_json_copy(json, arena, s) : s;
}


static int64_t
read_lifetime(consent_json_t *json, const consent_json_node_t *node)
{
    int64_t        lifetime;
    consent_str_t  s;

    if (json_is_null(node->value)) {
        return CONSENT_LIFETIME_UNKNOWN;
    }

    lifetime = CONSENT_LIFETIME_UNKNOWN;

    if (json_is_string(node->value)) {
        s = (consent_str_t) { json_string_value(node->value), json_string_length(node->value) };
        lifetime = consent_lifetime_parse(s);
    }

    if (lifetime == CONSENT_LIFETIME_UNKNOWN) {
        consent_json_wrong(json, node,
                           "is not a lifetime; write \"30d\" (units: s, m, h, d, w, mo, y), \"session\", or null when "
                           "it is not known");
    }

    return lifetime;
}


static unsigned
read_created(consent_json_t *json, const consent_json_node_t *node)
{
    json_int_t  n;

    n = json_is_integer(node->value) ? json_integer_value(node->value) : 0;

    if (n < 1 || n > CONSENT_CREATED_MAX) {
        consent_json_wrong(json, node, "is no part of a cookie's value; write a number from 1 to %d",
                           CONSENT_CREATED_MAX);
        return 0;
    }

    return (unsigned) n;
}


static void
read_cookie(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node,
    consent_cookie_pattern_t *cookie)
{
    enum { NAME, LIFETIME, CREATED, DESCRIPTION, KEYS };

    const consent_json_node_t  *members[KEYS];

    static const consent_json_key_t  keys[KEYS] = {
        { "name", "write the cookie's name, such as \"_pk_id.*\"" },
        { "lifetime", "write \"30d\", \"session\", or null when it is not known" },
        { "created", NULL },
        { "description", NULL }
    };

    cookie->lifetime = CONSENT_LIFETIME_UNKNOWN;

    if (consent_json_members(json, node, keys, KEYS, members) != 0) {
        return;
    }

    if (members[NAME] != NULL) {
        consent_pattern_cookie(json, arena, members[NAME], cookie);
    }

    if (members[LIFETIME] != NULL) {
        cookie->lifetime = read_lifetime(json, members[LIFETIME]);
    }

    if (members[CREATED] != NULL) {
        cookie->created = read_created(json, members[CREATED]);
    }

    if (members[DESCRIPTION] != NULL) {
        consent_field_texts(json, arena, members[DESCRIPTION], &cookie->description);
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
        service->provider = consent_field_text(json, arena, members[NAME], CONSENT_NAME_MAX);
    }

    if (members[COUNTRY] != NULL) {
        service->country = read_country(json, arena, members[COUNTRY]);
    }

    if (members[PRIVACY_POLICY] != NULL) {
        service->privacy_policy = consent_field_link(json, arena, members[PRIVACY_POLICY]);
    }
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
        consent_field_strings(json, arena, members[URLS], CONSENT_PATTERNS_MAX, consent_pattern_url, &service->urls,
                                     &service->nurls);
    }

    if (members[HITS] != NULL) {
        consent_field_strings(json, arena, members[HITS], CONSENT_PATTERNS_MAX, consent_pattern_url, &service->hits,
                                     &service->nhits);
    }

    if (members[INLINE] != NULL) {
        consent_field_strings(json, arena, members[INLINE], CONSENT_INLINES_MAX, consent_pattern_inline,
                              &service->inlines, &service->ninlines);
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
        consent_json_wrong(json, node,
                           "holds \"</\", \"<!--\" or \"<script\"; write plain JavaScript that cannot end its "
                           "element");
        return (consent_str_t) { NULL, 0 };
    }

    return s.data != NULL ? consent_json_copy(json, arena, s) : s;
}


/* A token (RFC 6265, 4.1.1) of letters, digits, hyphens and underscores. */

static consent_str_t
read_cookie_name(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node)
{
    char           quote[CONSENT_JSON_QUOTE];
    size_t         i;
    consent_str_t  s;

    s = consent_json_string(json, node, CONSENT_NAME_MAX);

    for (i = 0; i < s.len; i++) {
        if (!((s.data[i] >= 'a' && s.data[i] <= 'z') || (s.data[i] >= 'A' && s.data[i] <= 'Z')
              || (s.data[i] >= '0' && s.data[i] <= '9') || s.data[i] == '_' || s.data[i] == '-'))
        {
            consent_json_wrong(json, node, "\"%s\" is no name for a cookie here; letters, digits, \"-\" and \"_\"",
                               consent_json_quote(s, quote));
            return (consent_str_t) { NULL, 0 };
        }
    }

    return s.data != NULL ? consent_json_copy(json, arena, s) : s;
}


static void
read_choice_cookies(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node,
    consent_service_t *service)
{
    enum { ACCEPTED, REFUSED, KEYS };

    const consent_json_node_t  *members[KEYS];

    static const consent_json_key_t  keys[KEYS] = {
        { "accepted", NULL },
        { "refused", NULL }
    };

    if (consent_json_members(json, node, keys, KEYS, members) != 0) {
        return;
    }

    if (members[ACCEPTED] != NULL) {
        consent_field_strings(json, arena, members[ACCEPTED], CONSENT_CHOICE_COOKIES_MAX, read_cookie_name,
                              &service->accepted_cookies, &service->naccepted_cookies);
    }

    if (members[REFUSED] != NULL) {
        consent_field_strings(json, arena, members[REFUSED], CONSENT_CHOICE_COOKIES_MAX, read_cookie_name,
                              &service->refused_cookies, &service->nrefused_cookies);
    }
}


int
consent_service_basis_allowed(consent_json_t *json, const consent_json_node_t *node, consent_purpose_t purpose,
    consent_basis_t basis)
{
    if (basis == CONSENT_BASIS_EXEMPT && purpose != CONSENT_PURPOSE_AUDIENCE) {
        consent_json_wrong(json, node,
                           "\"exempt\" is for audience measurement alone, and this service's purpose is \"%.*s\"; "
                           "write \"consent\"", (int) consent_purpose_names[purpose].len,
                           consent_purpose_names[purpose].data);
        return 0;
    }

    if (basis == CONSENT_BASIS_NECESSARY
        && (purpose == CONSENT_PURPOSE_ADVERTISING || purpose == CONSENT_PURPOSE_SOCIAL))
    {
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
        (void) consent_json_string(json, &node->children[i], CONSENT_SOURCE_MAX);
    }
}


void
consent_service_read(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node,
    consent_service_t *service)
{
    int  n;

    enum {
        SCHEMA, ID, NAME, PURPOSE, BASIS, PROVIDER, DESCRIPTION, COOKIES, MATCH, ON_ACCEPT, STUB, WITHOUT_COOKIES,
        CHOICE_COOKIES, UNCONFIRMED, LISTED_ONLY, SOURCES, KEYS
    };

    const consent_json_node_t  *members[KEYS];

    static const consent_json_key_t  keys[KEYS] = {
        { "$schema", NULL },
        { "id", "write a lower-case word that will never change" },
        { "name", "write the name that visitors know it by" },
        { "purpose", "write one of necessary, audience, social, video, map, content, support, security, fonts, "
                     "advertising" },
        { "basis", NULL },
        { "provider", "write {\"name\": \"...\", \"country\": \"FR\", \"privacy_policy\": \"https://...\"}" },
        { "description", "tell visitors what it does: {\"fr\": \"...\", \"en\": \"...\"}" },
        { "cookies", NULL },
        { "match", NULL },
        { "on_accept", NULL },
        { "stub", NULL },
        { "without_cookies", NULL },
        { "choice_cookies", NULL },
        { "unconfirmed", NULL },
        { "listed_only", NULL },
        { "sources", NULL }
    };

    if (consent_json_members(json, node, keys, KEYS, members) != 0) {
        return;
    }

    if (members[SCHEMA] != NULL) {
        (void) consent_json_string(json, members[SCHEMA], CONSENT_SCHEMA_MAX);
    }

    if (members[ID] != NULL) {
        service->id = read_id(json, arena, members[ID]);
    }

    if (members[NAME] != NULL) {
        service->name = consent_field_text(json, arena, members[NAME], CONSENT_NAME_MAX);
    }

    if (members[PURPOSE] != NULL) {
        n = consent_json_choice(json, members[PURPOSE], consent_purpose_names, CONSENT_PURPOSES);

        if (n == -1) {
            members[BASIS] = NULL;

        } else {
            service->purpose = (consent_purpose_t) n;
            service->basis = service->purpose == CONSENT_PURPOSE_NECESSARY ? CONSENT_BASIS_NECESSARY
                                                                           : CONSENT_BASIS_CONSENT;
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
        consent_field_texts(json, arena, members[DESCRIPTION], &service->description);
    }

    if (members[COOKIES] != NULL) {
        consent_service_read_cookies(json, arena, members[COOKIES], service);
    }

    if (members[MATCH] != NULL) {
        consent_service_read_match(json, arena, members[MATCH], service);
    }

    if (members[ON_ACCEPT] != NULL) {
        service->reload = consent_json_choice(json, members[ON_ACCEPT], consent_on_accept_names, 2) == 1;
    }

    if (members[STUB] != NULL) {
        service->stub = read_stub(json, arena, members[STUB]);
    }

    if (members[WITHOUT_COOKIES] != NULL) {
        service->without_cookies = read_stub(json, arena, members[WITHOUT_COOKIES]);
    }

    if (members[CHOICE_COOKIES] != NULL) {
        read_choice_cookies(json, arena, members[CHOICE_COOKIES], service);
    }

    if (members[UNCONFIRMED] != NULL) {
        service->unconfirmed = consent_json_bool(json, members[UNCONFIRMED]) == 1;
        service->listed_only = service->unconfirmed;
    }

    if (members[LISTED_ONLY] != NULL) {
        service->listed_only |= consent_json_bool(json, members[LISTED_ONLY]) == 1;
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
