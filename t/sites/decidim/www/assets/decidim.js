/*
 * Behaves as Decidim's own consent does, and is ours: decidim-consent is written at the first page view, before any choice; until all
 * four categories are accepted every iframe is replaced by a div that holds it in a comment; scripts with data-consent run then.
 */
(function () {
    "use strict";

    var categories = ["essential", "preferences", "analytics", "marketing"], dialog = document.getElementById("dc-dialog-wrapper"),
        modal = document.getElementById("dc-modal"), state = read();

    function read() {
        var found = document.cookie.split("; ").filter(function (c) { return c.indexOf("decidim-consent=") === 0; })[0];

        try {
            return found ? JSON.parse(decodeURIComponent(found.slice(16))) : {};
        } catch (e) {
            return {};
        }
    }

    function write() {
        document.cookie = "decidim-consent=" + encodeURIComponent(JSON.stringify(state)) + "; Max-Age=31536000; Path=/; SameSite=Lax; Domain="
            + location.hostname;
    }

    function all() {
        return categories.every(function (c) { return state[c]; });
    }

    function iframes() {
        if (all()) {
            document.querySelectorAll(".disabled-iframe").forEach(function (div) {
                var comment = Array.prototype.filter.call(div.childNodes, function (n) { return n.nodeType === Node.COMMENT_NODE; })[0];

                if (comment) {
                    div.outerHTML = comment.data;
                }
            });
            return;
        }

        document.querySelectorAll("iframe").forEach(function (frame) {
            var div = document.createElement("div");

            div.className = "disabled-iframe";
            div.appendChild(document.createComment(frame.outerHTML));
            div.appendChild(document.querySelector(".dataconsent-warning").cloneNode(true)).hidden = false;
            frame.replaceWith(div);
        });
    }

    function scripts() {
        document.querySelectorAll("script[type='text/plain'][data-consent]").forEach(function (script) {
            var run;

            if (state[script.dataset.consent]) {
                run = document.createElement("script");
                run.textContent = script.textContent;
                script.replaceWith(run);
            }
        });
    }

    function apply() {
        write();
        iframes();
        scripts();
        document.dispatchEvent(new CustomEvent("dataconsent", { detail: state }));
    }

    function choose(which) {
        state = {};
        categories.forEach(function (c) {
            if (which === "all" || c === "essential" || (which === "save" && modal.querySelector("[data-id='" + c + "'] input").checked)) {
                state[c] = true;
            }
        });
        dialog.hidden = modal.hidden = true;
        apply();
    }

    function on(id, what) {
        document.getElementById(id).addEventListener("click", what);
    }

    ["dialog", "modal"].forEach(function (where) {
        on("dc-" + where + "-accept", function () { choose("all"); });
        on("dc-" + where + "-reject", function () { choose("essential"); });
    });
    on("dc-modal-save", function () { choose("save"); });
    on("dc-dialog-settings", function () { modal.hidden = false; });
    on("dc-open", function () { modal.hidden = false; });
    document.addEventListener("click", function (e) {
        if (e.target.classList.contains("dc-warning-settings")) {
            modal.hidden = false;
        }
    });

    dialog.hidden = !!state.essential;
    apply();
    document.documentElement.setAttribute("data-decidim", "ready");
})();
