/*
 * The answer's header, after everything that adds to it and before the
 * compressors: cookies and links of services not allowed go, and pages and
 * style sheets are told from all else.  The header of a page waits for the
 * first bytes of its body, which may say UTF-16 where the header said nothing;
 * that of a style sheet for its end, which tells whether a service is in it.
 */

#include "ngx_http_consent.h"


static ngx_int_t ngx_http_consent_header_filter(ngx_http_request_t *r);
#if (nginx_version >= 1029000)
static ngx_int_t ngx_http_consent_early_hints_filter(ngx_http_request_t *r);
#endif
static ngx_int_t ngx_http_consent_refuse_interim(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static ngx_int_t ngx_http_consent_observe(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static ngx_int_t ngx_http_consent_sheet(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static ngx_int_t ngx_http_consent_page_headers(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static ngx_int_t ngx_http_consent_confirmed_headers(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);


static ngx_http_output_header_filter_pt  ngx_http_next_header_filter;
#if (nginx_version >= 1029000)
static ngx_http_output_header_filter_pt  ngx_http_next_early_hints_filter;
#endif


ngx_int_t
ngx_http_consent_header_filter_init(ngx_conf_t *cf)
{
    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_consent_header_filter;

#if (nginx_version >= 1029000)
    ngx_http_next_early_hints_filter = ngx_http_top_early_hints_filter;
    ngx_http_top_early_hints_filter = ngx_http_consent_early_hints_filter;
#endif

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_header_filter(ngx_http_request_t *r)
{
    ngx_uint_t               mode;
    ngx_http_consent_ctx_t  *ctx;

    if (r != r->main) {
        return ngx_http_next_header_filter(r);
    }

    mode = ngx_http_consent_mode(r);

    ctx = ngx_http_get_module_ctx(r, ngx_http_consent_module);

    if (ctx && ctx->endpoint) {
        ctx->body = NULL;

        if (ngx_http_consent_endpoint_headers(r, ctx) != NGX_OK) {
            return NGX_ERROR;
        }

        return ngx_http_next_header_filter(r);
    }

    if (mode == NGX_HTTP_CONSENT_OFF) {
        return ngx_http_next_header_filter(r);
    }

    ctx = ngx_http_consent_get_ctx(r);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    ctx->body = NULL;

    if (mode == NGX_HTTP_CONSENT_MONITOR) {
        return ngx_http_consent_observe(r, ctx);
    }

    if (ctx->accept_encoding) {
        r->headers_in.accept_encoding = ctx->accept_encoding;
    }

    r->gzip_tested = 0;

    if (ngx_http_consent_filter_headers(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    if (r->headers_out.status == NGX_HTTP_SWITCHING_PROTOCOLS) {
        return ngx_http_next_header_filter(r);
    }

    if (r->headers_out.status < NGX_HTTP_OK) {
        return ngx_http_consent_refuse_interim(r, ctx);
    }

    if (ctx->document && ctx->navigation && ctx->ncookies) {
        ngx_http_consent_expire_cookies(r, ctx);
    }

    if (r->headers_out.status == NGX_HTTP_NOT_MODIFIED) {

        if (ngx_http_consent_confirmed_headers(r, ctx) != NGX_OK) {
            return NGX_ERROR;
        }

        return ngx_http_next_header_filter(r);
    }

    if (ngx_http_consent_may_be_sheet(r, ctx)) {
        return ngx_http_consent_sheet(r, ctx);
    }

    if (!ngx_http_consent_may_be_page(r, ctx)) {

        /*
         * XML that is shown may load what it likes, too.  Nobody rewrites it;
         * the second wall stops what the choice does not allow, and nothing
         * else.
         */

        if (ctx->navigation
            && ngx_http_consent_has_type(r, consent_mime_is_xml)
            && ngx_http_consent_wall(r, ctx, NGX_HTTP_CONSENT_CSP_ENFORCE)
               != NGX_OK)
        {
            return NGX_ERROR;
        }

        return ngx_http_next_header_filter(r);
    }

    if (ngx_http_consent_body_create(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    ctx->body->typed = ngx_http_consent_has_type(r, consent_mime_is_html);

    if (r->method == NGX_HTTP_HEAD || r->header_only) {
        return ngx_http_consent_begin_page(r, ctx,
                                           ctx->body->typed
                                           ? CONSENT_SNIFF_HTML
                                           : CONSENT_SNIFF_OTHER);
    }

    ctx->body->action = NGX_HTTP_CONSENT_WAIT;

    return NGX_OK;
}


/*
 * An nginx that takes a 103 or 100 of an upstream for its answer passes the
 * answer proper as the body of it, which nobody reads.
 */

static ngx_int_t
ngx_http_consent_refuse_interim(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                  "consent: upstream answered %ui before its answer, which "
                  "this nginx cannot tell apart, answered with 502",
                  r->headers_out.status);

    if (ngx_http_consent_body_create(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_http_consent_replace(r, ctx->body);

    return ngx_http_next_header_filter(r);
}


/* what would be read is read along, and nothing is changed */

static ngx_int_t
ngx_http_consent_observe(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx)
{
    ngx_uint_t                     sheet;
    ngx_table_elt_t               *h;
    ngx_http_consent_headers_t     headers;
    ngx_http_consent_main_conf_t  *mcf;

    mcf = ngx_http_get_module_main_conf(r, ngx_http_consent_module);

    if (mcf->zone == NULL) {
        return ngx_http_next_header_filter(r);
    }

    ngx_http_consent_headers_start(&headers, &r->headers_out.headers);

    while ((h = ngx_http_consent_headers_sent(&headers)) != NULL) {

        if (ngx_http_consent_is(h, "Set-Cookie")) {
            ngx_http_consent_find_cookie(r, ctx, CONSENT_STR("set-cookie"),
                                         ngx_http_consent_str(h->value));
        }
    }

    sheet = ngx_http_consent_may_be_sheet(r, ctx);

    if (r->method == NGX_HTTP_HEAD || r->header_only
        || r->headers_out.status == NGX_HTTP_PARTIAL_CONTENT
        || (!sheet && (!ngx_http_consent_has_type(r, consent_mime_is_html)
                       || !ngx_http_consent_may_be_page(r, ctx))))
    {
        return ngx_http_next_header_filter(r);
    }

    if (ngx_http_consent_body_create(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_http_consent_observe_body(r, ctx, sheet) != NGX_OK) {
        ctx->body->action = NGX_HTTP_CONSENT_PASS;
        ngx_http_consent_count(r, CONSENT_COUNTER_PAGE_UNREAD, 1);
    }

    return ngx_http_next_header_filter(r);
}


#if (nginx_version >= 1029000)

/* a 103 of an upstream goes past the header filters */

static ngx_int_t
ngx_http_consent_early_hints_filter(ngx_http_request_t *r)
{
    ngx_http_consent_ctx_t  *ctx;

    if (r == r->main && ngx_http_consent_mode(r) == NGX_HTTP_CONSENT_ON) {

        ctx = ngx_http_consent_get_ctx(r);

        if (ctx == NULL || ngx_http_consent_filter_headers(r, ctx) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return ngx_http_next_early_hints_filter(r);
}

#endif


ngx_int_t
ngx_http_consent_filter_headers(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    ngx_table_elt_t             *h;
    ngx_http_consent_headers_t   headers;

    ngx_http_consent_headers_start(&headers, &r->headers_out.headers);

    while ((h = ngx_http_consent_headers_sent(&headers)) != NULL) {

        if (ngx_http_consent_is(h, "Set-Cookie")) {

            if (ngx_http_consent_filter_set_cookie(r, ctx, h) != NGX_OK) {
                return NGX_ERROR;
            }

        } else if (ngx_http_consent_is(h, "Link")) {

            if (ngx_http_consent_filter_link(r, ctx, h) != NGX_OK) {
                return NGX_ERROR;
            }

        } else if (ngx_http_consent_is(h, "Refresh")) {

            ngx_http_consent_filter_refresh(r, ctx, h);

        } else if (ngx_http_consent_is(h, "Report-To")
                   || ngx_http_consent_is(h, "Reporting-Endpoints")
                   || ngx_http_consent_is(h, "Content-Security-Policy")
                   || ngx_http_consent_is(h,
                                       "Content-Security-Policy-Report-Only"))
        {
            if (ngx_http_consent_filter_reporting(r, ctx, h) != NGX_OK) {
                return NGX_ERROR;
            }

        } else if (ngx_http_consent_is(h, "Location")) {

            if (ngx_http_consent_filter_location(r, ctx, h) != NGX_OK) {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


/*
 * Everything is known now: sends the header of a page that will be rewritten,
 * of one in quarantine, of an error in its place, or of what turned out to be
 * no page.
 */

ngx_int_t
ngx_http_consent_begin_page(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    consent_sniff_t sniffed)
{
    consent_csp_t             csp;
    ngx_http_consent_body_t  *body;

    body = ctx->body;
    body->action = NGX_HTTP_CONSENT_PASS;

    if (sniffed == CONSENT_SNIFF_OTHER && !body->typed
        && !ngx_http_consent_is_undecodable(r))
    {
        return ngx_http_next_header_filter(r);
    }

    if (r->headers_out.status == NGX_HTTP_PARTIAL_CONTENT) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "consent: a part of a page cannot be read, "
                      "answered with 502");

        ngx_http_consent_replace(r, body);

        return ngx_http_next_header_filter(r);
    }

    if (sniffed == CONSENT_SNIFF_OPAQUE
        || ngx_http_consent_is_undecodable(r))
    {
        if (ngx_http_consent_close_page(r, ctx) != NGX_OK) {
            return NGX_ERROR;
        }

        return ngx_http_next_header_filter(r);
    }

    if (ngx_http_consent_admit_self(r, ctx, &csp) != NGX_OK
        || ngx_http_consent_page_headers(r, ctx) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_http_clear_content_length(r);
    ngx_http_clear_accept_ranges(r);

    if (ngx_http_consent_body_rewrite(r, ctx, &csp) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_next_header_filter(r);
}


/*
 * A part of one, or one in an encoding that cannot be undone, is refused: it
 * has no quarantine, the page that loads it decides what it may load.
 */

static ngx_int_t
ngx_http_consent_sheet(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx)
{
    ngx_int_t  rc;

    if (ngx_http_consent_body_create(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    rc = ngx_http_consent_look_at_sheet(r, ctx);

    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }

    if (rc == NGX_DECLINED) {
        return ngx_http_consent_begin_sheet(r, ctx,
                                            NGX_HTTP_CONSENT_SHEET_UNREADABLE);
    }

    if (r->method == NGX_HTTP_HEAD || r->header_only) {

        /* there is nothing to look at */

        ctx->body->action = NGX_HTTP_CONSENT_PASS;

        return ngx_http_consent_begin_sheet(r, ctx,
                                            NGX_HTTP_CONSENT_SHEET_DEPENDS);
    }

    return NGX_OK;
}


/* sends the header of a style sheet, of which is known now what it is */

ngx_int_t
ngx_http_consent_begin_sheet(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    ngx_http_consent_sheet_t sheet)
{
    switch (sheet) {

    case NGX_HTTP_CONSENT_SHEET_PUBLIC:

        if (ngx_http_consent_tag(r, ctx, NGX_HTTP_CONSENT_TAG_PUBLIC)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        break;

    case NGX_HTTP_CONSENT_SHEET_UNREADABLE:

        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "consent: a style sheet that cannot be read, "
                      "answered with 502");

        ngx_http_consent_replace(r, ctx->body);

        break;

    default: /* NGX_HTTP_CONSENT_SHEET_DEPENDS, NGX_HTTP_CONSENT_SHEET_OPEN */

        /*
         * Behind "back" Chromium takes style sheets from memory without asking
         * anybody, but for those that it may not store.
         */

        if (ngx_http_consent_cache_headers(r, ctx,
                                       sheet == NGX_HTTP_CONSENT_SHEET_OPEN)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (sheet == NGX_HTTP_CONSENT_SHEET_OPEN
            || !ngx_http_consent_has_type(r, consent_mime_is_css))
        {
            /* nobody has it, or it might be confirmed to who wants a page */

            ngx_http_clear_etag(r);
            ngx_http_clear_last_modified(r);

        } else if (ngx_http_consent_tag(r, ctx, NGX_HTTP_CONSENT_TAG_SHEET)
                   != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (ctx->body->gzip) {
            ngx_http_consent_clear_encoding(r);
        }

        ngx_http_clear_content_length(r);
    }

    /* the bytes of a range were chosen before the filter saw them */

    ngx_http_clear_accept_ranges(r);

    return ngx_http_next_header_filter(r);
}


/* what a page and the 304 that confirms it have in common */

static ngx_int_t
ngx_http_consent_page_headers(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    ngx_http_consent_loc_conf_t  *lcf;

    if (ngx_http_consent_cache_headers(r, ctx, 0) != NGX_OK
        || ngx_http_consent_tag(r, ctx, NGX_HTTP_CONSENT_TAG_PAGE) != NGX_OK)
    {
        return NGX_ERROR;
    }

    /* the answer is private by now: no cache keeps these cookies for others */

    if (ctx->document && ctx->navigation) {
        ngx_http_consent_bridge(r, ctx, 0);
    }

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_consent_module);

    return ngx_http_consent_wall(r, ctx, lcf->csp);
}


/* a 304 says what the answer said that it confirms */

static ngx_int_t
ngx_http_consent_confirmed_headers(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    if (ctx->validator == NGX_HTTP_CONSENT_TAG_NONE) {
        return NGX_OK;
    }

    ngx_http_clear_accept_ranges(r);

    switch (ctx->validator) {

    case NGX_HTTP_CONSENT_TAG_PAGE:
        return ngx_http_consent_page_headers(r, ctx);

    case NGX_HTTP_CONSENT_TAG_SHEET:

        if (ngx_http_consent_cache_headers(r, ctx, 0) != NGX_OK) {
            return NGX_ERROR;
        }

        /* fall through */

    default: /* NGX_HTTP_CONSENT_TAG_PUBLIC */
        return ngx_http_consent_tag(r, ctx, ctx->validator);
    }
}
