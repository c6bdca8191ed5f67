/* The chart is drawn from the portal's own API. */
document.querySelectorAll(".ods-chart").forEach(function (chart) {
    "use strict";

    fetch(chart.dataset.url).then(function (r) { return r.json(); }).then(function (data) {
        var most = data.results[0].n;

        data.results.forEach(function (r) {
            var bar = document.createElement("div");

            bar.className = "barre";
            bar.style.width = 100 * r.n / most + "%";
            bar.textContent = r.essence + " : " + r.n;
            chart.append(bar);
        });
        chart.dataset.ready = "1";
    });
});
