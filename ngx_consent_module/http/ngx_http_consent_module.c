/*
 * The main module: directives, configuration, and where the others are hooked
 * in.
 */

#include "ngx_http_consent.h"


static ngx_int_t ngx_http_consent_preconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_consent_postconfiguration(ngx_conf_t *cf);
static ngx_int_t ngx_http_consent_push_front(ngx_array_t *handlers,
    ngx_http_handler_pt handler);
static ngx_int_t ngx_http_consent_check_order(ngx_conf_t *cf);
static ngx_int_t ngx_http_consent_init_module(ngx_cycle_t *cycle);
static void *ngx_http_consent_create_main_conf(ngx_conf_t *cf);
static char *ngx_http_consent_init_main_conf(ngx_conf_t *cf, void *conf);
static void *ngx_http_consent_create_srv_conf(ngx_conf_t *cf);
static char *ngx_http_consent_merge_srv_conf(ngx_conf_t *cf, void *parent,
    void *child);
static void *ngx_http_consent_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_consent_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);
static char *ngx_http_consent_require(ngx_conf_t *cf,
    ngx_http_consent_main_conf_t *mcf, ngx_http_consent_srv_conf_t *scf);
static char *ngx_http_consent_find_gunzip(ngx_conf_t *cf,
    ngx_http_consent_main_conf_t *mcf);

static char *ngx_http_consent(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *ngx_http_consent_file(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_consent_directory(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_consent_path(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_consent_endpoint(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_consent_cookie(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_consent_validity(ngx_conf_t *cf, void *post, void *data);
static char *ngx_http_consent_mask_ip(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


static ngx_conf_post_t  ngx_http_consent_validity_post = {
    ngx_http_consent_validity
};


static ngx_conf_enum_t  ngx_http_consent_csp[] = {
    { ngx_string("off"), NGX_HTTP_CONSENT_CSP_OFF },
    { ngx_string("report"), NGX_HTTP_CONSENT_CSP_REPORT },
    { ngx_string("enforce"), NGX_HTTP_CONSENT_CSP_ENFORCE },
    { ngx_null_string, 0 }
};


static ngx_conf_enum_t  ngx_http_consent_undecodable[] = {
    { ngx_string("quarantine"), NGX_HTTP_CONSENT_QUARANTINE },
    { ngx_string("error"), NGX_HTTP_CONSENT_ERROR },
    { ngx_null_string, 0 }
};


static ngx_command_t  ngx_http_consent_commands[] = {

    { ngx_string("consent"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_consent,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("consent_policy"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_http_consent_file,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_consent_srv_conf_t, policy_file),
      NULL },

    { ngx_string("consent_policies"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_consent_file,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_http_consent_main_conf_t, policies_dir),
      NULL },

    { ngx_string("consent_assets"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_consent_directory,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_http_consent_main_conf_t, assets),
      NULL },

    { ngx_string("consent_catalogue"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_consent_directory,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_http_consent_main_conf_t, catalogue_dir),
      NULL },

    { ngx_string("consent_keys"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_http_consent_file,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_consent_srv_conf_t, keys_file),
      NULL },

    { ngx_string("consent_path"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_http_consent_path,
      NGX_HTTP_SRV_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("consent_endpoint"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE12,
      ngx_http_consent_endpoint,
      NGX_HTTP_SRV_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("consent_cookie"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE12,
      ngx_http_consent_cookie,
      NGX_HTTP_SRV_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("consent_scheme"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_http_set_complex_value_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_consent_srv_conf_t, scheme),
      NULL },

    { ngx_string("consent_validity"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_sec_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_consent_srv_conf_t, validity),
      &ngx_http_consent_validity_post },

    { ngx_string("consent_gpc"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_consent_srv_conf_t, gpc),
      NULL },

    { ngx_string("consent_evidence"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_CONF_TAKE1,
      ngx_http_consent_evidence,
      NGX_HTTP_SRV_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("consent_archive"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_path_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_http_consent_main_conf_t, archive),
      NULL },

    { ngx_string("consent_zone"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_consent_zone,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("consent_status"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_consent_status,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("consent_mask_ip"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE12,
      ngx_http_consent_mask_ip,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_consent_loc_conf_t, mask),
      NULL },

    { ngx_string("consent_mask_log"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE12,
      ngx_http_consent_mask_ip,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_consent_loc_conf_t, log_mask),
      NULL },

    { ngx_string("consent_pseudonym"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE123,
      ngx_http_consent_pseudonym,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("consent_csp"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_enum_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_consent_loc_conf_t, csp),
      &ngx_http_consent_csp },

    { ngx_string("consent_undecodable"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_enum_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_consent_loc_conf_t, undecodable),
      &ngx_http_consent_undecodable },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_consent_module_ctx = {
    ngx_http_consent_preconfiguration,     /* preconfiguration */
    ngx_http_consent_postconfiguration,    /* postconfiguration */

    ngx_http_consent_create_main_conf,     /* create main configuration */
    ngx_http_consent_init_main_conf,       /* init main configuration */

    ngx_http_consent_create_srv_conf,      /* create server configuration */
    ngx_http_consent_merge_srv_conf,       /* merge server configuration */

    ngx_http_consent_create_loc_conf,      /* create location configuration */
    ngx_http_consent_merge_loc_conf        /* merge location configuration */
};


ngx_module_t  ngx_http_consent_module = {
    NGX_MODULE_V1,
    &ngx_http_consent_module_ctx,          /* module context */
    ngx_http_consent_commands,             /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    ngx_http_consent_init_module,          /* init module */
    NULL,                                  /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_int_t
ngx_http_consent_preconfiguration(ngx_conf_t *cf)
{
    return ngx_http_consent_add_variables(cf);
}


static ngx_int_t
ngx_http_consent_postconfiguration(ngx_conf_t *cf)
{
    ngx_http_handler_pt           *h;
    ngx_http_core_main_conf_t     *cmcf;
    ngx_http_consent_main_conf_t  *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_consent_module);

    if (mcf->failed) {
        return NGX_ERROR;
    }

    if (!mcf->used) {
        return NGX_OK;
    }

    if (ngx_http_consent_check_order(cf) != NGX_OK
        || ngx_http_consent_rate_init(cf, mcf) != NGX_OK
        || ngx_http_consent_zone_hosts(cf, mcf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_PREACCESS_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_consent_preaccess_handler;

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_PRECONTENT_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_consent_precontent_handler;

    /*
     * the handlers of the log phase run in the order of registration,
     * and access_log must already see the mask; those of the others run in
     * the reverse order, and realip comes first
     */

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_LOG_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_consent_logged_handler;

    if (ngx_http_consent_push_front(&cmcf->phases[NGX_HTTP_LOG_PHASE].handlers,
                                    ngx_http_consent_log_handler)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (mcf->log_masked
        && ngx_http_consent_push_front(
                             &cmcf->phases[NGX_HTTP_POST_READ_PHASE].handlers,
                             ngx_http_consent_post_read_handler)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_http_consent_header_filter_init(cf) != NGX_OK
        || ngx_http_consent_body_filter_init(cf) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_push_front(ngx_array_t *handlers, ngx_http_handler_pt handler)
{
    ngx_uint_t            i;
    ngx_http_handler_pt  *h;

    if (ngx_array_push(handlers) == NULL) {
        return NGX_ERROR;
    }

    h = handlers->elts;

    for (i = handlers->nelts - 1; i > 0; i--) {
        h[i] = h[i - 1];
    }

    h[0] = handler;

    return NGX_OK;
}


/*
 * A filter runs before those whose modules come earlier in the list.  What
 * compresses has to run after this one, what inflates before it.
 */

static ngx_int_t
ngx_http_consent_check_order(ngx_conf_t *cf)
{
    ngx_uint_t         i, n, own;
    static const char  *compressors[] = {
        "ngx_http_gzip_filter_module",
        "ngx_http_brotli_filter_module",
        "ngx_http_zstd_filter_module",
        NULL
    };

    own = 0;

    for (i = 0; cf->cycle->modules[i]; i++) {
        if (cf->cycle->modules[i] == &ngx_http_consent_module) {
            own = i;
        }
    }

    for (i = own; cf->cycle->modules[i]; i++) {

        for (n = 0; compressors[n]; n++) {

            if (ngx_strcmp(cf->cycle->modules[i]->name, compressors[n]) == 0) {
                ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                              "%s would compress pages before "
                              "ngx_http_consent_module can read them: move "
                              "the \"load_module\" line of "
                              "ngx_http_consent_module.so below that of %s",
                              compressors[n], compressors[n]);
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


/*
 * Only now are the phases in order, and the list of variables complete; some
 * of them hold what the preaccess handler changes.
 */

static ngx_int_t
ngx_http_consent_init_module(ngx_cycle_t *cycle)
{
    ngx_uint_t                     i, n, *index;
    ngx_str_t                     *name;
    ngx_http_variable_t           *v;
    ngx_http_core_main_conf_t     *cmcf;
    ngx_http_consent_main_conf_t  *mcf;
    static ngx_str_t               changed[] = {
        ngx_string("http_cookie"),
        ngx_string("http_accept_encoding"),
        ngx_string("http_if_none_match"),
        ngx_string("http_if_modified_since"),
        ngx_string("http_if_range"),
        ngx_string("http_range")
    };

    mcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_consent_module);

    if (mcf == NULL || !mcf->used) {
        return NGX_OK;
    }

    /* at a start the details went to stderr, before there was a log */

    if (mcf->broken) {
        ngx_log_error(NGX_LOG_ALERT, cycle->log, 0,
                      "%ui files of \"%V\" cannot be used, their hosts have "
                      "the default policy: \"nginx -t\" names them",
                      mcf->broken, &mcf->policies_dir.name);
    }

    cmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_core_module);

    if (ngx_array_init(&mcf->request_variables, cycle->pool, 4,
                       sizeof(ngx_uint_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_http_consent_watch_phases(cmcf, mcf);

    v = cmcf->variables.elts;

    for (i = 0; i < cmcf->variables.nelts; i++) {

        name = &v[i].name;

        for (n = 0; n < sizeof(changed) / sizeof(changed[0]); n++) {

            if (name->len == changed[n].len
                && ngx_strncmp(name->data, changed[n].data, name->len) == 0)
            {
                break;
            }
        }

        if (n == sizeof(changed) / sizeof(changed[0])
            && (name->len < 7 || ngx_strncmp(name->data, "cookie_", 7) != 0))
        {
            continue;
        }

        index = ngx_array_push(&mcf->request_variables);
        if (index == NULL) {
            return NGX_ERROR;
        }

        *index = i;
    }

    return NGX_OK;
}


static void *
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


static char *
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


static void *
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


static char *
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


static void *
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


static char *
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
        scf->keyring = ngx_http_consent_load_keys(cf, mcf, &scf->keys_file);

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


static char *
ngx_http_consent(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_consent_loc_conf_t  *lcf = conf;

    ngx_str_t                         *value;
    ngx_http_compile_complex_value_t   ccv;

    if (lcf->mode != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_http_script_variables_count(&value[1])) {

        lcf->mode_value = ngx_palloc(cf->pool,
                                     sizeof(ngx_http_complex_value_t));
        if (lcf->mode_value == NULL) {
            return NGX_CONF_ERROR;
        }

        ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

        ccv.cf = cf;
        ccv.value = &value[1];
        ccv.complex_value = lcf->mode_value;

        if (ngx_http_compile_complex_value(&ccv) != NGX_OK) {
            return NGX_CONF_ERROR;
        }

        lcf->mode = NGX_HTTP_CONSENT_ON;

        return NGX_CONF_OK;
    }

    if (ngx_strcmp(value[1].data, "on") == 0) {
        lcf->mode = NGX_HTTP_CONSENT_ON;

    } else if (ngx_strcmp(value[1].data, "off") == 0) {
        lcf->mode = NGX_HTTP_CONSENT_OFF;

    } else if (ngx_strcmp(value[1].data, "monitor") == 0) {
        lcf->mode = NGX_HTTP_CONSENT_MONITOR;

    } else {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"consent\": it must be "
                           "\"on\", \"off\", \"monitor\" or a variable",
                           &value[1]);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_consent_file(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char  *p = conf;

    ngx_str_t                *value;
    ngx_http_consent_file_t  *file;

    file = (ngx_http_consent_file_t *) (p + cmd->offset);

    if (file->name.data) {
        return "is duplicate";
    }

    value = cf->args->elts;

    file->name = value[1];
    file->conf_file = cf->conf_file->file.name;
    file->conf_line = cf->conf_file->line;

    if (ngx_conf_full_name(cf->cycle, &file->name, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_consent_directory(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char  *p = conf;

    ngx_str_t  *value, *dir;

    dir = (ngx_str_t *) (p + cmd->offset);

    if (dir->data) {
        return "is duplicate";
    }

    value = cf->args->elts;
    *dir = value[1];

    if (ngx_conf_full_name(cf->cycle, dir, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_consent_path(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_consent_srv_conf_t  *scf = conf;

    u_char      c;
    ngx_str_t  *value;
    ngx_uint_t  i;

    if (scf->path.data) {
        return "is duplicate";
    }

    value = cf->args->elts;
    scf->path = value[1];

    if (scf->path.len < 3 || scf->path.data[0] != '/'
        || scf->path.data[scf->path.len - 1] != '/')
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid prefix \"%V\" in \"consent_path\": it "
                           "must begin and end with \"/\", as in "
                           "\"/_choices/\"", &scf->path);
        return NGX_CONF_ERROR;
    }

    for (i = 0; i < scf->path.len; i++) {
        c = scf->path.data[i];

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
            || (c >= '0' && c <= '9') || c == '/' || c == '-' || c == '_'
            || c == '.')
        {
            continue;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid prefix \"%V\" in \"consent_path\": use "
                           "letters, digits, \"-\", \"_\" and \".\" only",
                           &scf->path);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_consent_endpoint(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_consent_srv_conf_t  *scf = conf;

    ngx_int_t   n;
    ngx_str_t  *value, rate;
    ngx_uint_t  scale;

    if (scf->endpoint != NGX_CONF_UNSET) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "on") == 0) {
        scf->endpoint = 1;

    } else if (ngx_strcmp(value[1].data, "off") == 0) {
        scf->endpoint = 0;

    } else {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"consent_endpoint\": it "
                           "must be \"on\" or \"off\"", &value[1]);
        return NGX_CONF_ERROR;
    }

    if (cf->args->nelts == 2) {
        return NGX_CONF_OK;
    }

    rate = value[2];

    if (rate.len <= sizeof("rate=r/s") - 1
        || ngx_strncmp(rate.data, "rate=", 5) != 0)
    {
        goto invalid;
    }

    if (ngx_strncmp(rate.data + rate.len - 3, "r/s", 3) == 0) {
        scale = 1;

    } else if (ngx_strncmp(rate.data + rate.len - 3, "r/m", 3) == 0) {
        scale = 60;

    } else {
        goto invalid;
    }

    n = ngx_atoi(rate.data + 5, rate.len - 8);

    if (n <= 0 || n > 1000000) {
        goto invalid;
    }

    scf->rate = n * 1000 / scale;

    return NGX_CONF_OK;

invalid:

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid parameter \"%V\" in \"consent_endpoint\": "
                       "write it as \"rate=10r/s\" or \"rate=30r/m\"",
                       &value[2]);
    return NGX_CONF_ERROR;
}


static char *
ngx_http_consent_cookie(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_consent_srv_conf_t  *scf = conf;

    u_char      c;
    ngx_str_t  *value;
    ngx_uint_t  i;

    if (scf->cookie.data) {
        return "is duplicate";
    }

    value = cf->args->elts;
    scf->cookie = value[1];

    for (i = 0; i < scf->cookie.len; i++) {
        c = scf->cookie.data[i];

        /* a token of RFC 9110, 5.6.2 */

        if (c <= ' ' || c >= 0x7f || ngx_strchr("\"(),/:;<=>?@[\\]{}", c)) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid name \"%V\" in \"consent_cookie\"",
                               &scf->cookie);
            return NGX_CONF_ERROR;
        }
    }

    if (cf->args->nelts == 2) {
        return NGX_CONF_OK;
    }

    if (value[2].len <= 7 || ngx_strncmp(value[2].data, "domain=", 7) != 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid parameter \"%V\" in \"consent_cookie\": "
                           "it must be \"domain=example.fr\"", &value[2]);
        return NGX_CONF_ERROR;
    }

    if (scf->cookie.len >= 7
        && ngx_strncasecmp(scf->cookie.data, (u_char *) "__Host-", 7) == 0)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "browsers refuse a cookie \"%V\" with a domain: "
                           "name it \"__Secure-choices\", or leave "
                           "\"domain=\" out", &scf->cookie);
        return NGX_CONF_ERROR;
    }

    scf->domain.data = value[2].data + 7;
    scf->domain.len = value[2].len - 7;

    if (scf->domain.data[0] == '.') {
        scf->domain.data++;
        scf->domain.len--;
    }

    ngx_strlow(scf->domain.data, scf->domain.data, scf->domain.len);

    for (i = 0; i < scf->domain.len; i++) {
        c = scf->domain.data[i];

        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'
            || c == '.')
        {
            continue;
        }

        break;
    }

    if (scf->domain.len == 0 || i < scf->domain.len) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid domain in \"consent_cookie\": \"%V\"",
                           &value[2]);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_consent_validity(ngx_conf_t *cf, void *post, void *data)
{
    time_t  *validity = data;

    if (*validity < 24 * 60 * 60 || *validity > NGX_HTTP_CONSENT_MAX_VALIDITY) {
        return "must be between 1d and 395d (13 months)";
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_consent_mask_ip(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_int_t                      v4, v6;
    ngx_str_t                     *value;
    ngx_http_consent_mask_conf_t  *mask;

    mask = (ngx_http_consent_mask_conf_t *) ((char *) conf + cmd->offset);

    if (mask->on != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        mask->on = 0;
        return NGX_CONF_OK;
    }

    v4 = ngx_atoi(value[1].data, value[1].len);
    v6 = (cf->args->nelts == 3) ? ngx_atoi(value[2].data, value[2].len)
                                : NGX_ERROR;

    if (v4 == NGX_ERROR || v4 > 32 || v6 == NGX_ERROR || v6 > 128) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" takes \"off\", or the bits "
                           "kept of an IPv4 address (0 to 32) and of an IPv6 "
                           "address (0 to 128), as in \"16 48\"", &value[0]);
        return NGX_CONF_ERROR;
    }

    mask->on = 1;
    mask->bits.v4_bits = v4;
    mask->bits.v6_bits = v6;

    return NGX_CONF_OK;
}
