/*
 * Headers that carry visitor addresses. What each holds is what the proxies and content networks that set it
 * document; Matomo can be told to read any of them.
 */

#include <string.h>

#include "address.h"


/*
 * An item grows most when two short groups become four numbers ("::a:a" is "::0.10.0.10"), in Forwarded with brackets
 * and quotes added: less than threefold, separators included.
 */

size_t
consent_mask_list_size(size_t len)
{
    return 3 * len + CONSENT_ADDRESS_TEXT_MAX;
}


size_t
consent_mask_list(consent_mask_t mask, consent_str_t value, char *out)
{
    char           *comma, text[CONSENT_ADDRESS_TEXT_MAX];
    size_t          len, n, used;
    consent_str_t   item;

    len = 0;

    while (value.len > 0) {
        comma = memchr(value.data, ',', value.len);
        item.data = value.data;
        item.len = comma != NULL ? (size_t) (comma - value.data) : value.len;

        used = item.len + (comma != NULL);
        value.data += used;
        value.len -= used;

        n = consent_mask_text(mask, item, text);
        if (n == 0) {
            continue;
        }

        if (len > 0) {
            out[len++] = ',';
            out[len++] = ' ';
        }

        memcpy(out + len, text, n);
        len += n;
    }

    return len;
}


/* nginx hands "X_Real_IP" to FastCGI as the same parameter as "X-Real-IP". */

static int
is_header(consent_str_t name, consent_str_t header)
{
    size_t  i;

    if (name.len != header.len) {
        return 0;
    }

    for (i = 0; i < name.len; i++) {
        if (name.data[i] != header.data[i] && !(name.data[i] == '_' && header.data[i] == '-')) {
            return 0;
        }
    }

    return 1;
}


consent_address_header_t
consent_address_header(consent_str_t name)
{
    size_t              i;
    static const char  *const lists[] = {
        "x-forwarded-for",
        "x-real-ip",
        "x-forwarded",
        "forwarded-for",
        "x-client-ip",
        "x-cluster-client-ip",
        "x-original-forwarded-for",
        "x-proxyuser-ip",
        "x-remote-ip",
        "x-remote-addr",
        "x-originating-ip",
        "x-client-addr",
        "x-coming-from",
        "coming-from",
        "proxy-client-ip",
        "wl-proxy-client-ip",           /* WebLogic */
        "remote-addr",
        "true-client-ip",               /* Akamai, Cloudflare */
        "cf-connecting-ip",             /* Cloudflare */
        "cf-connecting-ipv6",
        "cf-pseudo-ipv4",
        "fastly-client-ip",
        "fly-client-ip",
        "do-connecting-ip",             /* DigitalOcean */
        "incap-client-ip",              /* Imperva */
        "x-sucuri-clientip",
        "x-nf-client-connection-ip",    /* Netlify */
        "x-vercel-forwarded-for",
        "x-appengine-user-ip",
        "x-azure-clientip",
        "x-azure-socketip",
        "x-arr-clientip",
        "x-envoy-external-address",
        "ali-cdn-real-ip",
        "cdn-src-ip",
        "cdn-real-ip"
    };

    if (is_header(name, CONSENT_STR("client-ip"))) {
        return CONSENT_ADDRESS_HEADER_DROP;
    }

    if (is_header(name, CONSENT_STR("forwarded"))) {
        return CONSENT_ADDRESS_HEADER_FORWARDED;
    }

    for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        if (is_header(name, consent_str(lists[i]))) {
            return CONSENT_ADDRESS_HEADER_LIST;
        }
    }

    return CONSENT_ADDRESS_HEADER_NONE;
}
