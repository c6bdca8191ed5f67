/*
 * An address that a header gives a browser, and whether it may be contacted.
 */

#ifndef CONSENT_REFERENCE_H
#define CONSENT_REFERENCE_H

#include "choices.h"
#include "match.h"

/*
 * 1 when ref, resolved against page, belongs to a service that is not allowed, or to nobody in a closed world. claim may be NULL.
 */
int consent_reference_refused(const consent_choices_t *choices, const consent_url_t *page, consent_str_t ref,
    consent_claim_t *claim);

#endif
