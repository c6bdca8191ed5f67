#include <string.h>

#include <openssl/crypto.h>

#include "base64.h"
#include "cookie.h"
#include "token.h"

#define VERSION     1
#define HEADER      5           /* version, key id, day, n */
#define ID_HASH     2
#define ITEM        (ID_HASH + CONSENT_FINGERPRINT_LEN)
#define MAC         16
#define MAX_BINARY  (HEADER + CONSENT_MAX_SERVICES * ITEM + CONSENT_MAX_SERVICES / 8 + MAC)

_Static_assert(CONSENT_BASE64URL_LEN(MAX_BINARY) < CONSENT_TOKEN_MAX, "a token for every service fits");
_Static_assert(CONSENT_MAX_SERVICES < 256, "n is one byte");

/* Services of a token, as they stand in it. */
typedef struct {
    const unsigned char  *items;
    const unsigned char  *answers;
    unsigned              n;
} items_t;


/*
 * The label keeps this use of the key apart from any other, and the scope's length says where it ends: no payload
 * under one scope is another payload under another.
 */

static int
mac_of(consent_keyring_t *keyring, unsigned id, consent_str_t scope, const unsigned char *payload, size_t len,
    unsigned char mac[CONSENT_MAC_LEN])
{
    unsigned char  scope_len[4];
    consent_str_t  parts[4];

    if (scope.len > 0xffff) {
        return -1;
    }

    scope_len[0] = 0;
    scope_len[1] = 0;
    scope_len[2] = (unsigned char) (scope.len >> 8);
    scope_len[3] = (unsigned char) scope.len;

    parts[0] = CONSENT_STR("ngx_consent choice\0");
    parts[1] = (consent_str_t) { (const char *) scope_len, sizeof(scope_len) };
    parts[2] = scope;
    parts[3] = (consent_str_t) { (const char *) payload, len };

    return consent_keyring_mac(keyring, id, parts, 4, mac);
}


/* FNV-1a, folded: it has to tell a handful of ids apart, the fingerprint beside it does the rest. */

static void
id_hash(consent_str_t id, unsigned char hash[ID_HASH])
{
    size_t    i;
    uint32_t  h;

    h = 2166136261u;

    for (i = 0; i < id.len; i++) {
        h = (h ^ (unsigned char) id.data[i]) * 16777619u;
    }

    h ^= h >> 16;

    hash[0] = (unsigned char) (h >> 8);
    hash[1] = (unsigned char) h;
}


size_t
consent_token_seal(const consent_choices_t *choices, consent_keyring_t *keyring, consent_str_t scope,
    char out[CONSENT_TOKEN_MAX])
{
    size_t                  len;
    unsigned                i, n;
    unsigned char           data[MAX_BINARY], answers[CONSENT_MAX_SERVICES / 8], mac[CONSENT_MAC_LEN], *p;
    const consent_entry_t  *entry;

    if (!choices->chosen || choices->day > 0xffff) {
        return 0;
    }

    memset(answers, 0, sizeof(answers));

    p = data + HEADER;
    n = 0;

    for (i = 0; i < choices->policy->nentries; i++) {
        entry = &choices->policy->entries[i];

        if (entry->basis == CONSENT_BASIS_NECESSARY || choices->answers[i] == CONSENT_UNDECIDED) {
            continue;
        }

        id_hash(entry->service->id, p);
        memcpy(p + ID_HASH, entry->fingerprint, CONSENT_FINGERPRINT_LEN);
        p += ITEM;

        if (choices->answers[i] == CONSENT_ACCEPTED) {
            answers[n / 8] |= (unsigned char) (0x80 >> n % 8);
        }

        n++;
    }

    memcpy(p, answers, (n + 7) / 8);
    p += (n + 7) / 8;

    data[0] = VERSION;
    data[1] = (unsigned char) consent_keyring_signer(keyring);
    data[2] = (unsigned char) (choices->day >> 8);
    data[3] = (unsigned char) choices->day;
    data[4] = (unsigned char) n;

    if (mac_of(keyring, data[1], scope, data, (size_t) (p - data), mac) != 0) {
        return 0;
    }

    memcpy(p, mac, MAC);
    p += MAC;

    len = consent_base64url_encode(data, (size_t) (p - data), out);
    out[len] = '\0';

    return len;
}


/*
 * The item that answers the service as it is now, -1 when there is none; *former: one that has its id and another
 * fingerprint.
 */

static int
find_item(const items_t *items, const unsigned char hash[ID_HASH], const consent_entry_t *entry, int *former)
{
    unsigned              i;
    const unsigned char  *item;

    *former = -1;

    for (i = 0; i < items->n; i++) {
        item = items->items + i * ITEM;

        if (memcmp(item, hash, ID_HASH) != 0) {
            continue;
        }

        if (memcmp(item + ID_HASH, entry->fingerprint, CONSENT_FINGERPRINT_LEN) == 0) {
            return (int) i;
        }

        *former = (int) i;
    }

    return -1;
}


static int
accepted(const items_t *items, int item)
{
    return (items->answers[item / 8] & (0x80 >> item % 8)) != 0;
}


static void
apply(consent_choices_t *choices, const items_t *items)
{
    int                     item, former;
    unsigned                i;
    unsigned char           hash[ID_HASH];
    const consent_entry_t  *entry;

    for (i = 0; i < choices->policy->nentries; i++) {
        entry = &choices->policy->entries[i];

        if (entry->basis == CONSENT_BASIS_NECESSARY) {
            continue;
        }

        id_hash(entry->service->id, hash);

        item = find_item(items, hash, entry, &former);

        if (item >= 0) {
            choices->answers[i] = accepted(items, item) ? CONSENT_ACCEPTED : CONSENT_REFUSED;

        } else if (former >= 0) {
            choices->changed = 1;

            if (entry->basis == CONSENT_BASIS_EXEMPT && !accepted(items, former)) {
                choices->answers[i] = CONSENT_REFUSED;
            }
        }
    }
}


int
consent_token_open(consent_choices_t *choices, consent_keyring_t *keyring, consent_str_t scope, consent_str_t value,
    uint32_t today, uint32_t validity_days)
{
    size_t         len;
    items_t        items;
    uint32_t       day;
    unsigned char  data[MAX_BINARY], mac[CONSENT_MAC_LEN];

    if (consent_base64url_decode(value, data, sizeof(data), &len) != 0 || len < HEADER + MAC || data[0] != VERSION) {
        return -1;
    }

    items.n = data[4];
    items.items = data + HEADER;
    items.answers = items.items + items.n * ITEM;

    if (len != HEADER + items.n * ITEM + (items.n + 7) / 8 + MAC) {
        return -1;
    }

    len -= MAC;

    if (mac_of(keyring, data[1], scope, data, len, mac) != 0 || CRYPTO_memcmp(mac, data + len, MAC) != 0) {
        return -1;
    }

    day = (uint32_t) data[2] << 8 | data[3];

    if (day > (uint64_t) today + 1 || today > (uint64_t) day + validity_days) {
        return -1;
    }

    choices->day = day;
    choices->chosen = 1;

    apply(choices, &items);

    return 0;
}


/* Adds what another token says to what those before it said. */

static void
merge(consent_choices_t *choices, const consent_choices_t *other)
{
    unsigned  i;

    for (i = 0; i < choices->policy->nentries; i++) {
        if (other->answers[i] == CONSENT_REFUSED) {
            choices->answers[i] = CONSENT_REFUSED;

        } else if (other->answers[i] == CONSENT_UNDECIDED && choices->answers[i] == CONSENT_ACCEPTED) {
            choices->answers[i] = CONSENT_UNDECIDED;
        }
    }

    if (other->day < choices->day) {
        choices->day = other->day;
    }

    choices->changed |= other->changed;
}


unsigned
consent_token_read(consent_choices_t *choices, consent_keyring_t *keyring, consent_str_t scope,
    consent_str_t cookie_name, const consent_str_t *cookie_lines, unsigned nlines, uint32_t today,
    uint32_t validity_days)
{
    unsigned           i, valid;
    consent_str_t      rest, name, value, pair;
    consent_choices_t  nothing, one;

    valid = 0;
    nothing = *choices;

    for (i = 0; i < nlines; i++) {
        rest = cookie_lines[i];

        while (consent_cookie_next(&rest, &name, &value, &pair)) {
            if (!consent_str_eq(name, cookie_name)) {
                continue;
            }

            one = nothing;

            if (consent_token_open(&one, keyring, scope, value, today, validity_days) != 0) {
                continue;
            }

            if (valid++ == 0) {
                *choices = one;

            } else {
                merge(choices, &one);
            }
        }
    }

    return valid;
}
