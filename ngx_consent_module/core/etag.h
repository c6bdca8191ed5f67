/*
 * Validators of what was read. A page's ETag carries the choice class and what is needed to give the upstream its own
 * validators back. It is weak: equal originals and equal choices give pages that mean the same, and a part of one is
 * never to be asked for by a range. What left as it came, a style sheet that concerns nobody, keeps a strong one.
 */

#ifndef CONSENT_ETAG_H
#define CONSENT_ETAG_H

#include <stdint.h>

#include "buf.h"

/*
 * Writes the entity-tag (RFC 9110, 8.8.3) of what was read. etag: the original header value, whatever its bytes, or
 * empty; last_modified: seconds since 1970, or -1; as_it_came: the bytes are the original's, and the tag as strong as
 * its. Writes nothing when there is no original, or none of a bearable length.
 */
void consent_etag_tag(consent_str_t etag, int64_t last_modified, consent_str_t choice_class, int as_it_came,
    consent_buf_t *out);

/*
 * For one entity-tag of If-None-Match: returns 1 and the originals when the class is this one (etag may be empty,
 * last_modified -1), 0 when it is another class or forged, -1 when the tag is not of our making.
 */
int consent_etag_untag(consent_str_t tag, consent_str_t choice_class, consent_arena_t *arena, consent_str_t *etag,
    int64_t *last_modified);

/*
 * The same for a whole If-None-Match: etags is the list of the originals of this class, last_modified the latest of
 * theirs; 0 when some tags are ours and none is of this class. Tags that are not ours are left out; alone ("*" is one
 * of them) they are -1.
 */
int consent_etag_untag_list(consent_str_t if_none_match, consent_str_t choice_class, consent_arena_t *arena,
    consent_str_t *etags, int64_t *last_modified);

#endif
