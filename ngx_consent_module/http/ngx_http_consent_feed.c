/*
 * The bytes of an answer, to who reads them: a page's rewriter, or a style
 * sheet's.  What comes in gzip is undone on the way, as zlib does, without
 * anybody else noticing: an observed answer, or a style sheet that concerns
 * nobody, leaves compressed as it came.
 */

#include "ngx_http_consent.h"

#include <zlib.h>


/* nobody writes pages of this size; a bomb ends here */

#define NGX_HTTP_CONSENT_INFLATED_MAX  (16 * 1024 * 1024)


struct ngx_http_consent_gzip_s {
    z_stream                       stream;
    size_t                         total;
    unsigned                       ended:1;     /* a member; more may follow */
    unsigned                       whole:1;     /* one of them is */
    u_char                         out[4096];
};


static void *ngx_http_consent_zalloc(void *opaque, u_int items, u_int size);
static void ngx_http_consent_zfree(void *opaque, void *address);
static ngx_int_t ngx_http_consent_inflate(ngx_http_consent_body_t *body,
    u_char *bytes, size_t len);
static ngx_int_t ngx_http_consent_read(ngx_http_consent_body_t *body,
    u_char *bytes, size_t len, ngx_uint_t last);


/* NGX_DECLINED: an encoding that cannot be undone */

ngx_int_t
ngx_http_consent_undo_encoding(ngx_http_request_t *r,
    ngx_http_consent_body_t *body)
{
    ngx_table_elt_t             *h;
    ngx_http_consent_headers_t   headers;

    ngx_http_consent_headers_start(&headers, &r->headers_out.headers);

    while ((h = ngx_http_consent_headers_sent(&headers)) != NULL) {

        if (!ngx_http_consent_is(h, "Content-Encoding")
            || consent_encoding_is_none(ngx_http_consent_str(h->value)))
        {
            continue;
        }

        if (body->gzip
            || !consent_encoding_is_gzip(ngx_http_consent_str(h->value)))
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

    return NGX_OK;
}


void
ngx_http_consent_clear_encoding(ngx_http_request_t *r)
{
    ngx_table_elt_t             *h;
    ngx_http_consent_headers_t   headers;

    ngx_http_consent_headers_start(&headers, &r->headers_out.headers);

    while ((h = ngx_http_consent_headers_sent(&headers)) != NULL) {

        if (ngx_http_consent_is(h, "Content-Encoding")) {
            h->hash = 0;
        }
    }

    r->headers_out.content_encoding = NULL;
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


/* from the first byte again */

ngx_int_t
ngx_http_consent_feed_again(ngx_http_consent_body_t *body)
{
    if (body->gzip == NULL) {
        return NGX_OK;
    }

    body->gzip->total = 0;
    body->gzip->ended = 0;
    body->gzip->whole = 0;

    return inflateReset(&body->gzip->stream) == Z_OK ? NGX_OK : NGX_ERROR;
}


ngx_int_t
ngx_http_consent_feed(ngx_http_consent_body_t *body, ngx_buf_t *b)
{
    size_t  len;

    len = ngx_buf_in_memory(b) ? b->last - b->pos : 0;

    if (body->gzip == NULL) {
        return ngx_http_consent_read(body, b->pos, len, b->last_buf);
    }

    if (len && ngx_http_consent_inflate(body, b->pos, len) != NGX_OK) {
        return NGX_ERROR;
    }

    if (!b->last_buf) {
        return NGX_OK;
    }

    if (!body->gzip->whole) {
        ngx_log_error(NGX_LOG_ERR, body->request->connection->log, 0,
                      "consent: the answer ends amid its gzip stream");
        return NGX_ERROR;
    }

    return ngx_http_consent_read(body, NULL, 0, 1);
}


static ngx_int_t
ngx_http_consent_inflate(ngx_http_consent_body_t *body, u_char *bytes,
    size_t len)
{
    int                       rc;
    size_t                    n;
    ngx_http_consent_gzip_t  *gzip;

    gzip = body->gzip;

    gzip->stream.next_in = bytes;
    gzip->stream.avail_in = len;

    do {
        if (gzip->ended) {

            if (gzip->stream.avail_in == 0) {
                break;
            }

            /* RFC 1952, 2.2: members follow one another */

            if (inflateReset(&gzip->stream) != Z_OK) {
                return NGX_ERROR;
            }
        }

        gzip->stream.next_out = gzip->out;
        gzip->stream.avail_out = sizeof(gzip->out);

        rc = inflate(&gzip->stream, Z_NO_FLUSH);

        n = sizeof(gzip->out) - gzip->stream.avail_out;

        if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR) {

            /* but browsers pass over what is none behind the last of them */

            return gzip->whole && n == 0 ? NGX_OK : NGX_ERROR;
        }

        gzip->ended = (rc == Z_STREAM_END);
        gzip->whole |= gzip->ended;
        gzip->total += n;

        if (gzip->total > NGX_HTTP_CONSENT_INFLATED_MAX
            || (n && ngx_http_consent_read(body, gzip->out, n, 0) != NGX_OK))
        {
            return NGX_ERROR;
        }

    } while (gzip->stream.avail_in || gzip->stream.avail_out == 0);

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_read(ngx_http_consent_body_t *body, u_char *bytes, size_t len,
    ngx_uint_t last)
{
    int   rc;
    char *p;

    p = len ? (char *) bytes : "";

    rc = body->stylesheet
         ? consent_stylesheet_feed(body->stylesheet, p, len, last)
         : consent_rewriter_feed(body->rewriter, p, len, last);

    return rc == 0 ? NGX_OK : NGX_ERROR;
}
