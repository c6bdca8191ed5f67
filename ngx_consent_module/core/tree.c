/*
 * Outside of svg and math nothing is kept, so it is not known which HTML elements are open. Two rules of the standard
 * depend on that and are replaced here by what pages in the wild need: an HTML end tag inside svg or math that has no
 * start tag there closes the svg or math (an unclosed <svg> ends with the <div> around it), and inside an integration
 * point HTML elements are closed by their own end tags only. Both err towards HTML, where more elements have text modes
 * and more is looked at.
 */

#include <string.h>

#include "attributes.h"
#include "charref.h"
#include "tree.h"

/* Stands for its hash. */
#define ANNOTATION_XML  0


static uint32_t
hash_name(const consent_scanner_t *scanner)
{
    unsigned  i;
    uint32_t  hash;

    hash = 2166136261u;     /* FNV-1a */

    for (i = 0; i < scanner->name_len; i++) {
        hash = (hash ^ (unsigned char) scanner->name[i]) * 16777619u;
    }

    return hash;
}


void
consent_tree_init(consent_tree_t *tree, int scripting)
{
    tree->depth = 0;
    tree->beyond = 0;
    tree->templates = 0;
    tree->column = 0;
    tree->scripting = scripting != 0;
    tree->xml = 0;
    tree->frameset = 0;
    tree->fresh = 0;
}


static void
push(consent_tree_t *tree, uint32_t name, consent_ns_t ns, int html_point, int text_point)
{
    consent_open_element_t  *open;

    if (tree->depth == CONSENT_TREE_DEPTH) {
        tree->beyond++;
        return;
    }

    open = &tree->open[tree->depth++];

    open->name = name;
    open->ns = (unsigned char) ns;
    open->html_point = (unsigned char) html_point;
    open->text_point = (unsigned char) text_point;
}


/* "Pop until the current node is an integration point or in the HTML namespace" (13.2.6.5). */

static void
leave_foreign(consent_tree_t *tree)
{
    const consent_open_element_t  *top;

    tree->beyond = 0;

    while (tree->depth > 0) {
        top = &tree->open[tree->depth - 1];

        if (top->ns == CONSENT_NS_HTML || top->html_point || top->text_point) {
            return;
        }

        tree->depth--;
    }
}


/* <font> breaks out only with one of these (13.2.6.5). */

static int
is_breakout(const consent_element_t *element, consent_str_t tag)
{
    if (element->id != CONSENT_ELEMENT_FONT) {
        return element->breakout;
    }

    return consent_attribute_find(tag, CONSENT_STR("color")).data != NULL
           || consent_attribute_find(tag, CONSENT_STR("face")).data != NULL
           || consent_attribute_find(tag, CONSENT_STR("size")).data != NULL;
}


/* An annotation-xml that holds HTML (13.2.6.5, "HTML integration point"). */

static int
holds_html(consent_str_t tag)
{
    char           text[64];
    consent_str_t  value;

    value = consent_attribute_find(tag, CONSENT_STR("encoding"));

    if (value.data == NULL) {
        return 0;
    }

    value = consent_charref_decode(value, text, sizeof(text));

    return consent_str_caseeq(value, CONSENT_STR("text/html"))
           || consent_str_caseeq(value, CONSENT_STR("application/xhtml+xml"));
}


/* Whether a start tag is treated as in HTML content although elements of svg or math are open (13.2.6). */

static int
is_html_content(const consent_tree_t *tree, const consent_element_t *element)
{
    const consent_open_element_t  *top;

    if (tree->depth == 0) {
        return 1;
    }

    if (tree->beyond > 0) {
        return 0;
    }

    top = &tree->open[tree->depth - 1];

    if (top->ns == CONSENT_NS_HTML || top->html_point) {
        return 1;
    }

    if (top->text_point) {
        return element->id != CONSENT_ELEMENT_MGLYPH && element->id != CONSENT_ELEMENT_MALIGNMARK;
    }

    /* an annotation-xml that is no integration point still lets svg in */

    return top->ns == CONSENT_NS_MATHML && element->id == CONSENT_ELEMENT_SVG && top->name == ANNOTATION_XML;
}


static consent_ns_t
start_foreign(consent_tree_t *tree, const consent_element_t *element, const consent_scanner_t *scanner,
    consent_str_t tag)
{
    consent_ns_t  ns;

    ns = (consent_ns_t) tree->open[tree->depth - 1].ns;

    if (scanner->self_closing) {
        return ns;
    }

    if (ns == CONSENT_NS_SVG) {
        push(tree, hash_name(scanner), ns, element->html_point, 0);

    } else if (element->id == CONSENT_ELEMENT_ANNOTATION_XML) {
        push(tree, ANNOTATION_XML, ns, holds_html(tag), 0);

    } else {
        push(tree, hash_name(scanner), ns, 0, element->text_point);
    }

    return ns;
}


/* What a template's content is read as depends on its first element (13.2.6.4.22). */

static void
start_in_template(consent_tree_t *tree, const consent_element_t *element)
{
    if (element->id == CONSENT_ELEMENT_COL) {
        tree->column = tree->templates;
    }

    if (!element->in_head) {
        tree->fresh = 0;
    }
}


static consent_text_mode_t
text_mode(const consent_tree_t *tree, const consent_element_t *element)
{
    if (tree->frameset && element->id != CONSENT_ELEMENT_NOFRAMES) {
        return CONSENT_TEXT_DATA;
    }

    if (element->id == CONSENT_ELEMENT_NOSCRIPT && !tree->scripting) {
        return CONSENT_TEXT_DATA;
    }

    return (consent_text_mode_t) element->text;
}


consent_ns_t
consent_tree_start(consent_tree_t *tree, const consent_element_t *element, const consent_scanner_t *scanner,
    consent_str_t tag, int frameset_ok, consent_text_mode_t *mode)
{
    consent_ns_t  ns;

    *mode = CONSENT_TEXT_DATA;

    if (tree->xml) {
        if (!scanner->self_closing) {
            push(tree, hash_name(scanner), CONSENT_NS_SVG, 0, 0);
        }

        return CONSENT_NS_SVG;
    }

    if (!is_html_content(tree, element)) {
        if (!is_breakout(element, tag)) {
            return start_foreign(tree, element, scanner, tag);
        }

        leave_foreign(tree);
    }

    if (tree->fresh) {
        start_in_template(tree, element);
    }

    if (element->id == CONSENT_ELEMENT_TEMPLATE) {
        tree->templates++;
        tree->fresh = 1;

        return CONSENT_NS_HTML;
    }

    if (tree->column > 0 && tree->column == tree->templates) {
        return CONSENT_NS_HTML;         /* "in column group" ignores every start tag but col and template */
    }

    if (element->id == CONSENT_ELEMENT_FRAMESET && frameset_ok) {
        tree->frameset = 1;
    }

    if (element->id == CONSENT_ELEMENT_SVG || element->id == CONSENT_ELEMENT_MATH) {
        ns = element->id == CONSENT_ELEMENT_SVG ? CONSENT_NS_SVG : CONSENT_NS_MATHML;

        if (!scanner->self_closing) {
            push(tree, hash_name(scanner), ns, 0, 0);
        }

        return ns;
    }

    *mode = text_mode(tree, element);

    /* raw text cannot hold elements: its end tag is the next token */

    if (tree->depth > 0 && !element->is_void && *mode == CONSENT_TEXT_DATA) {
        push(tree, hash_name(scanner), CONSENT_NS_HTML, 0, 0);
    }

    return CONSENT_NS_HTML;
}


/*
 * An end tag inside svg or math (13.2.6.5), or inside HTML at an integration point. Returns 1 when it closed one of svg
 * or math.
 */

static int
end_in_stack(consent_tree_t *tree, const consent_element_t *element, const consent_scanner_t *scanner)
{
    int                            foreign, point;
    uint32_t                       name;
    unsigned                       i;
    const consent_open_element_t  *open;

    if (tree->beyond > 0 && !element->html) {
        tree->beyond--;
        return 1;
    }

    foreign = consent_tree_foreign(tree);

    if (foreign && !tree->xml && (element->id == CONSENT_ELEMENT_P || element->id == CONSENT_ELEMENT_BR)) {
        leave_foreign(tree);
        return 0;
    }

    name = element->id == CONSENT_ELEMENT_ANNOTATION_XML ? ANNOTATION_XML : hash_name(scanner);
    point = 0;

    for (i = tree->depth; i > 0; i--) {
        open = &tree->open[i - 1];

        /* an element of HTML never closes one of svg or math around it, nor do their end tags close one of HTML */

        if (open->ns != CONSENT_NS_HTML && !foreign) {
            return 0;
        }

        if (open->ns == CONSENT_NS_HTML && foreign && !element->html) {
            return 0;
        }

        if (open->name == name) {
            tree->depth = i - 1;
            tree->beyond = 0;
            return open->ns != CONSENT_NS_HTML;
        }

        point |= open->html_point | open->text_point;
    }

    if (foreign && element->html && !point) {
        tree->depth = 0;
        tree->beyond = 0;
    }

    return 0;
}


void
consent_tree_end(consent_tree_t *tree, const consent_element_t *element, const consent_scanner_t *scanner)
{
    if (tree->depth > 0 && end_in_stack(tree, element, scanner)) {
        return;
    }

    if (element->id == CONSENT_ELEMENT_TEMPLATE && tree->templates > 0) {
        if (tree->column == tree->templates) {
            tree->column = 0;
        }

        tree->templates--;
        tree->fresh = 0;
    }
}
