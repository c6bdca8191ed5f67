/*
 * Cookies that an answer sets: those of services not allowed go, lifetimes are
 * capped, and what the browser has and may not keep is expired.
 */

#include "ngx_http_consent.h"

#include "bridge.h"
#include "cookie.h"
#include "choice_cookies.h"


static void ngx_http_consent_expire(void *data, consent_str_t value);


ngx_int_t
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


/* the cookies that the browser sent and may not keep */

void
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


void
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


/* consent managers of the page are told of a choice just made, or told again */

void
ngx_http_consent_bridge(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    ngx_uint_t answered)
{
    consent_bridge_request_t      request;
    ngx_http_consent_srv_conf_t  *scf;

    if (ctx->choices.policy->nbridges == 0) {
        return;
    }

    scf = ngx_http_get_module_srv_conf(r, ngx_http_consent_module);

    request.arena = &ctx->arena;
    request.lines = ctx->cookies;
    request.nlines = ctx->ncookies;
    request.host = ctx->host;
    request.secure = ctx->secure;
    request.emit = ngx_http_consent_add_cookie;
    request.data = r;

    if (answered) {
        consent_bridge_answer(&ctx->choices, &request, scf->validity);

    } else {
        consent_bridge_reconcile(&ctx->choices, &request,
                                 (int64_t) ctx->choices.day * 86400
                                 + scf->validity - ngx_time());
    }
}
