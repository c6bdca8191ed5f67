/*
 * The second wall: a Content-Security-Policy of our own beside the site's, that lists what a choice allows: the site itself, the
 * services that are necessary or accepted, and nobody else. Browsers enforce every policy they are given, so that it only
 * ever takes away. It also stops what a site's own script builds at run time, which no rewriting sees.
 */

#ifndef CONSENT_CSP_WALL_H
#define CONSENT_CSP_WALL_H

#include "choices.h"

/* report_uri: where browsers report what was stopped; empty: nowhere. */
void consent_csp_wall(const consent_choices_t *choices, consent_str_t report_uri, consent_buf_t *out);

/*
 * Reads a report that anybody may have written (application/csp-report, or an array of application/reports+json). Returns 0 and
 * what was stopped: the directive and the host, copied into the arena; 1 when the report names no host (inline code, a
 * reference that was made neutral); -1 when it is no report. Nothing else of a report is kept: its page may name a visitor.
 */
int consent_csp_report(consent_arena_t *arena, consent_str_t body, consent_str_t *directive, consent_str_t *host);

#endif
