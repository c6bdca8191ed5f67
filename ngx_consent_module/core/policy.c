#include <stdlib.h>

#include "field.h"
#include "file.h"
#include "match_build.h"
#include "policy_private.h"
#include "service_json.h"

#define CONSENT_HOSTS_MAX    256
#define CONSENT_CONTACT_MAX  256

const consent_str_t  consent_unknown_names[3] = {
    CONSENT_STR("allow"),
    CONSENT_STR("report"),
    CONSENT_STR("block")
};


static void
read_controller(consent_json_t *json, consent_arena_t *arena, const consent_json_node_t *node, consent_policy_t *policy)
{
    enum { NAME, CONTACT, PRIVACY_POLICY, KEYS };

    const consent_json_node_t  *members[KEYS];

    static const consent_json_key_t  keys[KEYS] = {
        { "name", "write who answers for the site, such as \"Ville de Montmirail\"" },
        { "contact", NULL },
        { "privacy_policy", "write its address: https://..., or a path of the site such as /privacy" }
    };

    if (consent_json_members(json, node, keys, KEYS, members) != 0) {
        return;
    }

    if (members[NAME] != NULL) {
        policy->controller = consent_field_text(json, arena, members[NAME], CONSENT_NAME_MAX);
    }

    if (members[CONTACT] != NULL) {
        policy->contact = consent_field_text(json, arena, members[CONTACT], CONSENT_CONTACT_MAX);
    }

    if (members[PRIVACY_POLICY] != NULL) {
        policy->privacy_policy = consent_field_link(json, arena, members[PRIVACY_POLICY]);
    }
}


/* One of the values from first to last; what the policy had when it is none of them. */

static consent_unknown_t
read_unknown_kind(consent_json_t *json, const consent_json_node_t *node, const consent_unknown_t *allowed, unsigned n,
    consent_unknown_t otherwise)
{
    int            found;
    unsigned       i;
    consent_str_t  names[3];

    if (node == NULL) {
        return otherwise;
    }

    for (i = 0; i < n; i++) {
        names[i] = consent_unknown_names[allowed[i]];
    }

    found = consent_json_choice(json, node, names, n);

    return found != -1 ? allowed[found] : otherwise;
}


static void
read_unknown(consent_json_t *json, const consent_json_node_t *node, consent_policy_t *policy)
{
    enum { HOSTS, COOKIES, SERVICES, KEYS };

    const consent_json_node_t  *members[KEYS];

    static const consent_json_key_t  keys[KEYS] = {
        { "hosts", NULL },
        { "cookies", NULL },
        { "services", NULL }
    };

    static const consent_unknown_t  hosts[] = { CONSENT_UNKNOWN_ALLOW, CONSENT_UNKNOWN_REPORT, CONSENT_UNKNOWN_BLOCK };
    static const consent_unknown_t  cookies[] = { CONSENT_UNKNOWN_ALLOW, CONSENT_UNKNOWN_BLOCK };
    static const consent_unknown_t  services[] = { CONSENT_UNKNOWN_BLOCK, CONSENT_UNKNOWN_REPORT };

    if (consent_json_members(json, node, keys, KEYS, members) != 0) {
        return;
    }

    policy->unknown_hosts = read_unknown_kind(json, members[HOSTS], hosts, 3, policy->unknown_hosts);
    policy->unknown_cookies = read_unknown_kind(json, members[COOKIES], cookies, 2, policy->unknown_cookies);
    policy->unknown_services = read_unknown_kind(json, members[SERVICES], services, 2, policy->unknown_services);
}


static void
read_policy(consent_json_t *json, consent_arena_t *arena, consent_policy_t *policy)
{
    enum { SCHEMA, SITE, HOSTS, CONTROLLER, LANGUAGES, SERVICES, BRIDGES, UNKNOWN, TEXTS, THEME, KEYS };

    const consent_json_node_t  *members[KEYS];

    static const consent_json_key_t  keys[KEYS] = {
        { "$schema", NULL },
        { "site", "write the name that visitors know, such as \"Ville de Montmirail\"" },
        { "hosts", NULL },
        { "controller", "write {\"name\": \"...\", \"contact\": \"...\", \"privacy_policy\": \"/privacy\"}" },
        { "languages", "list the site's languages, the first being the default, such as [\"fr\", \"en\"]" },
        { "services", "list the services that the site uses, such as [\"youtube\"]; [] when there is none" },
        { "bridges", NULL },
        { "unknown", NULL },
        { "texts", NULL },
        { "theme", NULL }
    };

    if (consent_json_members(json, json->root, keys, KEYS, members) != 0) {
        return;
    }

    if (members[SCHEMA] != NULL) {
        (void) consent_json_string(json, members[SCHEMA], CONSENT_FILE_MAX);
    }

    if (members[SITE] != NULL) {
        policy->site = consent_field_text(json, arena, members[SITE], CONSENT_NAME_MAX);
    }

    if (members[HOSTS] != NULL) {
        consent_field_strings(json, arena, members[HOSTS], CONSENT_HOSTS_MAX, consent_field_host, &policy->hosts,
                                     &policy->nhosts);
    }

    if (members[CONTROLLER] != NULL) {
        read_controller(json, arena, members[CONTROLLER], policy);
    }

    if (members[LANGUAGES] != NULL) {
        consent_policy_read_wording(json, arena, members[LANGUAGES], members[TEXTS], policy);
    }

    if (members[SERVICES] != NULL) {
        consent_policy_read_services(json, arena, members[SERVICES], policy);
    }

    if (members[BRIDGES] != NULL) {
        consent_policy_read_bridges(json, arena, members[BRIDGES], policy);
    }

    if (members[UNKNOWN] != NULL) {
        read_unknown(json, members[UNKNOWN], policy);
    }

    if (members[THEME] != NULL) {
        consent_policy_read_theme(json, arena, members[THEME], &policy->theme);
    }
}


consent_policy_t *
consent_policy_parse(consent_arena_t *arena, const char *file, consent_str_t text, const consent_catalogue_t *catalogue,
    const consent_locales_t *locales, consent_problems_t *problems)
{
    unsigned           count;
    consent_json_t     json;
    consent_policy_t  *policy;

    if (consent_json_open(&json, file, text, problems) != 0) {
        return NULL;
    }

    count = problems->count;
    policy = consent_json_alloc(&json, arena, 1, sizeof(consent_policy_t));

    if (policy != NULL) {
        policy->file = consent_json_copy(&json, arena, consent_str(file));
        policy->catalogue = catalogue;
        policy->locales = locales;
        policy->unknown_hosts = CONSENT_UNKNOWN_REPORT;
        policy->unknown_cookies = CONSENT_UNKNOWN_ALLOW;
        policy->unknown_services = CONSENT_UNKNOWN_BLOCK;
        policy->theme.radius = -1;

        read_policy(&json, arena, policy);
    }

    if (json.no_memory) {
        consent_problem(problems, file, 0, "not enough memory");
    }

    consent_json_close(&json);

    if (problems->count == count) {
        policy->overlay = consent_overlay_build(arena, policy, problems);

        if (policy->overlay != NULL && consent_policy_set_hash(policy) != 0) {
            consent_problem(problems, file, 0, "not enough memory");
        }
    }

    if (problems->count == count && policy->overlay != NULL) {
        return policy;
    }

    consent_policy_destroy(policy);

    return NULL;
}


consent_policy_t *
consent_policy_load(consent_arena_t *arena, const char *file, const consent_catalogue_t *catalogue,
    const consent_locales_t *locales, consent_problems_t *problems)
{
    consent_str_t      text;
    consent_policy_t  *policy;

    text = consent_file_read(file, problems);
    if (text.data == NULL) {
        return NULL;
    }

    policy = consent_policy_parse(arena, file, text, catalogue, locales, problems);
    free((char *) text.data);

    return policy;
}


void
consent_policy_destroy(consent_policy_t *policy)
{
    unsigned                i;
    const consent_entry_t  *entry;

    if (policy == NULL) {
        return;
    }

    consent_overlay_destroy(policy->overlay);
    policy->overlay = NULL;

    for (i = 0; i < policy->nentries; i++) {
        entry = &policy->entries[i];

        if (entry->service != entry->base) {
            consent_service_free(entry->service, entry->base != NULL ? entry->base->ncookies : 0);
        }
    }
}


int
consent_policy_find(const consent_policy_t *policy, consent_str_t id)
{
    unsigned  i;

    for (i = 0; i < policy->nentries; i++) {
        if (consent_str_eq(policy->entries[i].service->id, id)) {
            return (int) i;
        }
    }

    return -1;
}
