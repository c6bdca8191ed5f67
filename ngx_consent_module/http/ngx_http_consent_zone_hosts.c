/*
 * The hosts that are counted by name: those of policies, and the names of
 * servers that are names.
 */

#include "ngx_http_consent.h"


static ngx_int_t ngx_http_consent_know_hosts(ngx_conf_t *cf,
    ngx_http_consent_main_conf_t *mcf, consent_policy_t *policy);
static ngx_int_t ngx_http_consent_know_server(ngx_conf_t *cf,
    ngx_http_consent_main_conf_t *mcf, ngx_http_core_srv_conf_t *cscf);
static ngx_int_t ngx_http_consent_know(ngx_conf_t *cf,
    ngx_http_consent_main_conf_t *mcf, ngx_str_t *name,
    consent_policy_t *policy);


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
