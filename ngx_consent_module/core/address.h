/*
 * Masking of visitor addresses, by Matomo's own rules (anonymisation of n bytes), and of every header that may carry one.
 */

#ifndef CONSENT_ADDRESS_H
#define CONSENT_ADDRESS_H

#include "str.h"

typedef struct {
    unsigned  v4_bits;      /* bits kept of an IPv4 address, mapped and compatible forms included */
    unsigned  v6_bits;      /* bits kept of any other IPv6 address */
} consent_mask_t;

#define CONSENT_ADDRESS_TEXT_MAX  64

/* In network byte order, in place. */
void consent_mask_ipv4(consent_mask_t mask, unsigned char address[4]);
void consent_mask_ipv6(consent_mask_t mask, unsigned char address[16]);

/*
 * The masked form of an address in text: always a valid address of the same family, canonical (RFC 5952). Port, brackets, quotes
 * and zone are understood and dropped. Returns the length, or 0 when the text is no address ("unknown", garbage, an odd
 * format): the caller then drops it.
 */
size_t consent_mask_text(consent_mask_t mask, consent_str_t text, char out[CONSENT_ADDRESS_TEXT_MAX]);

/*
 * A header value that holds addresses, masked hop by hop; items that are no address are dropped. out needs
 * consent_mask_list_size(value.len). Returns the length, which may be 0.
 */
size_t consent_mask_list_size(size_t len);
size_t consent_mask_list(consent_mask_t mask, consent_str_t value, char *out);

/* Forwarded (RFC 7239): for= and by= masked, IPv6 in quotes and brackets; the rest kept. Size as above. */
size_t consent_mask_forwarded(consent_mask_t mask, consent_str_t value, char *out);

typedef enum {
    CONSENT_ADDRESS_HEADER_NONE,
    CONSENT_ADDRESS_HEADER_LIST,        /* X-Forwarded-For and all that hold one or several addresses */
    CONSENT_ADDRESS_HEADER_FORWARDED,
    CONSENT_ADDRESS_HEADER_DROP         /* Client-IP: never forwarded beside a rewritten X-Forwarded-For */
} consent_address_header_t;

/* name in lower case; underscores count as hyphens. */
consent_address_header_t consent_address_header(consent_str_t name);

/* Replaces every whole occurrence of address in text (not inside a longer number); for variables and unknown headers. */
int consent_address_occurs(consent_str_t text, consent_str_t address);

#endif
