#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "base64.h"
#include "day.h"
#include "keyring.h"
#include "sha256.h"

#define MAX_FILE      (16 * 1024)
#define MIN_KEY       32
#define MAX_KEY       128
#define MIN_DISTINCT  16        /* of 32 random bytes, fewer than 16 different ones come once in 10^15 or so */

/* Never to be changed: a fleet's tokens are void with another label. */
#define LABEL         "ngx_consent token key 1"
#define PERIOD_LABEL  "ngx_consent pseudonym key 1"

#define MAKE_A_KEY    "make a key with: openssl rand -base64 32"

typedef struct {
    unsigned      id;
    unsigned      line;
    uint32_t      since;        /* day; 0: not said */
    EVP_MAC_CTX  *ctx;          /* keyed; EVP_MAC_init() without a key makes it ready again */
} keyring_key_t;

struct consent_keyring_s {
    EVP_MAC        *hmac;
    keyring_key_t   keys[CONSENT_MAX_KEYS];
    unsigned        nkeys;
    int             signer;     /* index of the key that signs; -1 until there is one */

    EVP_MAC_CTX    *periods;    /* keyed with what the keys of periods are derived from */
    EVP_MAC_CTX    *period;     /* keyed for the last one asked for; or NULL */
    char            info[CONSENT_PERIOD_MAX];
    size_t          info_len;
};

typedef struct {
    consent_keyring_t   *keyring;
    consent_problems_t  *problems;
    const char          *file;
    unsigned             line;
} parser_t;


/* RFC 5869: no salt, the label as info. */

static int
derive(const unsigned char *key, size_t len, const char *label, unsigned char derived[32])
{
    int          ok;
    EVP_KDF     *kdf;
    OSSL_PARAM   params[4];
    EVP_KDF_CTX *ctx;

    kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    ctx = EVP_KDF_CTX_new(kdf);
    EVP_KDF_free(kdf);

    if (ctx == NULL) {
        return -1;
    }

    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, "SHA256", 0);
    params[1] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *) key, len);
    params[2] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *) label, strlen(label));
    params[3] = OSSL_PARAM_construct_end();

    ok = EVP_KDF_derive(ctx, derived, 32, params);

    EVP_KDF_CTX_free(ctx);

    return ok == 1 ? 0 : -1;
}


static EVP_MAC_CTX *
keyed_context(EVP_MAC *hmac, const unsigned char derived[32])
{
    OSSL_PARAM    params[2];
    EVP_MAC_CTX  *ctx;

    ctx = EVP_MAC_CTX_new(hmac);
    if (ctx == NULL) {
        return NULL;
    }

    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, "SHA256", 0);
    params[1] = OSSL_PARAM_construct_end();

    if (EVP_MAC_init(ctx, derived, 32, params) != 1) {
        EVP_MAC_CTX_free(ctx);
        return NULL;
    }

    return ctx;
}


/* Catches what people put in a file until they have a real key: zeros, a repeated word. */

static int
looks_random(const unsigned char *key, size_t len)
{
    size_t    i;
    unsigned  distinct;
    char      seen[256] = { 0 };

    distinct = 0;

    for (i = 0; i < len; i++) {
        distinct += !seen[key[i]];
        seen[key[i]] = 1;
    }

    OPENSSL_cleanse(seen, sizeof(seen));

    return distinct >= MIN_DISTINCT;
}


typedef struct {
    int            signs;
    consent_str_t  key;
    uint32_t       since;
} line_t;


/* Keeps the keys that were derived from a line's KEY. */

static void
add_key(parser_t *parser, const line_t *line, const unsigned char derived[32], const unsigned char root[32])
{
    unsigned            i;
    unsigned char       digest[32];
    consent_str_t       bytes = { (const char *) derived, 32 };
    keyring_key_t      *key;
    consent_keyring_t  *keyring = parser->keyring;

    if (consent_sha256(&bytes, 1, digest) != 0) {
        consent_problem(parser->problems, parser->file, parser->line, "OpenSSL cannot compute SHA-256");
        return;
    }

    for (i = 0; i < keyring->nkeys; i++) {
        if (keyring->keys[i].id == digest[0]) {
            consent_problem(parser->problems, parser->file, parser->line,
                            "this key has the same id as that of line %u: if it is the same key remove it, else "
                            MAKE_A_KEY, keyring->keys[i].line);
            return;
        }
    }

    if (keyring->nkeys == CONSENT_MAX_KEYS) {
        consent_problem(parser->problems, parser->file, parser->line,
                        "more than %d keys: remove those that stopped signing longer ago than choices are valid",
                        CONSENT_MAX_KEYS);
        return;
    }

    key = &keyring->keys[keyring->nkeys];

    key->id = digest[0];
    key->line = parser->line;
    key->since = line->since;
    key->ctx = keyed_context(keyring->hmac, derived);

    if (key->ctx == NULL) {
        consent_problem(parser->problems, parser->file, parser->line, "OpenSSL cannot set up HMAC-SHA-256");
        return;
    }

    if (line->signs && keyring->signer < 0) {
        keyring->signer = (int) keyring->nkeys;
        keyring->periods = keyed_context(keyring->hmac, root);

        if (keyring->periods == NULL) {
            consent_problem(parser->problems, parser->file, parser->line, "OpenSSL cannot set up HMAC-SHA-256");
        }
    }

    keyring->nkeys++;
}


/* Takes a word off a line that has no leading space; empty at its end. */

static consent_str_t
take_word(consent_str_t *line)
{
    size_t         len;
    consent_str_t  word;

    for (len = 0; len < line->len && (unsigned char) line->data[len] > 0x20; len++) { /* void */ }

    word = (consent_str_t) { line->data, len };
    *line = consent_str_trim((consent_str_t) { line->data + len, line->len - len });

    return word;
}


/* The words of a line: 1 for a key, 0 for none, -1 when they are wrong. */

static int
read_words(parser_t *parser, consent_str_t text, line_t *line)
{
    char           *comment;
    consent_str_t   word;

    comment = text.len ? memchr(text.data, '#', text.len) : NULL;
    if (comment != NULL) {
        text.len = (size_t) (comment - text.data);
    }

    text = consent_str_trim(text);
    if (text.len == 0) {
        return 0;
    }

    word = take_word(&text);
    line->signs = consent_str_eq(word, CONSENT_STR("sign"));

    if (!line->signs && !consent_str_eq(word, CONSENT_STR("verify"))) {
        consent_problem(parser->problems, parser->file, parser->line,
                        "a line is \"sign KEY\", \"verify KEY\" or a comment that starts with \"#\"");
        return -1;
    }

    line->key = take_word(&text);
    line->since = 0;

    if (line->key.len == 0) {
        consent_problem(parser->problems, parser->file, parser->line, "the key is missing: " MAKE_A_KEY);
        return -1;
    }

    if (text.len == 0) {
        return 1;
    }

    word = take_word(&text);

    if (!consent_str_eq(word, CONSENT_STR("since")) || consent_day_parse(text, &line->since) != 0) {
        consent_problem(parser->problems, parser->file, parser->line,
                        "behind the key stands nothing, or the day on which it began to sign: \"since 2026-11-22\"");
        return -1;
    }

    return 1;
}


/* Nothing of the line is ever quoted: a key may stand anywhere in a malformed one. */

static void
parse_line(parser_t *parser, consent_str_t text)
{
    line_t         line;
    size_t         len;
    unsigned char  key[MAX_KEY], derived[32], root[32];

    if (read_words(parser, text, &line) != 1) {
        return;
    }

    if (consent_base64_decode(line.key, key, sizeof(key), &len) != 0) {
        consent_problem(parser->problems, parser->file, parser->line,
                        "the key is not one word of base64 of at most %d bytes: " MAKE_A_KEY, MAX_KEY);

    } else if (len < MIN_KEY) {
        consent_problem(parser->problems, parser->file, parser->line,
                        "the key has %zu bytes and needs at least %d: " MAKE_A_KEY, len, MIN_KEY);

    } else if (!looks_random(key, len)) {
        consent_problem(parser->problems, parser->file, parser->line, "the key is not random: " MAKE_A_KEY);

    } else if (derive(key, len, LABEL, derived) != 0 || derive(key, len, PERIOD_LABEL, root) != 0) {
        consent_problem(parser->problems, parser->file, parser->line, "OpenSSL cannot derive a key with HKDF");

    } else {
        add_key(parser, &line, derived, root);
    }

    OPENSSL_cleanse(key, sizeof(key));
    OPENSSL_cleanse(derived, sizeof(derived));
    OPENSSL_cleanse(root, sizeof(root));
}


static void
parse(parser_t *parser, consent_str_t rest)
{
    char    *end;
    size_t   len;

    while (rest.len > 0) {
        end = memchr(rest.data, '\n', rest.len);
        len = end != NULL ? (size_t) (end - rest.data) : rest.len;

        parser->line++;
        parse_line(parser, (consent_str_t) { rest.data, len });

        len += end != NULL;
        rest.data += len;
        rest.len -= len;
    }
}


/* Plain read(): stdio would leave a copy of the keys in freed memory. -1 with errno; EFBIG when size is too small. */

static ssize_t
read_file(const char *file, char *data, size_t size)
{
    int      fd, saved;
    size_t   len;
    ssize_t  n;

    fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd == -1) {
        return -1;
    }

    len = 0;

    do {
        n = read(fd, data + len, size - len);
        if (n > 0) {
            len += (size_t) n;
        }

    } while ((n > 0 && len < size) || (n == -1 && errno == EINTR));

    saved = n == -1 ? errno : len == size ? EFBIG : 0;
    close(fd);
    errno = saved;

    return saved ? -1 : (ssize_t) len;
}


consent_keyring_t *
consent_keyring_load(consent_arena_t *arena, const char *file, consent_problems_t *problems)
{
    char                data[MAX_FILE];
    ssize_t             n;
    unsigned            before;
    parser_t            parser;
    consent_keyring_t  *keyring;

    before = problems->count;

    keyring = consent_calloc(arena, sizeof(consent_keyring_t));
    if (keyring == NULL) {
        consent_problem(problems, file, 0, "no memory for the keys");
        return NULL;
    }

    keyring->signer = -1;

    keyring->hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    if (keyring->hmac == NULL) {
        consent_problem(problems, file, 0, "OpenSSL has no HMAC");
        return NULL;
    }

    n = read_file(file, data, sizeof(data));

    if (n == -1) {
        consent_problem(problems, file, 0, "cannot be read: %s", strerror(errno));

    } else {
        parser.keyring = keyring;
        parser.problems = problems;
        parser.file = file;
        parser.line = 0;

        parse(&parser, (consent_str_t) { data, (size_t) n });
    }

    OPENSSL_cleanse(data, sizeof(data));

    if (keyring->signer < 0 && problems->count == before) {
        consent_problem(problems, file, 0, "no key signs: one line must be \"sign KEY\"; " MAKE_A_KEY);
    }

    if (problems->count != before) {
        consent_keyring_destroy(keyring);
        return NULL;
    }

    return keyring;
}


/* OpenSSL cleanses the key inside a context when it frees it; no other copy outlives loading. */

void
consent_keyring_destroy(consent_keyring_t *keyring)
{
    unsigned  i;

    if (keyring == NULL) {
        return;
    }

    for (i = 0; i < keyring->nkeys; i++) {
        EVP_MAC_CTX_free(keyring->keys[i].ctx);
    }

    EVP_MAC_CTX_free(keyring->periods);
    EVP_MAC_CTX_free(keyring->period);
    EVP_MAC_free(keyring->hmac);
    OPENSSL_cleanse(keyring, sizeof(*keyring));
}


/* -1 when there is none of that id. */

static int
find_key(const consent_keyring_t *keyring, unsigned id)
{
    unsigned  i;

    for (i = 0; i < keyring->nkeys; i++) {
        if (keyring->keys[i].id == id) {
            return (int) i;
        }
    }

    return -1;
}


static int
compute(EVP_MAC_CTX *ctx, const consent_str_t *parts, unsigned nparts, unsigned char *mac)
{
    int       ok;
    size_t    len;
    unsigned  i;

    ok = EVP_MAC_init(ctx, NULL, 0, NULL);

    for (i = 0; ok == 1 && i < nparts; i++) {
        ok = EVP_MAC_update(ctx, (const unsigned char *) parts[i].data, parts[i].len);
    }

    if (ok == 1) {
        ok = EVP_MAC_final(ctx, mac, &len, CONSENT_MAC_LEN);
    }

    return ok == 1 ? 0 : -1;
}


int
consent_keyring_mac(consent_keyring_t *keyring, unsigned id, const consent_str_t *parts, unsigned nparts,
    unsigned char *mac)
{
    int  index;

    index = find_key(keyring, id);
    if (index < 0) {
        return -1;
    }

    return compute(keyring->keys[index].ctx, parts, nparts, mac);
}


/* HKDF-Expand of one block: HMAC of the info and of a byte that counts blocks. */

static int
start_period(consent_keyring_t *keyring, consent_str_t period)
{
    EVP_MAC_CTX    *ctx;
    consent_str_t   expand[2] = { period, { "\1", 1 } };
    unsigned char   key[CONSENT_MAC_LEN];

    if (period.len > CONSENT_PERIOD_MAX || compute(keyring->periods, expand, 2, key) != 0) {
        return -1;
    }

    ctx = keyed_context(keyring->hmac, key);
    OPENSSL_cleanse(key, sizeof(key));

    if (ctx == NULL) {
        return -1;
    }

    EVP_MAC_CTX_free(keyring->period);
    keyring->period = ctx;

    memcpy(keyring->info, period.data, period.len);
    keyring->info_len = period.len;

    return 0;
}


int
consent_keyring_period_mac(consent_keyring_t *keyring, consent_str_t period, const consent_str_t *parts,
    unsigned nparts, unsigned char *mac)
{
    consent_str_t  current = { keyring->info, keyring->info_len };

    if ((keyring->period == NULL || !consent_str_eq(current, period)) && start_period(keyring, period) != 0) {
        return -1;
    }

    return compute(keyring->period, parts, nparts, mac);
}


unsigned
consent_keyring_signer(const consent_keyring_t *keyring)
{
    return keyring->keys[keyring->signer].id;
}


uint32_t
consent_keyring_since(const consent_keyring_t *keyring)
{
    unsigned  i;
    uint32_t  oldest;

    oldest = keyring->keys[0].since;

    for (i = 1; i < keyring->nkeys; i++) {
        if (keyring->keys[i].since < oldest) {
            oldest = keyring->keys[i].since;
        }
    }

    return oldest;
}


int
consent_keyring_has(const consent_keyring_t *keyring, unsigned id)
{
    return find_key(keyring, id) >= 0;
}
