#include <string.h>

#include <jansson.h>

#include "csp_wall.h"
#include "url.h"


/* Host and path of a URL pattern as a CSP source (CSP 3, 2.3.1); a pattern for any host adds nothing to the site itself. */

static void
add_pattern(consent_str_t pattern, consent_buf_t *out)
{
    size_t         i;
    consent_str_t  host, path;

    if (consent_str_starts(pattern, CONSENT_STR("//"))) {
        pattern.data += 2;
        pattern.len -= 2;
    }

    for (i = 0; i < pattern.len && pattern.data[i] != '/'; i++) { /* void */ }

    host = (consent_str_t) { pattern.data, i };
    path = (consent_str_t) { pattern.data + i, pattern.len - i };

    if (host.len == 0 || consent_str_eq(host, CONSENT_STR("*"))) {
        return;
    }

    /* A source's path is a prefix only when it ends in "/": the last directory before a wildcard or query. */

    for (i = 0; i < path.len && path.data[i] != '*' && path.data[i] != '?'; i++) { /* void */ }

    while (i > 0 && path.data[i - 1] != '/') {
        i--;
    }

    path.len = i;

    /* Patterns say nothing of ports. */

    consent_buf_addc(out, ' ');
    consent_buf_add(out, host);
    consent_buf_add(out, CONSENT_STR(":*"));
    consent_buf_add(out, path);

    consent_buf_add(out, CONSENT_STR(" *."));
    consent_buf_add(out, host);
    consent_buf_add(out, CONSENT_STR(":*"));
    consent_buf_add(out, path);
}


void
consent_csp_wall(const consent_choices_t *choices, consent_str_t report_uri, consent_buf_t *out)
{
    unsigned                  i, n;
    const consent_entry_t    *entry;
    const consent_policy_t   *policy;

    policy = choices->policy;

    consent_buf_add(out, CONSENT_STR("default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:"));

    for (i = 0; i < policy->nhosts; i++) {
        consent_buf_addc(out, ' ');
        consent_buf_add(out, policy->hosts[i]);
    }

    for (i = 0; i < policy->nentries; i++) {
        entry = &policy->entries[i];

        if (!consent_choices_allow(choices, i)) {
            continue;
        }

        for (n = 0; n < entry->service->nurls; n++) {
            add_pattern(entry->service->urls[n], out);
        }

        /* hosts that a relay stands for are for nginx to speak to, not for browsers */

        for (n = 0; entry->relay.len == 0 && n < entry->nhosts; n++) {
            add_pattern(entry->hosts[n], out);
        }
    }

    if (report_uri.len > 0) {
        consent_buf_add(out, CONSENT_STR("; report-uri "));
        consent_buf_add(out, report_uri);
    }
}


static consent_str_t
string_of(json_t *object, const char *key)
{
    json_t  *value;

    value = json_object_get(object, key);

    return json_is_string(value) ? (consent_str_t) { json_string_value(value), json_string_length(value) }
                                 : (consent_str_t) { NULL, 0 };
}


/* Such as "script-src-elem": whatever else it says ends up in a log. */

static int
is_directive(consent_str_t name)
{
    size_t  i;

    for (i = 0; i < name.len; i++) {
        if ((name.data[i] < 'a' || name.data[i] > 'z') && name.data[i] != '-') {
            return 0;
        }
    }

    return name.len > 0 && name.len < 32;
}


int
consent_csp_report(consent_arena_t *arena, consent_str_t body, consent_str_t *directive, consent_str_t *host)
{
    int                     rc;
    json_t                 *root, *report;
    consent_str_t           blocked;
    consent_url_t           none, url;
    consent_url_scratch_t   scratch;

    root = json_loadb(body.data, body.len, 0, NULL);
    if (root == NULL) {
        return -1;
    }

    report = json_is_array(root) ? json_object_get(json_array_get(root, 0), "body") : json_object_get(root, "csp-report");

    *directive = string_of(report, json_is_array(root) ? "effectiveDirective" : "effective-directive");

    if (directive->len == 0) {
        *directive = string_of(report, "violated-directive");
    }

    blocked = string_of(report, json_is_array(root) ? "blockedURL" : "blocked-uri");

    rc = -1;

    if (blocked.len > 0 && is_directive(*directive)) {
        rc = 1;
        memset(&none, 0, sizeof(none));
        none.scheme = CONSENT_SCHEME_OTHER;

        consent_url_resolve(&none, blocked, &scratch, &url);

        if (url.scheme != CONSENT_SCHEME_OTHER && url.host.len > 0) {
            *directive = consent_strdup(arena, *directive);
            *host = consent_strdup(arena, url.host);

            rc = directive->data != NULL && host->data != NULL ? 0 : -1;
        }
    }

    json_decref(root);

    return rc;
}
