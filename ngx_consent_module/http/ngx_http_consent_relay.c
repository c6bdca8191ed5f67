/*
 * Relays: a path of the site that stands for the hosts of an audience
 * measurement.  The page is changed by core/; here is what else belongs to
 * it: whether a location hands that path on, which nginx -t says, no cookies
 * of the site for somebody else's server, and a warning for each page that
 * has browsers call the measurement themselves all the same.
 */

#include "ngx_http_consent.h"

#include "relay.h"


#define NGX_HTTP_CONSENT_DIRECT_SLOTS  1024
#define NGX_HTTP_CONSENT_DIRECT_TRIES  8


/* in shared memory: hashes of host and page; 0: free */

typedef struct {
    ngx_atomic_t                   pages[NGX_HTTP_CONSENT_DIRECT_SLOTS];
} ngx_http_consent_warned_t;


static void ngx_http_consent_check_relays(ngx_conf_t *cf,
    ngx_http_core_srv_conf_t *cscf, const consent_policy_t *policy);
static void ngx_http_consent_check_relay(ngx_conf_t *cf,
    ngx_http_core_srv_conf_t *cscf, const consent_entry_t *entry);
static ngx_http_core_loc_conf_t *ngx_http_consent_find_location(
    ngx_http_core_loc_conf_t *clcf, ngx_str_t *uri);
#if (NGX_PCRE)
static ngx_http_core_loc_conf_t *ngx_http_consent_find_regex_location(
    ngx_http_core_loc_conf_t *clcf, ngx_str_t *uri);
#endif
static ngx_int_t ngx_http_consent_direct_init_zone(ngx_shm_zone_t *zone,
    void *data);
static ngx_uint_t ngx_http_consent_direct_is_new(ngx_http_request_t *r,
    consent_str_t host, consent_str_t page);
static ngx_str_t ngx_http_consent_printable(ngx_pool_t *pool, consent_str_t s);


ngx_int_t
ngx_http_consent_relay_init(ngx_conf_t *cf, ngx_http_consent_main_conf_t *mcf)
{
    ngx_uint_t                     i, n;
    consent_policy_t              *policy, *checked;
    ngx_http_server_name_t        *names;
    ngx_http_core_srv_conf_t     **cscf;
    ngx_http_core_main_conf_t     *cmcf;
    ngx_http_consent_srv_conf_t   *scf;
    ngx_str_t                      name = ngx_string("ngx_http_consent_direct");

    if (!mcf->relays) {
        return NGX_OK;
    }

    mcf->direct_zone = ngx_shared_memory_add(cf, &name,
                                             sizeof(ngx_http_consent_warned_t)
                                             + 16 * ngx_pagesize,
                                             &ngx_http_consent_module);
    if (mcf->direct_zone == NULL) {
        return NGX_ERROR;
    }

    mcf->direct_zone->init = ngx_http_consent_direct_init_zone;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
    cscf = cmcf->servers.elts;

    for (i = 0; i < cmcf->servers.nelts; i++) {

        scf = cscf[i]->ctx->srv_conf[ngx_http_consent_module.ctx_index];

        if (!scf->used) {
            continue;
        }

        if (scf->policy) {
            ngx_http_consent_check_relays(cf, cscf[i], scf->policy);
            continue;
        }

        /* of consent_policies, as far as names tell */

        checked = NULL;
        names = cscf[i]->server_names.elts;

        for (n = 0; n < cscf[i]->server_names.nelts; n++) {
            policy = ngx_http_consent_find_policy(mcf,
                                      ngx_http_consent_str(names[n].name));

            if (policy != checked) {
                ngx_http_consent_check_relays(cf, cscf[i], policy);
                checked = policy;
            }
        }
    }

    return NGX_OK;
}


static void
ngx_http_consent_check_relays(ngx_conf_t *cf, ngx_http_core_srv_conf_t *cscf,
    const consent_policy_t *policy)
{
    ngx_uint_t  i;

    for (i = 0; policy && i < policy->nentries; i++) {

        if (policy->entries[i].relay.len) {
            ngx_http_consent_check_relay(cf, cscf, &policy->entries[i]);
        }
    }
}


/*
 * A hit below the path has to find a location that was written for it.  "/"
 * is the site's, and a location for all "\.php$" goes before one of a prefix.
 */

static void
ngx_http_consent_check_relay(ngx_conf_t *cf, ngx_http_core_srv_conf_t *cscf,
    const consent_entry_t *entry)
{
    u_char                    *p;
    ngx_str_t                  uri, id, relay;
    ngx_http_core_loc_conf_t  *root, *found;
#if (NGX_PCRE)
    ngx_str_t                  elsewhere;
    ngx_http_core_loc_conf_t  *regex;
#endif

    relay = ngx_http_consent_ngx_str(entry->relay);
    id = ngx_http_consent_ngx_str(entry->service->id);

    p = ngx_pnalloc(cf->pool, relay.len + sizeof("matomo.php"));
    if (p == NULL) {
        return;
    }

    uri.data = p;
    uri.len = ngx_sprintf(p, "%Vmatomo.php%Z", &relay) - 1 - p;

    root = cscf->ctx->loc_conf[ngx_http_core_module.ctx_index];
    found = ngx_http_consent_find_location(root, &uri);

#if (NGX_PCRE)

    regex = (found && (found->noregex || found->exact_match))
            ? NULL : ngx_http_consent_find_regex_location(root, &uri);

    if (regex) {

        /* one that takes it elsewhere, too, was not written for the relay */

        elsewhere.data = uri.data + relay.len - 1;
        elsewhere.len = uri.len - relay.len + 1;

        if (ngx_regex_exec(regex->regex->regex, &elsewhere, NULL, 0) < 0) {
            return;
        }

        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "\"%V\", below the relay of \"%V\", is answered by "
                      "location \"~ %V\" of server \"%V\" in %s:%ui: write "
                      "the relay's as \"location ^~ %V\"",
                      &uri, &id, &regex->name, &cscf->server_name,
                      cscf->file_name, cscf->line, &relay);
        return;
    }

#endif

    if (found && found->name.len > 1) {
        return;
    }

    ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                  "no location of server \"%V\" in %s:%ui hands on \"%V\", the "
                  "relay of \"%V\": add \"location ^~ %V { proxy_pass "
                  "https://%*s/; }\"",
                  &cscf->server_name, cscf->file_name, cscf->line, &relay, &id,
                  &relay, entry->hosts[0].len, entry->hosts[0].data);
}


/* as ngx_http_core_find_static_location() does, before there is a request */

static ngx_http_core_loc_conf_t *
ngx_http_consent_find_location(ngx_http_core_loc_conf_t *clcf, ngx_str_t *uri)
{
    size_t                          len, n;
    u_char                         *p;
    ngx_int_t                       rc;
    ngx_http_core_loc_conf_t       *found, *nested;
    ngx_http_location_tree_node_t  *node;

    found = NULL;
    p = uri->data;
    len = uri->len;
    node = clcf->static_locations;

    while (node) {

        n = ngx_min(len, (size_t) node->len);
        rc = ngx_filename_cmp(p, node->name, n);

        if (rc != 0) {
            node = (rc < 0) ? node->left : node->right;
            continue;
        }

        if (len > (size_t) node->len) {

            if (node->inclusive) {
                found = node->inclusive;
                node = node->tree;
                p += n;
                len -= n;

            } else {
                node = node->right;
            }

            continue;
        }

        if (len == (size_t) node->len) {
            found = node->exact ? node->exact : node->inclusive;
            break;
        }

        node = node->left;
    }

    if (found == NULL || found == clcf || found->exact_match) {
        return found;
    }

    nested = ngx_http_consent_find_location(found, uri);

    return nested ? nested : found;
}


#if (NGX_PCRE)

static ngx_http_core_loc_conf_t *
ngx_http_consent_find_regex_location(ngx_http_core_loc_conf_t *clcf,
    ngx_str_t *uri)
{
    ngx_http_core_loc_conf_t  **clcfp;

    for (clcfp = clcf->regex_locations; clcfp && *clcfp; clcfp++) {

        if (ngx_regex_exec((*clcfp)->regex->regex, uri, NULL, 0) >= 0) {
            return *clcfp;
        }
    }

    return NULL;
}

#endif


/*
 * What browsers keep for the site is none of the business of the server that
 * a relay leads to.
 */

ngx_uint_t
ngx_http_consent_is_relayed(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx)
{
    return consent_relay_at(ctx->choices.policy, ngx_http_consent_str(r->uri))
           != NULL;
}


/* after a reload somebody may look whether the page was mended */

static ngx_int_t
ngx_http_consent_direct_init_zone(ngx_shm_zone_t *zone, void *data)
{
    ngx_slab_pool_t            *pool;
    ngx_http_consent_warned_t  *warned;

    pool = (ngx_slab_pool_t *) zone->shm.addr;
    warned = data ? data : zone->shm.exists ? pool->data : NULL;

    if (warned) {
        ngx_memzero(warned, sizeof(ngx_http_consent_warned_t));

    } else {
        warned = ngx_slab_calloc(pool, sizeof(ngx_http_consent_warned_t));
        if (warned == NULL) {
            return NGX_ERROR;
        }
    }

    pool->data = warned;
    zone->data = warned;

    return NGX_OK;
}


void
ngx_http_consent_on_direct(void *data, const consent_direct_t *direct)
{
    ngx_http_consent_body_t *body = data;

    ngx_str_t                host, line, path, relay;
    consent_url_t            page;
    ngx_http_request_t      *r;
    ngx_http_consent_ctx_t  *ctx;

    body->direct = 1;

    r = body->request;
    ctx = ngx_http_consent_get_ctx(r);

    if (ctx == NULL || direct->relay.len == 0) {
        return;
    }

    ngx_http_consent_find(r, ctx, CONSENT_STR("direct"), direct->host,
                          direct->claim.service);

    ngx_http_consent_page_url(r, ctx, &page);

    if (!ngx_http_consent_direct_is_new(r, direct->host, page.path)) {
        return;
    }

    host = ngx_http_consent_printable(r->pool, direct->host);
    path = ngx_http_consent_printable(r->pool, page.path);
    line = ngx_http_consent_printable(r->pool, direct->line);
    relay = ngx_http_consent_ngx_str(direct->relay);

    ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                  "consent: by \"%V\" browsers call \"%V\" themselves, which "
                  "sees their whole address: the relay changes src attributes "
                  "and Matomo's published snippet only; write \"%V\" in place "
                  "of \"//%V/\" in: %V", &path, &host, &relay, &host, &line);
}


/* once for each page of a host; a table that is full warns of no others */

static ngx_uint_t
ngx_http_consent_direct_is_new(ngx_http_request_t *r, consent_str_t host,
    consent_str_t page)
{
    ngx_uint_t                     i;
    ngx_atomic_t                  *slot;
    ngx_atomic_uint_t              hash;
    ngx_http_consent_ctx_t        *ctx;
    ngx_http_consent_warned_t     *warned;
    ngx_http_consent_main_conf_t  *mcf;

    mcf = ngx_http_get_module_main_conf(r, ngx_http_consent_module);
    ctx = ngx_http_consent_get_ctx(r);
    warned = mcf->direct_zone->data;

    hash = ngx_murmur_hash2((u_char *) ctx->host.data, ctx->host.len);
    hash = hash * 31 + ngx_murmur_hash2((u_char *) page.data, page.len);
    hash = hash * 31 + ngx_murmur_hash2((u_char *) host.data, host.len);
    hash |= 1;

    for (i = 0; i < NGX_HTTP_CONSENT_DIRECT_TRIES; i++) {

        slot = &warned->pages[(hash / 2 + i) % NGX_HTTP_CONSENT_DIRECT_SLOTS];

        if (*slot == hash) {
            return 0;
        }

        if (ngx_atomic_cmp_set(slot, 0, hash)) {
            return 1;
        }

        if (*slot == hash) {
            return 0;
        }
    }

    return 0;
}


/* what a page says cannot begin another line of the log */

static ngx_str_t
ngx_http_consent_printable(ngx_pool_t *pool, consent_str_t s)
{
    size_t     i;
    ngx_str_t  text;

    text.len = 0;
    text.data = ngx_pnalloc(pool, s.len);

    if (text.data == NULL) {
        return text;
    }

    for (i = 0; i < s.len; i++) {
        text.data[text.len++] = (s.data[i] >= 0x20 && s.data[i] < 0x7f)
                                ? s.data[i] : '?';
    }

    return text;
}
