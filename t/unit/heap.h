/*
 * An arena for tests, fuzzers and benchmarks: every allocation is a block of its own, so that sanitizers see its exact bounds; all
 * are freed together.
 */

#ifndef CONSENT_TEST_HEAP_H
#define CONSENT_TEST_HEAP_H

#include <stdlib.h>

#include "arena.h"

typedef struct heap_block_s  heap_block_t;

struct heap_block_s {
    heap_block_t  *next;
    max_align_t    bytes[];
};

typedef struct {
    consent_arena_t   arena;
    heap_block_t     *blocks;
    size_t            allocated;    /* bytes so far */
} heap_t;


static void *
heap_alloc(void *owner, size_t size)
{
    heap_t        *heap = owner;
    heap_block_t  *block;

    block = malloc(sizeof(heap_block_t) + size);
    if (block == NULL) {
        return NULL;
    }

    block->next = heap->blocks;
    heap->blocks = block;
    heap->allocated += size;

    return block->bytes;
}


static inline void
heap_init(heap_t *heap)
{
    heap->arena.alloc = heap_alloc;
    heap->arena.owner = heap;
    heap->blocks = NULL;
    heap->allocated = 0;
}


static inline void
heap_free(heap_t *heap)
{
    heap_block_t  *block, *next;

    for (block = heap->blocks; block != NULL; block = next) {
        next = block->next;
        free(block);
    }

    heap_init(heap);
}

#endif
