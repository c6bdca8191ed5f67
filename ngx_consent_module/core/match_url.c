/*
 * Rules of a domain are found through a hash table of domains; rules for any host, and those of a domain that has
 * many, through an index of how their paths begin. All cost what the URL's labels and directories cost, however many
 * rules there are.
 */

#include <stdlib.h>
#include <string.h>

#include "host_table.h"
#include "match_url.h"
#include "prefix_index.h"

/* Directories in which a rule for any host is looked for: work on a hostile path stays linear. */
#define CONSENT_DIRECTORIES_MAX  64

/* So many rules of a domain are tried in turn. */
#define CONSENT_RANGE_PLAIN      8


/* Rules of one domain, of any host, or of the site itself. */
typedef struct {
    unsigned                 first;
    unsigned                 n;
    consent_prefix_index_t  *paths;         /* item: which of the range; NULL where they are few */
} consent_url_range_t;


struct consent_url_rules_s {
    const consent_url_rule_t  *rules;       /* by kind, then host, then the longest path first */
    unsigned                   kinds;       /* of them */
    consent_url_range_t       *domains;
    consent_host_table_t       hosts;       /* value: which of domains */
    consent_url_range_t        any;
    consent_url_range_t        own;
};


typedef struct {
    consent_str_t              path;
    consent_str_t              query;
    consent_rank_pt            rank;
    const void                *data;
    const consent_url_rule_t  *best;
    int                        best_rank;
    int                        pathless;
} consent_url_search_t;


static void
set_path(consent_url_rule_t *rule, consent_str_t path)
{
    size_t  i;

    rule->path = path;
    rule->open = (path.len == 0 || path.data[path.len - 1] == '/' || path.data[path.len - 1] == '*');
    rule->literal = 0;

    for (i = 0; i < path.len; i++) {
        if (path.data[i] == '?') {
            rule->query = 1;
            rule->open = 1;
        }

        rule->literal += (path.data[i] != '*');
    }

    if (rule->kind == CONSENT_RULE_ANY && path.len > 3 && memcmp(path.data, "/*/", 3) == 0) {
        rule->deep = 1;
        rule->path.data += 2;
        rule->path.len -= 2;
    }

    while (rule->path.len > 0 && rule->path.data[rule->path.len - 1] == '*') {
        rule->path.len--;
    }

    rule->glob = (rule->path.len > 0 && memchr(rule->path.data, '*', rule->path.len) != NULL);
}


const char *
consent_url_rule_parse(consent_str_t pattern, unsigned service, consent_url_rule_t *rule)
{
    size_t         i;
    consent_str_t  path;

    memset(rule, 0, sizeof(*rule));
    rule->service = service;

    if (consent_str_starts(pattern, CONSENT_STR("//"))) {
        pattern.data += 2;
        pattern.len -= 2;
    }

    for (i = 0; i < pattern.len && pattern.data[i] != '/'; i++) {
        if (pattern.data[i] >= 'A' && pattern.data[i] <= 'Z') {
            return "its host is not in lower case";
        }

        if (pattern.data[i] == ':' && pattern.data[0] != '[') {
            return "it has a scheme or a port: leave it out";
        }

        if (pattern.data[i] == '*' && (i > 0 || (pattern.len > 1 && pattern.data[1] != '/'))) {
            return "a host is a domain, whose subdomains are included, or \"*\"";
        }
    }

    if (i == 0) {
        return "it has no host: write \"//*\" before the path for any host";
    }

    rule->host.data = pattern.data;
    rule->host.len = i;

    path.data = pattern.data + i;
    path.len = pattern.len - i;

    rule->kind = CONSENT_RULE_HOST;

    if (rule->host.len == 1 && rule->host.data[0] == '*') {
        rule->kind = CONSENT_RULE_ANY;
        rule->host.len = 0;
    }

    set_path(rule, path);

    if (rule->kind == CONSENT_RULE_ANY && rule->literal < 3) {
        return "it would claim every site: write a host, or a longer path";
    }

    return NULL;
}


void
consent_url_rule_own(consent_str_t path, unsigned service, consent_url_rule_t *rule)
{
    memset(rule, 0, sizeof(*rule));

    rule->service = service;
    rule->kind = CONSENT_RULE_OWN;

    set_path(rule, path);
}


static int
compare_rules(const void *one, const void *two)
{
    int                        rc;
    const consent_url_rule_t  *a = one, *b = two;

    if (a->kind != b->kind) {
        return a->kind < b->kind ? -1 : 1;
    }

    if (a->host.len != b->host.len) {
        return a->host.len < b->host.len ? -1 : 1;
    }

    rc = a->host.len > 0 ? memcmp(a->host.data, b->host.data, a->host.len) : 0;
    if (rc != 0) {
        return rc;
    }

    if (a->literal != b->literal) {
        return a->literal > b->literal ? -1 : 1;
    }

    if (a->service != b->service) {
        return a->service < b->service ? -1 : 1;
    }

    /* two patterns of one service: any order will do, but the same on every machine */
    if (a->path.len != b->path.len) {
        return a->path.len < b->path.len ? -1 : 1;
    }

    return a->path.len > 0 ? memcmp(a->path.data, b->path.data, a->path.len) : 0;
}


/* What a path begins with, whatever its wildcards and its query stand for. */

static consent_str_t
beginning(const consent_url_rule_t *rule)
{
    size_t         i;
    consent_str_t  text;

    if (rule->path.len == 0) {
        return CONSENT_STR("");
    }

    text.data = rule->path.data + 1;

    for (i = 1; i < rule->path.len && rule->path.data[i] != '*' && rule->path.data[i] != '?'; i++) { /* void */ }

    text.len = i - 1;

    return text;
}


static int
index_range(const consent_url_rules_t *set, consent_arena_t *arena, consent_url_range_t *range)
{
    unsigned  i;

    range->paths = consent_alloc(arena, sizeof(consent_prefix_index_t));

    if (range->paths == NULL || consent_prefix_index_init(range->paths, arena, range->n) != 0) {
        return -1;
    }

    for (i = 0; i < range->n; i++) {
        consent_prefix_index_add(range->paths, beginning(&set->rules[range->first + i]), i);
    }

    return 0;
}


consent_url_rules_t *
consent_url_rules_build(consent_arena_t *arena, consent_url_rule_t *rules, unsigned n)
{
    unsigned              i, ndomains;
    consent_url_range_t  *range;
    consent_url_rules_t  *set;

    set = consent_calloc(arena, sizeof(*set));
    if (set == NULL) {
        return NULL;
    }

    if (n > 0) {
        qsort(rules, n, sizeof(*rules), compare_rules);
    }

    set->rules = rules;
    ndomains = 0;

    for (i = 0; i < n; i++) {
        set->kinds |= rules[i].kind;

        if (rules[i].kind == CONSENT_RULE_HOST && (i == 0 || !consent_str_eq(rules[i].host, rules[i - 1].host))) {
            ndomains++;
        }

        if (rules[i].kind != CONSENT_RULE_HOST) {
            range = rules[i].kind == CONSENT_RULE_ANY ? &set->any : &set->own;

            if (range->n == 0) {
                range->first = i;
            }

            range->n++;
        }
    }

    set->domains = consent_calloc(arena, (ndomains + 1) * sizeof(consent_url_range_t));

    if (set->domains == NULL || consent_host_table_init(&set->hosts, arena, ndomains) != 0
        || (set->any.n > 0 && index_range(set, arena, &set->any) != 0))
    {
        return NULL;
    }

    ndomains = 0;

    for (i = 0; i < n && rules[i].kind == CONSENT_RULE_HOST; i++) {
        if (i == 0 || !consent_str_eq(rules[i].host, rules[i - 1].host)) {
            set->domains[ndomains].first = i;
            consent_host_table_add(&set->hosts, rules[i].host, ndomains++);
        }

        set->domains[ndomains - 1].n++;
    }

    for (i = 0; i < ndomains; i++) {
        if (set->domains[i].n > CONSENT_RANGE_PLAIN && index_range(set, arena, &set->domains[i]) != 0) {
            return NULL;
        }
    }

    return set;
}


/* Whether a rule's path may end before rest. */

static int
may_end(const consent_url_rule_t *rule, const char *rest, const char *end)
{
    return rule->open || rest == end || *rest == '/';
}


static int
match_glob(const consent_url_rule_t *rule, consent_str_t text)
{
    int          last;
    size_t       len;
    const char  *p, *end, *piece, *star, *pattern_end;

    p = text.data;
    end = text.data + text.len;

    piece = rule->path.data;
    pattern_end = rule->path.data + rule->path.len;

    star = memchr(piece, '*', (size_t) (pattern_end - piece));
    len = (size_t) (star - piece);

    if (text.len < len || memcmp(p, piece, len) != 0) {
        return 0;
    }

    p += len;

    do {
        piece = star + 1;
        star = memchr(piece, '*', (size_t) (pattern_end - piece));
        last = (star == NULL);
        len = (size_t) ((last ? pattern_end : star) - piece);

        for ( ;; ) {
            p = len > 0 ? memmem(p, (size_t) (end - p), piece, len) : p;
            if (p == NULL) {
                return 0;
            }

            if (!last || may_end(rule, p + len, end)) {
                break;
            }

            p++;
        }

        p += len;

    } while (!last);

    return 1;
}


static int
match_path(const consent_url_rule_t *rule, consent_str_t path, consent_str_t query)
{
    char           joined[2 * CONSENT_URL_MAX];
    consent_str_t  text;

    text = path;

    if (rule->query && query.len > 0) {
        if (path.len > CONSENT_URL_MAX) {
            path.len = CONSENT_URL_MAX;
        }

        if (query.len > CONSENT_URL_MAX) {
            query.len = CONSENT_URL_MAX;
        }

        memcpy(joined, path.data, path.len);
        memcpy(joined + path.len, query.data, query.len);

        text.data = joined;
        text.len = path.len + query.len;
    }

    if (rule->glob) {
        return match_glob(rule, text);
    }

    return consent_str_starts(text, rule->path) && may_end(rule, text.data + rule->path.len, text.data + text.len);
}


static void
consider(consent_url_search_t *search, const consent_url_rule_t *rule, consent_str_t path)
{
    int                        rank;
    const consent_url_rule_t  *best = search->best;

    if (best != NULL
        && (rule->literal < best->literal || (rule->literal == best->literal && rule->host.len < best->host.len)))
    {
        return;
    }

    rank = search->rank(search->data, rule->service);

    if (rank < 0
        || (best != NULL && rule->literal == best->literal && rule->host.len == best->host.len
            && rank <= search->best_rank))
    {
        return;
    }

    if (search->pathless || match_path(rule, path, search->query)) {
        search->best = rule;
        search->best_rank = rank;
    }
}


static void
search_any(const consent_url_rules_t *rules, consent_url_search_t *search)
{
    int                        k;
    unsigned                   n;
    const char                *p, *end;
    consent_str_t              path, text;
    consent_prefix_walk_t      walk;
    const consent_url_rule_t  *rule;

    p = search->path.data;
    end = p + search->path.len;

    for (n = 0; n < CONSENT_DIRECTORIES_MAX && p < end; n++) {

        text.data = p + 1;
        text.len = (size_t) (end - text.data);

        if (consent_prefix_lengths(rules->any.paths, text) != 0) {
            consent_prefix_walk(&walk, rules->any.paths, text);

            for (k = consent_prefix_walk_next(&walk); k >= 0; k = consent_prefix_walk_next(&walk)) {
                rule = &rules->rules[rules->any.first + (unsigned) k];

                if (rule->deep != (n > 0)) {
                    continue;
                }

                path.data = p;
                path.len = (size_t) (end - p);

                consider(search, rule, path);
            }
        }

        p = text.len > 0 ? memchr(text.data, '/', text.len) : NULL;
        if (p == NULL) {
            break;
        }
    }
}


static void
search_range(const consent_url_rules_t *rules, const consent_url_range_t *range, consent_url_search_t *search)
{
    int                    k;
    unsigned               i;
    consent_str_t          text;
    consent_prefix_walk_t  walk;

    if (range->paths == NULL || search->pathless) {

        for (i = 0; i < range->n; i++) {
            consider(search, &rules->rules[range->first + i], search->path);
        }

        return;
    }

    text = search->path;

    if (text.len > 0) {
        text.data++;
        text.len--;
    }

    consent_prefix_walk(&walk, range->paths, text);

    for (k = consent_prefix_walk_next(&walk); k >= 0; k = consent_prefix_walk_next(&walk)) {
        consider(search, &rules->rules[range->first + (unsigned) k], search->path);
    }
}


const consent_url_rule_t *
consent_url_rules_find(const consent_url_rules_t *rules, unsigned kinds, consent_str_t host, consent_str_t path,
    consent_str_t query, consent_rank_pt rank, const void *data)
{
    int                   k;
    consent_str_t         domain;
    consent_host_walk_t   walk;
    consent_url_search_t  search;

    if (!(rules->kinds & kinds)) {
        return NULL;
    }

    search.path = path;
    search.query = query;
    search.rank = rank;
    search.data = data;
    search.best = NULL;
    search.best_rank = -1;
    search.pathless = (kinds & CONSENT_RULE_PATHLESS) != 0;

    kinds &= rules->kinds;

    if (kinds & CONSENT_RULE_HOST) {
        consent_host_walk(&walk, &rules->hosts, host);

        for (k = consent_host_walk_next(&walk, &domain); k >= 0; k = consent_host_walk_next(&walk, &domain)) {
            search_range(rules, &rules->domains[k], &search);
        }
    }

    if (kinds & CONSENT_RULE_ANY) {
        search_any(rules, &search);
    }

    if (kinds & CONSENT_RULE_OWN) {
        search_range(rules, &rules->own, &search);
    }

    return search.best;
}
