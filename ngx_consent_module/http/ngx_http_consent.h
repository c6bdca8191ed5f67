/*
 * What the files of http/ share: the configuration, and what is known of a
 * request.  A request's way through them:
 *
 *   endpoint_module   server-rewrite: consent_path is answered here
 *   request           preaccess: cookies, encodings and validators on the
 *                     way in
 *   hit               precontent: reports of visits closed or cleaned
 *   address           precontent: the visitor's address masked
 *   early_module      header filter before gunzip
 *   header_filter     the answer's header: what is to be done with the body
 *     set_cookie        cookies dropped, capped and expired
 *     link              Link, Refresh and Location
 *     type              is it a page?
 *     quarantine        one that cannot be read
 *     csp               policies admit what is ours; a second wall
 *     cache             validators, in and out, and what caches are told
 *     endpoint_headers  what the endpoint answers
 *   body_filter       the page itself
 *     stylesheet        a style sheet, and whether it depends on the choice
 *     feed              bytes to who reads them, inflated
 *     output            what goes out: slices of what came in, and what is new
 *   log               the mask put on again, or for the logs alone
 */

#ifndef _NGX_HTTP_CONSENT_H_INCLUDED_
#define _NGX_HTTP_CONSENT_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "address.h"
#include "catalogue.h"
#include "choices.h"
#include "csp.h"
#include "encoding.h"
#include "evidence.h"
#include "form.h"
#include "keyring.h"
#include "locale.h"
#include "mime.h"
#include "page.h"
#include "policy.h"
#include "rewriter.h"
#include "status.h"
#include "stylesheet.h"
#include "url.h"


/* part of the choice class: pages rewritten by another build differ */

#define NGX_HTTP_CONSENT_BUILD         "1"

#define NGX_HTTP_CONSENT_OFF           0
#define NGX_HTTP_CONSENT_ON            1
#define NGX_HTTP_CONSENT_MONITOR       2

#define NGX_HTTP_CONSENT_CSP_OFF       0
#define NGX_HTTP_CONSENT_CSP_REPORT    1
#define NGX_HTTP_CONSENT_CSP_ENFORCE   2

#define NGX_HTTP_CONSENT_QUARANTINE    0
#define NGX_HTTP_CONSENT_ERROR         1

/* Matomo's default: two bytes of an IPv4 address, and IPv6 accordingly */

#define NGX_HTTP_CONSENT_V4_BITS       16
#define NGX_HTTP_CONSENT_V6_BITS       48

#define NGX_HTTP_CONSENT_MAX_VALIDITY  (395 * 24 * 60 * 60)
#define NGX_HTTP_CONSENT_EXPIRE_MAX    2048


/* a file named by a directive, and where, for the reports of nginx -t */

typedef struct {
    ngx_str_t                      name;
    ngx_str_t                      conf_file;
    ngx_uint_t                     conf_line;
} ngx_http_consent_file_t;


typedef struct {
    ngx_str_node_t                 sn;      /* must be first */
    consent_policy_t              *policy;
} ngx_http_consent_host_t;


typedef struct ngx_http_consent_tally_s  ngx_http_consent_tally_t;


/* a host that has counters of its own, once it was asked for */

typedef struct {
    ngx_str_node_t                 sn;      /* must be first */
    consent_policy_t              *policy;
    ngx_http_consent_tally_t      *tally;   /* in shared memory */
} ngx_http_consent_known_t;


typedef struct {
    ngx_str_node_t                 sn;      /* must be first */
    void                          *data;    /* policy or keyring; NULL: wrong */
} ngx_http_consent_loaded_t;


typedef struct {
    ngx_str_t                      assets;
    ngx_str_t                      catalogue_dir;
    ngx_http_consent_file_t        policies_dir;

    consent_arena_t                arena;   /* of cf->pool */
    consent_catalogue_t           *catalogue;
    consent_locales_t             *locales;
    consent_ui_t                  *ui;

    ngx_rbtree_t                   policies;    /* ngx_http_consent_loaded_t */
    ngx_rbtree_t                   keyrings;    /* ngx_http_consent_loaded_t */

    ngx_rbtree_t                   hosts;   /* of consent_policies */
    ngx_rbtree_node_t              sentinel;
    consent_policy_t              *default_policy;

    ngx_array_t                    request_variables;   /* ngx_uint_t: indices
                                                           of $http_cookie and
                                                           its like */
    ngx_http_handler_pt            server_start;    /* what phases begin with */
    ngx_http_handler_pt            location_start;  /* after a redirect */

    ngx_uint_t                     gunzip_index;    /* of stock gunzip */
    size_t                         gunzip_offset;   /* of its flag */

    ngx_shm_zone_t                *rate_zone;
    ngx_shm_zone_t                *direct_zone; /* pages that were warned of */
    ngx_path_t                    *archive; /* of policies and texts; or NULL */

    ngx_shm_zone_t                *zone;    /* of consent_zone; may be NULL */
    ngx_rbtree_t                   known;   /* hosts that are counted */
    ngx_rbtree_node_t              known_sentinel;
    ngx_uint_t                     broken;  /* files of consent_policies */

    unsigned                       loaded:1;
    unsigned                       failed:1;
    unsigned                       used:1;  /* some location is not off */
    unsigned                       log_masked:1;    /* some location's log */
    unsigned                       relays:1;    /* some policy has one */
} ngx_http_consent_main_conf_t;


typedef struct {
    ngx_open_file_t               *file;
    ngx_syslog_peer_t             *syslog;
    consent_chain_t                chain;   /* of this worker */
} ngx_http_consent_evidence_t;


typedef struct {
    ngx_http_consent_file_t        policy_file;
    ngx_http_consent_file_t        keys_file;
    consent_policy_t              *policy;  /* NULL: by host name */
    consent_keyring_t             *keyring;

    ngx_str_t                      path;
    ngx_flag_t                     endpoint;
    ngx_uint_t                     rate;    /* posts per 1000 seconds */

    ngx_str_t                      cookie;  /* empty: by scheme */
    ngx_str_t                      domain;
    ngx_http_complex_value_t      *scheme;
    time_t                         validity;
    ngx_flag_t                     gpc;
    ngx_http_consent_evidence_t   *evidence;

    unsigned                       used:1;
} ngx_http_consent_srv_conf_t;


/* consent_mask_ip and consent_mask_log */

typedef struct {
    ngx_uint_t                     on;      /* or NGX_CONF_UNSET_UINT */
    consent_mask_t                 bits;
} ngx_http_consent_mask_conf_t;


typedef struct {
    ngx_uint_t                     mode;
    ngx_http_complex_value_t      *mode_value;  /* NULL: mode is constant */

    ngx_http_consent_mask_conf_t   mask;        /* unset: where the policy
                                                   asks */
    ngx_http_consent_mask_conf_t   log_mask;

    time_t                         period;      /* of pseudonyms; 0: none */
    ngx_http_complex_value_t      *salt;

    ngx_uint_t                     csp;
    ngx_uint_t                     undecodable;
} ngx_http_consent_loc_conf_t;


/* what the body filter does with the answer */

typedef enum {
    NGX_HTTP_CONSENT_PASS = 0,
    NGX_HTTP_CONSENT_WAIT,          /* for the first bytes: the header is not
                                       sent yet */
    NGX_HTTP_CONSENT_LOOK,          /* the same until a style sheet's end */
    NGX_HTTP_CONSENT_REWRITE,
    NGX_HTTP_CONSENT_OBSERVE,       /* read along, change nothing */
    NGX_HTTP_CONSENT_REPLACE        /* an error page of ours instead */
} ngx_http_consent_action_t;


/* what a style sheet is, as far as it was read */

typedef enum {
    NGX_HTTP_CONSENT_SHEET_MORE = 0,
    NGX_HTTP_CONSENT_SHEET_PUBLIC,  /* of no service: left as it came */
    NGX_HTTP_CONSENT_SHEET_DEPENDS, /* on the visitor's choice */
    NGX_HTTP_CONSENT_SHEET_OPEN,    /* and lets through what he may refuse */
    NGX_HTTP_CONSENT_SHEET_UNREADABLE,
    NGX_HTTP_CONSENT_SHEET_ERROR
} ngx_http_consent_sheet_t;


/* what a validator was made for */

typedef enum {
    NGX_HTTP_CONSENT_TAG_NONE = 0,
    NGX_HTTP_CONSENT_TAG_PAGE,      /* of this choice class */
    NGX_HTTP_CONSENT_TAG_SHEET,     /* of this choice */
    NGX_HTTP_CONSENT_TAG_PUBLIC     /* a style sheet of no service, under this
                                       policy */
} ngx_http_consent_tag_t;


typedef struct ngx_http_consent_gzip_s  ngx_http_consent_gzip_t;
typedef struct ngx_http_consent_kept_s  ngx_http_consent_kept_t;


typedef struct {
    ngx_http_consent_action_t      action;
    ngx_http_request_t            *request;
    consent_rewriter_t            *rewriter;
    consent_stylesheet_t          *stylesheet;      /* or this */
    consent_page_t                 page;    /* what is put into it */
    ngx_http_consent_gzip_t       *gzip;    /* undone by us; or NULL */

    u_char                         first[1024];     /* while waiting */
    size_t                         nfirst;
    ngx_http_consent_kept_t       *kept;    /* while looking */

    ngx_buf_t                     *buf;     /* being read */
    ngx_buf_t                     *slice;   /* the last one of it */
    ngx_chain_t                   *out;
    ngx_chain_t                  **last_out;
    ngx_chain_t                   *busy;
    ngx_buf_t                     *block;   /* memory of ours, being written */
    ngx_chain_t                   *free_slices;     /* of input, of blocks */
    ngx_chain_t                   *free_special;    /* flags without bytes */
    ngx_chain_t                   *free_blocks;

    unsigned                       direct:1;    /* by it browsers call an audience
                                                   measurement themselves */
    unsigned                       typed:1; /* a header says that it is HTML */
    unsigned                       sent:1;  /* the error page */
    unsigned                       in_memory:1; /* others want bytes, not files */
    unsigned                       again:1; /* what was looked at is read again */
} ngx_http_consent_body_t;


/*
 * What is known of a main request, computed when somebody first asks and kept
 * where a redirect does not wipe it.  Subrequests use that of their main one.
 */

typedef struct {
    consent_choices_t              choices;
    consent_arena_t                arena;       /* of r->pool */

    consent_str_t                  host;        /* lower case, no port */
    consent_str_t                  scope;
    consent_str_t                  cookie_name;
    consent_str_t                  own[4];      /* every name our cookie may
                                                   have, with and without TLS */
    ngx_uint_t                     nown;
    consent_str_t                  language;    /* one that the policy offers */

    consent_str_t                 *cookies;     /* the Cookie lines, as sent */
    ngx_uint_t                     ncookies;

    char                           choice_class[CONSENT_CLASS_LEN + 1];

    ngx_table_elt_t               *accept_encoding; /* the client's own */
    ngx_str_t                      etag;    /* the site's, before gunzip */
    ngx_http_consent_tag_t         validator;   /* that the browser sent */
    ngx_str_t                      cookie;  /* to be set: the choice made */
    ngx_http_consent_body_t       *body;

    unsigned                       secure:1;
    unsigned                       document:1;  /* may become a page of its own:
                                                   a navigation at top level */
    unsigned                       told:1;          /* by Fetch Metadata */
    unsigned                       navigation:1;    /* frames as well */
    unsigned                       subresource:1;   /* never becomes a page */
    unsigned                       style:1;     /* becomes a style sheet */
    unsigned                       request_done:1;
    unsigned                       endpoint:1;
} ngx_http_consent_ctx_t;


typedef struct {
    ngx_list_part_t               *part;
    ngx_uint_t                     i;
} ngx_http_consent_headers_t;


typedef consent_claim_t (*ngx_http_consent_match_pt)(
    const consent_policy_t *policy, consent_str_t own_host, consent_str_t path);


extern ngx_module_t  ngx_http_consent_module;


/* the module's own hooks, configuration and directives */

ngx_int_t ngx_http_consent_preconfiguration(ngx_conf_t *cf);
ngx_int_t ngx_http_consent_postconfiguration(ngx_conf_t *cf);
ngx_int_t ngx_http_consent_init_module(ngx_cycle_t *cycle);

void *ngx_http_consent_create_main_conf(ngx_conf_t *cf);
char *ngx_http_consent_init_main_conf(ngx_conf_t *cf, void *conf);
void *ngx_http_consent_create_srv_conf(ngx_conf_t *cf);
char *ngx_http_consent_merge_srv_conf(ngx_conf_t *cf, void *parent,
    void *child);
void *ngx_http_consent_create_loc_conf(ngx_conf_t *cf);
char *ngx_http_consent_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);

char *ngx_http_consent(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_consent_file(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_consent_directory(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_consent_path(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_consent_endpoint(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_consent_cookie(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_consent_validity(ngx_conf_t *cf, void *post, void *data);
char *ngx_http_consent_mask_ip(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);


/* what directives name, loaded */

char *ngx_http_consent_load(ngx_conf_t *cf, ngx_http_consent_main_conf_t *mcf);
consent_policy_t *ngx_http_consent_load_policy(ngx_conf_t *cf,
    ngx_http_consent_main_conf_t *mcf, ngx_http_consent_file_t *file);
consent_keyring_t *ngx_http_consent_load_keys(ngx_conf_t *cf,
    ngx_http_consent_main_conf_t *mcf, ngx_http_consent_file_t *file,
    time_t validity);
char *ngx_http_consent_load_policies(ngx_conf_t *cf,
    ngx_http_consent_main_conf_t *mcf);


/* lists of headers */

void ngx_http_consent_headers_start(ngx_http_consent_headers_t *headers,
    ngx_list_t *list);
ngx_table_elt_t *ngx_http_consent_headers_next(
    ngx_http_consent_headers_t *headers);
ngx_table_elt_t *ngx_http_consent_headers_sent(
    ngx_http_consent_headers_t *headers);
ngx_uint_t ngx_http_consent_is(ngx_table_elt_t *h, const char *name);
ngx_table_elt_t *ngx_http_consent_header_in(ngx_http_request_t *r,
    const char *name);
consent_str_t ngx_http_consent_value_in(ngx_http_request_t *r,
    const char *name);
ngx_table_elt_t *ngx_http_consent_add_header(ngx_http_request_t *r,
    const char *name, ngx_str_t *value);


/* a request */

ngx_uint_t ngx_http_consent_mode(ngx_http_request_t *r);
ngx_http_consent_ctx_t *ngx_http_consent_get_ctx(ngx_http_request_t *r);
consent_policy_t *ngx_http_consent_find_policy(
    ngx_http_consent_main_conf_t *mcf, consent_str_t host);
void ngx_http_consent_page(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    consent_page_t *page);
const consent_locale_t *ngx_http_consent_locale(ngx_http_consent_ctx_t *ctx,
    consent_str_t wanted, consent_str_t accept_language);
void ngx_http_consent_page_url(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_url_t *url);
consent_arena_t ngx_http_consent_arena(ngx_pool_t *pool);

ngx_int_t ngx_http_consent_preaccess_handler(ngx_http_request_t *r);


/* hits: reports of visits */

ngx_int_t ngx_http_consent_hit(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
ngx_int_t ngx_http_consent_read_body(ngx_http_request_t *r, size_t max,
    consent_str_t *body);


/* the visitor's address */

consent_claim_t ngx_http_consent_match_path(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_http_consent_match_pt match);

consent_mask_t ngx_http_consent_default_mask(ngx_http_consent_loc_conf_t *lcf);
ngx_int_t ngx_http_consent_precontent_handler(ngx_http_request_t *r);
void ngx_http_consent_watch_phases(ngx_http_core_main_conf_t *cmcf,
    ngx_http_consent_main_conf_t *mcf);
ngx_int_t ngx_http_consent_log_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_consent_logged_handler(ngx_http_request_t *r);


/* relays: hosts that a path of the site stands for */

ngx_int_t ngx_http_consent_relay_init(ngx_conf_t *cf,
    ngx_http_consent_main_conf_t *mcf);
ngx_uint_t ngx_http_consent_is_relayed(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
void ngx_http_consent_on_direct(void *data, const consent_direct_t *direct);


ngx_str_t ngx_http_consent_real_addr(ngx_http_request_t *r);

char *ngx_http_consent_pseudonym(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_consent_require_pseudonym(ngx_conf_t *cf,
    ngx_http_consent_main_conf_t *mcf);
ngx_int_t ngx_http_consent_pseudonym_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);


/* in the logs */

ngx_int_t ngx_http_consent_post_read_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_consent_mask_error_log(ngx_http_request_t *r);
ngx_int_t ngx_http_consent_log_mask(ngx_http_request_t *r,
    consent_mask_t *bits);


/* filters */

ngx_int_t ngx_http_consent_header_filter_init(ngx_conf_t *cf);
ngx_int_t ngx_http_consent_filter_headers(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
ngx_int_t ngx_http_consent_begin_page(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_sniff_t sniffed);
ngx_int_t ngx_http_consent_begin_sheet(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_http_consent_sheet_t sheet);
ngx_int_t ngx_http_consent_body_filter_init(ngx_conf_t *cf);
ngx_int_t ngx_http_consent_body_create(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
ngx_int_t ngx_http_consent_body_rewrite(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_csp_t *csp);
void ngx_http_consent_on_found(void *data, const consent_found_t *found);

ngx_int_t ngx_http_consent_undo_encoding(ngx_http_request_t *r,
    ngx_http_consent_body_t *body);
void ngx_http_consent_clear_encoding(ngx_http_request_t *r);
ngx_int_t ngx_http_consent_feed(ngx_http_consent_body_t *body, ngx_buf_t *b);
ngx_int_t ngx_http_consent_feed_again(ngx_http_consent_body_t *body);

int ngx_http_consent_emit(void *data, consent_out_t kind, const char *bytes,
    size_t len);
ngx_int_t ngx_http_consent_end_of_buf(ngx_http_consent_body_t *body);
ngx_int_t ngx_http_consent_reclaim(ngx_http_consent_body_t *body);

ngx_int_t ngx_http_consent_look_at_sheet(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
ngx_int_t ngx_http_consent_read_sheet(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_uint_t observe);
ngx_http_consent_sheet_t ngx_http_consent_look(ngx_http_consent_body_t *body,
    ngx_chain_t **in);
ngx_int_t ngx_http_consent_kept(ngx_http_request_t *r,
    ngx_http_consent_body_t *body, ngx_chain_t **out);
ngx_int_t ngx_http_consent_rewrite_sheet(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);


/* what the header filter asks, a file each */

ngx_uint_t ngx_http_consent_is_html(ngx_http_request_t *r);
ngx_uint_t ngx_http_consent_has_type(ngx_http_request_t *r,
    int (*is)(consent_str_t value));
ngx_uint_t ngx_http_consent_may_be_page(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
ngx_uint_t ngx_http_consent_may_be_sheet(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);

ngx_int_t ngx_http_consent_filter_set_cookie(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_table_elt_t *h);
void ngx_http_consent_expire_cookies(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
void ngx_http_consent_add_cookie(void *data, consent_str_t value);
void ngx_http_consent_bridge(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    ngx_uint_t answered);

ngx_int_t ngx_http_consent_filter_link(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_table_elt_t *h);
void ngx_http_consent_filter_refresh(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_table_elt_t *h);
ngx_int_t ngx_http_consent_filter_reporting(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_table_elt_t *h);
ngx_int_t ngx_http_consent_filter_location(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_table_elt_t *h);

ngx_uint_t ngx_http_consent_is_undecodable(ngx_http_request_t *r);
ngx_int_t ngx_http_consent_close_page(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
void ngx_http_consent_replace(ngx_http_request_t *r,
    ngx_http_consent_body_t *body);

ngx_int_t ngx_http_consent_admit_self(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_csp_t *csp);
ngx_int_t ngx_http_consent_wall(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_uint_t csp);

ngx_int_t ngx_http_consent_return_validators(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);
ngx_int_t ngx_http_consent_cache_headers(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_uint_t no_store);
ngx_int_t ngx_http_consent_tag(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_http_consent_tag_t what);

ngx_int_t ngx_http_consent_endpoint_headers(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx);


/* monitor */

ngx_int_t ngx_http_consent_observe_body(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, ngx_uint_t sheet);
void ngx_http_consent_read_along(ngx_http_consent_body_t *body,
    ngx_chain_t *in);


/* counters and the inventory: nothing without consent_zone */

char *ngx_http_consent_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_consent_status(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
ngx_int_t ngx_http_consent_zone_hosts(ngx_conf_t *cf,
    ngx_http_consent_main_conf_t *mcf);
ngx_int_t ngx_http_consent_zone_copy(ngx_http_consent_main_conf_t *mcf,
    consent_arena_t *arena, consent_str_t only, consent_status_t *status);
void ngx_http_consent_count(ngx_http_request_t *r, consent_counter_t counter,
    ngx_uint_t n);
void ngx_http_consent_count_decision(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_choices_t *before,
    consent_decision_t decision);
void ngx_http_consent_find(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    consent_str_t kind, consent_str_t name, const consent_service_t *service);
void ngx_http_consent_find_cookie(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_str_t kind, consent_str_t line);


/* the rest */

char *ngx_http_consent_evidence(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
ngx_int_t ngx_http_consent_record(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_evidence_t *what,
    char record[CONSENT_RECORD_LEN + 1]);
void ngx_http_consent_archive(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, const char *text_hash, consent_str_t text);

ngx_int_t ngx_http_consent_add_variables(ngx_conf_t *cf);
ngx_int_t ngx_http_consent_rate_init(ngx_conf_t *cf,
    ngx_http_consent_main_conf_t *mcf);
ngx_int_t ngx_http_consent_rate_exceeded(ngx_http_request_t *r,
    ngx_http_consent_main_conf_t *mcf, ngx_uint_t rate);


static ngx_inline consent_str_t
ngx_http_consent_str(ngx_str_t s)
{
    return (consent_str_t) { (const char *) s.data, s.len };
}


static ngx_inline ngx_str_t
ngx_http_consent_ngx_str(consent_str_t s)
{
    return (ngx_str_t) { s.len, (u_char *) s.data };
}


#endif /* _NGX_HTTP_CONSENT_H_INCLUDED_ */
