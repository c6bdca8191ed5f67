/*
 * consent monitor: what a page or style sheet holds is read along with what is
 * sent, and nothing of the answer is touched.
 */

#include "ngx_http_consent.h"


static int ngx_http_consent_emit_nothing(void *data, consent_out_t kind,
    const char *bytes, size_t len);


/* ctx->body is there; NGX_DECLINED when it cannot be read */

ngx_int_t
ngx_http_consent_observe_body(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_uint_t sheet)
{
    ngx_int_t                     rc;
    ngx_http_consent_body_t      *body;
    consent_rewriter_conf_t       conf;
    ngx_http_consent_srv_conf_t  *scf;

    body = ctx->body;
    scf = ngx_http_get_module_srv_conf(r, ngx_http_consent_module);

    rc = ngx_http_consent_undo_encoding(r, body);
    if (rc != NGX_OK) {
        return rc;
    }

    body->action = NGX_HTTP_CONSENT_OBSERVE;

    if (sheet) {
        return ngx_http_consent_read_sheet(r, ctx, 1);
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

    return body->rewriter ? NGX_OK : NGX_ERROR;
}


/* nothing that goes wrong here is the visitor's affair */

void
ngx_http_consent_read_along(ngx_http_consent_body_t *body, ngx_chain_t *in)
{
    for ( /* void */ ; in; in = in->next) {

        if (ngx_http_consent_feed(body, in->buf) != NGX_OK) {
            ngx_http_consent_count(body->request, CONSENT_COUNTER_PAGE_UNREAD,
                                   1);
            body->action = NGX_HTTP_CONSENT_PASS;
            return;
        }

        if (in->buf->last_buf) {

            if (body->rewriter) {
                ngx_http_consent_count(body->request,
                                       CONSENT_COUNTER_PAGE_OBSERVED, 1);
                ngx_http_consent_count(body->request, CONSENT_COUNTER_DIRECT,
                                       body->direct);
            }

            body->action = NGX_HTTP_CONSENT_PASS;
            return;
        }
    }
}


static int
ngx_http_consent_emit_nothing(void *data, consent_out_t kind, const char *bytes,
    size_t len)
{
    return 0;
}
