/*
 * Finds, among many patterns, the few whose literal beginning stands at a place in a text: the first eight bytes of each, hashed.
 */

#ifndef CONSENT_PREFIX_INDEX_H
#define CONSENT_PREFIX_INDEX_H

#include <stdint.h>

#include "arena.h"

typedef struct {
    uint64_t  key;
    unsigned  len;
    unsigned  first;            /* 1 + the item; 0 when the slot is free */
} consent_prefix_slot_t;

typedef struct {
    consent_prefix_slot_t  *slots;
    unsigned                mask;
    unsigned               *next;           /* by item: 1 + the next one with the same beginning, or 0 */
    unsigned                lengths;        /* bit n: there are beginnings of n bytes */
    unsigned char           pairs[128];     /* first two bytes of beginnings, hashed */
} consent_prefix_index_t;

/* For at most n items, named 0 to n - 1. 0, or -1 when there is no memory. */
int consent_prefix_index_init(consent_prefix_index_t *index, consent_arena_t *arena, unsigned n);

/* beginning may be empty; only its first eight bytes count. */
void consent_prefix_index_add(consent_prefix_index_t *index, consent_str_t beginning, unsigned item);

typedef struct {
    const consent_prefix_index_t  *index;
    uint64_t                       text;
    unsigned                       lengths;     /* still to be looked up */
    unsigned                       item;        /* 1 + the next, or 0 */
} consent_prefix_walk_t;

/* Items whose beginning, or the first eight bytes of it, begins text, in no order; -1 when there are no more. */
void consent_prefix_walk(consent_prefix_walk_t *walk, const consent_prefix_index_t *index, consent_str_t text);
int consent_prefix_walk_next(consent_prefix_walk_t *walk);

#endif
