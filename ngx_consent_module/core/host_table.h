/*
 * Finds the domains that a host is or lies below, at a cost that depends on the host and not on how many domains are
 * known.
 */

#ifndef CONSENT_HOST_TABLE_H
#define CONSENT_HOST_TABLE_H

#include <stdint.h>

#include "arena.h"

typedef struct {
    consent_str_t  host;        /* data is NULL when the slot is free */
    uint32_t       hash;
    unsigned       value;
} consent_host_slot_t;

typedef struct {
    consent_host_slot_t  *slots;
    unsigned              mask;
    uint64_t              lengths;      /* bit n % 64: there is a domain of length n */
} consent_host_table_t;

/* For at most n domains. 0, or -1 when there is no memory. */
int consent_host_table_init(consent_host_table_t *table, consent_arena_t *arena, unsigned n);

/* domain must live as long as the table; in lower case, no two alike. */
void consent_host_table_add(consent_host_table_t *table, consent_str_t domain, unsigned value);

typedef struct {
    const consent_host_table_t  *table;
    consent_str_t                host;
    size_t                       left;      /* bytes of host not yet hashed */
    uint32_t                     hash;
} consent_host_walk_t;

/* The domains of a host, the shortest first: next returns the value added with it, -1 when there are no more. */
void consent_host_walk(consent_host_walk_t *walk, const consent_host_table_t *table, consent_str_t host);
int consent_host_walk_next(consent_host_walk_t *walk, consent_str_t *domain);

#endif
