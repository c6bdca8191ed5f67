/*
 * What nginx logs of a request that itself goes on with the whole address: a
 * vote needs it, the logs do not.  Lines of error_log name the client by the
 * connection that their context points to; that becomes one whose address is
 * masked.  access_log sees the mask proper, which the log handler puts on.
 */

#include "ngx_http_consent.h"


/* kept while the request lives */

typedef struct {
    ngx_http_log_ctx_t        *ctx;
    ngx_connection_t          *connection;
    ngx_str_t                  addr_text;   /* of which the mask was made */
    ngx_connection_t           masked;
    consent_mask_t             bits;
} ngx_http_consent_log_t;


static ngx_http_consent_log_t *ngx_http_consent_find_log(
    ngx_http_request_t *r);
static ngx_http_consent_log_t *ngx_http_consent_create_log(
    ngx_http_request_t *r, consent_mask_t bits);
static void ngx_http_consent_log_cleanup(void *data);


/* realip, which runs before, may have changed the address */

ngx_int_t
ngx_http_consent_post_read_handler(ngx_http_request_t *r)
{
    if (ngx_http_consent_mask_error_log(r) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return NGX_DECLINED;
}


/*
 * From now on, where the location asks for it; called again whenever the
 * location or the address may be another.
 */

ngx_int_t
ngx_http_consent_mask_error_log(ngx_http_request_t *r)
{
    u_char                       *p;
    ngx_connection_t             *c;
    ngx_http_consent_log_t       *log;
    ngx_http_consent_loc_conf_t  *lcf;

    if (r != r->main) {
        return NGX_OK;
    }

    c = r->connection;
    log = ngx_http_consent_find_log(r);
    lcf = ngx_http_get_module_loc_conf(r, ngx_http_consent_module);

    if (lcf->log_mask.on == 1) {

        if (log == NULL) {
            log = ngx_http_consent_create_log(r, lcf->log_mask.bits);
            if (log == NULL) {
                return NGX_ERROR;
            }

        } else {
            log->bits = lcf->log_mask.bits;
            log->addr_text.data = NULL;
        }
    }

    if (log == NULL || log->addr_text.data == c->addr_text.data) {
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, CONSENT_ADDRESS_TEXT_MAX);
    if (p == NULL) {
        return NGX_ERROR;
    }

    log->addr_text = c->addr_text;
    log->masked.addr_text = c->addr_text;

    /* a unix socket names nobody */

    if (c->sockaddr->sa_family != AF_UNIX) {
        log->masked.addr_text.data = p;
        log->masked.addr_text.len = consent_mask_text(log->bits,
                                           ngx_http_consent_str(c->addr_text),
                                           (char *) p);
    }

    log->ctx->connection = &log->masked;

    return NGX_OK;
}


/* NGX_DECLINED where the logs tell the address; NGX_OK wherever it was led */

ngx_int_t
ngx_http_consent_log_mask(ngx_http_request_t *r, consent_mask_t *bits)
{
    ngx_http_consent_ctx_t       *ctx;
    ngx_http_consent_log_t       *log;
    ngx_http_consent_loc_conf_t  *lcf;

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_consent_module);

    if (lcf->log_mask.on == 1) {
        *bits = lcf->log_mask.bits;
        return NGX_OK;
    }

    /* an address beside the id of a record would say whose it is */

    ctx = ngx_http_get_module_ctx(r, ngx_http_consent_module);

    if (r == r->main && ctx && ctx->endpoint) {
        *bits = ngx_http_consent_default_mask(lcf);
        return NGX_OK;
    }

    log = ngx_http_consent_find_log(r);

    if (log == NULL) {
        return NGX_DECLINED;
    }

    *bits = log->bits;

    return NGX_OK;
}


static ngx_http_consent_log_t *
ngx_http_consent_find_log(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t  *cln;

    for (cln = r->main->pool->cleanup; cln; cln = cln->next) {

        if (cln->handler == ngx_http_consent_log_cleanup) {
            return cln->data;
        }
    }

    return NULL;
}


static ngx_http_consent_log_t *
ngx_http_consent_create_log(ngx_http_request_t *r, consent_mask_t bits)
{
    ngx_pool_cleanup_t      *cln;
    ngx_http_consent_log_t  *log;

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_consent_log_t));
    if (cln == NULL) {
        return NULL;
    }

    log = cln->data;

    log->ctx = r->connection->log->data;
    log->connection = r->connection;
    log->masked = *r->connection;
    log->bits = bits;
    ngx_str_null(&log->addr_text);

    cln->handler = ngx_http_consent_log_cleanup;

    return log;
}


static void
ngx_http_consent_log_cleanup(void *data)
{
    ngx_http_consent_log_t *log = data;

    log->ctx->connection = log->connection;
}
