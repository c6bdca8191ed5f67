/*
 * Headers that have a browser send reports (of errors, of what a policy stopped) to whom they name: with the visitor's address, and the
 * addresses of pages (W3C Reporting API; Network Error Logging; CSP 3, 6.5.1).
 */

#ifndef CONSENT_REPORTING_H
#define CONSENT_REPORTING_H

#include "reference.h"

/* Report-To: JSON. 1 when an endpoint belongs to a service not allowed, or the value is not JSON. */
int consent_report_to_refused(const consent_choices_t *choices, const consent_url_t *page, consent_str_t value);

/* Reporting-Endpoints: a dictionary of strings (RFC 8941). 1 when one of them belongs to a service not allowed. */
int consent_reporting_endpoints_refused(const consent_choices_t *choices, const consent_url_t *page, consent_str_t value);

/*
 * A Content-Security-Policy, or one that only reports, without the addresses in report-uri of services not allowed. Returns 1 and
 * writes the rest to out when there are any, else 0.
 */
int consent_csp_filter_reports(const consent_choices_t *choices, const consent_url_t *page, consent_str_t value,
    consent_buf_t *out);

#endif
