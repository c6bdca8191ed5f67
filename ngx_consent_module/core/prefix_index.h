/*
 * Finds, among many patterns, those whose literal beginning stands at a place in a text, at a cost that depends on how
 * long beginnings are and not on how many there are.
 */

#ifndef CONSENT_PREFIX_INDEX_H
#define CONSENT_PREFIX_INDEX_H

#include <stdint.h>

#include "arena.h"

/* Of a longer beginning only so much counts. */
#define CONSENT_PREFIX_MAX  63

typedef struct {
    consent_str_t  beginning;
    uint32_t       hash;
    unsigned       first;           /* 1 + the item; 0 when the slot is free */
} consent_prefix_slot_t;

typedef struct {
    consent_prefix_slot_t  *slots;
    unsigned                mask;
    unsigned               *next;           /* by item: 1 + the next one with the same beginning, or 0 */
    uint64_t                lengths;        /* bit n: there are beginnings of n bytes */
    unsigned char           pairs[128];     /* first two bytes of beginnings, hashed */
} consent_prefix_index_t;

/* For at most n items, named 0 to n - 1. 0, or -1 when there is no memory. */
int consent_prefix_index_init(consent_prefix_index_t *index, consent_arena_t *arena, unsigned n);

/* beginning may be empty; it must live as long as the index. */
void consent_prefix_index_add(consent_prefix_index_t *index, consent_str_t beginning, unsigned item);

typedef struct {
    const consent_prefix_index_t  *index;
    consent_str_t                  text;
    uint64_t                       lengths;     /* still to be looked up */
    size_t                         hashed;      /* bytes of text in hash */
    uint32_t                       hash;
    unsigned                       item;        /* 1 + the next, or 0 */
} consent_prefix_walk_t;

static inline unsigned
consent_prefix_pair(consent_str_t text)
{
    return ((unsigned char) text.data[0] * 67u + (unsigned char) text.data[1]) & 1023;
}


/* 0 when no walk from here would find anything, in most such places. */

static inline int
consent_prefix_likely(const consent_prefix_index_t *index, consent_str_t text)
{
    unsigned  pair;

    if (index->lengths & 3) {
        return 1;
    }

    if (text.len < 2) {
        return 0;
    }

    pair = consent_prefix_pair(text);

    return index->pairs[pair / 8] >> pair % 8 & 1;
}


/* Items whose beginning begins text, the shortest first; -1 when there are no more. */
void consent_prefix_walk(consent_prefix_walk_t *walk, const consent_prefix_index_t *index, consent_str_t text);
int consent_prefix_walk_next(consent_prefix_walk_t *walk);

#endif
