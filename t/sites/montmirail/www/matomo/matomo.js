/*
 * A stand-in for Matomo's tracker, ours: the commands, cookies and requests that its documentation describes, nothing else of it.
 * Cookies are set by script; a visit is a POST without a body, with everything in the query.
 */
(function (window, document) {
    "use strict";

    var queue = window._paq || [], url = "matomo.php", site = "1", method = "GET", cookies = true, allowed = true, asked = false,
        sent = false, held = [], day = 86400, year = 365 * day, suffix = hash(location.hostname + "/");

    function hash(text) {
        var h = 0, i;

        for (i = 0; i < text.length; i++) {
            h = (h * 31 + text.charCodeAt(i)) & 0xffff;
        }
        return ("000" + h.toString(16)).slice(-4);
    }

    function name(kind) {
        return "_pk_" + kind + "." + site + "." + suffix;
    }

    function get(key) {
        var found = document.cookie.split("; ").filter(function (c) { return c.indexOf(key + "=") === 0; })[0];

        return found ? found.slice(key.length + 1) : "";
    }

    function set(key, value, age) {
        document.cookie = key + "=" + value + "; Max-Age=" + age + "; Path=/; SameSite=Lax";
    }

    function forget() {
        ["id", "ses", "ref", "cvar"].forEach(function (kind) { set(name(kind), "", 0); });
    }

    // Thirteen months from the time in the cookie's own value, however often it is written.
    function visitor() {
        var now = Math.round(Date.now() / 1000), id = get(name("id")), i;

        if (!cookies) {
            return "";
        }
        if (!id) {
            for (id = "", i = 0; i < 16; i++) {
                id += Math.floor(Math.random() * 16).toString(16);
            }
            id += "." + now + ".";
        }
        set(name("id"), id, Number(id.split(".")[1]) + 393 * day - now);
        set(name("ses"), "1", 1800);
        refer(now);
        return id.slice(0, 16);
    }

    // Whence the visit came: a campaign, or another site.
    function refer(now) {
        var campaign = /[?&](?:utm_campaign|mtm_campaign|pk_campaign)=([^&#]*)/.exec(location.search), from = document.referrer;

        if (campaign || (from && from.indexOf(location.protocol + "//" + location.host + "/") !== 0)) {
            set(name("ref"), encodeURIComponent(JSON.stringify([campaign ? decodeURIComponent(campaign[1]) : "", "", now, from])), 182 * day);
        }
    }

    // A beacon without a body, or what is too long for an address as a form; a picture where there are no beacons.
    function send(parameters) {
        var query;

        if (!allowed) {
            held.push(parameters);
            return;
        }
        query = parameters + "&idsite=" + site + "&rec=1&apiv=1&r=" + Math.random().toString().slice(2, 8) + "&_id=" + visitor()
            + "&url=" + encodeURIComponent(location.href) + "&urlref=" + encodeURIComponent(document.referrer)
            + "&res=" + screen.width + "x" + screen.height + "&cookie=" + (cookies ? 1 : 0) + (asked ? "&consent=1" : "");
        sent = true;
        if (method === "POST" || query.length > 2000) {
            fetch(url, { method: "POST", keepalive: true, body: query,
                headers: { "Content-Type": "application/x-www-form-urlencoded; charset=utf-8" } });
        } else if (!navigator.sendBeacon || !navigator.sendBeacon(url + "?" + query)) {
            new Image().src = url + "?" + query;
        }
    }

    function removed() {
        return !!get("mtm_consent_removed");
    }

    var commands = {
        setTrackerUrl: function (u) { url = u; },
        setSiteId: function (id) { site = String(id); },
        trackPageView: function (title) { send("action_name=" + encodeURIComponent(title || document.title)); },
        trackEvent: function (category, action, label) {
            send("e_c=" + encodeURIComponent(category) + "&e_a=" + encodeURIComponent(action) + "&e_n=" + encodeURIComponent(label || ""));
        },
        disableCookies: function () { cookies = false; forget(); },
        setRequestMethod: function (m) { method = m; },
        requireConsent: function () { asked = true; allowed = !!get("mtm_consent") && !removed(); if (!allowed) { forget(); } },
        requireCookieConsent: function () { cookies = !!get("mtm_cookie_consent") && !removed(); if (!cookies) { forget(); } },
        setConsentGiven: function () { allowed = true; set("mtm_consent_removed", "", 0); held.splice(0).forEach(send); },
        setCookieConsentGiven: function () { cookies = true; if (sent) { send("ping=1"); } },
        rememberConsentGiven: function () { this.setConsentGiven(); set("mtm_consent", Date.now(), 30 * year); },
        rememberCookieConsentGiven: function () { set("mtm_cookie_consent", Date.now(), 30 * year); this.setCookieConsentGiven(); },
        forgetConsentGiven: function () {
            set("mtm_consent", "", 0);
            set("mtm_consent_removed", Date.now(), 30 * year);
            allowed = false;
            forget();
        },
        forgetCookieConsentGiven: function () { set("mtm_cookie_consent", "", 0); cookies = false; forget(); },
        optUserOut: function () { this.forgetConsentGiven(); },
        enableLinkTracking: function () {
            document.addEventListener("click", function (event) {
                var a = event.target.closest && event.target.closest("a[href]");

                if (a && a.host && a.host !== location.host) {
                    send("link=" + encodeURIComponent(a.href));
                }
            });
        }
    };

    function run(command) {
        if (typeof commands[command[0]] === "function") {
            commands[command[0]].apply(commands, command.slice(1));
        }
    }

    // As the real one does: what says where and to whom comes first, whatever the order on the page.
    ["setTrackerUrl", "setSiteId", "setRequestMethod", "requireConsent", "requireCookieConsent", "disableCookies"].forEach(function (first) {
        queue = Array.prototype.filter.call(queue, function (command) {
            return command[0] !== first || (run(command), false);
        });
    });
    queue.forEach(run);
    window._paq = { push: function () { Array.prototype.forEach.call(arguments, run); } };
    window.Matomo = { initialized: true };
    document.documentElement.setAttribute("data-matomo", "loaded");
})(window, document);
