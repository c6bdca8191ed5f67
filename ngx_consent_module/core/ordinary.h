/*
 * Passes over what concerns nobody: text between tags, end tags, and start tags of elements that neither load anything
 * nor change how text is read. Most of a page is that.
 */

#ifndef CONSENT_ORDINARY_H
#define CONSENT_ORDINARY_H

#include "markup_block.h"
#include "scanner.h"

/*
 * For a scanner that stands in text of a document, nothing begun, outside of svg, math and templates. Passes over text,
 * end tags but those of body and html, and start tags of elements that do not matter (element.h) and hold neither a
 * style, nor a background where that loads something, nor a name of the gateway's, nor the scanner's pair.
 *
 * Returns where a tag of another kind ends, that tag reported with CONSENT_SCAN_TAG as consent_scanner_run would; or,
 * with CONSENT_SCAN_MORE, where consent_scanner_run has to go on, because something begins there that is no plain tag,
 * or may not be, or the input ends soon.
 */
const char *consent_skip_ordinary(consent_scanner_t *scanner, const char *p, const char *end, consent_scan_t *event);

/* The same with a way of looking that is given: what it finds does not depend on that. */
const char *consent_skip_ordinary_by(consent_markup_look_pt look, consent_scanner_t *scanner, const char *p,
    const char *end, consent_scan_t *event);

#endif
