/* The state as JSON: for scripts, and for the answer to a choice that a script posted. */

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "page_view.h"


static int
emit(const char *bytes, size_t len, void *data)
{
    consent_buf_add(data, (consent_str_t) { bytes, len });

    return 0;
}


static json_t *
answer(consent_answer_t given)
{
    switch (given) {

    case CONSENT_ACCEPTED:
        return json_string("accept");

    case CONSENT_REFUSED:
        return json_string("refuse");

    default:
        return json_null();
    }
}


static json_t *
day(uint32_t days)
{
    char       date[32];
    time_t     seconds;
    struct tm  tm;

    seconds = (time_t) days * 24 * 60 * 60;

    if (days == 0 || gmtime_r(&seconds, &tm) == NULL || strftime(date, sizeof(date), "%Y-%m-%d", &tm) == 0) {
        return json_null();
    }

    return json_string(date);
}


/*
 * allowed is what reaches the visitor; ask, whether the banner is to be shown; reload, what cannot be put in place
 * afterwards; bridges, whether the page may have a consent manager that reads its cookie only when it is loaded.
 */

static json_t *
state_of(const consent_choices_t *choices)
{
    int                       rc;
    json_t                   *root, *answers, *allowed, *reload;
    unsigned                  i;
    consent_str_t             state;
    const consent_service_t  *service;

    root = json_object();
    answers = json_object();
    allowed = json_array();
    reload = json_array();
    rc = 0;

    for (i = 0; i < choices->policy->nentries; i++) {
        service = choices->policy->entries[i].service;

        rc |= json_object_setn_new(answers, service->id.data, service->id.len, answer(choices->answers[i]));

        if (consent_choices_allow(choices, i)) {
            rc |= json_array_append_new(allowed, json_stringn(service->id.data, service->id.len));
        }

        if (service->reload) {
            rc |= json_array_append_new(reload, json_stringn(service->id.data, service->id.len));
        }
    }

    state = consent_state_names[consent_choices_state(choices)];

    rc |= json_object_set_new(root, "state", json_stringn(state.data, state.len));
    rc |= json_object_set_new(root, "choices", answers);
    rc |= json_object_set_new(root, "allowed", allowed);
    rc |= json_object_set_new(root, "reload", reload);
    rc |= json_object_set_new(root, "ask", json_boolean(consent_choices_ask(choices)));
    rc |= json_object_set_new(root, "day", day(choices->day));
    rc |= json_object_set_new(root, "policy", json_string(choices->policy->hash));

    if (choices->policy->nbridges > 0) {
        rc |= json_object_set_new(root, "bridges", json_true());
    }

    if (rc != 0) {
        json_decref(root);
        return NULL;
    }

    return root;
}


/* root may be NULL: there was no memory. */

static void
dump(json_t *root, consent_buf_t *out)
{
    if (root == NULL || json_dump_callback(root, emit, out, JSON_COMPACT | JSON_ENSURE_ASCII) != 0) {
        out->failed = 1;
    }

    json_decref(root);
}


void
consent_page_state_json(const consent_choices_t *choices, consent_buf_t *out)
{
    dump(state_of(choices), out);
}


void
consent_page_saved_json(const consent_page_t *page, consent_str_t record, consent_buf_t *out)
{
    int                  rc;
    json_t              *root;
    consent_buf_t        notice;
    consent_page_view_t  view;

    consent_buf_init(&notice, out->arena);
    consent_page_view_init(&view, page, &notice);
    view.record = record;
    consent_page_view_render(&view, CONSENT_UI_SAVED);

    root = state_of(page->choices);
    rc = json_object_set_new(root, "notice", json_stringn(notice.data, notice.len));

    if (record.len > 0) {
        rc |= json_object_set_new(root, "record", json_stringn(record.data, record.len));
    }

    if (rc != 0 || notice.failed) {
        out->failed = 1;
    }

    dump(root, out);
}
