/*
 * Variables: the choice, for applications, caches and logs.
 */

#include "ngx_http_consent.h"


static ngx_int_t ngx_http_consent_state_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_consent_services_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_consent_service_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_consent_class_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_consent_policy_hash_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_consent_masked_addr_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_consent_masked_forwarded_for_variable(
    ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_consent_set_value(ngx_http_variable_value_t *v,
    consent_str_t value);


static ngx_http_variable_t  ngx_http_consent_variables[] = {

    { ngx_string("consent_state"), NULL,
      ngx_http_consent_state_variable, 0, 0, 0 },

    { ngx_string("consent_services"), NULL,
      ngx_http_consent_services_variable, 0, 0, 0 },

    { ngx_string("consent_service_"), NULL,
      ngx_http_consent_service_variable, 0, NGX_HTTP_VAR_PREFIX, 0 },

    { ngx_string("consent_class"), NULL,
      ngx_http_consent_class_variable, 0, 0, 0 },

    { ngx_string("consent_policy_hash"), NULL,
      ngx_http_consent_policy_hash_variable, 0, 0, 0 },

    { ngx_string("consent_masked_addr"), NULL,
      ngx_http_consent_masked_addr_variable, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("consent_masked_forwarded_for"), NULL,
      ngx_http_consent_masked_forwarded_for_variable, 0,
      NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("consent_pseudonym"), NULL,
      ngx_http_consent_pseudonym_variable, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


ngx_int_t
ngx_http_consent_add_variables(ngx_conf_t *cf)
{
    ngx_http_variable_t  *var, *v;

    for (v = ngx_http_consent_variables; v->name.len; v++) {

        var = ngx_http_add_variable(cf, &v->name, v->flags);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = v->get_handler;
        var->data = v->data;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_state_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_consent_ctx_t  *ctx;

    ctx = ngx_http_consent_get_ctx(r);

    if (ctx == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    return ngx_http_consent_set_value(v,
                    consent_state_names[consent_choices_state(&ctx->choices)]);
}


static ngx_int_t
ngx_http_consent_services_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    consent_buf_t            buf;
    ngx_http_consent_ctx_t  *ctx;

    ctx = ngx_http_consent_get_ctx(r);

    if (ctx == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    consent_buf_init(&buf, &ctx->arena);
    consent_choices_services(&ctx->choices, &buf);

    if (buf.failed) {
        return NGX_ERROR;
    }

    return ngx_http_consent_set_value(v, consent_buf_str(&buf));
}


static ngx_int_t
ngx_http_consent_service_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t *name = (ngx_str_t *) data;

    char                     id[64];
    ngx_int_t                index;
    ngx_uint_t               i, len;
    ngx_http_consent_ctx_t  *ctx;

    ctx = ngx_http_consent_get_ctx(r);

    len = name->len - (sizeof("consent_service_") - 1);

    if (ctx == NULL || len > sizeof(id)) {
        v->not_found = 1;
        return NGX_OK;
    }

    /* ids are words with hyphens, which a variable's name cannot hold */

    for (i = 0; i < len; i++) {
        id[i] = name->data[sizeof("consent_service_") - 1 + i];

        if (id[i] == '_') {
            id[i] = '-';
        }
    }

    index = consent_policy_find(ctx->choices.policy,
                                (consent_str_t) { id, len });

    if (index == -1 || !consent_choices_allow(&ctx->choices, index)) {
        return ngx_http_consent_set_value(v, CONSENT_STR("0"));
    }

    return ngx_http_consent_set_value(v, CONSENT_STR("1"));
}


static ngx_int_t
ngx_http_consent_class_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_consent_ctx_t  *ctx;

    ctx = ngx_http_consent_get_ctx(r);

    if (ctx == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    return ngx_http_consent_set_value(v,
                  (consent_str_t) { ctx->choice_class, CONSENT_CLASS_LEN });
}


static ngx_int_t
ngx_http_consent_policy_hash_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_consent_ctx_t  *ctx;

    ctx = ngx_http_consent_get_ctx(r);

    if (ctx == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    return ngx_http_consent_set_value(v,
                                      consent_str(ctx->choices.policy->hash));
}


/* whatever the location does with addresses: for logs of other requests */

static ngx_int_t
ngx_http_consent_masked_addr_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    char                         *p;
    size_t                        len;
    consent_mask_t                bits;
    ngx_connection_t             *c;
    ngx_http_consent_loc_conf_t  *lcf;

    c = r->connection;
    lcf = ngx_http_get_module_loc_conf(r, ngx_http_consent_module);

    if (c->sockaddr->sa_family == AF_UNIX) {
        return ngx_http_consent_set_value(v, CONSENT_STR("unix:"));
    }

    p = ngx_pnalloc(r->pool, CONSENT_ADDRESS_TEXT_MAX);
    if (p == NULL) {
        return NGX_ERROR;
    }

    bits = ngx_http_consent_default_mask(lcf);

    len = consent_mask_text(bits, ngx_http_consent_str(c->addr_text), p);

    return ngx_http_consent_set_value(v, (consent_str_t) { p, len });
}


/* the hops of every line, then the peer, as $proxy_add_x_forwarded_for */

static ngx_int_t
ngx_http_consent_masked_forwarded_for_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    char                         *out;
    size_t                        len;
    consent_buf_t                 buf;
    consent_mask_t                bits;
    consent_arena_t               arena;
    ngx_table_elt_t              *h;
    ngx_connection_t             *c;
    ngx_http_consent_headers_t    headers;
    ngx_http_consent_loc_conf_t  *lcf;

    c = r->connection;
    lcf = ngx_http_get_module_loc_conf(r, ngx_http_consent_module);
    bits = ngx_http_consent_default_mask(lcf);

    arena = ngx_http_consent_arena(r->pool);
    consent_buf_init(&buf, &arena);

    ngx_http_consent_headers_start(&headers, &r->main->headers_in.headers);

    while ((h = ngx_http_consent_headers_next(&headers)) != NULL) {

        if (!ngx_http_consent_is(h, "X-Forwarded-For")) {
            continue;
        }

        out = ngx_pnalloc(r->pool, consent_mask_list_size(h->value.len));
        if (out == NULL) {
            return NGX_ERROR;
        }

        len = consent_mask_list(bits, ngx_http_consent_str(h->value), out);

        if (len) {
            consent_buf_add(&buf, (consent_str_t) { out, len });
            consent_buf_add(&buf, CONSENT_STR(", "));
        }
    }

    out = ngx_pnalloc(r->pool, CONSENT_ADDRESS_TEXT_MAX);
    if (out == NULL) {
        return NGX_ERROR;
    }

    len = consent_mask_text(bits, ngx_http_consent_str(c->addr_text), out);

    if (len) {
        consent_buf_add(&buf, (consent_str_t) { out, len });

    } else if (buf.len) {
        buf.len -= 2;
    }

    if (buf.failed) {
        return NGX_ERROR;
    }

    return ngx_http_consent_set_value(v, consent_buf_str(&buf));
}


static ngx_int_t
ngx_http_consent_set_value(ngx_http_variable_value_t *v, consent_str_t value)
{
    v->data = (u_char *) value.data;
    v->len = value.len;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}
