#include <string.h>

#include "choices.h"
#include "sha256.h"

const consent_str_t  consent_state_names[4] = {
    { "unset", 5 },
    { "all", 3 },
    { "none", 4 },
    { "some", 4 }
};


void
consent_choices_init(consent_choices_t *choices, const consent_policy_t *policy, int gpc)
{
    memset(choices, 0, sizeof(*choices));

    choices->policy = policy;
    choices->gpc = gpc != 0;
}


int
consent_choices_allow(const consent_choices_t *choices, unsigned index)
{
    const consent_entry_t  *entry = &choices->policy->entries[index];

    if (entry->basis == CONSENT_BASIS_NECESSARY) {
        return 1;
    }

    switch (choices->answers[index]) {
    case CONSENT_ACCEPTED:
        return 1;
    case CONSENT_REFUSED:
        return 0;
    default:
        return entry->basis == CONSENT_BASIS_EXEMPT && !choices->gpc;
    }
}


int
consent_choices_allow_cookies(const consent_choices_t *choices, unsigned index)
{
    return consent_choices_allow(choices, index)
           && (!choices->policy->entries[index].cookieless || choices->answers[index] == CONSENT_ACCEPTED);
}


int
consent_choices_allow_claim(const consent_choices_t *choices, consent_claim_t claim, consent_unknown_t unclaimed)
{
    if (claim.index >= 0) {
        return consent_choices_allow(choices, (unsigned) claim.index);
    }

    if (claim.index == CONSENT_UNLISTED) {
        return choices->policy->unknown_services != CONSENT_UNKNOWN_BLOCK;
    }

    return unclaimed != CONSENT_UNKNOWN_BLOCK;
}


consent_state_t
consent_choices_state(const consent_choices_t *choices)
{
    unsigned  i, answered, on, off;

    answered = 0;
    on = 0;
    off = 0;

    for (i = 0; i < choices->policy->nentries; i++) {
        if (choices->policy->entries[i].basis == CONSENT_BASIS_NECESSARY) {
            continue;
        }

        if (choices->answers[i] != CONSENT_UNDECIDED || choices->gpc) {
            answered = 1;
        }

        if (consent_choices_allow(choices, i)) {
            on = 1;

        } else {
            off = 1;
        }
    }

    if (!answered) {
        return CONSENT_STATE_UNSET;
    }

    if (on && off) {
        return CONSENT_STATE_SOME;
    }

    return on ? CONSENT_STATE_ALL : CONSENT_STATE_NONE;
}


int
consent_choices_ask(const consent_choices_t *choices)
{
    unsigned  i;

    if (choices->gpc) {
        return 0;
    }

    for (i = 0; i < choices->policy->nentries; i++) {
        if (choices->policy->entries[i].basis == CONSENT_BASIS_CONSENT && choices->answers[i] == CONSENT_UNDECIDED) {
            return 1;
        }
    }

    return 0;
}


int
consent_choices_accept_more(const consent_choices_t *now, const consent_choices_t *before)
{
    for (unsigned i = 0; i < now->policy->nentries; i++) {
        if (consent_choices_allow(now, i) && !consent_choices_allow(before, i)) {
            return 1;
        }
    }

    return 0;
}


void
consent_choices_services(const consent_choices_t *choices, consent_buf_t *out)
{
    int       first;
    unsigned  i;

    first = 1;

    for (i = 0; i < choices->policy->nentries; i++) {
        if (!consent_choices_allow(choices, i)) {
            continue;
        }

        if (!first) {
            consent_buf_addc(out, ',');
        }

        consent_buf_add(out, choices->policy->entries[i].service->id);
        first = 0;
    }
}


/*
 * What is hashed has a fixed length up to the language, whose length goes before it: no two classes give the same
 * text.
 */

void
consent_choices_class(const consent_choices_t *choices, consent_str_t language, consent_str_t variant,
    char out[CONSENT_CLASS_LEN + 1])
{
    int            ask;
    unsigned       i;
    unsigned char  digest[32], effective[CONSENT_MAX_SERVICES + 3];
    consent_str_t  parts[5];

    ask = consent_choices_ask(choices);

    memset(effective, 0, sizeof(effective));

    for (i = 0; i < choices->policy->nentries; i++) {
        effective[i] = (unsigned char) (consent_choices_allow(choices, i)
                                        | consent_choices_allow_cookies(choices, i) << 2);

        /* a banner says which services it asks for */

        if (ask && choices->answers[i] == CONSENT_UNDECIDED) {
            effective[i] |= 2;
        }
    }

    effective[i++] = (unsigned char) (ask | choices->gpc << 1 | (ask && choices->changed) << 2);
    effective[i++] = (unsigned char) (language.len >> 8);
    effective[i++] = (unsigned char) language.len;

    parts[0] = CONSENT_STR("ngx_consent class 1");
    parts[1] = (consent_str_t) { choices->policy->hash, CONSENT_HASH_HEX_LEN };
    parts[2] = (consent_str_t) { (const char *) effective, i };
    parts[3] = language;
    parts[4] = variant;

    if (consent_sha256(parts, 5, digest) != 0) {
        out[0] = '\0';
        return;
    }

    consent_hex(digest, CONSENT_CLASS_LEN / 2, out);
}
