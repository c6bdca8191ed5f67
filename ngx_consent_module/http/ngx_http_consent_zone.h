/*
 * What the zone keeps of a host, in memory that all workers share.  Counting
 * is an atomic addition; the pool's mutex is taken only to make room for a
 * host, a service or a finding seen for the first time, and nothing is ever
 * taken out, so that readers need no lock.
 */

#ifndef _NGX_HTTP_CONSENT_ZONE_H_INCLUDED_
#define _NGX_HTTP_CONSENT_ZONE_H_INCLUDED_


#include "ngx_http_consent.h"


#define NGX_HTTP_CONSENT_DAYS          CONSENT_STATUS_DAYS
#define NGX_HTTP_CONSENT_BUCKETS       16

#define NGX_HTTP_CONSENT_ID_LEN        40      /* of a service */


typedef struct ngx_http_consent_answers_s  ngx_http_consent_answers_t;
typedef struct ngx_http_consent_finding_s  ngx_http_consent_finding_t;


typedef struct {
    ngx_atomic_t                   day;
    ngx_atomic_t                   accepted;
    ngx_atomic_t                   refused;
    ngx_atomic_t                   some;
} ngx_http_consent_day_t;


struct ngx_http_consent_tally_s {
    ngx_str_node_t                 sn;      /* must be first */
    ngx_atomic_t                   counters[CONSENT_COUNTERS];
    ngx_http_consent_day_t         days[NGX_HTTP_CONSENT_DAYS];

    ngx_http_consent_answers_t    *services;
    ngx_uint_t                     nservices;

    ngx_http_consent_finding_t    *found[NGX_HTTP_CONSENT_BUCKETS];
    ngx_uint_t                     nfound;
    ngx_atomic_t                   found_lost;

    u_char                         name[1];
};


/* NULL without a zone; the pointer is this worker's to keep */

ngx_http_consent_tally_t *ngx_http_consent_tally(ngx_http_request_t *r);

/* copies in the arena, so that nothing changes while it is written */

ngx_int_t ngx_http_consent_copy_tally(consent_arena_t *arena,
    ngx_http_consent_tally_t *tally, consent_status_host_t *host);
ngx_int_t ngx_http_consent_copy_found(consent_arena_t *arena,
    ngx_http_consent_tally_t *tally, consent_status_host_t *host);


#endif /* _NGX_HTTP_CONSENT_ZONE_H_INCLUDED_ */
