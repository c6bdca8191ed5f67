/*
 * Which service a URL, an inline script or a cookie belongs to. The three kinds of pattern never mix.
 *
 * URL patterns: "host", "host/path", "//x.host/path"; host covers its subdomains, on label boundaries; the host "*"
 * means any host, the site's own included. A path with no "*" is a prefix that ends at "/", "?" or the end, or
 * anywhere when it ends in "/"; "*" in a path stands for any run of bytes, and what follows the last one ends
 * likewise. A path that holds "?" is compared with path and query, and ends anywhere. The longest path wins, then the
 * longest host; what a policy says wins over the catalogue. Hosts of the catalogue never claim the site's own.
 *
 * A service that is for lists only counts only where a policy lists it. Matching allocates nothing, and writes only to
 * scratch memory made with the matchers: one thread at a time.
 */

#ifndef CONSENT_MATCH_H
#define CONSENT_MATCH_H

#include "policy.h"
#include "url.h"

/*
 * A claim: index into policy->entries, or one of these. CONSENT_UNLISTED is a service of the catalogue that the policy
 * does not list: it can be neither accepted nor refused, and policy->unknown_services says what becomes of it.
 */
typedef struct {
    int                       index;
    const consent_service_t  *service;      /* NULL when nobody claims it */
} consent_claim_t;

#define CONSENT_UNCLAIMED  (-1)
#define CONSENT_UNLISTED   (-2)

/* own_host: the host of the page or request, lower case without port; a policy's "paths" are paths of it. */
consent_claim_t consent_match_url(const consent_policy_t *policy, consent_str_t own_host, const consent_url_t *url);

/*
 * For what contacts a host without naming a path (preconnect, dns-prefetch): whoever has a pattern on host or above
 * it, whatever the path. A claim that wanted returns non-zero for goes first: a host that an allowed service needs may
 * be contacted.
 */
consent_claim_t consent_match_host(const consent_policy_t *policy, consent_str_t own_host, consent_str_t host,
    int (*wanted)(const void *data, consent_claim_t claim), const void *data);

/* Whether host is the site itself: own_host, or one of the policy's hosts. Their subdomains are not. */
int consent_match_is_own(const consent_policy_t *policy, consent_str_t own_host, consent_str_t host);

/*
 * A request to this very server, that one of the services would receive as a report of a visit (matomo.php): its hits,
 * on this host or below a path that the policy gives the service.
 */
consent_claim_t consent_match_hit(const consent_policy_t *policy, consent_str_t own_host, consent_str_t path);

/*
 * A request to this very server that an audience measurement service answers: its hits, what its any-host patterns
 * name, the paths and hosts that the policy gives it. What consent_mask_ip masks by default.
 */
consent_claim_t consent_match_endpoint(const consent_policy_t *policy, consent_str_t own_host, consent_str_t path);

/*
 * text: source of an executable inline script. Bounded work: PCRE2 with match limits; a limit reached counts as no
 * match.
 */
consent_claim_t consent_match_inline(const consent_policy_t *policy, consent_str_t text);

/*
 * The same where several services may match: the first claim that wanted returns non-zero for, the policy's own
 * patterns first, then the longest; unclaimed when there is none. A rewriter asks for a claim that is not allowed: a
 * script that serves two services runs only when both are.
 */
consent_claim_t consent_match_inline_where(const consent_policy_t *policy, consent_str_t text,
    int (*wanted)(const void *data, consent_claim_t claim), const void *data);

/* name: a cookie's name. pattern, if not NULL, is set to the pattern that matched. */
consent_claim_t consent_match_cookie(const consent_policy_t *policy, consent_str_t name,
    const consent_cookie_pattern_t **pattern);

#endif
