/*
 * Passes over what concerns nobody: text between tags, end tags, and start tags of elements that neither load anything
 * nor change how text is read. Most of a page is that.
 */

#ifndef CONSENT_ORDINARY_H
#define CONSENT_ORDINARY_H

#include "markup_block.h"

/*
 * p: in text of a document, no tag begun, outside of svg, math and templates. Returns where something is that has to be
 * looked at, or may be, or that is not sure: at its "<", or before, or end. Everything before is text, whole end tags but
 * those of body and html, and whole start tags of elements that do not matter (element.h) and hold neither a style, nor
 * a background where that loads something, nor a name of the gateway's.
 *
 * link: two bytes that links of interest hold, NULL when there are none.
 */
const char *consent_skip_ordinary(const char *p, const char *end, const char *link);

/* The same with a way of looking that is given: what it finds does not depend on that. */
const char *consent_skip_ordinary_by(consent_markup_look_pt look, const char *p, const char *end, const char *link);

#endif
