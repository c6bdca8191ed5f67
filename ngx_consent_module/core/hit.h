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
 * Matomo's _rcn and _rck among them. form: a body of either kind. Returns as above; 0 too for JSON that is
 * no list of hits, and -1 for what begins like JSON and cannot be read: who reads it otherwise may find hits in it.
 */
int consent_hit_strip(consent_str_t form, consent_buf_t *out);

/* Whether it says itself whose address is to be stored (Matomo's cip): 1 or 0, and -1 as above. */
int consent_hit_names_address(consent_str_t form);

/* The same of a query, which is never JSON, whatever it begins with: 1 or 0. */
int consent_hit_strip_query(consent_str_t query, consent_buf_t *out);
int consent_hit_query_names_address(consent_str_t query);

/*
 * Whether a body of that media type is of one of the two kinds, which goes for every type but multipart/…: PHP reads
 * parameters from multipart/form-data, too, and no tracker sends it.
 */
int consent_hit_is_form(consent_str_t media_type);

#endif
