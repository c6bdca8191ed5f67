/*
 * The catalogue of services: a directory of JSON files, one service each, compiled once per process and shared by every policy.
 * Read-only after loading.
 */

#ifndef CONSENT_CATALOGUE_H
#define CONSENT_CATALOGUE_H

#include "arena.h"
#include "problem.h"
#include "service.h"

typedef struct consent_catalogue_s  consent_catalogue_t;

/*
 * Loads every *.json of dir, in name order. NULL when there is no memory, the directory cannot be read or any file is wrong;
 * each mistake was reported. The arena must outlive the catalogue.
 */
consent_catalogue_t *consent_catalogue_load(consent_arena_t *arena, const char *dir, consent_problems_t *problems);

/*
 * And of the consent managers that a policy may name in its "bridges", every *.json of dir. Returns 0, or -1 when
 * anything is wrong, which was reported.
 */
int consent_catalogue_load_bridges(consent_catalogue_t *catalogue, consent_arena_t *arena, const char *dir,
    consent_problems_t *problems);

/* Frees what is not in the arena (PCRE2 codes). */
void consent_catalogue_destroy(consent_catalogue_t *catalogue);

unsigned consent_catalogue_count(const consent_catalogue_t *catalogue);
const consent_service_t *consent_catalogue_service(const consent_catalogue_t *catalogue, unsigned i);

/* NULL when there is no such id. */
const consent_service_t *consent_catalogue_find(const consent_catalogue_t *catalogue, consent_str_t id);

#endif
