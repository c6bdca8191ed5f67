/*
 * consent_path: settings, cookie table, placeholders, and the one form that
 * changes a choice.  Answered in the server-rewrite phase, after the server's
 * own return, if and rewrite, and before any location can shadow it; a module
 * of its own, because only its place in the list of modules gives it that
 * turn.
 */

#include "ngx_http_consent.h"

#include "cookie.h"
#include "csp_wall.h"
#include "form.h"
#include "origin.h"
#include "sha256.h"
#include "token.h"


#define NGX_HTTP_CONSENT_FORM_MAX  8192


static ngx_int_t ngx_http_consent_endpoint_init(ngx_conf_t *cf);
static ngx_int_t ngx_http_consent_endpoint_handler(ngx_http_request_t *r);
static ngx_int_t ngx_http_consent_get(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_page_t *page, consent_str_t name);
static ngx_int_t ngx_http_consent_get_asset(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_page_t *page, consent_str_t name);
static ngx_uint_t ngx_http_consent_is_asset(consent_str_t name,
    consent_str_t hash, const char *extension);
static ngx_int_t ngx_http_consent_get_settings(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_page_t *page);
static ngx_int_t ngx_http_consent_get_placeholder(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_page_t *page, consent_str_t id);
static ngx_int_t ngx_http_consent_post(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_page_t *page,
    ngx_http_client_body_handler_pt handler);
static void ngx_http_consent_form_handler(ngx_http_request_t *r);
static void ngx_http_consent_report_handler(ngx_http_request_t *r);
static ngx_int_t ngx_http_consent_decide(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_page_t *page, consent_str_t body);
static ngx_int_t ngx_http_consent_once(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_page_t *page, consent_form_t *form);
static ngx_int_t ngx_http_consent_keep_evidence(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_page_t *page, consent_form_t *form,
    consent_choices_t *before, char record[CONSENT_RECORD_LEN + 1]);
static ngx_int_t ngx_http_consent_hash_banner(ngx_http_consent_ctx_t *ctx,
    consent_page_t *page, consent_choices_t *before,
    char hash[CONSENT_HASH_HEX_LEN + 1], consent_str_t *text);
static ngx_int_t ngx_http_consent_remember(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
static ngx_int_t ngx_http_consent_back(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_form_t *form, consent_str_t record);
static consent_str_t ngx_http_consent_came_from(ngx_http_request_t *r);
static consent_str_t ngx_http_consent_service_url(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_int_t index, consent_str_t url);
static void ngx_http_consent_choose_language(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_page_t *page, consent_str_t wanted);
static ngx_int_t ngx_http_consent_refuse(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_page_t *page, ngx_uint_t status,
    const char *sentence);
static ngx_int_t ngx_http_consent_send(ngx_http_request_t *r,
    ngx_uint_t status, const char *type, consent_str_t body,
    const char *cache_control);
static ngx_int_t ngx_http_consent_send_buf(ngx_http_request_t *r,
    ngx_uint_t status, const char *type, consent_buf_t *buf);
static ngx_uint_t ngx_http_consent_wants_json(ngx_http_request_t *r);


static ngx_http_module_t  ngx_http_consent_endpoint_module_ctx = {
    NULL,                                  /* preconfiguration */
    ngx_http_consent_endpoint_init,        /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_consent_endpoint_module = {
    NGX_MODULE_V1,
    &ngx_http_consent_endpoint_module_ctx, /* module context */
    NULL,                                  /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    NULL,                                  /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_int_t
ngx_http_consent_endpoint_init(ngx_conf_t *cf)
{
    ngx_http_handler_pt           *h;
    ngx_http_core_main_conf_t     *cmcf;
    ngx_http_consent_main_conf_t  *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_consent_module);

    if (!mcf->used) {
        return NGX_OK;
    }

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_SERVER_REWRITE_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_consent_endpoint_handler;

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_endpoint_handler(ngx_http_request_t *r)
{
    ngx_int_t                     rc;
    consent_str_t                 name;
    consent_page_t                page;
    ngx_http_consent_ctx_t       *ctx;
    ngx_http_consent_srv_conf_t  *scf;

    scf = ngx_http_get_module_srv_conf(r, ngx_http_consent_module);

    if (!scf->used || !scf->endpoint || r->uri.len < scf->path.len
        || ngx_strncmp(r->uri.data, scf->path.data, scf->path.len) != 0)
    {
        return NGX_DECLINED;
    }

    ctx = ngx_http_consent_get_ctx(r);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (r == r->main) {
        ctx->endpoint = 1;
    }

    ngx_http_consent_page(r, ctx, &page);

    name.data = (char *) r->uri.data + scf->path.len;
    name.len = r->uri.len - scf->path.len;

    if (r->method == NGX_HTTP_POST && r == r->main) {

        if (name.len == 0) {
            return ngx_http_consent_post(r, ctx, &page,
                                         ngx_http_consent_form_handler);
        }

        if (consent_str_eq(name, CONSENT_STR("csp"))) {
            return ngx_http_consent_post(r, ctx, &page,
                                         ngx_http_consent_report_handler);
        }
    }

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    if (r->method != NGX_HTTP_GET && r->method != NGX_HTTP_HEAD) {
        return ngx_http_consent_refuse(r, ctx, &page, NGX_HTTP_NOT_ALLOWED,
                                       "this method is not for this address");
    }

    return ngx_http_consent_get(r, ctx, &page, name);
}


static ngx_int_t
ngx_http_consent_get(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    consent_page_t *page, consent_str_t name)
{
    consent_buf_t  buf;

    consent_buf_init(&buf, &ctx->arena);

    if (name.len == 0) {
        return ngx_http_consent_get_settings(r, ctx, page);
    }

    if (consent_str_eq(name, CONSENT_STR("state"))) {
        consent_page_state_json(&ctx->choices, &buf);

        return ngx_http_consent_send_buf(r, NGX_HTTP_OK, "application/json",
                                         &buf);
    }

    if (consent_str_eq(name, CONSENT_STR("policy.json"))) {
        consent_policy_json(ctx->choices.policy, &buf);

        return ngx_http_consent_send_buf(r, NGX_HTTP_OK, "application/json",
                                         &buf);
    }

    if (consent_str_eq(name, CONSENT_STR("table"))) {
        ngx_http_consent_choose_language(r, ctx, page,
                            consent_form_value(&ctx->arena,
                                               ngx_http_consent_str(r->args),
                                               CONSENT_STR("lang")));
        consent_page_table(page, &buf);

        return ngx_http_consent_send_buf(r, NGX_HTTP_OK, "text/html", &buf);
    }

    if (consent_str_starts(name, CONSENT_STR("embed/"))) {
        name.data += 6;
        name.len -= 6;

        return ngx_http_consent_get_placeholder(r, ctx, page, name);
    }

    return ngx_http_consent_get_asset(r, ctx, page, name);
}


/* files named by the hash of what they hold, and so good for ever */

static ngx_int_t
ngx_http_consent_get_asset(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    consent_page_t *page, consent_str_t name)
{
    char            theme_hash[17];
    const char     *type;
    consent_buf_t   theme;
    consent_str_t   bytes;

    consent_buf_init(&theme, &ctx->arena);
    consent_page_theme(page, &theme, theme_hash);

    if (ngx_http_consent_is_asset(name, consent_ui_css_hash(page->ui), ".css"))
    {
        type = "text/css";
        bytes = consent_ui_css(page->ui);

    } else if (ngx_http_consent_is_asset(name, consent_ui_js_hash(page->ui),
                                         ".js"))
    {
        type = "text/javascript";
        bytes = consent_ui_js(page->ui);

    } else if (ngx_http_consent_is_asset(name, consent_str(theme_hash),
                                         ".css"))
    {
        type = "text/css";
        bytes = consent_buf_str(&theme);

    } else {
        return ngx_http_consent_refuse(r, ctx, page, NGX_HTTP_NOT_FOUND,
                                       "there is nothing at this address");
    }

    return ngx_http_consent_send(r, NGX_HTTP_OK, type, bytes,
                                 "public, max-age=31536000, immutable");
}


static ngx_uint_t
ngx_http_consent_is_asset(consent_str_t name, consent_str_t hash,
    const char *extension)
{
    consent_str_t  ext;

    ext = consent_str(extension);

    return hash.len
           && name.len == 3 + hash.len + ext.len
           && ngx_strncmp(name.data, "ui.", 3) == 0
           && ngx_strncmp(name.data + 3, hash.data, hash.len) == 0
           && ngx_strncmp(name.data + 3 + hash.len, ext.data, ext.len) == 0;
}


static ngx_int_t
ngx_http_consent_get_settings(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_page_t *page)
{
    consent_buf_t  buf;
    consent_str_t  args, saved, record, back;

    args = ngx_http_consent_str(r->args);

    ngx_http_consent_choose_language(r, ctx, page,
                                     consent_form_value(&ctx->arena, args,
                                                        CONSENT_STR("lang")));

    saved = consent_form_value(&ctx->arena, args, CONSENT_STR("saved"));
    back = consent_form_value(&ctx->arena, args, CONSENT_STR("return"));

    page->return_to = back.data && consent_local_path(back)
                      ? back : ngx_http_consent_came_from(r);

    page->script = 1;
    page->link_css = 1;

    /* what a record's id looks like; anybody may have written the address */

    record = saved;

    if (!consent_evidence_is_record(record)) {
        record = (consent_str_t) { "", 0 };
    }

    consent_buf_init(&buf, &ctx->arena);
    consent_page_settings(page, record, saved.data != NULL, &buf);

    return ngx_http_consent_send_buf(r, NGX_HTTP_OK, "text/html", &buf);
}


static ngx_int_t
ngx_http_consent_get_placeholder(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_page_t *page, consent_str_t id)
{
    ngx_int_t      index;
    consent_buf_t  buf;
    consent_str_t  args, url, title;

    index = consent_policy_find(ctx->choices.policy, id);

    if (index == -1) {
        return ngx_http_consent_refuse(r, ctx, page, NGX_HTTP_NOT_FOUND,
                                       "this site has no such service");
    }

    args = ngx_http_consent_str(r->args);

    ngx_http_consent_choose_language(r, ctx, page,
                                     consent_form_value(&ctx->arena, args,
                                                        CONSENT_STR("lang")));

    url = consent_form_value(&ctx->arena, args, CONSENT_STR("u"));
    url = ngx_http_consent_service_url(r, ctx, index, url);

    title = consent_form_value(&ctx->arena, args, CONSENT_STR("t"));

    page->script = 1;
    page->link_css = 1;

    /* the page that the frame is in */

    page->return_to = ngx_http_consent_came_from(r);

    consent_buf_init(&buf, &ctx->arena);

    if (url.len && consent_choices_allow(&ctx->choices, index)) {
        consent_page_embed_once(page, index, url, &buf);

    } else {
        consent_page_placeholder(page, index, url, title, &buf);
    }

    return ngx_http_consent_send_buf(r, NGX_HTTP_OK, "text/html", &buf);
}


/*
 * No location was found yet, so nobody checked the size; the limits are our
 * own and hold before a byte is read.
 */

static ngx_int_t
ngx_http_consent_post(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    consent_page_t *page, ngx_http_client_body_handler_pt handler)
{
    ngx_int_t                      rc;
    const char                    *sentence;
    ngx_uint_t                     status;
    consent_mime_t                 mime;
    ngx_http_consent_srv_conf_t   *scf;
    ngx_http_consent_main_conf_t  *mcf;

    mcf = ngx_http_get_module_main_conf(r, ngx_http_consent_module);
    scf = ngx_http_get_module_srv_conf(r, ngx_http_consent_module);

    consent_mime_parse(ngx_http_consent_value_in(r, "content-type"), &mime);

    if (r->headers_in.chunked || r->headers_in.content_length_n == -1) {
        status = NGX_HTTP_LENGTH_REQUIRED;
        sentence = "a form is sent with its length";

    } else if (r->headers_in.content_length_n > NGX_HTTP_CONSENT_FORM_MAX) {
        status = NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;
        sentence = "this form is too large";

    } else if (handler == ngx_http_consent_form_handler
               && !consent_str_caseeq(mime.essence,
                           CONSENT_STR("application/x-www-form-urlencoded")))
    {
        status = NGX_HTTP_UNSUPPORTED_MEDIA_TYPE;
        sentence = "a choice is sent as a form";

    } else if (ngx_http_consent_rate_exceeded(r, mcf, scf->rate)) {
        status = NGX_HTTP_TOO_MANY_REQUESTS;
        sentence = "too many choices in a short time, please wait a moment";

    } else {
        r->request_body_in_single_buf = 1;

        rc = ngx_http_read_client_request_body(r, handler);
        if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
            return rc;
        }

        ngx_http_finalize_request(r, NGX_DONE);

        return NGX_DONE;
    }

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    return ngx_http_consent_refuse(r, ctx, page, status, sentence);
}


/* what the second wall stopped: a host, and nothing of who was stopped */

static void
ngx_http_consent_report_handler(ngx_http_request_t *r)
{
    ngx_int_t                rc;
    consent_str_t            body, directive, host;
    consent_page_t           page;
    ngx_http_consent_ctx_t  *ctx;

    ctx = ngx_http_consent_get_ctx(r);

    if (ctx == NULL
        || ngx_http_consent_read_body(r, NGX_HTTP_CONSENT_FORM_MAX, &body)
           != NGX_OK)
    {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    switch (consent_csp_report(&ctx->arena, body, &directive, &host)) {

    case 0:
        ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                      "consent_csp: \"%*s\" would have loaded from \"%*s\"",
                      directive.len, directive.data, host.len, host.data);

        ngx_http_consent_count(r, CONSENT_COUNTER_CSP_REPORT, 1);

        /* fall through */

    case 1: /* of nobody: what was made neutral is reported, too */
        rc = ngx_http_consent_send(r, NGX_HTTP_NO_CONTENT, "text/plain",
                                   (consent_str_t) { "", 0 }, "no-store");
        break;

    default:
        ngx_http_consent_page(r, ctx, &page);
        rc = ngx_http_consent_refuse(r, ctx, &page, NGX_HTTP_BAD_REQUEST,
                                     "this is no report of a policy");
    }

    ngx_http_finalize_request(r, rc);
}


static void
ngx_http_consent_form_handler(ngx_http_request_t *r)
{
    ngx_int_t                rc;
    consent_str_t            body;
    consent_buf_t            buf;
    consent_page_t           page;
    ngx_http_consent_ctx_t  *ctx;

    ctx = ngx_http_consent_get_ctx(r);

    if (ctx == NULL
        || ngx_http_consent_read_body(r, NGX_HTTP_CONSENT_FORM_MAX, &body)
           != NGX_OK)
    {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    ngx_http_consent_page(r, ctx, &page);

    page.script = 1;
    page.link_css = 1;

    switch (consent_origin_judge(
                               ngx_http_consent_value_in(r, "sec-fetch-site"),
                               ngx_http_consent_value_in(r, "origin"),
                               ngx_http_consent_value_in(r, "referer"),
                               ngx_http_consent_value_in(r, "host")))
    {
    case CONSENT_ORIGIN_SAME:
        rc = ngx_http_consent_decide(r, ctx, &page, body);
        break;

    case CONSENT_ORIGIN_UNKNOWN:
        consent_buf_init(&buf, &ctx->arena);
        consent_page_confirm(&page, body, &buf);
        rc = ngx_http_consent_send_buf(r, NGX_HTTP_OK, "text/html", &buf);
        break;

    default: /* CONSENT_ORIGIN_FOREIGN */
        rc = ngx_http_consent_refuse(r, ctx, &page, NGX_HTTP_FORBIDDEN,
                                     "this form was sent by another site");
    }

    ngx_http_finalize_request(r, rc);
}


static ngx_int_t
ngx_http_consent_decide(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    consent_page_t *page, consent_str_t body)
{
    char                record[CONSENT_RECORD_LEN + 1];
    const char         *error;
    consent_buf_t       buf;
    consent_str_t       id;
    consent_form_t      form;
    consent_choices_t   before;

    before = ctx->choices;

    if (consent_form_apply(&ctx->arena, body, &ctx->choices,
                           ngx_time() / 86400, &form, &error)
        != 0)
    {
        return ngx_http_consent_refuse(r, ctx, page, NGX_HTTP_BAD_REQUEST,
                                       error);
    }

    ngx_http_consent_choose_language(r, ctx, page, form.lang);

    if (form.decision == CONSENT_DECISION_ACCEPT_ONCE) {
        ngx_http_consent_count_decision(r, ctx, &before, form.decision);

        return ngx_http_consent_once(r, ctx, page, &form);
    }

    record[0] = '\0';

    /* a form that answers nothing changes nothing */

    if (ctx->choices.chosen
        && ngx_http_consent_keep_evidence(r, ctx, page, &form, &before, record)
           == NGX_ERROR)
    {
        ngx_http_consent_count(r, CONSENT_COUNTER_EVIDENCE_FAILED, 1);

        /* without proof there is no consent; a refusal needs none */

        if (consent_choices_accept_more(&ctx->choices, &before)) {
            ctx->choices = before;

            return ngx_http_consent_refuse(r, ctx, page,
                             NGX_HTTP_SERVICE_UNAVAILABLE,
                             "your choice could not be recorded, and "
                             "was not taken: please try again later");
        }
    }

    if (ctx->choices.chosen && ngx_http_consent_remember(r, ctx) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ctx->choices.chosen) {
        ngx_http_consent_count_decision(r, ctx, &before, form.decision);
    }

    id = consent_str(record);

    if (ngx_http_consent_wants_json(r)) {
        consent_buf_init(&buf, &ctx->arena);
        consent_page_saved_json(page, id, &buf);

        return ngx_http_consent_send_buf(r, NGX_HTTP_OK, "application/json",
                                         &buf);
    }

    return ngx_http_consent_back(r, ctx, &form, id);
}


static ngx_int_t
ngx_http_consent_keep_evidence(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_page_t *page, consent_form_t *form,
    consent_choices_t *before, char record[CONSENT_RECORD_LEN + 1])
{
    ngx_int_t                     rc;
    consent_str_t                 text;
    consent_evidence_t            what;
    ngx_http_consent_srv_conf_t  *scf;

    scf = ngx_http_get_module_srv_conf(r, ngx_http_consent_module);

    if (scf->evidence == NULL) {
        return NGX_DECLINED;
    }

    ngx_memzero(&what, sizeof(consent_evidence_t));

    what.choices = &ctx->choices;
    what.before = before;
    what.host = ctx->host;
    what.decision = consent_decision_names[form->decision];
    what.source = form->source;
    what.locale = ctx->language;
    what.time = ngx_time();

    if (ngx_http_consent_hash_banner(ctx, page, before, what.text_hash, &text)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    rc = ngx_http_consent_record(r, ctx, &what, record);

    if (rc == NGX_OK) {
        ngx_http_consent_archive(r, ctx, what.text_hash, text);
    }

    return rc;
}


/*
 * the banner as it was shown, on the front page: the one that asks again
 * where it did, else the one that everybody sees first
 */

static ngx_int_t
ngx_http_consent_hash_banner(ngx_http_consent_ctx_t *ctx, consent_page_t *page,
    consent_choices_t *before, char hash[CONSENT_HASH_HEX_LEN + 1],
    consent_str_t *text)
{
    unsigned char       digest[32];
    consent_buf_t       buf;
    consent_page_t      shown;
    consent_choices_t   none;

    consent_choices_init(&none, ctx->choices.policy, 0);

    shown = *page;
    shown.choices = before->chosen && consent_choices_ask(before) ? before
                                                                  : &none;
    shown.return_to = CONSENT_STR("/");
    shown.nonce = (consent_str_t) { "", 0 };
    shown.link_css = 0;

    consent_buf_init(&buf, &ctx->arena);
    consent_page_banner(&shown, &buf);

    *text = consent_buf_str(&buf);

    if (text->data == NULL || consent_sha256(text, 1, digest) != 0) {
        return NGX_ERROR;
    }

    consent_hex(digest, sizeof(digest), hash);

    return NGX_OK;
}


/* that embed, now, and nothing is stored */

static ngx_int_t
ngx_http_consent_once(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    consent_page_t *page, consent_form_t *form)
{
    consent_buf_t  buf;
    consent_str_t  url;

    url = ngx_http_consent_service_url(r, ctx, form->once, form->embed);

    if (url.len == 0) {
        return ngx_http_consent_refuse(r, ctx, page, NGX_HTTP_BAD_REQUEST,
                             "this address is none of that service's");
    }

    consent_buf_init(&buf, &ctx->arena);
    consent_page_embed_once(page, form->once, url, &buf);

    return ngx_http_consent_send_buf(r, NGX_HTTP_OK, "text/html", &buf);
}


static ngx_int_t
ngx_http_consent_remember(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx)
{
    char                          token[CONSENT_TOKEN_MAX];
    size_t                        len;
    consent_buf_t                 buf;
    consent_str_t                 text;
    ngx_http_consent_srv_conf_t  *scf;

    scf = ngx_http_get_module_srv_conf(r, ngx_http_consent_module);

    len = consent_token_seal(&ctx->choices, scf->keyring, ctx->scope, token);
    if (len == 0) {
        return NGX_ERROR;
    }

    consent_buf_init(&buf, &ctx->arena);

    consent_buf_add(&buf, ctx->cookie_name);
    consent_buf_addc(&buf, '=');
    consent_buf_add(&buf, (consent_str_t) { token, len });
    consent_buf_addf(&buf, "; Max-Age=%ld; Path=/; HttpOnly; SameSite=Lax",
                     (long) scf->validity);

    if (ctx->secure) {
        consent_buf_add(&buf, CONSENT_STR("; Secure"));
    }

    if (scf->domain.len) {
        consent_buf_add(&buf, CONSENT_STR("; Domain="));
        consent_buf_add(&buf, ngx_http_consent_str(scf->domain));
    }

    text = consent_buf_str(&buf);
    if (text.data == NULL) {
        return NGX_ERROR;
    }

    ctx->cookie = ngx_http_consent_ngx_str(text);

    return NGX_OK;
}


static ngx_int_t
ngx_http_consent_back(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    consent_form_t *form, consent_str_t record)
{
    ngx_str_t      value;
    consent_str_t  path;
    consent_buf_t  buf;

    ngx_http_consent_srv_conf_t  *scf;

    scf = ngx_http_get_module_srv_conf(r, ngx_http_consent_module);

    path = form->return_to;

    if (path.len == 0 && !consent_str_eq(form->source, CONSENT_STR("settings")))
    {
        path = ngx_http_consent_came_from(r);
    }

    if (path.len == 0) {
        path = ngx_http_consent_str(scf->path);
    }

    consent_buf_init(&buf, &ctx->arena);
    consent_buf_add(&buf, path);

    /* the settings say that it was saved, and under which number */

    if (consent_str_starts(path, ngx_http_consent_str(scf->path))) {
        consent_buf_addc(&buf, memchr(path.data, '?', path.len) ? '&' : '?');
        consent_buf_add(&buf, CONSENT_STR("saved="));
        consent_buf_add(&buf, record.len ? record : CONSENT_STR("1"));
    }

    path = consent_buf_str(&buf);
    if (path.data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    value = ngx_http_consent_ngx_str(path);

    /* not headers_out.location, which nginx would make absolute */

    if (ngx_http_consent_add_header(r, "Location", &value) == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_consent_send(r, NGX_HTTP_SEE_OTHER, "text/html",
                                 (consent_str_t) { "", 0 }, "no-store");
}


/* a page of the site; the gateway's own are none to go back to */

static consent_str_t
ngx_http_consent_came_from(ngx_http_request_t *r)
{
    consent_str_t                 path;
    ngx_http_consent_srv_conf_t  *scf;

    scf = ngx_http_get_module_srv_conf(r, ngx_http_consent_module);

    path = consent_referer_path(ngx_http_consent_value_in(r, "referer"),
                                ngx_http_consent_value_in(r, "host"));

    if (!consent_local_path(path)
        || consent_str_starts(path, ngx_http_consent_str(scf->path)))
    {
        path = CONSENT_STR("");
    }

    return path;
}


/* url, if it is one of the service's own; else empty */

static consent_str_t
ngx_http_consent_service_url(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_int_t index, consent_str_t url)
{
    consent_url_t           page, resolved;
    consent_claim_t         claim;
    consent_str_t           none = { "", 0 };
    consent_url_scratch_t   scratch;

    if (url.len == 0 || url.len > CONSENT_URL_MAX) {
        return none;
    }

    ngx_http_consent_page_url(r, ctx, &page);

    consent_url_resolve(&page, url, &scratch, &resolved);

    if (resolved.scheme == CONSENT_SCHEME_OTHER || resolved.host.len == 0) {
        return none;
    }

    claim = consent_match_url(ctx->choices.policy, ctx->host, &resolved);

    return claim.index == index ? url : none;
}


static void
ngx_http_consent_choose_language(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_page_t *page, consent_str_t wanted)
{
    if (wanted.len) {
        page->locale = ngx_http_consent_locale(ctx, wanted,
                            ngx_http_consent_value_in(r, "accept-language"));

        ctx->language = consent_locale_tag(page->locale);
    }
}


static ngx_int_t
ngx_http_consent_refuse(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    consent_page_t *page, ngx_uint_t status, const char *sentence)
{
    consent_buf_t  buf;

    ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                  "consent endpoint answered %ui: %s", status, sentence);

    if (r->method == NGX_HTTP_POST) {
        ngx_http_consent_count(r, CONSENT_COUNTER_POST_REFUSED, 1);
    }

    consent_buf_init(&buf, &ctx->arena);

    if (ngx_http_consent_wants_json(r)) {

        /* the sentences are ours: nothing in them needs escaping */

        consent_buf_addf(&buf, "{\"error\":\"%s\"}", sentence);

        return ngx_http_consent_send_buf(r, status, "application/json", &buf);
    }

    page->link_css = 1;

    consent_page_error(page, status, sentence, &buf);

    return ngx_http_consent_send_buf(r, status, "text/html", &buf);
}


static ngx_int_t
ngx_http_consent_send_buf(ngx_http_request_t *r, ngx_uint_t status,
    const char *type, consent_buf_t *buf)
{
    if (buf->failed) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_consent_send(r, status, type, consent_buf_str(buf),
                                 "no-store");
}


static ngx_int_t
ngx_http_consent_send(ngx_http_request_t *r, ngx_uint_t status,
    const char *type, consent_str_t body, const char *cache_control)
{
    ngx_int_t     rc;
    ngx_buf_t    *b;
    ngx_str_t     value;
    ngx_chain_t   out;

    value.data = (u_char *) cache_control;
    value.len = ngx_strlen(cache_control);

    if (ngx_http_consent_add_header(r, "Cache-Control", &value) == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->headers_out.status = status;
    r->headers_out.content_length_n = body.len;
    r->headers_out.content_type.data = (u_char *) type;
    r->headers_out.content_type.len = ngx_strlen(type);
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;

    if (ngx_strncmp(type, "text/", 5) == 0) {
        ngx_str_set(&r->headers_out.charset, "utf-8");
    }

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->pos = (u_char *) body.data;
    b->last = b->pos + body.len;
    b->memory = body.len ? 1 : 0;
    b->last_buf = (r == r->main) ? 1 : 0;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


static ngx_uint_t
ngx_http_consent_wants_json(ngx_http_request_t *r)
{
    ngx_table_elt_t  *h;

    h = ngx_http_consent_header_in(r, "accept");

    return h && ngx_strlcasestrn(h->value.data, h->value.data + h->value.len,
                                 (u_char *) "application/json",
                                 sizeof("application/json") - 2)
                != NULL;
}
