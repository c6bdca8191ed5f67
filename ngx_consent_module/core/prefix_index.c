#include <string.h>

#include "prefix_index.h"

#define CONSENT_HASH_SEED   2166136261u
#define CONSENT_HASH_PRIME  16777619u


int
consent_prefix_index_init(consent_prefix_index_t *index, consent_arena_t *arena, unsigned n)
{
    unsigned  size;

    for (size = 4; size < 2 * n; size *= 2) { /* void */ }

    memset(index, 0, sizeof(*index));

    index->mask = size - 1;
    index->slots = consent_calloc(arena, size * sizeof(consent_prefix_slot_t));
    index->next = consent_calloc(arena, (n + 1) * sizeof(unsigned));

    return (index->slots != NULL && index->next != NULL) ? 0 : -1;
}


/* The slot of a beginning, or the free one where it would be. */

static consent_prefix_slot_t *
find_slot(const consent_prefix_index_t *index, uint32_t hash, consent_str_t beginning)
{
    unsigned                k;
    consent_prefix_slot_t  *slot;

    for (k = (hash ^ hash >> 15) & index->mask; /* void */ ; k = (k + 1) & index->mask) {
        slot = &index->slots[k];

        if (slot->first == 0 || (slot->hash == hash && consent_str_eq(slot->beginning, beginning))) {
            return slot;
        }
    }
}


void
consent_prefix_index_add(consent_prefix_index_t *index, consent_str_t beginning, unsigned item)
{
    size_t                  i;
    uint32_t                hash;
    unsigned                bit;
    consent_prefix_slot_t  *slot;

    if (beginning.len > CONSENT_PREFIX_MAX) {
        beginning.len = CONSENT_PREFIX_MAX;
    }

    hash = CONSENT_HASH_SEED;

    for (i = 0; i < beginning.len; i++) {
        hash = (hash ^ (unsigned char) beginning.data[i]) * CONSENT_HASH_PRIME;
    }

    slot = find_slot(index, hash, beginning);

    slot->beginning = beginning;
    slot->hash = hash;

    index->next[item] = slot->first;
    slot->first = item + 1;

    index->lengths |= (uint64_t) 1 << beginning.len;

    if (beginning.len > 0) {
        bit = consent_prefix_start(beginning.data, beginning.len >= 4 ? 4 : beginning.len >= 2 ? 2 : 1);
        index->starts[bit / 8] |= (unsigned char) (1 << bit % 8);
    }
}


void
consent_prefix_walk(consent_prefix_walk_t *walk, const consent_prefix_index_t *index, consent_str_t text)
{
    walk->index = index;
    walk->text = text;
    walk->hashed = 0;
    walk->hash = CONSENT_HASH_SEED;
    walk->item = 0;
    walk->lengths = consent_prefix_lengths(index, text);

    if (text.len < CONSENT_PREFIX_MAX) {
        walk->lengths &= ((uint64_t) 2 << text.len) - 1;
    }
}


int
consent_prefix_walk_next(consent_prefix_walk_t *walk)
{
    unsigned       item;
    consent_str_t  beginning;

    while (walk->item == 0) {

        if (walk->lengths == 0) {
            return -1;
        }

        beginning.data = walk->text.data;
        beginning.len = (size_t) __builtin_ctzll(walk->lengths);
        walk->lengths &= walk->lengths - 1;

        while (walk->hashed < beginning.len) {
            walk->hash = (walk->hash ^ (unsigned char) walk->text.data[walk->hashed]) * CONSENT_HASH_PRIME;
            walk->hashed++;
        }

        walk->item = find_slot(walk->index, walk->hash, beginning)->first;
    }

    item = walk->item - 1;
    walk->item = walk->index->next[item];

    return (int) item;
}
