/* The first line is the address of a page, the rest a reference on it. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host_parse.h"
#include "url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void
require(int condition)
{
    if (!condition) {
        abort();
    }
}


/* What every caller relies on. */

static void
check(const consent_url_t *url)
{
    size_t                 i;
    unsigned char          c;
    char                   text[2 * CONSENT_URL_MAX];
    int                    n;
    consent_url_t          again;
    consent_url_scratch_t  scratch;

    if (url->scheme == CONSENT_SCHEME_OTHER) {
        require(url->host.len == 0 && url->path.len == 0 && url->query.len == 0 && !url->odd);
        return;
    }

    require(url->host.len > 0 && url->host.len <= 65536);
    require(url->path.len > 0 && url->path.len <= CONSENT_URL_MAX && url->path.data[0] == '/');
    require(url->query.len == 0 || url->query.data[0] == '?');

    for (i = 0; i < url->host.len; i++) {
        c = (unsigned char) url->host.data[i];

        require(c > 0x20 && c != 0x7f && (c < 'A' || c > 'Z') && c != '/' && c != '\\' && c != '@' && c != '?'
                && c != '#');
        require(c < 0x80 || url->odd);
    }

    for (i = 0; i < url->path.len; i++) {
        c = (unsigned char) url->path.data[i];

        require(c != '?' && c != '#' && c != '\\' && c != '\t' && c != '\n' && c != '\r');
    }

    if (url->odd || url->host.len > CONSENT_HOST_MAX) {
        return;
    }

    /* a host that was folded folds to itself */
    n = snprintf(text, sizeof(text), "https://%.*s/", (int) url->host.len, url->host.data);
    consent_url_resolve(NULL, (consent_str_t) { text, (size_t) n }, &scratch, &again);

    require(again.scheme == CONSENT_SCHEME_HTTPS || url->host.data[url->host.len - 1] == '.');
    require(again.scheme == CONSENT_SCHEME_OTHER || url->host.data[url->host.len - 1] == '.'
            || consent_str_eq(again.host, url->host));
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t                  n;
    const uint8_t          *newline;
    consent_url_t           base, url;
    consent_url_scratch_t  *base_scratch, *scratch;

    base_scratch = malloc(sizeof(*base_scratch));
    scratch = malloc(sizeof(*scratch));

    newline = size > 0 ? memchr(data, '\n', size) : NULL;
    n = newline != NULL ? (size_t) (newline - data) : 0;

    consent_url_resolve(NULL, (consent_str_t) { (const char *) data, n }, base_scratch, &base);
    check(&base);

    n += (newline != NULL);

    consent_url_resolve(&base, (consent_str_t) { (const char *) data + n, size - n }, scratch, &url);
    check(&url);

    free(base_scratch);
    free(scratch);

    return 0;
}
