/*
 * The header of what the endpoint answers.
 */

#include "ngx_http_consent.h"

#include "choice_cookies.h"


/*
 * The site's headers were made for the site's pages; cookies of ours come when
 * those of the site have been looked through.
 */

ngx_int_t
ngx_http_consent_endpoint_headers(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    ngx_str_t                     value;
    ngx_table_elt_t              *h;
    ngx_http_consent_headers_t    headers;
    ngx_http_consent_srv_conf_t  *scf;

    if (ngx_http_consent_filter_headers(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ctx->cookie.len) {

        if (ngx_http_consent_add_header(r, "Set-Cookie", &ctx->cookie) == NULL)
        {
            return NGX_ERROR;
        }

        ngx_http_consent_expire_cookies(r, ctx);

        scf = ngx_http_get_module_srv_conf(r, ngx_http_consent_module);

        consent_choice_cookies(&ctx->choices, ctx->cookies, ctx->ncookies,
                               scf->validity, ctx->secure,
                               ngx_http_consent_add_cookie, r);

        ngx_http_consent_bridge(r, ctx, 1);
    }

    ngx_http_consent_headers_start(&headers, &r->headers_out.headers);

    while ((h = ngx_http_consent_headers_sent(&headers)) != NULL) {

        if (ngx_http_consent_is(h, "X-Frame-Options")
            || ngx_http_consent_is(h, "Content-Security-Policy")
            || ngx_http_consent_is(h, "Content-Security-Policy-Report-Only")
            || ngx_http_consent_is(h, "Referrer-Policy")
            || ngx_http_consent_is(h, "Clear-Site-Data")
            || ngx_http_consent_is(h, "X-Content-Type-Options"))
        {
            h->hash = 0;
        }
    }

    ngx_str_set(&value, "default-src 'none'; script-src 'self'; style-src "
                        "'self'; connect-src 'self'; img-src 'self' data:; "
                        "frame-src *; form-action 'self'; base-uri 'none'; "
                        "frame-ancestors 'self'");

    if (ngx_http_consent_add_header(r, "Content-Security-Policy", &value)
        == NULL)
    {
        return NGX_ERROR;
    }

    ngx_str_set(&value, "same-origin");

    if (ngx_http_consent_add_header(r, "Referrer-Policy", &value) == NULL) {
        return NGX_ERROR;
    }

    ngx_str_set(&value, "nosniff");

    if (ngx_http_consent_add_header(r, "X-Content-Type-Options", &value)
        == NULL)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}
