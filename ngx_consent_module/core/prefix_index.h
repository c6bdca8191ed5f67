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
    unsigned char           starts[512];    /* bits: the first 4, 2 or 1 bytes of beginnings that are so long, hashed */
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

/* Where the first n bytes of a text have their bit in starts. */

static inline unsigned
consent_prefix_start(const char *p, unsigned n)
{
    unsigned  i;
    uint32_t  bytes;

    for (bytes = n, i = 0; i < n; i++) {
        bytes = bytes << 8 ^ (unsigned char) p[i];
    }

    return bytes * 2654435761u >> 20;
}


static inline int
consent_prefix_starts(const consent_prefix_index_t *index, consent_str_t text, unsigned n)
{
    unsigned  bit;

    if (text.len < n) {
        return 0;
    }

    bit = consent_prefix_start(text.data, n);

    return index->starts[bit / 8] >> bit % 8 & 1;
}


/* The lengths of beginnings that may stand at text, as bits: 0 in most places. */

static inline uint64_t
consent_prefix_lengths(const consent_prefix_index_t *index, consent_str_t text)
{
    uint64_t  lengths;

    lengths = consent_prefix_starts(index, text, 4) ? ~(uint64_t) 0xe : 1;

    if (index->lengths & 0xc && consent_prefix_starts(index, text, 2)) {
        lengths |= 0xc;
    }

    if (index->lengths & 2 && consent_prefix_starts(index, text, 1)) {
        lengths |= 2;
    }

    return lengths & index->lengths;
}


/* Items whose beginning begins text, the shortest first; -1 when there are no more. */
void consent_prefix_walk(consent_prefix_walk_t *walk, const consent_prefix_index_t *index, consent_str_t text);
int consent_prefix_walk_next(consent_prefix_walk_t *walk);

#endif
