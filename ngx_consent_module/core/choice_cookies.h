/*
 * Cookies by which a service's own script knows the visitor's choice (Matomo's mtm_consent, mtm_consent_removed): set
 * by a choice, readable by scripts. Their value is the day of the choice in milliseconds: equal choices of one day give
 * equal cookies.
 */

#ifndef CONSENT_CHOICE_COOKIES_H
#define CONSENT_CHOICE_COOKIES_H

#include "choices.h"

/*
 * The Set-Cookie values of an answered choice: for each service that was accepted or refused its cookies of that
 * answer, and those of the other expired; where the policy asks for them, or the browser has one of them and would
 * remember another answer. cookie_lines: as sent. max_age: seconds. Each value lives until emit returns.
 */
void consent_choice_cookies(const consent_choices_t *choices, const consent_str_t *cookie_lines, unsigned nlines,
    int64_t max_age, int secure, void (*emit)(void *data, consent_str_t value), void *data);

/* The names of those that the policy asks for, then of those of its bridges, one by one; empty behind the last. */
consent_str_t consent_choice_cookie_name(const consent_policy_t *policy, unsigned i);

#endif
