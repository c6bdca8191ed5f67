/*
 * The configuration of http, of a server and of a location: made, inherited,
 * and checked for what it needs.
 */

#include "ngx_http_consent.h"


static char *ngx_http_consent_require(ngx_conf_t *cf,
    ngx_http_consent_main_conf_t *mcf, ngx_http_consent_srv_conf_t *scf);
static char *ngx_http_consent_find_gunzip(ngx_conf_t *cf,
    ngx_http_consent_main_conf_t *mcf);


void *
ngx_http_consent_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_consent_main_conf_t  *mcf;

    mcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_consent_main_conf_t));
    if (mcf == NULL) {
        return NULL;
    }

    mcf->arena = ngx_http_consent_arena(cf->pool);

    ngx_rbtree_init(&mcf->hosts, &mcf->sentinel, ngx_str_rbtree_insert_value);

    ngx_rbtree_init(&mcf->policies, &mcf->sentinel,
                    ngx_str_rbtree_insert_value);
    ngx_rbtree_init(&mcf->keyrings, &mcf->sentinel,
                    ngx_str_rbtree_insert_value);

    return mcf;
}


char *
ngx_http_consent_init_main_conf(ngx_conf_t *cf, void *conf)
{
    ngx_http_consent_main_conf_t  *mcf = conf;

    if (mcf->assets.data == NULL) {
        ngx_str_set(&mcf->assets, NGX_HTTP_CONSENT_ASSETS);
    }

    if (mcf->catalogue_dir.data == NULL) {
        mcf->catalogue_dir.len = mcf->assets.len + sizeof("/catalogue") - 1;
        mcf->catalogue_dir.data = ngx_pnalloc(cf->pool,
                                              mcf->catalogue_dir.len + 1);
        if (mcf->catalogue_dir.data == NULL) {
            return NGX_CONF_ERROR;
        }

        ngx_sprintf(mcf->catalogue_dir.data, "%V/catalogue%Z", &mcf->assets);
    }

    return NGX_CONF_OK;
}


void *
ngx_http_consent_create_srv_conf(ngx_conf_t *cf)
{
    ngx_http_consent_srv_conf_t  *scf;

    scf = ngx_pcalloc(cf->pool, sizeof(ngx_http_consent_srv_conf_t));
    if (scf == NULL) {
        return NULL;
    }

    scf->endpoint = NGX_CONF_UNSET;
    scf->rate = NGX_CONF_UNSET_UINT;
    scf->validity = NGX_CONF_UNSET;
    scf->gpc = NGX_CONF_UNSET;
    scf->evidence = NGX_CONF_UNSET_PTR;

    return scf;
}


char *
ngx_http_consent_merge_srv_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_consent_srv_conf_t  *prev = parent;
    ngx_http_consent_srv_conf_t  *conf = child;

    if (conf->policy_file.name.data == NULL) {
        conf->policy_file = prev->policy_file;
    }

    if (conf->keys_file.name.data == NULL) {
        conf->keys_file = prev->keys_file;
    }

    if (conf->cookie.data == NULL) {
        conf->cookie = prev->cookie;
        conf->domain = prev->domain;
    }

    if (conf->scheme == NULL) {
        conf->scheme = prev->scheme;
    }

    ngx_conf_merge_str_value(conf->path, prev->path, "/_choices/");
    ngx_conf_merge_value(conf->endpoint, prev->endpoint, 1);
    ngx_conf_merge_uint_value(conf->rate, prev->rate, 10 * 1000);
    ngx_conf_merge_sec_value(conf->validity, prev->validity,
                             182 * 24 * 60 * 60);
    ngx_conf_merge_value(conf->gpc, prev->gpc, 1);
    ngx_conf_merge_ptr_value(conf->evidence, prev->evidence, NULL);

    return NGX_CONF_OK;
}


void *
ngx_http_consent_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_consent_loc_conf_t  *lcf;

    lcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_consent_loc_conf_t));
    if (lcf == NULL) {
        return NULL;
    }

    lcf->mode = NGX_CONF_UNSET_UINT;
    lcf->mask.on = NGX_CONF_UNSET_UINT;
    lcf->log_mask.on = NGX_CONF_UNSET_UINT;
    lcf->period = NGX_CONF_UNSET;
    lcf->csp = NGX_CONF_UNSET_UINT;
    lcf->undecodable = NGX_CONF_UNSET_UINT;

    return lcf;
}


char *
ngx_http_consent_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_consent_loc_conf_t  *prev = parent;
    ngx_http_consent_loc_conf_t  *conf = child;

    ngx_http_consent_srv_conf_t   *scf;
    ngx_http_consent_main_conf_t  *mcf;

    if (conf->mode == NGX_CONF_UNSET_UINT) {
        conf->mode = prev->mode;
        conf->mode_value = prev->mode_value;
    }

    if (conf->mask.on == NGX_CONF_UNSET_UINT) {
        conf->mask = prev->mask;
    }

    if (conf->log_mask.on == NGX_CONF_UNSET_UINT) {
        conf->log_mask = prev->log_mask;
    }

    if (conf->period == NGX_CONF_UNSET) {
        conf->period = (prev->period == NGX_CONF_UNSET) ? 0 : prev->period;
        conf->salt = prev->salt;
    }

    ngx_conf_init_uint_value(conf->mode, NGX_HTTP_CONSENT_OFF);
    ngx_conf_merge_uint_value(conf->csp, prev->csp, NGX_HTTP_CONSENT_CSP_OFF);
    ngx_conf_merge_uint_value(conf->undecodable, prev->undecodable,
                              NGX_HTTP_CONSENT_QUARANTINE);

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_consent_module);

    if (conf->mask.on == 1) {
        mcf->used = 1;
    }

    if (conf->log_mask.on == 1) {
        mcf->used = 1;
        mcf->log_masked = 1;
    }

    if (conf->period
        && ngx_http_consent_require_pseudonym(cf, mcf) != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (conf->mode == NGX_HTTP_CONSENT_OFF && conf->mode_value == NULL) {
        return NGX_CONF_OK;
    }

    scf = ngx_http_conf_get_module_srv_conf(cf, ngx_http_consent_module);

    if (!scf->used) {
        scf->used = 1;
        mcf->used = 1;

        if (ngx_http_consent_require(cf, mcf, scf) != NGX_CONF_OK) {
            return NGX_CONF_ERROR;
        }
    }

    return ngx_http_consent_find_gunzip(cf, mcf);
}


/*
 * What a server needs as soon as one of its locations is not off.  A mistake is
 * remembered and the loading goes on, so that one run reports them all.
 */

static char *
ngx_http_consent_require(ngx_conf_t *cf, ngx_http_consent_main_conf_t *mcf,
    ngx_http_consent_srv_conf_t *scf)
{
    ngx_http_core_srv_conf_t  *cscf;

    if (ngx_http_consent_load(cf, mcf) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    cscf = ngx_http_conf_get_module_srv_conf(cf, ngx_http_core_module);

    if (scf->policy_file.name.data == NULL && mcf->policies_dir.name.data == NULL)
    {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"consent\" is on for server \"%V\" in %s:%ui, but it "
                      "has no policy: add \"consent_policy FILE;\"",
                      &cscf->server_name, cscf->file_name, cscf->line);
        mcf->failed = 1;
    }

    if (scf->keys_file.name.data == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"consent\" is on for server \"%V\" in %s:%ui, but it "
                      "has no key: add \"consent_keys FILE;\" and make the "
                      "file with: echo \"sign $(openssl rand -base64 32)\"",
                      &cscf->server_name, cscf->file_name, cscf->line);
        mcf->failed = 1;
    }

    if (scf->policy_file.name.data != NULL) {
        scf->policy = ngx_http_consent_load_policy(cf, mcf, &scf->policy_file);

        if (scf->policy == NULL) {
            mcf->failed = 1;
        }
    }

    if (scf->keys_file.name.data != NULL) {
        scf->keyring = ngx_http_consent_load_keys(cf, mcf, &scf->keys_file,
                                                  scf->validity);

        if (scf->keyring == NULL) {
            mcf->failed = 1;
        }
    }

    return NGX_CONF_OK;
}


/*
 * Stock gunzip inflates what the page filter has to read.  Its own
 * configuration is private but for its directive's offset.
 */

static char *
ngx_http_consent_find_gunzip(ngx_conf_t *cf, ngx_http_consent_main_conf_t *mcf)
{
    ngx_uint_t      i;
    ngx_module_t   *module;
    ngx_command_t  *cmd;

    for (i = 0; cf->cycle->modules[i]; i++) {
        module = cf->cycle->modules[i];

        if (module->type != NGX_HTTP_MODULE
            || ngx_strcmp(module->name, "ngx_http_gunzip_filter_module") != 0)
        {
            continue;
        }

        for (cmd = module->commands; cmd->name.len; cmd++) {

            if (ngx_strcmp(cmd->name.data, "gunzip") == 0
                && cmd->set == ngx_conf_set_flag_slot
                && cmd->conf == NGX_HTTP_LOC_CONF_OFFSET)
            {
                mcf->gunzip_index = module->ctx_index;
                mcf->gunzip_offset = cmd->offset;
                return NGX_CONF_OK;
            }
        }
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"consent\" needs ngx_http_gunzip_module, with which "
                       "this nginx was not built "
                       "(--with-http_gunzip_module)");
    return NGX_CONF_ERROR;
}
