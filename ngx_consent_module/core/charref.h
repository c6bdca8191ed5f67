/*
 * Character references in attribute values (WHATWG HTML, 13.2.5.72 to 80), numeric and named.
 */

#ifndef CONSENT_CHARREF_H
#define CONSENT_CHARREF_H

#include "str.h"

/* Whether decoding would change anything. */
int consent_charref_needed(consent_str_t raw);

/*
 * Decodes raw to UTF-8, newlines normalised and NUL replaced by U+FFFD as the input stream would be. out has room for
 * size bytes; 3 * raw.len is always enough. Returns what was written; it is cut, at a character, where out is too
 * small.
 */
consent_str_t consent_charref_decode(consent_str_t raw, char *out, size_t size);

/* Up to 4 bytes; U+FFFD for what is no character: NUL, surrogates, beyond Unicode. */
size_t consent_utf8_encode(unsigned code, char *out);

#endif
