/*
 * Content-Encoding and Accept-Encoding, as far as it matters who undoes what.
 */

#ifndef CONSENT_ENCODING_H
#define CONSENT_ENCODING_H

#include "str.h"

/*
 * Whether a Content-Encoding says that the bytes are as they seem: identity, nothing at all, or one of the words that
 * sites send by mistake and that browsers pass over (none, utf-8 …).
 */
int consent_encoding_is_none(consent_str_t value);

/* gzip, by either of its names (RFC 9110, 8.4.1.3), and nothing else. */
int consent_encoding_is_gzip(consent_str_t value);

/* Whether Accept-Encoding names gzip with a weight other than 0 (RFC 9110, 12.5.3). "*" names nothing. */
int consent_encoding_accepts_gzip(consent_str_t value);

#endif
