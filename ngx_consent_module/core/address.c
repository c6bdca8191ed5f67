#include <arpa/inet.h>
#include <string.h>

#include "address.h"

/* The longest run that can be an address, with a mapped one in dots. */
#define MAX_LITERAL  (INET6_ADDRSTRLEN - 1)

static const unsigned char  mapped_prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };


static void
keep_bits(unsigned char *bytes, unsigned nbytes, unsigned bits)
{
    unsigned  i;

    for (i = 0; i < nbytes; i++) {
        if (bits >= 8) {
            bits -= 8;
            continue;
        }

        bytes[i] &= (unsigned char) (0xff00 >> bits);
        bits = 0;
    }
}


void
consent_mask_ipv4(consent_mask_t mask, unsigned char address[4])
{
    keep_bits(address, 4, mask.v4_bits);
}


/* Mapped (::ffff:0:0/96) and compatible (::/96) addresses, the loopback among them, are IPv4 to Matomo. */

void
consent_mask_ipv6(consent_mask_t mask, unsigned char address[16])
{
    static const unsigned char  zeros[12];

    if (memcmp(address, mapped_prefix, 12) == 0 || memcmp(address, zeros, 12) == 0) {
        consent_mask_ipv4(mask, address + 12);
        return;
    }

    keep_bits(address, 16, mask.v6_bits);
}


/* Exactly an address, nothing around it. */

static int
parse_literal(consent_str_t text, consent_address_t *address)
{
    char  literal[MAX_LITERAL + 1];

    if (text.len == 0 || text.len > MAX_LITERAL || memchr(text.data, '\0', text.len) != NULL) {
        return -1;
    }

    memcpy(literal, text.data, text.len);
    literal[text.len] = '\0';

    address->v4 = memchr(text.data, ':', text.len) == NULL;

    if (!address->v4) {
        return inet_pton(AF_INET6, literal, address->bytes) == 1 ? 0 : -1;
    }

    memcpy(address->bytes, mapped_prefix, sizeof(mapped_prefix));

    return inet_pton(AF_INET, literal, address->bytes + 12) == 1 ? 0 : -1;
}


/* Whether text is a decimal number of at most most. */

static int
is_number(consent_str_t text, unsigned most)
{
    size_t    i;
    unsigned  n;

    if (text.len == 0 || text.len > 5) {
        return 0;
    }

    n = 0;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return 0;
        }

        n = n * 10 + (unsigned) (text.data[i] - '0');
    }

    return n <= most;
}


/* Cuts text at the first c; *after is what followed it. Returns 0 when there is no c. */

static int
cut(consent_str_t *text, char c, consent_str_t *after)
{
    char  *p;

    p = text->len ? memchr(text->data, c, text->len) : NULL;
    if (p == NULL) {
        return 0;
    }

    after->data = p + 1;
    after->len = text->len - (size_t) (p + 1 - text->data);
    text->len = (size_t) (p - text->data);

    return 1;
}


/* RFC 4007, 11.2: the name of an interface. */

static int
is_zone(consent_str_t zone)
{
    char    c;
    size_t  i;

    for (i = 0; i < zone.len; i++) {
        c = zone.data[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
              || c == '-' || c == '.' || c == '_' || c == '~'))
        {
            return 0;
        }
    }

    return zone.len > 0;
}


int
consent_address_parse(consent_str_t text, consent_address_t *address)
{
    consent_str_t  after, rest, prefix, zone;

    prefix.data = NULL;
    zone.data = NULL;

    text = consent_str_trim(text);

    if (text.len >= 2 && text.data[0] == '"' && text.data[text.len - 1] == '"') {
        text = consent_str_trim((consent_str_t) { text.data + 1, text.len - 2 });
    }

    if (text.len > 0 && text.data[0] == '[') {
        text.data++;
        text.len--;

        if (!cut(&text, ']', &after)) {
            return -1;
        }

        if (after.len > 0
            && (after.data[0] != ':' || !is_number((consent_str_t) { after.data + 1, after.len - 1 }, 65535)))
        {
            return -1;
        }

    } else {
        rest = text;

        /* one colon is no IPv6 address, so a port follows it */

        if (cut(&rest, ':', &after) && (after.len == 0 || memchr(after.data, ':', after.len) == NULL)) {
            if (!is_number(after, 65535)) {
                return -1;
            }

            text = rest;
        }
    }

    (void) cut(&text, '/', &prefix);
    (void) cut(&text, '%', &zone);

    if (parse_literal(text, address) != 0) {
        return -1;
    }

    if (prefix.data != NULL && !is_number(prefix, address->v4 ? 32 : 128)) {
        return -1;
    }

    return zone.data != NULL && (address->v4 || !is_zone(zone)) ? -1 : 0;
}


/* The text of an address once masked; NUL-terminated. */

static size_t
masked_text(consent_mask_t mask, const consent_address_t *address, char out[CONSENT_ADDRESS_TEXT_MAX])
{
    unsigned char  bytes[16];

    memcpy(bytes, address->bytes, sizeof(bytes));

    if (address->v4) {
        consent_mask_ipv4(mask, bytes + 12);
        inet_ntop(AF_INET, bytes + 12, out, CONSENT_ADDRESS_TEXT_MAX);

    } else {
        consent_mask_ipv6(mask, bytes);
        inet_ntop(AF_INET6, bytes, out, CONSENT_ADDRESS_TEXT_MAX);
    }

    return strlen(out);
}


size_t
consent_mask_text(consent_mask_t mask, consent_str_t text, char out[CONSENT_ADDRESS_TEXT_MAX])
{
    consent_address_t  address;

    if (consent_address_parse(text, &address) != 0) {
        return 0;
    }

    return masked_text(mask, &address, out);
}
