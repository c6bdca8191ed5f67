/*
 * Reports of visits to an audience measurement that this very server answers
 * (matomo.php): closed when the visitor refused the service, without campaign
 * parameters while it runs exempt, and refused where the policy wants no
 * addresses in them.  What cannot be read for that does not go on either; its
 * sender is told, while a tracker in a page does not look.
 */

#include "ngx_http_consent.h"

#include "hit.h"


/*
 * More of a body is not read, as nginx itself takes no more unless told to;
 * that is many hundred hits
 */

#define NGX_HTTP_CONSENT_HIT_MAX  (1024 * 1024)


static ngx_int_t ngx_http_consent_check_hit(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, const consent_entry_t *entry,
    ngx_uint_t strip);
static ngx_int_t ngx_http_consent_hit_body(ngx_http_request_t *r,
    consent_str_t *body);
static ngx_int_t ngx_http_consent_refuse_hit(ngx_http_request_t *r,
    ngx_int_t status, const char *why);
static ngx_uint_t ngx_http_consent_has_body(ngx_http_request_t *r);
static void ngx_http_consent_hit_body_handler(ngx_http_request_t *r);
static ngx_int_t ngx_http_consent_strip_args(ngx_http_request_t *r,
    consent_buf_t *args);
static ngx_int_t ngx_http_consent_strip_referer(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static ngx_int_t ngx_http_consent_replace_body(ngx_http_request_t *r,
    consent_buf_t *body);
static void ngx_http_consent_forget_query(ngx_http_request_t *r);


/* NGX_DECLINED where the request goes on */

ngx_int_t
ngx_http_consent_hit(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx)
{
    ngx_uint_t              strip;
    consent_claim_t         claim;
    const consent_entry_t  *entry;

    claim = ngx_http_consent_match_path(r, ctx, consent_match_hit);

    if (claim.service == NULL) {
        return NGX_DECLINED;
    }

    if (!consent_choices_allow_claim(&ctx->choices, claim,
                                     CONSENT_UNKNOWN_ALLOW))
    {
        ngx_log_debug0(NGX_LOG_DEBUG_HTTP, r->connection->log, 0,
                       "consent hit of a refused service closed");

        ngx_http_consent_count(r, CONSENT_COUNTER_HIT, 1);

        return NGX_HTTP_NO_CONTENT;
    }

    if (claim.index < 0) {
        return NGX_DECLINED;
    }

    entry = &ctx->choices.policy->entries[claim.index];

    strip = entry->basis == CONSENT_BASIS_EXEMPT
            && ctx->choices.answers[claim.index] != CONSENT_ACCEPTED;

    if (!strip && !entry->refuse_addresses) {
        return NGX_DECLINED;
    }

    return ngx_http_consent_check_hit(r, ctx, entry, strip);
}


static ngx_int_t
ngx_http_consent_check_hit(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    const consent_entry_t *entry, ngx_uint_t strip)
{
    int            rc;
    ngx_int_t      status;
    consent_buf_t  buf;
    consent_str_t  args, body;

    args = ngx_http_consent_str(r->args);
    body = CONSENT_STR("");

    if (ngx_http_consent_has_body(r)) {
        status = ngx_http_consent_hit_body(r, &body);

        if (status != NGX_OK) {
            return status;
        }
    }

    if (entry->refuse_addresses) {
        rc = consent_hit_names_address(body);

        if (rc == 1 || consent_hit_query_names_address(args)) {
            return ngx_http_consent_refuse_hit(r, NGX_HTTP_FORBIDDEN,
                                         "it says whose address to store");
        }

        if (rc == -1) {
            return ngx_http_consent_refuse_hit(r, NGX_HTTP_BAD_REQUEST,
                                               "its JSON cannot be read");
        }
    }

    if (!strip) {
        return NGX_DECLINED;
    }

    consent_buf_init(&buf, &ctx->arena);

    if (consent_hit_strip_query(args, &buf)
        && ngx_http_consent_strip_args(r, &buf) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    consent_buf_init(&buf, &ctx->arena);

    rc = consent_hit_strip(body, &buf);

    if (rc == -1) {
        return ngx_http_consent_refuse_hit(r, NGX_HTTP_BAD_REQUEST,
                                           "its JSON cannot be read");
    }

    if (rc == 1
        && ngx_http_consent_replace_body(r, &buf) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ngx_http_consent_strip_referer(r, ctx) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_http_consent_forget_query(r);

    return NGX_DECLINED;
}


/* NGX_OK when it is there; anything else is what the phase ends with */

static ngx_int_t
ngx_http_consent_hit_body(ngx_http_request_t *r, consent_str_t *body)
{
    ngx_int_t      rc;
    consent_str_t  type;

    type = ngx_http_consent_value_in(r, "content-type");

    if (!consent_hit_is_form(type)) {
        return ngx_http_consent_refuse_hit(r, NGX_HTTP_UNSUPPORTED_MEDIA_TYPE,
                                           "no tracker sends multipart");
    }

    if (r->headers_in.content_length_n > NGX_HTTP_CONSENT_HIT_MAX) {
        return ngx_http_consent_refuse_hit(r, NGX_HTTP_REQUEST_ENTITY_TOO_LARGE,
                                           "it is too large");
    }

    if (r->request_body == NULL) {
        rc = ngx_http_read_client_request_body(r,
                                            ngx_http_consent_hit_body_handler);

        if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
            return rc;
        }

        ngx_http_finalize_request(r, NGX_DONE);

        return NGX_DONE;
    }

    switch (ngx_http_consent_read_body(r, NGX_HTTP_CONSENT_HIT_MAX, body)) {

    case NGX_OK:
        return NGX_OK;

    case NGX_DECLINED:
        return ngx_http_consent_refuse_hit(r, NGX_HTTP_REQUEST_ENTITY_TOO_LARGE,
                                           "it is too large");

    default:
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
}


static ngx_int_t
ngx_http_consent_refuse_hit(ngx_http_request_t *r, ngx_int_t status,
    const char *why)
{
    ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                  "consent: a hit was refused: %s", why);

    ngx_http_consent_count(r, CONSENT_COUNTER_HIT_REFUSED, 1);

    return status;
}


static ngx_uint_t
ngx_http_consent_has_body(ngx_http_request_t *r)
{
    return r == r->main
           && (r->headers_in.content_length_n > 0 || r->headers_in.chunked);
}


/* this very phase begins again */

static void
ngx_http_consent_hit_body_handler(ngx_http_request_t *r)
{
    r->preserve_body = 1;

    r->write_event_handler = ngx_http_core_run_phases;
    ngx_http_core_run_phases(r);
}


/* for upstreams that get the query, and for those that get what was asked */

static ngx_int_t
ngx_http_consent_strip_args(ngx_http_request_t *r, consent_buf_t *args)
{
    u_char     *mark;
    ngx_str_t   uri;

    if (args->failed) {
        return NGX_ERROR;
    }

    r->args = ngx_http_consent_ngx_str(consent_buf_str(args));

    mark = ngx_strlchr(r->unparsed_uri.data,
                       r->unparsed_uri.data + r->unparsed_uri.len, '?');

    if (mark == NULL) {
        return NGX_OK;
    }

    uri.len = mark + 1 - r->unparsed_uri.data + r->args.len;
    uri.data = ngx_pnalloc(r->pool, uri.len + 1);
    if (uri.data == NULL) {
        return NGX_ERROR;
    }

    ngx_sprintf(uri.data, "%*s?%V%Z",
                (size_t) (mark - r->unparsed_uri.data), r->unparsed_uri.data,
                &r->args);

    r->unparsed_uri = uri;

    return NGX_OK;
}


/* where a hit without a script says which page it is of */

static ngx_int_t
ngx_http_consent_strip_referer(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    consent_buf_t     buf;
    ngx_table_elt_t  *h;

    h = ngx_http_consent_header_in(r, "referer");
    if (h == NULL) {
        return NGX_OK;
    }

    consent_buf_init(&buf, &ctx->arena);

    if (!consent_hit_strip_url(ngx_http_consent_str(h->value), &buf)) {
        return buf.failed ? NGX_ERROR : NGX_OK;
    }

    consent_buf_addc(&buf, '\0');

    if (buf.failed) {
        return NGX_ERROR;
    }

    h->value.data = (u_char *) buf.data;
    h->value.len = buf.len - 1;

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_replace_body(ngx_http_request_t *r, consent_buf_t *body)
{
    u_char       *p;
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    b = ngx_calloc_buf(r->pool);
    cl = ngx_alloc_chain_link(r->pool);
    p = ngx_pnalloc(r->pool, NGX_OFF_T_LEN + 1);

    if (b == NULL || cl == NULL || p == NULL || body->failed) {
        return NGX_ERROR;
    }

    b->pos = (u_char *) body->data;
    b->last = b->pos + body->len;
    b->start = b->pos;
    b->end = b->last;
    b->memory = body->len ? 1 : 0;
    b->last_buf = 1;

    cl->buf = b;
    cl->next = NULL;

    r->request_body->bufs = cl;
    r->headers_in.content_length_n = body->len;

    if (r->headers_in.content_length) {
        r->headers_in.content_length->value.data = p;
        r->headers_in.content_length->value.len = ngx_sprintf(p, "%uz%Z",
                                                              body->len)
                                                  - 1 - p;
    }

    return NGX_OK;
}


/* variables that were evaluated before */

static void
ngx_http_consent_forget_query(ngx_http_request_t *r)
{
    ngx_str_t                  *name;
    ngx_uint_t                  i, n;
    ngx_http_variable_t        *v;
    ngx_http_core_main_conf_t  *cmcf;
    static ngx_str_t            changed[] = {
        ngx_string("args"),
        ngx_string("query_string"),
        ngx_string("request_uri"),
        ngx_string("request_body"),
        ngx_string("content_length"),
        ngx_string("http_referer")
    };

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);
    v = cmcf->variables.elts;

    for (i = 0; i < cmcf->variables.nelts; i++) {

        name = &v[i].name;

        for (n = 0; n < sizeof(changed) / sizeof(changed[0]); n++) {

            if (name->len == changed[n].len
                && ngx_strncmp(name->data, changed[n].data, name->len) == 0)
            {
                break;
            }
        }

        if (n == sizeof(changed) / sizeof(changed[0])
            && (name->len < 4 || ngx_strncmp(name->data, "arg_", 4) != 0))
        {
            continue;
        }

        r->variables[i].valid = 0;
        r->variables[i].not_found = 0;
    }
}
