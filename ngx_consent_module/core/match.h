/*
 * Which service a URL, an inline script or a cookie belongs to. The three kinds of pattern never mix.
 *
 * URL patterns: "host", "host/path", "//x.host/path"; host covers its subdomains, on label boundaries; the host "*" means any host;
 * a path with no "*" is a prefix that ends at "/", "?" or the end, or anywhere when it ends in "/" ; "*" in a path stands for
 * any run of bytes. The longest path wins, then the longest host; what a policy says wins over the catalogue.
 */

#ifndef CONSENT_MATCH_H
#define CONSENT_MATCH_H

#include "policy.h"
#include "url.h"

/*
 * A claim: index into policy->entries, or one of these. CONSENT_UNLISTED is a service of the catalogue that the policy does
 * not list: it can be neither accepted nor refused, and policy->unknown_services says what becomes of it.
 */
typedef struct {
    int                       index;
    const consent_service_t  *service;      /* NULL when nobody claims it */
} consent_claim_t;

#define CONSENT_UNCLAIMED  (-1)
#define CONSENT_UNLISTED   (-2)

/* own_host: the host of the page or request, lower case without port; a policy's "paths" are paths of it. */
consent_claim_t consent_match_url(const consent_policy_t *policy, consent_str_t own_host, const consent_url_t *url);

/* A request to this very server, that one of the services would receive as a report of a visit (matomo.php). */
consent_claim_t consent_match_hit(const consent_policy_t *policy, consent_str_t own_host, consent_str_t path);

/* text: source of an executable inline script. Bounded work: PCRE2 with match limits; a limit reached counts as no match. */
consent_claim_t consent_match_inline(const consent_policy_t *policy, consent_str_t text);

/* name: a cookie's name. pattern, if not NULL, is set to the pattern that matched. */
consent_claim_t consent_match_cookie(const consent_policy_t *policy, consent_str_t name,
    const consent_cookie_pattern_t **pattern);

#endif
