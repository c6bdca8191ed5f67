/*
 * The answer's header, after everything that adds to it and before the
 * compressors: cookies and links of services not allowed go, and a page is told
 * from all else.  The header of a page waits for the first bytes of its body,
 * which may say UTF-16 where the header said nothing.
 */

#include "ngx_http_consent.h"

#include "choice_cookies.h"
#include "cookie.h"
#include "csp_wall.h"
#include "etag.h"
#include "link.h"


static ngx_int_t ngx_http_consent_header_filter(ngx_http_request_t *r);
#if (nginx_version >= 1029000)
static ngx_int_t ngx_http_consent_early_hints_filter(ngx_http_request_t *r);
#endif
static ngx_int_t ngx_http_consent_refuse_interim(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static ngx_int_t ngx_http_consent_observe(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static ngx_int_t ngx_http_consent_filter_headers(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static ngx_int_t ngx_http_consent_filter_set_cookie(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_table_elt_t *h);
static ngx_int_t ngx_http_consent_filter_link(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_table_elt_t *h);
static ngx_int_t ngx_http_consent_filter_location(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_table_elt_t *h);
static ngx_int_t ngx_http_consent_lead_to_placeholder(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_table_elt_t *h, consent_str_t id);
static void ngx_http_consent_expire_cookies(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static void ngx_http_consent_expire(void *data, consent_str_t value);
static void ngx_http_consent_add_cookie(void *data, consent_str_t value);
static ngx_uint_t ngx_http_consent_may_be_page(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static ngx_uint_t ngx_http_consent_has_type(ngx_http_request_t *r,
    int (*is)(consent_str_t value));
static ngx_uint_t ngx_http_consent_undecodable(ngx_http_request_t *r);
static ngx_int_t ngx_http_consent_quarantine(ngx_http_request_t *r);
static void ngx_http_consent_replace(ngx_http_request_t *r,
    ngx_http_consent_body_t *body);
static ngx_int_t ngx_http_consent_admit_self(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_csp_t *csp);
static ngx_int_t ngx_http_consent_page_headers(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static ngx_int_t ngx_http_consent_wall(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_uint_t csp);
static ngx_int_t ngx_http_consent_cache_headers(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static ngx_int_t ngx_http_consent_tag(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static ngx_int_t ngx_http_consent_endpoint_headers(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);


/* added and never merged: the answer's own policies stay beside it */

static ngx_str_t  ngx_http_consent_quarantine_csp = ngx_string(
    "default-src 'self' 'unsafe-inline' data: blob:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; sandbox allow-forms "
    "allow-same-origin allow-popups allow-popups-to-escape-sandbox "
    "allow-top-navigation-by-user-activation allow-downloads");


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

        if (ctx->validator_ours
            && ngx_http_consent_page_headers(r, ctx) != NGX_OK)
        {
            return NGX_ERROR;
        }

        return ngx_http_next_header_filter(r);
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
    ngx_http_consent_headers_t     headers;
    ngx_table_elt_t               *h;
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

    if (r->method == NGX_HTTP_HEAD || r->header_only
        || !ngx_http_consent_has_type(r, consent_mime_is_html)
        || r->headers_out.status == NGX_HTTP_PARTIAL_CONTENT
        || !ngx_http_consent_may_be_page(r, ctx))
    {
        return ngx_http_next_header_filter(r);
    }

    if (ngx_http_consent_body_create(r, ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_http_consent_observe_body(r, ctx) != NGX_OK) {
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


static ngx_int_t
ngx_http_consent_filter_headers(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    consent_url_t                page;
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

            ngx_http_consent_page_url(r, ctx, &page);

            if (consent_refresh_blocked(&ctx->choices, &page,
                                        ngx_http_consent_str(h->value)))
            {
                h->hash = 0;
                ngx_http_consent_count(r, CONSENT_COUNTER_LINK, 1);
            }

        } else if (ngx_http_consent_is(h, "Location")) {

            if (ngx_http_consent_filter_location(r, ctx, h) != NGX_OK) {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_filter_set_cookie(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_table_elt_t *h)
{
    consent_buf_t  buf;

    ngx_http_consent_find_cookie(r, ctx, CONSENT_STR("set-cookie"),
                                 ngx_http_consent_str(h->value));

    consent_buf_init(&buf, &ctx->arena);

    switch (consent_set_cookie_judge(&ctx->choices, ctx->own, ctx->nown,
                                     ngx_http_consent_str(h->value),
                                     ngx_time(), &buf))
    {
    case CONSENT_SET_COOKIE_PASS:
        return NGX_OK;

    case CONSENT_SET_COOKIE_CAP:

        if (buf.failed) {
            return NGX_ERROR;
        }

        h->value = ngx_http_consent_ngx_str(consent_buf_str(&buf));
        ngx_http_consent_count(r, CONSENT_COUNTER_SET_COOKIE_CAPPED, 1);
        return NGX_OK;

    default: /* CONSENT_SET_COOKIE_DROP */
        h->hash = 0;
        ngx_http_consent_count(r, CONSENT_COUNTER_SET_COOKIE_DROPPED, 1);
        return NGX_OK;
    }
}


static ngx_int_t
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


/*
 * A visitor who is led away sees where he goes; from what a page loads he is
 * not told.
 */

static ngx_int_t
ngx_http_consent_filter_location(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_table_elt_t *h)
{
    consent_url_t           page, target;
    consent_claim_t         claim;
    consent_url_scratch_t   scratch;

    if (ctx->document
        && (ctx->navigation || ngx_http_consent_header_in(r, "sec-fetch-dest")))
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
        && consent_match_is_own(ctx->choices.policy, ctx->host, target.host))
    {
        return NGX_OK;
    }

    if (consent_choices_allow_claim(&ctx->choices, claim,
                                    ctx->choices.policy->unknown_hosts))
    {
        return NGX_OK;
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


/* the cookies that the browser sent and may not keep */

static void
ngx_http_consent_expire_cookies(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    (void) consent_cookie_expire(&ctx->choices, ctx->own, ctx->nown,
                                 ctx->cookies, ctx->ncookies, ctx->host,
                                 ctx->secure, ngx_time(),
                                 NGX_HTTP_CONSENT_EXPIRE_MAX,
                                 ngx_http_consent_expire, r);
}


static void
ngx_http_consent_expire(void *data, consent_str_t value)
{
    ngx_http_request_t *r = data;

    ngx_http_consent_add_cookie(r, value);

    ngx_http_consent_count(r, CONSENT_COUNTER_SET_COOKIE_EXPIRED, 1);
}


static void
ngx_http_consent_add_cookie(void *data, consent_str_t value)
{
    ngx_http_request_t *r = data;

    ngx_str_t  line;

    line.len = value.len;
    line.data = ngx_pnalloc(r->pool, value.len + 1);

    if (line.data == NULL) {
        return;
    }

    ngx_memcpy(line.data, value.data, value.len);
    line.data[line.len] = '\0';

    (void) ngx_http_consent_add_header(r, "Set-Cookie", &line);
}


/* what a browser might render as HTML, as far as the header tells */

static ngx_uint_t
ngx_http_consent_may_be_page(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx)
{
    ngx_table_elt_t             *h;
    ngx_http_consent_headers_t   headers;

    switch (r->headers_out.status) {

    case NGX_HTTP_NO_CONTENT:
    case NGX_HTTP_NOT_MODIFIED:
        return 0;

    default:
        if (r->headers_out.status < NGX_HTTP_OK) {
            return 0;
        }
    }

    if (!ngx_http_consent_is_html(r)
        && !(ctx->navigation
             && ngx_http_consent_has_type(r, consent_mime_is_xhtml)))
    {
        return 0;
    }

    /* what is saved to a file is not shown */

    ngx_http_consent_headers_start(&headers, &r->headers_out.headers);

    while ((h = ngx_http_consent_headers_sent(&headers)) != NULL) {

        if (ngx_http_consent_is(h, "Content-Disposition")
            && h->value.len >= 10
            && ngx_strncasecmp(h->value.data, (u_char *) "attachment", 10)
               == 0)
        {
            return 0;
        }
    }

    return 1;
}


/* HTML by some line, or by none that says anything: browsers sniff then */

ngx_uint_t
ngx_http_consent_is_html(ngx_http_request_t *r)
{
    return ngx_http_consent_has_type(r, consent_mime_is_html)
           || !ngx_http_consent_has_type(r, consent_mime_is_known);
}


/* nginx sends a line of its own, and those that add_header made */

static ngx_uint_t
ngx_http_consent_has_type(ngx_http_request_t *r, int (*is)(consent_str_t value))
{
    ngx_table_elt_t             *h;
    ngx_http_consent_headers_t   headers;

    if (r->headers_out.content_type.len
        && is(ngx_http_consent_str(r->headers_out.content_type)))
    {
        return 1;
    }

    ngx_http_consent_headers_start(&headers, &r->headers_out.headers);

    while ((h = ngx_http_consent_headers_sent(&headers)) != NULL) {

        if (ngx_http_consent_is(h, "Content-Type")
            && is(ngx_http_consent_str(h->value)))
        {
            return 1;
        }
    }

    return 0;
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
    consent_csp_t                 csp;
    ngx_http_consent_body_t      *body;
    ngx_http_consent_loc_conf_t  *lcf;

    body = ctx->body;
    body->action = NGX_HTTP_CONSENT_PASS;

    if (sniffed == CONSENT_SNIFF_OTHER && !body->typed
        && !ngx_http_consent_undecodable(r))
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

    if (sniffed == CONSENT_SNIFF_OPAQUE || ngx_http_consent_undecodable(r)) {

        lcf = ngx_http_get_module_loc_conf(r, ngx_http_consent_module);

        if (ctx->subresource) {

            /* the error page of a missing image is shown to nobody */

            if (ngx_http_consent_quarantine(r) != NGX_OK) {
                return NGX_ERROR;
            }

            return ngx_http_next_header_filter(r);
        }

        if (!ctx->navigation || lcf->undecodable == NGX_HTTP_CONSENT_ERROR) {
            ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                          "consent: a page in an encoding that cannot be "
                          "undone, answered with 502");

            ngx_http_consent_replace(r, body);

            return ngx_http_next_header_filter(r);
        }

        ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                      "consent: a page in an encoding that cannot be undone, "
                      "sent in quarantine: its scripts do not run");

        ngx_http_consent_count(r, CONSENT_COUNTER_PAGE_QUARANTINED, 1);

        if (ngx_http_consent_quarantine(r) != NGX_OK) {
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


static ngx_uint_t
ngx_http_consent_undecodable(ngx_http_request_t *r)
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


static void
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


/*
 * Frames, forms and style sheets of ours need 'self' in the page's own policy;
 * csp tells what else may be put in.
 */

static ngx_int_t
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


/* what a page and the 304 that confirms it have in common */

static ngx_int_t
ngx_http_consent_page_headers(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    ngx_http_consent_loc_conf_t  *lcf;

    if (ngx_http_consent_cache_headers(r, ctx) != NGX_OK
        || ngx_http_consent_tag(r, ctx) != NGX_OK)
    {
        return NGX_ERROR;
    }

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_consent_module);

    return ngx_http_consent_wall(r, ctx, lcf->csp);
}


/* one more policy, beside those of the site */

static ngx_int_t
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


/*
 * What was made for one visitor's choice is for that visitor's own cache, and
 * asked for again each time; the validator tells whether it is still right.
 */

static ngx_int_t
ngx_http_consent_cache_headers(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    ngx_str_t                    value;
    ngx_uint_t                   no_store, vary;
    ngx_table_elt_t             *h, *cc;
    ngx_http_consent_headers_t   headers;

    cc = NULL;
    no_store = 0;
    vary = 0;

    ngx_http_consent_headers_start(&headers, &r->headers_out.headers);

    while ((h = ngx_http_consent_headers_sent(&headers)) != NULL) {

        if (ngx_http_consent_is(h, "Cache-Control")) {

            if (ngx_strlcasestrn(h->value.data, h->value.data + h->value.len,
                                 (u_char *) "no-store", 8 - 1))
            {
                no_store = 1;
            }

            if (cc) {
                h->hash = 0;

            } else {
                cc = h;
            }

        } else if (ngx_http_consent_is(h, "Vary")) {

            if (ngx_strlcasestrn(h->value.data, h->value.data + h->value.len,
                                 (u_char *) "cookie", 6 - 1)
                || (h->value.len == 1 && h->value.data[0] == '*'))
            {
                vary = 1;
            }

        } else if (ngx_http_consent_is(h, "Expires")
                   || ngx_http_consent_is(h, "Pragma")
                   || ngx_http_consent_is(h, "CDN-Cache-Control")
                   || ngx_http_consent_is(h, "Cloudflare-CDN-Cache-Control")
                   || ngx_http_consent_is(h, "Surrogate-Control")
                   || ngx_http_consent_is(h, "Content-MD5")
                   || ngx_http_consent_is(h, "Digest")
                   || ngx_http_consent_is(h, "Content-Digest")
                   || ngx_http_consent_is(h, "Repr-Digest")
                   || ngx_http_consent_is(h, "Speculation-Rules"))
        {
            h->hash = 0;
        }
    }

    r->headers_out.expires = NULL;

    if (no_store) {
        ngx_str_set(&value, "private, no-cache, no-store");

    } else {
        ngx_str_set(&value, "private, no-cache");
    }

    if (cc) {
        cc->value = value;

    } else if (ngx_http_consent_add_header(r, "Cache-Control", &value) == NULL)
    {
        return NGX_ERROR;
    }

    if (!vary) {
        ngx_str_set(&value, "Cookie");

        if (ngx_http_consent_add_header(r, "Vary", &value) == NULL) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_tag(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx)
{
    int64_t           last_modified;
    consent_buf_t     buf;
    consent_str_t     etag, class;
    ngx_table_elt_t  *h;

    h = r->headers_out.etag;
    last_modified = r->headers_out.last_modified_time;

    /* a Last-Modified of an upstream comes as a line only */

    if (last_modified == -1 && r->headers_out.last_modified) {
        last_modified = ngx_parse_http_time(
                                       r->headers_out.last_modified->value.data,
                                       r->headers_out.last_modified->value.len);
        if (last_modified == NGX_ERROR) {
            last_modified = -1;
        }
    }

    ngx_http_clear_last_modified(r);

    if (h == NULL && last_modified == -1) {
        return NGX_OK;
    }

    etag = (consent_str_t) { NULL, 0 };

    if (h) {
        etag = ngx_http_consent_str(h->value);

        if (ctx->etag.len && h->value.len == ctx->etag.len + 2
            && ngx_strncmp(h->value.data, "W/", 2) == 0
            && ngx_strncmp(h->value.data + 2, ctx->etag.data, ctx->etag.len)
               == 0)
        {
            etag = ngx_http_consent_str(ctx->etag);
        }
    }

    class = (consent_str_t) { ctx->choice_class, CONSENT_CLASS_LEN };

    consent_buf_init(&buf, &ctx->arena);
    consent_etag_tag(etag, last_modified, class, &buf);

    if (buf.failed) {
        return NGX_ERROR;
    }

    if (buf.len == 0) {

        /* too long to be carried */

        ngx_http_clear_etag(r);

        return NGX_OK;
    }

    if (h == NULL) {
        h = ngx_list_push(&r->headers_out.headers);
        if (h == NULL) {
            return NGX_ERROR;
        }

        h->hash = 1;
        ngx_str_set(&h->key, "ETag");
#if (nginx_version >= 1023000)
        h->next = NULL;
#endif

        r->headers_out.etag = h;
    }

    h->value = ngx_http_consent_ngx_str(consent_buf_str(&buf));

    return NGX_OK;
}


/*
 * The site's headers were made for the site's pages; cookies of ours come when
 * those of the site have been looked through.
 */

static ngx_int_t
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
