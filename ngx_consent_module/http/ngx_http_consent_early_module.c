/*
 * A header filter that runs before gunzip.  Stock gunzip inflates only for
 * clients that do not take gzip; a page has to be read whoever asks for it.
 */

#include "ngx_http_consent.h"


static ngx_int_t ngx_http_consent_early_init(ngx_conf_t *cf);


static ngx_http_module_t  ngx_http_consent_early_module_ctx = {
    NULL,                                  /* preconfiguration */
    ngx_http_consent_early_init,           /* postconfiguration */

    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_consent_early_module = {
    NGX_MODULE_V1,
    &ngx_http_consent_early_module_ctx,    /* module context */
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


static ngx_http_output_header_filter_pt  ngx_http_next_header_filter;


static ngx_int_t
ngx_http_consent_early_header_filter(ngx_http_request_t *r)
{
    ngx_int_t                      rc;
    ngx_flag_t                    *gunzip, configured;
    ngx_str_t                     *encoding;
    ngx_http_consent_ctx_t        *ctx;
    ngx_http_consent_main_conf_t  *mcf;

    if (r->headers_out.content_encoding == NULL
        || ngx_http_consent_mode(r) != NGX_HTTP_CONSENT_ON)
    {
        return ngx_http_next_header_filter(r);
    }

    if (r == r->main) {

        ctx = ngx_http_consent_get_ctx(r);

        if (ctx == NULL || !ngx_http_consent_is_html(r)) {
            return ngx_http_next_header_filter(r);
        }

        /* the header filter proper lets the compressors ask again */

        r->gzip_tested = 1;
        r->gzip_ok = 0;

        /* gunzip makes it weak; what the site compares is its own */

        if (r->headers_out.etag) {
            ctx->etag = r->headers_out.etag->value;
        }

        /* RFC 9110, 8.4.1.3: the same, by its older name */

        encoding = &r->headers_out.content_encoding->value;

        if (encoding->len == 6
            && ngx_strncasecmp(encoding->data, (u_char *) "x-gzip", 6) == 0)
        {
            ngx_str_set(encoding, "gzip");
        }
    }

    /*
     * gunzip looks at its flag in the header filter alone.  Switched on for
     * this answer only, it stays what the configuration says everywhere else:
     * for other types, and where a location or a variable says "off".
     */

    mcf = ngx_http_get_module_main_conf(r, ngx_http_consent_module);

    gunzip = (ngx_flag_t *) ((char *) r->loc_conf[mcf->gunzip_index]
                             + mcf->gunzip_offset);
    configured = *gunzip;

    *gunzip = 1;

    rc = ngx_http_next_header_filter(r);

    *gunzip = configured;

    return rc;
}


static ngx_int_t
ngx_http_consent_early_init(ngx_conf_t *cf)
{
    ngx_http_consent_main_conf_t  *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_consent_module);

    if (mcf->used) {
        ngx_http_next_header_filter = ngx_http_top_header_filter;
        ngx_http_top_header_filter = ngx_http_consent_early_header_filter;
    }

    return NGX_OK;
}
