/*
 * Headers that lead somewhere: what Link would have the browser load, where
 * Refresh and Location would take it, and whom it would report to.
 */

#include "ngx_http_consent.h"

#include "link.h"
#include "reporting.h"


static ngx_int_t ngx_http_consent_lead_at_top(ngx_http_request_t *r,
    ngx_table_elt_t *h);
static ngx_int_t ngx_http_consent_lead_to_placeholder(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_table_elt_t *h, consent_str_t id);


ngx_int_t
ngx_http_consent_filter_link(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_table_elt_t *h)
{
    consent_buf_t  buf;
    consent_url_t  page;

    consent_buf_init(&buf, &ctx->arena);

    ngx_http_consent_page_url(r, ctx, &page);

    if (!consent_link_filter(&ctx->choices, &page,
                             ngx_http_consent_str(h->value), &buf))
    {
        return NGX_OK;
    }

    if (buf.failed) {
        return NGX_ERROR;
    }

    ngx_http_consent_count(r, CONSENT_COUNTER_LINK, 1);

    /* HTTP/2 push reads values without asking whether they are sent */

    h->value = ngx_http_consent_ngx_str(consent_buf_str(&buf));

    if (h->value.len == 0) {
        h->hash = 0;
    }

    return NGX_OK;
}


void
ngx_http_consent_filter_refresh(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_table_elt_t *h)
{
    consent_url_t  page;

    ngx_http_consent_page_url(r, ctx, &page);

    if (consent_refresh_blocked(&ctx->choices, &page,
                                ngx_http_consent_str(h->value)))
    {
        h->hash = 0;
        ngx_http_consent_count(r, CONSENT_COUNTER_LINK, 1);
    }
}


/*
 * A visitor who is led away sees where he goes; from what a page loads he is
 * not told.
 */

ngx_int_t
ngx_http_consent_filter_location(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_table_elt_t *h)
{
    ngx_uint_t              told;
    consent_url_t           page, target;
    consent_claim_t         claim;
    consent_url_scratch_t   scratch;

    if (r->headers_out.status < NGX_HTTP_SPECIAL_RESPONSE
        || r->headers_out.status >= NGX_HTTP_BAD_REQUEST)
    {
        return NGX_OK;
    }

    ngx_http_consent_page_url(r, ctx, &page);

    consent_url_resolve(&page, ngx_http_consent_str(h->value), &scratch,
                        &target);

    if (target.host.len == 0) {
        return NGX_OK;
    }

    claim = consent_match_url(ctx->choices.policy, ctx->host, &target);

    if (claim.service == NULL
        && (ctx->choices.policy->unknown_hosts != CONSENT_UNKNOWN_BLOCK
            || consent_match_is_own(ctx->choices.policy, ctx->host,
                                    target.host)))
    {
        return NGX_OK;
    }

    /* what a browser kept would be followed without asking here again */

    if (ngx_http_consent_cache_headers(r, ctx, 0) != NGX_OK) {
        return NGX_ERROR;
    }

    told = (ngx_http_consent_header_in(r, "sec-fetch-dest") != NULL);

    if (ctx->document && told) {
        return NGX_OK;
    }

    if (consent_choices_allow_claim(&ctx->choices, claim,
                                    ctx->choices.policy->unknown_hosts))
    {
        return NGX_OK;
    }

    if (ctx->document && ctx->navigation) {

        /* a page of its own, or a frame: the browser does not say */

        return (r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))
               ? ngx_http_consent_lead_at_top(r, h) : NGX_OK;
    }

    ngx_http_consent_count(r, CONSENT_COUNTER_LINK, 1);

    if (ctx->navigation && claim.service && claim.index >= 0) {
        return ngx_http_consent_lead_to_placeholder(r, ctx, h,
                                                    claim.service->id);
    }

    h->hash = 0;
    r->headers_out.location = NULL;

    r->headers_out.status = NGX_HTTP_NO_CONTENT;
    r->headers_out.status_line.len = 0;
    r->headers_out.content_type.len = 0;
    r->headers_out.content_type_len = 0;

    ngx_http_clear_content_length(r);

    return NGX_OK;
}


/*
 * Refresh leads on as a redirect does, from a page of its own; in a frame
 * there is no page to lead on from.
 */

static ngx_int_t
ngx_http_consent_lead_at_top(ngx_http_request_t *r, ngx_table_elt_t *h)
{
    u_char     *p;
    ngx_str_t   value;

    p = ngx_pnalloc(r->pool, sizeof("0; url=") + h->value.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    value.data = p;
    value.len = ngx_sprintf(p, "0; url=%V%Z", &h->value) - p - 1;

    ngx_str_set(&h->key, "Refresh");
    h->lowcase_key = (u_char *) "refresh";
    h->value = value;

    r->headers_out.location = NULL;

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.status_line.len = 0;

    if (r->headers_out.content_type.len == 0) {
        ngx_str_set(&r->headers_out.content_type, "text/html");
        r->headers_out.content_type_len = r->headers_out.content_type.len;
        r->headers_out.content_type_lowcase = NULL;
    }

    /* the site's own frame-ancestors would switch X-Frame-Options off */

    ngx_str_set(&value, "frame-ancestors 'none'");

    if (ngx_http_consent_add_header(r, "Content-Security-Policy", &value)
        == NULL)
    {
        return NGX_ERROR;
    }

    ngx_str_set(&value, "DENY");

    return (ngx_http_consent_add_header(r, "X-Frame-Options", &value) == NULL)
           ? NGX_ERROR : NGX_OK;
}


/* what the frame would show if the page named the address itself */

static ngx_int_t
ngx_http_consent_lead_to_placeholder(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_table_elt_t *h, consent_str_t id)
{
    size_t                        escape;
    u_char                       *p;
    ngx_str_t                     value;
    ngx_http_consent_srv_conf_t  *scf;

    scf = ngx_http_get_module_srv_conf(r, ngx_http_consent_module);

    escape = 2 * ngx_escape_uri(NULL, h->value.data, h->value.len,
                                NGX_ESCAPE_URI_COMPONENT);

    value.data = ngx_pnalloc(r->pool, scf->path.len + sizeof("embed/?u=")
                             + id.len + h->value.len + escape);
    if (value.data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_sprintf(value.data, "%Vembed/%*s?u=", &scf->path, id.len, id.data);
    p = (u_char *) ngx_escape_uri(p, h->value.data, h->value.len,
                                  NGX_ESCAPE_URI_COMPONENT);

    value.len = p - value.data;
    h->value = value;

    /* not headers_out.location, which nginx would make absolute */

    r->headers_out.location = NULL;

    return NGX_OK;
}


/*
 * Report-To, Reporting-Endpoints and the policies that say whom to tell of what
 * they stopped; a policy itself goes on
 */

ngx_int_t
ngx_http_consent_filter_reporting(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_table_elt_t *h)
{
    ngx_uint_t     refused;
    consent_buf_t  buf;
    consent_str_t  value;
    consent_url_t  page;

    value = ngx_http_consent_str(h->value);

    ngx_http_consent_page_url(r, ctx, &page);

    if (ngx_http_consent_is(h, "Report-To")) {
        refused = consent_report_to_refused(&ctx->choices, &page, value);

    } else if (ngx_http_consent_is(h, "Reporting-Endpoints")) {
        refused = consent_reporting_endpoints_refused(&ctx->choices, &page,
                                                      value);

    } else {
        consent_buf_init(&buf, &ctx->arena);

        if (consent_csp_filter_reports(&ctx->choices, &page, value, &buf)) {

            if (buf.failed) {
                return NGX_ERROR;
            }

            h->value = ngx_http_consent_ngx_str(consent_buf_str(&buf));
            ngx_http_consent_count(r, CONSENT_COUNTER_LINK, 1);
        }

        return NGX_OK;
    }

    if (refused) {
        h->hash = 0;
        ngx_http_consent_count(r, CONSENT_COUNTER_LINK, 1);
    }

    return NGX_OK;
}
