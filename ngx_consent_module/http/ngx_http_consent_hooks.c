/*
 * Where the other files are hooked into nginx: variables, phases, filters, and
 * the order that they need.
 */

#include "ngx_http_consent.h"


static ngx_int_t ngx_http_consent_push_front(ngx_array_t *handlers,
    ngx_http_handler_pt handler);
static ngx_int_t ngx_http_consent_check_order(ngx_conf_t *cf);
static ngx_int_t ngx_http_consent_find_variables(ngx_cycle_t *cycle,
    ngx_http_core_main_conf_t *cmcf, ngx_http_consent_main_conf_t *mcf);


ngx_int_t
ngx_http_consent_preconfiguration(ngx_conf_t *cf)
{
    return ngx_http_consent_add_variables(cf);
}


ngx_int_t
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
        || ngx_http_consent_relay_init(cf, mcf) != NGX_OK
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


/* only now are the phases in order, and the list of variables complete */

ngx_int_t
ngx_http_consent_init_module(ngx_cycle_t *cycle)
{
    ngx_http_core_main_conf_t     *cmcf;
    ngx_http_consent_main_conf_t  *mcf;

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

    ngx_http_consent_watch_phases(cmcf, mcf);

    return ngx_http_consent_find_variables(cycle, cmcf, mcf);
}


/* those that hold what the preaccess handler changes */

static ngx_int_t
ngx_http_consent_find_variables(ngx_cycle_t *cycle,
    ngx_http_core_main_conf_t *cmcf, ngx_http_consent_main_conf_t *mcf)
{
    ngx_uint_t            i, n, *index;
    ngx_str_t            *name;
    ngx_http_variable_t  *v;
    static ngx_str_t      changed[] = {
        ngx_string("http_cookie"),
        ngx_string("http_accept_encoding"),
        ngx_string("http_if_none_match"),
        ngx_string("http_if_modified_since"),
        ngx_string("http_if_range"),
        ngx_string("http_range")
    };

    if (ngx_array_init(&mcf->request_variables, cycle->pool, 4,
                       sizeof(ngx_uint_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

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
