#include <inttypes.h>

#include "status.h"


/* Exposition format 0.0.4: a label's value escapes backslash, quote and line feed. */

static void
add_label_value(consent_str_t value, consent_buf_t *out)
{
    size_t  i;

    for (i = 0; i < value.len; i++) {
        switch (value.data[i]) {
        case '\n':
            consent_buf_add(out, CONSENT_STR("\\n"));
            break;
        case '\\':
        case '"':
            consent_buf_addc(out, '\\');
            /* fall through */
        default:
            consent_buf_addc(out, value.data[i]);
        }
    }
}


static void
add_sample(const char *metric, consent_str_t host, const char *label, consent_str_t value, uint64_t n,
    consent_buf_t *out)
{
    consent_buf_addf(out, "ngx_consent_%s_total{host=\"", metric);
    add_label_value(host, out);

    if (label != NULL) {
        consent_buf_addf(out, "\",%s=\"", label);
        add_label_value(value, out);
    }

    consent_buf_addf(out, "\"} %" PRIu64 "\n", n);
}


static void
add_services(const consent_status_t *status, consent_buf_t *out)
{
    unsigned                         i, n, k;
    uint64_t                         counts[3];
    const consent_status_service_t  *service;
    static const char *const         answers[3] = { "accept", "refuse", "withdraw" };

    consent_buf_add(out, CONSENT_STR("# HELP ngx_consent_service_answers_total Answers of visitors that were new, "
                                     "by service.\n"
                                     "# TYPE ngx_consent_service_answers_total counter\n"));

    for (i = 0; i < status->nhosts; i++) {
        for (n = 0; n < status->hosts[i].nservices; n++) {
            service = &status->hosts[i].services[n];

            counts[0] = service->accepted;
            counts[1] = service->refused;
            counts[2] = service->withdrawn;

            for (k = 0; k < 3; k++) {
                if (counts[k] == 0) {
                    continue;
                }

                consent_buf_add(out, CONSENT_STR("ngx_consent_service_answers_total{host=\""));
                add_label_value(status->hosts[i].host, out);
                consent_buf_add(out, CONSENT_STR("\",service=\""));
                add_label_value(service->id, out);
                consent_buf_addf(out, "\",answer=\"%s\"} %" PRIu64 "\n", answers[k], counts[k]);
            }
        }
    }
}


static void
add_gauge(const char *name, const char *help, uint64_t value, consent_buf_t *out)
{
    consent_buf_addf(out, "# HELP ngx_consent_%s %s\n# TYPE ngx_consent_%s gauge\nngx_consent_%s %" PRIu64 "\n",
                     name, help, name, name, value);
}


void
consent_status_prometheus(const consent_status_t *status, consent_buf_t *out)
{
    unsigned                       i, n;
    const consent_counter_name_t  *name;

    for (n = 0; n < CONSENT_COUNTERS; n++) {
        name = &consent_counter_names[n];

        if (name->help != NULL) {
            consent_buf_addf(out, "# HELP ngx_consent_%s_total %s\n# TYPE ngx_consent_%s_total counter\n",
                             name->metric, name->help, name->metric);
        }

        for (i = 0; i < status->nhosts; i++) {
            if (status->hosts[i].counters[n] > 0) {
                add_sample(name->metric, status->hosts[i].host, name->label,
                           consent_str(name->value != NULL ? name->value : ""), status->hosts[i].counters[n], out);
            }
        }
    }

    add_services(status, out);

    add_gauge("hosts", "Hosts that were counted so far.", status->nhosts, out);
    add_gauge("policy_files_broken", "Policy files that the last reload could not use.", status->broken, out);
    add_gauge("zone_size_bytes", "Size of the zone.", status->size, out);
    add_gauge("zone_free_bytes", "What of the zone is free, in whole pages.", status->free, out);
}
