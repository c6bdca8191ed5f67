/*
 * The rewriter, example by example. live() are pages in which a browser, or its preload scanner, would load from
 * tracker.example or run a script of it: nothing of that may be left, and undoing gives the page back. untouched() are
 * pages that only look like it.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <time.h>

#include "rewriting.h"

#define T      "//tracker.example/t"
#define N(tag) " data-ngxc=\"tracker\" data-ngxc-tag=\"" tag "\""


static int
setup(void **state)
{
    rewriting_t  *r;

    r = malloc(sizeof(*r));
    assert_non_null(r);
    rewriting_start(r);
    *state = r;

    return 0;
}


static int
teardown(void **state)
{
    rewriting_end(*state);
    free(*state);

    return 0;
}


static size_t
one_byte(void *data)
{
    (void) data;

    return 1;
}


/* The output, the same whole and byte by byte. */

static const char *
rewritten(rewriting_t *r, const char *page)
{
    char  *whole;

    rewriting_run(r, page, strlen(page), NULL, NULL);
    whole = strdup(r->out.data);

    rewriting_run(r, page, strlen(page), one_byte, NULL);
    assert_string_equal(r->out.data, whole);
    free(whole);

    return r->out.data;
}


static void
untouched(rewriting_t *r, const char *page)
{
    assert_string_equal(rewritten(r, page), page);
    assert_int_equal(r->stats.neutralised, 0);
}


static void
live(rewriting_t *r, const char *page)
{
    bytes_t      output, undone = { NULL, 0, 0 };

    rewritten(r, page);

    if (r->stats.neutralised == 0) {
        fail_msg("untouched: %s", page);
    }

    rewriting_undo(r, &undone);
    bytes_add(&undone, "", 1);

    if (strstr(r->out.data, "about:invalid") == NULL) {
        assert_string_equal(undone.data, page);
    }

    free(undone.data);

    output = r->out;
    memset(&r->out, 0, sizeof(r->out));

    r->conf.observe = 1;
    rewriting_run(r, output.data, output.len, NULL, NULL);
    r->conf.observe = 0;

    if (r->disallowed > 0) {
        fail_msg("left over in: %s", output.data);
    }

    free(output.data);
}


static void
all_live(rewriting_t *r, const char *const *pages, size_t n)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        live(r, pages[i]);
    }
}


static void
all_untouched(rewriting_t *r, const char *const *pages, size_t n)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        untouched(r, pages[i]);
    }
}

#define ALL(what, r, pages)  all_ ## what(r, pages, sizeof(pages) / sizeof(pages[0]))


static void
the_neutral_form_keeps_what_is_harmless_and_the_whole_original(void **state)
{
    rewriting_t  *r = *state;

    assert_string_equal(rewritten(r, "<script async src=\"" T ".js\" id=a></script>"),
        "<script" N("&lt;script async src=&quot;" T ".js&quot; id=a&gt;") " type=\"text/plain\" id=a></script>");

    assert_string_equal(rewritten(r, "<IMG alt='a \"b\"' src=" T " width=1 onload=x() aria-label=z style=color:red>"),
        "<IMG" N("&lt;IMG alt='a &quot;b&quot;' src=" T " width=1 onload=x() aria-label=z style=color:red&gt;")
        " alt='a \"b\"' width=1 aria-label=z style=color:red>");

    assert_string_equal(rewritten(r, "<img src=" T "\r\nalt=\"&amp;\">"),
        "<img" N("&lt;img src=" T "&#13;\nalt=&quot;&amp;amp;&quot;&gt;") " alt=\"&amp;\">");

    assert_string_equal(rewritten(r, "<input type=image src=" T " alt=Go>"),
        "<input" N("&lt;input type=image src=" T " alt=Go&gt;") " type=\"image\" alt=Go>");

    assert_string_equal(rewritten(r, "<script nonce=n>track(1)</script>"),
        "<script" N("&lt;script nonce=n&gt;") " type=\"text/plain\">track(1)</script>");

    assert_string_equal(rewritten(r, "<svg><image href=\"" T "\" width=9 /></svg>"),
        "<svg><image" N("&lt;image href=&quot;" T "&quot; width=9 /&gt;") " width=9 /></svg>");
}


static void
an_iframe_leads_to_the_placeholder_of_its_service(void **state)
{
    rewriting_t  *r = *state;

    assert_string_equal(rewritten(r,
        "<iframe src=\"https://video.example/e?a=1&amp;b=%20\" title=\"Le &quot;film&quot;\" width=560"
        " allow=autoplay></iframe>"),
        "<iframe data-ngxc=\"video\" data-ngxc-tag=\"&lt;iframe src=&quot;https://video.example/e?a=1&amp;amp"
        ";b=%20&quot;"
        " title=&quot;Le &amp;quot;film&amp;quot;&quot; width=560 allow=autoplay&gt;\""
        " title=\"Le &quot;film&quot;\" width=560"
        " src=\"/_choices/embed/video?u=https%3A%2F%2Fvideo.example%2Fe%3Fa%3D1%26b%3D%2520&amp"
        ";t=Le%20%22film%22\"></iframe>");

    /* nobody would see it */

    assert_string_equal(rewritten(r, "<iframe src=//video.example/e width=0 height=0></iframe>"),
        "<iframe data-ngxc=\"video\" data-ngxc-tag=\"&lt;iframe src=//video.example/e width=0 height=0&gt;\""
        " width=0 height=0></iframe>");
}


static void
restoring_is_byte_exact(void **state)
{
    heap_t         heap;
    consent_buf_t  original;

    (void) state;

    heap_init(&heap);
    consent_buf_init(&original, &heap.arena);

    assert_int_equal(consent_neutral_restore(CONSENT_STR("<img data-ngxc=\"a\" data-ngxc-tag=\"&lt;img\nsrc=&quot"
        ";&amp;lt;'&#13;"
        "&quot;&gt;\" alt=x>"), &original), 1);
    assert_int_equal(original.len, 18);
    assert_memory_equal(original.data, "<img\nsrc=\"&lt;'\r\">", 18);

    assert_int_equal(consent_neutral_restore(CONSENT_STR("<img data-ngxc=\"a\">"), &original), 0);
    assert_int_equal(consent_neutral_restore(CONSENT_STR("<img data-ngxc-tag=\"&nbsp;\">"), &original), 0);

    heap_free(&heap);
}


static void
every_element_that_loads_is_made_neutral(void **state)
{
    static const char *const  pages[] = {
        "<script src=" T "></script>",
        "<script type=module src=" T "></script>",
        "<script nomodule src=" T "></script>",
        "<script language=vbscript src=" T "></script>",
        "<script type=\" TEXT/JavaScript \" src=" T "></script>",
        "<script type=rocketlazyloadscript data-rocket-src=" T "></script>",
        "<iframe src=" T "></iframe>",
        "<iframe data-src=" T " src=about:blank></iframe>",
        "<frameset><frame src=" T "></frameset>",
        "<embed src=" T ">",
        "<object data=" T "></object>",
        "<object><param name=movie value=" T "></object>",
        "<img src=" T ">",
        "<img srcset=\"/own.png 1x," T " 2x\">",
        "<img srcset=\"/own.png?a,b,  , " T "\">",
        "<img data-src=" T " src=/blank.gif>",
        "<img data-lazy-srcset='" T " 1x'>",
        "<image src=" T ">",
        "<picture><source srcset=" T "></picture>",
        "<input type=image src=" T ">",
        "<input type=TEXT type=\"IMAGE\" src=" T ">",
        "<video src=" T "></video>",
        "<video poster=" T "></video>",
        "<audio src=" T "></audio>",
        "<video><source src=" T "><track src=/t></video>",
        "<video><track src=" T "></video>",
        "<link rel=stylesheet href=" T ">",
        "<link rel=\"alternate\nstylesheet\" href=" T ">",
        "<link rel=preload as=image imagesrcset='" T " 1x'>",
        "<link rel=modulepreload href=" T ">",
        "<link rel=prefetch href=" T ">",
        "<link rel=next href=" T ">",
        "<link rel=preconnect href=//tracker.example>",
        "<link rel=dns-prefetch href=//tracker.example>",
        "<link rel=preconnect href=https://map.example>",
        "<link rel='x dns-prefetch' href=//map.example/>",
        "<link rel='a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f g h i j k l m n o p q r s t u v w x y z a b"
        " c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f g h i"
        " j k l m n o p q r s t u v w x y z stylesheet' href=" T ">",
        "<link rel='SHORTCUT ICON' href=" T ">",
        "<link rel=canonical rel=preload href=" T ">",
        "<meta http-equiv=refresh content='0; url=" T "'>",
        "<meta http-equiv=Refresh content=\"5;URL = '" T "' \">",
        "<meta http-equiv=refresh content='.5," T "'>",
        "<svg><image href=" T " /></svg>",
        "<svg><image xlink:href=" T " /></svg>",
        "<svg><use href=" T "#a /></svg>",
        "<svg><script href=" T " /></svg>",
        "<svg><script xlink:href=" T "></script></svg>",
        "<svg><filter><feImage href=" T " /></filter></svg>",
        "<svg><image><set attributeName=href to=" T " /></image></svg>",
        "<svg><image><animate attributeName=xlink:href values='/own;" T ";/own' /></image></svg>",
        "<svg><rect><set attributeName=mask to='url(" T "#a)' /></rect></svg>",
        "<template><img src=" T "></template>",
        "<div><template shadowrootmode=open><img src=" T "></template></div>",
        "<select><option><img src=" T "></select>",
        "<noscript><img src=" T "></noscript>",
        "<noscript><iframe src=" T "></iframe></noscript>",
        "<noscript><style>a{background:url(" T ")}</style></noscript>",
        "<head><noscript><link rel=stylesheet href=" T "></noscript></head>"
    };

    ALL(live, *state, pages);
}


static void
what_loads_nothing_is_left_alone(void **state)
{
    static const char *const  pages[] = {
        "<a href=" T " ping=" T ">x</a>",
        "<area href=" T "><form action=" T "><button formaction=" T "></button></form>",
        "<link rel=canonical href=" T "><link rel=alternate href=" T ">",
        "<link rel=preconnect href=//www.site.example><link rel=preconnect href=//own.example>",
        "<svg><animate attributeName=x values='0;1;2' from=0 to=1 by=1 /></svg>",
        "<meta property=og:image content=" T "><meta http-equiv=content-language content='0;url=" T "'>",
        "<meta http-equiv=refresh content='0'><meta http-equiv=refresh content='x; url=" T "'>",
        "<input src=" T "><input type=text src=" T ">",
        "<param name=quality value=" T ">",
        "<script type=text/plain src=" T "></script>",
        "<script type=\"text/javascript; charset=utf-8\" src=" T "></script>",
        "<script type=text/plain data-category=ads data-src=" T "></script>",
        "<script type=importmap>{\"imports\":{\"a\":\"/own.js\"},\"integrity\":{\"https:" T "\":\"sha256-x\"}}</script>",
        "<script type=application/ld+json>{\"url\":\"https:" T "\",\"x\":\"track(1)\"}</script>",
        "<blockquote cite=" T "><q cite=" T "></q></blockquote>",
        "<div data-src=" T " href=" T " src=" T ">x</div>",
        "<p>text " T " track(1)</p>",
        "<!-- <img src=" T "> -->",
        "<textarea><img src=" T "></textarea><title><img src=" T "></title>",
        "<xmp><img src=" T "></xmp><noembed><img src=" T "></noembed><noframes><img src=" T "></noframes>",
        "<iframe><img src=" T "></iframe>",
        "<script>var s = '<img src=" T ">';</script>",
        "<style>a:before{content:'<img src=" T ">'}</style>",
        "<plaintext><img src=" T "></plaintext>",
        "<img alt='<img src=" T ">'>",
        "<img src=/own><script src=own.js></script><img src=https://www.site.example/tracker.example>",
        "<img src=data:image/png;base64,AAAA><img src=blob:x><iframe src=javascript:0></iframe><iframe"
        " src=about:blank></iframe>",
        "<img src" ">", "<img src=>", "<img", "<img src=" T, "<script src=" T,
        "<svg><linearGradient href=" T "></svg>"
    };

    ALL(untouched, *state, pages);
}


static void
urls_are_compared_as_browsers_resolve_them(void **state)
{
    size_t        i;
    char          page[256];

    static const char *const  urls[] = {
        "https://tracker.example/", "HTTPS://TRACKER.EXAMPLE/", "http://tracker.example", "//tracker.example:8443/x",
        "https:\\\\tracker.example\\x", "\\/tracker.example", "/\\tracker.example", "///tracker.example/x",
        "https:///tracker.example/x",
        " https://tracker.example/", "ht\ttps://track\ner.example/", "https://user:pass@tracker.example/",
        "https://www.site.example@tracker.example/", "https://tracker.example./", "https://track%65r.example/",
        "https://a.b.tracker.example/", "&#104;ttps://tracker.example/", "&#x68;ttps:&sol;&sol;tracker&period;example/",
        "https://track&#101r.example/", "https://tracker&#46example/", "https:&#47&#x2ftracker.example",
        "&Tab;//tracker.example/",
        "https://track&NewLine;er.example/", "https://tra&shy;cker.example/", "https://tracker\xe3\x80\x82" "example/",
        "https://\xef\xbd\x94racker.example/", "http:\\/tracker.example"
    };

    static const char *const  others[] = {
        "https://tracker.example.org/", "https://mytracker.example/",
        "https://www.site.example/?u=https://tracker.example/",
        "/tracker.example/", "https://www.site.example/#//tracker.example", "tracker.example", "https:tracker.example/",
        "https://tracker.example@www.site.example/", "&amp;//tracker.example/", "mailto:x@tracker.example"
    };

    for (i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        snprintf(page, sizeof(page), "<img src=\"%s\">", urls[i]);
        live(*state, page);
    }

    for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        snprintf(page, sizeof(page), "<img src=\"%s\">", others[i]);
        untouched(*state, page);
    }
}


/*
 * Parsers take the first, preload scanners now and then another: none may lead to a service that is refused, and what it
 * would have led astray is made neutral with it.
 */

static void
the_first_base_decides_about_relative_urls(void **state)
{
    static const char *const  pages[] = {
        "<base href=//tracker.example/><img src=x>",
        "<base target=_top><base href=" T "><base href=/><img src=/x>",
        "<base href=&#47;/tracker.example><img src=?x>",
        "<base href='//%99/'><img src=" T ">",
        "<base href=data:,><img src=" T ">",
        "<base href=/own/><base href=" T "><img src=x>",
        "<base href=data:,><base href=//tracker.example/><img src=x>",
        "<template><base href=" T "></template><img src=x>",
        "<svg><base href=" T "></base></svg><img src=x>",
        "<img src=x><base href=//tracker.example/>",
        "<base href=//map.example/><img src=x>"
    };

    static const char *const  others[] = {
        "<base href=/own/><img src=x><base target=_top>",
        "<base href=https://www.site.example/><img src=x>",
        "<!--<base href=" T ">--><img src=x>"
    };

    ALL(live, *state, pages);
    ALL(untouched, *state, others);
}


static void
attributes_are_read_in_every_spelling(void **state)
{
    static const char *const  pages[] = {
        "<IMG SRC=" T ">", "<img/src=" T ">", "<img/ /src=" T "/>", "<img\nsrc\n=\n'" T "'>",
        "<img src=\"" T "\"alt=x>",
        "<img alt=\">\" src=" T ">", "<img alt='>' src=" T ">", "<img alt=a'b src=" T ">", "<img \"a\" src=" T ">",
        "<img =x src=" T ">", "<img alt= src=x alt=y src=" T ">", "<img a=b=c src=" T ">", "<img src=/own src=" T ">",
        "<img src=" T " src=/own>", "<script type=text/plain src=" T " type=module></script>",
        "<script src src=" T "></script>", "<img\fsrc=" T ">", "<img src=" T "\t>", "<<img src=" T ">",
        "</<img src=" T "><img src=" T ">"
    };

    static const char *const  others[] = {
        "<img\vsrc=" T ">", "<img xsrc=" T " src-x=" T " s\xc2\xa0rc=" T ">", "<img alt= src=" T ">",
        "<im g src=" T ">", "< img src=" T ">",
        "<1mg src=" T ">", "<!img src=" T ">", "<?img src=" T ">", "</img src=" T ">",
        "<img alt=\"" "<img src=" T ">\">"
    };

    ALL(live, *state, pages);
    ALL(untouched, *state, others);
}


/* In a browser NUL becomes U+FFFD: these are elements that nobody knows. */

static void
a_nul_in_a_name_makes_it_another_name(void **state)
{
    rewriting_t  *r = *state;

    static const char  page[] = "<script\0>a</script\0><img\0 src=" T "><style\0><img src=" T ">";

    rewriting_run(r, page, sizeof(page) - 1, NULL, NULL);
    assert_int_equal(r->stats.neutralised, 1);
    assert_memory_equal(r->out.data, page, 52);
}


static void
comments_and_declarations_end_where_the_standard_says(void **state)
{
    static const char *const  pages[] = {
        "<!--><img src=" T ">-->", "<!---><img src=" T ">", "<!-- --!><img src=" T ">", "<!-- <!-- --><img src=" T ">",
        "<!doctype html \"><img src=" T ">", "<!x '><img src=" T ">", "<?php \"?><img src=" T ">",
        "</ x><img src=" T ">",
        "<![CDATA[><img src=" T ">]]>", "<svg><foreignObject><![CDATA[ > <img src=" T "> ]]></foreignObject></svg>",
        "<svg><![CDATA[>]]]]><![CDATA[><img src=" T ">]]></svg>", "<svg><![CDATA[><style>@import '" T "'",
        "<svg><![CDATA[</svg>]]></svg><script>track('<!--')</script>"
    };

    static const char *const  others[] = {
        "<!-- -- > <img src=" T "> -->", "<!--- -><img src=" T ">-->", "<!<img src=" T ">",
        "<svg><![CDATA[<image href=" T ">]]></svg>",
        "<svg><desc><![CDATA[<img src=" T ">]]></desc></svg>", "<svg><![CDATA[<]]>a<![CDATA[</svg>]]></svg>"
    };

    ALL(live, *state, pages);
    ALL(untouched, *state, others);
}


static void
script_text_ends_where_browsers_end_it(void **state)
{
    static const char *const  pages[] = {
        "<script>x</script ><img src=" T ">", "<script>x</script/><img src=" T ">", "<SCRIPT>x</ScRiPt><img src=" T ">",
        "<script><!--</script><img src=" T ">", "<script><!--<script>--></script><img src=" T ">",
        "<script>'<!--<script>'</script>'-->'</script><img src=" T ">",
        "<script><!--<script></script>--></script><img src=" T ">",
        "<script>x</script foo='>'><img src=" T ">"
    };

    static const char *const  others[] = {
        "<script>x</scripty><img src=" T ">", "<script>x</ script><img src=" T ">",
        "<script><!--<script></script><img src=" T ">--></script>", "<script src=x><img src=" T ">"
    };

    ALL(live, *state, pages);
    ALL(untouched, *state, others);
}


static void
inline_scripts_are_matched_by_their_whole_text(void **state)
{
    rewriting_t  *r = *state;

    static const char *const  pages[] = {
        "<script>track(1)</script>", "<script type=module>track(1)</script>", "<script type=>track(1)</script>",
        "<script type=text/javascript>\n<!--\ntrack(1)\n//-->\n</script>",
        "<script>a</script><script>track(2)</script>",
        "<svg><script>track(1)</script></svg>", "<svg><script type=module><![CDATA[track(1)]]></script></svg>",
        "<script type=module>import 'https:" T "'</script>", "<script type=module>import{a as b}from\"https:" T "\";</script>",
        "<script type=module>import a, { b } from 'https:" T "'</script>", "<script>import('https:" T "')</script>",
        "<script>await import(/* webpackIgnore: true */ `https:\\/\\/tracker.\\u0065xample`)</script>",
        "<script type=module>export * from 'https:" T "'</script>",
        "<script type=module src=\"data:text/javascript,import 'https:" T "'\"></script>",
        "<script>new MapView(1)</script>", "<script style='a:url(" T ")'>own()</script>",
        "<script type=speculationrules>{\"prefetch\":[{\"source\":\"list\",\"urls\":[\"https:" T "\"]}]}</script>",
        "<script type=speculationrules>{\"prerender\":[{\"urls\":[\"\\/\\/video.\\u0065xample\\/\"]}]}</script>"
    };

    static const char *const  others[] = {
        "<script src=/own.js>track(1)</script>", "<script type=text/template>track(1)</script>",
        "<script>backtrack(1)</script>", "<script type=module>import './own.js'; import own from 'https://www.site.example/own.js'</script>",
        "<script>x = 'import'; y = 'https:" T "'; import.meta.url + 'https:" T "'; report('https:" T "')</script>",
        "<script>track</script>(1)", "<script>track(1)", "<noscript><script>track(1)</script></noscript>",
        "<svg><script href=/own.js>track(1)</script></svg>",
        "<script type=speculationrules>{\"prefetch\":[{\"where\":{\"href_matches\":\"/*\"}}]}</script>"
    };

    ALL(live, r, pages);
    ALL(untouched, r, others);
}


static void
foreign_content_is_left_and_entered_as_in_browsers(void **state)
{
    static const char *const  pages[] = {
        "<svg><style><img src=" T "></style></svg>", "<svg><title><img src=" T "></title></svg>",
        "<svg><textarea><image href=" T " /></svg>", "<svg><xmp><image href=" T " /></svg>",
        "<svg><plaintext><image href=" T " /></svg>",
        "<svg><p><style></style><img src=" T ">", "<svg><font color=x><title></title><img src=" T ">",
        "<svg><foreignObject><title><svg></title><img src=" T "></foreignObject></svg>",
        "<svg><desc></svg></desc><script>track(\"<!--\")</script><img src=" T ">",
        "<div><svg></div><script>x='<svg>'</script><style></style><img src=" T ">",
        "<div><svg><path></div><title></title><script>/*<!--*/</script><img src=" T ">",
        "<math><mi><script>x<!--</script><img src=" T "></mi></math>",
        "<math><mglyph><image src=" T "></mglyph></math>",
        "<math><annotation-xml encoding=TEXT&#47;html><title><b></title><img src=" T "></annotation-xml></math>",
        "<math><annotation-xml><svg><desc><title><b></title><img src=" T ">", "<svg></p><title></title><img src=" T ">",
        "<svg><script/><image href=" T " /></svg>", "<svg/><title></title><img src=" T ">",
        "<svg><use href=#a /></use></path></g><image href=" T " /></svg>"
    };

    static const char *const  others[] = {
        "<svg></svg><style><img src=" T "></style>", "<svg><desc><title><img src=" T "></title></desc></svg>",
        "<svg><p><title><img src=" T "></title>", "<math><mi><title><img src=" T "></title></mi></math>",
        "<svg/><textarea><img src=" T "></textarea>", "<svg><g></div><textarea><img src=" T "></textarea>"
    };

    ALL(live, *state, pages);
    ALL(untouched, *state, others);
}


static void
framesets_and_templates_change_what_text_is(void **state)
{
    static const char *const  pages[] = {
        "<title>x</title><div> <p></p>\n<!-- x --><frameset><style><frame src=" T "></style></frameset>",
        "<!doctype html><input type=hidden><svg> </svg><template></template><frameset><style><frame src=" T "></style>",
        "<frameset><style><frame src=" T "></style></frameset>", "<frameset><plaintext><frame src=" T ">",
        "<template><col><title><img src=" T "></title></template>",
        "<template><col></template><title></title><img src=" T ">",
        "<template><script></script><col><style><img src=" T "></style></template>"
    };

    static const char *const  others[] = {
        "<body><frameset><style><img src=" T "></style>", "<title>x</title><div>x</div><frameset><style><img src=" T "></style>",
        "<!doctype html><hr><frameset><style><img src=" T "></style>", "<svg>x</svg><frameset><style><img src=" T "></style>",
        "<p><input type=text><frameset><style><img src=" T "></style>", "<div><body><frameset><style><img src=" T "></style>", "<frameset><noframes><img src=" T "></noframes></frameset>",
        "<template><div><col><title><img src=" T "></title></template>",
        "<template><col></template><title><img src=" T "></title>"
    };

    ALL(live, *state, pages);
    ALL(untouched, *state, others);
}


static void
references_in_styles_are_replaced(void **state)
{
    rewriting_t  *r = *state;

    static const struct {
        const char  *before;
        const char  *after;
    } rows[] = {
        { "a{background:url(" T ")}", "a{background:url(about:invalid#ngxc-tracker)}" },
        { "a{background:url( \"" T "\" )}", "a{background:url( \"about:invalid#ngxc-tracker\" )}" },
        { "@import '" T "' screen;", "@import 'about:invalid#ngxc-tracker' screen;" },
        { "@\\69mport/**/url(" T ");", "@\\69mport/**/url(about:invalid#ngxc-tracker);" },
        { "a{b:U\\52 l(" T ")}", "a{b:U\\52 l(about:invalid#ngxc-tracker)}" },
        { "a{b:url(\\2f/tracker.example/)}", "a{b:url(about:invalid#ngxc-tracker)}" },
        { "a{b:url('//tracker\\2e example/')}", "a{b:url('about:invalid#ngxc-tracker')}" },
        { "a{b:url(\"//tracker.\\\nexample/\")}", "a{b:url(\"about:invalid#ngxc-tracker\")}" },
        { "a{b:image-set('" T "' 1x type('image/png'), '//video.example/2' 2x)}",
          "a{b:image-set('about:invalid#ngxc-tracker' 1x type('image/png'), 'about:invalid#ngxc-video' 2x)}" },
        { "a{b:url(data:image/png;base64,AA)} c{d:url(" T ")}",
        "a{b:url(data:image/png;base64,AA)} c{d:url(about:invalid#ngxc-tracker)}" },
        { "a{b:url(" T, "a{b:url(about:invalid#ngxc-tracker" },
        { "a{content:'url(" T ")'}", NULL },
        { "/* url(" T ") */ a{b:url(/own)}", NULL },
        { "@namespace url(" T ");", NULL },
        { "a{b:curl(" T ")} @importx '" T "'; b{content:'" T "'}", NULL },
        { "a{b:'x\\'url(" T ")'}", NULL },
        { "a{b:\"x\n} c{d:url(" T ")}", "a{b:\"x\n} c{d:url(about:invalid#ngxc-tracker)}" }
    };

    size_t  i;
    char    page[512], want[512];

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        snprintf(page, sizeof(page), "<style>%s</style>", rows[i].before);
        snprintf(want, sizeof(want), "<style>%s</style>", rows[i].after ? rows[i].after : rows[i].before);
        assert_string_equal(rewritten(r, page), want);
    }

    /* unfinished at the end of input, it counts */

    assert_string_equal(rewritten(r, "<style>@import url(" T), "<style>@import url(about:invalid#ngxc-tracker");
    assert_string_equal(rewritten(r, "<noscript><style>a{b:url(" T "</st</noscript>x"),
        "<noscript><style>a{b:url(about:invalid#ngxc-tracker</noscript>x");
    assert_string_equal(rewritten(r, "<svg><style>a{b:url(" T ")}</style>"),
        "<svg><style>a{b:url(about:invalid#ngxc-tracker)}</style>");

    /* a tag too long to be held, in a reference of an svg style that has only begun */

    r->conf.hold = 64;
    untouched(r, "<svg><style>url(\"<b c=0123456789012345678901234567890123456789012345678901234567890123456789");
}


/* There it is markup: character references count, comments and CDATA marks do not. */

static void
styles_and_scripts_of_svg_are_read_as_what_they_mean(void **state)
{
    rewriting_t  *r = *state;

    static const struct {
        const char  *before;
        const char  *after;
    } rows[] = {
        { "a{b:ur&#108;(" T ")}", "a{b:ur&#108;(about:invalid#ngxc-tracker)}" },
        { "a{b:url&lpar;&quot;" T "&quot;&rpar;}c", "a{b:url&lpar;&quot;about:invalid#ngxc-tracker&quot;&rpar;}c" },
        { "a{b:url(https:&#47;/tracker&period;example/?a&amp;b)}", "a{b:url(about:invalid#ngxc-tracker)}" },
        { "@import '/own?a&amp;b&c';d{e:url(/f&amp;g)}", NULL },
        { "a{b:url(/own&amp", NULL },
        { "a{b:url(&#47;&#x2ftracker.example)}", "a{b:url(about:invalid#ngxc-tracker)}" },
        { "a{b:url(//trac<!-- x -->ker.example/)}", "a{b:url(about:invalid#ngxc-<!-- x -->)}" },
        { "a{b:url(<!-- x -->" T ")}", "a{b:url(<!-- x -->about:invalid#ngxc-tracker)}" },
        { "@imp<!-- x -->ort '" T "';", "@imp<!-- x -->ort 'about:invalid#ngxc-tracker';" },
        { "<![CDATA[a>b{c:url(" T ")}]]>d{e:url(/own)}", "<![CDATA[a>b{c:url(about:invalid#ngxc-tracker)}]]>d{e:url(/own)}" },
        { "<![CDATA[a{b:ur&#108;(" T ")}]]>", NULL },
        { "<![CDATA[a{b:ur]]>l(" T ")}", "<![CDATA[a{b:ur]]>l(about:invalid#ngxc-tracker)}" },
        { "<![CDATA[a{b:url(//trac]]>ker.example/)}", "<![CDATA[a{b:url(about:invalid#ngxc-]]>)}" },
        { "<![CDATA[a]]]]>]]><![CDATA[b{c:url(/own)]]>", NULL },

        /* an element cuts it off */
        { "a{}<g></g>b{}", "a{}<g></g>" },
        { "a{b:url(//trac<g/>ker.example)}", "a{b:url(about:invalid#ngxc-<g/>" },
        { "a{}<desc>x<style>b{c:url(" T ")}</style>y</desc>@import '" T "';",
          "a{}<desc><style>b{c:url(about:invalid#ngxc-tracker)}</style></desc>" },
        { "a{}<style>@import '" T "';</style>b", "a{}<style>@import 'about:invalid#ngxc-tracker';</style>" },
        { "\"<g>\"</g>@import '" T "';", "\"<g></g>" }
    };

    static const char *const  pages[] = {
        "<svg><script>tr&#97;ck(1)</script></svg>", "<svg><script>tra<!-- x -->ck(1)</script></svg>",
        "<svg><script>tra<![CDATA[ck(1)]]></script></svg>", "<svg><script><![CDATA[tra]]><![CDATA[ck(1)]]></script></svg>",
        "<svg><script>own()<g></g></script></svg>", "<svg><script>tra<g></g>ck(1)</script></svg>",
        "<svg><script>own()<script>track(1)</script></script></svg>",
        "<svg><script>own()<style>@import '" T "';</style></script></svg>"
    };

    static const char *const  others[] = {
        "<svg><script><![CDATA[tr&#97;ck(1)]]></script></svg>", "<svg><script>a &amp;&amp; b /* track */ (1)</script></svg>",
        "<svg><script>own()<!-- track(1) --></script></svg>"
    };

    size_t  i;
    char    page[512], want[512];

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        snprintf(page, sizeof(page), "<svg><style>%s</style><b>x", rows[i].before);
        snprintf(want, sizeof(want), "<svg><style>%s</style><b>x", rows[i].after ? rows[i].after : rows[i].before);
        assert_string_equal(rewritten(r, page), want);
    }

    ALL(live, r, pages);
    ALL(untouched, r, others);

    /* where nothing is to be found, nothing is cut off */

    rewriting_answer(r, CONSENT_ACCEPTED);

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        snprintf(page, sizeof(page), "<svg><style>%s</style><script>own()<g></g></script><b>x", rows[i].before);
        untouched(r, page);
    }
}


static void
an_element_keeps_its_attributes_when_only_its_style_or_background_loads(void **state)
{
    rewriting_t  *r = *state;

    assert_string_equal(rewritten(r, "<a href=/x style=\"color:red;background:url(&quot;" T "&quot;)\" onclick=y()>"),
        "<a" N("&lt;a href=/x style=&quot;color:red;background:url(&amp;quot;" T "&amp;quot;)&quot; onclick=y()&gt;")
        " href=/x style=\"color:red;background:url(&quot;about:invalid#ngxc-tracker&quot;)\" onclick=y()>");

    assert_string_equal(rewritten(r, "<td background=" T " class=c>"),
        "<td" N("&lt;td background=" T " class=c&gt;") " class=c>");
    assert_string_equal(rewritten(r, "<p style='a:url&lpar;" T ")'>"),
        "<p" N("&lt;p style='a:url&amp;lpar;" T ")'&gt;") " style=\"a:url(about:invalid#ngxc-tracker)\">");

    untouched(r, "<p style=\"background:url(/own)\" background=" T ">");
    untouched(r, "<p title=\"url(" T ")\" style=\"@import '" T "'\">");
}


static void
a_srcdoc_is_a_document_of_its_own(void **state)
{
    rewriting_t  *r = *state;

    assert_string_equal(rewritten(r,
        "<iframe class=c srcdoc=\"&lt;p&gt;A &amp;amp; B&lt;img src='" T "'&gt;\"></iframe>"),
        "<iframe" N("&lt;iframe class=c srcdoc=&quot;&amp;lt;p&amp;gt;A &amp;amp;amp; B&amp;lt;img src='" T "'&amp"
        ";gt;&quot;&gt;")
        " class=c srcdoc=\"&lt;p&gt;A &amp;amp; B&lt;img data-ngxc=&quot;tracker&quot;"
        " data-ngxc-tag=&quot;&amp;lt;img src='" T "'&amp;gt;&quot;&gt;\"></iframe>");
    assert_int_equal(r->found, 1);

    live(r, "<iframe srcdoc='<iframe srcdoc=\"&lt;script>track(1)&lt;/script>\"></iframe>'></iframe>");
    live(r, "<base href=//tracker.example/><iframe srcdoc='<img src=x>'></iframe>");
    untouched(r, "<iframe srcdoc='<p>&amp;lt;img src=" T "></p>'></iframe>");

    /* so deep that it is not looked at: left out */

    rewritten(r,
        "<iframe srcdoc='<iframe srcdoc=\"&lt;iframe srcdoc=&amp;quot;&amp;lt;iframe srcdoc=x&gt;&amp;quot;>\">'>");
    assert_int_equal(r->stats.overflows, 1);
    assert_null(strstr(r->out.data, "srcdoc=x"));

    rewriting_answer(r, CONSENT_ACCEPTED);
    untouched(r,
        "<iframe srcdoc='<iframe srcdoc=\"&lt;iframe srcdoc=&amp;quot;&amp;lt;iframe srcdoc=x&gt;&amp;quot;>\">'>");
}


static void
what_an_address_holds_is_read(void **state)
{
    rewriting_t  *r = *state;

    static const char *const  pages[] = {
        "<iframe src='data:text/html,<img src=" T ">'></iframe>",
        "<iframe src=' DA\tTA: Text/HTML ;charset=utf-8,%3Cimg%20src%3D%2f%2ftracker%2Eexample%3E'></iframe>",
        "<iframe src='data:text/html;base64,PGltZyBzcmM9Ly90cmFja2VyLmV4YW1wbGUvdD4='></iframe>",
        "<iframe src='data:text/html; BASE64 ,PGltZy Bzcm%4d9Ly90cmFja2VyLmV4YW1wbGUvdD4'></iframe>",
        "<iframe src='data:text/html;charset=utf-16le,x'></iframe>",
        "<iframe src=\"data:text/html,<iframe src='data:text/html,%253Cimg src=" T "%253E'>\"></iframe>",
        "<iframe srcdoc='<iframe src=\"data:text/html,<img src=" T ">\"></iframe>'></iframe>",
        "<iframe data-src='data:text/html,<img src=" T ">'></iframe>",
        "<frameset><frame src='data:text/html,<script>track(1)</script>'></frameset>",
        "<object data='data:text/html,<p style=background:url(" T ")>'></object>",
        "<embed src='data:text/html,<p onfocus=track(1) autofocus>'>",
        "<object data='data:image/svg+xml,<svg xmlns=\"http://www.w3.org/2000/svg\"><image href=\"" T "\"/></svg>'></object>",
        "<iframe src='data:image/svg+xml,<svg><p/><title/><style>@import \"" T "\";</style></svg>'></iframe>",
        "<iframe src='data:image/svg+xml,<svg><script href=\"" T "\"/></svg>'></iframe>",
        "<iframe src='data:application/xhtml+xml,<html><title/><img src=\"" T "\"/></html>'></iframe>",
        "<iframe src='data:text/xml,<?xml-stylesheet href=\"" T "\"?><a/>'></iframe>",
        "<iframe src='data:text/xml,<!DOCTYPE a [<!ENTITY b \"" T "\">]><a/>'></iframe>",
        "<iframe src='data:text/xml,<h:img xmlns:h=\"http://www.w3.org/1999/xhtml\" src=\"" T "\"/>'></iframe>",
        "<iframe src='data:image/svg+xml,<svg xmlns:y=\"http://www.w3.org/1999/xlink\"><image y:href=\"" T "\"/></svg>'>"
        "</iframe>",
        "<meta http-equiv=refresh content='0;url=data:text/html,<img src=" T ">'>",
        "<iframe src=\"javascript:parent.track('x')\"></iframe>",
        "<iframe src=\" java\nscript:tra%63k('x')\"></iframe>",
        "<script src=\"data:,track('x')\"></script>",
        "<script type=module src=data:text/javascript;base64,dHJhY2soMSk=></script>",
        "<link rel=stylesheet href='data:text/css,a{b:url(" T ")}'>",
        "<link rel=stylesheet href='data:text/css,@import%20%22data:text/css,x%22'>"
    };

    static const char *const  others[] = {
        "<iframe src='data:text/html,<img src=/own>'></iframe>", "<iframe src='data:text/plain,<img src=" T ">'></iframe>",
        "<iframe src='data:,<img src=" T ">'></iframe>", "<iframe src='data:text/html'></iframe>",
        "<iframe src='data:text/html,%3Cb%3E'></iframe>", "<iframe src='javascript:void 0'></iframe>",
        "<img src='data:image/svg+xml,<svg><image href=\"" T "\"/></svg>'>", "<img src='javascript:track(1)'>",
        "<object data='data:image/svg+xml;base64,PHN2Zy8+'></object>",
        "<iframe src='data:image/svg+xml,<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"x\"><use xlink:href=\"%23a\"/>"
        "<metadata><rdf:RDF/></metadata></svg>'></iframe>",
        "<script src='data:text/javascript,own()'></script>", "<link rel=icon href='data:image/png;base64,AAAA'>",
        "<a href='data:text/html,<img src=" T ">'>x</a>", "<a href='javascript:track(1)'>x</a>"
    };

    ALL(live, r, pages);
    ALL(untouched, r, others);

    assert_string_equal(rewritten(r, "<iframe width=9 src='data:text/html,<img src=" T ">'></iframe>"),
        "<iframe" N("&lt;iframe width=9 src='data:text/html,&lt;img src=" T "&gt;'&gt;") " width=9"
        " src=\"/_choices/embed/tracker\"></iframe>");

    assert_string_equal(rewritten(r, "<style>@import 'data:text/css,a{b:url(" T ")}';a{b:url(data:image/png,)}</style>"),
        "<style>@import 'about:invalid#ngxc-tracker';a{b:url(data:image/png,)}</style>");

    /* what is too long to be held is not read, unless there is nothing to be found */

    r->conf.hold = 64;
    assert_string_equal(rewritten(r, "<iframe src='data:text/html,<p>0123456789012345678901234567890123456789</p>'></iframe>"),
        "<iframe data-x-src='data:text/html,<p>0123456789012345678901234567890123456789</p>'></iframe>");
}


static void
handlers_that_a_browser_runs_by_itself_are_taken_away(void **state)
{
    rewriting_t  *r = *state;

    assert_string_equal(rewritten(r, "<img src=/own ONLOAD=\"x();tra&#99;k('a')\" onerror=y() onclick=track(1)>"),
        "<img" N("&lt;img src=/own ONLOAD=&quot;x();tra&amp;#99;k('a')&quot; onerror=y() onclick=track(1)&gt;")
        " src=/own onerror=y() onclick=track(1)>");
    assert_string_equal(rewritten(r, "<script src=/own.js onload=track(1)></script>"),
        "<script" N("&lt;script src=/own.js onload=track(1)&gt;") " src=/own.js></script>");
    assert_string_equal(rewritten(r, "<td onpageshow=track(1) background=/own>"),
        "<td" N("&lt;td onpageshow=track(1) background=/own&gt;") " background=/own>");

    live(r, "<body onload=track(1)>");
    live(r, "<svg onload='track(1)'></svg>");
    live(r, "<input autofocus onfocus='track(1)'>");
    live(r, "<iframe srcdoc='<img onerror=track(1) src=x:>'></iframe>");
    untouched(r, "<a onclick=track(1) onmousedown='track(2)' onkeydown=track(3) onsubmit=track(4)>x</a>");
    untouched(r, "<img onload=backtrack(1) title='track(1)' on=track(1)><noscript><b onload=track(1)></noscript>");
}


static void
an_import_map_loses_only_the_addresses_of_what_is_refused(void **state)
{
    rewriting_t  *r = *state;

    assert_string_equal(rewritten(r,
        "<script type=importmap>{\"imports\": {\"https:" T "\" : \"/own\", \"a\": \"https:" T "\", \"b\":\"./b.js\"},"
        "\"scopes\":{\"/\":{\"c\":\"https:\\/\\/video.\\u0065xample\"}}}</script>"),
        "<script type=importmap>{\"imports\": {\"https:" T "\" : \"/own\", \"a\": \"about:invalid#ngxc-tracker\", \"b\":\"./b.js\"},"
        "\"scopes\":{\"/\":{\"c\":\"about:invalid#ngxc-video\"}}}</script>");

    untouched(r, "<script type=importmap>{\"imports\":{\"a\":\"/a\",\"b\":\"unfinished</script>");

    /* one that cannot be held is not used */

    r->conf.hold = 64;
    rewritten(r, "<script type=importmap>{\"imports\":{\"a\":\"/0123456789012345678901234567890123456789\"}}</script>");
    assert_int_equal(r->stats.overflows, 1);
    assert_non_null(strstr(r->out.data, "type=\"text/plain\""));
}


static void
several_services_in_one_tag_are_all_named(void **state)
{
    rewriting_t  *r = *state;

    assert_string_equal(rewritten(r, "<img src=" T " srcset=//video.example/v>"),
        "<img data-ngxc=\"tracker video\" data-ngxc-tag=\"&lt;img src=" T " srcset=//video.example/v&gt;\">");

    r->choices.answers[0] = CONSENT_ACCEPTED;
    assert_string_equal(rewritten(r, "<img src=" T " srcset=//video.example/v>"),
        "<img data-ngxc=\"video\" data-ngxc-tag=\"&lt;img src=" T " srcset=//video.example/v&gt;\">");
}


static void
names_of_ours_in_the_page_are_renamed(void **state)
{
    rewriting_t  *r = *state;

    assert_string_equal(rewritten(r, "<b class=x DATA-NGXC=video data-ngxc-tag='<script>x()</script>'>"),
        "<b class=x data-x-NGXC=video data-x-ngxc-tag='<script>x()</script>'>");
    assert_string_equal(rewritten(r, "<script data-ngxc=a>var x</script>"), "<script data-x-ngxc=a>var x</script>");
    assert_string_equal(rewritten(r, "<img data-ngxc-tag='<b>' src=" T ">"), "<img data-ngxc=\"tracker\">");
    assert_string_equal(rewritten(r, "<script data-ngxc-tag=x>track(1)</script>"),
        "<script data-ngxc=\"tracker\" type=\"text/plain\">track(1)</script>");
    untouched(r, "<b data-ngx=1 data-n=ngxc>");
}


static void
handlers_and_masks_are_seen_wherever_their_tag_stands(void **state)
{
    char          page[1024];
    size_t        i, before;
    rewriting_t  *r = *state;

    static const char *const  tags[] = {
        "<svg onload=\"track('x')\">", "<iframe onload=\"track('x')\">", "<img src=/own onload=\"track('x')\">", "<body onload=track(1)>",
        "<p onanimationstart=\"track('x')\">", "<svg width=9 mask='url(" T ")'>", "<details open ontoggle='track(1)'>", "<input autofocus onfocus=track&lpar;1)>",
        "<x-y class=\"0123456789 0123456789 0123456789 0123456789 0123456789\" onfocus=\"track('x')\">"
    };

    for (i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
        for (before = 0; before < 70; before++) {
            memset(page, '.', sizeof(page));
            memcpy(page + before, tags[i], strlen(tags[i]));

            rewriting_run(r, page, sizeof(page), NULL, NULL);
            r->out.data[r->out.len - 1] = '\0';
            assert_non_null(strstr(r->out.data, "data-ngxc=\"tracker\""));
        }
    }
}


static void
nobody_who_is_refused_is_told_of_what_was_seen(void **state)
{
    rewriting_t  *r = *state;

    assert_string_equal(rewritten(r, "<img src=/own attributionsrc=" T " alt=x>"),
        "<img" N("&lt;img src=/own attributionsrc=" T " alt=x&gt;") " alt=x>");
    assert_string_equal(rewritten(r, "<img attributionsrc=' /own\n" T " '>"), "<img" N("&lt;img attributionsrc=' /own\n" T " '&gt;") ">");
    assert_string_equal(rewritten(r, "<script attributionsrc=" T "></script>"),
        "<script" N("&lt;script attributionsrc=" T "&gt;") " type=\"text/plain\"></script>");

    untouched(r, "<img src=/own attributionsrc>");
    untouched(r, "<img src=/own attributionsrc='/own /b'>");
    untouched(r, "<a href=/own attributionsrc=" T ">");
    untouched(r, "<p attributionsrc=" T ">");
}


static void
what_is_found_is_reported(void **state)
{
    rewriting_t  *r = *state;

    rewritten(r,
        "<img src=" T "><img src=/own><img src=//other.example/x><script>track()</script><img src=/tracker.js>");
    assert_string_equal(r->reports,
        "img tracker.example tracker neutralised\nimg other.example -\nscript  tracker neutralised\n"
        "img  tracker neutralised\n");

    r->conf.observe = 1;
    untouched(r, "<!doctype html><img src=" T "><script>track()</script><p style='a:url(//video.example/x)'>");
    assert_string_equal(r->reports, "img tracker.example tracker\nscript  tracker\nstyle video.example video\n");
}


static void
hosts_nobody_knows_are_blocked_in_a_closed_world(void **state)
{
    rewriting_t  *r = *state;

    r->policy->unknown_hosts = CONSENT_UNKNOWN_BLOCK;
    assert_string_equal(rewritten(r, "<img src=//other.example/x alt=y><img src=/own>"),
        "<img data-ngxc=\"\" data-ngxc-tag=\"&lt;img src=//other.example/x alt=y&gt;\" alt=y><img src=/own>");
    assert_string_equal(rewritten(r, "<iframe src=//other.example/x></iframe>"),
        "<iframe data-ngxc=\"\" data-ngxc-tag=\"&lt;iframe src=//other.example/x&gt;\"></iframe>");
}


#define H  "[H]"
#define B  "[B]"
#define E  "[E]"


static consent_str_t
part(void *data, consent_part_t which, consent_str_t lang, int based)
{
    static const consent_str_t  parts[] = {
        [CONSENT_PART_HEAD] = { H, 3 }, [CONSENT_PART_BODY_START] = { B, 3 }, [CONSENT_PART_BODY_END] = { E, 3 }
    };

    (void) data;
    (void) lang;
    (void) based;

    return parts[which];
}


/* What is known of the document when the banner is asked for. */

static consent_str_t
telling_part(void *data, consent_part_t which, consent_str_t lang, int based)
{
    static char  told[64];

    (void) data;

    if (which != CONSENT_PART_BODY_START) {
        return CONSENT_STR("");
    }

    snprintf(told, sizeof(told), "[%.*s %s]", (int) lang.len, lang.data, based ? "based" : "plain");

    return consent_str(told);
}


static void
what_is_put_in_may_depend_on_the_language_and_base_of_the_page(void **state)
{
    size_t                i;
    rewriting_t          *r = *state;
    static const struct {
        const char  *before;
        const char  *after;
    }  rows[] = {
        { "<html lang=fr><body>", "<html lang=fr><body>[fr plain]" },
        { "<html lang=' pt-BR '><html lang=en><body>", "<html lang=' pt-BR '><html lang=en><body>[pt-BR plain]" },
        { "<html><body>", "<html><body>[ plain]" },
        { "<html lang='\"><script>'><body>", "<html lang='\"><script>'><body>[ plain]" },
        { "<html lang=fr><base href=/x/><body>", "<html lang=fr><base href=/x/><body>[fr based]" }
    };

    r->conf.part = telling_part;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_string_equal(rewritten(r, rows[i].before), rows[i].after);
    }
}

static void
the_gateways_markup_goes_where_head_and_body_are(void **state)
{
    size_t        i;
    rewriting_t  *r = *state;

    static const struct {
        const char  *before;
        const char  *after;
    } rows[] = {
        { "<!doctype html><html><head><title>x</title></head><body class=c><p>y</body></html>",
          "<!doctype html><html><head>" H "<title>x</title></head><body class=c>" B "<p>y" E "</body></html>" },
        { "<html><body>x</body></html>", "<html>" H "<body>" B "x" E "</body></html>" },
        { "<!doctype html><title>x</title><p>y", "<!doctype html>" H "<title>x</title>" B "<p>y" E },
        { "<title>x</title>", H "<title>x</title>" B E },
        { "<!doctype html>\n text", "<!doctype html>\n " H B "text" E },
        { "<!doctype html>", "<!doctype html>" H B E },
        { "<!-- a --><!doctype html><!-- <head> --><html lang=fr> <!-- b --><head>",
        "<!-- a --><!doctype html><!-- <head> -->"
          "<html lang=fr> <!-- b --><head>" H B E },
        { "\xef\xbb\xbf<!doctype html><head></head>x", "\xef\xbb\xbf<!doctype html><head>" H "</head>" B "x" E },
        { "<head><script>'<body>'</script></head><body>", "<head>" H "<script>'<body>'</script></head><body>" B E },
        { "<head><noscript><img></noscript><template><div></div></template></head><body>",
          "<head>" H "<noscript><img></noscript><template><div></div></template></head><body>" B E },
        { "<html><header></header>", "<html>" H B "<header></header>" E },
        { "<html><head></head>\n<!-- x -->\n<link>\n<div>",
        "<html><head>" H "</head>\n<!-- x -->\n<link>\n" B "<div>" E },
        { "<html><head>text<body>", "<html><head>" H B "text<body>" E },
        { "<html></head><p>", "<html>" H "</head>" B "<p>" E },
        { "<html></html>", "<html>" H B E "</html>" },
        { "<body><script>'</body>'</script><!-- </body> --></body>z</html>",
          H "<body>" B "<script>'</body>'</script><!-- </body> -->" E "</body>z</html>" },
        { "<body><textarea>", H "<body>" B "<textarea>" },
        { "<body><!--", H "<body>" B "<!--" },
        { "<body><div a=", H "<body>" B "<div a=" },
        { "<title>x</title><div> </div><body class=c>y", H "<title>x</title>" B "<div> </div><body class=c>y" E },
        { "<title>x</title><div> </div></body>", H "<title>x</title>" B "<div> </div>" E "</body>" },
        { "<body><svg><script>track(1)", H "<body>" B "<svg><script>track(1)" },
        { "<body><svg><style>a{}", H "<body>" B "<svg><style>a{}" },
        { "<html><frameset><frame><noframes><body></body></noframes></frameset></html>",
          "<html>" H "<frameset><frame><noframes><body></body></noframes></frameset></html>" },
        { "<head><frameset></frameset>", "<head>" H "<frameset></frameset>" },
        { "<html amp><head></head><body></body>", "<html amp><head></head><body></body>" },
        { "<!doctype html><html \xe2\x9a\xa1><head></head><body>",
        "<!doctype html><html \xe2\x9a\xa1><head></head><body>" },
        { "<div>x</div>", "<div>x</div>" },
        { "text<html><body>", "text<html><body>" },
        { "<link><title>x</title>", "<link><title>x</title>" },
        { "", "" }, { "  ", "  " }, { "<!-- x -->", "<!-- x -->" },
        { "<body><a href=/_choices/>x</a></body>", H "<body>" B "<a href=/_choices/>x</a></body>" },
        { "<body><a href='https://www.site.example/_choices/?lang=fr'>x</a></body>",
          H "<body>" B "<a href='https://www.site.example/_choices/?lang=fr'>x</a></body>" },
        { "<body><a href=/x?/_choices/>x</a></body>", H "<body>" B "<a href=/x?/_choices/>x</a>" E "</body>" },
        { "<body background=" T ">x", H "<body" N("&lt;body background=" T "&gt;") ">" B "x" E },
        { "<body><template></body></template><svg><desc></body>",
        H "<body>" B "<template></body></template><svg><desc>" E "</body>" }
    };

    r->conf.part = part;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_string_equal(rewritten(r, rows[i].before), rows[i].after);
        assert_int_equal(r->stats.banner, strstr(rows[i].after, B) != NULL);
    }
}


static void
what_a_browser_goes_to_is_a_page_whatever_it_begins_with(void **state)
{
    size_t        i;
    rewriting_t  *r = *state;

    static const struct {
        const char  *before;
        const char  *after;
    } rows[] = {
        { "<div>x</div>", H B "<div>x</div>" E },
        { "text<html><body>", H B "text<html><body>" E },
        { "<link><center>x", H "<link>" B "<center>x" E },
        { "<script>y()</script><p>x</body>", H "<script>y()</script>" B "<p>x" E "</body>" },
        { "<html amp><body>x", "<html amp><body>x" },
        { "", "" }
    };

    r->conf.part = part;
    r->conf.page_for_sure = 1;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_string_equal(rewritten(r, rows[i].before), rows[i].after);
    }
}


static void
a_stub_stands_before_the_first_script_of_its_service(void **state)
{
    rewriting_t  *r = *state;

    r->conf.inline_script = 1;
    r->conf.script_nonce = CONSENT_STR("n\"1");

    assert_string_equal(rewritten(r, "<img src=" T "><script src=" T "></script><script>track(1)</script>"),
        "<img" N("&lt;img src=" T "&gt;") "><script nonce=\"n&quot;1\">" REWRITING_STUB "</script>"
        "<script" N("&lt;script src=" T "&gt;") " type=\"text/plain\"></script>"
        "<script" N("&lt;script&gt;") " type=\"text/plain\">track(1)</script>");

    r->conf.inline_script = 0;
    rewritten(r, "<script src=" T "></script>");
    assert_null(strstr(r->out.data, REWRITING_STUB));
}


/* The limits, at a small one. */

static void
a_tag_that_is_too_long_is_made_safe_without_being_whole(void **state)
{
    rewriting_t  *r = *state;

    r->conf.hold = 64;

    /* its source was seen: the rest is left out */

    assert_string_equal(rewritten(r, "<img id=a src=" T " alt='0123456789012345678901234567890123456789' width=1>x"),
        "<img data-ngxc=\"tracker\" id=a>x");
    assert_int_equal(r->stats.overflows, 1);

    /* an end tag loads nothing, whatever stands in it */

    untouched(r, "</b 0123456789012345678901234567890123456789 0123456789 012345678901234567890 style='a:url(" T ")'>x");

    /* so was what would be its source, and whether it is may show later */

    assert_string_equal(rewritten(r, "<meta content='0;url=" T "' x=0123456789012345678901234567890 http-equiv=refresh>x"),
        "<meta data-ngxc=\"tracker\">x");
    assert_string_equal(rewritten(r, "<script type=a src=" T " x=0123456789012345678901234567890 type=module></script>"),
        "<script data-ngxc=\"tracker\" type=\"text/plain\"></script>");

    /* its source comes later: renamed where it stands */

    assert_string_equal(rewritten(r, "<img alt='01234567890123456789012345678901234567890123456789' src=" T " id=a>x"),
        "<img alt='01234567890123456789012345678901234567890123456789' data-x-src=" T " id=a>x");
    assert_string_equal(rewritten(r,
        "<script a='01234567890123456789012345678901234567890123456789' src=" T ">track()</script>"),
        "<script a='01234567890123456789012345678901234567890123456789' src=\"data:text/javascript,\""
        " href=\"data:text/javascript,\" data-x-src=" T ">track()\n\n*/\n*/\n`\n*/\n</script>");

    /* of a value that never ends nothing is known, unless everything is allowed */

    assert_string_equal(rewritten(r,
        "<img srcset='/own01234567890123456789012345678901234567890123456789012345678901234567890'>x"),
        "<img data-x-srcset='/own01234567890123456789012345678901234567890123456789012345678901234567890'>x");

    /* a style is read on, and cut before what it may not load; a srcdoc is written anew */

    assert_string_equal(rewritten(r,
        "<p style='a:url(data:01234567890123456789012345678901234567890123456789012345678901234567890);"
        "b:url(/own0123456789012345678901234567890123456789)' id=x>y"),
        "<p style='a:url(data:01234567890123456789012345678901234567890123456789012345678901234567890);"
        "b:url(/own0123456789012345678901234567890123456789)' id=x>y");
    assert_string_equal(rewritten(r,
        "<p style='a:url(data:01234567890123456789012345678901234567890123456789012345678901234567890);"
        "b:url(//tracker.example/0123456789)' id=x>y"),
        "<p style='a:url(data:0123456789012345678901234567890123456789012345' id=x>y");
    assert_string_equal(rewritten(r,
        "<iframe srcdoc='<p>012345678901234567890123456789&amp;lt;0123456789012345678901234567890123456789"
        "<img src=" T ">&quot;' id=x></iframe>"),
        "<iframe srcdoc=\"&lt;p&gt;012345678901234567890123456789&amp;lt;0123456789012345678901234567890123456789"
        "&lt;img data-ngxc=&quot;tracker&quot; data-ngxc-tag=&quot;&amp;lt;img src=" T "&amp;gt;&quot;&gt;&quot;\""
        " id=x></iframe>");

    /* own ones stay */

    assert_string_equal(rewritten(r,
        "<img alt='01234567890123456789012345678901234567890123456789' src=/own style=color:red>x"),
        "<img alt='01234567890123456789012345678901234567890123456789' src=/own style=color:red>x");

    rewriting_answer(r, CONSENT_ACCEPTED);
    r->policy->unknown_services = CONSENT_UNKNOWN_REPORT;
    rewritten(r, "<img srcset='" T "01234567890123456789012345678901234567890123456789012345678901234567890'>x");
    assert_int_equal(r->stats.neutralised, 0);
}


static void
an_inline_script_that_is_too_long_is_still_matched(void **state)
{
    rewriting_t  *r = *state;

    r->conf.hold = 64;

    assert_string_equal(rewritten(r,
        "<script>track(1);var x='0123456789012345678901234567890123456789012345678901234567890123456789'"
        "</script>"),
        "<script" N("&lt;script&gt;") " type=\"text/plain\">"
        "track(1);var x='0123456789012345678901234567890123456789012345678901234567890123456789'</script>");
    assert_int_equal(r->stats.overflows, 1);

    assert_string_equal(rewritten(r,
        "<script>var x='0123456789012345678901234567890123456789012345678901234567890123456789';track(1)"
        "</script>y"),
        "<script>var x='0123456789012345678901234567890123456789012345678901234567890123456789';track(1)"
        "\n\n*/\n*/\n`\n*/\n</script>y");
    assert_int_equal(r->stats.overflows, 1);
    assert_int_equal(r->stats.neutralised, 1);

    untouched(r,
              "<script>var x='0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890'</script>y");
}


static char *
repeat(const char *before, const char *what, size_t n, const char *after)
{
    char    *page, *p;
    size_t   i, len;

    len = strlen(what);
    page = malloc(strlen(before) + n * len + strlen(after) + 1);
    assert_non_null(page);

    p = stpcpy(page, before);

    for (i = 0; i < n; i++, p += len) {
        memcpy(p, what, len);
    }

    strcpy(p, after);

    return page;
}


static size_t
sixteen_kilobytes(void *data)
{
    (void) data;

    return 16384;
}


static void
huge_input_takes_bounded_memory(void **state)
{
    char         *page;
    size_t        i;
    rewriting_t  *r = *state;

    static const struct {
        const char  *before;
        const char  *what;
        size_t       n;
        const char  *after;
        unsigned     neutralised;
        unsigned     overflows;
    } rows[] = {
        { "<img src=data:image/png;base64,", "AAAAAAAAAA", 6000, "><img src=" T ">", 1, 0 },
        { "<img src=data:image/png;base64,", "AAAAAAAAAA", 60000, " srcset=" T "><img src=" T ">", 2, 1 },
        { "<img src=" T "?", "a", 200000, ">", 1, 1 },
        { "<script>", "var a = 1;", 100000, "track(1)</script><img src=" T ">", 2, 1 },
        { "<script>", "var a = 1;", 100000, "</script><img src=" T ">", 1, 0 },
        { "<img ", "a=b ", 10000, " src=" T ">", 1, 0 },
        { "<img ", "a=b ", 100000, " src=" T ">", 1, 1 },
        { "<img ", "src=" T " ", 10000, ">", 10000 - 65536 / 24 > 0 ? 1 : 0, 1 },
        { "", "<svg>", 100000, "<title><image href=" T " />", 1, 0 },
        { "", "<svg><desc>", 100000, "<img src=" T ">", 1, 0 },
        { "", "<template>", 100000, "<img src=" T ">", 1, 0 },
        { "", "<", 1000000, "<img src=" T ">", 1, 0 },
        { "<img alt=\"", "'>", 500000, "\" src=" T ">", 1, 1 },
        { "<style>a{b:url(", "a", 1000000, ")} c{d:url(" T ")}", 1, 0 },
        { "<style>a{b:url(" T, "a", 1000000, ")} c{d:url(" T ")}", 2, 1 },
        { "<a", "a", 1000000, " src=x><img src=" T ">", 1, 1 },
        { "<script src=x>", "<!--<script>", 100000, "--></script><img src=" T ">", 1, 0 },
        { "", "<noscript><img src=/own>", 50000, "</noscript><img src=" T ">", 1, 0 }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        page = repeat(rows[i].before, rows[i].what, rows[i].n, rows[i].after);

        rewriting_run(r, page, strlen(page), sixteen_kilobytes, NULL);

        if (r->stats.neutralised != rows[i].neutralised || r->stats.overflows != rows[i].overflows) {
            fail_msg("%s%s…: %u neutralised, %u overflows", rows[i].before, rows[i].what, r->stats.neutralised,
                     r->stats.overflows);
        }

        assert_in_range(r->memory, 1, 4 * CONSENT_REWRITER_HOLD);
        free(page);
    }
}


/* Processor time, the least of three. */

static double
seconds(rewriting_t *r, const char *page)
{
    int      i;
    clock_t  start, took, least;

    for (i = 0, least = 0; i < 3; i++) {
        start = clock();
        rewriting_run(r, page, strlen(page), sixteen_kilobytes, NULL);
        took = clock() - start;

        least = i == 0 || took < least ? took : least;
    }

    return (double) least / CLOCKS_PER_SEC;
}


/* Four times the page takes four times as long; were it the square, it would be sixteen. */

static void
time_is_linear_in_the_page(void **state)
{
    char         *page;
    size_t        i;
    double        once, fourfold;
    rewriting_t  *r = *state;

    static const struct {
        const char  *before;
        const char  *what;
        const char  *after;
    } rows[] = {
        { "", "<p class=x>text</p>", "" }, { "", "<", "" }, { "", "<!--", "" }, { "", "</", "" }, { "", "<svg>", "" },
        { "", "<svg><desc>", "" }, { "", "<svg><style>", "" }, { "", "<svg><script>", "" }, { "", "<template>", "" },
        { "<img ", "a=b ", ">" }, { "<img ", "src=" T " ", ">" }, { "<img alt='", "\">", "'>" }, { "<p style='", "url(", "'>" },
        { "<svg><style>", "&amp;", "" }, { "<svg><style>", "url(&quot;", "" }, { "<svg><style>", "<![CDATA[a]]>", "" },
        { "<svg>", "<![CDATA[>", "" }, { "<svg><script>", "&lt;<!-- -->", "</script>" }, { "<style>", "@import '", "" },
        { "<script>", "import ", "</script>" }, { "<script>", "import'", "</script>" }, { "<script>", "<!--<script>", "" },
        { "<script type=importmap>{", "\"a\":\"//b.example\",", "}</script>" },
        { "<iframe src='data:text/html,", "<img src=" T ">", "'></iframe>" },
        { "<iframe src='data:text/xml,", "a:a", "'></iframe>" }, { "<iframe srcdoc='", "<img src=" T ">", "'></iframe>" },
        { "<svg><animate values='", "a;", "'/>" }, { "<img srcset='", "a,", "'>" }, { "<b ", "onload=track(1) ", ">" },
        { "", "<noscript><img src=" T ">", "" }, { "", "<meta http-equiv=refresh content='0;url=" T "'>", "" }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        page = repeat(rows[i].before, rows[i].what, 60000 / strlen(rows[i].what), rows[i].after);
        once = seconds(r, page);
        free(page);

        page = repeat(rows[i].before, rows[i].what, 240000 / strlen(rows[i].what), rows[i].after);
        fourfold = seconds(r, page);
        free(page);

        if (fourfold > 9 * once + 0.01) {
            fail_msg("%s%s…: %.3f s, and four times as much %.3f s", rows[i].before, rows[i].what, once, fourfold);
        }
    }
}


static int
refuse(void *data, consent_out_t kind, const char *bytes, size_t len)
{
    (void) data;
    (void) kind;
    (void) bytes;
    (void) len;

    return -1;
}


static void
nothing_goes_on_after_emit_has_failed(void **state)
{
    heap_t               heap;
    rewriting_t         *r = *state;
    consent_rewriter_t  *rw;

    heap_init(&heap);
    r->conf.emit = refuse;
    rw = consent_rewriter_create(&heap.arena, &r->conf);

    assert_int_equal(consent_rewriter_feed(rw, "<b>x", 4, 0), -1);
    assert_int_equal(consent_rewriter_feed(rw, "", 0, 1), -1);

    heap_free(&heap);
}


typedef struct {
    const char  *input;
    size_t       forwarded;
    size_t       copied;
} copies_t;


static int
count_copies(void *data, consent_out_t kind, const char *bytes, size_t len)
{
    copies_t  *copies = data;

    (void) bytes;

    if (kind == CONSENT_OUT_INPUT) {
        assert_ptr_equal(bytes, copies->input + copies->forwarded);
        copies->forwarded += len;

    } else {
        copies->copied += len;
    }

    return 0;
}


static void
ordinary_bytes_are_forwarded_at_once_and_not_copied(void **state)
{
    heap_t               heap;
    copies_t             copies = { "<p>some text<b>bold</b> and an unfinished <img", 0, 0 };
    rewriting_t         *r = *state;
    consent_rewriter_t  *rw;

    heap_init(&heap);
    r->conf.emit = count_copies;
    r->conf.found = NULL;
    r->conf.data = &copies;

    rw = consent_rewriter_create(&heap.arena, &r->conf);

    assert_int_equal(consent_rewriter_feed(rw, copies.input, strlen(copies.input), 0), 0);
    assert_int_equal(copies.forwarded, strlen(copies.input) - 4);
    assert_int_equal(copies.copied, 0);
    assert_int_equal(consent_rewriter_held(rw), 4);

    heap_free(&heap);
}


#define TEST(name)  cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest  tests[] = {
        TEST(what_is_put_in_may_depend_on_the_language_and_base_of_the_page),
        TEST(the_neutral_form_keeps_what_is_harmless_and_the_whole_original),
        TEST(an_iframe_leads_to_the_placeholder_of_its_service),
        TEST(restoring_is_byte_exact),
        TEST(every_element_that_loads_is_made_neutral),
        TEST(what_loads_nothing_is_left_alone),
        TEST(urls_are_compared_as_browsers_resolve_them),
        TEST(the_first_base_decides_about_relative_urls),
        TEST(attributes_are_read_in_every_spelling),
        TEST(a_nul_in_a_name_makes_it_another_name),
        TEST(comments_and_declarations_end_where_the_standard_says),
        TEST(script_text_ends_where_browsers_end_it),
        TEST(inline_scripts_are_matched_by_their_whole_text),
        TEST(foreign_content_is_left_and_entered_as_in_browsers),
        TEST(framesets_and_templates_change_what_text_is),
        TEST(references_in_styles_are_replaced),
        TEST(styles_and_scripts_of_svg_are_read_as_what_they_mean),
        TEST(an_element_keeps_its_attributes_when_only_its_style_or_background_loads),
        TEST(a_srcdoc_is_a_document_of_its_own),
        TEST(what_an_address_holds_is_read),
        TEST(handlers_that_a_browser_runs_by_itself_are_taken_away),
        TEST(an_import_map_loses_only_the_addresses_of_what_is_refused),
        TEST(several_services_in_one_tag_are_all_named),
        TEST(names_of_ours_in_the_page_are_renamed),
        TEST(handlers_and_masks_are_seen_wherever_their_tag_stands),
        TEST(nobody_who_is_refused_is_told_of_what_was_seen),
        TEST(what_is_found_is_reported),
        TEST(hosts_nobody_knows_are_blocked_in_a_closed_world),
        TEST(the_gateways_markup_goes_where_head_and_body_are),
        TEST(what_a_browser_goes_to_is_a_page_whatever_it_begins_with),
        TEST(a_stub_stands_before_the_first_script_of_its_service),
        TEST(a_tag_that_is_too_long_is_made_safe_without_being_whole),
        TEST(an_inline_script_that_is_too_long_is_still_matched),
        TEST(huge_input_takes_bounded_memory),
        TEST(time_is_linear_in_the_page),
        TEST(nothing_goes_on_after_emit_has_failed),
        TEST(ordinary_bytes_are_forwarded_at_once_and_not_copied)
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
