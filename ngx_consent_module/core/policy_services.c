/* The services of a policy: the catalogue's, as they are or adapted, and the site's own. */

#include <string.h>

#include "catalogue_private.h"
#include "field.h"
#include "policy_private.h"
#include "service_json.h"
#include "sha256.h"

#define CONSENT_ENTRY_HOSTS_MAX  64
#define CONSENT_ENTRY_PATHS_MAX  64
#define CONSENT_PATH_MAX         512


/* NUL ends each part: no string that came out of JSON holds one. */

static int
fingerprint(consent_entry_t *entry)
{
    unsigned char  digest[32];
    consent_str_t  parts[7], end = { "", 1 };

    parts[0] = entry->service->id;
    parts[1] = end;
    parts[2] = consent_purpose_names[entry->service->purpose];
    parts[3] = end;
    parts[4] = entry->service->provider;
    parts[5] = end;
    parts[6] = consent_basis_names[entry->basis];

    if (consent_sha256(parts, 7, digest) != 0) {
        return -1;
    }

    memcpy(entry->fingerprint, digest, CONSENT_FINGERPRINT_LEN);

    return 0;
}


static consent_str_t
read_path(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node)
{
    char           quote[CONSENT_JSON_QUOTE];
    size_t         i;
    consent_str_t  s, none = { NULL, 0 };

    s = consent_json_string(json, node, CONSENT_PATH_MAX);
    if (s.data == NULL) {
        return none;
    }

    consent_json_quote(s, quote);

    if (s.data[0] != '/' || consent_str_starts(s, CONSENT_STR("//"))) {
        consent_json_wrong(json, node,
                           "\"%s\" is not a path of this site; write it with one leading slash, such as \"/matomo/\"",
                           quote);
        return none;
    }

    if (s.len == 1) {
        consent_json_wrong(json, node, "\"/\" would claim the whole site; name the directory of the service");
        return none;
    }

    for (i = 0; i < s.len; i++) {
        if ((unsigned char) s.data[i] <= 0x20 || (unsigned char) s.data[i] >= 0x7f
            || strchr("*?#\\", s.data[i]) != NULL)
        {
            consent_json_wrong(json, node,
                               "\"%s\" is not a plain path; no blanks, \"*\", \"?\", \"#\", \"\\\" or letters beyond "
                               "ASCII", quote);
            return none;
        }
    }

    return consent_json_copy(json, arena, s);
}


static const consent_service_t *
find(consent_json_t *json, const consent_json_node_t *node, const consent_policy_t *policy)
{
    char                      hint[CONSENT_JSON_HINT], quote[CONSENT_JSON_QUOTE];
    unsigned                  i;
    consent_str_t             id;
    consent_suggest_t         suggest;
    const consent_service_t  *service;

    id = consent_json_string(json, node, CONSENT_NAME_MAX);
    if (id.data == NULL) {
        return NULL;
    }

    service = consent_catalogue_find(policy->catalogue, id);

    if (service == NULL) {
        consent_suggest_init(&suggest, id);

        for (i = 0; i < policy->catalogue->n; i++) {
            consent_suggest_offer(&suggest, policy->catalogue->services[i].id);
        }

        if (suggest.nearest.len == 0) {
            consent_json_wrong(json, node, "the catalogue has no \"%s\"; describe a service of your own with \"id\", "
                               "\"name\", \"purpose\"...", consent_json_quote(id, quote));

        } else {
            consent_json_wrong(json, node, "the catalogue has no \"%s\"%s", consent_json_quote(id, quote),
                               consent_json_hint(&suggest, hint));
        }
    }

    return service;
}


/* A host of the site itself would make the whole site the service's. */

static void
check_hosts(consent_json_t *json, const consent_json_node_t *node, const consent_policy_t *policy,
    const consent_entry_t *entry)
{
    char      quote[CONSENT_JSON_QUOTE];
    unsigned  i, k;

    for (i = 0; i < entry->nhosts; i++) {
        for (k = 0; k < policy->nhosts; k++) {
            if (consent_str_eq(entry->hosts[i], policy->hosts[k])) {
                consent_json_wrong(json, node, "\"%s\" is the site itself; give \"paths\" of it instead",
                                   consent_json_quote(entry->hosts[i], quote));
            }
        }
    }
}


/* What is below it is the service's, as what is below its paths. */

static void
read_relay(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node, consent_entry_t *entry)
{
    char            quote[CONSENT_JSON_QUOTE];
    unsigned        i;
    consent_str_t   relay, *paths;

    if (entry->base->nhits == 0) {
        consent_json_wrong(json, node, "is for an audience measurement whose hits the catalogue knows, such as Matomo; "
                           "leave it out");
        return;
    }

    if (entry->nhosts == 0) {
        consent_json_wrong(json, node, "stands for the hosts of the service; name them beside it: \"hosts\": "
                           "[\"stats.example.fr\"]");
        return;
    }

    relay = read_path(json, arena, node);
    if (relay.data == NULL) {
        return;
    }

    if (relay.data[relay.len - 1] != '/') {
        consent_json_wrong(json, node, "\"%s\" is no directory; let it end in \"/\", such as \"/stats/\"",
                           consent_json_quote(relay, quote));
        return;
    }

    entry->relay = relay;

    for (i = 0; i < entry->npaths; i++) {
        if (consent_str_eq(entry->paths[i], relay)) {
            return;
        }
    }

    paths = consent_json_alloc(json, arena, entry->npaths + 1, sizeof(consent_str_t));
    if (paths == NULL) {
        return;
    }

    if (entry->npaths > 0) {
        memcpy(paths, entry->paths, entry->npaths * sizeof(consent_str_t));
    }

    paths[entry->npaths++] = relay;
    entry->paths = paths;
}


static void
read_basis(consent_json_t *json, const consent_json_node_t *node, consent_entry_t *entry)
{
    int  n;

    n = consent_json_choice(json, node, consent_basis_names, 3);

    if (n != -1 && consent_service_basis_allowed(json, node, entry->base->purpose, (consent_basis_t) n)) {
        entry->basis = (consent_basis_t) n;
    }
}


/* Before a choice only what is exempt runs at all. */

static void
read_cookieless(consent_json_t *json, const consent_json_node_t *node, consent_entry_t *entry)
{
    if (consent_json_bool(json, node) != 1) {
        return;
    }

    if (entry->base->without_cookies.len == 0) {
        consent_json_wrong(json, node, "the catalogue does not know how to turn off the cookies of this service; leave it "
                           "out");

    } else if (entry->basis != CONSENT_BASIS_EXEMPT) {
        consent_json_wrong(json, node, "is for a service that runs before it is accepted; write \"basis\": \"exempt\" "
                           "beside it, or leave it out");

    } else {
        entry->cookieless = 1;
    }
}


static void
read_use(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node, const consent_policy_t *policy,
    consent_entry_t *entry)
{
    consent_str_t       name;
    consent_service_t  *copy;

    enum {
        USE, HOSTS, PATHS, RELAY, BASIS, COOKIELESS, SET_CHOICE_COOKIES, REFUSE_ADDRESSES, NAME, PROVIDER, DESCRIPTION, COOKIES,
        MATCH, KEYS
    };

    const consent_json_node_t  *members[KEYS];

    static const consent_json_key_t  keys[KEYS] = {
        { "use", NULL },
        { "hosts", NULL },
        { "paths", NULL },
        { "relay", NULL },
        { "basis", NULL },
        { "cookieless", NULL },
        { "set_choice_cookies", NULL },
        { "refuse_addresses", NULL },
        { "name", NULL },
        { "provider", NULL },
        { "description", NULL },
        { "cookies", NULL },
        { "match", NULL }
    };

    if (consent_json_members(json, node, keys, KEYS, members) != 0) {
        return;
    }

    entry->base = find(json, members[USE], policy);
    if (entry->base == NULL) {
        return;
    }

    entry->basis = entry->base->basis;

    if (members[HOSTS] != NULL) {
        consent_field_strings(json, arena, members[HOSTS], CONSENT_ENTRY_HOSTS_MAX, consent_field_host,
                                     &entry->hosts, &entry->nhosts);
        check_hosts(json, members[HOSTS], policy, entry);
    }

    if (members[PATHS] != NULL) {
        consent_field_strings(json, arena, members[PATHS], CONSENT_ENTRY_PATHS_MAX, read_path, &entry->paths,
                                     &entry->npaths);
    }

    if (members[RELAY] != NULL) {
        read_relay(json, arena, members[RELAY], entry);
    }

    if (members[BASIS] != NULL) {
        read_basis(json, members[BASIS], entry);
    }

    if (members[COOKIELESS] != NULL) {
        read_cookieless(json, members[COOKIELESS], entry);
    }

    if (members[SET_CHOICE_COOKIES] != NULL) {
        entry->choice_cookies = consent_json_bool(json, members[SET_CHOICE_COOKIES]) == 1;
    }

    if (members[REFUSE_ADDRESSES] != NULL) {
        entry->refuse_addresses = consent_json_bool(json, members[REFUSE_ADDRESSES]) == 1;
    }

    if (members[NAME] == NULL && members[PROVIDER] == NULL && members[DESCRIPTION] == NULL && members[COOKIES] == NULL
        && members[MATCH] == NULL)
    {
        entry->service = entry->base;
        return;
    }

    copy = consent_json_alloc(json, arena, 1, sizeof(consent_service_t));
    if (copy == NULL) {
        return;
    }

    *copy = *entry->base;
    entry->service = copy;

    if (members[NAME] != NULL) {
        name = consent_json_string(json, members[NAME], CONSENT_NAME_MAX);
        copy->name = name.data != NULL ? consent_json_copy(json, arena, name) : copy->name;
    }

    if (members[PROVIDER] != NULL) {
        consent_service_read_provider(json, arena, members[PROVIDER], copy);
    }

    if (members[DESCRIPTION] != NULL) {
        consent_field_texts(json, arena, members[DESCRIPTION], &copy->description);
    }

    if (members[COOKIES] != NULL) {
        consent_service_read_cookies(json, arena, members[COOKIES], copy);
    }

    if (members[MATCH] != NULL) {
        consent_service_read_match(json, arena, members[MATCH], copy);
    }
}


static void
read_own(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node, const consent_policy_t *policy,
    consent_entry_t *entry)
{
    char                quote[CONSENT_JSON_QUOTE];
    consent_service_t  *service;

    service = consent_json_alloc(json, arena, 1, sizeof(consent_service_t));
    if (service == NULL) {
        return;
    }

    consent_service_read(json, arena, node, service);

    entry->service = service;
    entry->basis = service->basis;

    if (service->id.len > 0 && consent_catalogue_find(policy->catalogue, service->id) != NULL) {
        consent_json_wrong(json, node,
                           "the catalogue has \"%s\" already; adapt it with {\"use\": \"%s\", ...}, or take another id",
                           consent_json_quote(service->id, quote), quote);
    }
}


static void
read_entry(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node,
    const consent_policy_t *policy, consent_entry_t *entry)
{
    if (json_is_string(node->value)) {
        entry->base = find(json, node, policy);
        entry->service = entry->base;
        entry->basis = entry->base != NULL ? entry->base->basis : CONSENT_BASIS_CONSENT;
        return;
    }

    if (!json_is_object(node->value)) {
        consent_json_wrong(json, node, "is no service; write the id of one of the catalogue's, or an object {...}");
        return;
    }

    if (json_object_get(node->value, "use") != NULL) {
        read_use(json, arena, node, policy, entry);
        return;
    }

    read_own(json, arena, node, policy, entry);
}


static void
check_listed(consent_json_t *json, const consent_json_node_t *list, unsigned i, const consent_policy_t *policy,
    const unsigned char *from, consent_str_t id)
{
    char      quote[CONSENT_JSON_QUOTE];
    unsigned  k;

    for (k = 0; k < policy->nentries; k++) {
        if (consent_str_eq(policy->entries[k].service->id, id)) {
            consent_json_wrong(json, &list->children[i], "\"%s\" is listed on line %u already; keep one of the two",
                               consent_json_quote(id, quote), list->children[from[k]].line);
            return;
        }
    }
}


void
consent_policy_read_services(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node,
    consent_policy_t *policy)
{
    unsigned          i;
    unsigned char     from[CONSENT_MAX_SERVICES];   /* which element an entry was read from */
    consent_entry_t  *entry;

    if (consent_json_array(json, node, CONSENT_MAX_SERVICES) != 0) {
        return;
    }

    policy->entries = consent_json_alloc(json, arena, node->n, sizeof(consent_entry_t));
    if (policy->entries == NULL) {
        return;
    }

    for (i = 0; i < node->n; i++) {
        entry = &policy->entries[policy->nentries];
        memset(entry, 0, sizeof(*entry));

        read_entry(json, arena, &node->children[i], policy, entry);

        if (entry->service == NULL) {
            continue;
        }

        if (entry->service->id.len > 0) {
            check_listed(json, node, i, policy, from, entry->service->id);
        }

        policy->relays += entry->relay.len > 0;

        if (fingerprint(entry) != 0) {
            json->no_memory = 1;
        }

        /* Kept even when it is wrong: consent_policy_destroy() frees its regexes. */
        from[policy->nentries++] = (unsigned char) i;
    }
}
