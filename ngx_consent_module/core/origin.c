#include <string.h>

#include "origin.h"


/* "https://host:port/path" into authority and the rest; 0 when it is no http(s) URL. */

static int
split(consent_str_t url, consent_str_t *authority, consent_str_t *rest)
{
    size_t  i;

    if (url.len > 8 && consent_str_caseeq((consent_str_t) { url.data, 8 }, CONSENT_STR("https://"))) {
        i = 8;

    } else if (url.len > 7 && consent_str_caseeq((consent_str_t) { url.data, 7 }, CONSENT_STR("http://"))) {
        i = 7;

    } else {
        return 0;
    }

    authority->data = url.data + i;
    authority->len = 0;

    while (i < url.len && url.data[i] != '/' && url.data[i] != '?' && url.data[i] != '#' && url.data[i] != '\\') {
        authority->len++;
        i++;
    }

    rest->data = url.data + i;
    rest->len = url.len - i;

    return authority->len > 0;
}


static consent_str_t
without_default_port(consent_str_t authority)
{
    static const consent_str_t  ports[] = { { ":80", 3 }, { ":443", 4 } };

    for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
        if (authority.len > ports[i].len
            && memcmp(authority.data + authority.len - ports[i].len, ports[i].data, ports[i].len) == 0)
        {
            authority.len -= ports[i].len;
            break;
        }
    }

    return authority;
}


static int
same_host(consent_str_t authority, consent_str_t host)
{
    return consent_str_caseeq(without_default_port(authority), without_default_port(host));
}


consent_origin_t
consent_origin_judge(consent_str_t fetch_site, consent_str_t origin, consent_str_t referer, consent_str_t host)
{
    consent_str_t  authority, rest;

    if (fetch_site.len > 0) {
        return consent_str_eq(fetch_site, CONSENT_STR("same-origin")) ? CONSENT_ORIGIN_SAME : CONSENT_ORIGIN_FOREIGN;
    }

    if (origin.len > 0) {

        if (consent_str_eq(origin, CONSENT_STR("null"))) {
            return CONSENT_ORIGIN_UNKNOWN;
        }

        return split(origin, &authority, &rest) && rest.len == 0 && same_host(authority, host)
               ? CONSENT_ORIGIN_SAME : CONSENT_ORIGIN_FOREIGN;
    }

    if (referer.len == 0) {
        return CONSENT_ORIGIN_UNKNOWN;
    }

    return split(referer, &authority, &rest) && same_host(authority, host)
           ? CONSENT_ORIGIN_SAME : CONSENT_ORIGIN_FOREIGN;
}


consent_str_t
consent_referer_path(consent_str_t referer, consent_str_t host)
{
    const char     *fragment;
    consent_str_t   authority, rest;

    if (!split(referer, &authority, &rest) || !same_host(authority, host)) {
        return (consent_str_t) { NULL, 0 };
    }

    fragment = rest.len > 0 ? memchr(rest.data, '#', rest.len) : NULL;

    if (fragment != NULL) {
        rest.len = (size_t) (fragment - rest.data);
    }

    return rest;
}
