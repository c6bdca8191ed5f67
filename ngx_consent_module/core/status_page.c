/*
 * The page for people. Charts are SVG drawn here, in numbers that the tables beside them repeat; colours are told apart
 * by lightness as well.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "day.h"
#include "status.h"

#define MAX_ROWS      200       /* hosts in the table; the others are asked for by name */

#define CHART_WIDTH   744       /* 31 days of 24 units */
#define CHART_HEIGHT  180
#define DAY_WIDTH     24
#define BAR_WIDTH     400


static const char  style[] =
    "body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:76rem;padding:1rem;color:#1b1b1b;background:#fff}"
    "h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2rem}"
    "table{border-collapse:collapse;width:100%;font-size:.9rem}"
    "th,td{text-align:left;padding:.25rem .5rem;border-bottom:1px solid #ccc;overflow-wrap:anywhere;vertical-align:top}"
    "thead th{vertical-align:bottom}tbody th{font-weight:normal}"
    "td.n{text-align:right;font-variant-numeric:tabular-nums;overflow-wrap:normal}th.n{text-align:right}"
    ".wide{overflow-x:auto}.wide thead th{overflow-wrap:normal}.wide tbody th{min-width:11rem}"
    "@media(max-width:40rem){.bar{display:none}}"
    "svg{width:100%;height:auto;font:12px system-ui,sans-serif}.b{display:block;height:4px;transform:scaleX(-1)}"
    ".a{fill:#1a7f5a}.s{fill:#d9a400}.r{fill:#34447a}.axis{stroke:#767676}"
    "pre{background:#f4f4f4;padding:1rem;overflow:auto}"
    "@media(prefers-color-scheme:dark){body{color:#eee;background:#1b1b1b}a{color:#9cf}svg "
    "text{fill:#eee}pre{background:#2a2a2a}"
    ".a{fill:#4fc79a}.s{fill:#f0c840}.r{fill:#8fa3e8}}";


static uint64_t
largest_day(const consent_status_host_t *host)
{
    unsigned  i;
    uint64_t  max, sum;

    max = 0;

    for (i = 0; i < host->ndays; i++) {
        sum = host->days[i].accepted + host->days[i].some + host->days[i].refused;

        if (sum > max) {
            max = sum;
        }
    }

    return max;
}


/* One part of a day's bar, standing on *y; returns with *y at its top. */

static void
add_part(const char *class, const char *what, const char *when, unsigned x, uint64_t n, uint64_t max, double *y,
    consent_buf_t *out)
{
    double  height;

    if (n == 0) {
        return;
    }

    height = (double) n * (CHART_HEIGHT - 20) / (double) max;
    *y -= height;

    consent_buf_addf(out, "<rect class=\"%s\" x=\"%u\" y=\"%.1f\" width=\"%u\" height=\"%.1f\"><title>%s: "
                          "%" PRIu64 " %s</title></rect>",
                     class, x, *y, DAY_WIDTH - 4, height, when, n, what);
}


static void
add_days(const consent_status_host_t *host, int64_t now, consent_buf_t *out)
{
    char                         when[CONSENT_DAY_SIZE];
    double                       y;
    unsigned                     i, x;
    uint32_t                     today, day;
    uint64_t                     max;
    const consent_status_day_t  *counts;

    consent_buf_add(out, CONSENT_STR("<h2>Decisions by day</h2>"));

    max = largest_day(host);

    if (max == 0) {
        consent_buf_add(out, CONSENT_STR("<p>None in the last 31 days.</p>"));
        return;
    }

    today = (uint32_t) (now / 86400);

    consent_buf_addf(out, "<svg viewBox=\"0 0 %u %u\" role=\"img\" aria-label=\"Decisions of the last 31 days: "
                          "everything accepted, some services, everything refused; the same numbers are in the table "
                          "below\">",
                     CHART_WIDTH, CHART_HEIGHT + 40);

    consent_buf_addf(out, "<text x=\"0\" y=\"12\">%" PRIu64 "</text><path class=\"axis\" d=\"M0 "
                          "%uH%u\"/>", max, CHART_HEIGHT, CHART_WIDTH);

    for (i = 0; i < host->ndays; i++) {
        counts = &host->days[i];
        day = counts->day;

        if (day > today || today - day >= CONSENT_STATUS_DAYS) {
            continue;
        }

        consent_day_print(day, when);
        x = (CONSENT_STATUS_DAYS - 1 - (today - day)) * DAY_WIDTH + 2;
        y = CHART_HEIGHT;

        add_part("a", "accepted everything", when, x, counts->accepted, max, &y, out);
        add_part("s", "chose some", when, x, counts->some, max, &y, out);
        add_part("r", "refused everything", when, x, counts->refused, max, &y, out);
    }

    consent_day_print(today - (CONSENT_STATUS_DAYS - 1), when);
    consent_buf_addf(out, "<text x=\"0\" y=\"%u\">%s</text>", CHART_HEIGHT + 16, when);

    consent_day_print(today, when);
    consent_buf_addf(out, "<text x=\"%u\" y=\"%u\" text-anchor=\"end\">%s"
                          "</text>", CHART_WIDTH, CHART_HEIGHT + 16, when);

    consent_buf_addf(out, "<g transform=\"translate(200 %u)\"><rect class=\"a\" y=\"-10\" width=\"10\" height=\"10\"/>"
                     "<text x=\"14\">accepted everything</text><rect class=\"s\" x=\"150\" y=\"-10\" width=\"10\" "
                     "height=\"10\"/>"
                     "<text x=\"164\">chose some</text><rect class=\"r\" x=\"260\" y=\"-10\" width=\"10\" "
                     "height=\"10\"/>"
                     "<text x=\"274\">refused everything</text></g></svg>", CHART_HEIGHT + 34);

    consent_buf_add(out, CONSENT_STR("<details><summary>The numbers</summary><table><thead><tr><th>Day<th class=n>accepted "
                                     "everything"
                                     "<th class=n>chose some<th class=n>refused everything</tr></thead><tbody>"));

    for (i = 0; i < host->ndays; i++) {
        counts = &host->days[i];
        consent_day_print(counts->day, when);

        consent_buf_addf(out, "<tr><th scope=row>%s<td class=n>%" PRIu64 "<td class=n>%" PRIu64 "<td class=n>%" PRIu64 "</tr>",
                         when, counts->accepted, counts->some, counts->refused);
    }

    consent_buf_add(out, CONSENT_STR("</tbody></table></details>"));
}


static void
add_services(const consent_status_host_t *host, consent_buf_t *out)
{
    double                           x, width;
    unsigned                         i;
    uint64_t                         sum;
    const consent_status_service_t  *service;

    consent_buf_add(out, CONSENT_STR("<h2>Answers by service</h2>"));

    if (host->nservices == 0) {
        consent_buf_add(out, CONSENT_STR("<p>None yet.</p>"));
        return;
    }

    consent_buf_add(out, CONSENT_STR("<div class=wide tabindex=0 role=region aria-label=\"Answers by service\"><table>"
                                     "<thead><tr><th>Service<th class=bar>Share that is accepted, taken back, refused"
                                     "<th class=n>accepted<th class=n>of all<th class=n>withdrawn<th class=n>refused"
                                     "</tr></thead><tbody>"));

    for (i = 0; i < host->nservices; i++) {
        service = &host->services[i];
        sum = service->accepted + service->refused + service->withdrawn;

        consent_buf_add(out, CONSENT_STR("<tr><th scope=row>"));
        consent_buf_add_html(out, service->id);

        x = sum > 0 ? (double) service->accepted * BAR_WIDTH / (double) sum : 0;
        width = sum > 0 ? (double) service->withdrawn * BAR_WIDTH / (double) sum : 0;

        consent_buf_addf(out, "<td class=bar><svg viewBox=\"0 0 %u 16\" aria-hidden=\"true\">"
                         "<rect class=\"a\" width=\"%.1f\" height=\"16\"/><rect class=\"s\" x=\"%.1f\" "
                         "width=\"%.1f\" height=\"16\"/>"
                         "<rect class=\"r\" x=\"%.1f\" width=\"%.1f\" height=\"16\"/></svg>",
                         BAR_WIDTH, x, x, width, x + width, BAR_WIDTH - x - width);

        consent_buf_addf(out, "<td class=n>%" PRIu64 "<td class=n>%.0f&nbsp;%%<td class=n>%" PRIu64
                              "<td class=n>%" PRIu64 "</tr>",
                         service->accepted, x * 100 / BAR_WIDTH, service->withdrawn, service->refused);
    }

    consent_buf_add(out, CONSENT_STR("</tbody></table></div>"));
}


static void
add_counters(const consent_status_host_t *host, consent_buf_t *out)
{
    unsigned                       i, n;
    const consent_counter_name_t  *name;

    consent_buf_add(out, CONSENT_STR("<h2>What the gateway did</h2><table><tbody>"));

    for (i = 0; i < CONSENT_COUNTERS; i++) {
        name = &consent_counter_names[i];

        consent_buf_add(out, CONSENT_STR("<tr>"));

        if (name->help != NULL) {
            for (n = 1; i + n < CONSENT_COUNTERS && name[n].help == NULL; n++) { /* void */ }

            consent_buf_addf(out, "<th scope=rowgroup rowspan=%u>%s", n, name->help);
        }

        consent_buf_addf(out, "<td>%s<td class=n>%" PRIu64 "</tr>", name->value != NULL ? name->value : "",
                         host->counters[i]);
    }

    consent_buf_add(out, CONSENT_STR("</tbody></table>"));
}


/* Hosts that a relay should stand for; error.log has the lines of the pages. */

static void
add_direct(const consent_status_host_t *host, consent_buf_t *out)
{
    int                            entry;
    unsigned                       i;
    const consent_status_found_t  *found;

    for (i = 0; i < host->nfound; i++) {
        found = &host->found[i];
        entry = host->policy != NULL && consent_str_eq(found->kind, CONSENT_STR("direct"))
                ? consent_policy_find(host->policy, found->service) : -1;

        if (entry < 0) {
            continue;
        }

        consent_buf_add(out, CONSENT_STR("<p><strong>Browsers call <b>"));
        consent_buf_add_html(out, found->name);
        consent_buf_add(out, CONSENT_STR("</b> themselves, as on "));
        consent_buf_add_html(out, found->path);
        consent_buf_add(out, CONSENT_STR(", and it sees their whole address</strong>: write <code>"));
        consent_buf_add_html(out, host->policy->entries[entry].relay);
        consent_buf_add(out, CONSENT_STR("</code> in place of <code>//"));
        consent_buf_add_html(out, found->name);
        consent_buf_add(out, CONSENT_STR("/</code> there. The error log has the line.</p>"));
    }
}


static void
add_found(const consent_status_host_t *host, consent_buf_t *out)
{
    char                           first[CONSENT_DAY_SIZE], last[CONSENT_DAY_SIZE];
    unsigned                       i;
    consent_buf_t                  proposal;
    const consent_status_found_t  *found;

    consent_buf_add(out, CONSENT_STR("<h2>What its pages load and set</h2>"));

    if (host->nfound == 0) {
        consent_buf_add(out, CONSENT_STR("<p>Nothing of a third party yet.</p>"));
        return;
    }

    consent_buf_add(out, CONSENT_STR("<div class=wide tabindex=0 role=region aria-label=\"What its pages load and set\">"
                                     "<table><thead><tr><th>What<th>Kind<th>Service<th>First<th>Last"
                                     "<th class=n>Times<th>For example on</tr></thead><tbody>"));

    for (i = 0; i < host->nfound; i++) {
        found = &host->found[i];

        consent_day_print(found->first, first);
        consent_day_print(found->last, last);

        consent_buf_add(out, CONSENT_STR("<tr><th scope=row>"));
        consent_buf_add_html(out, found->name.len > 0 ? found->name : CONSENT_STR("(this site)"));
        consent_buf_add(out, CONSENT_STR("<td>"));
        consent_buf_add_html(out, found->kind);
        consent_buf_add(out, CONSENT_STR("<td>"));
        consent_buf_add_html(out, found->service.len > 0 ? found->service : CONSENT_STR("unknown"));
        consent_buf_addf(out, "<td>%s<td>%s<td class=n>%" PRIu64 "<td>", first, last, found->count);
        consent_buf_add_html(out, found->path);
        consent_buf_add(out, CONSENT_STR("</tr>"));
    }

    consent_buf_add(out, CONSENT_STR("</tbody></table></div>"));
    add_direct(host, out);

    if (host->found_lost > 0) {
        consent_buf_addf(out, "<p>More was found than is kept: %" PRIu64 " times.</p>", host->found_lost);
    }

    if (host->policy == NULL) {
        return;
    }

    consent_buf_init(&proposal, out->arena);
    consent_status_proposal(host, &proposal);

    consent_buf_add(out, CONSENT_STR("<h2>A policy for it</h2><p>Names and descriptions of services that the "
                                     "catalogue does not "
                                     "have are still to be written; <code>nginx -t</code> checks the rest.</p><pre "
                                     "tabindex=0>"));
    consent_buf_add_html(out, consent_buf_str(&proposal));
    consent_buf_add(out, CONSENT_STR("</pre>"));

    out->failed |= proposal.failed;
}


/* What the table of hosts shows of each: sums of counters that stand side by side. */

static const struct {
    const char         *name;
    consent_counter_t   first;
    consent_counter_t   last;
} columns[] = {
    { "pages",                  CONSENT_COUNTER_PAGE_REWRITTEN,     CONSENT_COUNTER_PAGE_UNREAD },
    { "quarantined",            CONSENT_COUNTER_PAGE_QUARANTINED,   CONSENT_COUNTER_PAGE_REPLACED },
    { "tags",                   CONSENT_COUNTER_NEUTRALISED,        CONSENT_COUNTER_OVERFLOW },
    { "cookies",                CONSENT_COUNTER_REQUEST_COOKIE,     CONSENT_COUNTER_SET_COOKIE_EXPIRED },
    { "hits closed",            CONSENT_COUNTER_HIT,                CONSENT_COUNTER_HIT },
    { "addresses masked",       CONSENT_COUNTER_ADDRESS,            CONSENT_COUNTER_ADDRESS },
    { "accepted everything",    CONSENT_COUNTER_ACCEPT_ALL,         CONSENT_COUNTER_ACCEPT_ALL },
    { "chose some",             CONSENT_COUNTER_SAVE,               CONSENT_COUNTER_SAVE },
    { "refused everything",     CONSENT_COUNTER_REFUSE_ALL,         CONSENT_COUNTER_REFUSE_ALL },
    { "unrecorded",             CONSENT_COUNTER_EVIDENCE_FAILED,    CONSENT_COUNTER_EVIDENCE_FAILED },
};

#define COLUMNS  (sizeof(columns) / sizeof(columns[0]))


static uint64_t
column(const consent_status_host_t *host, unsigned n)
{
    uint64_t  sum;
    unsigned  i;

    sum = 0;

    for (i = columns[n].first; i <= columns[n].last; i++) {
        sum += host->counters[i];
    }

    return sum;
}


static int
busier_first(const void *a, const void *b)
{
    uint64_t  one, two;

    one = column(*(const consent_status_host_t *const *) a, 0);
    two = column(*(const consent_status_host_t *const *) b, 0);

    return (one < two) - (one > two);
}


/* Where names are counted that nobody knows. */

static int
is_other(const consent_status_host_t *host)
{
    return consent_str_eq(host->host, CONSENT_STR("_"));
}


static int
is_silent(const consent_status_host_t *host)
{
    unsigned  i;

    for (i = 0; i < CONSENT_COUNTERS && host->counters[i] == 0; i++) { /* void */ }

    return i == CONSENT_COUNTERS;
}


static void
add_host(const consent_status_host_t *host, const uint64_t *largest, consent_buf_t *out)
{
    unsigned  n;
    uint64_t  value;

    consent_buf_add(out, CONSENT_STR("<tr><th scope=row><a href=\"?host="));
    consent_buf_add_uri_component(out, host->host);
    consent_buf_add(out, CONSENT_STR("\">"));
    consent_buf_add_html(out, is_other(host) ? CONSENT_STR("other names") : host->host);
    consent_buf_add(out, CONSENT_STR("</a>"));

    for (n = 0; n < COLUMNS; n++) {
        value = column(host, n);

        consent_buf_addf(out, "<td class=n>%" PRIu64, value);

        if (value > 0) {
            consent_buf_addf(out, "<svg class=b viewBox=\"0 0 100 4\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
                                  "<rect class=\"r\" width=\"%.1f\" height=\"4\"/></svg>",
                             (double) value * 100 / (double) largest[n]);
        }
    }

    consent_buf_add(out, CONSENT_STR("</tr>"));
}


static void
add_hosts(const consent_status_t *status, consent_buf_t *out)
{
    uint64_t                       value, largest[COLUMNS] = { 0 };
    unsigned                       i, n;
    const consent_status_host_t  **hosts;

    hosts = consent_alloc(out->arena, status->nhosts * sizeof(*hosts));

    if (hosts == NULL) {
        out->failed = 1;
        return;
    }

    for (i = 0; i < status->nhosts; i++) {
        hosts[i] = &status->hosts[i];

        for (n = 0; n < COLUMNS; n++) {
            value = column(hosts[i], n);
            largest[n] = value > largest[n] ? value : largest[n];
        }
    }

    qsort(hosts, status->nhosts, sizeof(*hosts), busier_first);

    consent_buf_add(out, CONSENT_STR("<h2>Hosts</h2>"));

    if (status->nhosts > MAX_ROWS) {
        consent_buf_addf(out, "<p>The %u with most pages; any other at <code>?host=NAME</code>.</p>", MAX_ROWS);
    }

    consent_buf_add(out, CONSENT_STR("<div class=wide tabindex=0 role=region aria-label=\"Hosts\"><table><thead><tr>"
                                     "<th>Host"));

    for (n = 0; n < COLUMNS; n++) {
        consent_buf_addf(out, "<th class=n>%s", columns[n].name);
    }

    consent_buf_add(out, CONSENT_STR("</tr></thead><tbody>"));

    for (i = 0; i < status->nhosts && i < MAX_ROWS; i++) {
        if (!is_other(hosts[i]) || !is_silent(hosts[i])) {
            add_host(hosts[i], largest, out);
        }
    }

    consent_buf_add(out, CONSENT_STR("</tbody></table></div>"));
}


static int
by_id(const void *a, const void *b)
{
    int                              rc;
    size_t                           len;
    const consent_status_service_t  *one = a;
    const consent_status_service_t  *two = b;

    len = one->id.len < two->id.len ? one->id.len : two->id.len;
    rc = memcmp(one->id.data, two->id.data, len);

    return rc != 0 ? rc : (one->id.len > two->id.len) - (one->id.len < two->id.len);
}


/* Equal ids side by side become one. */

static unsigned
merge_services(consent_status_service_t *services, unsigned n)
{
    unsigned  i, last;

    if (n == 0) {
        return 0;
    }

    qsort(services, n, sizeof(*services), by_id);

    for (i = 1, last = 0; i < n; i++) {
        if (!consent_str_eq(services[i].id, services[last].id)) {
            services[++last] = services[i];
            continue;
        }

        services[last].accepted += services[i].accepted;
        services[last].refused += services[i].refused;
        services[last].withdrawn += services[i].withdrawn;
    }

    return last + 1;
}


static void
add_up_days(consent_status_host_t *total, const consent_status_host_t *host, uint32_t today)
{
    unsigned               i;
    consent_status_day_t  *day;

    for (i = 0; i < host->ndays; i++) {
        if (host->days[i].day > today || today - host->days[i].day >= CONSENT_STATUS_DAYS) {
            continue;
        }

        day = &total->days[CONSENT_STATUS_DAYS - 1 - (today - host->days[i].day)];

        day->accepted += host->days[i].accepted;
        day->refused += host->days[i].refused;
        day->some += host->days[i].some;
    }
}


/* Returns 0, or -1 when there is no memory. */

static int
add_up(const consent_status_t *status, consent_arena_t *arena, consent_status_host_t *total)
{
    unsigned                      i, n;
    uint32_t                      today;
    const consent_status_host_t  *host;

    memset(total, 0, sizeof(*total));

    for (i = 0, n = 0; i < status->nhosts; i++) {
        n += status->hosts[i].nservices;
    }

    total->days = consent_calloc(arena, CONSENT_STATUS_DAYS * sizeof(consent_status_day_t));
    total->ndays = CONSENT_STATUS_DAYS;
    total->services = consent_alloc(arena, (n + 1) * sizeof(consent_status_service_t));

    if (total->days == NULL || total->services == NULL) {
        return -1;
    }

    today = (uint32_t) (status->now / 86400);

    for (i = 0; i < CONSENT_STATUS_DAYS; i++) {
        total->days[i].day = today - (CONSENT_STATUS_DAYS - 1) + i;
    }

    for (i = 0; i < status->nhosts; i++) {
        host = &status->hosts[i];

        for (n = 0; n < CONSENT_COUNTERS; n++) {
            total->counters[n] += host->counters[n];
        }

        if (host->nservices > 0) {
            memcpy(total->services + total->nservices, host->services,
                   host->nservices * sizeof(consent_status_service_t));
            total->nservices += host->nservices;
        }

        add_up_days(total, host, today);
    }

    total->nservices = merge_services(total->services, total->nservices);

    return 0;
}


void
consent_status_page(const consent_status_t *status, consent_buf_t *out)
{
    unsigned                      i, named;
    consent_status_host_t         total;
    const consent_status_host_t  *host;

    consent_buf_add(out, CONSENT_STR("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">"
                                     "<meta name=\"viewport\" content=\"width=device-width\"><title>Consent</title>"
                                     "<style>"));
    consent_buf_add(out, consent_str(style));
    consent_buf_add(out, CONSENT_STR("</style></head><body><main><h1>"));

    if (status->nhosts == 1) {
        host = &status->hosts[0];
        consent_buf_add_html(out, host->host);

    } else {
        host = &total;

        for (i = 0, named = 0; i < status->nhosts; i++) {
            named += !is_other(&status->hosts[i]);
        }

        consent_buf_addf(out, "%u host%s", named, named == 1 ? "" : "s");

        if (add_up(status, out->arena, &total) != 0) {
            out->failed = 1;
            return;
        }
    }

    consent_buf_add(out, CONSENT_STR("</h1>"));

    if (status->broken > 0) {
        consent_buf_addf(out, "<p><strong>%u policy files could not be used by the last reload</strong>: their "
                              "hosts have the default "
                         "policy. The error log names them.</p>", status->broken);
    }

    add_days(host, status->now, out);
    add_services(host, out);

    if (status->nhosts > 1) {
        add_hosts(status, out);
    }

    add_counters(host, out);

    if (status->nhosts == 1) {
        add_found(host, out);
    }

    consent_buf_addf(out, "<p>The zone has %" PRIu64 " of %" PRIu64 " KB free.</p></main></body></html>\n",
                     status->free / 1024, status->size / 1024);
}
