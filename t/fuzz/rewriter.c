/*
 * The rewriter on any page. The first two bytes choose what is allowed, what is put in, how much may be held and how
 * the page is cut. Checked: the output does not depend on the cuts; memory stays within its bound; nothing that may not
 * be loaded is left in it, says the rewriter itself; and undoing it gives the page back. Runs in the project's root.
 */

#include "rewriting.h"

static rewriting_t  r;
static unsigned     step;
static int          matomo;


static void
check_that(int truth, const char *what)
{
    if (!truth) {
        fprintf(stderr, "not so: %s\n", what);
        abort();
    }
}

#define check(truth)  check_that(truth, #truth)


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


static int
mentions(const char *bytes, size_t len, const char *word)
{
    size_t  i, n;

    for (i = 0, n = strlen(word); i + n <= len; i++) {
        if (strncasecmp(bytes + i, word, n) == 0) {
            return 1;
        }
    }

    return 0;
}


int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void) argc;
    (void) argv;

    rewriting_start(&r);
    matomo = consent_policy_find(r.policy, CONSENT_STR("matomo"));

    return 0;
}


int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    size_t       len;
    bytes_t      whole, undone = { NULL, 0, 0 };
    const char  *page;

    if (size < 2) {
        return 0;
    }

    page = (const char *) data + 2;
    len = size - 2;
    step = data[1];

    rewriting_answer(&r, CONSENT_UNDECIDED);
    r.choices.answers[0] = data[0] & 1 ? CONSENT_ACCEPTED : CONSENT_REFUSED;
    r.choices.answers[matomo] = data[0] & 16 ? CONSENT_ACCEPTED : CONSENT_REFUSED;
    r.conf.hold = data[0] & 2 ? 64 + (data[1] & 0x7f) : 0;

    if (data[0] & 4) {
        rewriting_inject(&r);

    } else {
        r.conf.part = NULL;
        r.conf.inline_script = 0;
    }

    rewriting_run(&r, page, len, NULL, NULL);
    check(r.memory < 8 * CONSENT_REWRITER_HOLD + 40 * len);

    whole = r.out;
    memset(&r.out, 0, sizeof(r.out));

    rewriting_run(&r, page, len, data[0] & 8 ? one_byte : next_piece, NULL);
    check(whole.len == r.out.len && memcmp(whole.data, r.out.data, whole.len) == 0);

    /* undoing takes out stubs, too, where the page itself has the same, and does not undo a relay */

    if (r.stats.overflows == 0 && !mentions(page, len, "ngxc") && !mentions(page, len, "<script>window")
        && !mentions(page, len, "stats.example"))
    {
        if (!mentions(r.out.data, r.out.len, "about:invalid#ngxc")) {
            rewriting_undo(&r, &undone);
            check(undone.len == len && (len == 0 || memcmp(undone.data, page, len) == 0));
        }
    }

    /*
     * In svg and math what a tag longer than is held does to what follows may be told by attributes beyond the limit:
     * whether <font> leaves svg, whether a script is an inline one, in which no style sheet is looked for.
     */

    if (!mentions(whole.data, whole.len, "\n\n*/\n*/\n`") && !(data[0] & 2 && (mentions(page, len, "<svg")
        || mentions(page, len, "<math")))) {
        r.conf.hold = 0;
        r.conf.observe = 1;
        rewriting_run(&r, whole.data, whole.len, NULL, NULL);
        r.conf.observe = 0;

        check(r.out.len == whole.len && memcmp(r.out.data, whole.data, whole.len) == 0);

        /* a script too long to be held that has no end tag never runs, and is left as it is */

        check(data[0] & 2 ? r.disallowed_urls == 0 : r.disallowed == 0);
    }

    free(whole.data);
    free(undone.data);

    return 0;
}
