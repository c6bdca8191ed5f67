/*
 * Masking of visitor addresses, by Matomo's own rules (anonymisation of n bytes), and of every header that may carry
 * one.
 */

#ifndef CONSENT_ADDRESS_H
#define CONSENT_ADDRESS_H

#include "str.h"

typedef struct {
    unsigned  v4_bits;      /* bits kept of an IPv4 address, mapped and compatible forms included */
    unsigned  v6_bits;      /* bits kept of any other IPv6 address */
} consent_mask_t;

#define CONSENT_ADDRESS_TEXT_MAX  64

/* IPv4: the last four of bytes, the others as in a mapped address. */
typedef struct {
    unsigned char  bytes[16];   /* network byte order */
    unsigned       v4:1;        /* written as IPv4 */
} consent_address_t;

/* In network byte order, in place. */
void consent_mask_ipv4(consent_mask_t mask, unsigned char address[4]);
void consent_mask_ipv6(consent_mask_t mask, unsigned char address[16]);

/*
 * An address in text, alone or with what may stand around it: white space, quotes, brackets, zone, prefix length or
 * port. Returns 0, or -1 when the text is no address ("unknown", garbage, an odd format).
 */
int consent_address_parse(consent_str_t text, consent_address_t *address);

/*
 * The masked form of an address in text, as parsed above: always a valid address of the same family, canonical (RFC
 * 5952), without what stood around it; NUL-terminated. Returns the length, or 0 when the text is no address: the
 * caller then drops it.
 */
size_t consent_mask_text(consent_mask_t mask, consent_str_t text, char out[CONSENT_ADDRESS_TEXT_MAX]);

/*
 * A header value that holds addresses, masked hop by hop; items that are no address are dropped. out needs
 * consent_mask_list_size(value.len). Returns the length, which may be 0.
 */
size_t consent_mask_list_size(size_t len);
size_t consent_mask_list(consent_mask_t mask, consent_str_t value, char *out);

/*
 * Forwarded (RFC 7239): for= and by= masked, IPv6 in quotes and brackets, without port; "unknown" kept, obfuscated
 * and malformed identifiers dropped, since they tell visitors apart. host= and proto= are kept as they stand; what
 * else holds an address is masked. Where the syntax is broken the rest of the value is dropped. Size as above.
 */
size_t consent_mask_forwarded(consent_mask_t mask, consent_str_t value, char *out);

typedef enum {
    CONSENT_ADDRESS_HEADER_NONE,
    CONSENT_ADDRESS_HEADER_LIST,        /* X-Forwarded-For and all that hold one or several addresses */
    CONSENT_ADDRESS_HEADER_FORWARDED,
    CONSENT_ADDRESS_HEADER_DROP         /* Client-IP: never forwarded beside a rewritten X-Forwarded-For */
} consent_address_header_t;

/* name in lower case; underscores count as hyphens. */
consent_address_header_t consent_address_header(consent_str_t name);

/*
 * Whether address stands in text, whole (not inside a longer number or address), in whatever spelling: IPv6 written
 * otherwise, the mapped form of an IPv4 address and the reverse. For variables and unknown headers.
 */
int consent_address_occurs(consent_str_t text, consent_str_t address);

/*
 * Copies text to out with every whole occurrence of address masked in place; the rest is kept as it stands. out needs
 * consent_mask_list_size(text.len). Returns the length; *found, if not NULL, is set to the number of occurrences.
 */
size_t consent_mask_occurrences(consent_mask_t mask, consent_str_t text, consent_str_t address, char *out,
    unsigned *found);

#endif
