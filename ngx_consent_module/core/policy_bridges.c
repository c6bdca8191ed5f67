/* The consent managers that a policy says are in its pages: what each calls the policy's services. */

#include <stdlib.h>
#include <string.h>

#include "bridge.h"
#include "bridge_json.h"
#include "catalogue_private.h"
#include "cookie.h"
#include "field.h"
#include "policy_private.h"

#define CONSENT_BRIDGES_MAX  8
#define CONSENT_GRANTS_MAX   256

/* What browsers keep of a cookie, less its name and attributes. */
#define CONSENT_COOKIE_ROOM  3800

enum { USE, COOKIE, DOMAIN, REVISION, CATEGORIES, SERVICES, OWN, KEYS };

static const consent_json_key_t  keys[KEYS] = {
    { "use", "write which consent manager is in the page, such as \"tarteaucitron\"" },
    { "cookie", NULL },
    { "domain", NULL },
    { "revision", NULL },
    { "categories", NULL },
    { "services", NULL },
    { "own", NULL }
};


static const consent_bridge_tool_t *
find_tool(consent_json_t *json, const consent_json_node_t *node, const consent_policy_t *policy)
{
    int                            found;
    unsigned                       i;
    consent_str_t                 *ids;
    const consent_bridge_tools_t  *tools = policy->catalogue->bridges;

    if (tools == NULL || tools->n == 0) {
        consent_json_wrong(json, node, "no consent manager is known here; install assets/bridges beside the locales");
        return NULL;
    }

    ids = malloc(tools->n * sizeof(consent_str_t));
    if (ids == NULL) {
        json->no_memory = 1;
        return NULL;
    }

    for (i = 0; i < tools->n; i++) {
        ids[i] = tools->elts[i].id;
    }

    found = consent_json_choice(json, node, ids, tools->n);
    free(ids);

    return found != -1 ? &tools->elts[found] : NULL;
}


static int
find_service(consent_json_t *json, const consent_json_node_t *node, const consent_policy_t *policy)
{
    int                found;
    char               hint[CONSENT_JSON_HINT], quote[CONSENT_JSON_QUOTE];
    unsigned           i;
    consent_str_t      id;
    consent_suggest_t  suggest;

    id = consent_json_string(json, node, CONSENT_NAME_MAX);
    if (id.data == NULL) {
        return -1;
    }

    found = consent_policy_find(policy, id);

    if (found == -1) {
        consent_suggest_init(&suggest, id);

        for (i = 0; i < policy->nentries; i++) {
            consent_suggest_offer(&suggest, policy->entries[i].service->id);
        }

        consent_json_wrong(json, node, "this policy has no service \"%s\"%s", consent_json_quote(id, quote),
                           consent_json_hint(&suggest, hint));
    }

    return found;
}


/* "always", "all", "never", or a list of the policy's services. */

static void
read_grant(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node,
    const consent_policy_t *policy, consent_grant_t *grant)
{
    int       found;
    unsigned  i;

    grant->rule = CONSENT_GRANT_NEVER;
    grant->entries = NULL;
    grant->nentries = 0;

    if (json_is_string(node->value)) {
        found = consent_json_choice(json, node, consent_grant_rule_names + 1, 3);
        grant->rule = found != -1 ? (consent_grant_rule_t) (found + 1) : grant->rule;
        return;
    }

    if (!json_is_array(node->value)) {
        consent_json_wrong(json, node, "must be a list of this policy's services, or \"always\", \"all\" or \"never\"");
        return;
    }

    if (node->n == 0) {
        consent_json_wrong(json, node, "names no service; write \"always\" for what the tool cannot refuse, else "
                           "\"never\"");
        return;
    }

    if (consent_json_array(json, node, CONSENT_MAX_SERVICES) != 0) {
        return;
    }

    grant->entries = consent_json_alloc(json, arena, node->n, 1);
    if (grant->entries == NULL) {
        return;
    }

    grant->rule = CONSENT_GRANT_SERVICES;

    for (i = 0; i < node->n; i++) {
        found = find_service(json, &node->children[i], policy);

        if (found != -1) {
            grant->entries[grant->nentries++] = (unsigned char) found;
        }
    }
}


static consent_grant_t *
grant_of(consent_bridge_t *bridge, consent_str_t id, int category)
{
    unsigned          i;
    consent_grant_t  *grant;

    for (i = 0; i < bridge->ngrants; i++) {
        grant = &bridge->grants[i];

        if (grant->category == (category != 0) && consent_str_eq(grant->id, id)) {
            return grant;
        }
    }

    grant = &bridge->grants[bridge->ngrants++];
    grant->id = id;
    grant->category = category != 0;

    return grant;
}


/* What the tool's own names mean for this policy. A service that the policy has not is none of the gateway's affair. */

static void
add_known(consent_json_t *json, consent_arena_t *arena, const consent_policy_t *policy, consent_bridge_t *bridge,
    const consent_bridge_name_t *name, int category)
{
    int               found;
    unsigned          i, n;
    unsigned char    *entries;
    consent_grant_t  *grant;

    if (!category && name->rule == CONSENT_GRANT_SERVICES && name->nservices == 0) {
        return;
    }

    entries = NULL;
    n = 0;

    if (name->rule == CONSENT_GRANT_SERVICES) {
        entries = consent_json_alloc(json, arena, policy->nentries + name->nservices, 1);
        if (entries == NULL) {
            return;
        }

        for (i = 0; i < name->nservices; i++) {
            found = consent_policy_find(policy, name->services[i]);

            if (found != -1) {
                entries[n++] = (unsigned char) found;

            } else if (!category) {
                return;
            }
        }

        for (i = 0; i < policy->nentries; i++) {
            if (policy->entries[i].basis != CONSENT_BASIS_NECESSARY
                && (name->purposes & 1u << policy->entries[i].service->purpose))
            {
                entries[n++] = (unsigned char) i;
            }
        }
    }

    grant = grant_of(bridge, name->id, category);
    grant->rule = name->rule;
    grant->entries = entries;
    grant->nentries = n;
}


static void
add_same(consent_json_t *json, consent_arena_t *arena, const consent_policy_t *policy, consent_bridge_t *bridge)
{
    unsigned          i;
    consent_grant_t  *grant;

    for (i = 0; i < policy->nentries; i++) {
        if (policy->entries[i].service->id.len == 0) {
            continue;
        }

        grant = grant_of(bridge, policy->entries[i].service->id, 0);
        grant->rule = CONSENT_GRANT_SERVICES;
        grant->entries = consent_json_alloc(json, arena, 1, 1);

        if (grant->entries == NULL) {
            return;
        }

        grant->entries[0] = (unsigned char) i;
        grant->nentries = 1;
    }
}


static int
is_known(const consent_bridge_name_t *names, unsigned n, consent_str_t id, consent_suggest_t *suggest)
{
    unsigned  i;

    consent_suggest_init(suggest, id);

    for (i = 0; i < n; i++) {
        if (consent_str_eq(names[i].id, id)) {
            return 1;
        }

        consent_suggest_offer(suggest, names[i].id);
    }

    return 0;
}


/* "analytics/matomo": services of a record are told apart by category. */

static int
is_in_category(consent_json_t *json, const consent_json_node_t *node, const consent_bridge_t *bridge)
{
    char           quote[CONSENT_JSON_QUOTE];
    const char    *slash;
    unsigned       i;
    consent_str_t  category;

    slash = memchr(node->key.data, '/', node->key.len);

    if (slash == NULL) {
        consent_json_wrong(json, node, "is to be written with its category before it, such as \"analytics/%s\"",
                           consent_json_quote(node->key, quote));
        return 0;
    }

    category = (consent_str_t) { node->key.data, (size_t) (slash - node->key.data) };

    for (i = 0; i < bridge->ngrants; i++) {
        if (bridge->grants[i].category && consent_str_eq(bridge->grants[i].id, category)) {
            return 1;
        }
    }

    consent_json_wrong(json, node, "\"%s\" is no category that is known here; add it to \"categories\"",
                       consent_json_quote(category, quote));

    return 0;
}


static int
is_name(consent_json_t *json, const consent_json_node_t *node, const consent_bridge_t *bridge, unsigned kind)
{
    char                          hint[CONSENT_JSON_HINT], quote[CONSENT_JSON_QUOTE], name[CONSENT_JSON_QUOTE];
    int                           known;
    consent_suggest_t             suggest;
    const consent_bridge_tool_t  *tool = bridge->tool;

    consent_json_quote(node->key, quote);
    consent_json_quote(tool->name, name);

    switch (kind) {

    case CATEGORIES:
        known = is_known(tool->categories, tool->ncategories, node->key, &suggest);

        if (!known && !tool->any_category) {
            consent_json_wrong(json, node, "%s has no category \"%s\"%s", name, quote,
                               consent_json_hint(&suggest, hint));
            return 0;
        }

        return 1;

    case SERVICES:
        if (tool->form == CONSENT_BRIDGE_RECORD) {
            return is_in_category(json, node, bridge);
        }

        known = is_known(tool->services, tool->nservices, node->key, &suggest);

        if (!known && !tool->any_service) {
            consent_json_wrong(json, node, "%s has no service \"%s\" (one that the site added goes into \"own\")%s", name,
                               quote, consent_json_hint(&suggest, hint));
            return 0;
        }

        return 1;

    default: /* OWN */
        if (is_known(tool->services, tool->nservices, node->key, &suggest)) {
            consent_json_wrong(json, node, "%s has \"%s\" itself; write it into \"services\"", name, quote);
            return 0;
        }

        return 1;
    }
}


static void
read_names(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node,
    const consent_policy_t *policy, consent_bridge_t *bridge, unsigned kind)
{
    char                          name[CONSENT_JSON_QUOTE];
    unsigned                      i;
    consent_str_t                 id;
    const consent_json_node_t    *child;
    const consent_bridge_tool_t  *tool = bridge->tool;

    consent_json_quote(tool->name, name);

    if (kind == CATEGORIES && tool->ncategories == 0) {
        consent_json_wrong(json, node, "%s knows no categories; write \"services\"", name);
        return;
    }

    if (kind != CATEGORIES && tool->nservices == 0 && !tool->any_service) {
        consent_json_wrong(json, node, "%s is told of no single services; write \"categories\"", name);
        return;
    }

    if (kind == OWN && tool->any_service) {
        consent_json_wrong(json, node, "%s has no services but the site's; write \"services\"", name);
        return;
    }

    if (!json_is_object(node->value)) {
        consent_json_wrong(json, node, "must say of each name of %s's what it stands for, such as {\"%s\": "
                           "[\"matomo\"]}", name, kind == CATEGORIES ? "analytics" : "stats");
        return;
    }

    for (i = 0; i < node->n; i++) {
        child = &node->children[i];

        if (bridge->ngrants == CONSENT_GRANTS_MAX) {
            consent_json_wrong(json, child, "is one name too many; %d are allowed", CONSENT_GRANTS_MAX);
            return;
        }

        id = consent_bridge_read_id(json, arena, child, child->key, tool->form);

        if (id.data != NULL && is_name(json, child, bridge, kind)) {
            read_grant(json, arena, child, policy, grant_of(bridge, id, kind == CATEGORIES));
        }
    }
}


static void
read_domain(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node,
    const consent_policy_t *policy, consent_bridge_t *bridge)
{
    char           quote[2][CONSENT_JSON_QUOTE];
    unsigned       i;
    consent_str_t  host, domain;

    domain = consent_field_host(json, arena, node);
    if (domain.data == NULL) {
        return;
    }

    if (consent_cookie_domain(domain).len == 0) {
        consent_json_wrong(json, node, "\"%s\" is no domain that a cookie can have",
                           consent_json_quote(domain, quote[0]));
        return;
    }

    for (i = 0; i < policy->nhosts; i++) {
        host = policy->hosts[i];

        if (!consent_str_eq(host, domain)
            && !(host.len > domain.len && host.data[host.len - domain.len - 1] == '.'
                 && memcmp(host.data + host.len - domain.len, domain.data, domain.len) == 0))
        {
            consent_json_wrong(json, node, "\"%s\" is not under \"%s\": no browser takes such a cookie from it",
                               consent_json_quote(host, quote[0]), consent_json_quote(domain, quote[1]));
            return;
        }
    }

    bridge->domain = domain;
}


static void
read_revision(consent_json_t *json, const consent_json_node_t *node, consent_bridge_t *bridge)
{
    char        name[CONSENT_JSON_QUOTE];
    json_int_t  n;

    n = json_is_integer(node->value) ? json_integer_value(node->value) : -1;

    if (n < 0 || n > INT32_MAX) {
        consent_json_wrong(json, node, "must be a whole number, as it stands in the tool's settings");

    } else if (!bridge->tool->revised) {
        consent_json_wrong(json, node, "%s counts no revisions; leave it out",
                           consent_json_quote(bridge->tool->name, name));

    } else {
        bridge->revision = n;
    }
}


static void
add_name(consent_json_t *json, consent_arena_t *arena, consent_bridge_t *bridge, consent_str_t part)
{
    int   len;
    char  text[256];

    len = snprintf(text, sizeof(text), "%.*s%.*s", (int) bridge->cookie.len, bridge->cookie.data, (int) part.len,
                   part.data);

    bridge->names[bridge->nnames++] = consent_json_copy(json, arena, (consent_str_t) { text, (size_t) len });
}


static void
name_cookies(consent_json_t *json, consent_arena_t *arena, consent_bridge_t *bridge)
{
    unsigned  i;

    bridge->names = consent_json_alloc(json, arena, bridge->ngrants + 2, sizeof(consent_str_t));
    if (bridge->names == NULL) {
        return;
    }

    if (bridge->tool->form != CONSENT_BRIDGE_COOKIES) {
        bridge->names[bridge->nnames++] = bridge->cookie;
        return;
    }

    for (i = 0; i < bridge->ngrants; i++) {
        add_name(json, arena, bridge, bridge->grants[i].id);
    }

    add_name(json, arena, bridge, CONSENT_STR("banner-status"));

    if (bridge->revision >= 0) {
        add_name(json, arena, bridge, CONSENT_STR("policy_id"));
    }
}


/* A refusal of everything is longer in one form, an acceptance in another. */

static void
check_room(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node,
    const consent_policy_t *policy, const consent_bridge_t *bridge)
{
    int                answer;
    consent_buf_t      buf;
    consent_choices_t  choices;

    for (answer = CONSENT_REFUSED; answer <= CONSENT_ACCEPTED; answer++) {
        consent_choices_init(&choices, policy, 0);
        memset(choices.answers, answer, sizeof(choices.answers));

        consent_buf_init(&buf, arena);
        consent_bridge_value(&choices, bridge, &buf);

        if (buf.failed) {
            json->no_memory = 1;
            return;
        }

        if (buf.len > CONSENT_COOKIE_ROOM) {
            consent_json_wrong(json, node, "its cookie would have %zu bytes, and browsers keep %d; leave names out",
                               buf.len, CONSENT_COOKIE_ROOM);
            return;
        }
    }
}


static void
read_bridge(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node,
    const consent_policy_t *policy, consent_bridge_t *bridge)
{
    char                          name[CONSENT_JSON_QUOTE];
    unsigned                      i, reported;
    const consent_json_node_t    *members[KEYS];
    const consent_bridge_tool_t  *tool;

    reported = json->reported;

    if (consent_json_members(json, node, keys, KEYS, members) != 0 || members[USE] == NULL) {
        return;
    }

    tool = find_tool(json, members[USE], policy);
    if (tool == NULL) {
        return;
    }

    bridge->tool = tool;
    bridge->cookie = tool->cookie;
    bridge->revision = -1;
    bridge->grants = consent_json_alloc(json, arena, CONSENT_GRANTS_MAX + tool->ncategories + tool->nservices
                                                     + policy->nentries, sizeof(consent_grant_t));
    if (bridge->grants == NULL) {
        return;
    }

    if (members[COOKIE] != NULL) {
        bridge->cookie = consent_bridge_read_cookie(json, arena, members[COOKIE]);
    }

    if (members[DOMAIN] != NULL) {
        read_domain(json, arena, members[DOMAIN], policy, bridge);
    }

    if (members[REVISION] != NULL) {
        read_revision(json, members[REVISION], bridge);
    }

    for (i = 0; i < tool->ncategories; i++) {
        add_known(json, arena, policy, bridge, &tool->categories[i], 1);
    }

    if (members[CATEGORIES] != NULL) {
        read_names(json, arena, members[CATEGORIES], policy, bridge, CATEGORIES);
    }

    for (i = 0; i < tool->nservices; i++) {
        add_known(json, arena, policy, bridge, &tool->services[i], 0);
    }

    if (tool->same) {
        add_same(json, arena, policy, bridge);
    }

    if (members[SERVICES] != NULL) {
        read_names(json, arena, members[SERVICES], policy, bridge, SERVICES);
    }

    if (members[OWN] != NULL) {
        read_names(json, arena, members[OWN], policy, bridge, OWN);
    }

    if (json->reported > reported || json->no_memory) {
        return;
    }

    if (bridge->ngrants == 0) {
        consent_json_wrong(json, node, "%s knows none of this policy's services; say under \"own\" what it calls them",
                           consent_json_quote(tool->name, name));
        return;
    }

    name_cookies(json, arena, bridge);

    if (!json->no_memory) {
        check_room(json, arena, node, policy, bridge);
    }
}


void
consent_policy_read_bridges(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node,
    consent_policy_t *policy)
{
    char               name[CONSENT_JSON_QUOTE];
    unsigned           i, k;
    consent_bridge_t  *bridge;

    if (consent_json_array(json, node, CONSENT_BRIDGES_MAX) != 0) {
        return;
    }

    policy->bridges = consent_json_alloc(json, arena, node->n, sizeof(consent_bridge_t));
    if (policy->bridges == NULL) {
        return;
    }

    for (i = 0; i < node->n; i++) {
        bridge = &policy->bridges[policy->nbridges];
        memset(bridge, 0, sizeof(*bridge));

        read_bridge(json, arena, &node->children[i], policy, bridge);

        if (bridge->nnames == 0) {
            continue;
        }

        for (k = 0; k < policy->nbridges; k++) {
            if (consent_str_eq(policy->bridges[k].cookie, bridge->cookie)) {
                consent_json_wrong(json, &node->children[i], "the cookie \"%s\" belongs to another bridge already; keep "
                                   "one of the two", consent_json_quote(bridge->cookie, name));
                break;
            }
        }

        policy->nbridges++;
    }
}
