/*
 * consent monitor: what a page holds is read along with what is sent, and
 * nothing of the answer is touched.  A page that comes compressed passes as it
 * is, too; what it says is read from a copy, as zlib undoes it.
 */

#include "ngx_http_consent.h"

#include <zlib.h>


/* nobody writes pages of this size; a bomb ends here */

#define NGX_HTTP_CONSENT_OBSERVED_MAX  (16 * 1024 * 1024)


struct ngx_http_consent_gzip_s {
    z_stream                       stream;
    size_t                         total;
    u_char                         out[4096];
};


static void *ngx_http_consent_zalloc(void *opaque, u_int items, u_int size);
static void ngx_http_consent_zfree(void *opaque, void *address);
static ngx_int_t ngx_http_consent_read_buf(ngx_http_consent_body_t *body,
    ngx_buf_t *b);
static ngx_int_t ngx_http_consent_inflate(ngx_http_consent_body_t *body,
    ngx_buf_t *b);
static int ngx_http_consent_emit_nothing(void *data, consent_out_t kind,
    const char *bytes, size_t len);


/* ctx->body is there; NGX_DECLINED when the page cannot be read */

ngx_int_t
ngx_http_consent_observe_body(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    ngx_str_t                    *encoding;
    ngx_http_consent_body_t      *body;
    consent_rewriter_conf_t       conf;
    ngx_http_consent_srv_conf_t  *scf;

    body = ctx->body;
    scf = ngx_http_get_module_srv_conf(r, ngx_http_consent_module);

    if (r->headers_out.content_encoding) {

        encoding = &r->headers_out.content_encoding->value;

        if (encoding->len != 4
            || ngx_strncasecmp(encoding->data, (u_char *) "gzip", 4) != 0)
        {
            return NGX_DECLINED;
        }

        body->gzip = ngx_pcalloc(r->pool, sizeof(ngx_http_consent_gzip_t));
        if (body->gzip == NULL) {
            return NGX_ERROR;
        }

        body->gzip->stream.zalloc = ngx_http_consent_zalloc;
        body->gzip->stream.zfree = ngx_http_consent_zfree;
        body->gzip->stream.opaque = r->pool;

        if (inflateInit2(&body->gzip->stream, MAX_WBITS + 16) != Z_OK) {
            return NGX_ERROR;
        }
    }

    ngx_memzero(&conf, sizeof(consent_rewriter_conf_t));
    ngx_http_consent_page_url(r, ctx, &conf.page);

    conf.choices = &ctx->choices;
    conf.endpoint = ngx_http_consent_str(scf->path);
    conf.observe = 1;
    conf.emit = ngx_http_consent_emit_nothing;
    conf.found = ngx_http_consent_on_found;
    conf.direct = ngx_http_consent_on_direct;
    conf.data = body;

    body->rewriter = consent_rewriter_create(&ctx->arena, &conf);
    if (body->rewriter == NULL) {
        return NGX_ERROR;
    }

    body->action = NGX_HTTP_CONSENT_OBSERVE;

    return NGX_OK;
}


/* freed with the request */

static void *
ngx_http_consent_zalloc(void *opaque, u_int items, u_int size)
{
    return ngx_palloc(opaque, (size_t) items * size);
}


static void
ngx_http_consent_zfree(void *opaque, void *address)
{
}


/* nothing that goes wrong here is the visitor's affair */

void
ngx_http_consent_read_along(ngx_http_consent_body_t *body, ngx_chain_t *in)
{
    for ( /* void */ ; in; in = in->next) {

        if (ngx_http_consent_read_buf(body, in->buf) != NGX_OK) {
            ngx_http_consent_count(body->request, CONSENT_COUNTER_PAGE_UNREAD,
                                   1);
            body->action = NGX_HTTP_CONSENT_PASS;
            return;
        }

        if (in->buf->last_buf) {
            ngx_http_consent_count(body->request,
                                   CONSENT_COUNTER_PAGE_OBSERVED, 1);
            ngx_http_consent_count(body->request, CONSENT_COUNTER_DIRECT,
                                   body->direct);
            body->action = NGX_HTTP_CONSENT_PASS;
            return;
        }
    }
}


static ngx_int_t
ngx_http_consent_read_buf(ngx_http_consent_body_t *body, ngx_buf_t *b)
{
    size_t       len;
    const char  *bytes;

    if (ngx_buf_in_memory(b) && b->last > b->pos) {

        if (body->gzip) {
            return ngx_http_consent_inflate(body, b);
        }

        bytes = (const char *) b->pos;
        len = b->last - b->pos;

    } else {
        bytes = "";
        len = 0;
    }

    return consent_rewriter_feed(body->rewriter, bytes, len, b->last_buf) == 0
           ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_http_consent_inflate(ngx_http_consent_body_t *body, ngx_buf_t *b)
{
    int                       rc;
    size_t                    len;
    ngx_http_consent_gzip_t  *gzip;

    gzip = body->gzip;

    gzip->stream.next_in = b->pos;
    gzip->stream.avail_in = b->last - b->pos;

    do {
        gzip->stream.next_out = gzip->out;
        gzip->stream.avail_out = sizeof(gzip->out);

        rc = inflate(&gzip->stream, Z_NO_FLUSH);

        if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR) {
            return NGX_ERROR;
        }

        len = sizeof(gzip->out) - gzip->stream.avail_out;
        gzip->total += len;

        if (gzip->total > NGX_HTTP_CONSENT_OBSERVED_MAX
            || consent_rewriter_feed(body->rewriter, (char *) gzip->out, len, 0)
               != 0)
        {
            return NGX_ERROR;
        }

    } while (rc == Z_OK && gzip->stream.avail_out == 0);

    return b->last_buf && consent_rewriter_feed(body->rewriter, "", 0, 1) != 0
           ? NGX_ERROR : NGX_OK;
}


static int
ngx_http_consent_emit_nothing(void *data, consent_out_t kind, const char *bytes,
    size_t len)
{
    return 0;
}
