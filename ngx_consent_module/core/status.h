/*
 * The counters and the inventory, shown: as Prometheus reads them, as JSON, or as a page for people. The caller copies
 * them out of wherever they are kept; nothing here changes while it is written.
 */

#ifndef CONSENT_STATUS_H
#define CONSENT_STATUS_H

#include <stdint.h>

#include "buf.h"
#include "counter.h"
#include "policy.h"

#define CONSENT_STATUS_DAYS  31

typedef struct {
    consent_str_t  id;
    uint64_t       accepted;
    uint64_t       refused;
    uint64_t       withdrawn;   /* refused after having been accepted */
} consent_status_service_t;

typedef struct {
    uint32_t  day;              /* since 1970-01-01 UTC */
    uint64_t  accepted;         /* accept-all */
    uint64_t  refused;          /* refuse-all */
    uint64_t  some;             /* save */
} consent_status_day_t;

/* Something that pages of a host load or set. */
typedef struct {
    consent_str_t  kind;        /* an element, or "cookie" (sent by browsers) or "set-cookie" */
    consent_str_t  name;        /* the host it comes from, or the cookie's name; empty for inline scripts */
    consent_str_t  service;     /* empty: nobody claims it */
    consent_str_t  path;        /* one page where it was seen, without query */
    uint32_t       first;       /* days */
    uint32_t       last;
    uint64_t       count;
} consent_status_found_t;

typedef struct {
    consent_str_t              host;
    uint64_t                   counters[CONSENT_COUNTERS];
    consent_status_service_t  *services;
    unsigned                   nservices;
    consent_status_day_t      *days;            /* oldest first */
    unsigned                   ndays;
    consent_status_found_t    *found;
    unsigned                   nfound;
    uint64_t                   found_lost;      /* more was found than is kept */
    const consent_policy_t    *policy;          /* NULL: not known */
} consent_status_host_t;

typedef struct {
    consent_status_host_t  *hosts;
    unsigned                nhosts;
    int64_t                 now;                /* seconds since 1970 */
    unsigned                broken;             /* policy files that the last reload could not use */
    uint64_t                size;               /* of the zone, bytes */
    uint64_t                free;
} consent_status_t;

typedef enum {
    CONSENT_STATUS_PROMETHEUS,
    CONSENT_STATUS_JSON,
    CONSENT_STATUS_PAGE
} consent_status_format_t;

/* By the Accept header; Prometheus's when it says nothing else. */
consent_status_format_t consent_status_format(consent_str_t accept);

/* Orders hosts and what they hold by name; before any of those below. */
void consent_status_sort(consent_status_t *status);

/* Text format 0.0.4. A counter that is zero is left out: with 10,000 hosts most are. */
void consent_status_prometheus(const consent_status_t *status, consent_buf_t *out);

void consent_status_json(const consent_status_t *status, consent_buf_t *out);

/* A document of its own: no script, nothing fetched. Of many hosts the total and a table, of one everything. */
void consent_status_page(const consent_status_t *status, consent_buf_t *out);

/*
 * A policy that says of a host what was found on it, as text that can be pasted: the services of the catalogue that were
 * seen, and for each host that nobody claims a service that still wants a name and a description. host->policy says the
 * rest, and is not NULL.
 */
void consent_status_proposal(const consent_status_host_t *host, consent_buf_t *out);

/*
 * A cookie's name as it is kept: long runs of hexadecimal digits become "*", since they may name a visitor. At most size
 * bytes of out; returns the length.
 */
size_t consent_status_cookie_name(consent_str_t name, char *out, size_t size);

#endif
