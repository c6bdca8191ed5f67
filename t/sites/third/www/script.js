/*
 * The scripts of third parties, as a page sees them: each says that it ran, sets the cookies of the real one and reports the visit.
 * One file: its own address says whose part it plays.
 */
(function (document, window) {
    "use strict";

    var script = document.currentScript,
        from = script ? new URL(script.src) : new URL("{{https}}://" + "<!--# echo var="http_host" -->" + "<!--# echo var="document_uri" -->"),
        page = encodeURIComponent(location.href),
        day = 86400;

    function mark(name) {
        document.documentElement.setAttribute("data-" + name, "loaded");
    }

    function cookie(name, value, age) {
        document.cookie = name + "=" + value + "; Path=/; Max-Age=" + age + "; SameSite=Lax";
    }

    function pixel(url) {
        new Image().src = url;
    }

    function frame(element, path, width, height) {
        var f = document.createElement("iframe");

        f.src = from.origin + path;
        f.width = width;
        f.height = height;
        f.title = "Contenu de " + from.hostname;
        f.style.border = "0";
        element.parentNode.replaceChild(f, element);
    }

    function each(selector, what) {
        Array.prototype.forEach.call(document.querySelectorAll(selector), what);
    }

    function ready(what) {
        if (document.readyState === "loading") {
            document.addEventListener("DOMContentLoaded", what);
        } else {
            what();
        }
    }

    function button(element, label) {
        element.insertAdjacentHTML("afterend", "<span class=\"bouton-tiers\" style=\"display:inline-block;padding:.15rem .6rem;border-radius:.9rem;background:#1b5fa7;color:#fff;font:600 .8rem system-ui,sans-serif\">" + label + "</span>");
        element.remove();
    }

    var parts = [
        [/\/gtag\/js$/, function () {
            mark("googletagmanager");
            cookie("_ga", "GA1.1.1234567890.1700000000", 730 * day);
            cookie("_ga_DEMO123456", "GS1.1.1700000000.1.0.1700000000.0.0.0", 730 * day);
            navigator.sendBeacon("{{https}}://{{google_analytics}}/g/collect?v=2&tid=" + (from.searchParams.get("id") || "") + "&dl=" + page);
        }],
        [/\/gtm\.js$/, function () {
            mark("google-tag-manager");
            cookie("_gcl_au", "1.1.1234567890.1700000000", 90 * day);
        }],
        [/\/(?:analytics|ga)\.js$/, function () {
            mark("google-analytics");
            cookie("_ga", "GA1.2.1234567890.1700000000", 730 * day);
            cookie("_gid", "GA1.2.987654321.1700000000", day);
            pixel(from.origin + "/collect?v=1&dl=" + page);
        }],
        [/\/fbevents\.js$/, function () {
            mark("facebook-pixel");
            cookie("_fbp", "fb.1.1700000000000.1234567890", 90 * day);
            pixel("{{https}}://{{facebook_tr}}/tr/?id=1234567890&ev=PageView&dl=" + page);
        }],
        [/\/sdk\.js$/, function () {
            mark("facebook-sdk");
            window.FB = { init: function () {}, XFBML: { parse: function () {} }, Event: { subscribe: function () {} } };
            if (window.fbAsyncInit) {
                window.fbAsyncInit();
            }
            ready(function () {
                each(".fb-page", function (e) { frame(e, "/plugins/page.php?href=" + encodeURIComponent(e.dataset.href || ""), 340, 200); });
                each(".fb-like, .fb-share-button", function (e) { button(e, "J'aime 128"); });
            });
        }],
        [/\/widgets\.js$/, function () {
            mark("twitter");
            window.twttr = { ready: function (f) { f(window.twttr); }, widgets: { load: function () {} } };
            ready(function () {
                each(".twitter-share-button", function (e) { button(e, "Post"); });
                each(".twitter-timeline, .twitter-tweet", function (e) { frame(e, "/p/timeline", 340, 200); });
            });
        }],
        [/\/in\.js$/, function () {
            mark("linkedin");
            ready(function () { each("script[type='IN/Share']", function (e) { button(e, "Partager 12"); }); });
        }],
        [/\/(?:plusone|platform)\.js$/, function () {
            mark("google-plus");
            ready(function () { each(".g-plusone", function (e) { button(e, "+1"); }); });
        }],
        [/\/page\.js$/, function () {
            mark("addtoany");
            ready(function () { each(".a2a_kit a", function (e) { e.textContent = e.textContent || "Partager"; }); });
        }],
        [/\/recaptcha\/(?:api|enterprise)\.js$/, function () {
            mark("recaptcha");
            window.grecaptcha = { ready: function (f) { f(); }, execute: function () { return Promise.resolve("jeton"); } };
            ready(function () { each(".g-recaptcha", function (e) { e.textContent = "☑ Je ne suis pas un robot"; }); });
        }],
        [/\/datadog-(?:rum|logs)[^\/]*\.js$/, function () {
            var queued = window.DD_RUM && window.DD_RUM.q;

            mark("datadog");
            cookie("_dd_s", "rum=1&id=demo", 365 * day);
            window.DD_RUM = { init: function () {}, onReady: function (f) { f(); } };
            (queued || []).forEach(function (f) { f(); });
            navigator.sendBeacon("{{https}}://{{datadog_intake}}/api/v2/rum?ddsource=browser&view=" + page);
        }],
        [/\/(?:iframe_api|player_api)$/, function () {
            mark("youtube");
            window.YT = { Player: function (id, o) { frame(document.getElementById(id), "/embed/" + o.videoId, 560, 315); }, ready: function (f) { f(); } };
            if (window.onYouTubeIframeAPIReady) {
                window.onYouTubeIframeAPIReady();
            }
        }],
        [/\/embed\.js$/, function () {
            mark("instagram");
            window.instgrm = { Embeds: { process: function () {} } };
            ready(function () { each(".instagram-media", function (e) { frame(e, "/p/demo/embed", 328, 240); }); });
        }],
        [/./, function () { mark("tiers"); }]
    ];

    parts.some(function (part) {
        return part[0].test(from.pathname) && (part[1](), true);
    });
})(document, window);
