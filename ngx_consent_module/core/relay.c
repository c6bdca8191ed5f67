#include <string.h>

#include "relay.h"

/* RFC 1035, 2.3.4, as text */
#define HOST_MAX  253


const consent_entry_t *
consent_relay_at(const consent_policy_t *policy, consent_str_t path)
{
    unsigned                i;
    const consent_entry_t  *entry;

    for (i = 0; policy->relays > 0 && i < policy->nentries; i++) {
        entry = &policy->entries[i];

        if (entry->relay.len > 0 && consent_str_starts(path, entry->relay)) {
            return entry;
        }
    }

    return NULL;
}


static int
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}


static int
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}


/* s begins with a host, in any case, and what follows is none of its letters. */

static int
begins_with_host(consent_str_t s, consent_str_t host)
{
    if (s.len < host.len || !consent_str_caseeq((consent_str_t) { s.data, host.len }, host)) {
        return 0;
    }

    s.data += host.len;
    s.len -= host.len;

    if (s.len > 1 && s.data[0] == '.') {
        s.data++;
        s.len--;
    }

    return s.len == 0 || !(is_letter(s.data[0]) || s.data[0] == '-');
}


/* Behind "http:", "https:" or nothing, and "//"; NULL when that is not how it begins. */

static const char *
skip_scheme(consent_str_t s)
{
    size_t         i;
    consent_str_t  begin;

    static const consent_str_t  schemes[] = { CONSENT_STR("//"), CONSENT_STR("https://"), CONSENT_STR("http://") };

    for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        begin = (consent_str_t) { s.data, schemes[i].len };

        if (s.len >= schemes[i].len && consent_str_caseeq(begin, schemes[i])) {
            return s.data + schemes[i].len;
        }
    }

    return NULL;
}


size_t
consent_relay_prefix(const consent_entry_t *entry, consent_str_t reference)
{
    unsigned       i;
    const char    *p;
    consent_str_t  rest;

    p = skip_scheme(reference);

    if (p == NULL) {
        return 0;
    }

    rest = (consent_str_t) { p, reference.len - (size_t) (p - reference.data) };

    for (i = 0; i < entry->nhosts; i++) {
        if (rest.len > entry->hosts[i].len && rest.data[entry->hosts[i].len] == '/'
            && begins_with_host(rest, entry->hosts[i]))
        {
            return (size_t) (p - reference.data) + entry->hosts[i].len + 1;
        }
    }

    return 0;
}


/* What stands before an opening quote assigns to "u": blanks, one "=", blanks, and a name that is no longer than that. */

static int
is_assigned(consent_str_t text, size_t quote)
{
    size_t  i = quote;

    while (i > 0 && is_blank(text.data[i - 1])) {
        i--;
    }

    if (i == 0 || text.data[--i] != '=') {
        return 0;
    }

    while (i > 0 && is_blank(text.data[i - 1])) {
        i--;
    }

    if (i == 0 || text.data[--i] != 'u') {
        return 0;
    }

    return i == 0 || !(is_letter(text.data[i - 1]) || memchr("_$.", text.data[i - 1], 3) != NULL);
}


/* A string ends on its line, and nothing in it is escaped. */

static int
ends(consent_str_t text, size_t at, char quote)
{
    for ( /* void */ ; at < text.len; at++) {
        if (text.data[at] == quote) {
            return 1;
        }

        if (text.data[at] == '\\' || text.data[at] == '\n' || text.data[at] == '\r') {
            return 0;
        }
    }

    return 0;
}


static const char *
find_slashes(const char *p, const char *end)
{
    for ( /* void */ ; (p = memchr(p, '/', (size_t) (end - p))) != NULL; p++) {
        if (end - p > 1 && p[1] == '/') {
            return p;
        }
    }

    return NULL;
}


int
consent_relay_literal(consent_str_t text, size_t at, consent_span_t *whole, consent_span_t *host)
{
    char         quote;
    size_t       i, from;
    const char  *slashes;

    for (i = at; i < text.len; i = from + 2) {
        slashes = find_slashes(text.data + i, text.data + text.len);

        if (slashes == NULL) {
            return 0;
        }

        from = (size_t) (slashes - text.data);
        host->from = from + 2;

        for (host->to = host->from; host->to < text.len; host->to++) {
            if (!is_letter(text.data[host->to]) && text.data[host->to] != '-' && text.data[host->to] != '.') {
                break;
            }
        }

        whole->from = from;
        whole->to = host->to + 1;

        if (from >= 6 && consent_str_caseeq((consent_str_t) { text.data + from - 6, 6 }, CONSENT_STR("https:"))) {
            whole->from = from - 6;

        } else if (from >= 5 && consent_str_caseeq((consent_str_t) { text.data + from - 5, 5 }, CONSENT_STR("http:"))) {
            whole->from = from - 5;
        }

        if (whole->from <= at || host->to == host->from || host->to - host->from > HOST_MAX || host->to == text.len
            || text.data[host->to] != '/')
        {
            continue;
        }

        quote = text.data[whole->from - 1];

        if ((quote == '"' || quote == '\'') && is_assigned(text, whole->from - 1) && ends(text, whole->to, quote)) {
            return 1;
        }
    }

    return 0;
}


int
consent_relay_mention(const consent_entry_t *entry, consent_str_t text, size_t at, consent_span_t *host)
{
    char      before;
    size_t    i;
    unsigned  k;

    for (i = at; i < text.len; i++) {
        before = i > 0 ? text.data[i - 1] : ' ';

        if (is_letter(before) || before == '-' || before == '_' || before == '@' || !is_letter(text.data[i])) {
            continue;
        }

        for (k = 0; k < entry->nhosts; k++) {
            if (begins_with_host((consent_str_t) { text.data + i, text.len - i }, entry->hosts[k])) {
                *host = (consent_span_t) { i, i + entry->hosts[k].len };
                return 1;
            }
        }
    }

    return 0;
}


consent_str_t
consent_relay_line(consent_str_t text, const consent_span_t *place)
{
    size_t  from, to;

    for (from = place->from; from > 0 && text.data[from - 1] != '\n' && text.data[from - 1] != '\r'; from--) {
        if (place->from - from == CONSENT_RELAY_LINE / 2) {
            break;
        }
    }

    for (to = place->to; to < text.len && text.data[to] != '\n' && text.data[to] != '\r'; to++) {
        if (to - from >= CONSENT_RELAY_LINE) {
            break;
        }
    }

    if (to - from > CONSENT_RELAY_LINE) {
        to = from + CONSENT_RELAY_LINE;
    }

    return consent_str_trim((consent_str_t) { text.data + from, to - from });
}
