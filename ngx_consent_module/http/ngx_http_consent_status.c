/*
 * consent_status: the counters, for Prometheus, for programs and for people.
 * Who may read them is the location's own affair.
 */

#include "ngx_http_consent.h"

#include "form.h"


static ngx_int_t ngx_http_consent_status_handler(ngx_http_request_t *r);
static ngx_int_t ngx_http_consent_status_send(ngx_http_request_t *r,
    consent_status_format_t format, consent_str_t body);


char *
ngx_http_consent_status(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_consent_loc_conf_t *lcf = conf;

    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = ngx_http_consent_status_handler;

    /* the page is no page of the site */

    if (lcf->mode == NGX_CONF_UNSET_UINT) {
        lcf->mode = NGX_HTTP_CONSENT_OFF;
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_consent_status_handler(ngx_http_request_t *r)
{
    ngx_int_t                      rc;
    consent_buf_t                  buf;
    consent_str_t                  host;
    consent_arena_t                arena;
    ngx_table_elt_t               *accept;
    consent_status_t               status;
    consent_status_format_t        format;
    ngx_http_consent_main_conf_t  *mcf;

    if (r->method != NGX_HTTP_GET && r->method != NGX_HTTP_HEAD) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    mcf = ngx_http_get_module_main_conf(r, ngx_http_consent_module);

    if (mcf->zone == NULL) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "\"consent_status\" has nothing to show without "
                      "\"consent_zone\"");
        return NGX_HTTP_NOT_FOUND;
    }

    arena = ngx_http_consent_arena(r->pool);

    host = consent_form_value(&arena, ngx_http_consent_str(r->args),
                              CONSENT_STR("host"));

    if (ngx_http_consent_zone_copy(mcf, &arena, host, &status) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    consent_status_sort(&status);

    accept = ngx_http_consent_header_in(r, "accept");
    format = consent_status_format(accept ? ngx_http_consent_str(accept->value)
                                          : CONSENT_STR(""));

    consent_buf_init(&buf, &arena);

    switch (format) {

    case CONSENT_STATUS_PAGE:
        consent_status_page(&status, &buf);
        break;

    case CONSENT_STATUS_JSON:
        consent_status_json(&status, &buf);
        break;

    default: /* CONSENT_STATUS_PROMETHEUS */
        consent_status_prometheus(&status, &buf);
    }

    if (buf.failed) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_consent_status_send(r, format, consent_buf_str(&buf));
}


static ngx_int_t
ngx_http_consent_status_send(ngx_http_request_t *r,
    consent_status_format_t format, consent_str_t body)
{
    ngx_int_t           rc;
    ngx_buf_t          *b;
    ngx_str_t           value;
    ngx_uint_t          i;
    ngx_chain_t         out;
    static ngx_str_t    types[] = {
        ngx_string("text/plain; version=0.0.4; charset=utf-8"),
        ngx_string("application/json"),
        ngx_string("text/html; charset=utf-8")
    };
    static const char  *headers[][2] = {
        { "Cache-Control", "no-store" },
        { "Vary", "Accept" },
        { "X-Content-Type-Options", "nosniff" },
        { "Content-Security-Policy",
          "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
          "form-action 'none'; frame-ancestors 'none'" },
        { NULL, NULL }
    };

    for (i = 0; headers[i][0]; i++) {
        value.data = (u_char *) headers[i][1];
        value.len = ngx_strlen(headers[i][1]);

        if (ngx_http_consent_add_header(r, headers[i][0], &value) == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = body.len;
    r->headers_out.content_type = types[format];
    r->headers_out.content_type_len = types[format].len;
    r->headers_out.content_type_lowcase = NULL;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->pos = (u_char *) body.data;
    b->last = b->pos + body.len;
    b->memory = body.len ? 1 : 0;
    b->last_buf = (r == r->main) ? 1 : 0;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}
