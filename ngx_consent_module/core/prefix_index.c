#include <string.h>

#include "prefix_index.h"

#define CONSENT_PREFIX_MAX  8


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


static unsigned
pair_of(consent_str_t text)
{
    return ((unsigned char) text.data[0] * 67u + (unsigned char) text.data[1]) & 1023;
}


static uint64_t
load(consent_str_t text)
{
    uint64_t       value;
    unsigned char  bytes[CONSENT_PREFIX_MAX];

    if (text.len >= CONSENT_PREFIX_MAX) {
        memcpy(bytes, text.data, CONSENT_PREFIX_MAX);

    } else {
        memset(bytes, 0, CONSENT_PREFIX_MAX);

        if (text.len > 0) {
            memcpy(bytes, text.data, text.len);
        }
    }

    memcpy(&value, bytes, sizeof(value));

    return value;
}


/* The first n bytes of what was loaded, in either byte order. */

static uint64_t
keep(uint64_t value, unsigned n)
{
    static const unsigned char  ones[2 * CONSENT_PREFIX_MAX] = {
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff
    };
    uint64_t                    mask;

    memcpy(&mask, ones + CONSENT_PREFIX_MAX - n, sizeof(mask));

    return value & mask;
}


static unsigned
slot_of(const consent_prefix_index_t *index, uint64_t key, unsigned len)
{
    key = (key ^ len) * 0x9e3779b97f4a7c15u;

    return (unsigned) (key >> 40) & index->mask;
}


void
consent_prefix_index_add(consent_prefix_index_t *index, consent_str_t beginning, unsigned item)
{
    unsigned                k, len;
    uint64_t                key;
    consent_prefix_slot_t  *slot;

    len = beginning.len < CONSENT_PREFIX_MAX ? (unsigned) beginning.len : CONSENT_PREFIX_MAX;
    key = keep(load(beginning), len);

    for (k = slot_of(index, key, len); /* void */ ; k = (k + 1) & index->mask) {
        slot = &index->slots[k];

        if (slot->first == 0 || (slot->key == key && slot->len == len)) {
            break;
        }
    }

    slot->key = key;
    slot->len = len;

    index->next[item] = slot->first;
    slot->first = item + 1;

    index->lengths |= 1u << len;

    if (len >= 2) {
        index->pairs[pair_of(beginning) / 8] |= (unsigned char) (1 << pair_of(beginning) % 8);
    }
}


void
consent_prefix_walk(consent_prefix_walk_t *walk, const consent_prefix_index_t *index, consent_str_t text)
{
    walk->index = index;
    walk->item = 0;
    walk->lengths = index->lengths;

    if (text.len < 2 || !(index->pairs[pair_of(text) / 8] >> pair_of(text) % 8 & 1)) {
        walk->lengths &= 3;
    }

    if (text.len < CONSENT_PREFIX_MAX) {
        walk->lengths &= (2u << text.len) - 1;
    }

    if (walk->lengths != 0) {
        walk->text = load(text);
    }
}


int
consent_prefix_walk_next(consent_prefix_walk_t *walk)
{
    unsigned                      k, len;
    uint64_t                      key;
    const consent_prefix_slot_t  *slot;

    while (walk->item == 0) {

        if (walk->lengths == 0) {
            return -1;
        }

        len = (unsigned) __builtin_ctz(walk->lengths);
        walk->lengths &= walk->lengths - 1;

        key = keep(walk->text, len);

        for (k = slot_of(walk->index, key, len); /* void */ ; k = (k + 1) & walk->index->mask) {
            slot = &walk->index->slots[k];

            if (slot->first == 0) {
                break;
            }

            if (slot->key == key && slot->len == len) {
                walk->item = slot->first;
                break;
            }
        }
    }

    k = walk->item - 1;
    walk->item = walk->index->next[k];

    return (int) k;
}
