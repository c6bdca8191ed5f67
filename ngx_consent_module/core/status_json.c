#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "day.h"
#include "status.h"


static json_t *
string(consent_str_t s)
{
    json_t  *value;

    value = json_stringn(s.len > 0 ? s.data : "", s.len);

    /* not UTF-8: names come from anybody */

    return value != NULL ? value : json_string("?");
}


static json_t *
date(uint32_t day)
{
    char  text[CONSENT_DAY_SIZE];

    consent_day_print(day, text);

    return text[0] != '\0' ? json_string(text) : json_null();
}


static json_t *
counters_json(const uint64_t *counters)
{
    unsigned                       i;
    json_t                        *object, *labelled;
    const consent_counter_name_t  *name;

    object = json_object();

    for (i = 0; i < CONSENT_COUNTERS; i++) {
        name = &consent_counter_names[i];

        if (name->label == NULL) {
            json_object_set_new(object, name->metric, json_integer((json_int_t) counters[i]));
            continue;
        }

        if (name->help != NULL) {
            json_object_set_new(object, name->metric, json_object());
        }

        labelled = json_object_get(object, name->metric);
        json_object_set_new(labelled, name->value, json_integer((json_int_t) counters[i]));
    }

    return object;
}


static json_t *
services_json(const consent_status_host_t *host)
{
    unsigned                         i;
    json_t                          *object;
    const consent_status_service_t  *service;

    object = json_object();

    for (i = 0; i < host->nservices; i++) {
        service = &host->services[i];

        json_object_setn_new(object, service->id.data, service->id.len,
                             json_pack("{s:I, s:I, s:I}", "accept", (json_int_t) service->accepted,
                                       "refuse", (json_int_t) service->refused,
                                       "withdraw", (json_int_t) service->withdrawn));
    }

    return object;
}


static json_t *
days_json(const consent_status_host_t *host)
{
    unsigned                     i;
    json_t                      *array;
    const consent_status_day_t  *day;

    array = json_array();

    for (i = 0; i < host->ndays; i++) {
        day = &host->days[i];

        json_array_append_new(array, json_pack("{s:o, s:I, s:I, s:I}", "day", date(day->day),
                                               "accept-all", (json_int_t) day->accepted,
                                               "refuse-all", (json_int_t) day->refused,
                                               "save", (json_int_t) day->some));
    }

    return array;
}


static json_t *
found_json(const consent_status_host_t *host)
{
    unsigned                       i;
    json_t                        *array;
    const consent_status_found_t  *found;

    array = json_array();

    for (i = 0; i < host->nfound; i++) {
        found = &host->found[i];

        json_array_append_new(array, json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:I}", "kind", string(found->kind),
                                               "name", string(found->name),
                                               "service", found->service.len > 0 ? string(found->service) : json_null(),
                                               "page", string(found->path),
                                               "first", date(found->first), "last", date(found->last),
                                               "count", (json_int_t) found->count));
    }

    return array;
}


static int
add_dump(const char *bytes, size_t len, void *data)
{
    consent_buf_add(data, (consent_str_t) { bytes, len });

    return 0;
}


static void
add_json(json_t *value, size_t flags, consent_buf_t *out)
{
    if (value == NULL || json_dump_callback(value, add_dump, out, flags) != 0) {
        out->failed = 1;
    }

    json_decref(value);
}


void
consent_status_json(const consent_status_t *status, consent_buf_t *out)
{
    unsigned                      i;
    json_t                       *root, *hosts, *object;
    const consent_status_host_t  *host;

    hosts = json_object();

    for (i = 0; i < status->nhosts; i++) {
        host = &status->hosts[i];

        object = counters_json(host->counters);
        json_object_set_new(object, "services", services_json(host));
        json_object_set_new(object, "days", days_json(host));
        json_object_set_new(object, "found", found_json(host));
        json_object_set_new(object, "found_lost", json_integer((json_int_t) host->found_lost));

        json_object_setn_new(hosts, host->host.data, host->host.len, object);
    }

    root = json_pack("{s:I, s:i, s:{s:I, s:I}, "
                     "s:o}", "time", (json_int_t) status->now, "broken_policy_files", (int) status->broken,
                     "zone", "size", (json_int_t) status->size, "free", (json_int_t) status->free, "hosts", hosts);

    add_json(root, JSON_COMPACT | JSON_ENSURE_ASCII, out);
    consent_buf_addc(out, '\n');
}


static int
has_id(const json_t *services, consent_str_t id)
{
    size_t         i;
    const char    *text;
    const json_t  *service;

    json_array_foreach(services, i, service) {
        text = json_string_value(json_is_string(service) ? service : json_object_get(service, "use"));

        if (text == NULL) {
            text = json_string_value(json_object_get(service, "id"));
        }

        if (text != NULL && consent_str_eq(consent_str(text), id)) {
            return 1;
        }
    }

    return 0;
}


/* An id made of a host: letters, digits and single hyphens. */

static size_t
id_of(consent_str_t host, char *id, size_t size)
{
    char    c;
    size_t  i, len;

    len = 0;

    for (i = 0; i < host.len && len < size; i++) {
        c = host.data[i];

        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
            id[len++] = c;

        } else if (len > 0 && id[len - 1] != '-') {
            id[len++] = '-';
        }
    }

    while (len > 0 && id[len - 1] == '-') {
        len--;
    }

    return len;
}


static json_t *
unknown_service(consent_str_t host, const consent_policy_t *policy)
{
    char      id[40], text[300];
    size_t    len;
    json_t   *descriptions;
    unsigned  i;

    len = id_of(host, id, sizeof(id));

    if (len == 0 || host.len > 200) {
        return NULL;
    }

    descriptions = json_object();

    for (i = 0; i < policy->nlanguages; i++) {
        json_object_setn_new(descriptions, policy->languages[i].data, policy->languages[i].len,
                             json_pack("s%", host.data, host.len));
    }

    snprintf(text, sizeof(text), "https://%.*s/", (int) host.len, host.data);

    return json_pack("{s:s%, s:s%, s:s, s:{s:s%, s:s}, s:o, s:{s:[s%]}}", "id", id, len, "name", host.data, host.len,
                     "purpose", "content", "provider", "name", host.data, host.len, "privacy_policy", text,
                     "description", descriptions, "match", "urls", host.data, host.len);
}


void
consent_status_proposal(const consent_status_host_t *host, consent_buf_t *out)
{
    char                           id[40];
    unsigned                       i;
    json_t                        *root, *services, *hosts, *languages;
    const consent_policy_t        *policy;
    const consent_status_found_t  *found;

    policy = host->policy;

    services = json_array();
    hosts = json_array();
    languages = json_array();

    for (i = 0; i < policy->nhosts; i++) {
        json_array_append_new(hosts, string(policy->hosts[i]));
    }

    if (policy->nhosts == 0) {
        json_array_append_new(hosts, string(host->host));
    }

    for (i = 0; i < policy->nlanguages; i++) {
        json_array_append_new(languages, string(policy->languages[i]));
    }

    for (i = 0; i < host->nfound; i++) {
        found = &host->found[i];

        if (found->service.len > 0) {
            if (!has_id(services, found->service)
                && consent_catalogue_find(policy->catalogue, found->service) != NULL)
            {
                json_array_append_new(services, string(found->service));
            }

            continue;
        }

        /* a cookie says nothing of who sets it */

        if (consent_str_eq(found->kind, CONSENT_STR("cookie")) || consent_str_eq(found->kind, CONSENT_STR("set-cookie"))
            || has_id(services, (consent_str_t) { id, id_of(found->name, id, sizeof(id)) }))
        {
            continue;
        }

        json_array_append_new(services, unknown_service(found->name, policy));
    }

    root = json_pack("{s:o, s:o, s:{s:o, s:o}, s:o, s:o}", "site", string(policy->site), "hosts", hosts,
                     "controller", "name", string(policy->controller), "privacy_policy", string(policy->privacy_policy),
                     "languages", languages, "services", services);

    add_json(root, JSON_INDENT(4), out);
    consent_buf_addc(out, '\n');
}
