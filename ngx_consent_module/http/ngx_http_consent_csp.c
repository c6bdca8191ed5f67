/*
 * Content-Security-Policy: that of the page has to let in what is ours, and a
 * second one, beside it, lets in nothing that the choice does not allow.
 */

#include "ngx_http_consent.h"

#include "csp_wall.h"


/*
 * Frames, forms and style sheets of ours need 'self' in the page's own policy;
 * csp tells what else may be put in.
 */

ngx_int_t
ngx_http_consent_admit_self(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    consent_csp_t *csp)
{
    ngx_array_t                  policies;
    consent_str_t               *policy;
    consent_buf_t                buf;
    ngx_table_elt_t             *h;
    ngx_http_consent_headers_t   headers;

    if (ngx_array_init(&policies, r->pool, 1, sizeof(consent_str_t)) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_http_consent_headers_start(&headers, &r->headers_out.headers);

    while ((h = ngx_http_consent_headers_sent(&headers)) != NULL) {

        if (!ngx_http_consent_is(h, "Content-Security-Policy")) {
            continue;
        }

        consent_buf_init(&buf, &ctx->arena);

        if (consent_csp_admit_self(ngx_http_consent_str(h->value), &buf)) {

            if (buf.failed) {
                return NGX_ERROR;
            }

            h->value = ngx_http_consent_ngx_str(consent_buf_str(&buf));
        }

        policy = ngx_array_push(&policies);
        if (policy == NULL) {
            return NGX_ERROR;
        }

        *policy = ngx_http_consent_str(h->value);
    }

    consent_csp_read(policies.elts, policies.nelts, csp);

    return NGX_OK;
}


/* one more policy, beside those of the site */

ngx_int_t
ngx_http_consent_wall(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    ngx_uint_t csp)
{
    ngx_str_t                     value;
    const char                   *name;
    consent_buf_t                 buf, uri;
    ngx_http_consent_srv_conf_t  *scf;

    if (csp == NGX_HTTP_CONSENT_CSP_OFF) {
        return NGX_OK;
    }

    scf = ngx_http_get_module_srv_conf(r, ngx_http_consent_module);

    consent_buf_init(&uri, &ctx->arena);

    if (scf->endpoint) {
        consent_buf_add(&uri, ngx_http_consent_str(scf->path));
        consent_buf_add(&uri, CONSENT_STR("csp"));
    }

    consent_buf_init(&buf, &ctx->arena);
    consent_csp_wall(&ctx->choices, consent_buf_str(&uri), &buf);

    if (buf.failed) {
        return NGX_ERROR;
    }

    value = ngx_http_consent_ngx_str(consent_buf_str(&buf));

    name = (csp == NGX_HTTP_CONSENT_CSP_ENFORCE)
           ? "Content-Security-Policy"
           : "Content-Security-Policy-Report-Only";

    if (ngx_http_consent_add_header(r, name, &value) == NULL) {
        return NGX_ERROR;
    }

    return NGX_OK;
}
