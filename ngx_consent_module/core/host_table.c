/*
 * An open-addressing hash table at most half full. The hash runs from a name's end to its beginning, so that one pass
 * over a host yields the hashes of all its domains.
 */

#include <string.h>

#include "host_table.h"

#define CONSENT_HASH_SEED   2166136261u
#define CONSENT_HASH_PRIME  16777619u


int
consent_host_table_init(consent_host_table_t *table, consent_arena_t *arena, unsigned n)
{
    unsigned  size;

    for (size = 4; size < 2 * n; size *= 2) { /* void */ }

    table->mask = size - 1;
    table->lengths = 0;
    table->slots = consent_calloc(arena, size * sizeof(consent_host_slot_t));

    return table->slots != NULL ? 0 : -1;
}


/* Multiplication carries upwards only: the high bits are brought down for a table of a power of two. */

static unsigned
slot_of(const consent_host_table_t *table, uint32_t hash)
{
    return (hash ^ hash >> 15) & table->mask;
}


void
consent_host_table_add(consent_host_table_t *table, consent_str_t domain, unsigned value)
{
    size_t    i;
    uint32_t  hash;
    unsigned  k;

    hash = CONSENT_HASH_SEED;

    for (i = domain.len; i > 0; i--) {
        hash = (hash ^ (unsigned char) domain.data[i - 1]) * CONSENT_HASH_PRIME;
    }

    for (k = slot_of(table, hash); table->slots[k].host.data != NULL; k = (k + 1) & table->mask) { /* void */ }

    table->slots[k].host = domain;
    table->slots[k].hash = hash;
    table->slots[k].value = value;

    table->lengths |= (uint64_t) 1 << (domain.len & 63);
}


void
consent_host_walk(consent_host_walk_t *walk, const consent_host_table_t *table, consent_str_t host)
{
    walk->table = table;
    walk->host = host;
    walk->left = table->lengths != 0 ? host.len : 0;
    walk->hash = CONSENT_HASH_SEED;
}


int
consent_host_walk_next(consent_host_walk_t *walk, consent_str_t *domain)
{
    unsigned              k;
    consent_str_t         tail;
    consent_host_slot_t  *slot;

    while (walk->left > 0) {
        walk->left--;
        walk->hash = (walk->hash ^ (unsigned char) walk->host.data[walk->left]) * CONSENT_HASH_PRIME;

        if (walk->left > 0 && walk->host.data[walk->left - 1] != '.') {
            continue;
        }

        tail.data = walk->host.data + walk->left;
        tail.len = walk->host.len - walk->left;

        if (!(walk->table->lengths >> (tail.len & 63) & 1)) {
            continue;
        }

        for (k = slot_of(walk->table, walk->hash); /* void */ ; k = (k + 1) & walk->table->mask) {
            slot = &walk->table->slots[k];

            if (slot->host.data == NULL) {
                break;
            }

            if (slot->hash == walk->hash && consent_str_eq(slot->host, tail)) {
                *domain = slot->host;
                return (int) slot->value;
            }
        }
    }

    return -1;
}
