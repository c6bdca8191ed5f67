/*
 * Style sheets of their own.  Whether one depends on the visitor decides about
 * its header: what names no service that can be refused stays as public as the
 * site made it.  So the header waits, and what was read is kept, until the
 * sheet ends; of one too long to be kept the worse is assumed.
 */

#include "ngx_http_consent.h"


/* kept of one sheet, as it came, until its header is sent */

#define NGX_HTTP_CONSENT_SHEET_MAX  (512 * 1024)

/* enough of it, compressed or not, to see what is_opaque looks for */

#define NGX_HTTP_CONSENT_SIGNED     1024

#define NGX_HTTP_CONSENT_BLOCK_MIN  (16 * 1024)
#define NGX_HTTP_CONSENT_BLOCK_MAX  (128 * 1024)


struct ngx_http_consent_kept_s {
    ngx_chain_t                   *blocks;
    ngx_chain_t                   *last;
    size_t                         total;
    size_t                         size;    /* of the next block */

    ngx_file_t                    *file;    /* all of it is a piece of this */
    off_t                          file_pos;
    off_t                          file_last;

    unsigned                       settled:1;   /* whatever it holds */
};


static ngx_http_consent_sheet_t ngx_http_consent_judge_sheet(
    ngx_http_consent_body_t *body, ngx_uint_t whole);
static ngx_int_t ngx_http_consent_keep(ngx_http_consent_body_t *body,
    ngx_buf_t *b);


/* NGX_DECLINED when the header says that it cannot be read */

ngx_int_t
ngx_http_consent_look_at_sheet(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    ngx_int_t                 rc;
    ngx_http_consent_kept_t  *kept;

    if (r->headers_out.status == NGX_HTTP_PARTIAL_CONTENT
        || consent_charset_is_opaque(
                                 ngx_http_consent_str(r->headers_out.charset))
        || ngx_http_consent_has_type(r, consent_mime_is_opaque))
    {
        return NGX_DECLINED;
    }

    rc = ngx_http_consent_undo_encoding(r, ctx->body);
    if (rc != NGX_OK) {
        return rc;
    }

    kept = ngx_pcalloc(r->pool, sizeof(ngx_http_consent_kept_t));
    if (kept == NULL) {
        return NGX_ERROR;
    }

    kept->size = NGX_HTTP_CONSENT_BLOCK_MIN;

    if (r->headers_out.content_length_n > NGX_HTTP_CONSENT_SHEET_MAX
        || !ngx_http_consent_has_type(r, consent_mime_is_css))
    {
        /* what is not said to be CSS might be shown as a page, from a cache */

        kept->settled = 1;

    } else if (r->headers_out.content_length_n > 0) {
        kept->size = r->headers_out.content_length_n;
    }

    ctx->body->kept = kept;
    ctx->body->action = NGX_HTTP_CONSENT_LOOK;

    return ngx_http_consent_read_sheet(r, ctx, 1);
}


/* from now on what is fed is read as a style sheet, from its beginning */

ngx_int_t
ngx_http_consent_read_sheet(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    ngx_uint_t observe)
{
    consent_stylesheet_conf_t  conf;

    ngx_memzero(&conf, sizeof(consent_stylesheet_conf_t));
    ngx_http_consent_page_url(r, ctx, &conf.address);

    conf.choices = &ctx->choices;
    conf.observe = observe;
    conf.emit = observe ? NULL : ngx_http_consent_emit;
    conf.found = ngx_http_consent_on_found;
    conf.data = ctx->body;

    ctx->body->stylesheet = consent_stylesheet_create(&ctx->arena, &conf);

    return ctx->body->stylesheet ? NGX_OK : NGX_ERROR;
}


/*
 * Reads and keeps what came in, as far as it takes to tell.  Then in begins
 * with the buffer that was read last, for what its flags still have to say.
 */

ngx_http_consent_sheet_t
ngx_http_consent_look(ngx_http_consent_body_t *body, ngx_chain_t **in)
{
    ngx_buf_t                *b;
    ngx_http_consent_kept_t  *kept;

    kept = body->kept;

    for ( /* void */ ; *in; *in = (*in)->next) {

        b = (*in)->buf;

        if (ngx_http_consent_keep(body, b) != NGX_OK) {
            return NGX_HTTP_CONSENT_SHEET_ERROR;
        }

        if (ngx_http_consent_feed(body, b) != NGX_OK) {
            return NGX_HTTP_CONSENT_SHEET_UNREADABLE;
        }

        if (ngx_buf_in_memory(b)) {
            b->pos = b->last;
        }

        if (b->in_file) {
            b->file_pos = b->file_last;
        }

        if (b->last_buf
            || kept->total > NGX_HTTP_CONSENT_SHEET_MAX
            || (kept->settled && kept->total > NGX_HTTP_CONSENT_SIGNED))
        {
            return ngx_http_consent_judge_sheet(body, b->last_buf);
        }
    }

    return NGX_HTTP_CONSENT_SHEET_MORE;
}


static ngx_http_consent_sheet_t
ngx_http_consent_judge_sheet(ngx_http_consent_body_t *body, ngx_uint_t whole)
{
    if (consent_stylesheet_is_opaque(body->stylesheet)) {
        return NGX_HTTP_CONSENT_SHEET_UNREADABLE;
    }

    if (consent_stylesheet_is_open(body->stylesheet, whole)) {
        return NGX_HTTP_CONSENT_SHEET_OPEN;
    }

    return (!whole || body->kept->settled
            || consent_stylesheet_depends(body->stylesheet))
           ? NGX_HTTP_CONSENT_SHEET_DEPENDS
           : NGX_HTTP_CONSENT_SHEET_PUBLIC;
}


static ngx_int_t
ngx_http_consent_keep(ngx_http_consent_body_t *body, ngx_buf_t *b)
{
    u_char                   *p;
    size_t                    n;
    ngx_buf_t                *block;
    ngx_chain_t              *cl;
    ngx_http_consent_kept_t  *kept;

    if (!ngx_buf_in_memory(b) || b->pos == b->last) {
        return NGX_OK;
    }

    kept = body->kept;

    if (kept->total == 0) {
        kept->file = b->in_file ? b->file : NULL;
        kept->file_pos = b->file_pos;
        kept->file_last = b->file_pos;
    }

    if (kept->file && b->in_file && b->file == kept->file
        && b->file_pos == kept->file_last
        && b->file_last - b->file_pos == b->last - b->pos)
    {
        kept->file_last = b->file_last;

    } else {
        kept->file = NULL;
    }

    for (p = b->pos; p < b->last; p += n) {

        block = kept->last ? kept->last->buf : NULL;

        if (block == NULL || block->last == block->end) {

            cl = ngx_alloc_chain_link(body->request->pool);
            if (cl == NULL) {
                return NGX_ERROR;
            }

            block = ngx_create_temp_buf(body->request->pool, kept->size);
            if (block == NULL) {
                return NGX_ERROR;
            }

            cl->buf = block;
            cl->next = NULL;

            if (kept->last) {
                kept->last->next = cl;

            } else {
                kept->blocks = cl;
            }

            kept->last = cl;
            kept->size = ngx_min(2 * kept->size, NGX_HTTP_CONSENT_BLOCK_MAX);
        }

        n = ngx_min(b->last - p, block->end - block->last);

        block->last = ngx_cpymem(block->last, p, n);
        kept->total += n;
    }

    return NGX_OK;
}


/* what was kept, as it came: from the file where nobody asks for the bytes */

ngx_int_t
ngx_http_consent_kept(ngx_http_request_t *r, ngx_http_consent_body_t *body,
    ngx_chain_t **out)
{
    ngx_buf_t                *b;
    ngx_chain_t              *cl;
    ngx_http_consent_kept_t  *kept;

    kept = body->kept;

    if (kept->file == NULL || r->main_filter_need_in_memory
        || r->filter_need_in_memory)
    {
        *out = kept->blocks;
        return NGX_OK;
    }

    for (cl = kept->blocks; cl; cl = cl->next) {
        (void) ngx_pfree(r->pool, cl->buf->start);
    }

    b = ngx_calloc_buf(r->pool);
    cl = ngx_alloc_chain_link(r->pool);

    if (b == NULL || cl == NULL) {
        return NGX_ERROR;
    }

    b->in_file = 1;
    b->file = kept->file;
    b->file_pos = kept->file_pos;
    b->file_last = kept->file_last;

    cl->buf = b;
    cl->next = NULL;

    *out = cl;

    return NGX_OK;
}


/* what was only looked at is read again, as the choice will have it */

ngx_int_t
ngx_http_consent_rewrite_sheet(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    ngx_chain_t              *cl;
    ngx_http_consent_body_t  *body;

    body = ctx->body;

    if (ngx_http_consent_read_sheet(r, ctx, 0) != NGX_OK
        || ngx_http_consent_feed_again(body) != NGX_OK)
    {
        return NGX_ERROR;
    }

    body->action = NGX_HTTP_CONSENT_REWRITE;
    body->again = 1;

    for (cl = body->kept->blocks; cl; cl = cl->next) {

        if (ngx_http_consent_feed(body, cl->buf) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    body->again = 0;

    return NGX_OK;
}
