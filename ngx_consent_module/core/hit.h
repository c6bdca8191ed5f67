/*
 * Hits of an audience measurement, in the form that Matomo's tracking API gives them: a query or form
 * (application/x-www-form-urlencoded), or a body of several, {"requests": ["?…", {"url": …}, …]}.
 *
 * Campaign parameters (utm_source, mtm_campaign, gclid …) tell an advertiser which visit came of which announcement,
 * and void the CNIL's exemption: they can be taken out. Pure string work; what holds none is never rewritten.
 */

#ifndef CONSENT_HIT_H
#define CONSENT_HIT_H

#include "buf.h"

/* Whether a parameter of that name, decoded, tells of a campaign. Upper and lower case alike. */
int consent_hit_is_campaign(consent_str_t name);

/*
 * A URL without campaign parameters in its query and fragment. Returns 1 and writes to out, or 0 when there is nothing
 * to take away.
 */
int consent_hit_strip_url(consent_str_t url, consent_buf_t *out);

/*
 * A hit without them: in the URLs that it reports (url, urlref, link, download, _ref), and as parameters of its own,
 * Matomo's _rcn and _rck among them. form: a query, or a body of either kind. Returns as above; 0 too for JSON that is
 * no list of hits.
 */
int consent_hit_strip(consent_str_t form, consent_buf_t *out);

/* Whether it says itself whose address is to be stored (Matomo's cip). */
int consent_hit_names_address(consent_str_t form);

#endif
