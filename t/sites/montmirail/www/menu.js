/* The page one is on is marked in the menu; clicks on the steps are counted when Matomo is there. */
(function () {
    "use strict";

    document.querySelectorAll("nav a").forEach(function (a) {
        if (a.pathname === location.pathname) {
            a.setAttribute("aria-current", "page");
        }
    });

    document.querySelectorAll(".acces a").forEach(function (a) {
        a.addEventListener("click", function () {
            window._paq.push(["trackEvent", "Accueil", "Démarche", a.textContent]);
        });
    });

    document.documentElement.setAttribute("data-menu", "ready");
})();
