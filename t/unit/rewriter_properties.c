/*
 * What holds for every page: generated ones, made of pieces that each mean something to an HTML parser, and real ones.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>

#include "rewriting.h"

#define ROUNDS  6000

static uint64_t  seed;


static unsigned
random_below(unsigned n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;

    return (unsigned) (seed >> 11) % n;
}


static size_t
random_piece(void *data)
{
    (void) data;

    return random_below(3) ? 1 + random_below(12) : 1 + random_below(400);
}


static size_t
one_byte(void *data)
{
    (void) data;

    return 1;
}


static const char *const  pieces[] = {
    "<!doctype html>", "<html>", "<head>", "</head>", "<body>", "<body background=//tracker.example/b>", "</body>",
    "</html>",
    "<title>", "</title>", "<script>", "</script>", "<script src=", "https://tracker.example/t.js", "//video.example/v",
    ">", " ",
    "\"", "'", "=", "/", "/>", "<", "</", "<!--", "-->", "--!>", "<!", "<?", "]]>", "<![CDATA[", "<svg>", "</svg>",
    "<math>",
    "</math>", "<desc>", "</desc>", "<foreignObject>", "</foreignObject>", "<mi>", "</mi>",
    "<annotation-xml encoding=text/html>",
    "<p>", "</p>", "<div>", "</div>", "<br>", "<font color=red>", "<template>", "</template>", "<col>", "<table>",
    "<td>",
    "<frameset>", "<frame src=https://video.example/f>", "<noframes>", "</noframes>", "<select>", "</select>",
    "<textarea>",
    "</textarea>", "<xmp>", "</xmp>", "<style>", "</style>", "<noscript>", "</noscript>", "<iframe>", "</iframe>",
    "<plaintext>",
    "<img src=https://tracker.example/p.gif>", "<img srcset='/a 1x, //video.example/b 2x' alt=x>", "<img src=/own.png>",
    "<iframe width=5 title=T src=\"https://video.example/embed?a=1&amp;b=2\"></iframe>",
    "<image href=//tracker.example/i>",
    "<link rel=preload href=//tracker.example/l>", "<link rel=canonical href=//tracker.example/l>",
    "<a href=//tracker.example/>",
    "<a href=/_choices/>", "<base href=//tracker.example/>",
    "<meta http-equiv=refresh content='0;url=//tracker.example/'>",
    "<script>track('x')</script>", "<script type=module>new MapView(1)</script>",
    "<script type=text/plain>track(1)</script>",
    "<script><!--<script>", "<!--<script></script>", "track(", "<svg><script>track(1)</script></svg>",
    "<svg><image xlink:href=//tracker.example/x /></svg>",
    "<iframe srcdoc=\"&lt;img src=//tracker.example/n>\"></iframe>",
    "<script type=speculationrules>{\"prefetch\":[{\"urls\":[\"https:\\/\\/video.example\\/\"]}]}</script>",
    "<noscript><img src=//tracker.example/n></noscript>", "&lt;", "&#x3c;", "&amp", "\r\n", "\t", "\n", "text",
    "\xc3\xa9",
    "<object data=//video.example/o>", "<param name=movie value=//video.example/o>", "<embed src=//video.example/e>",
    "<input type=image src=//tracker.example/b>", "<video poster=//video.example/p src=//video.example/v>", "class=x",
    "id=",
    "src=//tracker.example/q", "data-src=//video.example/lazy", "<IMG SRC=//TRACKER.example/P>",
    "<img a='>' src=//tracker.example/>",
    "<iframe src=//map.example/maps>", "<iframe src=//map.example/other>", "<img src=//unknown.example/u>", "\0"
};

static const char *const  styles[] = {
    "<style>b{background:url(//tracker.example/s)}", "<div style='background:url(//tracker.example/s)'>",
    "@import '//video.example/c';",
    "url(", ")", "image-set(", "\\", "/*", "*/", "<svg><style>a{b:url(//video.example/z)}</style>"
};


static void
generate(bytes_t *page, int with_styles)
{
    unsigned     i, n, which;
    const char  *piece;

    page->len = 0;

    for (i = 0, n = 1 + random_below(24); i < n; i++) {
        if (with_styles && random_below(5) == 0) {
            piece = styles[random_below(sizeof(styles) / sizeof(styles[0]))];
            bytes_add(page, piece, strlen(piece));
            continue;
        }

        which = random_below(sizeof(pieces) / sizeof(pieces[0]));
        bytes_add(page, pieces[which], *pieces[which] ? strlen(pieces[which]) : 1);
    }
}


static void
expect_bytes(const char *what, const bytes_t *page, const char *got, size_t len, const char *want, size_t want_len)
{
    size_t  i, from;

    for (i = 0; i < len && i < want_len && got[i] == want[i]; i++) {
        /* void */
    }

    if (i < len || i < want_len) {
        from = i < 200 ? 0 : i - 200;

        fail_msg("%s, at %zu\ninput: %.*s\n  got: %.*s\n want: %.*s", what, i, page->len < 4000 ? (int) page->len : 0,
                 page->data,
                 (int) (len - from < 400 ? len - from : 400), got + from,
                 (int) (want_len - from < 400 ? want_len - from : 400), want + from);
    }
}


/* However the input is cut: the same output. */

static void
check_chunking(rewriting_t *r, const bytes_t *page)
{
    char    *whole;
    size_t   len;

    rewriting_run(r, page->data, page->len, NULL, NULL);

    whole = r->out.data;
    len = r->out.len;
    memset(&r->out, 0, sizeof(r->out));

    rewriting_run(r, page->data, page->len, random_piece, NULL);
    expect_bytes("cut at random", page, r->out.data, r->out.len, whole, len);

    if (page->len < 10000) {
        rewriting_run(r, page->data, page->len, one_byte, NULL);
        expect_bytes("byte by byte", page, r->out.data, r->out.len, whole, len);
    }

    free(whole);
}


/* The rewriter's own output holds nothing any more that it would take away. */

static void
check_nothing_is_left(rewriting_t *r, const bytes_t *page)
{
    bytes_t  output;

    if (r->stats.overflows > 0) {
        return;
    }

    output = r->out;
    memset(&r->out, 0, sizeof(r->out));

    r->conf.observe = 1;
    rewriting_run(r, output.data, output.len, NULL, NULL);
    r->conf.observe = 0;

    expect_bytes("observing changes nothing", page, r->out.data, r->out.len, output.data, output.len);

    if (r->disallowed > 0) {
        fail_msg("left over: %s\ninput: %.*s\noutput: %.*s", r->reports, (int) page->len, page->data, (int) output.len,
                 output.data);
    }

    free(r->out.data);
    r->out = output;
}


static void
check_restoring(rewriting_t *r, const bytes_t *page)
{
    bytes_t  undone = { NULL, 0, 0 };

    if (r->stats.overflows > 0 || memmem(r->out.data, r->out.len, "about:invalid#ngxc", 18) != NULL) {
        return;
    }

    rewriting_undo(r, &undone);
    expect_bytes("undone", page, undone.data, undone.len, page->data, page->len);

    free(undone.data);
}


static void
check_acceptance(rewriting_t *r, const bytes_t *page)
{
    rewriting_answer(r, CONSENT_ACCEPTED);
    rewriting_run(r, page->data, page->len, random_piece, NULL);
    assert_int_equal(r->stats.neutralised, 0);
    check_restoring(r, page);

    rewriting_answer(r, CONSENT_UNDECIDED);
}


static void
check(rewriting_t *r, const bytes_t *page)
{
    check_chunking(r, page);
    check_nothing_is_left(r, page);
    check_restoring(r, page);
    check_acceptance(r, page);
}


static void
properties_hold_for_generated_pages(void **state)
{
    int          i;
    bytes_t      page = { NULL, 0, 0 };
    rewriting_t  r;

    (void) state;

    rewriting_start(&r);
    rewriting_inject(&r);

    seed = getenv("NGXC_SEED") ? strtoull(getenv("NGXC_SEED"), NULL, 10) : 20261122;

    for (i = 0; i < ROUNDS; i++) {
        generate(&page, i % 2);
        check(&r, &page);
    }

    free(page.data);
    rewriting_end(&r);
}


static void
properties_hold_for_real_pages(void **state)
{
    DIR            *dir;
    FILE           *file;
    char            folder[512], path[1024], buf[65536];
    size_t          n;
    bytes_t         page = { NULL, 0, 0 };
    const char     *shared;
    rewriting_t     r;
    struct dirent  *entry;

    (void) state;

    shared = getenv("NGXC_SHARED");
    snprintf(folder, sizeof(folder), "%s/data/pages", shared ? shared : "../shared");

    dir = opendir(folder);
    if (dir == NULL) {
        print_message("# no %s\n", folder);
        skip();
    }

    rewriting_start(&r);
    rewriting_inject(&r);
    seed = 20261122;

    while ((entry = readdir(dir)) != NULL) {
        if (strstr(entry->d_name, ".html") == NULL) {
            continue;
        }

        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        file = fopen(path, "rb");
        assert_non_null(file);

        for (page.len = 0; (n = fread(buf, 1, sizeof(buf), file)) > 0; ) {
            bytes_add(&page, buf, n);
        }

        fclose(file);
        check(&r, &page);
    }

    closedir(dir);
    free(page.data);
    rewriting_end(&r);
}


int
main(void)
{
    const struct CMUnitTest  tests[] = {
        cmocka_unit_test(properties_hold_for_generated_pages),
        cmocka_unit_test(properties_hold_for_real_pages)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
