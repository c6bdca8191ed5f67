/* Shows received.jsonl, newest first. */
(function () {
    "use strict";

    var table = document.getElementById("recu"), nothing = document.getElementById("rien"), form = document.getElementById("filtre"), skip = 0, shown = "";

    function row(r) {
        var tr = document.createElement("tr"),
            address = [r.x_forwarded_for, r.x_real_ip, r.forwarded, r.cf_connecting_ip, r.client_ip].filter(function (a, i, all) { return a && all.indexOf(a) === i; }),
            request = document.createElement("code"), body;

        request.textContent = r.method + " " + r.host + r.uri;
        [r.time.slice(11, 19), r.who, request, address.join(" · ") || r.remote_addr, r.cookie || "aucun"].forEach(function (content) {
            var td = document.createElement("td");
            td.append(content);
            tr.append(td);
        });
        if (r.body) {
            body = document.createElement("code");
            body.textContent = r.body;
            tr.children[2].append(document.createElement("br"), body);
        }
        tr.className = r.who === "site" ? "site" : "";
        return tr;
    }

    function show(text) {
        var lines = text.split("\n").filter(Boolean), rows;

        if (form.dataset.vider) {
            skip = lines.length;
            delete form.dataset.vider;
        }
        rows = lines.slice(skip).map(function (l) { return JSON.parse(l); })
            .filter(function (r) { return form.site.checked || r.who !== "site"; }).slice(-200).reverse();
        table.hidden = !rows.length;
        nothing.hidden = !!rows.length;
        table.tBodies[0].replaceChildren.apply(table.tBodies[0], rows.map(row));
    }

    function refresh(again) {
        fetch("/received.jsonl").then(function (r) { return r.ok ? r.text() : ""; }).then(function (text) {
            if (text !== shown || again === true) {
                shown = text;
                show(text);
            }
        });
    }

    form.addEventListener("change", function () { refresh(true); });
    form.vider.addEventListener("click", function () { form.dataset.vider = "1"; refresh(true); });
    refresh(true);
    setInterval(refresh, 1500);
})();
