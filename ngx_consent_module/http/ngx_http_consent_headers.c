/*
 * Lists of headers, a request's and an answer's: walked, searched, added to.
 */

#include "ngx_http_consent.h"


void
ngx_http_consent_headers_start(ngx_http_consent_headers_t *headers,
    ngx_list_t *list)
{
    headers->part = &list->part;
    headers->i = 0;
}


/* the next line, NULL at the end; lines of an answer with a zero hash too */

ngx_table_elt_t *
ngx_http_consent_headers_next(ngx_http_consent_headers_t *headers)
{
    ngx_table_elt_t  *h;

    while (headers->i >= headers->part->nelts) {

        if (headers->part->next == NULL) {
            return NULL;
        }

        headers->part = headers->part->next;
        headers->i = 0;
    }

    h = headers->part->elts;

    return &h[headers->i++];
}


/* the next line that will be sent */

ngx_table_elt_t *
ngx_http_consent_headers_sent(ngx_http_consent_headers_t *headers)
{
    ngx_table_elt_t  *h;

    do {
        h = ngx_http_consent_headers_next(headers);
    } while (h && h->hash == 0);

    return h;
}


ngx_uint_t
ngx_http_consent_is(ngx_table_elt_t *h, const char *name)
{
    return h->key.len == ngx_strlen(name)
           && ngx_strncasecmp(h->key.data, (u_char *) name, h->key.len) == 0;
}


/* the first line of that name in the main request, NULL when there is none */

ngx_table_elt_t *
ngx_http_consent_header_in(ngx_http_request_t *r, const char *name)
{
    ngx_table_elt_t             *h;
    ngx_http_consent_headers_t   headers;

    ngx_http_consent_headers_start(&headers, &r->main->headers_in.headers);

    do {
        h = ngx_http_consent_headers_next(&headers);
    } while (h && !ngx_http_consent_is(h, name));

    return h;
}


/* its value, empty when there is none */

consent_str_t
ngx_http_consent_value_in(ngx_http_request_t *r, const char *name)
{
    ngx_table_elt_t  *h;

    h = ngx_http_consent_header_in(r, name);

    return h ? ngx_http_consent_str(h->value) : (consent_str_t) { "", 0 };
}


/* name lives as long as the request; NULL when there is no memory */

ngx_table_elt_t *
ngx_http_consent_add_header(ngx_http_request_t *r, const char *name,
    ngx_str_t *value)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NULL;
    }

    h->hash = 1;
    h->key.data = (u_char *) name;
    h->key.len = ngx_strlen(name);
    h->value = *value;
    h->lowcase_key = NULL;
#if (nginx_version >= 1023000)
    h->next = NULL;
#endif

    return h;
}
