#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "heap.h"
#include "hit.h"

/* A hit that was stripped holds no campaign any more. */

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    heap_t         heap;
    consent_buf_t  form, once, twice, rest;
    consent_str_t  text = { (const char *) data, size };

    heap_init(&heap);
    consent_buf_init(&form, &heap.arena);
    consent_buf_init(&once, &heap.arena);
    consent_buf_init(&twice, &heap.arena);
    consent_buf_init(&rest, &heap.arena);

    /* what goes first must not turn the rest into JSON */

    consent_buf_add(&form, CONSENT_STR("idsite=1&"));
    consent_buf_add(&form, text);

    if (consent_hit_strip(consent_buf_str(&form), &once) == 1) {
        assert(consent_hit_strip(consent_buf_str(&once), &twice) == 0);
    }

    consent_hit_strip(text, &rest);
    consent_hit_strip_url(text, &rest);
    consent_hit_names_address(text);

    heap_free(&heap);

    return 0;
}
