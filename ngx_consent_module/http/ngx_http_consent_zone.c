/*
 * consent_zone: counters and the inventory, in memory that all workers share
 * and that outlives a reload.  What is counted belongs to a host that the
 * configuration knows, by name, or else to "_": nobody can fill the zone by
 * making names up.  Counting is an atomic addition; the mutex is taken only to
 * make room for a host, a service or a finding seen for the first time, and
 * nothing is ever taken out, so that readers need no lock.
 */

#include "ngx_http_consent.h"

#include "cookie.h"


#define NGX_HTTP_CONSENT_DAYS          CONSENT_STATUS_DAYS
#define NGX_HTTP_CONSENT_SERVICES      256     /* of a host */
#define NGX_HTTP_CONSENT_FINDINGS      128     /* of a host */
#define NGX_HTTP_CONSENT_BUCKETS       16

#define NGX_HTTP_CONSENT_KIND_LEN      16
#define NGX_HTTP_CONSENT_ID_LEN        40
#define NGX_HTTP_CONSENT_NAME_LEN      120
#define NGX_HTTP_CONSENT_PATH_LEN      120


typedef struct ngx_http_consent_answers_s  ngx_http_consent_answers_t;
typedef struct ngx_http_consent_finding_s  ngx_http_consent_finding_t;


/* in shared memory, as all below it */

struct ngx_http_consent_answers_s {
    ngx_http_consent_answers_t    *next;
    ngx_atomic_t                   accepted;
    ngx_atomic_t                   refused;
    ngx_atomic_t                   withdrawn;
    u_char                         len;
    u_char                         id[NGX_HTTP_CONSENT_ID_LEN];
};


typedef struct {
    ngx_atomic_t                   day;
    ngx_atomic_t                   accepted;
    ngx_atomic_t                   refused;
    ngx_atomic_t                   some;
} ngx_http_consent_day_t;


/* kind, service, name and path stand behind it */

struct ngx_http_consent_finding_s {
    ngx_http_consent_finding_t    *next;
    ngx_atomic_t                   count;
    ngx_atomic_t                   last;
    uint32_t                       first;
    uint32_t                       hash;
    u_char                         kind_len;
    u_char                         service_len;
    u_char                         name_len;
    u_char                         path_len;
    u_char                         text[1];
};


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


typedef struct {
    ngx_rbtree_t                   hosts;
    ngx_rbtree_node_t              sentinel;
    ngx_http_consent_tally_t      *other;
} ngx_http_consent_zone_t;


static ngx_int_t ngx_http_consent_zone_init(ngx_shm_zone_t *shm, void *data);
static ngx_int_t ngx_http_consent_know(ngx_conf_t *cf,
    ngx_http_consent_main_conf_t *mcf, ngx_str_t *name,
    consent_policy_t *policy);
static ngx_int_t ngx_http_consent_know_hosts(ngx_conf_t *cf,
    ngx_http_consent_main_conf_t *mcf, consent_policy_t *policy);
static ngx_int_t ngx_http_consent_know_server(ngx_conf_t *cf,
    ngx_http_consent_main_conf_t *mcf, ngx_http_core_srv_conf_t *cscf);
static ngx_http_consent_tally_t *ngx_http_consent_tally(ngx_http_request_t *r);
static ngx_http_consent_tally_t *ngx_http_consent_tally_attach(
    ngx_shm_zone_t *shm, ngx_str_t *name);
static ngx_http_consent_tally_t *ngx_http_consent_tally_create(
    ngx_slab_pool_t *pool, ngx_http_consent_zone_t *zone, ngx_str_t *name);
static void ngx_http_consent_count_day(ngx_slab_pool_t *pool,
    ngx_http_consent_tally_t *tally, consent_decision_t decision);
static ngx_http_consent_answers_t *ngx_http_consent_answers(
    ngx_slab_pool_t *pool, ngx_http_consent_tally_t *tally, consent_str_t id);
static ngx_http_consent_finding_t *ngx_http_consent_look_up(
    ngx_http_consent_tally_t *tally, uint32_t hash, consent_str_t kind,
    consent_str_t service, consent_str_t name);
static void ngx_http_consent_keep(ngx_slab_pool_t *pool,
    ngx_http_consent_tally_t *tally, uint32_t hash, consent_str_t kind,
    consent_str_t service, consent_str_t name, consent_str_t path);
static ngx_int_t ngx_http_consent_copy_tally(consent_arena_t *arena,
    ngx_http_consent_tally_t *tally, consent_status_host_t *host);
static ngx_int_t ngx_http_consent_copy_services(consent_arena_t *arena,
    ngx_http_consent_tally_t *tally, consent_status_host_t *host);
static ngx_int_t ngx_http_consent_copy_found(consent_arena_t *arena,
    ngx_http_consent_tally_t *tally, consent_status_host_t *host);


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


/* the hosts of policies, and the names of servers that are names */

ngx_int_t
ngx_http_consent_zone_hosts(ngx_conf_t *cf, ngx_http_consent_main_conf_t *mcf)
{
    ngx_uint_t                     i;
    ngx_str_node_t                *sn;
    ngx_rbtree_node_t             *node;
    ngx_http_consent_host_t       *host;
    ngx_http_consent_loaded_t     *loaded;
    ngx_http_core_srv_conf_t     **cscf;
    ngx_http_core_main_conf_t     *cmcf;

    ngx_rbtree_init(&mcf->known, &mcf->known_sentinel,
                    ngx_str_rbtree_insert_value);

    if (mcf->zone == NULL) {
        return NGX_OK;
    }

    if (mcf->hosts.root != &mcf->sentinel) {

        for (node = ngx_rbtree_min(mcf->hosts.root, &mcf->sentinel);
             node;
             node = ngx_rbtree_next(&mcf->hosts, node))
        {
            sn = (ngx_str_node_t *) node;
            host = (ngx_http_consent_host_t *) node;

            if (ngx_http_consent_know(cf, mcf, &sn->str, host->policy)
                != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

    if (mcf->policies.root != &mcf->sentinel) {

        for (node = ngx_rbtree_min(mcf->policies.root, &mcf->sentinel);
             node;
             node = ngx_rbtree_next(&mcf->policies, node))
        {
            loaded = (ngx_http_consent_loaded_t *) node;

            if (loaded->data
                && ngx_http_consent_know_hosts(cf, mcf, loaded->data) != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
    cscf = cmcf->servers.elts;

    for (i = 0; i < cmcf->servers.nelts; i++) {

        if (ngx_http_consent_know_server(cf, mcf, cscf[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_know_hosts(ngx_conf_t *cf, ngx_http_consent_main_conf_t *mcf,
    consent_policy_t *policy)
{
    ngx_str_t   name;
    ngx_uint_t  i;

    for (i = 0; i < policy->nhosts; i++) {

        name = ngx_http_consent_ngx_str(policy->hosts[i]);

        if (ngx_http_consent_know(cf, mcf, &name, policy) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_know_server(ngx_conf_t *cf, ngx_http_consent_main_conf_t *mcf,
    ngx_http_core_srv_conf_t *cscf)
{
    ngx_str_t                     name;
    ngx_uint_t                    i;
    ngx_http_server_name_t       *sn;
    ngx_http_consent_srv_conf_t  *scf;

    scf = cscf->ctx->srv_conf[ngx_http_consent_module.ctx_index];

    if (!scf->used) {
        return NGX_OK;
    }

    sn = cscf->server_names.elts;

    for (i = 0; i < cscf->server_names.nelts; i++) {

        name = sn[i].name;

        if (name.len && name.data[0] == '.') {
            name.data++;
            name.len--;
        }

        if (name.len == 0 || name.data[0] == '~'
            || ngx_strlchr(name.data, name.data + name.len, '*'))
        {
            continue;
        }

        if (ngx_http_consent_know(cf, mcf, &name,
                                  scf->policy ? scf->policy
                                              : mcf->default_policy)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_know(ngx_conf_t *cf, ngx_http_consent_main_conf_t *mcf,
    ngx_str_t *name, consent_policy_t *policy)
{
    uint32_t                  hash;
    ngx_http_consent_known_t  *known;

    hash = ngx_crc32_short(name->data, name->len);

    if (ngx_str_rbtree_lookup(&mcf->known, name, hash)) {
        return NGX_OK;
    }

    known = ngx_palloc(cf->pool, sizeof(ngx_http_consent_known_t));
    if (known == NULL) {
        return NGX_ERROR;
    }

    known->sn.node.key = hash;
    known->sn.str = *name;
    known->policy = policy;
    known->tally = NULL;

    ngx_rbtree_insert(&mcf->known, &known->sn.node);

    return NGX_OK;
}


/* NULL without a zone; the pointer is this worker's to keep */

static ngx_http_consent_tally_t *
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


void
ngx_http_consent_count(ngx_http_request_t *r, consent_counter_t counter,
    ngx_uint_t n)
{
    ngx_http_consent_tally_t  *tally;

    if (n == 0) {
        return;
    }

    tally = ngx_http_consent_tally(r);

    if (tally) {
        (void) ngx_atomic_fetch_add(&tally->counters[counter], n);
    }
}


/* a choice that was taken; of services, the answers that are new */

void
ngx_http_consent_count_decision(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_choices_t *before,
    consent_decision_t decision)
{
    ngx_uint_t                     i, withdrawn;
    ngx_atomic_t                  *counter;
    ngx_slab_pool_t               *pool;
    const consent_policy_t        *policy;
    ngx_http_consent_tally_t      *tally;
    ngx_http_consent_answers_t    *answers;
    ngx_http_consent_main_conf_t  *mcf;

    tally = ngx_http_consent_tally(r);

    if (tally == NULL) {
        return;
    }

    mcf = ngx_http_get_module_main_conf(r, ngx_http_consent_module);
    pool = (ngx_slab_pool_t *) mcf->zone->shm.addr;

    (void) ngx_atomic_fetch_add(&tally->counters[CONSENT_COUNTER_ACCEPT_ALL
                                                 + decision
                                                 - CONSENT_DECISION_ACCEPT_ALL],
                                1);

    if (decision == CONSENT_DECISION_ACCEPT_ONCE) {
        return;
    }

    ngx_http_consent_count_day(pool, tally, decision);

    policy = ctx->choices.policy;
    withdrawn = 0;

    for (i = 0; i < policy->nentries; i++) {

        if (ctx->choices.answers[i] == before->answers[i]
            || policy->entries[i].basis == CONSENT_BASIS_NECESSARY)
        {
            continue;
        }

        answers = ngx_http_consent_answers(pool, tally,
                                           policy->entries[i].service->id);
        if (answers == NULL) {
            continue;
        }

        if (ctx->choices.answers[i] == CONSENT_ACCEPTED) {
            counter = &answers->accepted;

        } else if (before->answers[i] == CONSENT_ACCEPTED) {
            counter = &answers->withdrawn;
            withdrawn = 1;

        } else {
            counter = &answers->refused;
        }

        (void) ngx_atomic_fetch_add(counter, 1);
    }

    (void) ngx_atomic_fetch_add(&tally->counters[CONSENT_COUNTER_WITHDRAWAL],
                                withdrawn);
}


/* a ring of days; the first decision of a day clears what was there before */

static void
ngx_http_consent_count_day(ngx_slab_pool_t *pool,
    ngx_http_consent_tally_t *tally, consent_decision_t decision)
{
    ngx_atomic_t            *counter;
    ngx_atomic_uint_t        today;
    ngx_http_consent_day_t  *day;

    today = ngx_time() / 86400;
    day = &tally->days[today % NGX_HTTP_CONSENT_DAYS];

    if (day->day != today) {

        ngx_shmtx_lock(&pool->mutex);

        if (day->day != today) {
            day->accepted = 0;
            day->refused = 0;
            day->some = 0;

            ngx_memory_barrier();

            day->day = today;
        }

        ngx_shmtx_unlock(&pool->mutex);
    }

    switch (decision) {

    case CONSENT_DECISION_ACCEPT_ALL:
        counter = &day->accepted;
        break;

    case CONSENT_DECISION_REFUSE_ALL:
        counter = &day->refused;
        break;

    default: /* CONSENT_DECISION_SAVE */
        counter = &day->some;
    }

    (void) ngx_atomic_fetch_add(counter, 1);
}


static ngx_http_consent_answers_t *
ngx_http_consent_answers(ngx_slab_pool_t *pool, ngx_http_consent_tally_t *tally,
    consent_str_t id)
{
    ngx_uint_t                   locked;
    ngx_http_consent_answers_t  *answers;

    if (id.len > NGX_HTTP_CONSENT_ID_LEN) {
        return NULL;
    }

    for (locked = 0; /* void */ ; locked = 1) {

        for (answers = tally->services; answers; answers = answers->next) {

            if (answers->len == id.len
                && ngx_memcmp(answers->id, id.data, id.len) == 0)
            {
                break;
            }
        }

        if (answers || locked) {
            break;
        }

        ngx_shmtx_lock(&pool->mutex);
    }

    if (!locked) {
        return answers;
    }

    if (answers == NULL && tally->nservices < NGX_HTTP_CONSENT_SERVICES) {

        answers = ngx_slab_calloc_locked(pool,
                                         sizeof(ngx_http_consent_answers_t));
        if (answers) {
            answers->len = id.len;
            ngx_memcpy(answers->id, id.data, id.len);
            answers->next = tally->services;

            ngx_memory_barrier();

            tally->services = answers;
            tally->nservices++;
        }
    }

    ngx_shmtx_unlock(&pool->mutex);

    return answers;
}


/*
 * The inventory: what a page of this host loads or sets.  name is a host or a
 * cookie's; nothing else of an address is kept.
 */

void
ngx_http_consent_find(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    consent_str_t kind, consent_str_t name, const consent_service_t *service)
{
    uint32_t                       hash;
    consent_str_t                  id;
    consent_url_t                  page;
    ngx_atomic_uint_t              today;
    ngx_http_consent_tally_t      *tally;
    ngx_http_consent_finding_t    *finding;
    ngx_http_consent_main_conf_t  *mcf;

    tally = ngx_http_consent_tally(r);

    if (tally == NULL) {
        return;
    }

    id = service ? service->id : CONSENT_STR("");

    kind.len = ngx_min(kind.len, NGX_HTTP_CONSENT_KIND_LEN);
    id.len = ngx_min(id.len, NGX_HTTP_CONSENT_ID_LEN);
    name.len = ngx_min(name.len, NGX_HTTP_CONSENT_NAME_LEN);

    ngx_crc32_init(hash);
    ngx_crc32_update(&hash, (u_char *) kind.data, kind.len);
    ngx_crc32_update(&hash, (u_char *) id.data, id.len);
    ngx_crc32_update(&hash, (u_char *) name.data, name.len);
    ngx_crc32_final(hash);

    finding = ngx_http_consent_look_up(tally, hash, kind, id, name);

    if (finding == NULL) {

        if (tally->nfound >= NGX_HTTP_CONSENT_FINDINGS) {
            (void) ngx_atomic_fetch_add(&tally->found_lost, 1);
            return;
        }

        mcf = ngx_http_get_module_main_conf(r, ngx_http_consent_module);

        ngx_http_consent_page_url(r, ctx, &page);

        ngx_http_consent_keep((ngx_slab_pool_t *) mcf->zone->shm.addr, tally,
                              hash, kind, id, name, page.path);
        return;
    }

    today = ngx_time() / 86400;

    if (finding->last != today) {
        finding->last = today;
    }

    (void) ngx_atomic_fetch_add(&finding->count, 1);
}


static ngx_http_consent_finding_t *
ngx_http_consent_look_up(ngx_http_consent_tally_t *tally, uint32_t hash,
    consent_str_t kind, consent_str_t service, consent_str_t name)
{
    u_char                      *p;
    ngx_http_consent_finding_t  *finding;

    for (finding = tally->found[hash % NGX_HTTP_CONSENT_BUCKETS];
         finding;
         finding = finding->next)
    {
        p = finding->text;

        if (finding->hash == hash
            && finding->kind_len == kind.len
            && finding->service_len == service.len
            && finding->name_len == name.len
            && ngx_memcmp(p, kind.data, kind.len) == 0
            && ngx_memcmp(p + kind.len, service.data, service.len) == 0
            && ngx_memcmp(p + kind.len + service.len, name.data, name.len)
               == 0)
        {
            return finding;
        }
    }

    return NULL;
}


static void
ngx_http_consent_keep(ngx_slab_pool_t *pool, ngx_http_consent_tally_t *tally,
    uint32_t hash, consent_str_t kind, consent_str_t service,
    consent_str_t name, consent_str_t path)
{
    u_char                       *p;
    ngx_http_consent_finding_t   *finding, **bucket;

    path.len = ngx_min(path.len, NGX_HTTP_CONSENT_PATH_LEN);

    ngx_shmtx_lock(&pool->mutex);

    finding = ngx_http_consent_look_up(tally, hash, kind, service, name);

    if (finding) {
        (void) ngx_atomic_fetch_add(&finding->count, 1);
        goto done;
    }

    finding = NULL;

    if (tally->nfound < NGX_HTTP_CONSENT_FINDINGS) {
        finding = ngx_slab_calloc_locked(pool,
                                   offsetof(ngx_http_consent_finding_t, text)
                                   + kind.len + service.len + name.len
                                   + path.len);
    }

    if (finding == NULL) {
        (void) ngx_atomic_fetch_add(&tally->found_lost, 1);
        goto done;
    }

    finding->count = 1;
    finding->first = ngx_time() / 86400;
    finding->last = finding->first;
    finding->hash = hash;
    finding->kind_len = kind.len;
    finding->service_len = service.len;
    finding->name_len = name.len;
    finding->path_len = path.len;

    p = ngx_cpymem(finding->text, kind.data, kind.len);
    p = ngx_cpymem(p, service.data, service.len);
    p = ngx_cpymem(p, name.data, name.len);
    ngx_memcpy(p, path.data, path.len);

    bucket = &tally->found[hash % NGX_HTTP_CONSENT_BUCKETS];
    finding->next = *bucket;

    ngx_memory_barrier();

    *bucket = finding;
    tally->nfound++;

done:

    ngx_shmtx_unlock(&pool->mutex);
}


void
ngx_http_consent_find_cookie(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    consent_str_t kind, consent_str_t line)
{
    char                             kept[NGX_HTTP_CONSENT_NAME_LEN];
    consent_str_t                    name, value, pair;
    consent_claim_t                  claim;
    const consent_cookie_pattern_t  *pattern;

    while (consent_cookie_next(&line, &name, &value, &pair)) {

        name = consent_cookie_effective_name(name, value);

        if (name.len && !consent_cookie_is_one_of(&ctx->cookie_name, 1, name)) {

            claim = consent_match_cookie(ctx->choices.policy, name, &pattern);

            value.data = kept;
            value.len = consent_status_cookie_name(name, kept, sizeof(kept));

            ngx_http_consent_find(r, ctx, kind, value, claim.service);
        }

        /* what follows the first pair of a Set-Cookie are attributes */

        if (kind.len != sizeof("cookie") - 1) {
            return;
        }
    }
}


/* a copy in the arena, so that nothing changes while it is written */

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


static ngx_int_t
ngx_http_consent_copy_tally(consent_arena_t *arena,
    ngx_http_consent_tally_t *tally, consent_status_host_t *host)
{
    ngx_uint_t               i;
    consent_status_day_t    *day;
    ngx_http_consent_day_t  *slot;

    host->host = ngx_http_consent_str(tally->sn.str);

    for (i = 0; i < CONSENT_COUNTERS; i++) {
        host->counters[i] = tally->counters[i];
    }

    for (i = 0; i < NGX_HTTP_CONSENT_DAYS; i++) {

        slot = &tally->days[i];

        if (slot->day == 0) {
            continue;
        }

        if (host->days == NULL) {
            host->days = consent_alloc(arena, NGX_HTTP_CONSENT_DAYS
                                              * sizeof(consent_status_day_t));
            if (host->days == NULL) {
                return NGX_ERROR;
            }
        }

        day = &host->days[host->ndays++];

        day->day = slot->day;
        day->accepted = slot->accepted;
        day->refused = slot->refused;
        day->some = slot->some;
    }

    if (ngx_http_consent_copy_services(arena, tally, host) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_consent_copy_found(arena, tally, host);
}


static ngx_int_t
ngx_http_consent_copy_services(consent_arena_t *arena,
    ngx_http_consent_tally_t *tally, consent_status_host_t *host)
{
    ngx_uint_t                   n;
    consent_status_service_t    *service;
    ngx_http_consent_answers_t  *answers, *first;

    first = tally->services;
    n = 0;

    for (answers = first; answers; answers = answers->next) {
        n++;
    }

    if (n == 0) {
        return NGX_OK;
    }

    host->services = consent_alloc(arena, n * sizeof(consent_status_service_t));
    if (host->services == NULL) {
        return NGX_ERROR;
    }

    for (answers = first; answers; answers = answers->next) {

        service = &host->services[host->nservices++];

        service->id = (consent_str_t) { (char *) answers->id, answers->len };
        service->accepted = answers->accepted;
        service->refused = answers->refused;
        service->withdrawn = answers->withdrawn;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_copy_found(consent_arena_t *arena,
    ngx_http_consent_tally_t *tally, consent_status_host_t *host)
{
    char                        *p;
    ngx_uint_t                   i, n;
    consent_status_found_t      *found;
    ngx_http_consent_finding_t  *finding;

    host->found_lost = tally->found_lost;

    n = tally->nfound;

    if (n == 0) {
        return NGX_OK;
    }

    host->found = consent_alloc(arena, n * sizeof(consent_status_found_t));
    if (host->found == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < NGX_HTTP_CONSENT_BUCKETS; i++) {

        for (finding = tally->found[i]; finding; finding = finding->next) {

            if (host->nfound == n) {
                return NGX_OK;
            }

            found = &host->found[host->nfound++];
            p = (char *) finding->text;

            found->kind = (consent_str_t) { p, finding->kind_len };
            p += finding->kind_len;

            found->service = (consent_str_t) { p, finding->service_len };
            p += finding->service_len;

            found->name = (consent_str_t) { p, finding->name_len };
            p += finding->name_len;

            found->path = (consent_str_t) { p, finding->path_len };

            found->first = finding->first;
            found->last = finding->last;
            found->count = finding->count;
        }
    }

    return NGX_OK;
}
