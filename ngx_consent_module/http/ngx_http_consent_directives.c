/*
 * What directives take: a parser for each whose arguments are not one of
 * nginx's own kinds.
 */

#include "ngx_http_consent.h"


char *
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


char *
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


char *
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


char *
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


char *
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


char *
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


char *
ngx_http_consent_validity(ngx_conf_t *cf, void *post, void *data)
{
    time_t  *validity = data;

    if (*validity < 24 * 60 * 60 || *validity > NGX_HTTP_CONSENT_MAX_VALIDITY) {
        return "must be between 1d and 395d (13 months)";
    }

    return NGX_CONF_OK;
}


char *
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
