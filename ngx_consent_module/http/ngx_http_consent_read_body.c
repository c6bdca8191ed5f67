/*
 * A request's body that was read, in one piece.
 */

#include "ngx_http_consent.h"


/* NGX_DECLINED when it is longer than max */

ngx_int_t
ngx_http_consent_read_body(ngx_http_request_t *r, size_t max,
    consent_str_t *body)
{
    u_char       *p;
    off_t         size;
    ssize_t       n;
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    body->data = "";
    body->len = 0;

    if (r->request_body == NULL || r->request_body->bufs == NULL) {
        return NGX_OK;
    }

    size = 0;

    for (cl = r->request_body->bufs; cl; cl = cl->next) {
        size += ngx_buf_size(cl->buf);
    }

    if (size > (off_t) max) {
        return NGX_DECLINED;
    }

    p = ngx_pnalloc(r->pool, size + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    body->data = (char *) p;

    for (cl = r->request_body->bufs; cl; cl = cl->next) {

        b = cl->buf;

        if (ngx_buf_in_memory(b)) {
            p = ngx_cpymem(p, b->pos, b->last - b->pos);
            continue;
        }

        /* client_body_in_file_only */

        size = ngx_buf_size(b);

        if (size == 0) {
            continue;
        }

        n = ngx_read_file(b->file, p, (size_t) size, b->file_pos);
        if (n == NGX_ERROR) {
            return NGX_ERROR;
        }

        p += n;
    }

    body->len = (char *) p - body->data;

    return NGX_OK;
}
