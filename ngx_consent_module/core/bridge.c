#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bridge.h"
#include "cookie.h"

/* Browsers keep no more, and no tool wrote more. */
#define CONSENT_BRIDGE_VALUE_MAX  4096

/* Complianz writes these beside its categories. */
#define BANNER_STATUS   CONSENT_STR("banner-status")
#define DISMISSED       CONSENT_STR("dismissed")
#define SERVICE_CHOICES CONSENT_STR("consented_services")
#define ALLOW           CONSENT_STR("allow")
#define DENY            CONSENT_STR("deny")

/* What the tool's cookies say, as the browser sent them. */
typedef struct {
    unsigned  sent:1;
    unsigned  answers:1;    /* the tool would not ask: somebody told it something */
    unsigned  more:1;       /* than the choice grants */
} consent_bridge_told_t;


int
consent_bridge_grants(const consent_choices_t *choices, const consent_grant_t *grant)
{
    unsigned                i, n;
    const consent_policy_t  *policy = choices->policy;

    switch (grant->rule) {

    case CONSENT_GRANT_ALWAYS:
        return 1;

    case CONSENT_GRANT_NEVER:
        return 0;

    case CONSENT_GRANT_ALL:
        n = 0;

        for (i = 0; i < policy->nentries; i++) {
            if (policy->entries[i].basis == CONSENT_BASIS_NECESSARY) {
                continue;
            }

            if (choices->answers[i] != CONSENT_ACCEPTED) {
                return 0;
            }

            n++;
        }

        return n > 0;

    default:

        /* what is exempt runs until it is refused, and a tool's own gate shall not stop it; it opens no category */

        for (i = 0; i < grant->nentries; i++) {
            n = grant->entries[i];

            if (grant->category ? policy->entries[n].basis != CONSENT_BASIS_NECESSARY
                                  && choices->answers[n] != CONSENT_ACCEPTED
                                : !consent_choices_allow_cookies(choices, n))
            {
                return 0;
            }
        }

        return grant->nentries > 0;
    }
}


/*
 * tarteaucitron looks for "analytics=true" anywhere in its cookie, where "pianoanalytics=true" has it: a name that ends
 * with another one is granted only together with it.
 */

static int
pair_granted(const consent_choices_t *choices, const consent_bridge_t *bridge, const consent_grant_t *grant)
{
    unsigned                i;
    const consent_grant_t  *other;

    if (!consent_bridge_grants(choices, grant)) {
        return 0;
    }

    for (i = 0; i < bridge->ngrants; i++) {
        other = &bridge->grants[i];

        if (other->id.len < grant->id.len
            && memcmp(grant->id.data + grant->id.len - other->id.len, other->id.data, other->id.len) == 0
            && !consent_bridge_grants(choices, other))
        {
            return 0;
        }
    }

    return 1;
}


static int
is_granted(const consent_choices_t *choices, const consent_bridge_t *bridge, const consent_grant_t *grant)
{
    return bridge->tool->form == CONSENT_BRIDGE_PAIRS ? pair_granted(choices, bridge, grant)
                                                      : consent_bridge_grants(choices, grant);
}


static void
add_encoded(consent_buf_t *out, consent_str_t s, consent_bridge_encoding_t encoding)
{
    size_t       i;
    const char  *kept;

    /* ECMA-262, 19.2.6.4; js-cookie gives back what RFC 6265, 4.1.1 allows */

    kept = encoding == CONSENT_BRIDGE_JS_COOKIE ? "-_.!~*'()#$&+/:<=>?@[]^`{|}" : "-_.!~*'()";

    for (i = 0; i < s.len; i++) {
        if (encoding == CONSENT_BRIDGE_PLAIN || (s.data[i] >= 'a' && s.data[i] <= 'z')
            || (s.data[i] >= 'A' && s.data[i] <= 'Z') || (s.data[i] >= '0' && s.data[i] <= '9')
            || (s.data[i] != '\0' && strchr(kept, s.data[i]) != NULL))
        {
            consent_buf_addc(out, s.data[i]);

        } else {
            consent_buf_addf(out, "%%%02X", (unsigned char) s.data[i]);
        }
    }
}


static void
add_json(consent_buf_t *out, json_t *json, int rc, consent_bridge_encoding_t encoding)
{
    char  *dump;

    dump = rc == 0 ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);

    if (dump == NULL) {
        out->failed = 1;
        return;
    }

    add_encoded(out, consent_str(dump), encoding);
    free(dump);
}


static void
add_pairs(const consent_choices_t *choices, const consent_bridge_t *bridge, consent_buf_t *out)
{
    unsigned                i;
    const consent_grant_t  *grant;

    for (i = 0; i < bridge->ngrants; i++) {
        grant = &bridge->grants[i];

        consent_buf_addc(out, '!');
        consent_buf_add(out, grant->id);
        consent_buf_add(out, pair_granted(choices, bridge, grant) ? CONSENT_STR("=true") : CONSENT_STR("=false"));
    }
}


static void
add_object(const consent_choices_t *choices, const consent_bridge_t *bridge, consent_buf_t *out)
{
    int                     rc, granted;
    json_t                 *object;
    unsigned                i;
    const consent_grant_t  *grant;

    object = json_object();
    rc = 0;

    for (i = 0; i < bridge->ngrants; i++) {
        grant = &bridge->grants[i];
        granted = consent_bridge_grants(choices, grant);

        if (granted || bridge->tool->form == CONSENT_BRIDGE_OBJECT) {
            rc |= json_object_setn_new(object, grant->id.data, grant->id.len, json_boolean(granted));
        }
    }

    add_json(out, object, rc, bridge->tool->encoding);
}


/* "analytics/matomo" is the service "matomo" of the category "analytics"; data is NULL when it is of another one. */

static consent_str_t
service_of(consent_str_t id, consent_str_t category)
{
    if (id.len <= category.len + 1 || id.data[category.len] != '/'
        || memcmp(id.data, category.data, category.len) != 0)
    {
        return (consent_str_t) { NULL, 0 };
    }

    return (consent_str_t) { id.data + category.len + 1, id.len - category.len - 1 };
}


static json_t *
services_of(const consent_choices_t *choices, const consent_bridge_t *bridge, consent_str_t category)
{
    int                     rc;
    json_t                 *array;
    unsigned                i;
    consent_str_t           id;
    const consent_grant_t  *grant;

    array = json_array();
    rc = 0;

    for (i = 0; i < bridge->ngrants; i++) {
        grant = &bridge->grants[i];
        id = service_of(grant->id, category);

        if (!grant->category && id.data != NULL && consent_bridge_grants(choices, grant)) {
            rc |= json_array_append_new(array, json_stringn(id.data, id.len));
        }
    }

    if (rc != 0) {
        json_decref(array);
        return NULL;
    }

    return array;
}


/*
 * As vanilla-cookieconsent writes it. It wants an id of the visitor and takes any; all visitors get the same, and the
 * day of their choice for the time.
 */

static void
add_record(const consent_choices_t *choices, const consent_bridge_t *bridge, consent_buf_t *out)
{
    int                     rc;
    char                    stamp[64];
    json_t                 *object, *categories, *services;
    time_t                  seconds;
    unsigned                i;
    struct tm               tm;
    const consent_grant_t  *grant;

    seconds = (time_t) choices->day * 86400;
    object = json_object();
    categories = json_array();
    services = json_object();
    rc = gmtime_r(&seconds, &tm) == NULL || strftime(stamp, sizeof(stamp), "%Y-%m-%dT00:00:00.000Z", &tm) == 0;

    for (i = 0; i < bridge->ngrants && bridge->grants[i].category; i++) {
        grant = &bridge->grants[i];

        if (consent_bridge_grants(choices, grant)) {
            rc |= json_array_append_new(categories, json_stringn(grant->id.data, grant->id.len));
        }

        rc |= json_object_setn_new(services, grant->id.data, grant->id.len, services_of(choices, bridge, grant->id));
    }

    rc |= json_object_set_new(object, "categories", categories);
    rc |= json_object_set_new(object, "revision", json_integer(bridge->revision >= 0 ? bridge->revision : 0));
    rc |= json_object_set_new(object, "data", json_null());
    rc |= json_object_set_new(object, "consentTimestamp", rc == 0 ? json_string(stamp) : NULL);
    rc |= json_object_set_new(object, "consentId", json_string("ngx_consent"));
    rc |= json_object_set_new(object, "services", services);
    rc |= json_object_set_new(object, "lastConsentTimestamp", rc == 0 ? json_string(stamp) : NULL);

    add_json(out, object, rc, bridge->tool->encoding);
}


void
consent_bridge_value(const consent_choices_t *choices, const consent_bridge_t *bridge, consent_buf_t *out)
{
    switch (bridge->tool->form) {

    case CONSENT_BRIDGE_PAIRS:
        add_pairs(choices, bridge, out);
        break;

    case CONSENT_BRIDGE_OBJECT:
    case CONSENT_BRIDGE_GRANTED:
        add_object(choices, bridge, out);
        break;

    case CONSENT_BRIDGE_RECORD:
        add_record(choices, bridge, out);
        break;

    case CONSENT_BRIDGE_COOKIES:
        break;
    }
}


static int
is_under(consent_str_t host, consent_str_t domain)
{
    return consent_str_eq(host, domain)
           || (host.len > domain.len && host.data[host.len - domain.len - 1] == '.'
               && memcmp(host.data + host.len - domain.len, domain.data, domain.len) == 0);
}


static void
emit_cookie(const consent_bridge_request_t *request, const consent_bridge_t *bridge, consent_str_t name,
    consent_str_t value, int64_t max_age)
{
    consent_str_t  domain;
    consent_buf_t  buf;

    domain = consent_cookie_domain(request->host);

    if (bridge->domain.len > 0) {
        domain = is_under(domain, bridge->domain) ? bridge->domain : (consent_str_t) { NULL, 0 };

    } else if (!bridge->tool->on_host) {
        domain.len = 0;
    }

    consent_buf_init(&buf, request->arena);
    consent_buf_add(&buf, name);
    consent_buf_addc(&buf, '=');
    consent_buf_add(&buf, value);
    consent_buf_addf(&buf, "; Max-Age=%lld; Path=/; SameSite=Lax%s", (long long) max_age,
                     request->secure ? "; Secure" : "");

    if (domain.len > 0) {
        consent_buf_add(&buf, CONSENT_STR("; Domain="));
        consent_buf_add(&buf, domain);
    }

    if (!buf.failed) {
        request->emit(request->data, consent_buf_str(&buf));
    }
}


/* name without what the tool's names begin with; data is NULL when it is none of them. */

static consent_str_t
part_of(const consent_bridge_t *bridge, consent_str_t name)
{
    if (!consent_str_starts(name, bridge->cookie)) {
        return (consent_str_t) { NULL, 0 };
    }

    return (consent_str_t) { name.data + bridge->cookie.len, name.len - bridge->cookie.len };
}


static const consent_grant_t *
find_grant(const consent_bridge_t *bridge, consent_str_t id, int category)
{
    unsigned  i;

    for (i = 0; i < bridge->ngrants; i++) {
        if (bridge->grants[i].category == (category != 0) && consent_str_eq(bridge->grants[i].id, id)) {
            return &bridge->grants[i];
        }
    }

    return NULL;
}


static void
emit_value(const consent_choices_t *choices, const consent_bridge_request_t *request, const consent_bridge_t *bridge,
    consent_str_t name, int64_t max_age)
{
    char                    number[24];
    consent_buf_t           buf;
    consent_str_t           part;
    const consent_grant_t  *grant;

    if (bridge->tool->form != CONSENT_BRIDGE_COOKIES) {
        consent_buf_init(&buf, request->arena);
        consent_bridge_value(choices, bridge, &buf);

        if (!buf.failed) {
            emit_cookie(request, bridge, name, consent_buf_str(&buf), max_age);
        }

        return;
    }

    part = part_of(bridge, name);
    grant = find_grant(bridge, part, 1);

    if (grant != NULL) {
        emit_cookie(request, bridge, name, consent_bridge_grants(choices, grant) ? ALLOW : DENY, max_age);

    } else if (consent_str_eq(part, BANNER_STATUS)) {
        emit_cookie(request, bridge, name, DISMISSED, max_age);

    } else {
        snprintf(number, sizeof(number), "%lld", (long long) bridge->revision);
        emit_cookie(request, bridge, name, consent_str(number), max_age);
    }
}


/* ECMAScript's decodeURIComponent(), but for what that throws at; length 0 when value is too long to be anybody's. */

static consent_str_t
decode(consent_str_t value, char out[CONSENT_BRIDGE_VALUE_MAX])
{
    char    hex[3];
    char   *end;
    size_t  i, n;

    if (value.len > CONSENT_BRIDGE_VALUE_MAX) {
        return (consent_str_t) { "", 0 };
    }

    hex[2] = '\0';

    for (i = 0, n = 0; i < value.len; i++) {
        out[n] = value.data[i];

        if (value.data[i] == '%' && value.len - i > 2) {
            memcpy(hex, value.data + i + 1, 2);
            out[n] = (char) strtoul(hex, &end, 16);

            if (end == hex + 2 && hex[0] != '+' && hex[0] != '-' && hex[0] > ' ') {
                i += 2;

            } else {
                out[n] = '%';
            }
        }

        n++;
    }

    return (consent_str_t) { out, n };
}


static int
is_true(const json_t *value)
{
    return !json_is_false(value) && !json_is_null(value);
}


static void
judge_name(const consent_choices_t *choices, const consent_bridge_t *bridge, consent_str_t id, int category,
    consent_bridge_told_t *told)
{
    const consent_grant_t  *grant;

    grant = find_grant(bridge, id, category);

    if (grant == NULL || !is_granted(choices, bridge, grant)) {
        told->more = 1;
    }
}


/* Whatever stands before a "=true" counts, as the tool looks for it. */

static void
judge_pairs(const consent_choices_t *choices, const consent_bridge_t *bridge, consent_str_t value,
    consent_bridge_told_t *told)
{
    char           *p, *bang;
    consent_str_t   before;

    while ((p = memmem(value.data, value.len, "=true", 5)) != NULL) {
        before = (consent_str_t) { value.data, (size_t) (p - value.data) };
        bang = memrchr(before.data, '!', before.len);

        if (bang != NULL) {
            before.len -= (size_t) (bang + 1 - before.data);
            before.data = bang + 1;
        }

        told->answers = 1;
        judge_name(choices, bridge, before, 0, told);

        value.len -= (size_t) (p + 5 - value.data);
        value.data = p + 5;
    }

    if (memmem(value.data, value.len, "=false", 6) != NULL) {
        told->answers = 1;
    }
}


static void
judge_object(const consent_choices_t *choices, const consent_bridge_t *bridge, json_t *object,
    consent_bridge_told_t *told)
{
    json_t      *value;
    const char  *key;

    json_object_foreach(object, key, value) {
        told->answers = 1;

        if (is_true(value)) {
            judge_name(choices, bridge, consent_str(key), bridge->grants[0].category, told);
        }
    }
}


static void
judge_record(const consent_choices_t *choices, const consent_bridge_t *bridge, const consent_bridge_request_t *request,
    json_t *object, consent_bridge_told_t *told)
{
    size_t          i;
    json_t         *categories, *array, *value;
    const char     *category;
    consent_buf_t   id;

    categories = json_object_get(object, "categories");
    told->answers = json_is_array(categories);

    json_array_foreach(categories, i, value) {
        judge_name(choices, bridge, consent_str(json_is_string(value) ? json_string_value(value) : ""), 1, told);
    }

    json_object_foreach(json_object_get(object, "services"), category, array) {
        json_array_foreach(array, i, value) {
            consent_buf_init(&id, request->arena);
            consent_buf_addf(&id, "%s/%s", category, json_is_string(value) ? json_string_value(value) : "");

            if (!id.failed) {
                judge_name(choices, bridge, consent_buf_str(&id), 0, told);
            }
        }
    }
}


/* One of several cookies: a category's, or what it says of single services, which is never ours. */

static void
judge_part(const consent_choices_t *choices, const consent_bridge_t *bridge, consent_str_t part, consent_str_t value,
    consent_bridge_told_t *told)
{
    if (consent_str_eq(part, BANNER_STATUS)) {
        told->answers |= consent_str_eq(value, DISMISSED);

    } else if (consent_str_eq(part, SERVICE_CHOICES)) {
        told->more |= memmem(value.data, value.len, "true", 4) != NULL;

    } else if (find_grant(bridge, part, 1) != NULL && consent_str_eq(value, ALLOW)) {
        judge_name(choices, bridge, part, 1, told);
    }
}


static void
judge_cookie(const consent_choices_t *choices, const consent_bridge_request_t *request, const consent_bridge_t *bridge,
    consent_str_t value, consent_bridge_told_t *told)
{
    char     text[CONSENT_BRIDGE_VALUE_MAX];
    json_t  *object;

    if (bridge->tool->form == CONSENT_BRIDGE_PAIRS) {
        judge_pairs(choices, bridge, value, told);
        return;
    }

    value = decode(value, text);
    object = json_loadb(value.data, value.len, 0, NULL);

    if (!json_is_object(object)) {
        told->more = 1;     /* who knows what the tool makes of it */

    } else if (bridge->tool->form == CONSENT_BRIDGE_RECORD) {
        judge_record(choices, bridge, request, object, told);

    } else {
        judge_object(choices, bridge, object, told);
    }

    json_decref(object);
}


static consent_bridge_told_t
judge(const consent_choices_t *choices, const consent_bridge_request_t *request, const consent_bridge_t *bridge)
{
    unsigned               i;
    consent_str_t          rest, name, value, pair, part;
    consent_bridge_told_t  told = { 0, 0, 0 };

    for (i = 0; i < request->nlines; i++) {
        rest = request->lines[i];

        while (consent_cookie_next(&rest, &name, &value, &pair)) {
            if (bridge->tool->form == CONSENT_BRIDGE_COOKIES) {
                part = part_of(bridge, name);

                if (part.data != NULL) {
                    told.sent = 1;
                    judge_part(choices, bridge, part, value, &told);
                }

            } else if (consent_str_eq(name, bridge->cookie)) {
                told.sent = 1;
                judge_cookie(choices, request, bridge, value, &told);
            }
        }
    }

    return told;
}


/* Off wherever they may be: a tool that found two would believe the older one. */

static void
expire(const consent_bridge_request_t *request, const consent_bridge_t *bridge)
{
    unsigned       i;
    consent_buf_t  buf;

    for (i = 0; i < bridge->nnames; i++) {
        consent_cookie_expire_one(bridge->names[i], request->host, request->secure, request->emit, request->data);
    }

    if (bridge->tool->form == CONSENT_BRIDGE_COOKIES) {
        consent_buf_init(&buf, request->arena);
        consent_buf_add(&buf, bridge->cookie);
        consent_buf_add(&buf, SERVICE_CHOICES);

        if (!buf.failed) {
            consent_cookie_expire_one(consent_buf_str(&buf), request->host, request->secure, request->emit,
                                      request->data);
        }
    }
}


static void
tell(const consent_choices_t *choices, const consent_bridge_request_t *request, const consent_bridge_t *bridge,
    int64_t max_age)
{
    unsigned  i;

    for (i = 0; i < bridge->nnames; i++) {
        emit_value(choices, request, bridge, bridge->names[i], max_age);
    }
}


void
consent_bridge_answer(const consent_choices_t *choices, const consent_bridge_request_t *request, int64_t max_age)
{
    unsigned                 i;
    const consent_bridge_t  *bridge;

    for (i = 0; i < choices->policy->nbridges; i++) {
        bridge = &choices->policy->bridges[i];

        if (judge(choices, request, bridge).sent) {
            expire(request, bridge);
        }

        tell(choices, request, bridge, max_age);
    }
}


void
consent_bridge_reconcile(const consent_choices_t *choices, const consent_bridge_request_t *request, int64_t max_age)
{
    unsigned                 i;
    consent_bridge_told_t    told;
    const consent_bridge_t  *bridge;

    for (i = 0; i < choices->policy->nbridges; i++) {
        bridge = &choices->policy->bridges[i];
        told = judge(choices, request, bridge);

        if (!told.more && (told.answers || !choices->chosen)) {
            continue;
        }

        if (told.sent) {
            expire(request, bridge);
        }

        if (choices->chosen && max_age > 0) {
            tell(choices, request, bridge, max_age);
        }
    }
}


int
consent_bridge_sets(const consent_policy_t *policy, consent_str_t name)
{
    unsigned  i;

    for (i = 0; i < policy->nbridges; i++) {
        if (consent_cookie_is_one_of(policy->bridges[i].names, policy->bridges[i].nnames, name)) {
            return 1;
        }
    }

    return 0;
}


consent_str_t
consent_bridge_cookie_name(const consent_policy_t *policy, unsigned i)
{
    unsigned                 k, n;
    const consent_bridge_t  *bridge;

    for (k = 0; k < policy->nbridges; k++) {
        bridge = &policy->bridges[k];

        for (n = 0; n < bridge->nnames; n++) {
            if (consent_match_cookie(policy, bridge->names[n], NULL).index < 0 && i-- == 0) {
                return bridge->names[n];
            }
        }
    }

    return CONSENT_STR("");
}
