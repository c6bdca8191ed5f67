#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "ascii.h"
#include "reporting.h"


/* Groups joined with commas: {"group": "a", "max_age": 60, "endpoints": [{"url": "https://…"}]}. */

int
consent_report_to_refused(const consent_choices_t *choices, const consent_url_t *page, consent_str_t value)
{
    int          refused;
    char        *list;
    size_t       i, n;
    json_t      *groups, *group, *endpoint;
    const char  *url;

    list = malloc(value.len + 2);
    if (list == NULL) {
        return 1;
    }

    list[0] = '[';
    memcpy(list + 1, value.data, value.len);
    list[value.len + 1] = ']';

    groups = json_loadb(list, value.len + 2, 0, NULL);
    free(list);

    refused = groups == NULL;

    json_array_foreach(groups, i, group) {
        json_array_foreach(json_object_get(group, "endpoints"), n, endpoint) {
            url = json_string_value(json_object_get(endpoint, "url"));

            if (url != NULL && consent_reference_refused(choices, page, consent_str(url), NULL)) {
                refused = 1;
            }
        }
    }

    json_decref(groups);

    return refused;
}


/* A backslash in a string stands before a quote or another one, of which addresses have none. */

int
consent_reporting_endpoints_refused(const consent_choices_t *choices, const consent_url_t *page, consent_str_t value)
{
    const char  *p, *end, *quote;

    p = value.data;
    end = p + value.len;

    while (p < end && (p = memchr(p, '"', (size_t) (end - p))) != NULL) {
        p++;

        quote = memchr(p, '"', (size_t) (end - p));
        quote = quote != NULL ? quote : end;

        if (consent_reference_refused(choices, page, (consent_str_t) { p, (size_t) (quote - p) }, NULL)) {
            return 1;
        }

        p = quote + 1;
    }

    return 0;
}


/* The next word before a ";" or ",", which itself is a word; empty at the end. Spaces before it are eaten. */

static consent_str_t
next_word(const char **p, const char *end)
{
    const char  *begin;

    while (*p < end && consent_is_space(**p)) {
        (*p)++;
    }

    begin = *p;

    if (begin < end && (*begin == ';' || *begin == ',')) {
        (*p)++;
        return (consent_str_t) { begin, 1 };
    }

    while (*p < end && !consent_is_space(**p) && **p != ';' && **p != ',') {
        (*p)++;
    }

    return (consent_str_t) { begin, (size_t) (*p - begin) };
}


int
consent_csp_filter_reports(const consent_choices_t *choices, const consent_url_t *page, consent_str_t value,
    consent_buf_t *out)
{
    int            first, reports, removed;
    const char    *p, *end, *kept;
    consent_str_t  word;

    p = value.data;
    end = p + value.len;
    kept = p;

    first = 1;
    reports = 0;
    removed = 0;

    for (word = next_word(&p, end); word.len > 0; word = next_word(&p, end)) {

        if (word.data[0] == ';' || word.data[0] == ',') {
            first = 1;
            continue;
        }

        if (first) {
            first = 0;
            reports = consent_str_caseeq(word, CONSENT_STR("report-uri"));
            continue;
        }

        if (reports && consent_reference_refused(choices, page, word, NULL)) {
            consent_buf_add(out, (consent_str_t) { kept, (size_t) (word.data - kept) });
            kept = p;
            removed = 1;
        }
    }

    if (removed) {
        consent_buf_add(out, (consent_str_t) { kept, (size_t) (end - kept) });
    }

    return removed;
}
