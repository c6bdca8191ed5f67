#include <stdlib.h>
#include <string.h>

#include "catalogue_private.h"
#include "file.h"
#include "match_build.h"
#include "service_json.h"
#include "sha256.h"


static int
by_id(const void *a, const void *b)
{
    int                       rc;
    size_t                    n;
    const consent_service_t  *x, *y;

    x = *(const consent_service_t *const *) a;
    y = *(const consent_service_t *const *) b;

    n = x->id.len < y->id.len ? x->id.len : y->id.len;
    rc = n > 0 ? memcmp(x->id.data, y->id.data, n) : 0;

    return rc != 0 ? rc : (x->id.len > y->id.len) - (x->id.len < y->id.len);
}


static void
load_file(consent_arena_t *arena, const char *file, consent_catalogue_t *catalogue, consent_problems_t *problems)
{
    char                quote[CONSENT_JSON_QUOTE];
    unsigned            i;
    consent_str_t       text;
    consent_json_t      json;
    consent_service_t  *service;

    text = consent_file_read(file, problems);
    if (text.data == NULL) {
        return;
    }

    if (consent_json_open(&json, file, text, problems) == 0) {
        service = &catalogue->services[catalogue->n++];

        consent_service_read(&json, arena, json.root, service);

        for (i = 0; i < catalogue->n - 1 && service->id.len > 0; i++) {
            if (consent_str_eq(catalogue->services[i].id, service->id)) {
                consent_json_wrong(&json, json.root,
                                   "another file of the catalogue has the id \"%s\" already; remove one",
                                   consent_json_quote(service->id, quote));
                break;
            }
        }

        if (json.no_memory) {
            consent_problem(problems, file, 0, "not enough memory");
        }

        consent_json_close(&json);
    }

    free((char *) text.data);
}


/* Of all that the services say, so that a policy's hash tells one catalogue from another. Returns 0, or -1. */

static int
digest(consent_catalogue_t *catalogue)
{
    int                       rc;
    char                     *dump;
    json_t                   *array;
    unsigned                  i;
    consent_str_t             text;
    unsigned char             bytes[32];
    const consent_service_t  *service;

    array = json_array();
    rc = 0;

    for (i = 0; i < catalogue->n; i++) {
        service = catalogue->by_id[i];
        rc |= json_array_append_new(array, consent_service_json(service, service->basis));
    }

    dump = rc == 0 ? json_dumps(array, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    json_decref(array);

    if (dump == NULL) {
        return -1;
    }

    text = consent_str(dump);
    rc = consent_sha256(&text, 1, bytes);
    consent_hex(bytes, sizeof(bytes), catalogue->digest);

    free(dump);

    return rc;
}


static int
finish(consent_arena_t *arena, const char *dir, consent_catalogue_t *catalogue, consent_problems_t *problems)
{
    unsigned  i;

    catalogue->by_id = consent_alloc(arena, catalogue->n * sizeof(consent_service_t *));

    if (catalogue->by_id == NULL) {
        consent_problem(problems, dir, 0, "not enough memory");
        return -1;
    }

    for (i = 0; i < catalogue->n; i++) {
        catalogue->by_id[i] = &catalogue->services[i];
    }

    qsort(catalogue->by_id, catalogue->n, sizeof(consent_service_t *), by_id);

    if (digest(catalogue) != 0) {
        consent_problem(problems, dir, 0, "not enough memory");
        return -1;
    }

    catalogue->matcher = consent_matcher_build(arena, catalogue->by_id, catalogue->n, dir, problems);

    return catalogue->matcher != NULL ? 0 : -1;
}


consent_catalogue_t *
consent_catalogue_load(consent_arena_t *arena, const char *dir, consent_problems_t *problems)
{
    unsigned              i, count;
    consent_files_t       files;
    consent_catalogue_t  *catalogue;

    if (consent_files_list(&files, dir, problems) != 0) {
        consent_files_free(&files);
        return NULL;
    }

    catalogue = consent_calloc(arena, sizeof(consent_catalogue_t));

    if (catalogue != NULL) {
        catalogue->services = consent_calloc(arena, files.n * sizeof(consent_service_t));
    }

    if (catalogue == NULL || catalogue->services == NULL) {
        consent_problem(problems, dir, 0, "not enough memory");
        consent_files_free(&files);
        return NULL;
    }

    count = problems->count;

    for (i = 0; i < files.n; i++) {
        load_file(arena, files.names[i], catalogue, problems);
    }

    consent_files_free(&files);

    if (problems->count > count || finish(arena, dir, catalogue, problems) != 0) {
        consent_catalogue_destroy(catalogue);
        return NULL;
    }

    return catalogue;
}


int
consent_catalogue_load_bridges(consent_catalogue_t *catalogue, consent_arena_t *arena, const char *dir,
    consent_problems_t *problems)
{
    catalogue->bridges = consent_bridge_tools_load(arena, dir, problems);

    return catalogue->bridges != NULL ? 0 : -1;
}


void
consent_catalogue_destroy(consent_catalogue_t *catalogue)
{
    unsigned  i;

    if (catalogue == NULL) {
        return;
    }

    consent_matcher_destroy(catalogue->matcher);
    catalogue->matcher = NULL;

    for (i = 0; i < catalogue->n; i++) {
        consent_service_free(&catalogue->services[i], 0);
    }
}


unsigned
consent_catalogue_count(const consent_catalogue_t *catalogue)
{
    return catalogue->n;
}


const consent_service_t *
consent_catalogue_service(const consent_catalogue_t *catalogue, unsigned i)
{
    return &catalogue->services[i];
}


const consent_service_t *
consent_catalogue_find(const consent_catalogue_t *catalogue, consent_str_t id)
{
    consent_service_t          key, *p;
    const consent_service_t  **found;

    key.id = id;
    p = &key;

    found = bsearch(&p, catalogue->by_id, catalogue->n, sizeof(consent_service_t *), by_id);

    return found != NULL ? *found : NULL;
}
