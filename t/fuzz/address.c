/*
 * Headers and texts of any bytes that may carry addresses. The first two bytes are the bits kept; then comes an
 * address, a line feed, and the text.
 */

#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>


#include "address.h"


static void
check(int truth)
{
    if (!truth) {
        abort();
    }
}


/* Out comes a valid address of the same family, which masking does not change again. */

static void
fuzz_text(consent_mask_t mask, consent_str_t text)
{
    char               out[CONSENT_ADDRESS_TEXT_MAX], again[CONSENT_ADDRESS_TEXT_MAX];
    size_t             len;
    unsigned char      bytes[16];
    consent_address_t  address;

    len = consent_mask_text(mask, text, out);

    check((len > 0) == (consent_address_parse(text, &address) == 0));

    if (len == 0) {
        return;
    }

    check(strlen(out) == len);
    check(inet_pton(address.v4 ? AF_INET : AF_INET6, out, bytes) == 1);
    check(consent_mask_text(mask, (consent_str_t) { out, len }, again) == len);
    check(strcmp(out, again) == 0);
}


/* Every item of a masked list is masked; nothing but addresses is in it. */

static void
fuzz_list(consent_mask_t mask, consent_str_t text)
{
    char    *out, *again;
    size_t   len, i;

    out = malloc(consent_mask_list_size(text.len));
    check(out != NULL);

    len = consent_mask_list(mask, text, out);
    check(len <= consent_mask_list_size(text.len));

    for (i = 0; i < len; i++) {
        check(strchr("0123456789abcdef:., ", out[i]) != NULL);
    }

    again = malloc(consent_mask_list_size(len));
    check(again != NULL);
    check(consent_mask_list(mask, (consent_str_t) { out, len }, again) == len);
    check(memcmp(out, again, len) == 0);

    free(again);
    free(out);
}


static void
fuzz_forwarded(consent_mask_t mask, consent_str_t text)
{
    char    *out, *again;
    size_t   len;

    out = malloc(consent_mask_list_size(text.len));
    check(out != NULL);

    len = consent_mask_forwarded(mask, text, out);
    check(len <= consent_mask_list_size(text.len));

    again = malloc(consent_mask_list_size(len));
    check(again != NULL);
    check(consent_mask_forwarded(mask, (consent_str_t) { out, len }, again) == len);
    check(memcmp(out, again, len) == 0);

    free(again);
    free(out);
}


/*
 * An address of which masking takes something away occurs no more once it is masked; a text without it stays as it
 * is.
 */

static void
fuzz_occurrences(consent_mask_t mask, consent_str_t text, consent_str_t address)
{
    char               *out, masked[CONSENT_ADDRESS_TEXT_MAX];
    size_t              len;
    unsigned            found;
    consent_address_t   before, after;

    out = malloc(consent_mask_list_size(text.len));
    check(out != NULL);

    len = consent_mask_occurrences(mask, text, address, out, &found);
    check(len <= consent_mask_list_size(text.len));
    check(consent_address_occurs(text, address) == (found > 0));

    if (found == 0) {
        check(len == text.len && memcmp(out, text.data, len) == 0);

    } else {
        check(consent_address_parse(address, &before) == 0);
        check(consent_mask_text(mask, address, masked) > 0);
        check(consent_address_parse(consent_str(masked), &after) == 0);

        if (memcmp(before.bytes, after.bytes, 16) != 0) {
            check(!consent_address_occurs((consent_str_t) { out, len }, address));
        }
    }

    free(out);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char            *end;
    consent_str_t    address, text;
    consent_mask_t   mask;

    if (size < 2) {
        return 0;
    }

    mask.v4_bits = data[0] % 33;
    mask.v6_bits = data[1] % 129;

    text = (consent_str_t) { (const char *) data + 2, size - 2 };
    address = text;

    end = text.len ? memchr(text.data, '\n', text.len) : NULL;

    if (end != NULL) {
        address.len = (size_t) (end - text.data);
        text.data += address.len + 1;
        text.len -= address.len + 1;
    }

    fuzz_text(mask, address);
    fuzz_list(mask, text);
    fuzz_forwarded(mask, text);
    fuzz_occurrences(mask, text, address);
    (void) consent_address_header(text);

    return 0;
}
