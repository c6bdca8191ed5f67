/*
 * Finding one known address in any text. Whatever could be an address is a run of hexadecimal digits, colons and
 * dots; each run is tried as IPv6 once and for dotted quads at each number, so that the work is proportional to the
 * text. When in doubt it is an occurrence: masking too much harms nobody.
 */

#include <arpa/inet.h>
#include <string.h>

#include "address.h"
#include "ascii.h"

typedef struct {
    consent_str_t             text;
    const consent_address_t  *address;
    consent_mask_t            mask;
    char                     *out;      /* NULL: only counted */
    size_t                    len;      /* written to out */
    size_t                    copied;   /* bytes of text that are in out, or replaced in it */
    unsigned                  found;
} search_t;


static int
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}


static int
is_literal(char c)
{
    return consent_is_digit(c) || c == ':' || c == '.' || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}


static void
copy_until(search_t *search, size_t end)
{
    if (search->out != NULL && end > search->copied) {
        memcpy(search->out + search->len, search->text.data + search->copied, end - search->copied);
        search->len += end - search->copied;
    }

    search->copied = end;
}


/* Whether text[start, end) is the address, in this spelling. */

static int
is_address(const search_t *search, size_t start, size_t end)
{
    consent_str_t      literal;
    consent_address_t  address;

    literal = (consent_str_t) { search->text.data + start, end - start };

    return consent_address_parse(literal, &address) == 0
           && memcmp(address.bytes, search->address->bytes, sizeof(address.bytes)) == 0;
}


/* If it is, replaces it. */

static int
try_literal(search_t *search, size_t start, size_t end)
{
    char           text[CONSENT_ADDRESS_TEXT_MAX];
    size_t         len;
    consent_str_t  literal;

    if (!is_address(search, start, end)) {
        return 0;
    }

    literal = (consent_str_t) { search->text.data + start, end - start };

    search->found++;

    if (search->out != NULL) {
        copy_until(search, start);

        len = consent_mask_text(search->mask, literal, text);
        memcpy(search->out + search->len, text, len);
        search->len += len;
        search->copied = end;
    }

    return 1;
}


/* The end of a dotted quad that begins at start, 0 when there is none or it goes on as a longer number. */

static size_t
quad_end(const char *text, size_t start, size_t end)
{
    size_t  i, part, digits;

    i = start;

    for (part = 0; part < 4; part++) {
        if (part > 0) {
            if (i == end || text[i] != '.') {
                return 0;
            }

            i++;
        }

        for (digits = 0; i < end && consent_is_digit(text[i]) && digits < 4; digits++) {
            i++;
        }

        if (digits == 0 || digits > 3) {
            return 0;
        }
    }

    if (i + 1 < end && text[i] == '.' && consent_is_digit(text[i + 1])) {
        return 0;
    }

    return i;
}


static void
try_quads(search_t *search, size_t start, size_t end)
{
    size_t       i, stop;
    const char  *text = search->text.data;

    for (i = start; i < end; i++) {
        if (!consent_is_digit(text[i])
            || (i > start && consent_is_digit(text[i - 1]))
            || (i > start + 1 && text[i - 1] == '.' && consent_is_digit(text[i - 2])))
        {
            continue;
        }

        stop = quad_end(text, i, end);

        if (stop != 0 && try_literal(search, i, stop)) {
            i = stop - 1;
        }
    }
}


/*
 * A run with two colons: punctuation of the sentence around it is none of the address, nor is a word that ends in a
 * hex digit.
 */

static int
try_ipv6(search_t *search, size_t start, size_t end)
{
    int          in_word;
    size_t       rest;
    const char  *text = search->text.data, *colon;

    in_word = start > 0 && is_letter(text[start - 1]);

    while (end > start && text[end - 1] == '.') {
        end--;
    }

    if (end - start > 2 && text[end - 1] == ':' && text[end - 2] != ':') {
        end--;
    }

    if (end - start > 2 && text[start] == ':' && text[start + 1] != ':') {
        start++;
    }

    if (try_literal(search, start, end)) {
        return 1;
    }

    if (!in_word) {
        return 0;
    }

    colon = memchr(text + start, ':', end - start);
    rest = colon != NULL ? (size_t) (colon + 1 - text) : end;

    if (!is_address(search, rest, end)) {
        return 0;
    }

    try_quads(search, start, rest);

    return try_literal(search, rest, end);
}


static void
search_all(search_t *search)
{
    size_t       i, start;
    unsigned     colons;
    const char  *text = search->text.data;

    for (i = 0; i < search->text.len; i++) {
        if (!is_literal(text[i])) {
            continue;
        }

        colons = 0;

        for (start = i; i < search->text.len && is_literal(text[i]); i++) {
            colons += text[i] == ':';
        }

        if (colons < 2 || !try_ipv6(search, start, i)) {
            try_quads(search, start, i);
        }
    }
}


int
consent_address_occurs(consent_str_t text, consent_str_t address)
{
    search_t           search = { .text = text };
    consent_address_t  parsed;

    if (consent_address_parse(address, &parsed) != 0) {
        return 0;
    }

    search.address = &parsed;
    search_all(&search);

    return search.found > 0;
}


size_t
consent_mask_occurrences(consent_mask_t mask, consent_str_t text, consent_str_t address, char *out, unsigned *found)
{
    search_t           search = { .text = text, .mask = mask, .out = out };
    consent_address_t  parsed;

    if (consent_address_parse(address, &parsed) == 0) {
        search.address = &parsed;
        search_all(&search);
    }

    copy_until(&search, text.len);

    if (found != NULL) {
        *found = search.found;
    }

    return search.len;
}
