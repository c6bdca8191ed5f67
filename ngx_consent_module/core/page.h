/*
 * What the visitor sees: banner, settings, cookie table, placeholder and their few variants, rendered from the
 * templates in assets/ui, the texts of a locale and a policy. Everything is ASCII (numeric references) and plain HTML
 * and forms.
 */

#ifndef CONSENT_PAGE_H
#define CONSENT_PAGE_H

#include "buf.h"
#include "choices.h"
#include "locale.h"
#include "problem.h"

typedef struct consent_ui_s  consent_ui_t;

/* Templates, style sheet and script of dir (assets/ui). NULL when one is missing or wrong; reported. */
consent_ui_t *consent_ui_load(consent_arena_t *arena, const char *dir, const consent_locales_t *locales,
    consent_problems_t *problems);

/* The files served as ui.HASH.css and ui.HASH.js: bytes, and the 16 hex digits of their names. */
consent_str_t consent_ui_css(const consent_ui_t *ui);
consent_str_t consent_ui_css_hash(const consent_ui_t *ui);
consent_str_t consent_ui_js(const consent_ui_t *ui);
consent_str_t consent_ui_js_hash(const consent_ui_t *ui);

typedef struct {
    const consent_ui_t       *ui;
    const consent_choices_t  *choices;
    const consent_locale_t   *locale;
    consent_str_t             endpoint;         /* consent_path */
    consent_str_t             return_to;        /* where a form leads back to: a local path, checked */
    consent_str_t             nonce;            /* the page's style nonce; empty: none */
    consent_str_t             script_nonce;     /* the page's script nonce; empty: none */
    consent_str_t             cookie;           /* the gateway's own, listed as necessary; empty: not listed */
    unsigned                  validity_days;
    unsigned                  link_css:1;       /* link the style sheet: inline styles are not allowed here */
    unsigned                  script:1;         /* the page may load our script */
    unsigned                  inline_script:1;  /* and run inline ones, with script_nonce */
} consent_page_t;

/*
 * The rules of the policy's theme, as a file of its own beside the style sheet (ui.HASH.css too), so that they reach
 * pages where inline styles are not allowed. css stays empty, and hash is "", when the policy has none.
 */
void consent_page_theme(const consent_page_t *page, consent_buf_t *css, char hash[17]);

/*
 * For head of a page of the site: the scripts that turn off cookies of services that run without, then our script,
 * deferred; where allowed.
 */
void consent_page_head(const consent_page_t *page, consent_buf_t *out);

/* <div id="ngxc-banner">…</div>, first child of body. */
void consent_page_banner(const consent_page_t *page, consent_buf_t *out);

/* The permanent link, last child of body. */
void consent_page_link(const consent_page_t *page, consent_buf_t *out);

/*
 * The settings and the cookie table, a full document. record: the id of the evidence just written, shown once; or
 * empty.
 */
void consent_page_settings(const consent_page_t *page, consent_str_t record, int saved, consent_buf_t *out);

/* The cookie table alone, a fragment. */
void consent_page_table(const consent_page_t *page, consent_buf_t *out);

/*
 * The placeholder of one service; url: the original address, already checked to be one of it, or empty. A full
 * document.
 */
void consent_page_placeholder(const consent_page_t *page, unsigned index, consent_str_t url, consent_str_t title,
    consent_buf_t *out);

/* The embed itself after accept-once: a full document with only that iframe. */
void consent_page_embed_once(const consent_page_t *page, unsigned index, consent_str_t url, consent_buf_t *out);

/* A post that came without a trustworthy origin: the same fields (encoded body) with one button of ours. */
void consent_page_confirm(const consent_page_t *page, consent_str_t body, consent_buf_t *out);

/*
 * A refused request in words: what was wrong, and the way to the settings. sentence: plain English, for the log's
 * reader too.
 */
void consent_page_error(const consent_page_t *page, unsigned status, const char *sentence, consent_buf_t *out);

/* JSON: state, choices by id, policy hash, day. */
void consent_page_state_json(const consent_choices_t *choices, consent_buf_t *out);

/* The same of a choice just made, with what the visitor is told: HTML. record: the id of the evidence, or empty. */
void consent_page_saved_json(const consent_page_t *page, consent_str_t record, consent_buf_t *out);

#endif
