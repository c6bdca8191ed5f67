#include "lifetime.h"
#include "service_json.h"


json_t *
consent_json_str(consent_str_t s)
{
    return json_stringn(s.data != NULL ? s.data : "", s.len);
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


static json_t *
lifetime_json(int64_t lifetime)
{
    char  text[CONSENT_LIFETIME_TEXT];

    if (lifetime == CONSENT_LIFETIME_UNKNOWN) {
        return json_null();
    }

    consent_lifetime_format(lifetime, text);

    return json_string(text);
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

        if (cookie->created > 0) {
            rc |= json_object_set_new(object, "created", json_integer(cookie->created));
        }

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


static json_t *
choice_cookies_json(const consent_service_t *service)
{
    int      rc;
    json_t  *object;

    object = json_object();

    rc = json_object_set_new(object, "accepted",
                             consent_strings_json(service->accepted_cookies, service->naccepted_cookies));
    rc |= json_object_set_new(object, "refused",
                              consent_strings_json(service->refused_cookies, service->nrefused_cookies));

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
    rc |= json_object_set_new(object, "on_accept", consent_json_str(consent_on_accept_names[service->reload]));

    if (service->stub.len > 0) {
        rc |= json_object_set_new(object, "stub", consent_json_str(service->stub));
    }

    if (service->without_cookies.len > 0) {
        rc |= json_object_set_new(object, "without_cookies", consent_json_str(service->without_cookies));
    }

    if (service->naccepted_cookies > 0 || service->nrefused_cookies > 0) {
        rc |= json_object_set_new(object, "choice_cookies", choice_cookies_json(service));
    }

    if (service->unconfirmed) {
        rc |= json_object_set_new(object, "unconfirmed", json_true());

    } else if (service->listed_only) {
        rc |= json_object_set_new(object, "listed_only", json_true());
    }

    if (rc != 0) {
        json_decref(object);
        return NULL;
    }

    return object;
}
