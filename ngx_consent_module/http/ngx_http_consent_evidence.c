/*
 * Where evidence is written.  To a file: one line, one write, by whichever
 * worker took the choice; what could not be written whole was not recorded, and
 * an acceptance without a record is not taken.  To syslog: as well as a
 * datagram goes.
 */

#include "ngx_http_consent.h"


#define NGX_HTTP_CONSENT_TAIL           16384

/* what ngx_syslog_add_header() writes beside the host's name */

#define NGX_HTTP_CONSENT_SYSLOG_HEADER                                        \
    (sizeof("<255>Jan 01 00:00:00 ") - 1 + 1 + 32 + 2)


static void ngx_http_consent_start_chain(ngx_http_consent_evidence_t *evidence);
static size_t ngx_http_consent_read_tail(ngx_http_consent_evidence_t *evidence,
    u_char *tail, size_t size);
static ngx_int_t ngx_http_consent_write_line(ngx_http_request_t *r,
    ngx_http_consent_evidence_t *evidence, consent_str_t line);


char *
ngx_http_consent_evidence(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_consent_srv_conf_t *scf = conf;

    ngx_str_t                    *value;
    ngx_http_consent_evidence_t  *evidence;

    if (scf->evidence != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0) {
        scf->evidence = NULL;
        return NGX_CONF_OK;
    }

    evidence = ngx_pcalloc(cf->pool, sizeof(ngx_http_consent_evidence_t));
    if (evidence == NULL) {
        return NGX_CONF_ERROR;
    }

    scf->evidence = evidence;

    if (ngx_strncmp(value[1].data, "syslog:", 7) == 0) {

        evidence->syslog = ngx_pcalloc(cf->pool, sizeof(ngx_syslog_peer_t));
        if (evidence->syslog == NULL) {
            return NGX_CONF_ERROR;
        }

        return ngx_syslog_process_conf(cf, evidence->syslog);
    }

    evidence->file = ngx_conf_open_file(cf->cycle, &value[1]);
    if (evidence->file == NULL) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/*
 * NGX_OK and the record's id, NGX_DECLINED when nothing is to be recorded,
 * NGX_ERROR when it could not be.
 */

ngx_int_t
ngx_http_consent_record(ngx_http_request_t *r, ngx_http_consent_ctx_t *ctx,
    consent_evidence_t *what, char record[CONSENT_RECORD_LEN + 1])
{
    consent_buf_t                 buf;
    consent_str_t                 line;
    ngx_http_consent_evidence_t  *evidence;
    ngx_http_consent_srv_conf_t  *scf;

    scf = ngx_http_get_module_srv_conf(r, ngx_http_consent_module);
    evidence = scf->evidence;

    if (evidence == NULL) {
        return NGX_DECLINED;
    }

    ngx_http_consent_start_chain(evidence);

    consent_buf_init(&buf, &ctx->arena);

    if (consent_evidence_line(&evidence->chain, what, &buf, record) != 0) {
        ngx_log_error(NGX_LOG_ALERT, r->connection->log, 0,
                      "consent evidence could not be made");
        return NGX_ERROR;
    }

    line = consent_buf_str(&buf);

    if (ngx_http_consent_write_line(r, evidence, line) != NGX_OK) {
        return NGX_ERROR;
    }

    consent_chain_commit(&evidence->chain, line);

    return NGX_OK;
}


/*
 * Once a worker; the chain goes on from whatever line is last in the file.
 * No two chains of a worker begin in one second, since that names them and
 * several servers may write to one file.
 */

static void
ngx_http_consent_start_chain(ngx_http_consent_evidence_t *evidence)
{
    size_t         n;
    u_char         tail[NGX_HTTP_CONSENT_TAIL];
    static time_t  start;

    if (evidence->chain.name[0]) {
        return;
    }

    start = ngx_max(ngx_time(), start + 1);

    n = ngx_http_consent_read_tail(evidence, tail, sizeof(tail));

    consent_chain_start(&evidence->chain, (unsigned long) ngx_pid, start,
                        (consent_str_t) { (char *) tail, n });
}


/* the end of the file that lines are written to, not of one of its name */

static size_t
ngx_http_consent_read_tail(ngx_http_consent_evidence_t *evidence, u_char *tail,
    size_t size)
{
    ssize_t          n;
    ngx_fd_t         fd;
    ngx_file_info_t  fi, own;

    if (evidence->file == NULL
        || ngx_fd_info(evidence->file->fd, &own) == NGX_FILE_ERROR
        || ngx_file_size(&own) == 0)
    {
        return 0;
    }

    fd = ngx_open_file(evidence->file->name.data, NGX_FILE_RDONLY,
                       NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        return 0;
    }

    n = 0;

    if (ngx_fd_info(fd, &fi) != NGX_FILE_ERROR
        && ngx_file_uniq(&fi) == ngx_file_uniq(&own))
    {
        n = pread(fd, tail, size,
                  ngx_max(ngx_file_size(&fi) - (off_t) size, 0));
    }

    (void) ngx_close_file(fd);

    return ngx_max(n, 0);
}


static ngx_int_t
ngx_http_consent_write_line(ngx_http_request_t *r,
    ngx_http_consent_evidence_t *evidence, consent_str_t line)
{
    u_char   *p, *data, end;
    size_t    len;
    ssize_t   n;

    if (evidence->syslog) {

        data = ngx_pnalloc(r->pool, NGX_HTTP_CONSENT_SYSLOG_HEADER
                                    + ngx_cycle->hostname.len + line.len);
        if (data == NULL) {
            return NGX_ERROR;
        }

        p = ngx_syslog_add_header(evidence->syslog, data);
        p = ngx_cpymem(p, line.data, line.len - 1);

        (void) ngx_syslog_send(evidence->syslog, data, p - data);

        return NGX_OK;
    }

    data = ngx_pnalloc(r->pool, line.len + 1);
    if (data == NULL) {
        return NGX_ERROR;
    }

    p = data;

    /* what a full disk cut off, whoever wrote it, is ended first */

    if (ngx_http_consent_read_tail(evidence, &end, 1) == 1 && end != '\n') {
        *p++ = '\n';
    }

    p = ngx_cpymem(p, line.data, line.len);
    len = p - data;

    n = ngx_write_fd(evidence->file->fd, data, len);

    /* a record that lacks its newline is there, and cannot be taken back */

    if (n >= (ssize_t) len - 1) {
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_ALERT, r->connection->log, n == -1 ? ngx_errno : 0,
                  "consent evidence could not be written to \"%V\"",
                  &evidence->file->name);

    return NGX_ERROR;
}
