/*
 * Memory that is never freed piece by piece. nginx passes its pools, the tests a heap of their own.
 */

#ifndef CONSENT_ARENA_H
#define CONSENT_ARENA_H

#include "str.h"

typedef struct {
    void  *(*alloc)(void *owner, size_t size);   /* aligned for any type; NULL when there is no memory */
    void    *owner;
} consent_arena_t;

void *consent_alloc(consent_arena_t *arena, size_t size);
void *consent_calloc(consent_arena_t *arena, size_t size);

/* A copy that is NUL-terminated as well; data is NULL when there is no memory. */
consent_str_t consent_strdup(consent_arena_t *arena, consent_str_t s);

#endif
