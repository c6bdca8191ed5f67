/*
 * A pseudonym of the visitor's address, for an application that has to tell a
 * second ballot and has no need of the address.
 */

#include "ngx_http_consent.h"

#include "pseudonym.h"


#define NGX_HTTP_CONSENT_PERIOD  (90 * 24 * 60 * 60)


/* salts differ from location to location, and so does the value */

ngx_int_t
ngx_http_consent_pseudonym_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    u_char                       *p;
    ngx_str_t                     salt;
    ngx_http_consent_srv_conf_t  *scf;
    ngx_http_consent_loc_conf_t  *lcf;

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_consent_module);
    scf = ngx_http_get_module_srv_conf(r, ngx_http_consent_module);

    v->not_found = 1;

    if (lcf->period == 0 || scf->keyring == NULL) {
        return NGX_OK;
    }

    ngx_str_set(&salt, "");

    if (lcf->salt && ngx_http_complex_value(r, lcf->salt, &salt) != NGX_OK) {
        return NGX_ERROR;
    }

    p = ngx_pnalloc(r->pool, CONSENT_PSEUDONYM_LEN + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    /* a unix socket names nobody */

    if (consent_pseudonym(scf->keyring,
                          ngx_http_consent_str(ngx_http_consent_real_addr(r)),
                          ngx_http_consent_str(salt), ngx_time(), lcf->period,
                          (char *) p)
        != 0)
    {
        return NGX_OK;
    }

    v->data = p;
    v->len = CONSENT_PSEUDONYM_LEN;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}


char *
ngx_http_consent_pseudonym(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_consent_loc_conf_t  *lcf = conf;

    ngx_str_t                         *value, s;
    ngx_uint_t                         i;
    ngx_http_compile_complex_value_t   ccv;

    if (lcf->period != NGX_CONF_UNSET) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "off") == 0) {
        lcf->period = 0;
        return NGX_CONF_OK;
    }

    if (ngx_strcmp(value[1].data, "on") != 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"consent_pseudonym\" is \"on\" or \"off\", not "
                           "\"%V\"", &value[1]);
        return NGX_CONF_ERROR;
    }

    lcf->period = NGX_HTTP_CONSENT_PERIOD;

    for (i = 2; i < cf->args->nelts; i++) {

        if (ngx_strncmp(value[i].data, "period=", 7) == 0) {
            s.data = value[i].data + 7;
            s.len = value[i].len - 7;

            lcf->period = ngx_parse_time(&s, 1);

            if (lcf->period < 24 * 60 * 60
                || lcf->period > NGX_HTTP_CONSENT_MAX_VALIDITY)
            {
                ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                                   "\"%V\" is not a period: write a time "
                                   "from 1d to 395d, as in \"period=90d\"",
                                   &value[i]);
                return NGX_CONF_ERROR;
            }

            continue;
        }

        if (ngx_strncmp(value[i].data, "salt=", 5) == 0) {
            s.data = value[i].data + 5;
            s.len = value[i].len - 5;

            lcf->salt = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));
            if (lcf->salt == NULL) {
                return NGX_CONF_ERROR;
            }

            ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

            ccv.cf = cf;
            ccv.value = &s;
            ccv.complex_value = lcf->salt;

            if (ngx_http_compile_complex_value(&ccv) != NGX_OK) {
                return NGX_CONF_ERROR;
            }

            continue;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" is neither \"period=TIME\" nor "
                           "\"salt=VALUE\"", &value[i]);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* the key, also of a server where consent is off */

char *
ngx_http_consent_require_pseudonym(ngx_conf_t *cf,
    ngx_http_consent_main_conf_t *mcf)
{
    ngx_http_core_srv_conf_t     *cscf;
    ngx_http_consent_srv_conf_t  *scf;

    scf = ngx_http_conf_get_module_srv_conf(cf, ngx_http_consent_module);
    cscf = ngx_http_conf_get_module_srv_conf(cf, ngx_http_core_module);

    mcf->used = 1;

    if (scf->keyring || mcf->failed) {
        return NGX_CONF_OK;
    }

    if (scf->keys_file.name.data == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"consent_pseudonym\" is on for server \"%V\" in "
                      "%s:%ui, but it has no key: add \"consent_keys FILE;\" "
                      "and make the file with: "
                      "echo \"sign $(openssl rand -base64 32)\"",
                      &cscf->server_name, cscf->file_name, cscf->line);
        mcf->failed = 1;

        return NGX_CONF_OK;
    }

    scf->keyring = ngx_http_consent_load_keys(cf, mcf, &scf->keys_file,
                                              scf->validity);

    if (scf->keyring == NULL) {
        mcf->failed = 1;
    }

    return NGX_CONF_OK;
}
