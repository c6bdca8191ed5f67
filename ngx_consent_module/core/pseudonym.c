#include <string.h>

#include "address.h"
#include "base64.h"
#include "pseudonym.h"

#define NETWORK_BITS  64


static void
put_number(unsigned char *p, uint64_t n)
{
    int  i;

    for (i = 7; i >= 0; i--) {
        p[i] = (unsigned char) n;
        n >>= 8;
    }
}


int
consent_pseudonym(consent_keyring_t *keyring, consent_str_t address, consent_str_t salt, int64_t now, int64_t period,
    char out[CONSENT_PSEUDONYM_LEN + 1])
{
    unsigned char         info[16], mac[CONSENT_MAC_LEN];
    consent_str_t         parts[2];
    consent_address_t     parsed;
    const consent_mask_t  network = { 32, NETWORK_BITS };

    if (now < 0 || period <= 0 || consent_address_parse(address, &parsed) != 0) {
        return -1;
    }

    consent_mask_ipv6(network, parsed.bytes);

    put_number(info, (uint64_t) period);
    put_number(info + 8, (uint64_t) (now / period));

    parts[0] = (consent_str_t) { (const char *) parsed.bytes, sizeof(parsed.bytes) };
    parts[1] = salt;

    if (consent_keyring_period_mac(keyring, (consent_str_t) { (const char *) info, sizeof(info) }, parts, 2, mac) != 0) {
        return -1;
    }

    consent_base64url_encode(mac, 16, out);
    out[CONSENT_PSEUDONYM_LEN] = '\0';

    return 0;
}
