/* Posted forms of any bytes. The first byte says what had been chosen before. */

#include <stdlib.h>
#include <string.h>

#include "choice_fixture.h"
#include "form.h"

#define TODAY  20500


static void
check(int truth)
{
    if (!truth) {
        abort();
    }
}


/* Each field of the text, written again with everything percent-encoded, is read as itself. */

static void
fuzz_fields(heap_t *heap, consent_str_t body)
{
    int            rc;
    consent_buf_t  out;
    consent_str_t  name, value, again_name, again_value, rest;

    while ((rc = consent_form_next(&heap->arena, &body, &name, &value)) == 1) {
        consent_buf_init(&out, &heap->arena);
        consent_buf_add_uri_component(&out, name);
        consent_buf_addc(&out, '=');
        consent_buf_add_uri_component(&out, value);

        rest = consent_buf_str(&out);

        check(consent_form_next(&heap->arena, &rest, &again_name, &again_value) == 1);
        check(consent_str_eq(name, again_name) && consent_str_eq(value, again_value));
        check(rest.len == 0);
    }

    check(rc == 0);
}


static void
fuzz_apply(heap_t *heap, consent_str_t body, unsigned before)
{
    int                rc;
    site_t             site;
    size_t             i;
    const char        *error;
    consent_form_t     form;
    consent_choices_t  choices, old;

    site_init(&site);
    site_add(&site, "session", CONSENT_PURPOSE_NECESSARY, CONSENT_BASIS_NECESSARY, "ses1");
    site_add(&site, "youtube", CONSENT_PURPOSE_VIDEO, CONSENT_BASIS_CONSENT, "ytb1");
    site_add(&site, "vimeo", CONSENT_PURPOSE_VIDEO, CONSENT_BASIS_CONSENT, "vim1");
    site_add(&site, "matomo", CONSENT_PURPOSE_AUDIENCE, CONSENT_BASIS_EXEMPT, "mat1");

    consent_choices_init(&choices, &site.policy, before & 1);

    for (i = 1; i < 4; i++) {
        choices.answers[i] = (before >> 2 * i) % 3;
        choices.chosen |= choices.answers[i] != CONSENT_UNDECIDED;
    }

    old = choices;

    rc = consent_form_apply(&heap->arena, body, &choices, TODAY, &form, &error);

    check((rc == 0) == (error == NULL));

    if (rc != 0 || form.decision == CONSENT_DECISION_ACCEPT_ONCE) {
        check(memcmp(&choices, &old, sizeof(choices)) == 0);
    }

    if (rc != 0) {
        return;
    }

    check((form.once >= 0) == (form.decision == CONSENT_DECISION_ACCEPT_ONCE));
    check(form.return_to.len == 0 || consent_local_path(form.return_to));
    check(consent_choices_allow(&choices, 0));

    if (form.decision == CONSENT_DECISION_REFUSE_ALL) {
        check(consent_choices_state(&choices) == CONSENT_STATE_NONE);
    }

    if (form.decision == CONSENT_DECISION_ACCEPT_ALL) {
        check(consent_choices_state(&choices) == CONSENT_STATE_ALL);
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    heap_t         heap;
    consent_str_t  body;

    if (size == 0) {
        return 0;
    }

    heap_init(&heap);
    body = (consent_str_t) { (const char *) data + 1, size - 1 };

    fuzz_fields(&heap, body);
    fuzz_apply(&heap, body, data[0]);

    heap_free(&heap);

    return 0;
}
