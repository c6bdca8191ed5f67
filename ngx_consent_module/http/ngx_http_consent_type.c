/*
 * What a browser takes an answer for, as far as the header tells.
 */

#include "ngx_http_consent.h"


/* what it might render as HTML */

ngx_uint_t
ngx_http_consent_may_be_page(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx)
{
    ngx_table_elt_t             *h;
    ngx_http_consent_headers_t   headers;

    switch (r->headers_out.status) {

    case NGX_HTTP_NO_CONTENT:
    case NGX_HTTP_NOT_MODIFIED:
        return 0;

    default:
        if (r->headers_out.status < NGX_HTTP_OK) {
            return 0;
        }
    }

    if (!ngx_http_consent_is_html(r)
        && !(ctx->navigation
             && ngx_http_consent_has_type(r, consent_mime_is_xhtml)))
    {
        return 0;
    }

    /* what is saved to a file is not shown */

    ngx_http_consent_headers_start(&headers, &r->headers_out.headers);

    while ((h = ngx_http_consent_headers_sent(&headers)) != NULL) {

        if (ngx_http_consent_is(h, "Content-Disposition")
            && h->value.len >= 10
            && ngx_strncasecmp(h->value.data, (u_char *) "attachment", 10)
               == 0)
        {
            return 0;
        }
    }

    return 1;
}


/*
 * What it might take for a style sheet: a page in quirks mode takes whatever it
 * asked for as one, and answers that are errors for none (WHATWG HTML, 4.6.7,
 * "stylesheet").
 */

ngx_uint_t
ngx_http_consent_may_be_sheet(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx)
{
    if (r->headers_out.status < NGX_HTTP_OK
        || r->headers_out.status == NGX_HTTP_NO_CONTENT
        || r->headers_out.status == NGX_HTTP_NOT_MODIFIED)
    {
        return 0;
    }

    if (ctx->style && r->headers_out.status < NGX_HTTP_SPECIAL_RESPONSE) {
        return 1;
    }

    return ngx_http_consent_has_type(r, consent_mime_is_css)
           && !ngx_http_consent_has_type(r, consent_mime_is_html);
}


/* HTML by some line, or by none that says anything: browsers sniff then */

ngx_uint_t
ngx_http_consent_is_html(ngx_http_request_t *r)
{
    return ngx_http_consent_has_type(r, consent_mime_is_html)
           || !ngx_http_consent_has_type(r, consent_mime_is_known);
}


/* nginx sends a line of its own, and those that add_header made */

ngx_uint_t
ngx_http_consent_has_type(ngx_http_request_t *r, int (*is)(consent_str_t value))
{
    ngx_table_elt_t             *h;
    ngx_http_consent_headers_t   headers;

    if (r->headers_out.content_type.len
        && is(ngx_http_consent_str(r->headers_out.content_type)))
    {
        return 1;
    }

    ngx_http_consent_headers_start(&headers, &r->headers_out.headers);

    while ((h = ngx_http_consent_headers_sent(&headers)) != NULL) {

        if (ngx_http_consent_is(h, "Content-Type")
            && is(ngx_http_consent_str(h->value)))
        {
            return 1;
        }
    }

    return 0;
}
