#include <stddef.h>

#include "counter.h"

const consent_counter_name_t  consent_counter_names[CONSENT_COUNTERS] = {
    { "decisions", "decision", "accept-all", "Choices posted by visitors." },
    { "decisions", "decision", "refuse-all", NULL },
    { "decisions", "decision", "save", NULL },
    { "decisions", "decision", "accept-once", NULL },
    { "withdrawals", NULL, NULL, "Choices that took back an acceptance." },
    { "banners", NULL, NULL, "Pages sent with the banner." },
    { "pages", "outcome", "rewritten", "Pages, by what became of them." },
    { "pages", "outcome", "quarantined", NULL },
    { "pages", "outcome", "replaced", NULL },
    { "pages", "outcome", "observed", NULL },
    { "pages", "outcome", "unread", NULL },
    { "elements_neutralised", NULL, NULL, "Elements and inline scripts of services not allowed, made neutral." },
    { "overflows", NULL, NULL, "Tags and scripts made safe without having been seen whole." },
    { "request_cookies_removed", NULL, NULL, "Cookies of services not allowed, removed from requests." },
    { "set_cookies", "action", "dropped", "Set-Cookie headers that were changed or added." },
    { "set_cookies", "action", "capped", NULL },
    { "set_cookies", "action", "expired", NULL },
    { "links_removed", NULL, NULL, "Link and Refresh headers that would have contacted a service not allowed." },
    { "hits_closed", NULL, NULL, "Requests to a refused service's endpoint, answered with 204." },
    { "hits_refused", NULL, NULL, "Hits that name an address where the policy wants none, or that cannot be read for what has to go." },
    { "addresses_masked", NULL, NULL, "Requests served with the visitor's address masked." },
    { "direct_pages", NULL, NULL, "Pages by which browsers call an audience measurement on another host, which sees their whole address." },
    { "csp_reports", NULL, NULL, "Reports of what the second wall stopped." },
    { "posts_refused", NULL, NULL, "Posts to the endpoint that were not taken." },
    { "evidence_failures", NULL, NULL, "Choices that could not be recorded." }
};
