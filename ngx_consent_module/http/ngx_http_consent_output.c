/*
 * What goes out.  What a rewriter passes on unchanged is forwarded as slices of
 * the buffers that came in, which are given back when the last slice is sent,
 * so that a slow client holds up the upstream and nothing is copied; only what
 * it writes anew takes memory, in buffers that are used again.
 */

#include "ngx_http_consent.h"


#define NGX_HTTP_CONSENT_BUF_SIZE  4096


static ngx_int_t ngx_http_consent_emit_slice(ngx_http_consent_body_t *body,
    u_char *bytes, size_t len);
static ngx_int_t ngx_http_consent_emit_copy(ngx_http_consent_body_t *body,
    u_char *bytes, size_t len);
static ngx_chain_t *ngx_http_consent_get_buf(ngx_http_consent_body_t *body,
    ngx_chain_t **free);
static ngx_int_t ngx_http_consent_get_block(ngx_http_consent_body_t *body);
static ngx_int_t ngx_http_consent_give_back(ngx_http_consent_body_t *body,
    ngx_buf_t *b);


/*
 * The last slice of a buffer carries its flags, and gives it back when it is
 * sent; a buffer that nothing refers to is given back at once.
 */

ngx_int_t
ngx_http_consent_end_of_buf(ngx_http_consent_body_t *body)
{
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    b = body->buf;

    if (body->slice) {
        body->slice->shadow = b;
        body->slice->recycled = b->recycled;
        body->slice = NULL;

    } else if (ngx_buf_in_memory(b)) {
        b->pos = b->last;
    }

    if (!b->last_buf && !b->flush && !b->sync && !b->last_in_chain) {
        return NGX_OK;
    }

    cl = ngx_http_consent_get_buf(body, &body->free_special);
    if (cl == NULL) {
        return NGX_ERROR;
    }

    cl->buf->last_buf = b->last_buf;
    cl->buf->last_in_chain = b->last_in_chain;
    cl->buf->flush = b->flush;
    cl->buf->sync = 1;

    return NGX_OK;
}


/* for the rewriters: 0, or -1 */

int
ngx_http_consent_emit(void *data, consent_out_t kind, const char *bytes,
    size_t len)
{
    ngx_int_t                 rc;
    ngx_http_consent_body_t  *body = data;

    if (len == 0) {
        return 0;
    }

    /* what was inflated is overwritten by what is inflated next */

    rc = (kind == CONSENT_OUT_SHORT
          || (kind == CONSENT_OUT_INPUT && body->gzip))
         ? ngx_http_consent_emit_copy(body, (u_char *) bytes, len)
         : ngx_http_consent_emit_slice(body, (u_char *) bytes, len);

    return rc == NGX_OK ? 0 : -1;
}


static ngx_int_t
ngx_http_consent_emit_slice(ngx_http_consent_body_t *body, u_char *bytes,
    size_t len)
{
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    cl = ngx_http_consent_get_buf(body, &body->free_slices);
    if (cl == NULL) {
        return NGX_ERROR;
    }

    b = cl->buf;

    b->pos = bytes;
    b->last = bytes + len;
    b->memory = 1;

    if (body->buf && bytes >= body->buf->pos && bytes < body->buf->last) {
        body->slice = b;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_emit_copy(ngx_http_consent_body_t *body, u_char *bytes,
    size_t len)
{
    size_t        n;
    ngx_buf_t    *b, *block;
    ngx_chain_t  *cl;

    while (len) {

        if (body->block == NULL && ngx_http_consent_get_block(body) != NGX_OK) {
            return NGX_ERROR;
        }

        block = body->block;
        b = NULL;

        /* what was written last may go on */

        if (body->out) {
            cl = (ngx_chain_t *) ((u_char *) body->last_out
                                  - offsetof(ngx_chain_t, next));

            if (cl->buf->tag == (ngx_buf_tag_t) &ngx_http_consent_module
                && cl->buf->last == block->last)
            {
                b = cl->buf;
            }
        }

        if (b == NULL) {
            cl = ngx_http_consent_get_buf(body, &body->free_slices);
            if (cl == NULL) {
                return NGX_ERROR;
            }

            b = cl->buf;
            b->tag = (ngx_buf_tag_t) &ngx_http_consent_module;
            b->memory = 1;
            b->pos = block->last;
        }

        n = ngx_min(len, (size_t) (block->end - block->last));

        block->last = ngx_cpymem(block->last, bytes, n);
        b->last = block->last;

        bytes += n;
        len -= n;

        if (block->last == block->end) {
            b->shadow = block;
            body->block = NULL;
        }
    }

    return NGX_OK;
}


/* an empty buffer of no memory, at the end of out */

static ngx_chain_t *
ngx_http_consent_get_buf(ngx_http_consent_body_t *body, ngx_chain_t **free)
{
    ngx_chain_t  *cl;

    cl = ngx_chain_get_free_buf(body->request->pool, free);
    if (cl == NULL) {
        return NULL;
    }

    ngx_memzero(cl->buf, sizeof(ngx_buf_t));

    *body->last_out = cl;
    body->last_out = &cl->next;

    return cl;
}


/*
 * Memory for what is written anew.  Many small pieces share a block, the last
 * of them gives it back.
 */

static ngx_int_t
ngx_http_consent_get_block(ngx_http_consent_body_t *body)
{
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    cl = body->free_blocks;

    if (cl) {
        body->free_blocks = cl->next;

        b = cl->buf;
        b->last = b->start;

        ngx_free_chain(body->request->pool, cl);

    } else {
        b = ngx_create_temp_buf(body->request->pool,
                                NGX_HTTP_CONSENT_BUF_SIZE);
        if (b == NULL) {
            return NGX_ERROR;
        }
    }

    body->block = b;

    return NGX_OK;
}


/* what the next filter has sent comes back */

ngx_int_t
ngx_http_consent_reclaim(ngx_http_consent_body_t *body)
{
    ngx_buf_t    *b;
    ngx_chain_t  *cl, **ll;

    for (ll = &body->busy; *ll; ll = &(*ll)->next) { /* void */ }

    *ll = body->out;

    body->out = NULL;
    body->last_out = &body->out;

    while (body->busy) {

        cl = body->busy;
        b = cl->buf;

        if (ngx_buf_size(b) != 0) {
            break;
        }

        body->busy = cl->next;

        if (b->shadow && ngx_http_consent_give_back(body, b) != NGX_OK) {
            return NGX_ERROR;
        }

        if (b->sync) {

            /*
             * empty from the beginning: the writer may hold it still, and must
             * not find bytes of somebody else in it
             */

            cl->next = body->free_special;
            body->free_special = cl;

        } else {
            cl->next = body->free_slices;
            body->free_slices = cl;
        }
    }

    return NGX_OK;
}


/* what the last slice of it has left: a buffer that came in, or a block */

static ngx_int_t
ngx_http_consent_give_back(ngx_http_consent_body_t *body, ngx_buf_t *b)
{
    ngx_chain_t  *cl;

    if (b->tag != (ngx_buf_tag_t) &ngx_http_consent_module) {
        b->shadow->pos = b->shadow->last;
        return NGX_OK;
    }

    cl = ngx_alloc_chain_link(body->request->pool);
    if (cl == NULL) {
        return NGX_ERROR;
    }

    cl->buf = b->shadow;
    cl->next = body->free_blocks;
    body->free_blocks = cl;

    return NGX_OK;
}
