/*
 * consent_zone: shared memory that outlives a reload, and in it the tally of
 * each host.  What is counted belongs to a host that the configuration knows,
 * by name, or else to "_": nobody can fill the zone by making names up.
 */

#include "ngx_http_consent_zone.h"


typedef struct {
    ngx_rbtree_t                   hosts;
    ngx_rbtree_node_t              sentinel;
    ngx_http_consent_tally_t      *other;
} ngx_http_consent_zone_t;


static ngx_int_t ngx_http_consent_zone_init(ngx_shm_zone_t *shm, void *data);
static ngx_http_consent_tally_t *ngx_http_consent_tally_attach(
    ngx_shm_zone_t *shm, ngx_str_t *name);
static ngx_http_consent_tally_t *ngx_http_consent_tally_create(
    ngx_slab_pool_t *pool, ngx_http_consent_zone_t *zone, ngx_str_t *name);


char *
ngx_http_consent_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_consent_main_conf_t *mcf = conf;

    u_char     *p;
    ssize_t     size;
    ngx_str_t  *value, name, s;

    if (mcf->zone) {
        return "is duplicate";
    }

    value = cf->args->elts;
    name = value[1];

    p = ngx_strlchr(name.data, name.data + name.len, ':');

    if (p == NULL || p == name.data) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid zone \"%V\" in \"consent_zone\": write it "
                           "as \"consent_zone name:8m\"", &value[1]);
        return NGX_CONF_ERROR;
    }

    s.data = p + 1;
    s.len = name.data + name.len - s.data;
    name.len = p - name.data;

    size = ngx_parse_size(&s);

    if (size == NGX_ERROR || size < (ssize_t) (16 * ngx_pagesize)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid size \"%V\" in \"consent_zone\": it takes "
                           "%uzk at least, and some 2k for each host",
                           &s, 16 * ngx_pagesize / 1024);
        return NGX_CONF_ERROR;
    }

    mcf->zone = ngx_shared_memory_add(cf, &name, size,
                                      &ngx_http_consent_module);
    if (mcf->zone == NULL) {
        return NGX_CONF_ERROR;
    }

    mcf->zone->init = ngx_http_consent_zone_init;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_consent_zone_init(ngx_shm_zone_t *shm, void *data)
{
    ngx_slab_pool_t          *pool;
    ngx_http_consent_zone_t  *zone;
    static ngx_str_t          other = ngx_string("_");

    if (data) {
        shm->data = data;
        return NGX_OK;
    }

    pool = (ngx_slab_pool_t *) shm->shm.addr;

    if (shm->shm.exists) {
        shm->data = pool->data;
        return NGX_OK;
    }

    zone = ngx_slab_calloc(pool, sizeof(ngx_http_consent_zone_t));
    if (zone == NULL) {
        return NGX_ERROR;
    }

    ngx_rbtree_init(&zone->hosts, &zone->sentinel, ngx_str_rbtree_insert_value);

    pool->log_nomem = 0;

    zone->other = ngx_http_consent_tally_create(pool, zone, &other);
    if (zone->other == NULL) {
        return NGX_ERROR;
    }

    pool->data = zone;
    shm->data = zone;

    return NGX_OK;
}


ngx_http_consent_tally_t *
ngx_http_consent_tally(ngx_http_request_t *r)
{
    ngx_str_t                     *name;
    ngx_str_node_t                *node;
    ngx_http_consent_zone_t       *zone;
    ngx_http_consent_known_t      *known;
    ngx_http_core_srv_conf_t      *cscf;
    ngx_http_consent_main_conf_t  *mcf;

    mcf = ngx_http_get_module_main_conf(r, ngx_http_consent_module);

    if (mcf->zone == NULL) {
        return NULL;
    }

    name = &r->main->headers_in.server;

    if (name->len == 0) {
        cscf = ngx_http_get_module_srv_conf(r, ngx_http_core_module);
        name = &cscf->server_name;
    }

    node = ngx_str_rbtree_lookup(&mcf->known, name,
                                 ngx_crc32_short(name->data, name->len));

    if (node == NULL) {
        zone = mcf->zone->data;
        return zone->other;
    }

    known = (ngx_http_consent_known_t *) node;

    if (known->tally == NULL) {
        known->tally = ngx_http_consent_tally_attach(mcf->zone, name);
    }

    return known->tally;
}


static ngx_http_consent_tally_t *
ngx_http_consent_tally_attach(ngx_shm_zone_t *shm, ngx_str_t *name)
{
    ngx_str_node_t            *node;
    ngx_slab_pool_t           *pool;
    ngx_http_consent_zone_t   *zone;
    ngx_http_consent_tally_t  *tally;

    zone = shm->data;
    pool = (ngx_slab_pool_t *) shm->shm.addr;

    ngx_shmtx_lock(&pool->mutex);

    node = ngx_str_rbtree_lookup(&zone->hosts, name,
                                 ngx_crc32_short(name->data, name->len));

    tally = node ? (ngx_http_consent_tally_t *) node
                 : ngx_http_consent_tally_create(pool, zone, name);

    ngx_shmtx_unlock(&pool->mutex);

    if (tally == NULL) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "consent_zone \"%V\" is full: \"%V\" is counted as "
                      "\"_\"", &shm->shm.name, name);
        return zone->other;
    }

    return tally;
}


static ngx_http_consent_tally_t *
ngx_http_consent_tally_create(ngx_slab_pool_t *pool,
    ngx_http_consent_zone_t *zone, ngx_str_t *name)
{
    ngx_http_consent_tally_t  *tally;

    tally = ngx_slab_calloc_locked(pool, sizeof(ngx_http_consent_tally_t)
                                         + name->len);
    if (tally == NULL) {
        return NULL;
    }

    ngx_memcpy(tally->name, name->data, name->len);

    tally->sn.str.data = tally->name;
    tally->sn.str.len = name->len;
    tally->sn.node.key = ngx_crc32_short(name->data, name->len);

    ngx_rbtree_insert(&zone->hosts, &tally->sn.node);

    return tally;
}


ngx_int_t
ngx_http_consent_zone_copy(ngx_http_consent_main_conf_t *mcf,
    consent_arena_t *arena, consent_str_t only, consent_status_t *status)
{
    ngx_str_t                  name;
    ngx_uint_t                 n;
    ngx_str_node_t            *known;
    ngx_slab_pool_t           *pool;
    ngx_rbtree_node_t         *node;
    consent_status_host_t     *host;
    ngx_http_consent_zone_t   *zone;
    ngx_http_consent_tally_t  *tally, **tallies;

    ngx_memzero(status, sizeof(consent_status_t));

    zone = mcf->zone->data;
    pool = (ngx_slab_pool_t *) mcf->zone->shm.addr;

    status->now = ngx_time();
    status->broken = mcf->broken;
    status->size = mcf->zone->shm.size;
    status->free = pool->pfree * ngx_pagesize;

    /* hosts are only ever added: the lock is for the tree's own links */

    ngx_shmtx_lock(&pool->mutex);

    n = 0;
    node = ngx_rbtree_min(zone->hosts.root, &zone->sentinel);

    for ( /* void */ ; node; node = ngx_rbtree_next(&zone->hosts, node)) {
        n++;
    }

    tallies = consent_alloc(arena, n * sizeof(ngx_http_consent_tally_t *));

    if (tallies) {
        n = 0;
        node = ngx_rbtree_min(zone->hosts.root, &zone->sentinel);

        for ( /* void */ ; node; node = ngx_rbtree_next(&zone->hosts, node)) {
            tallies[n++] = (ngx_http_consent_tally_t *) node;
        }
    }

    ngx_shmtx_unlock(&pool->mutex);

    status->hosts = consent_calloc(arena, n * sizeof(consent_status_host_t));

    if (tallies == NULL || status->hosts == NULL) {
        return NGX_ERROR;
    }

    while (n--) {
        tally = tallies[n];

        if (only.len
            && !consent_str_eq(ngx_http_consent_str(tally->sn.str), only))
        {
            continue;
        }

        host = &status->hosts[status->nhosts++];

        if (ngx_http_consent_copy_tally(arena, tally, host) != NGX_OK) {
            return NGX_ERROR;
        }

        name = tally->sn.str;
        known = ngx_str_rbtree_lookup(&mcf->known, &name,
                                      tally->sn.node.key);
        if (known) {
            host->policy = ((ngx_http_consent_known_t *) known)->policy;
        }
    }

    return NGX_OK;
}
