/*
 * A limit for posted choices, by address.  The site's own limits belong to
 * locations and do not cover the endpoint.  A fixed table of leaky buckets in
 * shared memory: no list to grow, no lock to wait for; two addresses that meet in
 * one slot share its limit.
 */

#include "ngx_http_consent.h"


#define NGX_HTTP_CONSENT_SLOTS  16384


/* the time, in milliseconds, when the bucket will be empty again */

typedef struct {
    ngx_atomic_t               seed;
    ngx_atomic_t               slots[NGX_HTTP_CONSENT_SLOTS];
} ngx_http_consent_rate_t;


static ngx_int_t ngx_http_consent_rate_init_zone(ngx_shm_zone_t *zone,
    void *data);
static uint32_t ngx_http_consent_rate_key(ngx_http_request_t *r,
    uint32_t seed);


ngx_int_t
ngx_http_consent_rate_init(ngx_conf_t *cf, ngx_http_consent_main_conf_t *mcf)
{
    ngx_str_t  name = ngx_string("ngx_http_consent_rate");

    mcf->rate_zone = ngx_shared_memory_add(cf, &name,
                                           sizeof(ngx_http_consent_rate_t)
                                           + 16 * ngx_pagesize,
                                           &ngx_http_consent_module);
    if (mcf->rate_zone == NULL) {
        return NGX_ERROR;
    }

    mcf->rate_zone->init = ngx_http_consent_rate_init_zone;

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_rate_init_zone(ngx_shm_zone_t *zone, void *data)
{
    ngx_slab_pool_t          *pool;
    ngx_http_consent_rate_t  *rate;

    if (data) {
        zone->data = data;
        return NGX_OK;
    }

    pool = (ngx_slab_pool_t *) zone->shm.addr;

    if (zone->shm.exists) {
        zone->data = pool->data;
        return NGX_OK;
    }

    rate = ngx_slab_calloc(pool, sizeof(ngx_http_consent_rate_t));
    if (rate == NULL) {
        return NGX_ERROR;
    }

    rate->seed = ngx_random();

    pool->data = rate;
    zone->data = rate;

    return NGX_OK;
}


ngx_int_t
ngx_http_consent_rate_exceeded(ngx_http_request_t *r,
    ngx_http_consent_main_conf_t *mcf, ngx_uint_t rate)
{
    ngx_uint_t                n;
    ngx_atomic_t             *slot;
    ngx_atomic_uint_t         now, old, until, step, burst;
    ngx_http_consent_rate_t  *table;

    table = mcf->rate_zone->data;

    n = ngx_http_consent_rate_key(r, (uint32_t) table->seed)
        % NGX_HTTP_CONSENT_SLOTS;

    slot = &table->slots[n];

    now = (ngx_atomic_uint_t) ngx_current_msec;
    step = ngx_max(1000 * 1000 / rate, 1);
    burst = ngx_max(10 * step, 2000);

    for ( ;; ) {

        old = *slot;
        until = ngx_max(old, now);

        /* a clock that was set back must not lock anybody out */

        if (until - now > 2 * burst) {
            until = now;
        }

        if (until - now > burst) {
            return 1;
        }

        if (ngx_atomic_cmp_set(slot, old, until + step)) {
            return 0;
        }
    }
}


static uint32_t
ngx_http_consent_rate_key(ngx_http_request_t *r, uint32_t seed)
{
    struct sockaddr_in   *sin;
#if (NGX_HAVE_INET6)
    struct sockaddr_in6  *sin6;
#endif

    switch (r->connection->sockaddr->sa_family) {

#if (NGX_HAVE_INET6)
    case AF_INET6:
        sin6 = (struct sockaddr_in6 *) r->connection->sockaddr;

        /* one subscriber has a /64 */

        return ngx_murmur_hash2(sin6->sin6_addr.s6_addr, 8) ^ seed;
#endif

    case AF_INET:
        sin = (struct sockaddr_in *) r->connection->sockaddr;

        return ngx_murmur_hash2((u_char *) &sin->sin_addr, 4) ^ seed;

    default:
        return seed;
    }
}
