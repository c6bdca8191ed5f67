#include <string.h>

#include "ascii.h"
#include "charref.h"
#include "css.h"
#include "data_url.h"
#include "load.h"
#include "refresh.h"
#include "srcset.h"

typedef struct {
    consent_str_t  name;
    unsigned       carries;
} carrier_t;

#define NAME(literal)  { literal, sizeof(literal) - 1 }

/*
 * By first letter. Lazy loaders' attributes: those of lazysizes, WP Rocket, LiteSpeed, a3, jQuery Lazy, Klaro and their
 * like.
 */

static const carrier_t  carriers[] = {
    { NAME("attributionsrc"), CONSENT_CARRIES_ATTRIBUTION },
    { NAME("background"), CONSENT_CARRIES_BACKGROUND },
    { NAME("by"), CONSENT_CARRIES_ANIMATED },
    { NAME("clip-path"), CONSENT_CARRIES_STYLE },
    { NAME("content"), CONSENT_CARRIES_CONTENT },
    { NAME("cursor"), CONSENT_CARRIES_STYLE },
    { NAME("data"), CONSENT_CARRIES_DATA },
    { NAME("data-src"), CONSENT_CARRIES_LAZY },
    { NAME("data-href"), CONSENT_CARRIES_LAZY },
    { NAME("data-lazy"), CONSENT_CARRIES_LAZY },
    { NAME("data-srcset"), CONSENT_CARRIES_LAZY_SET },
    { NAME("data-lazyload"), CONSENT_CARRIES_LAZY },
    { NAME("data-lazy-src"), CONSENT_CARRIES_LAZY },
    { NAME("data-original"), CONSENT_CARRIES_LAZY },
    { NAME("data-ezsrc"), CONSENT_CARRIES_LAZY },
    { NAME("data-pmdelayedscript"), CONSENT_CARRIES_LAZY },
    { NAME("data-iframe-src"), CONSENT_CARRIES_LAZY },
    { NAME("data-rocket-src"), CONSENT_CARRIES_LAZY },
    { NAME("data-lazy-srcset"), CONSENT_CARRIES_LAZY_SET },
    { NAME("data-litespeed-src"), CONSENT_CARRIES_LAZY },
    { NAME("data-wpmeteor-src"), CONSENT_CARRIES_LAZY },
    { NAME("fill"), CONSENT_CARRIES_STYLE },
    { NAME("filter"), CONSENT_CARRIES_STYLE },
    { NAME("from"), CONSENT_CARRIES_ANIMATED },
    { NAME("href"), CONSENT_CARRIES_HREF },
    { NAME("imagesrcset"), CONSENT_CARRIES_IMAGESRCSET },
    { NAME("marker-end"), CONSENT_CARRIES_STYLE },
    { NAME("marker-mid"), CONSENT_CARRIES_STYLE },
    { NAME("marker-start"), CONSENT_CARRIES_STYLE },
    { NAME("mask"), CONSENT_CARRIES_STYLE },
    { NAME("poster"), CONSENT_CARRIES_POSTER },
    { NAME("src"), CONSENT_CARRIES_SRC },
    { NAME("srcdoc"), CONSENT_CARRIES_SRCDOC },
    { NAME("srcset"), CONSENT_CARRIES_SRCSET },
    { NAME("stroke"), CONSENT_CARRIES_STYLE },
    { NAME("style"), CONSENT_CARRIES_STYLE },
    { NAME("to"), CONSENT_CARRIES_ANIMATED },
    { NAME("value"), CONSENT_CARRIES_VALUE },
    { NAME("values"), CONSENT_CARRIES_ANIMATED },
    { NAME("xlink:href"), CONSENT_CARRIES_HREF }
};

/* Where each letter begins above; 'o' has rules of its own. */

static const unsigned char  first[27] = {
    0, 1, 3, 6, 21, 21, 24, 24, 25, 26, 26, 26, 26, 30, 30, 30, 31, 31, 31, 36, 37, 37, 39, 39, 40, 40, 40
};

/* WHATWG MIME Sniffing, 4.6, and "module"; then what plugins that delay scripts write instead. */

static const consent_str_t  executable_types[] = {
    NAME(""), NAME("text/javascript"), NAME("application/javascript"), NAME("module"),
    NAME("application/ecmascript"), NAME("application/x-ecmascript"), NAME("application/x-javascript"),
    NAME("text/ecmascript"),
    NAME("text/javascript1.0"), NAME("text/javascript1.1"), NAME("text/javascript1.2"), NAME("text/javascript1.3"),
    NAME("text/javascript1.4"), NAME("text/javascript1.5"), NAME("text/jscript"), NAME("text/livescript"),
    NAME("text/x-ecmascript"), NAME("text/x-javascript"),

    NAME("rocketlazyloadscript"), NAME("litespeed/javascript"), NAME("pmdelayedscript"), NAME("javascript/blocked"),
    NAME("text/rocketscript"), NAME("text/psajs")
};

/* Link types that make a browser fetch or connect (WHATWG HTML, 4.6.7), and what browsers add. */

static const consent_str_t  fetching_rels[] = {
    NAME("stylesheet"), NAME("preload"), NAME("modulepreload"), NAME("prefetch"), NAME("prerender"), NAME("preconnect"),
    NAME("dns-prefetch"), NAME("next"), NAME("icon"), NAME("apple-touch-icon"), NAME("apple-touch-icon-precomposed"),
    NAME("apple-touch-startup-image"), NAME("mask-icon"), NAME("fluid-icon"), NAME("manifest"), NAME("import"),
    NAME("compression-dictionary"), NAME("subresource")
};

static const consent_str_t  connecting_rels[] = { NAME("preconnect"), NAME("dns-prefetch") };

/*
 * Beginnings of the names of events that come from what the visitor does (UI Events, Pointer Events, Clipboard; HTML,
 * "Input", "Drag and drop"). Handlers of all others a browser may run by itself.
 */

static const consent_str_t  deeds[] = {
    NAME("onauxclick"), NAME("onbefore"), NAME("onblur"), NAME("oncancel"), NAME("onchange"), NAME("onclick"),
    NAME("oncontextmenu"), NAME("oncopy"), NAME("oncut"), NAME("ondblclick"), NAME("ondrag"), NAME("ondrop"),
    NAME("ongesture"), NAME("oninput"), NAME("oninvalid"), NAME("onkey"), NAME("onmouse"), NAME("onpaste"),
    NAME("onpointer"), NAME("onreset"), NAME("onsearch"), NAME("onselect"), NAME("onsubmit"), NAME("ontouch"),
    NAME("onwheel")
};

/* Parameters by which plugins were told what to load. */

static const consent_str_t  url_params[] = {
    NAME("movie"), NAME("src"), NAME("url"), NAME("data"), NAME("code"), NAME("filename"), NAME("href")
};

#define COUNT(array)  (sizeof(array) / sizeof(array[0]))


static int
is_one_of(consent_str_t word, const consent_str_t *words, size_t n)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        if (consent_str_caseeq(word, words[i])) {
            return 1;
        }
    }

    return 0;
}


static int
is_own_accord(consent_str_t name)
{
    size_t  i;

    if (name.len < 3 || (name.data[1] | 0x20) != 'n') {
        return 0;
    }

    for (i = 0; i < COUNT(deeds); i++) {
        if (name.len >= deeds[i].len && consent_str_caseeq((consent_str_t) { name.data, deeds[i].len }, deeds[i])) {
            return 0;
        }
    }

    return 1;
}


unsigned
consent_carrier(consent_str_t name)
{
    unsigned          letter;
    const carrier_t  *carrier, *end;

    letter = (unsigned char) ((name.data[0] | 0x20) - 'a');

    if (letter >= 26) {
        return 0;
    }

    if (letter == 'o' - 'a') {
        return is_own_accord(name) ? CONSENT_CARRIES_HANDLER : 0;
    }

    end = carriers + first[letter + 1];

    for (carrier = carriers + first[letter]; carrier < end; carrier++) {
        if (consent_str_caseeq(carrier->name, name)) {
            return carrier->carries;
        }
    }

    return 0;
}


int
consent_is_spoofed(consent_str_t name)
{
    return name.len >= 9 && consent_str_caseeq((consent_str_t) { name.data, 9 }, CONSENT_STR("data-ngxc"));
}


consent_str_t
consent_decode(consent_decoded_t *decoded, consent_str_t raw)
{
    size_t  need;

    if (!consent_charref_needed(raw)) {
        return raw;
    }

    need = memchr(raw.data, '\0', raw.len) != NULL ? 3 * raw.len : raw.len;

    if (need > decoded->size) {
        decoded->size = 0;

        if (need < 2048) {
            need = 2048;
        }

        decoded->data = consent_alloc(decoded->arena, 2 * need);

        if (decoded->data == NULL) {
            return (consent_str_t) { NULL, 0 };
        }

        decoded->size = 2 * need;
    }

    return consent_charref_decode(raw, decoded->data, decoded->size);
}


/*
 * Whether any attribute of that name has a value of which accept says yes. Any, because preload scanners do not take
 * the first of several.
 */

static int
any_value(consent_str_t tag, consent_str_t name, int (*accept)(consent_str_t value), consent_decoded_t *decoded)
{
    consent_str_t         value;
    consent_attribute_t   a;
    consent_attributes_t  it;

    consent_attributes_init(&it, tag);

    while (consent_attributes_next(&it, &a)) {
        if (!consent_str_caseeq(a.name, name)) {
            continue;
        }

        value = consent_decode(decoded, a.value);

        if (value.data == NULL || accept(consent_str_trim(value))) {
            return 1;
        }
    }

    return 0;
}


static int
is_executable(consent_str_t type)
{
    return is_one_of(type, executable_types, COUNT(executable_types));
}


static int
is_rules(consent_str_t type)
{
    return consent_str_caseeq(type, CONSENT_STR("speculationrules"));
}


static int
is_import_map(consent_str_t type)
{
    return consent_str_caseeq(type, CONSENT_STR("importmap"));
}


static int
is_image(consent_str_t type)
{
    return consent_str_caseeq(type, CONSENT_STR("image"));
}


static int
is_refresh(consent_str_t directive)
{
    return consent_str_caseeq(directive, CONSENT_STR("refresh"));
}


static int
is_url_param(consent_str_t name)
{
    return is_one_of(name, url_params, COUNT(url_params));
}


static int
has_word(consent_str_t rel, const consent_str_t *words, size_t n)
{
    size_t         i;
    consent_str_t  word;

    for (i = 0; i < rel.len; ) {
        word.data = rel.data + i;

        for (word.len = 0; i < rel.len && (unsigned char) rel.data[i] > 0x20; i++) {
            word.len++;
        }

        if (is_one_of(word, words, n)) {
            return 1;
        }

        i += word.len == 0;
    }

    return 0;
}


static int
has_fetching_rel(consent_str_t rel)
{
    return has_word(rel, fetching_rels, COUNT(fetching_rels));
}


static int
has_connecting_rel(consent_str_t rel)
{
    return has_word(rel, connecting_rels, COUNT(connecting_rels));
}


static consent_script_t
script_kind(consent_ns_t ns, consent_str_t tag, consent_decoded_t *decoded)
{
    if (consent_attribute_find(tag, CONSENT_STR("type")).data != NULL
        && !any_value(tag, CONSENT_STR("type"), is_executable, decoded))
    {
        return any_value(tag, CONSENT_STR("type"), is_rules, decoded) ? CONSENT_SCRIPT_RULES
               : any_value(tag, CONSENT_STR("type"), is_import_map, decoded) ? CONSENT_SCRIPT_MAP
               : CONSENT_SCRIPT_INERT;
    }

    if (ns == CONSENT_NS_SVG) {
        return consent_attribute_find(tag, CONSENT_STR("href")).data != NULL
               || consent_attribute_find(tag, CONSENT_STR("xlink:href")).data != NULL
               ? CONSENT_SCRIPT_EXTERNAL : CONSENT_SCRIPT_INLINE;
    }

    return consent_attribute_find(tag, CONSENT_STR("src")).data != NULL
           ? CONSENT_SCRIPT_EXTERNAL : CONSENT_SCRIPT_INLINE;
}


/* Elements that load only with another attribute's leave. */

static int
is_loading(const consent_element_t *element, consent_str_t tag, consent_decoded_t *decoded)
{
    switch (element->id) {
    case CONSENT_ELEMENT_INPUT:
        return any_value(tag, CONSENT_STR("type"), is_image, decoded);

    case CONSENT_ELEMENT_LINK:
        return any_value(tag, CONSENT_STR("rel"), has_fetching_rel, decoded);

    case CONSENT_ELEMENT_META:
        return any_value(tag, CONSENT_STR("http-equiv"), is_refresh, decoded);

    case CONSENT_ELEMENT_PARAM:
        return any_value(tag, CONSENT_STR("name"), is_url_param, decoded);

    default:
        return 1;
    }
}


/* Where it leads, or what it holds. */

static int
judge_address(const consent_judge_t *judge, const consent_element_t *element, consent_str_t ref,
    consent_blocked_t *blocked)
{
    return consent_judge_url(judge, element->name, ref, blocked)
           || (element->opens && judge->open != NULL && judge->open(judge->reader, element->name, ref, blocked));
}


static void
judge_set(const consent_judge_t *judge, const char *element, consent_str_t set, consent_blocked_t *blocked)
{
    consent_str_t  url;

    while (consent_srcset_next(&set, &url)) {
        consent_judge_url(judge, element, url, blocked);
    }
}


/* Attribution Reporting, "attributionsrc": addresses between white space. */

static void
judge_words(const consent_judge_t *judge, const char *element, consent_str_t words, consent_blocked_t *blocked)
{
    size_t  i, begin;

    for (i = 0; i < words.len; ) {

        while (i < words.len && consent_is_space(words.data[i])) {
            i++;
        }

        for (begin = i; i < words.len && !consent_is_space(words.data[i]); i++) { /* void */ }

        if (i > begin) {
            consent_judge_url(judge, element, (consent_str_t) { words.data + begin, i - begin }, blocked);
        }
    }
}


int
consent_load_reference(const consent_judge_t *judge, consent_str_t raw, consent_blocked_t *blocked)
{
    char           text[CONSENT_CSS_LIMIT];
    consent_str_t  ref;

    ref = consent_css_unescape(raw, text, sizeof(text));

    if (consent_judge_url(judge, "style", ref, blocked)) {
        return 1;
    }

    /* only an imported sheet is shown although it leads nowhere; its end may be missing */

    if (raw.len == CONSENT_CSS_LIMIT && consent_data_url_is_possible(ref)) {
        return consent_judge_unread(judge, blocked);
    }

    return judge->open != NULL && judge->open(judge->reader, "style", ref, blocked);
}


int
consent_load_style(const consent_judge_t *judge, consent_str_t style, int sheet, consent_blocked_t *blocked)
{
    int                   found;
    const char           *p, *end;
    consent_css_t         css;
    consent_css_event_t   event;

    found = 0;
    consent_css_init(&css, sheet);

    for (p = style.data, end = p + style.len; p < end; ) {
        p = consent_css_run(&css, p, end, &event);

        if (event == CONSENT_CSS_REFERENCE || event == CONSENT_CSS_LIMIT_REACHED) {
            found |= consent_load_reference(judge, (consent_str_t) { p - css.held, css.held }, blocked);
        }
    }

    if (consent_css_finish(&css)) {
        found |= consent_load_reference(judge, (consent_str_t) { p - css.held, css.held }, blocked);
    }

    return found;
}


/* One or more values of an animated attribute: an address, or a style that has one. */

static void
judge_animated(const consent_judge_t *judge, const consent_element_t *element, consent_str_t values,
    consent_blocked_t *blocked)
{
    const char     *end;
    consent_str_t   value;

    for ( ; values.len > 0; values.data = end, values.len -= value.len) {
        end = memchr(values.data, ';', values.len);
        end = end ? end + 1 : values.data + values.len;

        value = (consent_str_t) { values.data, (size_t) (end - values.data) };

        if (memchr(value.data, '(', value.len) != NULL) {
            consent_load_style(judge, value, 0, blocked);

        } else {
            consent_judge_url(judge, element->name, value, blocked);
        }
    }
}


void
consent_load_judge(const consent_judge_t *judge, const consent_element_t *element, unsigned carrier,
    consent_str_t value, consent_load_t *load)
{
    switch (carrier) {
    case CONSENT_CARRIES_SRCSET:
    case CONSENT_CARRIES_IMAGESRCSET:
    case CONSENT_CARRIES_LAZY_SET:
        judge_set(judge, element->name, value, &load->blocked);
        break;

    case CONSENT_CARRIES_ATTRIBUTION:
        judge_words(judge, element->name, value, &load->blocked);
        break;

    case CONSENT_CARRIES_CONTENT:
        value = consent_refresh_url(value);

        if (value.len > 0) {
            judge_address(judge, element, value, &load->blocked);
        }

        break;

    case CONSENT_CARRIES_ANIMATED:
        judge_animated(judge, element, value, &load->blocked);
        break;

    case CONSENT_CARRIES_STYLE:
        consent_load_style(judge, value, 0, &load->decoration);
        break;

    case CONSENT_CARRIES_HANDLER:
        consent_judge_inline(judge, value, &load->decoration);
        break;

    case CONSENT_CARRIES_BACKGROUND:
        consent_judge_url(judge, element->name, value, &load->decoration);
        break;

    default:
        if (element->id == CONSENT_ELEMENT_BASE) {
            consent_judge_host(judge, &judge->page, element->name, value, &load->blocked);
            break;
        }

        if (load->connects) {
            consent_judge_host(judge, &judge->base, element->name, value, &load->blocked);
        }

        judge_address(judge, element, value, &load->blocked);
    }
}


void
consent_load_init(consent_load_t *load)
{
    load->blocked.n = 0;
    load->blocked.too_many = 0;
    load->decoration.n = 0;
    load->decoration.too_many = 0;
    load->url = (consent_str_t) { NULL, 0 };
    load->srcdoc = (consent_str_t) { NULL, 0 };
    load->script = CONSENT_SCRIPT_INERT;
    load->connects = 0;
    load->spoofed = 0;
    load->failed = 0;
}


void
consent_load_inspect(const consent_judge_t *judge, const consent_element_t *element, consent_ns_t ns,
    consent_str_t tag, int whole, unsigned carries, consent_decoded_t *decoded, consent_load_t *load)
{
    unsigned               carrier, blocked;
    consent_str_t          value;
    consent_attribute_t    a;
    consent_attributes_t   it;

    consent_load_init(load);

    if (element->id == CONSENT_ELEMENT_SCRIPT) {
        load->script = script_kind(ns, tag, decoded);

        if (whole && load->script != CONSENT_SCRIPT_EXTERNAL && load->script != CONSENT_SCRIPT_INLINE) {
            carries = 0;
        }

    } else if (whole && carries & element->carries && !is_loading(element, tag, decoded)) {
        carries &= ~element->carries;

    } else if (element->id == CONSENT_ELEMENT_LINK) {
        load->connects = !whole || any_value(tag, CONSENT_STR("rel"), has_connecting_rel, decoded);
    }

    consent_attributes_init(&it, tag);

    while (consent_attributes_next(&it, &a)) {
        if (consent_is_spoofed(a.name)) {
            load->spoofed = 1;
            continue;
        }

        carrier = consent_carrier(a.name) & carries;

        /* presentation attributes are svg's (SVG 2, 6.6) */

        if (carrier == CONSENT_CARRIES_STYLE && ns == CONSENT_NS_HTML
            && !consent_str_caseeq(a.name, CONSENT_STR("style")))
        {
            continue;
        }

        if (carrier == 0 || a.value.len == 0) {
            continue;
        }

        if (carrier == CONSENT_CARRIES_SRCDOC) {
            if (load->srcdoc.data == NULL) {
                load->srcdoc = a.value;
            }

            continue;
        }

        value = consent_decode(decoded, a.value);

        if (value.data == NULL) {
            load->failed = 1;
            return;
        }

        blocked = load->blocked.n;
        consent_load_judge(judge, element, carrier, value, load);

        if (load->blocked.n > blocked && load->url.data == NULL) {
            load->url = a.value;
        }
    }

    /* a script that may be waiting for its text is decided as a whole */

    if (element->id == CONSENT_ELEMENT_SCRIPT && load->script != CONSENT_SCRIPT_EXTERNAL) {
        for (blocked = 0; blocked < load->decoration.n; blocked++) {
            consent_blocked_add(&load->blocked, load->decoration.claims[blocked]);
        }

        load->decoration.n = 0;
    }
}
