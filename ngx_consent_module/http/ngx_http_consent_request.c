/*
 * What is known of a request, and what is changed of it before anybody else
 * reads it: cookies of services not allowed are removed, and only encodings
 * that can be undone are asked for.
 */

#include "ngx_http_consent.h"

#include "cookie.h"
#include "token.h"


/* shorter ones may stand anywhere by chance */

#define NGX_HTTP_CONSENT_VALUE_MIN  8


static ngx_http_consent_ctx_t *ngx_http_consent_create_ctx(
    ngx_http_request_t *r);
static void ngx_http_consent_ctx_cleanup(void *data);
static ngx_int_t ngx_http_consent_collect_cookies(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static void ngx_http_consent_fetch_metadata(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static ngx_uint_t ngx_http_consent_is_partial(ngx_http_request_t *r);
static ngx_uint_t ngx_http_consent_one_of(ngx_str_t *value,
    const char *const *names);

static ngx_int_t ngx_http_consent_filter_cookies(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static ngx_int_t ngx_http_consent_filter_copies(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static ngx_int_t ngx_http_consent_cut_value(ngx_http_request_t *r,
    consent_str_t value);
static ngx_int_t ngx_http_consent_limit_encodings(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static void ngx_http_consent_forget_variables(ngx_http_request_t *r);


ngx_uint_t
ngx_http_consent_mode(ngx_http_request_t *r)
{
    ngx_str_t                     value;
    ngx_http_consent_loc_conf_t  *lcf;

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_consent_module);

    if (lcf->mode_value == NULL) {
        return lcf->mode;
    }

    if (ngx_http_complex_value(r, lcf->mode_value, &value) != NGX_OK) {
        return NGX_HTTP_CONSENT_ON;
    }

    if (value.len == 3 && ngx_strncmp(value.data, "off", 3) == 0) {
        return NGX_HTTP_CONSENT_OFF;
    }

    if (value.len == 7 && ngx_strncmp(value.data, "monitor", 7) == 0) {
        return NGX_HTTP_CONSENT_MONITOR;
    }

    /* whatever else a variable may hold: closed */

    return NGX_HTTP_CONSENT_ON;
}


ngx_http_consent_ctx_t *
ngx_http_consent_get_ctx(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t      *cln;
    ngx_http_consent_ctx_t  *ctx;

    r = r->main;

    ctx = ngx_http_get_module_ctx(r, ngx_http_consent_module);

    if (ctx) {
        return ctx;
    }

    /* a redirect wipes the contexts, but not the cleanups */

    for (cln = r->pool->cleanup; cln; cln = cln->next) {

        if (cln->handler == ngx_http_consent_ctx_cleanup) {
            ctx = cln->data;
            ngx_http_set_ctx(r, ctx, ngx_http_consent_module);
            return ctx;
        }
    }

    return ngx_http_consent_create_ctx(r);
}


static ngx_http_consent_ctx_t *
ngx_http_consent_create_ctx(ngx_http_request_t *r)
{
    ngx_str_t                      scheme, *accept;
    ngx_table_elt_t               *h;
    consent_str_t                  none, accept_language;
    consent_policy_t              *policy;
    ngx_pool_cleanup_t            *cln;
    ngx_http_consent_ctx_t        *ctx;
    ngx_http_core_srv_conf_t      *cscf;
    ngx_http_consent_srv_conf_t   *scf;
    ngx_http_consent_main_conf_t  *mcf;

    mcf = ngx_http_get_module_main_conf(r, ngx_http_consent_module);
    scf = ngx_http_get_module_srv_conf(r, ngx_http_consent_module);
    cscf = ngx_http_get_module_srv_conf(r, ngx_http_core_module);

    if (scf->keyring == NULL) {
        return NULL;
    }

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_consent_ctx_t));
    if (cln == NULL) {
        return NULL;
    }

    ctx = cln->data;
    ngx_memzero(ctx, sizeof(ngx_http_consent_ctx_t));

    ctx->arena = ngx_http_consent_arena(r->pool);

    ctx->host = ngx_http_consent_str(r->headers_in.server.len
                                     ? r->headers_in.server
                                     : cscf->server_name);

    policy = scf->policy;

    if (policy == NULL) {
        policy = ngx_http_consent_find_policy(mcf, ctx->host);
        if (policy == NULL) {
            return NULL;
        }
    }

#if (NGX_HTTP_SSL)
    ctx->secure = (r->connection->ssl != NULL);
#endif

    if (scf->scheme) {
        if (ngx_http_complex_value(r, scf->scheme, &scheme) != NGX_OK) {
            return NULL;
        }

        ctx->secure = (scheme.len == 5
                       && ngx_strncasecmp(scheme.data, (u_char *) "https", 5)
                          == 0);
    }

    if (scf->domain.len) {
        ctx->scope = ngx_http_consent_str(scf->domain);

    } else {
        ctx->scope = ctx->host;
    }

    if (scf->cookie.len) {
        ctx->cookie_name = ngx_http_consent_str(scf->cookie);

    } else if (!ctx->secure) {
        ctx->cookie_name = CONSENT_STR("choices");

    } else if (scf->domain.len) {
        ctx->cookie_name = CONSENT_STR("__Secure-choices");

    } else {
        ctx->cookie_name = CONSENT_STR("__Host-choices");
    }

    ctx->own[ctx->nown++] = CONSENT_STR("choices");
    ctx->own[ctx->nown++] = CONSENT_STR("__Host-choices");
    ctx->own[ctx->nown++] = CONSENT_STR("__Secure-choices");

    if (scf->cookie.len) {
        ctx->own[ctx->nown++] = ctx->cookie_name;
    }

    if (ngx_http_consent_collect_cookies(r, ctx) != NGX_OK) {
        return NULL;
    }

    h = scf->gpc ? ngx_http_consent_header_in(r, "sec-gpc") : NULL;

    consent_choices_init(&ctx->choices, policy,
                         h && h->value.len == 1 && h->value.data[0] == '1');

    consent_token_read(&ctx->choices, scf->keyring, ctx->scope,
                       ctx->cookie_name, ctx->cookies, ctx->ncookies,
                       ngx_time() / 86400, scf->validity / 86400);

    h = ngx_http_consent_header_in(r, "accept-language");
    accept = h ? &h->value : NULL;

    none = (consent_str_t) { NULL, 0 };
    accept_language = accept ? ngx_http_consent_str(*accept) : none;

    ctx->language = consent_language_negotiate(policy->languages,
                                               policy->nlanguages, NULL, 0,
                                               accept_language);

    ngx_http_consent_fetch_metadata(r, ctx);

    consent_choices_class(&ctx->choices, ctx->language,
                          ctx->document
                          ? CONSENT_STR(NGX_HTTP_CONSENT_BUILD " document")
                          : CONSENT_STR(NGX_HTTP_CONSENT_BUILD " fragment"),
                          ctx->choice_class);

    cln->handler = ngx_http_consent_ctx_cleanup;

    ngx_http_set_ctx(r, ctx, ngx_http_consent_module);

    return ctx;
}


/* marks the cleanup that holds the context, see above */

static void
ngx_http_consent_ctx_cleanup(void *data)
{
}


/* host: lower case */

consent_policy_t *
ngx_http_consent_find_policy(ngx_http_consent_main_conf_t *mcf,
    consent_str_t host)
{
    ngx_str_t                 name;
    ngx_str_node_t           *node;
    ngx_http_consent_host_t  *found;

    name = ngx_http_consent_ngx_str(host);

    node = ngx_str_rbtree_lookup(&mcf->hosts, &name,
                                 ngx_crc32_short(name.data, name.len));
    if (node == NULL) {
        return mcf->default_policy;
    }

    found = (ngx_http_consent_host_t *) node;

    return found->policy;
}


static ngx_int_t
ngx_http_consent_collect_cookies(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    ngx_array_t                  lines;
    consent_str_t               *line;
    ngx_table_elt_t             *h;
    ngx_http_consent_headers_t   headers;

    if (ngx_array_init(&lines, r->pool, 1, sizeof(consent_str_t)) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_http_consent_headers_start(&headers, &r->headers_in.headers);

    while ((h = ngx_http_consent_headers_next(&headers)) != NULL) {

        if (ngx_http_consent_is(h, "cookie")) {
            line = ngx_array_push(&lines);
            if (line == NULL) {
                return NGX_ERROR;
            }

            *line = ngx_http_consent_str(h->value);
        }
    }

    ctx->cookies = lines.elts;
    ctx->ncookies = lines.nelts;

    return NGX_OK;
}


/*
 * What the answer will be used for: Fetch Metadata where the browser sends
 * it (it does so to https and to localhost), the habits of clients elsewhere.
 */

static void
ngx_http_consent_fetch_metadata(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    ngx_table_elt_t           *dest, *mode, *accept;
    static const char *const   frames[] = {
        "iframe", "frame", "embed", "object", "fencedframe", NULL
    };
    static const char *const   subresources[] = {
        "image", "font", "style", "script", "audio", "video", "track",
        "worker", "sharedworker", "serviceworker", "audioworklet",
        "paintworklet", "manifest", NULL
    };

    dest = ngx_http_consent_header_in(r, "sec-fetch-dest");

    if (dest) {
        mode = ngx_http_consent_header_in(r, "sec-fetch-mode");

        ctx->told = 1;
        ctx->subresource = ngx_http_consent_one_of(&dest->value, subresources);
        ctx->style = dest->value.len == sizeof("style") - 1
                     && ngx_strncmp(dest->value.data, "style", 5) == 0;
        ctx->document = dest->value.len == sizeof("document") - 1
                        && ngx_strncmp(dest->value.data, "document", 8) == 0;
        ctx->navigation = ctx->document
                          || ngx_http_consent_one_of(&dest->value, frames)
                          || (mode && mode->value.len == 8
                              && ngx_strncmp(mode->value.data, "navigate", 8)
                                 == 0);

        /*
         * Turbo and htmx swap whole pages fetched by script; a service worker
         * may answer a navigation with what it fetched
         */

        if (!ctx->document && !ctx->navigation && !ctx->subresource
            && ngx_http_consent_header_in(r, "hx-boosted"))
        {
            ctx->document = 1;
        }

        return;
    }

    if (ngx_http_consent_is_partial(r)) {
        return;
    }

    accept = ngx_http_consent_header_in(r, "accept");

    /* so all browsers ask for one */

    if (accept && accept->value.len >= 8
        && ngx_strncmp(accept->value.data, "text/css", 8) == 0)
    {
        ctx->subresource = 1;
        ctx->style = 1;
        return;
    }

    ctx->document = 1;
    ctx->navigation = accept && ngx_strlcasestrn(accept->value.data,
                                                 accept->value.data
                                                 + accept->value.len,
                                                 (u_char *) "text/html",
                                                 sizeof("text/html") - 2)
                                != NULL;
}


static ngx_uint_t
ngx_http_consent_is_partial(ngx_http_request_t *r)
{
    ngx_uint_t                 i;
    static const char *const   names[] = {
        "x-requested-with", "x-pjax", "turbo-frame", "x-up-target",
        "x-livewire", "x-inertia", NULL
    };

    for (i = 0; names[i]; i++) {
        if (ngx_http_consent_header_in(r, names[i])) {
            return 1;
        }
    }

    return ngx_http_consent_header_in(r, "hx-request")
           && !ngx_http_consent_header_in(r, "hx-boosted");
}


static ngx_uint_t
ngx_http_consent_one_of(ngx_str_t *value, const char *const *names)
{
    ngx_uint_t  i;

    for (i = 0; names[i]; i++) {

        if (value->len == ngx_strlen(names[i])
            && ngx_strncmp(value->data, names[i], value->len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


void
ngx_http_consent_page(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    consent_page_t *page)
{
    ngx_http_consent_srv_conf_t   *scf;
    ngx_http_consent_main_conf_t  *mcf;

    mcf = ngx_http_get_module_main_conf(r, ngx_http_consent_module);
    scf = ngx_http_get_module_srv_conf(r, ngx_http_consent_module);

    ngx_memzero(page, sizeof(consent_page_t));

    page->ui = mcf->ui;
    page->choices = &ctx->choices;
    page->locale = consent_policy_locale(ctx->choices.policy, ctx->language);
    page->endpoint = ngx_http_consent_str(scf->path);
    page->cookie = ctx->cookie_name;
    page->validity_days = scf->validity / 86400;
}


/* the texts in the language wanted, else the best of accept_language */

const consent_locale_t *
ngx_http_consent_locale(ngx_http_consent_ctx_t *ctx, consent_str_t wanted,
    consent_str_t accept_language)
{
    consent_str_t            language;
    const consent_policy_t  *policy;

    policy = ctx->choices.policy;

    language = consent_language_negotiate(policy->languages,
                                          policy->nlanguages, &wanted, 1,
                                          accept_language);

    return consent_policy_locale(policy, language);
}


/* the address of the page as the browser knows it */

void
ngx_http_consent_page_url(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    consent_url_t *url)
{
    u_char     *p;
    ngx_str_t   uri;

    ngx_memzero(url, sizeof(consent_url_t));

    url->scheme = ctx->secure ? CONSENT_SCHEME_HTTPS : CONSENT_SCHEME_HTTP;
    url->host = ctx->host;

    uri = r->main->unparsed_uri;

    if (uri.len == 0 || uri.data[0] != '/') {
        url->path = CONSENT_STR("/");
        return;
    }

    p = ngx_strlchr(uri.data, uri.data + uri.len, '?');

    if (p == NULL) {
        url->path = ngx_http_consent_str(uri);
        return;
    }

    url->path = (consent_str_t) { (char *) uri.data, p - uri.data };
    url->query = (consent_str_t) { (char *) p, uri.data + uri.len - p };
}


ngx_int_t
ngx_http_consent_preaccess_handler(ngx_http_request_t *r)
{
    ngx_uint_t               i, mode;
    ngx_http_consent_ctx_t  *ctx;

    if (ngx_http_consent_mask_error_log(r) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (r != r->main) {
        return NGX_DECLINED;
    }

    mode = ngx_http_consent_mode(r);

    if (mode == NGX_HTTP_CONSENT_OFF) {
        return NGX_DECLINED;
    }

    ctx = ngx_http_consent_get_ctx(r);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* an error page of the site, instead of an answer of the endpoint */

    ctx->endpoint = 0;

    if (ctx->request_done) {
        return NGX_DECLINED;
    }

    ctx->request_done = 1;

    if (ctx->document && ctx->navigation) {

        for (i = 0; i < ctx->ncookies; i++) {
            ngx_http_consent_find_cookie(r, ctx, CONSENT_STR("cookie"),
                                         ctx->cookies[i]);
        }
    }

    if (mode == NGX_HTTP_CONSENT_MONITOR) {
        return NGX_DECLINED;
    }

    if (ngx_http_consent_filter_cookies(r, ctx) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if ((!ctx->subresource || ctx->style)
        && ngx_http_consent_limit_encodings(r, ctx) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* what other methods are to change depends on their conditions */

    if ((!ctx->subresource || ctx->style)
        && (r->method == NGX_HTTP_GET || r->method == NGX_HTTP_HEAD)
        && ngx_http_consent_return_validators(r, ctx) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_http_consent_forget_variables(r);

    return NGX_DECLINED;
}


/*
 * Values are overwritten in place: that reaches every kind of upstream and
 * every subrequest, whatever proxy_set_header a location has.
 */

static ngx_int_t
ngx_http_consent_filter_cookies(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    char                        *out;
    size_t                       len;
    unsigned                     removed, any, total;
    ngx_uint_t                   relayed;
    ngx_table_elt_t             *h;
    ngx_http_consent_headers_t   headers;

    any = 0;
    total = 0;
    relayed = ngx_http_consent_is_relayed(r, ctx);
    ngx_http_consent_headers_start(&headers, &r->headers_in.headers);

    while ((h = ngx_http_consent_headers_next(&headers)) != NULL) {

        if (!ngx_http_consent_is(h, "cookie")) {
            continue;
        }

        out = ngx_pnalloc(r->pool, h->value.len + 1);
        if (out == NULL) {
            return NGX_ERROR;
        }

        removed = 0;

        len = consent_cookie_filter(&ctx->choices, ctx->own, ctx->nown,
                                    ngx_http_consent_str(h->value), out,
                                    &removed);
        if (relayed && len) {
            removed++;
            len = 0;
        }

        if (removed == 0) {
            continue;
        }

        out[len] = '\0';

        h->value.data = (u_char *) out;
        h->value.len = len;
        any = 1;
        total += removed;
    }

    ngx_http_consent_count(r, CONSENT_COUNTER_REQUEST_COOKIE, total);

    return any ? ngx_http_consent_filter_copies(r, ctx) : NGX_OK;
}


/*
 * What "set", "map" and patterns took from the Cookie lines before: any value
 * that holds a whole line as it was sent, and the value of one cookie where it
 * is long enough to be nothing else.
 */

static ngx_int_t
ngx_http_consent_filter_copies(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    char                            *out;
    unsigned                         removed;
    ngx_uint_t                       i, n;
    consent_str_t                    text, rest, name, value, pair;
    consent_claim_t                  claim;
    const consent_cookie_pattern_t  *pattern;
    ngx_http_variable_value_t       *v;
    ngx_http_core_main_conf_t       *cmcf;

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);

    for (i = 0; i < cmcf->variables.nelts; i++) {

        v = &r->variables[i];

        if (!v->valid || v->not_found || v->len == 0) {
            continue;
        }

        for (n = 0; n < ctx->ncookies; n++) {

            if (ctx->cookies[n].len == 0 || v->len < ctx->cookies[n].len
                || memmem(v->data, v->len, ctx->cookies[n].data,
                          ctx->cookies[n].len) == NULL)
            {
                continue;
            }

            out = ngx_pnalloc(r->pool, v->len + 1);
            if (out == NULL) {
                return NGX_ERROR;
            }

            text = (consent_str_t) { (char *) v->data, v->len };

            v->len = consent_cookie_filter(&ctx->choices, ctx->own, ctx->nown,
                                           text, out, &removed);
            v->data = (u_char *) out;
            out[v->len] = '\0';

            break;
        }
    }

    for (n = 0; n < ctx->ncookies; n++) {
        rest = ctx->cookies[n];

        while (consent_cookie_next(&rest, &name, &value, &pair)) {

            if (value.len < NGX_HTTP_CONSENT_VALUE_MIN) {
                continue;
            }

            name = consent_cookie_effective_name(name, value);

            if (consent_cookie_is_one_of(ctx->own, ctx->nown, name)
                || !consent_cookie_allow(&ctx->choices, name, &claim,
                                         &pattern))
            {
                if (ngx_http_consent_cut_value(r, value) != NGX_OK) {
                    return NGX_ERROR;
                }
            }
        }
    }

    return NGX_OK;
}


/* the rest stays: a cache may have made its key with it */

static ngx_int_t
ngx_http_consent_cut_value(ngx_http_request_t *r, consent_str_t value)
{
    u_char                     *p, *last, *out;
    ngx_uint_t                  i;
    ngx_http_variable_t        *cv;
    ngx_http_variable_value_t  *v;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);
    cv = cmcf->variables.elts;

    for (i = 0; i < cmcf->variables.nelts; i++) {

        v = &r->variables[i];

        /* of "set", "map" and named captures: not what the client said */

        if (!v->valid || v->not_found || v->len < value.len
            || !(cv[i].flags & NGX_HTTP_VAR_CHANGEABLE)
            || (cv[i].flags & NGX_HTTP_VAR_NOCACHEABLE)
            || memmem(v->data, v->len, value.data, value.len) == NULL)
        {
            continue;
        }

        out = ngx_pnalloc(r->pool, v->len + 1);
        if (out == NULL) {
            return NGX_ERROR;
        }

        p = v->data;
        last = v->data + v->len;

        v->data = out;

        while (p < last) {

            if ((size_t) (last - p) >= value.len
                && ngx_memcmp(p, value.data, value.len) == 0)
            {
                p += value.len;
                continue;
            }

            *out++ = *p++;
        }

        *out = '\0';
        v->len = out - v->data;
    }

#if (NGX_PCRE)

    /* a match of a regex without groups is counted, but leaves no places */

    for (i = 0; r->captures && i + 1 < r->ncaptures; i += 2) {

        if (r->captures[i] < 0 || r->captures[i + 1] < r->captures[i]) {
            continue;
        }

        p = r->captures_data + r->captures[i];

        if (memmem(p, r->captures[i + 1] - r->captures[i], value.data,
                   value.len))
        {
            r->captures[i + 1] = r->captures[i];
        }
    }

#endif

    return NGX_OK;
}


/*
 * Only what stock gunzip undoes may come back: gzip where the client takes
 * it, nothing else.  The client's own line is for the compressors behind the
 * filter, which puts it back.
 */

static ngx_int_t
ngx_http_consent_limit_encodings(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    ngx_uint_t                   gzip;
    ngx_table_elt_t             *h, *client;
    ngx_http_consent_headers_t   headers;

    if (r->headers_in.accept_encoding == NULL) {
        return NGX_OK;
    }

    client = ngx_palloc(r->pool, sizeof(ngx_table_elt_t));
    if (client == NULL) {
        return NGX_ERROR;
    }

    *client = *r->headers_in.accept_encoding;
    ctx->accept_encoding = client;

    gzip = consent_encoding_accepts_gzip(ngx_http_consent_str(client->value));

    ngx_http_consent_headers_start(&headers, &r->headers_in.headers);

    while ((h = ngx_http_consent_headers_next(&headers)) != NULL) {

        if (ngx_http_consent_is(h, "accept-encoding")) {
            if (gzip) {
                ngx_str_set(&h->value, "gzip");

            } else {
                ngx_str_set(&h->value, "identity");
            }
        }
    }

    return NGX_OK;
}


static void
ngx_http_consent_forget_variables(ngx_http_request_t *r)
{
    ngx_uint_t                     i, *index;
    ngx_http_consent_main_conf_t  *mcf;

    mcf = ngx_http_get_module_main_conf(r, ngx_http_consent_module);

    index = mcf->request_variables.elts;

    for (i = 0; i < mcf->request_variables.nelts; i++) {
        r->variables[index[i]].valid = 0;
        r->variables[index[i]].not_found = 0;
    }
}
