/* First-party code that calls third parties it takes for granted. */
window.compter = function (what) {
    "use strict";

    window.gtag("event", "clic", { nom: what });
    window.fbq("trackCustom", "clic", { nom: what });
    document.documentElement.setAttribute("data-compte", what);
};

document.querySelectorAll("form[data-restant]").forEach(function (form) {
    "use strict";

    form.addEventListener("change", function () {
        var rest = Number(form.dataset.restant);

        form.querySelectorAll("input:checked").forEach(function (box) { rest -= Number(box.dataset.cout); });
        form.querySelector("output").textContent = rest.toLocaleString("fr-FR") + " €";
    });
});
