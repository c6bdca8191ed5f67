/*
 * The body: bytes of pages and style sheets go through their rewriters as they
 * come, once their beginning has said what they are.
 */

#include "ngx_http_consent.h"

#include "form.h"


static consent_str_t ngx_http_consent_part(void *data, consent_part_t part,
    consent_str_t lang, int based);
static ngx_int_t ngx_http_consent_body_filter(ngx_http_request_t *r,
    ngx_chain_t *in);
static ngx_int_t ngx_http_consent_wait(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_chain_t *in);
static ngx_int_t ngx_http_consent_pass_first(ngx_http_request_t *r,
    ngx_http_consent_body_t *body, ngx_chain_t *in);
static ngx_int_t ngx_http_consent_begin(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_chain_t *in);
static ngx_int_t ngx_http_consent_pass(ngx_http_request_t *r,
    ngx_chain_t *first, ngx_chain_t *in);
static ngx_int_t ngx_http_consent_rewrite(ngx_http_request_t *r,
    ngx_http_consent_body_t *body, ngx_chain_t *in);
static ngx_int_t ngx_http_consent_send_replacement(ngx_http_request_t *r,
    ngx_http_consent_body_t *body, ngx_chain_t *in);
static void ngx_http_consent_end_of_page(ngx_http_request_t *r,
    ngx_http_consent_body_t *body);


static ngx_http_output_body_filter_pt  ngx_http_next_body_filter;


ngx_int_t
ngx_http_consent_body_filter_init(ngx_conf_t *cf)
{
    ngx_http_next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = ngx_http_consent_body_filter;

    return NGX_OK;
}


ngx_int_t
ngx_http_consent_body_create(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx)
{
    ngx_http_consent_body_t  *body;

    body = ngx_pcalloc(r->pool, sizeof(ngx_http_consent_body_t));
    if (body == NULL) {
        return NGX_ERROR;
    }

    body->request = r;
    body->last_out = &body->out;
    body->in_memory = r->main_filter_need_in_memory || r->filter_need_in_memory;

    ctx->body = body;

    /* subrequests too: the whole page passes here */

    r->main_filter_need_in_memory = 1;
    r->filter_need_in_memory = 1;

    return NGX_OK;
}


ngx_int_t
ngx_http_consent_body_rewrite(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_csp_t *csp)
{
    consent_page_t           *page;
    ngx_http_consent_body_t  *body;
    consent_rewriter_conf_t   conf;

    body = ctx->body;
    page = &body->page;

    ngx_memzero(&conf, sizeof(consent_rewriter_conf_t));
    ngx_http_consent_page(r, ctx, page);
    ngx_http_consent_page_url(r, ctx, &conf.page);

    conf.choices = &ctx->choices;
    conf.endpoint = page->endpoint;
    conf.inline_script = csp->inline_script;
    conf.script_nonce = csp->script_nonce;
    conf.emit = ngx_http_consent_emit;
    conf.found = ngx_http_consent_on_found;
    conf.direct = ngx_http_consent_on_direct;
    conf.data = body;

    if (ctx->document) {
        page->nonce = csp->style_nonce;
        page->script_nonce = csp->script_nonce;
        page->link_css = !csp->inline_style;
        page->script = csp->self_script;
        page->inline_script = csp->inline_script;
        page->return_to = ngx_http_consent_str(r->unparsed_uri);

        if (!consent_local_path(page->return_to)) {
            page->return_to = CONSENT_STR("/");
        }

        conf.part = ngx_http_consent_part;
        conf.page_for_sure = ctx->told && ctx->navigation;
    }

    body->rewriter = consent_rewriter_create(&ctx->arena, &conf);
    if (body->rewriter == NULL) {
        return NGX_ERROR;
    }

    body->action = NGX_HTTP_CONSENT_REWRITE;

    return NGX_OK;
}


/*
 * The gateway's own markup, in the language of the page.  A page without room
 * for it, for want of memory, does without: no choice is a refusal.
 */

static consent_str_t
ngx_http_consent_part(void *data, consent_part_t part, consent_str_t lang,
    int based)
{
    ngx_http_consent_body_t *body = data;

    consent_buf_t            buf, endpoint;
    consent_str_t            host;
    consent_page_t           page;
    ngx_http_request_t      *r;
    ngx_http_consent_ctx_t  *ctx;

    r = body->request;
    ctx = ngx_http_get_module_ctx(r, ngx_http_consent_module);
    page = body->page;

    if (lang.len) {
        page.locale = ngx_http_consent_locale(ctx, lang, ctx->language);
    }

    if (based) {

        /* the path alone would lead to wherever the base is */

        host = ngx_http_consent_value_in(r, "host");

        consent_buf_init(&endpoint, &ctx->arena);
        consent_buf_add(&endpoint, CONSENT_STR("//"));
        consent_buf_add(&endpoint, host.len ? host : ctx->host);
        consent_buf_add(&endpoint, page.endpoint);

        page.endpoint = consent_buf_str(&endpoint);
    }

    consent_buf_init(&buf, &ctx->arena);

    switch (part) {

    case CONSENT_PART_HEAD:
        consent_page_head(&page, &buf);
        break;

    case CONSENT_PART_BODY_START:

        if (consent_choices_ask(&ctx->choices)) {
            consent_page_banner(&page, &buf);
        }

        break;

    default: /* CONSENT_PART_BODY_END */
        consent_page_link(&page, &buf);
    }

    return buf.failed ? (consent_str_t) { "", 0 } : consent_buf_str(&buf);
}


static ngx_int_t
ngx_http_consent_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_http_consent_ctx_t   *ctx;
    ngx_http_consent_body_t  *body;

    ctx = ngx_http_get_module_ctx(r->main, ngx_http_consent_module);

    if (r != r->main || ctx == NULL || ctx->body == NULL) {
        return ngx_http_next_body_filter(r, in);
    }

    body = ctx->body;

    switch (body->action) {

    case NGX_HTTP_CONSENT_WAIT:
        return ngx_http_consent_wait(r, ctx, in);

    case NGX_HTTP_CONSENT_LOOK:
        return ngx_http_consent_begin(r, ctx, in);

    case NGX_HTTP_CONSENT_REWRITE:
        return ngx_http_consent_rewrite(r, body, in);

    case NGX_HTTP_CONSENT_OBSERVE:
        ngx_http_consent_read_along(body, in);
        return ngx_http_next_body_filter(r, in);

    case NGX_HTTP_CONSENT_REPLACE:
        return ngx_http_consent_send_replacement(r, body, in);

    default: /* NGX_HTTP_CONSENT_PASS */
        return ngx_http_next_body_filter(r, in);
    }
}


/*
 * The first bytes, copied: three tell a byte order mark, some more tell HTML
 * where no type was given.  A flush cannot hurry what was not said yet: behind
 * a header that went out alone a page in UTF-16 would pass unread.
 */

static ngx_int_t
ngx_http_consent_wait(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    ngx_chain_t *in)
{
    size_t                    n;
    ngx_int_t                 rc;
    ngx_buf_t                *b;
    ngx_uint_t                last, flush;
    ngx_chain_t              *cl;
    consent_sniff_t           sniffed;
    ngx_http_consent_body_t  *body;

    body = ctx->body;
    last = 0;
    flush = 0;

    for (cl = in; cl; cl = cl->next) {

        b = cl->buf;

        if (b->last_buf) {
            last = 1;
        }

        if (b->flush) {
            flush = 1;
        }

        if (!ngx_buf_in_memory(b)) {
            continue;
        }

        n = ngx_min((size_t) (b->last - b->pos),
                    sizeof(body->first) - body->nfirst);

        ngx_memcpy(body->first + body->nfirst, b->pos, n);
        body->nfirst += n;
        b->pos += n;

        if (b->in_file) {
            b->file_pos += n;
        }

        if (n && body->nfirst == sizeof(body->first)) {
            break;
        }
    }

    sniffed = consent_sniff((char *) body->first, body->nfirst,
                            last || body->nfirst == sizeof(body->first));

    if (sniffed == CONSENT_SNIFF_MORE
        && (body->nfirst < 3 || (!body->typed && !flush)))
    {
        return NGX_OK;
    }

    if (sniffed != CONSENT_SNIFF_OPAQUE && body->typed) {
        sniffed = CONSENT_SNIFF_HTML;
    }

    if (sniffed == CONSENT_SNIFF_MORE) {

        /* a stream that says so little is no page yet, but may become one */

        sniffed = CONSENT_SNIFF_HTML;
    }

    rc = ngx_http_consent_begin_page(r, ctx, sniffed);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    switch (body->action) {

    case NGX_HTTP_CONSENT_REWRITE:

        if (consent_rewriter_feed(body->rewriter, (char *) body->first,
                                  body->nfirst, 0)
            != 0)
        {
            return NGX_ERROR;
        }

        return ngx_http_consent_rewrite(r, body, in);

    case NGX_HTTP_CONSENT_REPLACE:
        return ngx_http_consent_send_replacement(r, body, in);

    default:
        return ngx_http_consent_pass_first(r, body, in);
    }
}


static ngx_int_t
ngx_http_consent_pass_first(ngx_http_request_t *r,
    ngx_http_consent_body_t *body, ngx_chain_t *in)
{
    ngx_buf_t    *b;
    ngx_chain_t  *first;

    if (body->nfirst == 0) {
        return ngx_http_consent_pass(r, NULL, in);
    }

    b = ngx_calloc_buf(r->pool);
    first = ngx_alloc_chain_link(r->pool);

    if (b == NULL || first == NULL) {
        return NGX_ERROR;
    }

    b->pos = body->first;
    b->last = body->first + body->nfirst;
    b->memory = 1;

    first->buf = b;
    first->next = NULL;

    return ngx_http_consent_pass(r, first, in);
}


/* a style sheet, once it is known what becomes of its header */

static ngx_int_t
ngx_http_consent_begin(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    ngx_chain_t *in)
{
    ngx_int_t                  rc;
    ngx_chain_t               *kept;
    ngx_http_consent_body_t   *body;
    ngx_http_consent_sheet_t   sheet;

    body = ctx->body;

    sheet = ngx_http_consent_look(body, &in);

    if (sheet == NGX_HTTP_CONSENT_SHEET_MORE) {
        return NGX_OK;
    }

    if (sheet == NGX_HTTP_CONSENT_SHEET_ERROR) {
        return NGX_ERROR;
    }

    body->action = NGX_HTTP_CONSENT_PASS;

    if (sheet == NGX_HTTP_CONSENT_SHEET_PUBLIC) {

        /* all of it is here: only who comes behind may still want it so */

        r->main_filter_need_in_memory = body->in_memory;
        r->filter_need_in_memory = 0;
    }

    rc = ngx_http_consent_begin_sheet(r, ctx, sheet);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    switch (sheet) {

    case NGX_HTTP_CONSENT_SHEET_PUBLIC:

        if (ngx_http_consent_kept(r, body, &kept) != NGX_OK) {
            return NGX_ERROR;
        }

        return ngx_http_consent_pass(r, kept, in);

    case NGX_HTTP_CONSENT_SHEET_DEPENDS:
    case NGX_HTTP_CONSENT_SHEET_OPEN:

        if (ngx_http_consent_rewrite_sheet(r, ctx) != NGX_OK) {
            return NGX_ERROR;
        }

        return ngx_http_consent_rewrite(r, body, in);

    default: /* NGX_HTTP_CONSENT_SHEET_UNREADABLE */
        return ngx_http_consent_send_replacement(r, body, in);
    }
}


/* what was kept, and what comes behind it */

static ngx_int_t
ngx_http_consent_pass(ngx_http_request_t *r, ngx_chain_t *first,
    ngx_chain_t *in)
{
    ngx_chain_t  *cl, **ll, *out;

    out = first;

    for (ll = &out; *ll; ll = &(*ll)->next) { /* void */ }

    for ( /* void */ ; in; in = in->next) {

        /* the writer refuses empty buffers that say nothing */

        if (ngx_buf_in_memory(in->buf) && in->buf->pos == in->buf->last) {

            if (!in->buf->last_buf && !in->buf->flush && !in->buf->sync
                && !in->buf->last_in_chain)
            {
                continue;
            }

            in->buf->temporary = 0;
            in->buf->memory = 0;
            in->buf->mmap = 0;
            in->buf->in_file = 0;
            in->buf->sync = 1;
        }

        cl = ngx_alloc_chain_link(r->pool);
        if (cl == NULL) {
            return NGX_ERROR;
        }

        cl->buf = in->buf;
        *ll = cl;
        ll = &cl->next;
    }

    *ll = NULL;

    return out ? ngx_http_next_body_filter(r, out) : NGX_OK;
}


static ngx_int_t
ngx_http_consent_rewrite(ngx_http_request_t *r, ngx_http_consent_body_t *body,
    ngx_chain_t *in)
{
    ngx_int_t   rc;
    ngx_buf_t  *b;

    for ( /* void */ ; in; in = in->next) {

        b = in->buf;
        body->buf = b;

        if (ngx_http_consent_feed(body, b) != NGX_OK) {
            return NGX_ERROR;
        }

        if (b->last_buf) {
            ngx_http_consent_end_of_page(r, body);
        }

        if (ngx_http_consent_end_of_buf(body) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    body->buf = NULL;

    if (body->out == NULL && body->busy == NULL) {

        /* what a compressor behind has taken may wait there for the client */

        return r->connection->buffered ? ngx_http_next_body_filter(r, NULL)
                                       : NGX_OK;
    }

    rc = ngx_http_next_body_filter(r, body->out);

    return ngx_http_consent_reclaim(body) == NGX_OK ? rc : NGX_ERROR;
}


static void
ngx_http_consent_end_of_page(ngx_http_request_t *r,
    ngx_http_consent_body_t *body)
{
    const consent_rewriter_stats_t    *stats;
    const consent_stylesheet_stats_t  *sheet;

    if (body->stylesheet) {
        sheet = consent_stylesheet_stats(body->stylesheet);

        ngx_http_consent_count(r, CONSENT_COUNTER_NEUTRALISED,
                               sheet->neutralised);
        ngx_http_consent_count(r, CONSENT_COUNTER_OVERFLOW, sheet->overflows);
        return;
    }

    stats = consent_rewriter_stats(body->rewriter);

    ngx_http_consent_count(r, CONSENT_COUNTER_PAGE_REWRITTEN, 1);
    ngx_http_consent_count(r, CONSENT_COUNTER_NEUTRALISED, stats->neutralised);
    ngx_http_consent_count(r, CONSENT_COUNTER_OVERFLOW, stats->overflows);
    ngx_http_consent_count(r, CONSENT_COUNTER_BANNER, stats->banner);
    ngx_http_consent_count(r, CONSENT_COUNTER_DIRECT, body->direct);
}


/* for the inventory: whatever is of a service, or of somebody unknown */

void
ngx_http_consent_on_found(void *data, const consent_found_t *found)
{
    ngx_http_consent_body_t *body = data;

    ngx_http_consent_ctx_t  *ctx;

    ctx = ngx_http_consent_get_ctx(body->request);

    if (ctx == NULL || body->again) {
        return;
    }

    if (found->claim.service == NULL
        && (ctx->choices.policy->unknown_hosts == CONSENT_UNKNOWN_ALLOW
            || consent_match_is_own(ctx->choices.policy, ctx->host,
                                    found->host)))
    {
        return;
    }

    ngx_http_consent_find(body->request, ctx, consent_str(found->element),
                          found->host, found->claim.service);
}


/* the body that was announced is read to its end and dropped */

static ngx_int_t
ngx_http_consent_send_replacement(ngx_http_request_t *r,
    ngx_http_consent_body_t *body, ngx_chain_t *in)
{
    ngx_buf_t        *b;
    ngx_chain_t       out;
    static ngx_str_t  text = ngx_string(
        "502: this cannot be shown, because it comes in an encoding that the "
        "consent gateway cannot read.\n");

    for ( /* void */ ; in; in = in->next) {
        in->buf->pos = in->buf->last;
        in->buf->file_pos = in->buf->file_last;
    }

    if (body->sent) {

        /* the writer wants to be called only while it has something left */

        return r->connection->buffered ? ngx_http_next_body_filter(r, NULL)
                                       : NGX_OK;
    }

    body->sent = 1;

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->pos = text.data;
    b->last = text.data + text.len;
    b->memory = 1;
    b->last_buf = 1;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_next_body_filter(r, &out);
}
