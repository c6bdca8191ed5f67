/*
 * The visitor's address, masked: on the connection, in every request header
 * and in every variable already evaluated, from precontent on.  So a
 * proxy_params or fastcgi_params file sends the mask without being edited, and
 * limits and access rules before it saw the address itself.
 */

#include "ngx_http_consent.h"


typedef struct {
    ngx_str_t                 *place;
    ngx_str_t                  value;
} ngx_http_consent_saved_header_t;


typedef struct {
    ngx_http_variable_value_t *place;
    ngx_http_variable_value_t  value;
} ngx_http_consent_saved_variable_t;


/* what was there before; kept while the request lives */

typedef struct {
    ngx_connection_t          *connection;
    consent_mask_t             bits;

    struct sockaddr           *sockaddr;
    ngx_str_t                  addr_text;
    ngx_proxy_protocol_t      *proxy_protocol;

    struct sockaddr           *masked_sockaddr;
    ngx_str_t                  masked_addr_text;
    ngx_proxy_protocol_t      *masked_proxy_protocol;

    ngx_array_t                headers;     /* ngx_http_consent_saved_header_t */
    ngx_array_t                variables;   /* ..._saved_variable_t */
    u_char                    *evaluated;   /* whether a variable was, before */

    unsigned                   on:1;
    unsigned                   main:1;      /* not a subrequest's alone */
    unsigned                   counted:1;
    unsigned                   logging:1;   /* on for the log alone */
} ngx_http_consent_mask_t;


/* of a subrequest that waits for its cache */

typedef struct {
    consent_mask_t             bits;
    ngx_http_event_handler_pt  handler;
} ngx_http_consent_waiting_t;


static ngx_int_t ngx_http_consent_server_start(ngx_http_request_t *r);
static ngx_int_t ngx_http_consent_location_start(ngx_http_request_t *r);
static u_char *ngx_http_consent_add_args(ngx_http_request_t *r, u_char *p);
static ngx_int_t ngx_http_consent_content_start(ngx_http_request_t *r,
    ngx_http_phase_handler_t *ph);
static void ngx_http_consent_content_continue(ngx_http_request_t *r);
static void ngx_http_consent_watch_cache(ngx_http_request_t *r,
    consent_mask_t bits);
static ngx_int_t ngx_http_consent_mask_bits(ngx_http_request_t *r,
    consent_mask_t *bits);
static ngx_int_t ngx_http_consent_put_mask(ngx_http_request_t *r,
    consent_mask_t bits);
static void ngx_http_consent_unmask(ngx_http_request_t *r);
static ngx_http_consent_mask_t *ngx_http_consent_find_mask(
    ngx_http_request_t *r);
static ngx_http_consent_mask_t *ngx_http_consent_find_kept_mask(
    ngx_http_request_t *r, consent_mask_t bits);
static ngx_http_consent_mask_t *ngx_http_consent_create_mask(
    ngx_http_request_t *r, consent_mask_t bits);
static ngx_int_t ngx_http_consent_mask_sockaddr(ngx_pool_t *pool,
    ngx_connection_t *c, consent_mask_t bits, struct sockaddr **masked,
    ngx_str_t *text);
static ngx_int_t ngx_http_consent_mask_headers(ngx_http_request_t *r,
    ngx_http_consent_mask_t *mask);
static ngx_int_t ngx_http_consent_mask_header(ngx_http_request_t *r,
    ngx_http_consent_mask_t *mask, ngx_table_elt_t *h);
static ngx_int_t ngx_http_consent_mask_variables(ngx_http_request_t *r,
    ngx_http_consent_mask_t *mask);
static ngx_int_t ngx_http_consent_mask_text(ngx_http_request_t *r,
    ngx_http_consent_mask_t *mask, ngx_str_t *text, ngx_str_t *masked);
static ngx_int_t ngx_http_consent_logged_mask(ngx_http_request_t *r,
    consent_mask_t *bits);
static void ngx_http_consent_restore_connection(ngx_http_consent_mask_t *mask);
static void ngx_http_consent_mask_cleanup(void *data);


/*
 * Phases start again after a redirect: rewrites and access rules have to see
 * the address, and what they set has to stay.  The first handler of either
 * beginning is called through one of ours; with another handler beside it,
 * nginx would run the server's rewrites once more.
 */

void
ngx_http_consent_watch_phases(ngx_http_core_main_conf_t *cmcf,
    ngx_http_consent_main_conf_t *mcf)
{
    ngx_http_phase_handler_t  *ph;

    ph = cmcf->phase_engine.handlers + cmcf->phase_engine.server_rewrite_index;

    mcf->server_start = ph->handler;
    ph->handler = ngx_http_consent_server_start;

    ph = cmcf->phase_engine.handlers
         + cmcf->phase_engine.location_rewrite_index;

    mcf->location_start = ph->handler;
    ph->handler = ngx_http_consent_location_start;

    /* a subrequest that updates a cache begins with its content */

    while (ph->checker && ph->checker != ngx_http_core_content_phase) {
        ph++;
    }

    if (ph->checker) {
        ph->checker = ngx_http_consent_content_start;
    }
}


static ngx_int_t
ngx_http_consent_server_start(ngx_http_request_t *r)
{
    ngx_http_consent_main_conf_t  *mcf;

    mcf = ngx_http_get_module_main_conf(r, ngx_http_consent_module);

    if (r == r->main) {
        ngx_http_consent_unmask(r);
    }

    return mcf->server_start(r);
}


static ngx_int_t
ngx_http_consent_location_start(ngx_http_request_t *r)
{
    ngx_http_consent_main_conf_t  *mcf;

    mcf = ngx_http_get_module_main_conf(r, ngx_http_consent_module);

    if (r == r->main) {
        ngx_http_consent_unmask(r);
    }

    return mcf->location_start(r);
}


ngx_int_t
ngx_http_consent_precontent_handler(ngx_http_request_t *r)
{
    ngx_int_t                 rc;
    ngx_uint_t                mode, masked_here;
    consent_mask_t            bits;
    ngx_http_consent_ctx_t   *ctx;
    ngx_http_consent_mask_t  *mask;

    if (ngx_http_consent_mask_error_log(r) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    mode = ngx_http_consent_mode(r);

    if (mode == NGX_HTTP_CONSENT_MONITOR) {
        return NGX_DECLINED;
    }

    masked_here = (r == r->main
                   && ngx_http_consent_mask_bits(r, &bits) == NGX_OK);

    /* before a hit is closed: the log tells it, too */

    if (masked_here) {

        if (ngx_http_consent_put_mask(r, bits) == NGX_ERROR) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        ngx_http_consent_find_mask(r)->main = 1;
    }

    if (mode == NGX_HTTP_CONSENT_ON) {

        ctx = ngx_http_consent_get_ctx(r);
        if (ctx == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        rc = ngx_http_consent_hit(r, ctx);

        if (rc != NGX_DECLINED) {
            return rc;
        }
    }

    if (masked_here) {
        mask = ngx_http_consent_find_mask(r);

        if (!mask->counted) {
            mask->counted = 1;
            ngx_http_consent_count(r, CONSENT_COUNTER_ADDRESS, 1);
        }
    }

    return NGX_DECLINED;
}


/* by its address now, and by that which was asked for before a rewrite */

consent_claim_t
ngx_http_consent_match_path(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    ngx_http_consent_match_pt match)
{
    u_char           *p, *dst, *src, *args;
    ngx_str_t         asked;
    consent_str_t     path;
    consent_claim_t   claim;

    asked = r->unparsed_uri;
    args = ngx_strlchr(asked.data, asked.data + asked.len, '?');

    if (args) {
        asked.len = args - asked.data;
    }

    p = ngx_pnalloc(r->pool, ngx_max(r->uri.len, asked.len) + 1 + r->args.len);
    if (p == NULL) {
        return match(ctx->choices.policy, ctx->host,
                     ngx_http_consent_str(r->uri));
    }

    path.data = (char *) p;
    dst = ngx_cpymem(p, r->uri.data, r->uri.len);
    path.len = ngx_http_consent_add_args(r, dst) - p;

    claim = match(ctx->choices.policy, ctx->host, path);

    if (claim.service || r != r->main || asked.len == 0
        || (asked.len == r->uri.len
            && ngx_strncmp(asked.data, r->uri.data, asked.len) == 0))
    {
        return claim;
    }

    src = asked.data;
    dst = p;
    ngx_unescape_uri(&dst, &src, asked.len, 0);
    path.len = ngx_http_consent_add_args(r, dst) - p;

    return match(ctx->choices.policy, ctx->host, path);
}


static u_char *
ngx_http_consent_add_args(ngx_http_request_t *r, u_char *p)
{
    if (r->args.len == 0) {
        return p;
    }

    *p++ = '?';

    return ngx_cpymem(p, r->args.data, r->args.len);
}


/* what a location says, else Matomo's default */

consent_mask_t
ngx_http_consent_default_mask(ngx_http_consent_loc_conf_t *lcf)
{
    consent_mask_t  bits;

    if (lcf->mask.on == 1) {
        return lcf->mask.bits;
    }

    if (lcf->log_mask.on == 1) {
        return lcf->log_mask.bits;
    }

    bits.v4_bits = NGX_HTTP_CONSENT_V4_BITS;
    bits.v6_bits = NGX_HTTP_CONSENT_V6_BITS;

    return bits;
}


/*
 * The bits to keep, where the configuration says so or the request is for an
 * audience measurement of the policy; NGX_DECLINED elsewhere.
 */

static ngx_int_t
ngx_http_consent_mask_bits(ngx_http_request_t *r, consent_mask_t *bits)
{
    ngx_uint_t                    mode;
    consent_claim_t               claim;
    ngx_http_consent_ctx_t       *ctx;
    ngx_http_consent_loc_conf_t  *lcf;

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_consent_module);
    mode = ngx_http_consent_mode(r);

    if (mode == NGX_HTTP_CONSENT_MONITOR) {
        return NGX_DECLINED;
    }

    if (lcf->mask.on != NGX_CONF_UNSET_UINT) {
        *bits = lcf->mask.bits;

        return lcf->mask.on ? NGX_OK : NGX_DECLINED;
    }

    if (mode != NGX_HTTP_CONSENT_ON) {
        return NGX_DECLINED;
    }

    ctx = ngx_http_consent_get_ctx(r);
    if (ctx == NULL) {
        return NGX_DECLINED;
    }

    claim = ngx_http_consent_match_path(r, ctx, consent_match_endpoint);

    if (claim.service == NULL) {
        return NGX_DECLINED;
    }

    *bits = ngx_http_consent_default_mask(lcf);

    return NGX_OK;
}


/*
 * A subrequest shares the connection with a main request that may have access
 * rules before it still: the mask is on while its content handler runs.
 */

static ngx_int_t
ngx_http_consent_content_start(ngx_http_request_t *r,
    ngx_http_phase_handler_t *ph)
{
    ngx_int_t       rc, put;
    consent_mask_t  bits;

    if (r == r->main || r->content_handler == NULL
        || ngx_http_consent_mask_bits(r, &bits) != NGX_OK)
    {
        return ngx_http_core_content_phase(r, ph);
    }

    /* the handler may end the request, but the mask has to be taken off */

    r->main->count++;

    put = ngx_http_consent_put_mask(r, bits);

    if (put == NGX_ERROR) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        rc = NGX_OK;

    } else {
        rc = ngx_http_core_content_phase(r, ph);

        if (put == NGX_OK) {
            ngx_http_consent_unmask(r);
        }

        ngx_http_consent_watch_cache(r, bits);
    }

    ngx_http_finalize_request(r, NGX_DONE);

    return rc;
}


/* the cache has answered: what upstream is sent is made now */

static void
ngx_http_consent_content_continue(ngx_http_request_t *r)
{
    ngx_int_t                    put;
    ngx_http_consent_waiting_t  *waiting;

    waiting = ngx_http_get_module_ctx(r, ngx_http_consent_module);

    r->write_event_handler = waiting->handler;

    r->main->count++;

    put = ngx_http_consent_put_mask(r, waiting->bits);

    if (put == NGX_ERROR) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);

    } else {
        r->write_event_handler(r);

        if (put == NGX_OK) {
            ngx_http_consent_unmask(r);
        }

        ngx_http_consent_watch_cache(r, waiting->bits);
    }

    ngx_http_finalize_request(r, NGX_DONE);
}


/*
 * While its cache is locked, or read by a thread, the content handler has
 * returned before there is anything for the upstream.
 */

static void
ngx_http_consent_watch_cache(ngx_http_request_t *r, consent_mask_t bits)
{
#if (NGX_HTTP_CACHE)

    ngx_http_consent_waiting_t  *waiting;

    if (r->cache == NULL || (!r->cache->waiting && !r->aio)
        || r->write_event_handler == ngx_http_consent_content_continue)
    {
        return;
    }

    waiting = ngx_http_get_module_ctx(r, ngx_http_consent_module);

    if (waiting == NULL) {
        waiting = ngx_palloc(r->pool, sizeof(ngx_http_consent_waiting_t));
        if (waiting == NULL) {
            ngx_http_finalize_request(r, NGX_ERROR);
            return;
        }

        ngx_http_set_ctx(r, waiting, ngx_http_consent_module);
    }

    waiting->bits = bits;
    waiting->handler = r->write_event_handler;

    r->write_event_handler = ngx_http_consent_content_continue;

#endif
}


/*
 * NGX_OK, or NGX_DECLINED where a mask is on that keeps no more.  Above one
 * that keeps more, another is put on, and is to be taken off first.
 */

static ngx_int_t
ngx_http_consent_put_mask(ngx_http_request_t *r, consent_mask_t bits)
{
    ngx_connection_t         *c;
    ngx_http_consent_mask_t  *mask;

    mask = ngx_http_consent_find_mask(r);

    if (mask && mask->bits.v4_bits <= bits.v4_bits
        && mask->bits.v6_bits <= bits.v6_bits)
    {
        return NGX_DECLINED;
    }

    mask = ngx_http_consent_find_kept_mask(r, bits);

    if (mask == NULL) {
        mask = ngx_http_consent_create_mask(r, bits);
        if (mask == NULL) {
            return NGX_ERROR;
        }
    }

    if (ngx_http_consent_mask_headers(r, mask) != NGX_OK
        || ngx_http_consent_mask_variables(r, mask) != NGX_OK)
    {
        return NGX_ERROR;
    }

    c = r->connection;

    c->sockaddr = mask->masked_sockaddr;
    c->addr_text = mask->masked_addr_text;
    c->proxy_protocol = mask->masked_proxy_protocol;

    mask->on = 1;

    return NGX_OK;
}


/* whatever the masks say meanwhile: the first one was put on it */

ngx_str_t
ngx_http_consent_real_addr(ngx_http_request_t *r)
{
    ngx_str_t                 addr;
    ngx_pool_cleanup_t       *cln;
    ngx_http_consent_mask_t  *mask;

    addr = r->connection->addr_text;

    for (cln = r->main->pool->cleanup; cln; cln = cln->next) {

        if (cln->handler == ngx_http_consent_mask_cleanup) {
            mask = cln->data;

            if (mask->on) {
                addr = mask->addr_text;
            }
        }
    }

    return addr;
}


/*
 * The mask that is on, the last one put on if there are two.  A redirect
 * wipes the contexts, but not the cleanups; the newest is first.
 */

static ngx_http_consent_mask_t *
ngx_http_consent_find_mask(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t       *cln;
    ngx_http_consent_mask_t  *mask;

    for (cln = r->main->pool->cleanup; cln; cln = cln->next) {

        if (cln->handler == ngx_http_consent_mask_cleanup) {
            mask = cln->data;

            if (mask->on) {
                return mask;
            }
        }
    }

    return NULL;
}


/* made before, of this address: realip may have found another since */

static ngx_http_consent_mask_t *
ngx_http_consent_find_kept_mask(ngx_http_request_t *r, consent_mask_t bits)
{
    ngx_pool_cleanup_t       *cln;
    ngx_http_consent_mask_t  *mask;

    for (cln = r->main->pool->cleanup; cln; cln = cln->next) {

        if (cln->handler == ngx_http_consent_mask_cleanup) {
            mask = cln->data;

            if (!mask->on && mask->sockaddr == r->connection->sockaddr
                && mask->bits.v4_bits == bits.v4_bits
                && mask->bits.v6_bits == bits.v6_bits)
            {
                return mask;
            }
        }
    }

    return NULL;
}


static ngx_http_consent_mask_t *
ngx_http_consent_create_mask(ngx_http_request_t *r, consent_mask_t bits)
{
    size_t                      len;
    ngx_pool_t                 *pool;
    ngx_connection_t           *c;
    ngx_pool_cleanup_t         *cln;
    ngx_proxy_protocol_t       *pp;
    ngx_http_consent_mask_t    *mask;
    ngx_http_core_main_conf_t  *cmcf;

    c = r->connection;
    pool = r->main->pool;

    cln = ngx_pool_cleanup_add(pool, sizeof(ngx_http_consent_mask_t));
    if (cln == NULL) {
        return NULL;
    }

    mask = cln->data;
    ngx_memzero(mask, sizeof(ngx_http_consent_mask_t));

    mask->connection = c;
    mask->bits = bits;
    mask->sockaddr = c->sockaddr;
    mask->addr_text = c->addr_text;
    mask->proxy_protocol = c->proxy_protocol;

    if (ngx_array_init(&mask->headers, pool, 4,
                       sizeof(ngx_http_consent_saved_header_t))
        != NGX_OK
        || ngx_array_init(&mask->variables, pool, 4,
                          sizeof(ngx_http_consent_saved_variable_t))
           != NGX_OK)
    {
        return NULL;
    }

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);

    mask->evaluated = ngx_pnalloc(pool, cmcf->variables.nelts);
    if (mask->evaluated == NULL) {
        return NULL;
    }

    if (ngx_http_consent_mask_sockaddr(pool, c, bits, &mask->masked_sockaddr,
                                       &mask->masked_addr_text)
        != NGX_OK)
    {
        return NULL;
    }

    if (c->proxy_protocol) {

        pp = ngx_palloc(pool, sizeof(ngx_proxy_protocol_t));
        if (pp == NULL) {
            return NULL;
        }

        *pp = *c->proxy_protocol;

        pp->src_addr.data = ngx_pnalloc(pool, CONSENT_ADDRESS_TEXT_MAX);
        if (pp->src_addr.data == NULL) {
            return NULL;
        }

        len = consent_mask_text(bits,
                             ngx_http_consent_str(c->proxy_protocol->src_addr),
                             (char *) pp->src_addr.data);
        pp->src_addr.len = len;

        mask->masked_proxy_protocol = pp;
    }

    cln->handler = ngx_http_consent_mask_cleanup;

    return mask;
}


static ngx_int_t
ngx_http_consent_mask_sockaddr(ngx_pool_t *pool, ngx_connection_t *c,
    consent_mask_t bits, struct sockaddr **masked, ngx_str_t *text)
{
    u_char               *p;
    struct sockaddr      *sa;
    struct sockaddr_in   *sin;
#if (NGX_HAVE_INET6)
    struct sockaddr_in6  *sin6;
#endif

    *masked = c->sockaddr;
    *text = c->addr_text;

    sa = ngx_palloc(pool, c->socklen);
    if (sa == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(sa, c->sockaddr, c->socklen);

    switch (sa->sa_family) {

    case AF_INET:
        sin = (struct sockaddr_in *) sa;
        consent_mask_ipv4(bits, (unsigned char *) &sin->sin_addr);
        break;

#if (NGX_HAVE_INET6)
    case AF_INET6:
        sin6 = (struct sockaddr_in6 *) sa;
        consent_mask_ipv6(bits, sin6->sin6_addr.s6_addr);
        break;
#endif

    default:

        /* a unix socket names nobody */

        return NGX_OK;
    }

    p = ngx_pnalloc(pool, NGX_SOCKADDR_STRLEN);
    if (p == NULL) {
        return NGX_ERROR;
    }

    text->data = p;
    text->len = ngx_sock_ntop(sa, c->socklen, p, NGX_SOCKADDR_STRLEN, 0);
    *masked = sa;

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_mask_headers(ngx_http_request_t *r,
    ngx_http_consent_mask_t *mask)
{
    ngx_table_elt_t             *h;
    ngx_http_consent_headers_t   headers;

    ngx_http_consent_headers_start(&headers, &r->main->headers_in.headers);

    while ((h = ngx_http_consent_headers_next(&headers)) != NULL) {

        if (ngx_http_consent_mask_header(r, mask, h) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_mask_header(ngx_http_request_t *r,
    ngx_http_consent_mask_t *mask, ngx_table_elt_t *h)
{
    char                      *out;
    size_t                     len;
    ngx_int_t                  rc;
    ngx_str_t                  masked;
    ngx_pool_t                *pool;
    consent_str_t              value;
    consent_address_header_t   kind;
    ngx_http_consent_saved_header_t  *saved;

    pool = r->main->pool;
    value = ngx_http_consent_str(h->value);

    kind = consent_address_header((consent_str_t) { (char *) h->lowcase_key,
                                                    h->key.len });

    switch (kind) {

    case CONSENT_ADDRESS_HEADER_DROP:
        ngx_str_set(&masked, "");
        break;

    case CONSENT_ADDRESS_HEADER_LIST:
    case CONSENT_ADDRESS_HEADER_FORWARDED:

        out = ngx_pnalloc(pool, consent_mask_list_size(value.len) + 1);
        if (out == NULL) {
            return NGX_ERROR;
        }

        len = (kind == CONSENT_ADDRESS_HEADER_LIST)
              ? consent_mask_list(mask->bits, value, out)
              : consent_mask_forwarded(mask->bits, value, out);

        out[len] = '\0';

        masked.data = (u_char *) out;
        masked.len = len;
        break;

    default:

        rc = ngx_http_consent_mask_text(r, mask, &h->value, &masked);

        if (rc != NGX_OK) {
            return (rc == NGX_DECLINED) ? NGX_OK : NGX_ERROR;
        }
    }

    saved = ngx_array_push(&mask->headers);
    if (saved == NULL) {
        return NGX_ERROR;
    }

    saved->place = &h->value;
    saved->value = h->value;

    h->value = masked;

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_mask_variables(ngx_http_request_t *r,
    ngx_http_consent_mask_t *mask)
{
    ngx_int_t                           rc;
    ngx_str_t                           value, masked;
    ngx_uint_t                          i;
    ngx_http_variable_t                *cv;
    ngx_http_variable_value_t          *v;
    ngx_http_core_main_conf_t          *cmcf;
    ngx_http_consent_saved_variable_t  *saved;

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);
    cv = cmcf->variables.elts;

    for (i = 0; i < cmcf->variables.nelts; i++) {

        v = &r->variables[i];

        mask->evaluated[i] = v->valid;

        if (!v->valid || v->not_found || v->len == 0) {
            continue;
        }

        if (cv[i].name.len == sizeof("binary_remote_addr") - 1
            && ngx_strncmp(cv[i].name.data, "binary_remote_addr", 18) == 0)
        {
            v->valid = 0;
            mask->evaluated[i] = 0;
            continue;
        }

        value.data = v->data;
        value.len = v->len;

        rc = ngx_http_consent_mask_text(r, mask, &value, &masked);

        if (rc == NGX_ERROR) {
            return NGX_ERROR;
        }

        if (rc == NGX_DECLINED) {
            continue;
        }

        saved = ngx_array_push(&mask->variables);
        if (saved == NULL) {
            return NGX_ERROR;
        }

        saved->place = v;
        saved->value = *v;

        v->data = masked.data;
        v->len = masked.len;
    }

    return NGX_OK;
}


/*
 * Whatever text holds the address, or that of the PROXY protocol: NGX_OK and
 * the text with the mask in its place, or NGX_DECLINED.
 */

static ngx_int_t
ngx_http_consent_mask_text(ngx_http_request_t *r, ngx_http_consent_mask_t *mask,
    ngx_str_t *text, ngx_str_t *masked)
{
    char        *out;
    unsigned     found;
    ngx_int_t    rc;
    ngx_str_t    addresses[2];
    ngx_uint_t   i, n;

    addresses[0] = mask->addr_text;
    n = 1;

    if (mask->proxy_protocol) {
        addresses[n++] = mask->proxy_protocol->src_addr;
    }

    *masked = *text;
    rc = NGX_DECLINED;

    for (i = 0; i < n; i++) {

        if (addresses[i].len == 0
            || !consent_address_occurs(ngx_http_consent_str(*masked),
                                       ngx_http_consent_str(addresses[i])))
        {
            continue;
        }

        out = ngx_pnalloc(r->main->pool,
                          consent_mask_list_size(masked->len) + 1);
        if (out == NULL) {
            return NGX_ERROR;
        }

        masked->len = consent_mask_occurrences(mask->bits,
                                           ngx_http_consent_str(*masked),
                                           ngx_http_consent_str(addresses[i]),
                                           out, &found);
        masked->data = (u_char *) out;
        out[masked->len] = '\0';
        rc = NGX_OK;
    }

    return rc;
}


/* what was evaluated meanwhile is evaluated again */

static void
ngx_http_consent_unmask(ngx_http_request_t *r)
{
    ngx_uint_t                          i;
    ngx_http_consent_mask_t            *mask;
    ngx_http_core_main_conf_t          *cmcf;
    ngx_http_consent_saved_header_t    *header;
    ngx_http_consent_saved_variable_t  *variable;

    mask = ngx_http_consent_find_mask(r);

    if (mask == NULL) {
        return;
    }

    ngx_http_consent_restore_connection(mask);

    header = mask->headers.elts;

    for (i = 0; i < mask->headers.nelts; i++) {
        *header[i].place = header[i].value;
    }

    variable = mask->variables.elts;

    for (i = 0; i < mask->variables.nelts; i++) {
        *variable[i].place = variable[i].value;
    }

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);

    for (i = 0; i < cmcf->variables.nelts; i++) {

        if (!mask->evaluated[i]) {
            r->variables[i].valid = 0;
            r->variables[i].not_found = 0;
        }
    }

    mask->headers.nelts = 0;
    mask->variables.nelts = 0;
}


ngx_int_t
ngx_http_consent_log_handler(ngx_http_request_t *r)
{
    ngx_int_t       rc;
    consent_mask_t  bits;

    if (ngx_http_consent_logged_mask(r, &bits) != NGX_OK) {
        return NGX_OK;
    }

    rc = ngx_http_consent_put_mask(r, bits);

    if (rc == NGX_OK) {
        ngx_http_consent_find_mask(r)->logging = 1;
    }

    return (rc == NGX_ERROR) ? NGX_ERROR : NGX_OK;
}


/*
 * Once masked, a request is logged masked, wherever it was led since; not
 * because one of its subrequests was.  One that a limit or an access rule
 * ended is logged as its location would have masked it.
 */

static ngx_int_t
ngx_http_consent_logged_mask(ngx_http_request_t *r, consent_mask_t *bits)
{
    ngx_pool_cleanup_t       *cln;
    ngx_http_consent_mask_t  *mask;

    if (r == r->main) {

        for (cln = r->pool->cleanup; cln; cln = cln->next) {

            if (cln->handler != ngx_http_consent_mask_cleanup) {
                continue;
            }

            mask = cln->data;

            if (mask->main) {
                *bits = mask->bits;
                return NGX_OK;
            }
        }
    }

    return (ngx_http_consent_mask_bits(r, bits) == NGX_OK)
           ? NGX_OK : ngx_http_consent_log_mask(r, bits);
}


/* log_subrequest: the main request goes on */

ngx_int_t
ngx_http_consent_logged_handler(ngx_http_request_t *r)
{
    ngx_http_consent_mask_t  *mask;

    mask = (r == r->main) ? NULL : ngx_http_consent_find_mask(r);

    if (mask && mask->logging) {
        mask->logging = 0;
        ngx_http_consent_unmask(r);
    }

    return NGX_OK;
}


static void
ngx_http_consent_restore_connection(ngx_http_consent_mask_t *mask)
{
    mask->connection->sockaddr = mask->sockaddr;
    mask->connection->addr_text = mask->addr_text;
    mask->connection->proxy_protocol = mask->proxy_protocol;

    mask->on = 0;
}


/*
 * The connection outlives the request; realip's own cleanup, registered
 * before this one, runs after it.
 */

static void
ngx_http_consent_mask_cleanup(void *data)
{
    ngx_http_consent_mask_t  *mask = data;

    if (mask->on) {
        ngx_http_consent_restore_connection(mask);
    }
}
