/*
 * What is counted of each host, and what the counters are called wherever they are shown.
 */

#ifndef CONSENT_COUNTER_H
#define CONSENT_COUNTER_H

typedef enum {
    CONSENT_COUNTER_ACCEPT_ALL,         /* the four decisions stand in the order of consent_decision_t */
    CONSENT_COUNTER_REFUSE_ALL,
    CONSENT_COUNTER_SAVE,
    CONSENT_COUNTER_ACCEPT_ONCE,
    CONSENT_COUNTER_WITHDRAWAL,
    CONSENT_COUNTER_BANNER,
    CONSENT_COUNTER_PAGE_REWRITTEN,
    CONSENT_COUNTER_PAGE_QUARANTINED,
    CONSENT_COUNTER_PAGE_REPLACED,
    CONSENT_COUNTER_PAGE_OBSERVED,
    CONSENT_COUNTER_PAGE_UNREAD,        /* observed, in an encoding that cannot be undone */
    CONSENT_COUNTER_NEUTRALISED,
    CONSENT_COUNTER_OVERFLOW,
    CONSENT_COUNTER_REQUEST_COOKIE,
    CONSENT_COUNTER_SET_COOKIE_DROPPED,
    CONSENT_COUNTER_SET_COOKIE_CAPPED,
    CONSENT_COUNTER_SET_COOKIE_EXPIRED,
    CONSENT_COUNTER_LINK,
    CONSENT_COUNTER_HIT,
    CONSENT_COUNTER_HIT_REFUSED,
    CONSENT_COUNTER_ADDRESS,
    CONSENT_COUNTER_DIRECT,
    CONSENT_COUNTER_CSP_REPORT,
    CONSENT_COUNTER_POST_REFUSED,
    CONSENT_COUNTER_EVIDENCE_FAILED,
    CONSENT_COUNTERS
} consent_counter_t;

/* Counters of one metric stand side by side and are told apart by a label. */
typedef struct {
    const char  *metric;    /* as in ngx_consent_METRIC_total and in JSON */
    const char  *label;     /* NULL: the metric has one counter */
    const char  *value;
    const char  *help;      /* of the metric; its first counter's */
} consent_counter_name_t;

extern const consent_counter_name_t  consent_counter_names[CONSENT_COUNTERS];

#endif
