/* "Did you mean": the valid name that a mistyped one is nearest to. */

#ifndef CONSENT_SUGGEST_H
#define CONSENT_SUGGEST_H

#include "str.h"

typedef struct {
    consent_str_t  word;
    consent_str_t  nearest;     /* empty as long as nothing offered is near enough to be meant */
    unsigned       distance;
} consent_suggest_t;

void consent_suggest_init(consent_suggest_t *suggest, consent_str_t word);

/*
 * candidate must live as long as nearest is used. Costs at most 64 x 64 steps: longer words are nobody's typing
 * mistake.
 */
void consent_suggest_offer(consent_suggest_t *suggest, consent_str_t candidate);

#endif
