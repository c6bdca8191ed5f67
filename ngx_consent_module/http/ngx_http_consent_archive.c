/*
 * consent_archive: the policy and the text that a line of evidence names by
 * their hashes, each a file named after the SHA-256 of its bytes.  Written when
 * a choice first refers to it, by the worker that took the choice; there is
 * one for each version that anybody chose on, however many choose.
 */

#include "ngx_http_consent.h"


static void ngx_http_consent_archive_file(ngx_http_request_t *r,
    ngx_str_t *dir, const char *hash, const char *suffix, consent_str_t bytes);
static ngx_int_t ngx_http_consent_archive_write(u_char *temp, u_char *name,
    consent_str_t bytes);


void
ngx_http_consent_archive(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    const char *text_hash, consent_str_t text)
{
    consent_buf_t                  buf;
    ngx_http_consent_main_conf_t  *mcf;

    mcf = ngx_http_get_module_main_conf(r, ngx_http_consent_module);

    if (mcf->archive == NULL) {
        return;
    }

    consent_buf_init(&buf, &ctx->arena);
    consent_policy_canonical(ctx->choices.policy, &buf);

    if (!buf.failed) {
        ngx_http_consent_archive_file(r, &mcf->archive->name,
                                      ctx->choices.policy->hash, "json",
                                      consent_buf_str(&buf));
    }

    ngx_http_consent_archive_file(r, &mcf->archive->name, text_hash, "html",
                                  text);
}


static void
ngx_http_consent_archive_file(ngx_http_request_t *r, ngx_str_t *dir,
    const char *hash, const char *suffix, consent_str_t bytes)
{
    u_char           *name, *temp;
    size_t            len;
    ngx_file_info_t   fi;

    len = dir->len + sizeof("/.json") + CONSENT_HASH_HEX_LEN;

    name = ngx_pnalloc(r->pool, len);
    temp = ngx_pnalloc(r->pool, len + NGX_INT64_LEN + 1);

    if (name == NULL || temp == NULL) {
        return;
    }

    ngx_sprintf(name, "%V/%s.%s%Z", dir, hash, suffix);

    if (ngx_file_info(name, &fi) != NGX_FILE_ERROR) {
        return;
    }

    /* whole or not at all, whoever else writes the same */

    ngx_sprintf(temp, "%V/.%s.%P%Z", dir, hash, ngx_pid);

    if (ngx_http_consent_archive_write(temp, name, bytes) != NGX_OK) {
        ngx_log_error(NGX_LOG_ALERT, r->connection->log, ngx_errno,
                      "consent archive could not write \"%s\"", name);

        (void) ngx_delete_file(temp);
    }
}


static ngx_int_t
ngx_http_consent_archive_write(u_char *temp, u_char *name, consent_str_t bytes)
{
    ssize_t   n;
    ngx_fd_t  fd;

    fd = ngx_open_file(temp, NGX_FILE_WRONLY, NGX_FILE_TRUNCATE,
                       NGX_FILE_DEFAULT_ACCESS);

    if (fd == NGX_INVALID_FILE) {
        return NGX_ERROR;
    }

    n = ngx_write_fd(fd, (void *) bytes.data, bytes.len);

    if (ngx_close_file(fd) == NGX_FILE_ERROR || n != (ssize_t) bytes.len) {
        return NGX_ERROR;
    }

    return ngx_rename_file(temp, name) == NGX_FILE_ERROR ? NGX_ERROR : NGX_OK;
}
