/*
 * The tally of a host: its counters, the decisions of each of the last days,
 * and what was answered to each service.
 */

#include "ngx_http_consent_zone.h"


#define NGX_HTTP_CONSENT_SERVICES      256     /* of a host */


/* in shared memory */

struct ngx_http_consent_answers_s {
    ngx_http_consent_answers_t    *next;
    ngx_atomic_t                   accepted;
    ngx_atomic_t                   refused;
    ngx_atomic_t                   withdrawn;
    u_char                         len;
    u_char                         id[NGX_HTTP_CONSENT_ID_LEN];
};


static void ngx_http_consent_count_day(ngx_slab_pool_t *pool,
    ngx_http_consent_tally_t *tally, consent_decision_t decision);
static ngx_http_consent_answers_t *ngx_http_consent_answers(
    ngx_slab_pool_t *pool, ngx_http_consent_tally_t *tally, consent_str_t id);
static ngx_int_t ngx_http_consent_copy_services(consent_arena_t *arena,
    ngx_http_consent_tally_t *tally, consent_status_host_t *host);


void
ngx_http_consent_count(ngx_http_request_t *r, consent_counter_t counter,
    ngx_uint_t n)
{
    ngx_http_consent_tally_t  *tally;

    if (n == 0) {
        return;
    }

    tally = ngx_http_consent_tally(r);

    if (tally) {
        (void) ngx_atomic_fetch_add(&tally->counters[counter], n);
    }
}


/* a choice that was taken; of services, the answers that are new */

void
ngx_http_consent_count_decision(ngx_http_request_t *r,
    ngx_http_consent_ctx_t *ctx, consent_choices_t *before,
    consent_decision_t decision)
{
    ngx_uint_t                     i, withdrawn;
    ngx_atomic_t                  *counter;
    ngx_slab_pool_t               *pool;
    const consent_policy_t        *policy;
    ngx_http_consent_tally_t      *tally;
    ngx_http_consent_answers_t    *answers;
    ngx_http_consent_main_conf_t  *mcf;

    tally = ngx_http_consent_tally(r);

    if (tally == NULL) {
        return;
    }

    mcf = ngx_http_get_module_main_conf(r, ngx_http_consent_module);
    pool = (ngx_slab_pool_t *) mcf->zone->shm.addr;

    (void) ngx_atomic_fetch_add(&tally->counters[CONSENT_COUNTER_ACCEPT_ALL
                                                 + decision
                                                 - CONSENT_DECISION_ACCEPT_ALL],
                                1);

    if (decision == CONSENT_DECISION_ACCEPT_ONCE) {
        return;
    }

    ngx_http_consent_count_day(pool, tally, decision);

    policy = ctx->choices.policy;
    withdrawn = 0;

    for (i = 0; i < policy->nentries; i++) {

        if (ctx->choices.answers[i] == before->answers[i]
            || policy->entries[i].basis == CONSENT_BASIS_NECESSARY)
        {
            continue;
        }

        answers = ngx_http_consent_answers(pool, tally,
                                           policy->entries[i].service->id);
        if (answers == NULL) {
            continue;
        }

        if (ctx->choices.answers[i] == CONSENT_ACCEPTED) {
            counter = &answers->accepted;

        } else if (before->answers[i] == CONSENT_ACCEPTED) {
            counter = &answers->withdrawn;
            withdrawn = 1;

        } else {
            counter = &answers->refused;
        }

        (void) ngx_atomic_fetch_add(counter, 1);
    }

    (void) ngx_atomic_fetch_add(&tally->counters[CONSENT_COUNTER_WITHDRAWAL],
                                withdrawn);
}


/* a ring of days; the first decision of a day clears what was there before */

static void
ngx_http_consent_count_day(ngx_slab_pool_t *pool,
    ngx_http_consent_tally_t *tally, consent_decision_t decision)
{
    ngx_atomic_t            *counter;
    ngx_atomic_uint_t        today;
    ngx_http_consent_day_t  *day;

    today = ngx_time() / 86400;
    day = &tally->days[today % NGX_HTTP_CONSENT_DAYS];

    if (day->day != today) {

        ngx_shmtx_lock(&pool->mutex);

        if (day->day != today) {
            day->accepted = 0;
            day->refused = 0;
            day->some = 0;

            ngx_memory_barrier();

            day->day = today;
        }

        ngx_shmtx_unlock(&pool->mutex);
    }

    switch (decision) {

    case CONSENT_DECISION_ACCEPT_ALL:
        counter = &day->accepted;
        break;

    case CONSENT_DECISION_REFUSE_ALL:
        counter = &day->refused;
        break;

    default: /* CONSENT_DECISION_SAVE */
        counter = &day->some;
    }

    (void) ngx_atomic_fetch_add(counter, 1);
}


static ngx_http_consent_answers_t *
ngx_http_consent_answers(ngx_slab_pool_t *pool, ngx_http_consent_tally_t *tally,
    consent_str_t id)
{
    ngx_uint_t                   locked;
    ngx_http_consent_answers_t  *answers;

    if (id.len > NGX_HTTP_CONSENT_ID_LEN) {
        return NULL;
    }

    for (locked = 0; /* void */ ; locked = 1) {

        for (answers = tally->services; answers; answers = answers->next) {

            if (answers->len == id.len
                && ngx_memcmp(answers->id, id.data, id.len) == 0)
            {
                break;
            }
        }

        if (answers || locked) {
            break;
        }

        ngx_shmtx_lock(&pool->mutex);
    }

    if (!locked) {
        return answers;
    }

    if (answers == NULL && tally->nservices < NGX_HTTP_CONSENT_SERVICES) {

        answers = ngx_slab_calloc_locked(pool,
                                         sizeof(ngx_http_consent_answers_t));
        if (answers) {
            answers->len = id.len;
            ngx_memcpy(answers->id, id.data, id.len);
            answers->next = tally->services;

            ngx_memory_barrier();

            tally->services = answers;
            tally->nservices++;
        }
    }

    ngx_shmtx_unlock(&pool->mutex);

    return answers;
}


ngx_int_t
ngx_http_consent_copy_tally(consent_arena_t *arena,
    ngx_http_consent_tally_t *tally, consent_status_host_t *host)
{
    ngx_uint_t               i;
    consent_status_day_t    *day;
    ngx_http_consent_day_t  *slot;

    host->host = ngx_http_consent_str(tally->sn.str);

    for (i = 0; i < CONSENT_COUNTERS; i++) {
        host->counters[i] = tally->counters[i];
    }

    for (i = 0; i < NGX_HTTP_CONSENT_DAYS; i++) {

        slot = &tally->days[i];

        if (slot->day == 0) {
            continue;
        }

        if (host->days == NULL) {
            host->days = consent_alloc(arena, NGX_HTTP_CONSENT_DAYS
                                              * sizeof(consent_status_day_t));
            if (host->days == NULL) {
                return NGX_ERROR;
            }
        }

        day = &host->days[host->ndays++];

        day->day = slot->day;
        day->accepted = slot->accepted;
        day->refused = slot->refused;
        day->some = slot->some;
    }

    if (ngx_http_consent_copy_services(arena, tally, host) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_consent_copy_found(arena, tally, host);
}


static ngx_int_t
ngx_http_consent_copy_services(consent_arena_t *arena,
    ngx_http_consent_tally_t *tally, consent_status_host_t *host)
{
    ngx_uint_t                   n;
    consent_status_service_t    *service;
    ngx_http_consent_answers_t  *answers, *first;

    first = tally->services;
    n = 0;

    for (answers = first; answers; answers = answers->next) {
        n++;
    }

    if (n == 0) {
        return NGX_OK;
    }

    host->services = consent_alloc(arena, n * sizeof(consent_status_service_t));
    if (host->services == NULL) {
        return NGX_ERROR;
    }

    for (answers = first; answers; answers = answers->next) {

        service = &host->services[host->nservices++];

        service->id = (consent_str_t) { (char *) answers->id, answers->len };
        service->accepted = answers->accepted;
        service->refused = answers->refused;
        service->withdrawn = answers->withdrawn;
    }

    return NGX_OK;
}
