/*
 * By first letter, where first[] leads, and there the most common first. Names of HTML that do nothing special are here
 * because their end tags close foreign content (tree.c).
 */

#include <string.h>

#include "element.h"

/* The columns of the table: name, identity, text mode, carriers, flags. */
#define ELEMENT(name, id, text, carries, ...)                                                                         \
    { name, sizeof(name) - 1, CONSENT_ELEMENT_ ## id, CONSENT_TEXT_ ## text, carries, __VA_ARGS__ }

#define SRC          CONSENT_CARRIES_SRC
#define HREF         CONSENT_CARRIES_HREF
#define SRCSET       CONSENT_CARRIES_SRCSET
#define IMAGESRCSET  CONSENT_CARRIES_IMAGESRCSET
#define DATA_URL     CONSENT_CARRIES_DATA
#define POSTER       CONSENT_CARRIES_POSTER
#define SRCDOC       CONSENT_CARRIES_SRCDOC
#define CONTENT      CONSENT_CARRIES_CONTENT
#define VALUE        CONSENT_CARRIES_VALUE
#define LAZY         CONSENT_CARRIES_LAZY
#define LAZY_SET     CONSENT_CARRIES_LAZY_SET
#define BACKGROUND   CONSENT_CARRIES_BACKGROUND
#define ANIMATED     CONSENT_CARRIES_ANIMATED
#define ATTRIBUTION  CONSENT_CARRIES_ATTRIBUTION

static const consent_element_t  elements[] = {
    ELEMENT("a", A, DATA, 0, .html = 1),
    ELEMENT("abbr", OTHER, DATA, 0, .html = 1),
    ELEMENT("address", OTHER, DATA, 0, .html = 1),
    ELEMENT("animate", OTHER, DATA, ANIMATED, .html = 0),
    ELEMENT("annotation-xml", ANNOTATION_XML, DATA, 0, .html = 0),
    ELEMENT("applet", OTHER, DATA, 0, .html = 1, .settles = 1),
    ELEMENT("area", OTHER, DATA, 0, .html = 1, .is_void = 1, .settles = 1),
    ELEMENT("article", OTHER, DATA, 0, .html = 1),
    ELEMENT("aside", OTHER, DATA, 0, .html = 1),
    ELEMENT("audio", OTHER, DATA, SRC | LAZY, .html = 1),
    ELEMENT("b", OTHER, DATA, 0, .html = 1, .breakout = 1),
    ELEMENT("br", BR, DATA, 0, .html = 1, .is_void = 1, .breakout = 1, .settles = 1),
    ELEMENT("button", OTHER, DATA, 0, .html = 1, .settles = 1),
    ELEMENT("body", BODY, DATA, BACKGROUND, .html = 1, .breakout = 1),
    ELEMENT("base", BASE, DATA, HREF, .html = 1, .is_void = 1, .in_head = 1),
    ELEMENT("basefont", OTHER, DATA, 0, .html = 1, .is_void = 1, .in_head = 1),
    ELEMENT("bgsound", OTHER, DATA, 0, .html = 1, .is_void = 1, .in_head = 1),
    ELEMENT("big", OTHER, DATA, 0, .html = 1, .breakout = 1),
    ELEMENT("blockquote", OTHER, DATA, 0, .html = 1, .breakout = 1),
    ELEMENT("code", OTHER, DATA, 0, .html = 1, .breakout = 1),
    ELEMENT("canvas", OTHER, DATA, 0, .html = 1),
    ELEMENT("caption", OTHER, DATA, 0, .html = 1),
    ELEMENT("center", OTHER, DATA, 0, .html = 1, .breakout = 1),
    ELEMENT("cite", OTHER, DATA, 0, .html = 1),
    ELEMENT("col", COL, DATA, BACKGROUND, .html = 1, .is_void = 1),
    ELEMENT("colgroup", OTHER, DATA, BACKGROUND, .html = 1),
    ELEMENT("div", OTHER, DATA, 0, .html = 1, .breakout = 1),
    ELEMENT("dd", OTHER, DATA, 0, .html = 1, .breakout = 1, .settles = 1),
    ELEMENT("dt", OTHER, DATA, 0, .html = 1, .breakout = 1, .settles = 1),
    ELEMENT("dl", OTHER, DATA, 0, .html = 1, .breakout = 1),
    ELEMENT("del", OTHER, DATA, 0, .html = 1),
    ELEMENT("desc", OTHER, DATA, 0, .html_point = 1),
    ELEMENT("details", OTHER, DATA, 0, .html = 1),
    ELEMENT("dfn", OTHER, DATA, 0, .html = 1),
    ELEMENT("dialog", OTHER, DATA, 0, .html = 1),
    ELEMENT("em", OTHER, DATA, 0, .html = 1, .breakout = 1),
    ELEMENT("embed", OTHER, DATA, SRC | LAZY, .html = 1, .is_void = 1, .breakout = 1, .opens = 1, .settles = 1),
    ELEMENT("figure", OTHER, DATA, 0, .html = 1),
    ELEMENT("feimage", OTHER, DATA, HREF, .html = 0),
    ELEMENT("fieldset", OTHER, DATA, 0, .html = 1),
    ELEMENT("figcaption", OTHER, DATA, 0, .html = 1),
    ELEMENT("font", FONT, DATA, 0, .html = 1),
    ELEMENT("footer", OTHER, DATA, 0, .html = 1),
    ELEMENT("foreignobject", OTHER, DATA, 0, .html_point = 1),
    ELEMENT("form", OTHER, DATA, 0, .html = 1),
    ELEMENT("frame", FRAME, DATA, SRC, .html = 1, .is_void = 1, .opens = 1),
    ELEMENT("frameset", FRAMESET, DATA, 0, .html = 1),
    ELEMENT("h2", OTHER, DATA, 0, .html = 1, .breakout = 1),
    ELEMENT("h3", OTHER, DATA, 0, .html = 1, .breakout = 1),
    ELEMENT("h4", OTHER, DATA, 0, .html = 1, .breakout = 1),
    ELEMENT("h1", OTHER, DATA, 0, .html = 1, .breakout = 1),
    ELEMENT("h5", OTHER, DATA, 0, .html = 1, .breakout = 1),
    ELEMENT("h6", OTHER, DATA, 0, .html = 1, .breakout = 1),
    ELEMENT("head", HEAD, DATA, 0, .html = 1, .breakout = 1),
    ELEMENT("header", OTHER, DATA, 0, .html = 1),
    ELEMENT("hgroup", OTHER, DATA, 0, .html = 1),
    ELEMENT("hr", OTHER, DATA, 0, .html = 1, .is_void = 1, .breakout = 1, .settles = 1),
    ELEMENT("html", HTML, DATA, 0, .html = 1),
    ELEMENT("img", OTHER, DATA, SRC | SRCSET | LAZY | LAZY_SET | ATTRIBUTION, .html = 1, .is_void = 1, .breakout = 1, .settles = 1),
    ELEMENT("i", OTHER, DATA, 0, .html = 1, .breakout = 1),
    ELEMENT("input", INPUT, DATA, SRC, .html = 1, .is_void = 1, .settles = 1),
    ELEMENT("iframe", IFRAME, RAWTEXT, SRC | SRCDOC | LAZY, .html = 1, .opens = 1, .settles = 1),
    ELEMENT("image", OTHER, DATA, SRC | SRCSET | HREF | LAZY | LAZY_SET | ATTRIBUTION, .html = 0, .settles = 1),
    ELEMENT("ins", OTHER, DATA, 0, .html = 1),
    ELEMENT("kbd", OTHER, DATA, 0, .html = 1),
    ELEMENT("keygen", OTHER, DATA, 0, .html = 1, .is_void = 1, .settles = 1),
    ELEMENT("li", OTHER, DATA, 0, .html = 1, .breakout = 1, .settles = 1),
    ELEMENT("link", LINK, DATA, HREF | IMAGESRCSET | LAZY, .html = 1, .is_void = 1, .in_head = 1, .opens = 1),
    ELEMENT("label", OTHER, DATA, 0, .html = 1),
    ELEMENT("legend", OTHER, DATA, 0, .html = 1),
    ELEMENT("listing", OTHER, DATA, 0, .html = 1, .breakout = 1, .settles = 1),
    ELEMENT("meta", META, DATA, CONTENT, .html = 1, .is_void = 1, .breakout = 1, .in_head = 1, .opens = 1),
    ELEMENT("main", OTHER, DATA, 0, .html = 1),
    ELEMENT("malignmark", MALIGNMARK, DATA, 0, .html = 0),
    ELEMENT("map", OTHER, DATA, 0, .html = 1),
    ELEMENT("mark", OTHER, DATA, 0, .html = 1),
    ELEMENT("marquee", OTHER, DATA, 0, .html = 1, .settles = 1),
    ELEMENT("math", MATH, DATA, 0, .html = 0),
    ELEMENT("menu", OTHER, DATA, 0, .html = 1, .breakout = 1),
    ELEMENT("mglyph", MGLYPH, DATA, 0, .html = 0),
    ELEMENT("mi", OTHER, DATA, 0, .text_point = 1),
    ELEMENT("mn", OTHER, DATA, 0, .text_point = 1),
    ELEMENT("mo", OTHER, DATA, 0, .text_point = 1),
    ELEMENT("ms", OTHER, DATA, 0, .text_point = 1),
    ELEMENT("mtext", OTHER, DATA, 0, .text_point = 1),
    ELEMENT("nav", OTHER, DATA, 0, .html = 1),
    ELEMENT("nobr", OTHER, DATA, 0, .html = 1, .breakout = 1),
    ELEMENT("noembed", OTHER, RAWTEXT, 0, .html = 1),
    ELEMENT("noframes", NOFRAMES, RAWTEXT, 0, .html = 1, .in_head = 1),
    ELEMENT("noscript", NOSCRIPT, RAWTEXT, 0, .html = 1, .in_head = 1),
    ELEMENT("option", OTHER, DATA, 0, .html = 1),
    ELEMENT("object", OTHER, DATA, DATA_URL | LAZY, .html = 1, .opens = 1, .settles = 1),
    ELEMENT("ol", OTHER, DATA, 0, .html = 1, .breakout = 1),
    ELEMENT("optgroup", OTHER, DATA, 0, .html = 1),
    ELEMENT("output", OTHER, DATA, 0, .html = 1),
    ELEMENT("p", P, DATA, 0, .html = 1, .breakout = 1),
    ELEMENT("param", PARAM, DATA, VALUE, .html = 1, .is_void = 1),
    ELEMENT("picture", OTHER, DATA, 0, .html = 1),
    ELEMENT("plaintext", OTHER, PLAINTEXT, 0, .html = 1),
    ELEMENT("pre", OTHER, DATA, 0, .html = 1, .breakout = 1, .settles = 1),
    ELEMENT("q", OTHER, DATA, 0, .html = 1),
    ELEMENT("rp", OTHER, DATA, 0, .html = 1),
    ELEMENT("rt", OTHER, DATA, 0, .html = 1),
    ELEMENT("ruby", OTHER, DATA, 0, .html = 1, .breakout = 1),
    ELEMENT("span", OTHER, DATA, 0, .html = 1, .breakout = 1),
    ELEMENT("script", SCRIPT, SCRIPT, SRC | HREF | LAZY | ATTRIBUTION, .in_head = 1, .opens = 1),
    ELEMENT("strong", OTHER, DATA, 0, .html = 1, .breakout = 1),
    ELEMENT("section", OTHER, DATA, 0, .html = 1),
    ELEMENT("svg", SVG, DATA, 0, .html = 0),
    ELEMENT("source", OTHER, DATA, SRC | SRCSET | LAZY | LAZY_SET, .html = 1, .is_void = 1),
    ELEMENT("small", OTHER, DATA, 0, .html = 1, .breakout = 1),
    ELEMENT("sup", OTHER, DATA, 0, .html = 1, .breakout = 1),
    ELEMENT("s", OTHER, DATA, 0, .html = 1, .breakout = 1),
    ELEMENT("samp", OTHER, DATA, 0, .html = 1),
    ELEMENT("set", OTHER, DATA, ANIMATED, .html = 0),
    ELEMENT("select", OTHER, DATA, 0, .html = 1, .settles = 1),
    ELEMENT("strike", OTHER, DATA, 0, .html = 1, .breakout = 1),
    ELEMENT("style", STYLE, RAWTEXT, 0, .in_head = 1),
    ELEMENT("sub", OTHER, DATA, 0, .html = 1, .breakout = 1),
    ELEMENT("summary", OTHER, DATA, 0, .html = 1),
    ELEMENT("td", OTHER, DATA, BACKGROUND, .html = 1),
    ELEMENT("tr", OTHER, DATA, BACKGROUND, .html = 1),
    ELEMENT("time", OTHER, DATA, 0, .html = 1),
    ELEMENT("th", OTHER, DATA, BACKGROUND, .html = 1),
    ELEMENT("table", OTHER, DATA, BACKGROUND, .html = 1, .breakout = 1, .settles = 1),
    ELEMENT("tbody", OTHER, DATA, BACKGROUND, .html = 1),
    ELEMENT("template", TEMPLATE, DATA, 0, .html = 1, .in_head = 1),
    ELEMENT("textarea", OTHER, RCDATA, 0, .html = 1, .settles = 1),
    ELEMENT("tfoot", OTHER, DATA, BACKGROUND, .html = 1),
    ELEMENT("thead", OTHER, DATA, BACKGROUND, .html = 1),
    ELEMENT("title", TITLE, RCDATA, 0, .in_head = 1, .html_point = 1),
    ELEMENT("track", OTHER, DATA, SRC, .html = 1, .is_void = 1),
    ELEMENT("tt", OTHER, DATA, 0, .html = 1, .breakout = 1),
    ELEMENT("ul", OTHER, DATA, 0, .html = 1, .breakout = 1),
    ELEMENT("u", OTHER, DATA, 0, .html = 1, .breakout = 1),
    ELEMENT("use", OTHER, DATA, HREF, .html = 0),
    ELEMENT("var", OTHER, DATA, 0, .html = 1, .breakout = 1),
    ELEMENT("video", OTHER, DATA, SRC | POSTER | LAZY, .html = 1),
    ELEMENT("wbr", OTHER, DATA, 0, .html = 1, .is_void = 1, .settles = 1),
    ELEMENT("xmp", OTHER, RAWTEXT, 0, .html = 1, .settles = 1)
};

static const unsigned char  first[27] = {
    0, 10, 19, 26, 35, 37, 47, 47, 58, 64, 64, 66, 71, 85, 90, 95, 100, 101, 104, 120, 133, 136, 138, 139, 140, 140, 140
};

const unsigned short  consent_element_lengths[32] = {
    ['a' & 31] = 1 << 5 | 1 << 14,
    ['b' & 31] = 1 << 4,
    ['c' & 31] = 1 << 3 | 1 << 8,
    ['e' & 31] = 1 << 5,
    ['f' & 31] = 1 << 5 | 1 << 7 | 1 << 8,
    ['h' & 31] = 1 << 4,
    ['i' & 31] = 1 << 3 | 1 << 5 | 1 << 6,
    ['l' & 31] = 1 << 4,
    ['m' & 31] = 1 << 4 | 1 << 6 | 1 << 10,
    ['n' & 31] = 1 << 7 | 1 << 8,
    ['o' & 31] = 1 << 6,
    ['p' & 31] = 1 << 5 | 1 << 9,
    ['s' & 31] = 1 << 3 | 1 << 5 | 1 << 6,
    ['t' & 31] = 1 << 2 | 1 << 5 | 1 << 8,
    ['u' & 31] = 1 << 3,
    ['v' & 31] = 1 << 5,
    ['x' & 31] = 1 << 3
};

static const consent_element_t  other = { "", 0, CONSENT_ELEMENT_OTHER, CONSENT_TEXT_DATA, 0, .html = 0 };


const consent_element_t *
consent_element_find(const char *name, size_t len)
{
    unsigned                  letter;
    const consent_element_t  *element, *end;

    letter = (unsigned char) (name[0] - 'a');

    if (letter >= 26) {
        return &other;
    }

    end = elements + first[letter + 1];

    for (element = elements + first[letter]; element < end; element++) {
        if (memcmp(element->name, name, CONSENT_NAME_MAX) == 0 && element->len == len) {
            return element;
        }
    }

    return &other;
}
