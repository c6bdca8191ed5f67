/*
 * Tokens. Nobody without the key makes one that is valid: whatever the input says, as a cookie value or a Cookie
 * line, nothing is chosen. Signed content of any form is tried too, with the key in hand: the reader of what was
 * signed must stand on its own.
 */

#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "choice_fixture.h"
#include "token.h"

#define TODAY     20500
#define VALIDITY  182

static heap_t               heap;
static site_t               site;
static consent_keyring_t   *keyring;
static const consent_str_t  scope = { "www.ville.example", 17 };


static void
check(int truth)
{
    if (!truth) {
        abort();
    }
}


int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static reports_t  reports;

    (void) argc;
    (void) argv;

    heap_init(&heap);
    keyring = keyring_of(&heap, &reports, "sign " KEY_A "\nverify " KEY_B "\n");
    check(keyring != NULL);

    site_init(&site);
    site_add(&site, "session", CONSENT_PURPOSE_NECESSARY, CONSENT_BASIS_NECESSARY, "ses1");
    site_add(&site, "youtube", CONSENT_PURPOSE_VIDEO, CONSENT_BASIS_CONSENT, "ytb1");
    site_add(&site, "matomo", CONSENT_PURPOSE_AUDIENCE, CONSENT_BASIS_EXEMPT, "mat1");

    return 0;
}


static void
fuzz_forged(consent_str_t text)
{
    consent_choices_t  choices, nothing;

    consent_choices_init(&nothing, &site.policy, 0);
    choices = nothing;

    check(consent_token_open(&choices, keyring, scope, text, TODAY, VALIDITY) == -1);
    check(consent_token_read(&choices, keyring, scope, CONSENT_STR("choices"), &text, 1, TODAY, VALIDITY) == 0);
    check(memcmp(&choices, &nothing, sizeof(choices)) == 0);
}


/*
 * The MAC that token.c would make, over a payload of any bytes. What opens and has all its services answered is
 * sealed again.
 */

static void
fuzz_signed(const uint8_t *payload, size_t size)
{
    char               token[2048], again[CONSENT_TOKEN_MAX];
    size_t             len;
    unsigned char      data[1024], mac[CONSENT_MAC_LEN];
    const unsigned char  scope_len[4] = { 0, 0, 0, 17 };
    consent_str_t      parts[4];
    consent_choices_t  choices, read;

    if (size < 2 || size > 1000) {
        return;
    }

    memcpy(data, payload, size);

    parts[0] = CONSENT_STR("ngx_consent choice\0");
    parts[1] = (consent_str_t) { (const char *) scope_len, 4 };
    parts[2] = scope;
    parts[3] = (consent_str_t) { (const char *) data, size };

    if (consent_keyring_mac(keyring, data[1], parts, 4, mac) != 0) {
        return;
    }

    memcpy(data + size, mac, 16);
    len = consent_base64url_encode(data, size + 16, token);

    consent_choices_init(&choices, &site.policy, 0);

    if (consent_token_open(&choices, keyring, scope, (consent_str_t) { token, len }, TODAY, VALIDITY) != 0) {
        return;
    }

    check(data[0] == 1 && choices.chosen && choices.day <= TODAY + 1 && choices.day + VALIDITY >= TODAY);
    check(choices.answers[0] == CONSENT_UNDECIDED);

    check(consent_token_seal(&choices, keyring, scope, again) != 0);
    consent_choices_init(&read, &site.policy, 0);
    check(consent_token_open(&read, keyring, scope, consent_str(again), TODAY, VALIDITY) == 0);
    check(memcmp(read.answers, choices.answers, sizeof(read.answers)) == 0 && read.day == choices.day);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_forged((consent_str_t) { (const char *) data, size });
    fuzz_signed(data, size);

    return 0;
}
