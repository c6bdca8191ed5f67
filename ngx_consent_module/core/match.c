/*
 * A matcher holds the compiled patterns of a list of services: the catalogue's, where a service is its place in the
 * catalogue, and for each policy the little that it adds, where a service is its place in the policy. The policy's is
 * asked first.
 */

#include <limits.h>
#include <string.h>

#include "catalogue_private.h"
#include "match.h"
#include "match_build.h"
#include "match_cookie.h"
#include "match_inline.h"
#include "match_url.h"

#define CONSENT_NOT_LISTED  UCHAR_MAX


/* Each is NULL where there is no such pattern. */
typedef struct {
    consent_url_rules_t     *urls;
    consent_url_rules_t     *hits;
    consent_inline_rules_t  *inlines;
    consent_cookie_rules_t  *cookies;
} consent_patterns_t;


typedef struct {
    const consent_service_t  **services;
    unsigned                   n;
    consent_patterns_t         patterns;
} consent_matcher_t;


typedef struct {
    const consent_matcher_t  *matcher;      /* the catalogue's; NULL when there is none */
    unsigned char            *listed;       /* by place in the catalogue: the entry, or CONSENT_NOT_LISTED */
    consent_patterns_t        patterns;
} consent_overlay_t;


/* What is being compiled: for entries of a policy, or for services of the catalogue. */
typedef struct {
    consent_arena_t           *arena;
    consent_problems_t        *problems;
    const char                *file;
    const consent_service_t  **services;
    const consent_entry_t     *entries;     /* NULL for the catalogue */
    unsigned                   n;
} consent_build_t;


/* A lookup on the way: whose services, and which of them count. */
typedef struct {
    const consent_policy_t    *policy;
    const consent_overlay_t   *overlay;
    unsigned                   audience:1;
    int                      (*wanted)(const void *data, consent_claim_t claim);
    const void                *data;
} consent_lookup_t;


/* The patterns of a copy begin with those of the catalogue's service, which are compiled already. */

static const consent_service_t *
base_of(const consent_build_t *build, unsigned i)
{
    static const consent_service_t  none;

    if (build->entries == NULL || build->entries[i].base == NULL) {
        return &none;
    }

    return build->entries[i].base;
}


static unsigned
add_urls(const consent_build_t *build, unsigned i, const consent_str_t *patterns, unsigned first, unsigned n,
    consent_url_rule_t *rules)
{
    unsigned     k, added;
    const char  *wrong;

    added = 0;

    for (k = first; k < n; k++) {
        wrong = consent_url_rule_parse(patterns[k], i, &rules[added]);

        if (wrong != NULL) {
            consent_problem(build->problems, build->file, 0, "service \"%.*s\", URL pattern \"%.*s\": %s",
                            (int) build->services[i]->id.len, build->services[i]->id.data, (int) patterns[k].len,
                            patterns[k].data, wrong);
            continue;
        }

        added++;
    }

    return added;
}


static consent_url_rules_t *
build_urls(const consent_build_t *build)
{
    unsigned                  i, k, n;
    const consent_entry_t    *entry;
    consent_url_rule_t       *rules;
    const consent_service_t  *service;

    n = 0;

    for (i = 0; i < build->n; i++) {
        n += build->services[i]->nurls - base_of(build, i)->nurls;

        if (build->entries != NULL) {
            n += build->entries[i].nhosts + build->entries[i].npaths;
        }
    }

    rules = consent_alloc(build->arena, (n + 1) * sizeof(consent_url_rule_t));
    if (rules == NULL) {
        return NULL;
    }

    n = 0;

    for (i = 0; i < build->n; i++) {
        service = build->services[i];

        n += add_urls(build, i, service->urls, base_of(build, i)->nurls, service->nurls, rules + n);

        if (build->entries == NULL) {
            continue;
        }

        entry = &build->entries[i];
        n += add_urls(build, i, entry->hosts, 0, entry->nhosts, rules + n);

        for (k = 0; k < entry->npaths; k++) {
            consent_url_rule_own(entry->paths[k], i, &rules[n++]);
        }
    }

    return consent_url_rules_build(build->arena, rules, n);
}


static consent_url_rules_t *
build_hits(const consent_build_t *build)
{
    unsigned                  i, n;
    consent_url_rule_t       *rules;
    const consent_service_t  *service;

    n = 0;

    for (i = 0; i < build->n; i++) {
        n += build->services[i]->nhits - base_of(build, i)->nhits;
    }

    rules = consent_alloc(build->arena, (n + 1) * sizeof(consent_url_rule_t));
    if (rules == NULL) {
        return NULL;
    }

    n = 0;

    for (i = 0; i < build->n; i++) {
        service = build->services[i];

        n += add_urls(build, i, service->hits, base_of(build, i)->nhits, service->nhits, rules + n);
    }

    return consent_url_rules_build(build->arena, rules, n);
}


static int
build_inlines(const consent_build_t *build, consent_inline_rules_t **inlines)
{
    char                      error[256];
    unsigned                  i, k, n;
    consent_inline_rules_t   *rules;
    const consent_service_t  *service;

    n = 0;

    for (i = 0; i < build->n; i++) {
        n += build->services[i]->ninlines - base_of(build, i)->ninlines;
    }

    if (n == 0) {
        return 0;
    }

    rules = consent_inline_rules_create(build->arena, n);
    if (rules == NULL) {
        return -1;
    }

    *inlines = rules;

    for (i = 0; i < build->n; i++) {
        service = build->services[i];

        for (k = base_of(build, i)->ninlines; k < service->ninlines; k++) {

            if (consent_inline_rules_add(rules, service->inlines[k], i, error, sizeof(error)) != 0) {
                consent_problem(build->problems, build->file, 0, "service \"%.*s\", inline pattern \"%.*s\": %s",
                                (int) service->id.len, service->id.data, (int) service->inlines[k].len,
                                service->inlines[k].data, error);
            }
        }
    }

    return consent_inline_rules_finish(rules, build->arena);
}


static int
build_cookies(const consent_build_t *build, consent_cookie_rules_t **cookies)
{
    unsigned                  i, k, n;
    consent_cookie_rules_t   *rules;
    const consent_service_t  *service;

    n = 0;

    for (i = 0; i < build->n; i++) {
        n += build->services[i]->ncookies - base_of(build, i)->ncookies;
    }

    if (n == 0) {
        return 0;
    }

    rules = consent_cookie_rules_create(build->arena, n);
    if (rules == NULL) {
        return -1;
    }

    *cookies = rules;

    for (i = 0; i < build->n; i++) {
        service = build->services[i];

        for (k = base_of(build, i)->ncookies; k < service->ncookies; k++) {
            consent_cookie_rules_add(rules, &service->cookies[k], i);
        }
    }

    return 0;
}


static void
destroy_patterns(consent_patterns_t *patterns)
{
    consent_inline_rules_destroy(patterns->inlines);
    consent_cookie_rules_destroy(patterns->cookies);

    patterns->inlines = NULL;
    patterns->cookies = NULL;
}


static int
build_patterns(const consent_build_t *build, consent_patterns_t *patterns)
{
    unsigned  count;

    count = build->problems->count;

    patterns->urls = build_urls(build);
    patterns->hits = build_hits(build);

    if (patterns->urls == NULL || patterns->hits == NULL || build_inlines(build, &patterns->inlines) != 0
        || build_cookies(build, &patterns->cookies) != 0)
    {
        consent_problem(build->problems, build->file, 0, "not enough memory");
    }

    if (build->problems->count > count) {
        destroy_patterns(patterns);
        return -1;
    }

    return 0;
}


void *
consent_matcher_build(consent_arena_t *arena, const consent_service_t *const *services, unsigned n, const char *file,
    consent_problems_t *problems)
{
    consent_build_t     build;
    consent_matcher_t  *matcher;

    matcher = consent_calloc(arena, sizeof(*matcher));

    if (matcher != NULL) {
        matcher->services = consent_alloc(arena, (n + 1) * sizeof(consent_service_t *));
    }

    if (matcher == NULL || matcher->services == NULL) {
        consent_problem(problems, file, 0, "not enough memory");
        return NULL;
    }

    if (n > 0) {
        memcpy(matcher->services, services, n * sizeof(consent_service_t *));
    }

    matcher->n = n;

    memset(&build, 0, sizeof(build));
    build.arena = arena;
    build.problems = problems;
    build.file = file;
    build.services = matcher->services;
    build.n = n;

    return build_patterns(&build, &matcher->patterns) == 0 ? matcher : NULL;
}


void
consent_matcher_destroy(void *data)
{
    consent_matcher_t  *matcher = data;

    if (matcher != NULL) {
        destroy_patterns(&matcher->patterns);
    }
}


static int
list_entries(consent_arena_t *arena, const consent_policy_t *policy, consent_overlay_t *overlay)
{
    unsigned                  i, k;
    const consent_matcher_t  *matcher;

    matcher = policy->catalogue != NULL ? policy->catalogue->matcher : NULL;
    if (matcher == NULL) {
        return 0;
    }

    overlay->matcher = matcher;
    overlay->listed = consent_alloc(arena, matcher->n + 1);

    if (overlay->listed == NULL) {
        return -1;
    }

    memset(overlay->listed, CONSENT_NOT_LISTED, matcher->n + 1);

    for (i = 0; i < policy->nentries; i++) {
        for (k = 0; policy->entries[i].base != NULL && k < matcher->n; k++) {
            if (matcher->services[k] == policy->entries[i].base) {
                overlay->listed[k] = (unsigned char) i;
                break;
            }
        }
    }

    return 0;
}


void *
consent_overlay_build(consent_arena_t *arena, const consent_policy_t *policy, consent_problems_t *problems)
{
    unsigned                   i;
    consent_build_t            build;
    consent_overlay_t         *overlay;
    const consent_service_t  **services;

    overlay = consent_calloc(arena, sizeof(*overlay));
    services = consent_alloc(arena, (policy->nentries + 1) * sizeof(consent_service_t *));

    if (overlay == NULL || services == NULL || list_entries(arena, policy, overlay) != 0) {
        consent_problem(problems, policy->file.data, 0, "not enough memory");
        return NULL;
    }

    for (i = 0; i < policy->nentries; i++) {
        services[i] = policy->entries[i].service;
    }

    memset(&build, 0, sizeof(build));
    build.arena = arena;
    build.problems = problems;
    build.file = policy->file.data;
    build.services = services;
    build.entries = policy->entries;
    build.n = policy->nentries;

    return build_patterns(&build, &overlay->patterns) == 0 ? overlay : NULL;
}


void
consent_overlay_destroy(void *data)
{
    consent_overlay_t  *overlay = data;

    if (overlay != NULL) {
        destroy_patterns(&overlay->patterns);
    }
}


static consent_claim_t
unclaimed(void)
{
    return (consent_claim_t) { CONSENT_UNCLAIMED, NULL };
}


static consent_claim_t
entry_claim(const consent_lookup_t *lookup, unsigned entry)
{
    return (consent_claim_t) { (int) entry, lookup->policy->entries[entry].service };
}


static consent_claim_t
service_claim(const consent_lookup_t *lookup, unsigned service)
{
    unsigned  entry;

    entry = lookup->overlay->listed[service];

    if (entry != CONSENT_NOT_LISTED) {
        return entry_claim(lookup, entry);
    }

    return (consent_claim_t) { CONSENT_UNLISTED, lookup->overlay->matcher->services[service] };
}


static int
rank_entry(const void *data, unsigned entry)
{
    const consent_lookup_t  *lookup = data;

    if (lookup->audience && lookup->policy->entries[entry].service->purpose != CONSENT_PURPOSE_AUDIENCE) {
        return -1;
    }

    return (lookup->wanted == NULL || lookup->wanted(lookup->data, entry_claim(lookup, entry))) ? 0 : -1;
}


/* A service that the policy lists is the likelier one. */

static int
rank_service(const void *data, unsigned service)
{
    const consent_lookup_t   *lookup = data;
    const consent_service_t  *known = lookup->overlay->matcher->services[service];

    if (lookup->overlay->listed[service] != CONSENT_NOT_LISTED) {
        return rank_entry(data, lookup->overlay->listed[service]) < 0 ? -1 : 1;
    }

    if (known->listed_only || (lookup->audience && known->purpose != CONSENT_PURPOSE_AUDIENCE)) {
        return -1;
    }

    return (lookup->wanted == NULL || lookup->wanted(lookup->data, service_claim(lookup, service))) ? 0 : -1;
}


static int
want_entry(void *data, unsigned entry)
{
    return rank_entry(data, entry) >= 0;
}


static int
want_service(void *data, unsigned service)
{
    return rank_service(data, service) >= 0;
}


/* 0 when the policy has no matchers, which only a policy being loaded has not. */

static int
begin(consent_lookup_t *lookup, const consent_policy_t *policy)
{
    memset(lookup, 0, sizeof(*lookup));
    lookup->policy = policy;
    lookup->overlay = policy->overlay;

    return lookup->overlay != NULL;
}


int
consent_match_is_own(const consent_policy_t *policy, consent_str_t own_host, consent_str_t host)
{
    unsigned  i;

    if (consent_str_eq(host, own_host)) {
        return 1;
    }

    for (i = 0; i < policy->nhosts; i++) {
        if (consent_str_eq(host, policy->hosts[i])) {
            return 1;
        }
    }

    return 0;
}


static consent_claim_t
match_anywhere(const consent_lookup_t *lookup, unsigned how, consent_str_t own_host, const consent_url_t *url)
{
    int                        own;
    unsigned                   kinds;
    const consent_url_rule_t  *rule;

    own = consent_match_is_own(lookup->policy, own_host, url->host);
    kinds = how == CONSENT_RULE_PATHLESS ? how : CONSENT_RULE_ANY;

    /* what is said of paths says nothing of the site's own host */
    rule = consent_url_rules_find(lookup->overlay->patterns.urls,
                                  kinds | CONSENT_RULE_HOST | (own && !how ? CONSENT_RULE_OWN : 0),
                                  url->host, url->path, url->query, rank_entry, lookup);

    if (rule != NULL) {
        return entry_claim(lookup, rule->service);
    }

    if (lookup->overlay->matcher == NULL) {
        return unclaimed();
    }

    rule = consent_url_rules_find(lookup->overlay->matcher->patterns.urls, kinds | (own ? 0 : CONSENT_RULE_HOST),
                                  url->host, url->path, url->query, rank_service, lookup);

    return rule != NULL ? service_claim(lookup, rule->service) : unclaimed();
}


consent_claim_t
consent_match_url(const consent_policy_t *policy, consent_str_t own_host, const consent_url_t *url)
{
    consent_lookup_t  lookup;

    if (url->scheme == CONSENT_SCHEME_OTHER || !begin(&lookup, policy)) {
        return unclaimed();
    }

    return match_anywhere(&lookup, 0, own_host, url);
}


consent_claim_t
consent_match_host(const consent_policy_t *policy, consent_str_t own_host, consent_str_t host,
    int (*wanted)(const void *data, consent_claim_t claim), const void *data)
{
    consent_url_t     url;
    consent_claim_t   claim;
    consent_lookup_t  lookup;

    if (!begin(&lookup, policy)) {
        return unclaimed();
    }

    memset(&url, 0, sizeof(url));
    url.host = host;

    lookup.wanted = wanted;
    lookup.data = data;

    claim = match_anywhere(&lookup, CONSENT_RULE_PATHLESS, own_host, &url);

    if (claim.service != NULL) {
        return claim;
    }

    lookup.wanted = NULL;

    return match_anywhere(&lookup, CONSENT_RULE_PATHLESS, own_host, &url);
}


static consent_str_t
cut_query(consent_str_t *path)
{
    const char     *mark;
    consent_str_t   query;

    mark = path->len > 0 ? memchr(path->data, '?', path->len) : NULL;

    if (mark == NULL) {
        return CONSENT_STR("");
    }

    query.data = mark;
    query.len = path->len - (size_t) (mark - path->data);
    path->len -= query.len;

    return query;
}


static consent_claim_t
match_own(const consent_lookup_t *lookup, const consent_url_rules_t *own_rules, unsigned own_kinds,
    const consent_url_rules_t *rules, consent_str_t own_host, consent_str_t path)
{
    consent_str_t              query;
    const consent_url_rule_t  *rule;

    query = cut_query(&path);
    rule = consent_url_rules_find(own_rules, own_kinds, own_host, path, query, rank_entry, lookup);

    if (rule != NULL) {
        return entry_claim(lookup, rule->service);
    }

    if (rules != NULL) {
        rule = consent_url_rules_find(rules, CONSENT_RULE_ANY, own_host, path, query, rank_service, lookup);

        if (rule != NULL) {
            return service_claim(lookup, rule->service);
        }
    }

    return unclaimed();
}


static consent_claim_t
match_hits(const consent_lookup_t *lookup, consent_str_t own_host, consent_str_t path)
{
    const consent_overlay_t  *overlay = lookup->overlay;

    return match_own(lookup, overlay->patterns.hits, CONSENT_RULE_HOST | CONSENT_RULE_ANY,
                     overlay->matcher != NULL ? overlay->matcher->patterns.hits : NULL, own_host, path);
}


static int
is_entry(const void *data, consent_claim_t claim)
{
    return claim.index == *(const int *) data;
}


/* A directory that the policy gives a service is one where its hits may begin. */

consent_claim_t
consent_match_hit(const consent_policy_t *policy, consent_str_t own_host, consent_str_t path)
{
    int                        entry;
    consent_str_t              query, rest;
    consent_claim_t            claim;
    consent_lookup_t           lookup;
    const consent_url_rule_t  *rule;

    if (!begin(&lookup, policy)) {
        return unclaimed();
    }

    claim = match_hits(&lookup, own_host, path);

    if (claim.service != NULL) {
        return claim;
    }

    rest = path;
    query = cut_query(&rest);

    rule = consent_url_rules_find(lookup.overlay->patterns.urls, CONSENT_RULE_OWN, own_host, rest, query, rank_entry,
                                  &lookup);

    if (rule == NULL || rule->glob || rule->path.len == 0 || !consent_str_starts(path, rule->path)
        || rule->path.data[rule->path.len - 1] != '/')
    {
        return unclaimed();
    }

    path.data += rule->path.len - 1;
    path.len -= rule->path.len - 1;

    entry = (int) rule->service;
    lookup.wanted = is_entry;
    lookup.data = &entry;

    return match_hits(&lookup, own_host, path);
}


consent_claim_t
consent_match_endpoint(const consent_policy_t *policy, consent_str_t own_host, consent_str_t path)
{
    consent_claim_t           claim;
    consent_lookup_t          lookup;
    const consent_matcher_t  *matcher;

    if (!begin(&lookup, policy)) {
        return unclaimed();
    }

    lookup.audience = 1;
    matcher = lookup.overlay->matcher;

    claim = match_hits(&lookup, own_host, path);

    if (claim.service != NULL) {
        return claim;
    }

    return match_own(&lookup, lookup.overlay->patterns.urls, CONSENT_RULE_HOST | CONSENT_RULE_ANY | CONSENT_RULE_OWN,
                     matcher != NULL ? matcher->patterns.urls : NULL, own_host, path);
}


consent_claim_t
consent_match_inline(const consent_policy_t *policy, consent_str_t text)
{
    return consent_match_inline_where(policy, text, NULL, NULL);
}


consent_claim_t
consent_match_inline_where(const consent_policy_t *policy, consent_str_t text,
    int (*wanted)(const void *data, consent_claim_t claim), const void *data)
{
    int               i;
    consent_lookup_t  lookup;

    if (!begin(&lookup, policy)) {
        return unclaimed();
    }

    lookup.wanted = wanted;
    lookup.data = data;

    if (lookup.overlay->patterns.inlines != NULL) {
        i = consent_inline_rules_find(lookup.overlay->patterns.inlines, text, want_entry, &lookup);

        if (i >= 0) {
            return entry_claim(&lookup, (unsigned) i);
        }
    }

    if (lookup.overlay->matcher != NULL && lookup.overlay->matcher->patterns.inlines != NULL) {
        i = consent_inline_rules_find(lookup.overlay->matcher->patterns.inlines, text, want_service, &lookup);

        if (i >= 0) {
            return service_claim(&lookup, (unsigned) i);
        }
    }

    return unclaimed();
}


consent_claim_t
consent_match_cookie(const consent_policy_t *policy, consent_str_t name, const consent_cookie_pattern_t **pattern)
{
    int               i;
    consent_lookup_t  lookup;

    if (!begin(&lookup, policy)) {
        return unclaimed();
    }

    if (lookup.overlay->patterns.cookies != NULL) {
        i = consent_cookie_rules_find(lookup.overlay->patterns.cookies, name, rank_entry, &lookup, pattern);

        if (i >= 0) {
            return entry_claim(&lookup, (unsigned) i);
        }
    }

    if (lookup.overlay->matcher != NULL && lookup.overlay->matcher->patterns.cookies != NULL) {
        i = consent_cookie_rules_find(lookup.overlay->matcher->patterns.cookies, name, rank_service, &lookup, pattern);

        if (i >= 0) {
            return service_claim(&lookup, (unsigned) i);
        }
    }

    return unclaimed();
}
