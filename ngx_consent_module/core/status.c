#include <stdlib.h>
#include <string.h>

#include "status.h"

/* As many hexadecimal digits, a decimal one among them, are no word of any language. */
#define DIGITS_IN_A_ROW  8


static int
contains(consent_str_t text, const char *word)
{
    return text.len > 0 && memmem(text.data, text.len, word, strlen(word)) != NULL;
}


consent_status_format_t
consent_status_format(consent_str_t accept)
{
    if (contains(accept, "text/html")) {
        return CONSENT_STATUS_PAGE;
    }

    return contains(accept, "application/json") ? CONSENT_STATUS_JSON : CONSENT_STATUS_PROMETHEUS;
}


static int
compare(consent_str_t a, consent_str_t b)
{
    int     rc;
    size_t  len;

    len = a.len < b.len ? a.len : b.len;
    rc = len > 0 ? memcmp(a.data, b.data, len) : 0;

    return rc != 0 ? rc : (a.len > b.len) - (a.len < b.len);
}


static int
compare_hosts(const void *a, const void *b)
{
    return compare(((const consent_status_host_t *) a)->host, ((const consent_status_host_t *) b)->host);
}


static int
compare_services(const void *a, const void *b)
{
    return compare(((const consent_status_service_t *) a)->id, ((const consent_status_service_t *) b)->id);
}


static int
compare_days(const void *a, const void *b)
{
    uint32_t  one, two;

    one = ((const consent_status_day_t *) a)->day;
    two = ((const consent_status_day_t *) b)->day;

    return (one > two) - (one < two);
}


/* Unclaimed first: it is what somebody has to look at. */

static int
compare_found(const void *a, const void *b)
{
    int                            rc;
    const consent_status_found_t  *one = a;
    const consent_status_found_t  *two = b;

    rc = compare(one->service, two->service);

    if (rc == 0) {
        rc = compare(one->name, two->name);
    }

    return rc != 0 ? rc : compare(one->kind, two->kind);
}


static void
sort(void *elts, unsigned n, size_t size, int (*by)(const void *, const void *))
{
    if (n > 1) {
        qsort(elts, n, size, by);
    }
}


void
consent_status_sort(consent_status_t *status)
{
    unsigned                i;
    consent_status_host_t  *host;

    sort(status->hosts, status->nhosts, sizeof(*status->hosts), compare_hosts);

    for (i = 0; i < status->nhosts; i++) {
        host = &status->hosts[i];

        sort(host->services, host->nservices, sizeof(*host->services), compare_services);
        sort(host->days, host->ndays, sizeof(*host->days), compare_days);
        sort(host->found, host->nfound, sizeof(*host->found), compare_found);
    }
}


static int
is_hex(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}


/* How many hexadecimal digits s begins with, when they are enough to name somebody; else 0. */

static size_t
identifier(consent_str_t s)
{
    size_t  n, digits;

    digits = 0;

    for (n = 0; n < s.len && is_hex(s.data[n]); n++) {
        digits += s.data[n] <= '9';
    }

    return n >= DIGITS_IN_A_ROW && digits > 0 ? n : 0;
}


size_t
consent_status_cookie_name(consent_str_t name, char *out, size_t size)
{
    size_t  i, n, len;

    len = 0;

    for (i = 0; i < name.len && len < size; i++) {
        n = i == 0 || !is_hex(name.data[i - 1]) ? identifier((consent_str_t) { name.data + i, name.len - i }) : 0;

        if (n > 0) {
            out[len++] = '*';
            i += n - 1;
            continue;
        }

        out[len++] = name.data[i] > 0x20 && name.data[i] < 0x7f ? name.data[i] : '?';
    }

    return len;
}
