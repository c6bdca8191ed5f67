/*
 * Pages that cannot be read: in quarantine they run nothing and load nothing of
 * others; an error of ours comes instead where that would not hold.
 */

#include "ngx_http_consent.h"


static ngx_int_t ngx_http_consent_quarantine(ngx_http_request_t *r);


/* added and never merged: the answer's own policies stay beside it */

static ngx_str_t  ngx_http_consent_quarantine_csp = ngx_string(
    "default-src 'self' 'unsafe-inline' data: blob:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; sandbox allow-forms "
    "allow-same-origin allow-popups allow-popups-to-escape-sandbox "
    "allow-top-navigation-by-user-activation allow-downloads");


ngx_uint_t
ngx_http_consent_is_undecodable(ngx_http_request_t *r)
{
    ngx_table_elt_t             *h;
    ngx_http_consent_headers_t   headers;

    if (!ngx_http_consent_is_html(r)) {
        return 1;
    }

    ngx_http_consent_headers_start(&headers, &r->headers_out.headers);

    while ((h = ngx_http_consent_headers_sent(&headers)) != NULL) {

        if (ngx_http_consent_is(h, "Content-Encoding")
            && !consent_encoding_is_none(ngx_http_consent_str(h->value)))
        {
            return 1;
        }
    }

    return consent_charset_is_opaque(
                                 ngx_http_consent_str(r->headers_out.charset))
           || ngx_http_consent_has_type(r, consent_mime_is_opaque);
}


/*
 * A page in an encoding that cannot be undone: shown without its scripts, or an
 * error in its place.
 */

ngx_int_t
ngx_http_consent_close_page(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    ngx_http_consent_loc_conf_t  *lcf;

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_consent_module);

    if (ctx->subresource) {

        /* the error page of a missing image is shown to nobody */

        return ngx_http_consent_quarantine(r);
    }

    if (!ctx->navigation || lcf->undecodable == NGX_HTTP_CONSENT_ERROR) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "consent: a page in an encoding that cannot be "
                      "undone, answered with 502");

        ngx_http_consent_replace(r, ctx->body);

        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                  "consent: a page in an encoding that cannot be undone, "
                  "sent in quarantine: its scripts do not run");

    ngx_http_consent_count(r, CONSENT_COUNTER_PAGE_QUARANTINED, 1);

    return ngx_http_consent_quarantine(r);
}


static ngx_int_t
ngx_http_consent_quarantine(ngx_http_request_t *r)
{
    ngx_str_t  off = ngx_string("off");

    if (ngx_http_consent_add_header(r, "Content-Security-Policy",
                                    &ngx_http_consent_quarantine_csp)
        == NULL
        || ngx_http_consent_add_header(r, "X-DNS-Prefetch-Control", &off)
           == NULL)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


void
ngx_http_consent_replace(ngx_http_request_t *r, ngx_http_consent_body_t *body)
{
    ngx_table_elt_t             *h;
    ngx_http_consent_headers_t   headers;

    ngx_http_consent_headers_start(&headers, &r->headers_out.headers);

    while ((h = ngx_http_consent_headers_sent(&headers)) != NULL) {

        if (ngx_http_consent_is(h, "Content-Encoding")
            || ngx_http_consent_is(h, "Content-Range")
            || ngx_http_consent_is(h, "Content-Language")
            || ngx_http_consent_is(h, "Link")
            || ngx_http_consent_is(h, "Refresh")
            || ngx_http_consent_is(h, "Cache-Control")
            || ngx_http_consent_is(h, "Expires"))
        {
            h->hash = 0;
        }
    }

    r->headers_out.content_encoding = NULL;
    r->headers_out.content_range = NULL;

    r->headers_out.status = NGX_HTTP_BAD_GATEWAY;
    r->headers_out.status_line.len = 0;

    ngx_str_set(&r->headers_out.content_type, "text/plain");
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;
    r->headers_out.charset.len = 0;

    ngx_http_clear_content_length(r);
    ngx_http_clear_accept_ranges(r);
    ngx_http_clear_last_modified(r);
    ngx_http_clear_etag(r);

    body->action = NGX_HTTP_CONSENT_REPLACE;

    ngx_http_consent_count(r, CONSENT_COUNTER_PAGE_REPLACED, 1);
}
