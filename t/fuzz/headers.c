/* The first byte says which header the rest is read as. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue_private.h"
#include "csp.h"
#include "etag.h"
#include "heap.h"
#include "link.h"
#include "match_build.h"
#include "mime.h"

#define S(text)  { text, sizeof(text) - 1 }

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static consent_str_t        urls[] = { S("t.co"), S("//*/matomo.js"), S("g.co/maps"), S("c.co/*/x.js") };
static consent_service_t    service = { .id = S("tracker"), .urls = urls, .nurls = 4 };
static consent_entry_t      entry = { .service = &service };
static consent_policy_t     policy;
static consent_problems_t   problems;
static consent_choices_t    choices;
static heap_t               heap;


static void
require(int condition)
{
    if (!condition) {
        abort();
    }
}


static void
read_link(consent_str_t value, consent_arena_t *arena)
{
    consent_buf_t  out, again;
    consent_str_t  left;
    consent_url_t  page = { CONSENT_SCHEME_HTTPS, S("v.fr"), S("/a/b"), S(""), 0 };

    (void) consent_refresh_blocked(&choices, &page, value);

    consent_buf_init(&out, arena);

    if (!consent_link_filter(&choices, &page, value, &out)) {
        require(out.len == 0);
        return;
    }

    /* what is left needs no second look */
    left = consent_buf_str(&out);
    require(left.len < value.len + value.len / 2 + 1);

    consent_buf_init(&again, arena);
    require(consent_link_filter(&choices, &page, left, &again) == 0);
}


static void
read_csp(consent_str_t value, consent_arena_t *arena)
{
    consent_buf_t  out, again;
    consent_csp_t  csp;
    consent_str_t  values[2];

    consent_csp_read(&value, 1, &csp);

    consent_buf_init(&out, arena);

    if (!consent_csp_admit_self(value, &out)) {
        require(consent_str_eq(consent_buf_str(&out), value));
    }

    consent_buf_init(&again, arena);
    require(consent_csp_admit_self(consent_buf_str(&out), &again) == 0);

    values[0] = consent_buf_str(&out);
    consent_csp_read(values, 1, &csp);
    require(csp.self_style);

    values[1] = value;
    consent_csp_read(values, 2, &csp);
}


static void
read_mime(consent_str_t value)
{
    consent_mime_t   mime;
    consent_sniff_t  whole;

    consent_mime_parse(value, &mime);
    require(mime.essence.len + mime.charset.len <= value.len);

    (void) consent_mime_is_html(value);
    (void) consent_mime_is_unknown(value);
    (void) consent_charset_is_opaque(value);

    /* an answer given early is not taken back */
    whole = consent_sniff(value.data, value.len, 1);
    require(whole != CONSENT_SNIFF_MORE);

    for (size_t i = 0; i < value.len && i < 64; i++) {
        consent_sniff_t  early = consent_sniff(value.data, i, 0);

        require(early == CONSENT_SNIFF_MORE || early == whole);
    }
}


static void
read_etag(consent_str_t value, consent_arena_t *arena)
{
    int            rc;
    int64_t        last_modified;
    consent_buf_t  out;
    consent_str_t  class = CONSENT_STR("0123456789abcdef"), etag, text;

    (void) consent_etag_untag_list(value, class, arena, &etag, &last_modified);
    (void) consent_etag_untag(value, class, arena, &etag, &last_modified);

    consent_buf_init(&out, arena);
    consent_etag_tag(value, 7, class, 0, &out);
    text = consent_buf_str(&out);

    rc = consent_etag_untag(text, class, arena, &etag, &last_modified);
    require(rc == 1 || rc == 0);
    require(rc == 0 || last_modified == 7);
    require(rc == 0 || etag.len == 0 || consent_str_eq(etag, consent_str_trim(value)));
}


int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void) argc;
    (void) argv;

    heap_init(&heap);

    policy.file = CONSENT_STR("policy");
    policy.entries = &entry;
    policy.nentries = 1;
    policy.overlay = consent_overlay_build(&heap.arena, &policy, &problems);
    require(policy.overlay != NULL);

    consent_choices_init(&choices, &policy, 0);

    return 0;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    heap_t         scratch;
    consent_str_t  value;

    if (size == 0) {
        return 0;
    }

    value.data = (const char *) data + 1;
    value.len = size - 1;

    heap_init(&scratch);

    switch (data[0] & 3) {
    case 0:
        read_link(value, &scratch.arena);
        break;
    case 1:
        read_csp(value, &scratch.arena);
        break;
    case 2:
        read_mime(value);
        break;
    default:
        read_etag(value, &scratch.arena);
    }

    heap_free(&scratch);

    return 0;
}
