/*
 * Any style sheet. The first two bytes choose what is allowed and how it is cut. Checked: the output does not depend on
 * the cuts; nothing that may not be loaded is left in it; with all accepted it is the input. Runs in the project's root.
 */

#include "styling.h"

static rewriting_t  r;
static unsigned     step;


static void
check(int truth)
{
    if (!truth) {
        abort();
    }
}


static size_t
next_piece(void *data)
{
    (void) data;
    step = step * 1103515245u + 12345;

    return 1 + (step >> 16) % 50;
}


static size_t
one_byte(void *data)
{
    (void) data;

    return 1;
}


int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void) argc;
    (void) argv;

    rewriting_start(&r);
    r.policy->unknown_services = CONSENT_UNKNOWN_REPORT;

    return 0;
}


int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    size_t       len;
    bytes_t      whole;
    styling_t    result;
    const char  *sheet;

    if (size < 2) {
        return 0;
    }

    sheet = (const char *) data + 2;
    len = size - 2;
    step = data[1];

    rewriting_answer(&r, CONSENT_UNDECIDED);
    r.choices.answers[0] = data[0] & 1 ? CONSENT_ACCEPTED : CONSENT_REFUSED;
    r.policy->unknown_hosts = data[0] & 2 ? CONSENT_UNKNOWN_BLOCK : CONSENT_UNKNOWN_REPORT;

    result = styling_run(&r, sheet, len, NULL, NULL);
    check(result.depends || result.stats.neutralised == 0);
    check(result.stats.neutralised > 0 || r.disallowed == 0);
    check(result.stats.neutralised > 0 || (r.out.len == len && memcmp(r.out.data, sheet, len) == 0));

    whole = r.out;
    memset(&r.out, 0, sizeof(r.out));

    styling_run(&r, sheet, len, data[0] & 4 ? one_byte : next_piece, NULL);
    check(r.out.len == whole.len && memcmp(r.out.data, whole.data, whole.len) == 0);

    result = styling_run(&r, whole.data, whole.len, NULL, NULL);
    check(r.disallowed == 0 && r.out.len == whole.len && memcmp(r.out.data, whole.data, whole.len) == 0);

    free(whole.data);

    r.policy->unknown_hosts = CONSENT_UNKNOWN_ALLOW;
    rewriting_answer(&r, CONSENT_ACCEPTED);

    result = styling_run(&r, sheet, len, next_piece, NULL);
    check(result.stats.neutralised == 0 && r.out.len == len && memcmp(r.out.data, sheet, len) == 0);

    return 0;
}
