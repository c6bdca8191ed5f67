#include <string.h>

#include "attributes.h"
#include "charref.h"
#include "css.h"
#include "neutral.h"

#define NAME(literal)  { literal, sizeof(literal) - 1 }

static const consent_str_t  harmless[] = {
    NAME("id"), NAME("class"), NAME("width"), NAME("height"), NAME("title"), NAME("alt"), NAME("lang"), NAME("dir")
};


void
consent_sink_put(const consent_sink_t *sink, consent_str_t s)
{
    if (s.len > 0) {
        sink->put(sink->data, s.data, s.len);
    }
}


void
consent_sink_put_escaped(const consent_sink_t *sink, consent_str_t s)
{
    size_t         i, from;
    consent_str_t  escape;

    for (i = 0, from = 0; i < s.len; i++) {
        switch (s.data[i]) {
        case '&':
            escape = CONSENT_STR("&amp;");
            break;
        case '"':
            escape = CONSENT_STR("&quot;");
            break;
        case '<':
            escape = CONSENT_STR("&lt;");
            break;
        case '>':
            escape = CONSENT_STR("&gt;");
            break;
        case '\r':
            escape = CONSENT_STR("&#13;");
            break;
        default:
            continue;
        }

        consent_sink_put(sink, (consent_str_t) { s.data + from, i - from });
        consent_sink_put(sink, escape);
        from = i + 1;
    }

    consent_sink_put(sink, (consent_str_t) { s.data + from, s.len - from });
}


static void
put_ids(const consent_sink_t *sink, const consent_blocked_t *blocked)
{
    unsigned  i, n;

    for (i = 0, n = 0; i < blocked->n; i++) {
        if (blocked->claims[i].service != NULL) {
            consent_sink_put(sink, n++ ? CONSENT_STR(" ") : CONSENT_STR(""));
            consent_sink_put(sink, blocked->claims[i].service->id);
        }
    }
}


/* Whether the ids say all that must be allowed: with a host among them that nobody claims they would not. */

static int
is_nameable(const consent_blocked_t *blocked)
{
    unsigned  i;

    if (blocked->too_many) {
        return 0;
    }

    for (i = 0; i < blocked->n; i++) {
        if (blocked->claims[i].service == NULL && blocked->n > 1) {
            return 0;
        }
    }

    return 1;
}


void
consent_neutral_begin(const consent_sink_t *sink, consent_str_t tag, const consent_blocked_t *blocked, int whole)
{
    consent_attributes_t  it;

    consent_attributes_init(&it, tag);

    consent_sink_put(sink, (consent_str_t) { tag.data, (size_t) (it.p - tag.data) });
    consent_sink_put(sink, CONSENT_STR(" data-ngxc=\""));

    if (!is_nameable(blocked)) {
        consent_sink_put(sink, CONSENT_STR("\""));
        return;
    }

    put_ids(sink, blocked);
    consent_sink_put(sink, CONSENT_STR("\""));

    if (whole) {
        consent_sink_put(sink, CONSENT_STR(" data-ngxc-tag=\""));
        consent_sink_put_escaped(sink, tag);
        consent_sink_put(sink, CONSENT_STR("\""));
    }
}


static int
is_harmless(const consent_attribute_t *a)
{
    size_t  i;

    for (i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++) {
        if (consent_str_caseeq(a->name, harmless[i])) {
            return 1;
        }
    }

    if (consent_str_caseeq(a->name, CONSENT_STR("style"))) {

        /* a style loads something only with a parenthesis: no need to know what */

        return memchr(a->value.data, '(', a->value.len) == NULL && memchr(a->value.data, '&', a->value.len) == NULL;
    }

    return a->name.len > 5 && consent_str_caseeq((consent_str_t) { a->name.data, 5 }, CONSENT_STR("aria-"));
}


void
consent_neutral_harmless(const consent_sink_t *sink, consent_str_t tag)
{
    consent_attribute_t   a;
    consent_attributes_t  it;

    consent_attributes_init(&it, tag);

    while (consent_attributes_next(&it, &a)) {
        if (a.complete && is_harmless(&a)) {
            consent_sink_put(sink, CONSENT_STR(" "));
            consent_sink_put(sink, a.whole);
        }
    }
}


/* width="0", "1", "0px" … */

static int
is_invisible(consent_str_t tag, consent_str_t dimension)
{
    consent_str_t  value;

    value = consent_attribute_find(tag, dimension);

    if (value.data == NULL) {
        return 0;
    }

    value = consent_str_trim(value);

    return value.len > 0 && (value.data[0] == '0' || value.data[0] == '1')
           && (value.len == 1 || (value.data[1] | 0x20) == 'p');
}


static void
put_percent(const consent_sink_t *sink, consent_str_t s)
{
    char               code[3];
    size_t             i;
    unsigned char      c;
    static const char  digits[] = "0123456789ABCDEF";

    for (i = 0; i < s.len; i++) {
        c = (unsigned char) s.data[i];

        if ((unsigned char) ((c | 0x20) - 'a') < 26 || (unsigned char) (c - '0') < 10
            || c == '-' || c == '.' || c == '_' || c == '~')
        {
            consent_sink_put(sink, (consent_str_t) { s.data + i, 1 });
            continue;
        }

        code[0] = '%';
        code[1] = digits[c >> 4];
        code[2] = digits[c & 0x0f];

        consent_sink_put(sink, (consent_str_t) { code, 3 });
    }
}


/* An address as the page's reader would copy it: absolute, or else made so as far as matching knows it. */

static void
put_address(const consent_sink_t *sink, const consent_url_t *url, consent_str_t ref)
{
    if (consent_str_starts(ref, CONSENT_STR("https://")) || consent_str_starts(ref, CONSENT_STR("http://"))
        || consent_str_starts(ref, CONSENT_STR("//")))
    {
        put_percent(sink, ref);
        return;
    }

    put_percent(sink, url->scheme == CONSENT_SCHEME_HTTP ? CONSENT_STR("http://") : CONSENT_STR("https://"));
    put_percent(sink, url->host);
    put_percent(sink, url->path);
    put_percent(sink, url->query);
}


void
consent_neutral_placeholder(const consent_sink_t *sink, consent_str_t tag, consent_str_t endpoint,
    const consent_blocked_t *blocked, const consent_url_t *base, consent_str_t url)
{
    char                   text[CONSENT_URL_MAX];
    consent_str_t          ref, title;
    consent_url_t          resolved;
    consent_url_scratch_t  scratch;

    if (blocked->n == 0 || blocked->claims[0].index < 0
        || is_invisible(tag, CONSENT_STR("width")) || is_invisible(tag, CONSENT_STR("height")))
    {
        return;
    }

    consent_sink_put(sink, CONSENT_STR(" src=\""));
    consent_sink_put_escaped(sink, endpoint);
    consent_sink_put(sink, CONSENT_STR("embed/"));
    consent_sink_put(sink, blocked->claims[0].service->id);

    ref = CONSENT_STR("");

    if (url.len > 0 && url.len <= CONSENT_URL_MAX) {
        ref = consent_str_trim(consent_charref_decode(url, text, sizeof(text)));
        consent_url_resolve(base, ref, &scratch, &resolved);
    }

    if (ref.len > 0 && resolved.scheme != CONSENT_SCHEME_OTHER) {
        consent_sink_put(sink, CONSENT_STR("?u="));
        put_address(sink, &resolved, ref);

        title = consent_attribute_find(tag, CONSENT_STR("title"));

        if (title.len > 0 && title.len <= 512) {
            consent_sink_put(sink, CONSENT_STR("&amp;t="));
            put_percent(sink, consent_charref_decode(title, text, sizeof(text)));
        }
    }

    consent_sink_put(sink, CONSENT_STR("\""));
}


void
consent_neutral_reference(const consent_sink_t *sink, const consent_blocked_t *blocked)
{
    consent_sink_put(sink, CONSENT_STR("about:invalid#ngxc-"));

    if (blocked->n > 0 && blocked->claims[0].service != NULL) {
        consent_sink_put(sink, blocked->claims[0].service->id);
    }
}


int
consent_neutral_restore(consent_str_t tag, consent_buf_t *original)
{
    size_t         i, j, from;
    consent_str_t  value;

    static const struct {
        consent_str_t  escape;
        char           c;
    } escapes[] = {
        { NAME("&amp;"), '&' }, { NAME("&quot;"), '"' }, { NAME("&lt;"), '<' }, { NAME("&gt;"), '>' },
        { NAME("&#13;"), '\r' }
    };

    value = consent_attribute_find(tag, CONSENT_STR("data-ngxc-tag"));

    if (value.data == NULL) {
        return 0;
    }

    for (i = 0, from = 0; i < value.len; ) {
        if (value.data[i] != '&') {
            i++;
            continue;
        }

        if (i > from) {
            consent_buf_add(original, (consent_str_t) { value.data + from, i - from });
        }

        for (j = 0; j < sizeof(escapes) / sizeof(escapes[0]); j++) {
            if (consent_str_starts((consent_str_t) { value.data + i, value.len - i }, escapes[j].escape)) {
                break;
            }
        }

        if (j == sizeof(escapes) / sizeof(escapes[0])) {
            return 0;
        }

        consent_buf_addc(original, escapes[j].c);
        i += escapes[j].escape.len;
        from = i;
    }

    if (i > from) {
        consent_buf_add(original, (consent_str_t) { value.data + from, i - from });
    }

    return 1;
}
