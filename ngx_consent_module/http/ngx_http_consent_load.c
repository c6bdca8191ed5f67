/*
 * Loading of what directives name: catalogue, locales, policies, keys.  Each
 * file once a configuration, however many servers use it; what is not in the
 * pool goes with it.
 */

#include "ngx_http_consent.h"

#include "day.h"


typedef struct {
    ngx_log_t                     *log;
    ngx_uint_t                     level;
} ngx_http_consent_reporter_t;


static void *ngx_http_consent_pool_alloc(void *owner, size_t size);
static void ngx_http_consent_report(void *data, const char *file,
    unsigned line, const char *text);
static ngx_int_t ngx_http_consent_on_destroy(ngx_conf_t *cf,
    ngx_pool_cleanup_pt handler, void *data);
static ngx_http_consent_loaded_t *ngx_http_consent_find_loaded(
    ngx_rbtree_t *loaded, ngx_str_t *name);
static ngx_http_consent_loaded_t *ngx_http_consent_add_loaded(ngx_conf_t *cf,
    ngx_rbtree_t *loaded, ngx_str_t *name);
static consent_policy_t *ngx_http_consent_read_policy(ngx_conf_t *cf,
    ngx_http_consent_main_conf_t *mcf, ngx_str_t *name, ngx_uint_t level);
static char *ngx_http_consent_add_hosts(ngx_conf_t *cf,
    ngx_http_consent_main_conf_t *mcf, consent_policy_t *policy,
    ngx_uint_t level);
static void ngx_http_consent_check_retired(ngx_conf_t *cf,
    ngx_http_consent_loaded_t *loaded);
static void ngx_http_consent_check_since(ngx_conf_t *cf,
    ngx_http_consent_loaded_t *loaded, time_t validity);
static void ngx_http_consent_catalogue_cleanup(void *data);
static void ngx_http_consent_policy_cleanup(void *data);
static void ngx_http_consent_keyring_cleanup(void *data);


consent_arena_t
ngx_http_consent_arena(ngx_pool_t *pool)
{
    consent_arena_t  arena;

    arena.alloc = ngx_http_consent_pool_alloc;
    arena.owner = pool;

    return arena;
}


static void *
ngx_http_consent_pool_alloc(void *owner, size_t size)
{
    return ngx_palloc(owner, size);
}


/* the lines are nginx's own: what, then where */

static void
ngx_http_consent_report(void *data, const char *file, unsigned line,
    const char *text)
{
    ngx_http_consent_reporter_t  *reporter = data;

    if (line) {
        ngx_log_error(reporter->level, reporter->log, 0, "%s in %s:%ud",
                      text, file, line);

    } else {
        ngx_log_error(reporter->level, reporter->log, 0, "%s in %s",
                      text, file);
    }
}


static ngx_int_t
ngx_http_consent_on_destroy(ngx_conf_t *cf, ngx_pool_cleanup_pt handler,
    void *data)
{
    ngx_pool_cleanup_t  *cln;

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        handler(data);
        return NGX_ERROR;
    }

    cln->handler = handler;
    cln->data = data;

    return NGX_OK;
}


/*
 * The catalogue, the bridges, the locales and the templates: once, when first
 * needed.
 */

char *
ngx_http_consent_load(ngx_conf_t *cf, ngx_http_consent_main_conf_t *mcf)
{
    u_char                       *locales, *ui, *bridges;
    consent_problems_t            problems;
    ngx_http_consent_reporter_t   reporter;

    if (mcf->loaded) {
        return NGX_CONF_OK;
    }

    mcf->loaded = 1;

    locales = ngx_pnalloc(cf->pool, mcf->assets.len + sizeof("/locales"));
    ui = ngx_pnalloc(cf->pool, mcf->assets.len + sizeof("/ui"));
    bridges = ngx_pnalloc(cf->pool, mcf->assets.len + sizeof("/bridges"));

    if (locales == NULL || ui == NULL || bridges == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_sprintf(locales, "%V/locales%Z", &mcf->assets);
    ngx_sprintf(ui, "%V/ui%Z", &mcf->assets);
    ngx_sprintf(bridges, "%V/bridges%Z", &mcf->assets);

    reporter.log = cf->log;
    reporter.level = NGX_LOG_EMERG;

    problems.report = ngx_http_consent_report;
    problems.data = &reporter;
    problems.count = 0;

    mcf->catalogue = consent_catalogue_load(&mcf->arena,
                                            (char *) mcf->catalogue_dir.data,
                                            &problems);
    if (mcf->catalogue
        && ngx_http_consent_on_destroy(cf, ngx_http_consent_catalogue_cleanup,
                                       mcf->catalogue)
           != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (mcf->catalogue
        && consent_catalogue_load_bridges(mcf->catalogue, &mcf->arena,
                                          (char *) bridges, &problems)
           != 0)
    {
        return NGX_CONF_ERROR;
    }

    mcf->locales = consent_locales_load(&mcf->arena, (char *) locales,
                                        &problems);

    if (mcf->locales) {
        mcf->ui = consent_ui_load(&mcf->arena, (char *) ui, mcf->locales,
                                  &problems);
    }

    if (mcf->catalogue == NULL || mcf->locales == NULL || mcf->ui == NULL) {
        return NGX_CONF_ERROR;
    }

    if (mcf->policies_dir.name.data) {
        return ngx_http_consent_load_policies(cf, mcf);
    }

    return NGX_CONF_OK;
}


static ngx_http_consent_loaded_t *
ngx_http_consent_find_loaded(ngx_rbtree_t *loaded, ngx_str_t *name)
{
    ngx_str_node_t  *node;

    node = ngx_str_rbtree_lookup(loaded, name,
                                 ngx_crc32_short(name->data, name->len));

    return (ngx_http_consent_loaded_t *) node;
}


static ngx_http_consent_loaded_t *
ngx_http_consent_add_loaded(ngx_conf_t *cf, ngx_rbtree_t *loaded,
    ngx_str_t *name)
{
    ngx_http_consent_loaded_t  *elt;

    elt = ngx_pcalloc(cf->pool, sizeof(ngx_http_consent_loaded_t));
    if (elt == NULL) {
        return NULL;
    }

    elt->sn.str = *name;
    elt->sn.node.key = ngx_crc32_short(name->data, name->len);

    ngx_rbtree_insert(loaded, &elt->sn.node);

    return elt;
}


consent_policy_t *
ngx_http_consent_load_policy(ngx_conf_t *cf, ngx_http_consent_main_conf_t *mcf,
    ngx_http_consent_file_t *file)
{
    ngx_http_consent_loaded_t  *loaded;

    loaded = ngx_http_consent_find_loaded(&mcf->policies, &file->name);

    if (loaded) {
        return loaded->data;
    }

    loaded = ngx_http_consent_add_loaded(cf, &mcf->policies, &file->name);
    if (loaded == NULL) {
        return NULL;
    }

    loaded->data = ngx_http_consent_read_policy(cf, mcf, &file->name,
                                                NGX_LOG_EMERG);
    if (loaded->data == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "the policy \"%V\" cannot be used in %V:%ui",
                      &file->name, &file->conf_file, file->conf_line);
        return NULL;
    }

    ngx_log_error(NGX_LOG_NOTICE, cf->log, 0, "consent policy %s is \"%V\"",
                  ((consent_policy_t *) loaded->data)->hash, &file->name);

    return loaded->data;
}


static consent_policy_t *
ngx_http_consent_read_policy(ngx_conf_t *cf, ngx_http_consent_main_conf_t *mcf,
    ngx_str_t *name, ngx_uint_t level)
{
    consent_policy_t             *policy;
    consent_problems_t            problems;
    ngx_http_consent_reporter_t   reporter;

    reporter.log = cf->log;
    reporter.level = level;

    problems.report = ngx_http_consent_report;
    problems.data = &reporter;
    problems.count = 0;

    policy = consent_policy_load(&mcf->arena, (char *) name->data,
                                 mcf->catalogue, mcf->locales, &problems);
    if (policy == NULL) {
        return NULL;
    }

    if (ngx_http_consent_on_destroy(cf, ngx_http_consent_policy_cleanup, policy)
        != NGX_OK)
    {
        return NULL;
    }

    if (policy->relays) {
        mcf->relays = 1;
    }

    return policy;
}


/*
 * Many tenants: nginx -t fails on a broken file, a start or reload gives its
 * hosts the default policy and goes on for the others.
 */

char *
ngx_http_consent_load_policies(ngx_conf_t *cf,
    ngx_http_consent_main_conf_t *mcf)
{
    u_char            *pattern;
    ngx_int_t          rc;
    ngx_str_t          file, name;
    ngx_glob_t         gl;
    ngx_uint_t         level, count;
    consent_policy_t  *policy;

    level = ngx_test_config ? NGX_LOG_EMERG : NGX_LOG_ALERT;

    pattern = ngx_pnalloc(cf->pool, mcf->policies_dir.name.len
                                    + sizeof("/*.json"));
    if (pattern == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_sprintf(pattern, "%V/*.json%Z", &mcf->policies_dir.name);

    ngx_memzero(&gl, sizeof(ngx_glob_t));

    gl.pattern = pattern;
    gl.log = cf->log;
    gl.test = 1;

    if (ngx_open_glob(&gl) != NGX_OK) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, ngx_errno,
                      ngx_open_glob_n " \"%s\" failed in %V:%ui",
                      pattern, &mcf->policies_dir.conf_file,
                      mcf->policies_dir.conf_line);
        return NGX_CONF_ERROR;
    }

    rc = NGX_OK;
    count = 0;

    /* in the order of their names, so that all machines agree */

    while (ngx_read_glob(&gl, &name) == NGX_OK) {

        file.len = name.len;
        file.data = ngx_pnalloc(cf->pool, name.len + 1);
        if (file.data == NULL) {
            rc = NGX_ERROR;
            break;
        }

        ngx_cpystrn(file.data, name.data, name.len + 1);

        policy = ngx_http_consent_read_policy(cf, mcf, &file, level);

        if (ngx_strcmp(file.data + mcf->policies_dir.name.len + 1,
                       "_default.json")
            == 0)
        {
            mcf->default_policy = policy;
            continue;
        }

        count++;

        if (policy == NULL
            || ngx_http_consent_add_hosts(cf, mcf, policy, level)
               != NGX_CONF_OK)
        {
            mcf->broken++;
            mcf->failed |= ngx_test_config;
        }
    }

    ngx_close_glob(&gl);

    if (rc == NGX_ERROR) {
        return NGX_CONF_ERROR;
    }

    ngx_log_error(NGX_LOG_NOTICE, cf->log, 0,
                  "consent policies of \"%V\": %ui, %ui of them broken",
                  &mcf->policies_dir.name, count, mcf->broken);

    if (mcf->default_policy == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"%V\" needs a correct \"_default.json\", the policy of "
                      "hosts that no other file lists, in %V:%ui",
                      &mcf->policies_dir.name, &mcf->policies_dir.conf_file,
                      mcf->policies_dir.conf_line);
        mcf->failed = 1;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_consent_add_hosts(ngx_conf_t *cf, ngx_http_consent_main_conf_t *mcf,
    consent_policy_t *policy, ngx_uint_t level)
{
    char                    *rv;
    uint32_t                 hash;
    ngx_str_t                name;
    ngx_uint_t               i;
    ngx_str_node_t          *node;
    ngx_http_consent_host_t  *host;

    rv = NGX_CONF_OK;

    if (policy->nhosts == 0) {
        ngx_log_error(level, cf->log, 0,
                      "\"hosts\" is missing in %s: name the hosts that this "
                      "policy is for", policy->file.data);
        return NGX_CONF_ERROR;
    }

    for (i = 0; i < policy->nhosts; i++) {

        name = ngx_http_consent_ngx_str(policy->hosts[i]);
        hash = ngx_crc32_short(name.data, name.len);

        node = ngx_str_rbtree_lookup(&mcf->hosts, &name, hash);

        if (node) {
            host = (ngx_http_consent_host_t *) node;

            ngx_log_error(level, cf->log, 0,
                          "host \"%V\" of %s already belongs to %s",
                          &name, policy->file.data, host->policy->file.data);
            rv = NGX_CONF_ERROR;
            continue;
        }

        host = ngx_palloc(cf->pool, sizeof(ngx_http_consent_host_t));
        if (host == NULL) {
            return NGX_CONF_ERROR;
        }

        host->sn.node.key = hash;
        host->sn.str = name;
        host->policy = policy;

        ngx_rbtree_insert(&mcf->hosts, &host->sn.node);
    }

    return rv;
}


consent_keyring_t *
ngx_http_consent_load_keys(ngx_conf_t *cf, ngx_http_consent_main_conf_t *mcf,
    ngx_http_consent_file_t *file, time_t validity)
{
    consent_problems_t            problems;
    ngx_http_consent_loaded_t    *loaded;
    ngx_http_consent_reporter_t   reporter;

    loaded = ngx_http_consent_find_loaded(&mcf->keyrings, &file->name);

    if (loaded) {
        return loaded->data;
    }

    loaded = ngx_http_consent_add_loaded(cf, &mcf->keyrings, &file->name);
    if (loaded == NULL) {
        return NULL;
    }

    reporter.log = cf->log;
    reporter.level = NGX_LOG_EMERG;

    problems.report = ngx_http_consent_report;
    problems.data = &reporter;
    problems.count = 0;

    loaded->data = consent_keyring_load(&mcf->arena, (char *) file->name.data,
                                        &problems);
    if (loaded->data == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "the key file \"%V\" cannot be used in %V:%ui",
                      &file->name, &file->conf_file, file->conf_line);
        return NULL;
    }

    if (ngx_http_consent_on_destroy(cf, ngx_http_consent_keyring_cleanup,
                                    loaded->data)
        != NGX_OK)
    {
        return NULL;
    }

    ngx_http_consent_check_retired(cf, loaded);
    ngx_http_consent_check_since(cf, loaded, validity);

    return loaded->data;
}


/* a reload knows what the file held before; choices outlive a hasty rotation */

static void
ngx_http_consent_check_retired(ngx_conf_t *cf,
    ngx_http_consent_loaded_t *loaded)
{
    ngx_uint_t                     id;
    ngx_cycle_t                   *old;
    ngx_http_consent_loaded_t     *before;
    ngx_http_consent_main_conf_t  *mcf;

    old = cf->cycle->old_cycle;

    if (old == NULL || old->conf_ctx == NULL) {
        return;
    }

    mcf = ngx_http_cycle_get_module_main_conf(old, ngx_http_consent_module);

    if (mcf == NULL) {
        return;
    }

    before = ngx_http_consent_find_loaded(&mcf->keyrings, &loaded->sn.str);

    if (before == NULL || before->data == NULL) {
        return;
    }

    for (id = 0; id < 256; id++) {

        if (consent_keyring_has(before->data, id)
            && !consent_keyring_has(loaded->data, id))
        {
            ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                          "a key left \"%V\": visitors whose choice it signed "
                          "are asked again, unless it stays as \"verify\" "
                          "until the last of them has lapsed", &loaded->sn.str);
        }
    }
}


/* and nginx -t knows what the file says of itself */

static void
ngx_http_consent_check_since(ngx_conf_t *cf, ngx_http_consent_loaded_t *loaded,
    time_t validity)
{
    char      since[CONSENT_DAY_SIZE], until[CONSENT_DAY_SIZE];
    uint32_t  day, days;

    day = consent_keyring_since(loaded->data);
    days = validity / (24 * 60 * 60);

    if (day == 0 || day + days <= ngx_time() / (24 * 60 * 60)) {
        return;
    }

    consent_day_print(day, since);
    consent_day_print(day + days, until);

    ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                  "no key of \"%V\" signed before %s: visitors who chose "
                  "earlier are asked again, unless the key of that time stays "
                  "as \"verify\" until %s", &loaded->sn.str, since, until);
}


static void
ngx_http_consent_catalogue_cleanup(void *data)
{
    consent_catalogue_destroy(data);
}


static void
ngx_http_consent_policy_cleanup(void *data)
{
    consent_policy_destroy(data);
}


static void
ngx_http_consent_keyring_cleanup(void *data)
{
    consent_keyring_destroy(data);
}
