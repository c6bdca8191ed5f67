/*
 * Validators of rewritten pages.
 */

#ifndef CONSENT_ETAG_H
#define CONSENT_ETAG_H

#include <stdint.h>

#include "buf.h"

/*
 * Validators. A page's ETag carries the choice class and what is needed to give the upstream its own validators back.
 * consent_etag_tag: etag may be empty, last_modified -1. consent_etag_untag: for one If-None-Match value; returns 1 and the originals when the
 * class is this one, 0 when it is another class or forged, -1 when the tag is not of our making.
 */
void consent_etag_tag(consent_str_t etag, int64_t last_modified, consent_str_t choice_class, consent_buf_t *out);
int consent_etag_untag(consent_str_t if_none_match, consent_str_t choice_class, consent_arena_t *arena, consent_str_t *etag,
    int64_t *last_modified);

#endif
