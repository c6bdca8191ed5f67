/*
 * Names are read as PHP reads them: percent-decoded, without leading spaces, "." and " " taken for "_". Whoever adds a
 * spelling that PHP knows and this does not would have a way around.
 */

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "ascii.h"
#include "hit.h"

/* Longer than any name that is looked for; of a longer one the beginning decides. */
#define NAME_MAX_LEN  32

static const consent_str_t  campaign_prefixes[] = {
    CONSENT_STR("utm_"),        /* Google Analytics and all others */
    CONSENT_STR("mtm_"),        /* Matomo */
    CONSENT_STR("matomo_"),
    CONSENT_STR("pk_"),
    CONSENT_STR("piwik_"),
    CONSENT_STR("at_"),         /* Piano */
    CONSENT_STR("hsa_"),        /* HubSpot */
    CONSENT_STR("mc_")          /* Mailchimp */
};

static const consent_str_t  campaign_names[] = {
    CONSENT_STR("gclid"),       /* Google Ads */
    CONSENT_STR("gclsrc"),
    CONSENT_STR("gbraid"),
    CONSENT_STR("wbraid"),
    CONSENT_STR("gad_source"),
    CONSENT_STR("gad_campaignid"),
    CONSENT_STR("dclid"),
    CONSENT_STR("fbclid"),      /* Meta */
    CONSENT_STR("igshid"),
    CONSENT_STR("msclkid"),     /* Microsoft */
    CONSENT_STR("twclid"),      /* X */
    CONSENT_STR("ttclid"),      /* TikTok */
    CONSENT_STR("li_fat_id"),   /* LinkedIn */
    CONSENT_STR("yclid"),       /* Yandex */
    CONSENT_STR("epik"),        /* Pinterest */
    CONSENT_STR("sccid")        /* Snapchat */
};

static const consent_str_t  url_names[] = {
    CONSENT_STR("url"),
    CONSENT_STR("urlref"),
    CONSENT_STR("link"),
    CONSENT_STR("download"),
    CONSENT_STR("_ref")
};


/* The byte at *i, decoded, which moves past it. */

static char
decode_at(consent_str_t s, size_t *i)
{
    char  c;
    int   high, low;

    c = s.data[(*i)++];

    if (c == '+') {
        return ' ';
    }

    if (c == '%' && *i + 2 <= s.len) {
        high = consent_hex_digit(s.data[*i]);
        low = consent_hex_digit(s.data[*i + 1]);

        if (high >= 0 && low >= 0) {
            *i += 2;
            return (char) (high * 16 + low);
        }
    }

    return c;
}


/* A name as PHP reads it, in lower case. */

static consent_str_t
read_name(consent_str_t encoded, char name[NAME_MAX_LEN])
{
    char    c;
    size_t  i, n;

    n = 0;

    for (i = 0; i < encoded.len && n < NAME_MAX_LEN; /* void */) {
        c = decode_at(encoded, &i);

        if (n == 0 && c == ' ') {
            continue;
        }

        if (c == '\0' || c == '[') {
            break;
        }

        if (c == ' ' || c == '.') {
            c = '_';
        }

        name[n++] = c >= 'A' && c <= 'Z' ? (char) (c + 'a' - 'A') : c;
    }

    return (consent_str_t) { name, n };
}


static int
is_one_of(consent_str_t name, const consent_str_t *names, size_t n)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        if (consent_str_eq(name, names[i])) {
            return 1;
        }
    }

    return 0;
}


int
consent_hit_is_campaign(consent_str_t encoded)
{
    char           lower[NAME_MAX_LEN];
    size_t         i;
    consent_str_t  name;

    name = read_name(encoded, lower);

    for (i = 0; i < sizeof(campaign_prefixes) / sizeof(campaign_prefixes[0]); i++) {
        if (consent_str_starts(name, campaign_prefixes[i])) {
            return 1;
        }
    }

    return is_one_of(name, campaign_names, sizeof(campaign_names) / sizeof(campaign_names[0]));
}


static int
is_url(consent_str_t encoded)
{
    char  lower[NAME_MAX_LEN];

    return is_one_of(read_name(encoded, lower), url_names, sizeof(url_names) / sizeof(url_names[0]));
}


/* A parameter of the hit itself that goes. */

static int
is_dropped(consent_str_t encoded)
{
    char           lower[NAME_MAX_LEN];
    consent_str_t  name;

    name = read_name(encoded, lower);

    return consent_str_eq(name, CONSENT_STR("_rcn")) || consent_str_eq(name, CONSENT_STR("_rck"))
           || consent_hit_is_campaign(encoded);
}


/* Cuts a pair off; *name is its encoded name, *value what follows "=", with data NULL when there is none. */

static int
next_pair(consent_str_t *rest, consent_str_t *pair, consent_str_t *name, consent_str_t *value)
{
    char    *p;
    size_t   len;

    if (rest->len == 0) {
        return 0;
    }

    p = memchr(rest->data, '&', rest->len);
    len = p != NULL ? (size_t) (p - rest->data) : rest->len;

    *pair = (consent_str_t) { rest->data, len };

    len += p != NULL;
    rest->data += len;
    rest->len -= len;

    p = pair->len > 0 ? memchr(pair->data, '=', pair->len) : NULL;

    *name = *pair;
    *value = (consent_str_t) { NULL, 0 };

    if (p != NULL) {
        name->len = (size_t) (p - pair->data);
        *value = (consent_str_t) { p + 1, pair->len - name->len - 1 };
    }

    return 1;
}


/* "&amp;" in a URL is what a page wrote that escaped twice; Matomo takes it for "&". */

static consent_str_t
without_amp(consent_str_t name)
{
    if (consent_str_starts(name, CONSENT_STR("amp;"))) {
        name.data += 4;
        name.len -= 4;
    }

    return name;
}


/* Copies the pairs that stay; returns how many went. */

static unsigned
strip_pairs(consent_str_t pairs, consent_buf_t *out)
{
    size_t         kept;
    unsigned       gone;
    consent_str_t  pair, name, value;

    gone = 0;
    kept = 0;

    while (next_pair(&pairs, &pair, &name, &value)) {
        if (consent_hit_is_campaign(without_amp(name))) {
            gone++;
            continue;
        }

        if (kept++ > 0) {
            consent_buf_addc(out, '&');
        }

        consent_buf_add(out, pair);
    }

    return gone;
}


/* A part of a URL and the "?" or "#" that it begins with. */

static unsigned
strip_part(consent_str_t part, consent_buf_t *out)
{
    if (part.len == 0) {
        return 0;
    }

    consent_buf_addc(out, part.data[0]);

    return strip_pairs((consent_str_t) { part.data + 1, part.len - 1 }, out);
}


/* A mark goes with the last of what it stood before. */

static void
drop_mark(consent_buf_t *out, size_t from, char mark)
{
    if (out->len == from + 1 && out->data[from] == mark) {
        out->len = from;
    }
}


static consent_str_t
cut_at(consent_str_t *s, char mark)
{
    char           *p;
    consent_str_t   rest = { NULL, 0 };

    p = s->len > 0 ? memchr(s->data, mark, s->len) : NULL;

    if (p != NULL) {
        rest = (consent_str_t) { p, s->len - (size_t) (p - s->data) };
        s->len -= rest.len;
    }

    return rest;
}


int
consent_hit_strip_url(consent_str_t url, consent_buf_t *out)
{
    size_t         before, from, inner_from;
    unsigned       gone;
    consent_str_t  fragment, query, inner;

    before = out->len;

    fragment = cut_at(&url, '#');
    query = cut_at(&url, '?');

    consent_buf_add(out, url);

    from = out->len;
    gone = strip_part(query, out);
    drop_mark(out, from, '?');

    /* "#/page?utm_source=…", as applications of one page have it */

    inner = cut_at(&fragment, '?');

    from = out->len;
    gone += strip_part(fragment, out);

    inner_from = out->len;
    gone += strip_part(inner, out);
    drop_mark(out, inner_from, '?');
    drop_mark(out, from, '#');

    if (gone == 0 || out->failed) {
        out->len = before;
        return 0;
    }

    return 1;
}


/* An encoded URL; returns 0 when it stays as it is. */

static int
strip_encoded_url(consent_str_t encoded, consent_buf_t *out)
{
    char           *text;
    size_t          i, n;
    consent_buf_t   url;

    text = consent_alloc(out->arena, encoded.len + 1);
    if (text == NULL) {
        out->failed = 1;
        return 0;
    }

    n = 0;

    for (i = 0; i < encoded.len; /* void */) {
        text[n++] = decode_at(encoded, &i);
    }

    consent_buf_init(&url, out->arena);

    if (!consent_hit_strip_url((consent_str_t) { text, n }, &url)) {
        out->failed |= url.failed;
        return 0;
    }

    consent_buf_add_uri_component(out, consent_buf_str(&url));

    return 1;
}


int
consent_hit_strip_query(consent_str_t form, consent_buf_t *out)
{
    int            changed, first;
    size_t         before;
    consent_str_t  pair, name, value;

    before = out->len;
    changed = 0;
    first = 1;

    if (form.len > 0 && form.data[0] == '?') {
        consent_buf_addc(out, '?');
        form.data++;
        form.len--;
    }

    while (next_pair(&form, &pair, &name, &value)) {
        if (is_dropped(name)) {
            changed = 1;
            continue;
        }

        if (!first) {
            consent_buf_addc(out, '&');
        }

        first = 0;

        if (value.len == 0 || !is_url(name)) {
            consent_buf_add(out, pair);
            continue;
        }

        consent_buf_add(out, (consent_str_t) { name.data, name.len + 1 });

        if (strip_encoded_url(value, out)) {
            changed = 1;

        } else {
            consent_buf_add(out, value);
        }
    }

    if (!changed) {
        out->len = before;
    }

    return changed;
}


static int
strip_string(json_t *array, json_t *object, size_t index, const char *key, json_t *value, consent_arena_t *arena)
{
    int            changed;
    json_t        *stripped;
    consent_buf_t  buf;
    consent_str_t  text = { json_string_value(value), json_string_length(value) };

    consent_buf_init(&buf, arena);

    changed = array != NULL ? consent_hit_strip_query(text, &buf) : consent_hit_strip_url(text, &buf);

    if (!changed) {
        return buf.failed ? -1 : 0;
    }

    text = consent_buf_str(&buf);
    stripped = json_stringn(text.data, text.len);

    if (array != NULL) {
        return json_array_set_new(array, index, stripped) == 0 ? 1 : -1;
    }

    return json_object_set_new(object, key, stripped) == 0 ? 1 : -1;
}


/* A hit that is an object: its members are the parameters. */

static int
strip_object(json_t *hit, consent_arena_t *arena)
{
    int             rc, changed;
    void           *next;
    json_t         *value;
    const char     *key;
    consent_str_t   name;

    changed = 0;

    for (void *i = json_object_iter(hit); i != NULL; i = next) {
        key = json_object_iter_key(i);
        value = json_object_iter_value(i);
        next = json_object_iter_next(hit, i);
        name = consent_str(key);

        if (is_dropped(name)) {
            json_object_del(hit, key);
            changed = 1;

        } else if (json_is_string(value) && is_url(name)) {
            rc = strip_string(NULL, hit, 0, key, value, arena);

            if (rc < 0) {
                return -1;
            }

            changed |= rc;
        }
    }

    return changed;
}


/*
 * The hits of a body that begins like JSON; NULL when there are none. The document is the caller's to free, and NULL when
 * it is no JSON.
 */

static json_t *
read_bulk(consent_str_t body, json_t **document)
{
    json_t  *requests;

    *document = json_loadb(body.data, body.len, 0, NULL);
    requests = json_object_get(*document, "requests");

    return json_is_array(requests) ? requests : NULL;
}


static int
is_json(consent_str_t body)
{
    body = consent_str_trim(body);

    return body.len > 0 && (body.data[0] == '{' || body.data[0] == '[');
}


static int
strip_bulk(consent_str_t body, consent_buf_t *out)
{
    int      rc, changed;
    char    *dump;
    json_t  *document, *requests, *hit;
    size_t   i;

    requests = read_bulk(body, &document);
    changed = 0;
    rc = 0;

    if (document == NULL) {
        return -1;
    }

    for (i = 0; rc >= 0 && i < json_array_size(requests); i++) {
        hit = json_array_get(requests, i);

        if (json_is_string(hit)) {
            rc = strip_string(requests, NULL, i, NULL, hit, out->arena);

        } else {
            rc = json_is_object(hit) ? strip_object(hit, out->arena) : 0;
        }

        changed |= rc;
    }

    dump = rc >= 0 && changed ? json_dumps(document, JSON_COMPACT) : NULL;
    json_decref(document);

    if (rc < 0 || (changed && dump == NULL)) {
        out->failed = 1;
        return 0;
    }

    if (dump == NULL) {
        return 0;
    }

    consent_buf_add(out, consent_str(dump));
    free(dump);

    return 1;
}


int
consent_hit_strip(consent_str_t form, consent_buf_t *out)
{
    return is_json(form) ? strip_bulk(form, out) : consent_hit_strip_query(form, out);
}


int
consent_hit_query_names_address(consent_str_t form)
{
    char           lower[NAME_MAX_LEN];
    consent_str_t  pair, name, value;

    if (form.len > 0 && form.data[0] == '?') {
        form.data++;
        form.len--;
    }

    while (next_pair(&form, &pair, &name, &value)) {
        if (consent_str_eq(read_name(name, lower), CONSENT_STR("cip"))) {
            return 1;
        }
    }

    return 0;
}


int
consent_hit_names_address(consent_str_t form)
{
    int          found;
    json_t      *document, *requests, *hit;
    size_t       i;

    if (!is_json(form)) {
        return consent_hit_query_names_address(form);
    }

    requests = read_bulk(form, &document);
    found = document == NULL ? -1 : 0;

    for (i = 0; !found && i < json_array_size(requests); i++) {
        hit = json_array_get(requests, i);

        found = json_is_object(hit) ? json_object_get(hit, "cip") != NULL
                : json_is_string(hit)
                  && consent_hit_query_names_address((consent_str_t) { json_string_value(hit), json_string_length(hit) });
    }

    json_decref(document);

    return found;
}


int
consent_hit_is_form(consent_str_t media_type)
{
    consent_str_t  prefix = CONSENT_STR("multipart/");

    media_type = consent_str_trim(media_type);

    return media_type.len < prefix.len
           || !consent_str_caseeq((consent_str_t) { media_type.data, prefix.len }, prefix);
}
