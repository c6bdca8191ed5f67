/*
 * What caches are told of an answer that was made for one choice, and what
 * becomes of the validators that browsers send back.
 */

#include "ngx_http_consent.h"

#include "etag.h"


static ngx_http_consent_tag_t ngx_http_consent_untag(
    ngx_http_consent_ctx_t *ctx, ngx_str_t *value, consent_str_t *etag,
    int64_t *last_modified);
static ngx_int_t ngx_http_consent_give_back(ngx_http_request_t *r,
    ngx_table_elt_t *h, consent_str_t etag, int64_t last_modified);
static void ngx_http_consent_class(ngx_http_consent_ctx_t *ctx,
    ngx_http_consent_tag_t what, char class[CONSENT_CLASS_LEN + 1]);


/*
 * Validators name what they were made for.  Those of this very choice class
 * are given back as the site set them; any other is made to match nothing, so
 * that nothing old is confirmed.  A range would be one of bytes that the
 * visitor never saw.
 */

ngx_int_t
ngx_http_consent_return_validators(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    int64_t                      last_modified;
    consent_str_t                etag;
    ngx_table_elt_t             *h;
    ngx_http_consent_headers_t   headers;

    h = ngx_http_consent_header_in(r, "if-none-match");

    if (h) {
        ctx->validator = ngx_http_consent_untag(ctx, &h->value, &etag,
                                                &last_modified);

        if (ctx->validator == NGX_HTTP_CONSENT_TAG_NONE) {
            ngx_str_set(&h->value, "\"-\"");
            r->headers_in.if_none_match = NULL;

        } else if (ngx_http_consent_give_back(r, h, etag, last_modified)
                   != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    ngx_http_consent_headers_start(&headers, &r->headers_in.headers);

    while ((h = ngx_http_consent_headers_next(&headers)) != NULL) {

        if (ngx_http_consent_is(h, "if-modified-since")) {

            if (ctx->validator == NGX_HTTP_CONSENT_TAG_NONE) {
                ngx_str_set(&h->value, "Thu, 01 Jan 1970 00:00:00 GMT");
                r->headers_in.if_modified_since = NULL;
            }

            continue;
        }

        if (ngx_http_consent_is(h, "range")) {
            ngx_str_set(&h->value, "none");
            r->headers_in.range = NULL;

            continue;
        }

        if (ngx_http_consent_is(h, "if-range")) {
            ngx_str_set(&h->value, "\"-\"");
            r->headers_in.if_range = NULL;
        }
    }

    return NGX_OK;
}


/* a page is confirmed to no one who asks for a style sheet */

static ngx_http_consent_tag_t
ngx_http_consent_untag(ngx_http_consent_ctx_t *ctx, ngx_str_t *value,
    consent_str_t *etag, int64_t *last_modified)
{
    int                     rc;
    char                    class[CONSENT_CLASS_LEN + 1];
    ngx_http_consent_tag_t  what;

    what = ctx->style ? NGX_HTTP_CONSENT_TAG_SHEET : NGX_HTTP_CONSENT_TAG_PAGE;

    do {
        ngx_http_consent_class(ctx, what, class);

        rc = consent_etag_untag_list(ngx_http_consent_str(*value),
                                     consent_str(class), &ctx->arena, etag,
                                     last_modified);
        if (rc == 1) {
            return what;
        }

        /* ours, and not of this class: of the next, perhaps */

    } while (rc == 0 && what++ != NGX_HTTP_CONSENT_TAG_PUBLIC);

    return NGX_HTTP_CONSENT_TAG_NONE;
}


/* h is the line of If-None-Match; there may be one of If-Modified-Since */

static ngx_int_t
ngx_http_consent_give_back(ngx_http_request_t *r, ngx_table_elt_t *h,
    consent_str_t etag, int64_t last_modified)
{
    ngx_str_t         date;
    ngx_table_elt_t  *ims;
    static u_char     ims_key[] = "if-modified-since";
    static u_char     other_key[] = "x-if-none-match";

    ims = r->headers_in.if_modified_since;

    if (last_modified != -1) {

        date.data = ngx_pnalloc(r->pool,
                                sizeof("Mon, 28 Sep 1970 06:00:00 GMT"));
        if (date.data == NULL) {
            return NGX_ERROR;
        }

        date.len = ngx_http_time(date.data, (time_t) last_modified)
                   - date.data;
        date.data[date.len] = '\0';

        if (ims) {
            ims->value = date;
        }
    }

    if (etag.len) {
        h->value = ngx_http_consent_ngx_str(etag);
        return NGX_OK;
    }

    r->headers_in.if_none_match = NULL;

    if (last_modified == -1) {
        ngx_str_set(&h->value, "\"-\"");
        return NGX_OK;
    }

    /* the site has a date only; nobody knows the other name */

    if (ims) {
        ngx_str_set(&h->value, "-");
        ngx_str_set(&h->key, "X-If-None-Match");
        h->lowcase_key = other_key;
        h->hash = ngx_hash_key(other_key, sizeof(other_key) - 1);
        return NGX_OK;
    }

    h->value = date;
    ngx_str_set(&h->key, "If-Modified-Since");
    h->lowcase_key = ims_key;
    h->hash = ngx_hash_key(ims_key, sizeof(ims_key) - 1);

    r->headers_in.if_modified_since = h;

    return NGX_OK;
}


/*
 * What a style sheet looks like depends on less than a page does; whether it
 * is of no service, only on the policy.
 */

static void
ngx_http_consent_class(ngx_http_consent_ctx_t *ctx, ngx_http_consent_tag_t what,
    char class[CONSENT_CLASS_LEN + 1])
{
    consent_choices_t  nobody;

    switch (what) {

    case NGX_HTTP_CONSENT_TAG_PAGE:
        ngx_memcpy(class, ctx->choice_class, CONSENT_CLASS_LEN + 1);
        break;

    case NGX_HTTP_CONSENT_TAG_SHEET:
        consent_choices_class(&ctx->choices, CONSENT_STR(""),
                              CONSENT_STR(NGX_HTTP_CONSENT_BUILD " sheet"),
                              class);
        break;

    default: /* NGX_HTTP_CONSENT_TAG_PUBLIC */
        consent_choices_init(&nobody, ctx->choices.policy, 0);
        consent_choices_class(&nobody, CONSENT_STR(""),
                              CONSENT_STR(NGX_HTTP_CONSENT_BUILD " public"),
                              class);
    }
}


/*
 * What was made for one visitor's choice is for that visitor's own cache, and
 * asked for again each time; the validator tells whether it is still right.
 */

ngx_int_t
ngx_http_consent_cache_headers(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_uint_t no_store)
{
    ngx_str_t                    value;
    ngx_uint_t                   vary;
    ngx_table_elt_t             *h, *cc;
    ngx_http_consent_headers_t   headers;

    cc = NULL;
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


ngx_int_t
ngx_http_consent_tag(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    ngx_http_consent_tag_t what)
{
    char              class[CONSENT_CLASS_LEN + 1];
    int64_t           last_modified;
    ngx_uint_t        public;
    consent_buf_t     buf;
    consent_str_t     etag;
    ngx_table_elt_t  *h;

    public = (what == NGX_HTTP_CONSENT_TAG_PUBLIC);

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

    if (!public) {
        ngx_http_clear_last_modified(r);
    }

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

    ngx_http_consent_class(ctx, what, class);

    consent_buf_init(&buf, &ctx->arena);
    consent_etag_tag(etag, last_modified, consent_str(class), public, &buf);

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
