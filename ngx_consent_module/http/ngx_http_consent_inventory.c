/*
 * The inventory of a host: what its pages load and set, by kind, service and
 * name.  name is a host or a cookie's; nothing else of an address is kept.
 */

#include "ngx_http_consent_zone.h"

#include "cookie.h"


#define NGX_HTTP_CONSENT_FINDINGS      128     /* of a host */

#define NGX_HTTP_CONSENT_KIND_LEN      16
#define NGX_HTTP_CONSENT_NAME_LEN      120
#define NGX_HTTP_CONSENT_PATH_LEN      120


/* in shared memory; kind, service, name and path follow it as text */

struct ngx_http_consent_finding_s {
    ngx_http_consent_finding_t    *next;
    ngx_atomic_t                   count;
    ngx_atomic_t                   last;
    uint32_t                       first;
    uint32_t                       hash;
    u_char                         kind_len;
    u_char                         service_len;
    u_char                         name_len;
    u_char                         path_len;
    u_char                         text[1];
};


static ngx_http_consent_finding_t *ngx_http_consent_look_up(
    ngx_http_consent_tally_t *tally, uint32_t hash, consent_str_t kind,
    consent_str_t service, consent_str_t name);
static void ngx_http_consent_keep(ngx_slab_pool_t *pool,
    ngx_http_consent_tally_t *tally, uint32_t hash, consent_str_t kind,
    consent_str_t service, consent_str_t name, consent_str_t path);


void
ngx_http_consent_find(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    consent_str_t kind, consent_str_t name, const consent_service_t *service)
{
    uint32_t                       hash;
    consent_str_t                  id;
    consent_url_t                  page;
    ngx_atomic_uint_t              today;
    ngx_http_consent_tally_t      *tally;
    ngx_http_consent_finding_t    *finding;
    ngx_http_consent_main_conf_t  *mcf;

    tally = ngx_http_consent_tally(r);

    if (tally == NULL) {
        return;
    }

    id = service ? service->id : CONSENT_STR("");

    kind.len = ngx_min(kind.len, NGX_HTTP_CONSENT_KIND_LEN);
    id.len = ngx_min(id.len, NGX_HTTP_CONSENT_ID_LEN);
    name.len = ngx_min(name.len, NGX_HTTP_CONSENT_NAME_LEN);

    ngx_crc32_init(hash);
    ngx_crc32_update(&hash, (u_char *) kind.data, kind.len);
    ngx_crc32_update(&hash, (u_char *) id.data, id.len);
    ngx_crc32_update(&hash, (u_char *) name.data, name.len);
    ngx_crc32_final(hash);

    finding = ngx_http_consent_look_up(tally, hash, kind, id, name);

    if (finding == NULL) {

        if (tally->nfound >= NGX_HTTP_CONSENT_FINDINGS) {
            (void) ngx_atomic_fetch_add(&tally->found_lost, 1);
            return;
        }

        mcf = ngx_http_get_module_main_conf(r, ngx_http_consent_module);

        ngx_http_consent_page_url(r, ctx, &page);

        ngx_http_consent_keep((ngx_slab_pool_t *) mcf->zone->shm.addr, tally,
                              hash, kind, id, name, page.path);
        return;
    }

    today = ngx_time() / 86400;

    if (finding->last != today) {
        finding->last = today;
    }

    (void) ngx_atomic_fetch_add(&finding->count, 1);
}


static ngx_http_consent_finding_t *
ngx_http_consent_look_up(ngx_http_consent_tally_t *tally, uint32_t hash,
    consent_str_t kind, consent_str_t service, consent_str_t name)
{
    u_char                      *p;
    ngx_http_consent_finding_t  *finding;

    for (finding = tally->found[hash % NGX_HTTP_CONSENT_BUCKETS];
         finding;
         finding = finding->next)
    {
        p = finding->text;

        if (finding->hash == hash
            && finding->kind_len == kind.len
            && finding->service_len == service.len
            && finding->name_len == name.len
            && ngx_memcmp(p, kind.data, kind.len) == 0
            && ngx_memcmp(p + kind.len, service.data, service.len) == 0
            && ngx_memcmp(p + kind.len + service.len, name.data, name.len)
               == 0)
        {
            return finding;
        }
    }

    return NULL;
}


static void
ngx_http_consent_keep(ngx_slab_pool_t *pool, ngx_http_consent_tally_t *tally,
    uint32_t hash, consent_str_t kind, consent_str_t service,
    consent_str_t name, consent_str_t path)
{
    u_char                       *p;
    ngx_http_consent_finding_t   *finding, **bucket;

    path.len = ngx_min(path.len, NGX_HTTP_CONSENT_PATH_LEN);

    ngx_shmtx_lock(&pool->mutex);

    finding = ngx_http_consent_look_up(tally, hash, kind, service, name);

    if (finding) {
        (void) ngx_atomic_fetch_add(&finding->count, 1);
        goto done;
    }

    finding = NULL;

    if (tally->nfound < NGX_HTTP_CONSENT_FINDINGS) {
        finding = ngx_slab_calloc_locked(pool,
                                   offsetof(ngx_http_consent_finding_t, text)
                                   + kind.len + service.len + name.len
                                   + path.len);
    }

    if (finding == NULL) {
        (void) ngx_atomic_fetch_add(&tally->found_lost, 1);
        goto done;
    }

    finding->count = 1;
    finding->first = ngx_time() / 86400;
    finding->last = finding->first;
    finding->hash = hash;
    finding->kind_len = kind.len;
    finding->service_len = service.len;
    finding->name_len = name.len;
    finding->path_len = path.len;

    p = ngx_cpymem(finding->text, kind.data, kind.len);
    p = ngx_cpymem(p, service.data, service.len);
    p = ngx_cpymem(p, name.data, name.len);
    ngx_memcpy(p, path.data, path.len);

    bucket = &tally->found[hash % NGX_HTTP_CONSENT_BUCKETS];
    finding->next = *bucket;

    ngx_memory_barrier();

    *bucket = finding;
    tally->nfound++;

done:

    ngx_shmtx_unlock(&pool->mutex);
}


void
ngx_http_consent_find_cookie(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    consent_str_t kind, consent_str_t line)
{
    char                             kept[NGX_HTTP_CONSENT_NAME_LEN];
    consent_str_t                    name, value, pair;
    consent_claim_t                  claim;
    const consent_cookie_pattern_t  *pattern;

    while (consent_cookie_next(&line, &name, &value, &pair)) {

        name = consent_cookie_effective_name(name, value);

        if (name.len && !consent_cookie_is_one_of(&ctx->cookie_name, 1, name)) {

            claim = consent_match_cookie(ctx->choices.policy, name, &pattern);

            value.data = kept;
            value.len = consent_status_cookie_name(name, kept, sizeof(kept));

            ngx_http_consent_find(r, ctx, kind, value, claim.service);
        }

        /* what follows the first pair of a Set-Cookie are attributes */

        if (kind.len != sizeof("cookie") - 1) {
            return;
        }
    }
}


ngx_int_t
ngx_http_consent_copy_found(consent_arena_t *arena,
    ngx_http_consent_tally_t *tally, consent_status_host_t *host)
{
    char                        *p;
    ngx_uint_t                   i, n;
    consent_status_found_t      *found;
    ngx_http_consent_finding_t  *finding;

    host->found_lost = tally->found_lost;

    n = tally->nfound;

    if (n == 0) {
        return NGX_OK;
    }

    host->found = consent_alloc(arena, n * sizeof(consent_status_found_t));
    if (host->found == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < NGX_HTTP_CONSENT_BUCKETS; i++) {

        for (finding = tally->found[i]; finding; finding = finding->next) {

            if (host->nfound == n) {
                return NGX_OK;
            }

            found = &host->found[host->nfound++];
            p = (char *) finding->text;

            found->kind = (consent_str_t) { p, finding->kind_len };
            p += finding->kind_len;

            found->service = (consent_str_t) { p, finding->service_len };
            p += finding->service_len;

            found->name = (consent_str_t) { p, finding->name_len };
            p += finding->name_len;

            found->path = (consent_str_t) { p, finding->path_len };

            found->first = finding->first;
            found->last = finding->last;
            found->count = finding->count;
        }
    }

    return NGX_OK;
}
