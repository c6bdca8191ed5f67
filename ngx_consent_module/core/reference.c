#include "reference.h"


int
consent_reference_refused(const consent_choices_t *choices, const consent_url_t *page, consent_str_t ref,
    consent_claim_t *claim)
{
    consent_url_t            url;
    consent_claim_t          found;
    consent_url_scratch_t    scratch;
    const consent_policy_t  *policy = choices->policy;

    consent_url_resolve(page, ref, &scratch, &url);

    if (url.scheme == CONSENT_SCHEME_OTHER || url.host.len == 0) {
        return 0;
    }

    found = consent_match_url(policy, page->host, &url);

    if (claim != NULL) {
        *claim = found;
    }

    if (found.service == NULL && consent_match_is_own(policy, page->host, url.host)) {
        return 0;
    }

    return !consent_choices_allow_claim(choices, found, policy->unknown_hosts);
}
