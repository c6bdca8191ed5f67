/*
 * The resolved policy as JSON: for policy.json, and in canonical form (sorted keys, no blanks) for the hash. So
 * that the hash names all that a visitor was told and all that decides, it also covers, by their digests, the
 * wording of each language and the catalogue, whose other services are kept away or reported.
 */

#include <stdlib.h>

#include "catalogue_private.h"
#include "policy_private.h"
#include "service_json.h"
#include "sha256.h"


static json_t *
entry_json(const consent_entry_t *entry)
{
    int      rc;
    char     hex[2 * CONSENT_FINGERPRINT_LEN + 1];
    json_t  *object;

    object = consent_service_json(entry->service, entry->basis);
    consent_hex(entry->fingerprint, CONSENT_FINGERPRINT_LEN, hex);

    rc = json_object_set_new(object, "fingerprint", json_string(hex));

    if (entry->nhosts > 0) {
        rc |= json_object_set_new(object, "hosts", consent_strings_json(entry->hosts, entry->nhosts));
    }

    if (entry->npaths > 0) {
        rc |= json_object_set_new(object, "paths", consent_strings_json(entry->paths, entry->npaths));
    }

    if (entry->relay.len > 0) {
        rc |= json_object_set_new(object, "relay", consent_json_str(entry->relay));
    }

    if (entry->cookieless) {
        rc |= json_object_set_new(object, "cookieless", json_true());
    }

    if (entry->choice_cookies) {
        rc |= json_object_set_new(object, "set_choice_cookies", json_true());
    }

    if (entry->refuse_addresses) {
        rc |= json_object_set_new(object, "refuse_addresses", json_true());
    }

    if (rc != 0) {
        json_decref(object);
        return NULL;
    }

    return object;
}


static json_t *
services_json(const consent_policy_t *policy)
{
    int       rc;
    json_t   *array;
    unsigned  i;

    array = json_array();
    rc = 0;

    for (i = 0; i < policy->nentries; i++) {
        rc |= json_array_append_new(array, entry_json(&policy->entries[i]));
    }

    if (rc != 0) {
        json_decref(array);
        return NULL;
    }

    return array;
}


/* What a consent manager's names stand for, of one kind. */

static int
set_grants(json_t *object, const char *key, const consent_policy_t *policy, const consent_bridge_t *bridge, int category)
{
    int                     rc;
    json_t                 *names, *list;
    unsigned                i, k;
    const consent_grant_t  *grant;

    names = json_object();
    rc = 0;

    for (i = 0; i < bridge->ngrants; i++) {
        grant = &bridge->grants[i];

        if (grant->category != (category != 0)) {
            continue;
        }

        if (grant->rule != CONSENT_GRANT_SERVICES) {
            rc |= json_object_setn_new(names, grant->id.data, grant->id.len,
                                       consent_json_str(consent_grant_rule_names[grant->rule]));
            continue;
        }

        list = json_array();

        for (k = 0; k < grant->nentries; k++) {
            rc |= json_array_append_new(list, consent_json_str(policy->entries[grant->entries[k]].service->id));
        }

        rc |= json_object_setn_new(names, grant->id.data, grant->id.len, list);
    }

    if (rc == 0 && json_object_size(names) == 0) {
        json_decref(names);
        return 0;
    }

    return json_object_set_new(object, key, names) | rc;
}


static json_t *
bridges_json(const consent_policy_t *policy)
{
    int                      rc;
    json_t                  *array, *object;
    unsigned                 i;
    const consent_bridge_t  *bridge;

    array = json_array();
    rc = 0;

    for (i = 0; i < policy->nbridges; i++) {
        bridge = &policy->bridges[i];
        object = json_object();

        rc |= json_object_set_new(object, "use", consent_json_str(bridge->tool->id));
        rc |= json_object_set_new(object, "form", consent_json_str(consent_bridge_form_names[bridge->tool->form]));
        rc |= json_object_set_new(object, "cookie", consent_json_str(bridge->cookie));

        if (bridge->domain.len > 0) {
            rc |= json_object_set_new(object, "domain", consent_json_str(bridge->domain));
        }

        if (bridge->revision >= 0) {
            rc |= json_object_set_new(object, "revision", json_integer(bridge->revision));
        }

        rc |= set_grants(object, "categories", policy, bridge, 1);
        rc |= set_grants(object, "services", policy, bridge, 0);
        rc |= json_array_append_new(array, object);
    }

    if (rc != 0) {
        json_decref(array);
        return NULL;
    }

    return array;
}


static json_t *
controller_json(const consent_policy_t *policy)
{
    int      rc;
    json_t  *object;

    object = json_object();
    rc = json_object_set_new(object, "name", consent_json_str(policy->controller));
    rc |= json_object_set_new(object, "privacy_policy", consent_json_str(policy->privacy_policy));

    if (policy->contact.len > 0) {
        rc |= json_object_set_new(object, "contact", consent_json_str(policy->contact));
    }

    if (rc != 0) {
        json_decref(object);
        return NULL;
    }

    return object;
}


static json_t *
unknown_json(const consent_policy_t *policy)
{
    int      rc;
    json_t  *object;

    object = json_object();
    rc = json_object_set_new(object, "hosts", consent_json_str(consent_unknown_names[policy->unknown_hosts]));
    rc |= json_object_set_new(object, "cookies", consent_json_str(consent_unknown_names[policy->unknown_cookies]));
    rc |= json_object_set_new(object, "services", consent_json_str(consent_unknown_names[policy->unknown_services]));

    if (rc != 0) {
        json_decref(object);
        return NULL;
    }

    return object;
}


static json_t *
theme_json(const consent_theme_t *theme)
{
    int      rc;
    json_t  *object;

    object = json_object();
    rc = json_object_set_new(object, "position", consent_json_str(consent_position_names[theme->position]));
    rc |= json_object_set_new(object, "density", consent_json_str(consent_density_names[theme->density]));

    if (theme->accent.len > 0) {
        rc |= json_object_set_new(object, "accent", consent_json_str(theme->accent));
    }

    if (theme->look != CONSENT_LOOK_NEUTRAL) {
        rc |= json_object_set_new(object, "look", consent_json_str(consent_look_names[theme->look]));
    }

    if (theme->radius >= 0) {
        rc |= json_object_set_new(object, "radius", json_integer(theme->radius));
    }

    if (rc != 0) {
        json_decref(object);
        return NULL;
    }

    return object;
}


/* The texts that the policy words itself. */

static json_t *
own_texts_json(const consent_wording_t *wording)
{
    int                       rc;
    json_t                   *object;
    unsigned                  i;
    const consent_locales_t  *locales = wording->locale->locales;

    object = json_object();
    rc = 0;

    for (i = 0; i < locales->nkeys; i++) {
        if (wording->own[i]) {
            rc |= json_object_set_new(object, locales->keys[i].data, consent_json_str(wording->locale->texts[i]));
        }
    }

    if (rc != 0) {
        json_decref(object);
        return NULL;
    }

    return object;
}


static int
set_wording(json_t *object, const consent_policy_t *policy)
{
    int                       rc;
    json_t                   *texts, *digests;
    unsigned                  i;
    const consent_wording_t  *wording = policy->texts;

    texts = json_object();
    digests = json_object();
    rc = 0;

    for (i = 0; i < policy->nlanguages; i++) {
        rc |= json_object_set_new(digests, policy->languages[i].data, json_string(wording[i].locale->digest));

        if (wording[i].own != NULL) {
            rc |= json_object_set_new(texts, policy->languages[i].data, own_texts_json(&wording[i]));
        }
    }

    rc |= json_object_set_new(object, "texts", texts);
    rc |= json_object_set_new(object, "wording", digests);

    return rc;
}


static json_t *
policy_json(const consent_policy_t *policy)
{
    int      rc;
    json_t  *object;

    object = json_object();

    rc = json_object_set_new(object, "site", consent_json_str(policy->site));
    rc |= json_object_set_new(object, "hosts", consent_strings_json(policy->hosts, policy->nhosts));
    rc |= json_object_set_new(object, "controller", controller_json(policy));
    rc |= json_object_set_new(object, "languages", consent_strings_json(policy->languages, policy->nlanguages));
    rc |= json_object_set_new(object, "services", services_json(policy));
    rc |= json_object_set_new(object, "unknown", unknown_json(policy));
    rc |= json_object_set_new(object, "theme", theme_json(&policy->theme));
    rc |= json_object_set_new(object, "catalogue", json_string(policy->catalogue->digest));
    rc |= set_wording(object, policy);

    if (policy->nbridges > 0) {
        rc |= json_object_set_new(object, "bridges", bridges_json(policy));
    }

    if (rc != 0) {
        json_decref(object);
        return NULL;
    }

    return object;
}


int
consent_policy_set_hash(consent_policy_t *policy)
{
    int             rc;
    char           *dump;
    json_t         *object;
    consent_str_t   text;
    unsigned char   digest[32];

    object = policy_json(policy);
    dump = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(object);

    if (dump == NULL) {
        return -1;
    }

    text = consent_str(dump);
    rc = consent_sha256(&text, 1, digest);
    consent_hex(digest, sizeof(digest), policy->hash);

    free(dump);

    return rc;
}


void
consent_policy_json(const consent_policy_t *policy, consent_buf_t *out)
{
    char    *dump;
    json_t  *object;

    object = policy_json(policy);
    dump = NULL;

    if (json_object_set_new(object, "hash", json_string(policy->hash)) == 0) {
        dump = json_dumps(object, JSON_COMPACT);
    }

    json_decref(object);

    if (dump == NULL) {
        out->failed = 1;
        return;
    }

    consent_buf_add(out, consent_str(dump));
    free(dump);
}


void
consent_policy_canonical(const consent_policy_t *policy, consent_buf_t *out)
{
    char    *dump;
    json_t  *object;

    object = policy_json(policy);
    dump = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(object);

    if (dump == NULL) {
        out->failed = 1;
        return;
    }

    consent_buf_add(out, consent_str(dump));
    free(dump);
}
