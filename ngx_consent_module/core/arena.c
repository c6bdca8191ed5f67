#include <string.h>

#include "arena.h"


void *
consent_alloc(consent_arena_t *arena, size_t size)
{
    return arena->alloc(arena->owner, size);
}


void *
consent_calloc(consent_arena_t *arena, size_t size)
{
    void  *p;

    p = consent_alloc(arena, size);
    if (p != NULL) {
        memset(p, 0, size);
    }

    return p;
}


consent_str_t
consent_strdup(consent_arena_t *arena, consent_str_t s)
{
    char  *p;

    p = consent_alloc(arena, s.len + 1);
    if (p == NULL) {
        return (consent_str_t) { NULL, 0 };
    }

    if (s.len > 0) {
        memcpy(p, s.data, s.len);
    }

    p[s.len] = '\0';

    return (consent_str_t) { p, s.len };
}
