/* UTF-8 that anybody may have written. */

#ifndef CONSENT_UTF8_H
#define CONSENT_UTF8_H

#include "str.h"

/*
 * Copies text to out with each malformed sequence replaced by U+FFFD, as browsers do (WHATWG Encoding, 8.1.1: UTF-8
 * decode without BOM). out needs 3 * text.len bytes. Returns the length.
 */
size_t consent_utf8_repair(consent_str_t text, char *out);

#endif
