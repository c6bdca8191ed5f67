/*
 * As much of tree construction (WHATWG HTML, 13.2.6) as decides how the tokenizer goes on: text modes, foreign content,
 * templates, framesets. No tree is built; only inside svg and math the open elements are kept, and of them a bounded
 * number.
 */

#ifndef CONSENT_TREE_H
#define CONSENT_TREE_H

#include <stdint.h>

#include "element.h"
#include "str.h"

#define CONSENT_TREE_DEPTH  64

typedef enum {
    CONSENT_NS_HTML,
    CONSENT_NS_SVG,
    CONSENT_NS_MATHML
} consent_ns_t;

typedef struct {
    uint32_t       name;        /* hash */
    unsigned char  ns;
    unsigned char  html_point;  /* what it holds is HTML, up to its end tag */
    unsigned char  text_point;
} consent_open_element_t;

typedef struct {
    unsigned                  depth;        /* open elements from the outermost svg or math on */
    unsigned                  beyond;       /* of them those that found no room, taken for ones of the innermost's kind */
    unsigned                  templates;    /* open template elements */
    unsigned                  column;       /* the value of templates where "in column group" began, or 0 */
    unsigned                  scripting:1;  /* noscript is raw text */
    unsigned                  xml:1;        /* set by the caller: nothing is HTML, and no element has a text mode */
    unsigned                  frameset:1;   /* a frameset was accepted: hardly anything counts any more */
    unsigned                  fresh:1;      /* in a template that had nothing yet but what belongs into a head */

    consent_open_element_t    open[CONSENT_TREE_DEPTH];
} consent_tree_t;

void consent_tree_init(consent_tree_t *tree, int scripting);

/*
 * A start tag: its name is that of scanner, tag its bytes. Returns the namespace that its element has, and says in
 * *mode how its content is read. frameset_ok: a frameset would be accepted here.
 */
consent_ns_t consent_tree_start(consent_tree_t *tree, const consent_element_t *element,
    const consent_scanner_t *scanner, consent_str_t tag, int frameset_ok, consent_text_mode_t *mode);

void consent_tree_end(consent_tree_t *tree, const consent_element_t *element, const consent_scanner_t *scanner);

/* Whether the adjusted current node is outside of the HTML namespace: what a scanner's cdata wants to know. */
static inline int
consent_tree_foreign(const consent_tree_t *tree)
{
    return tree->xml || (tree->depth > 0 && tree->open[tree->depth - 1].ns != CONSENT_NS_HTML);
}

#endif
