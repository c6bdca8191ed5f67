/* Every way in which a site's own script brings a third party in. */
(function () {
    "use strict";

    var here = document.getElementById("ici"), script = document.createElement("script");

    document.write('<img alt="" src="{{https}}://{{facebook_tr}}/tr?id=document-write">');
    new Image().src = "{{https}}://{{facebook_tr}}/tr?id=new-image";
    script.src = "{{https}}://{{googletagmanager}}/gtag/js?id=create-element";
    document.head.append(script);
    here.innerHTML = '<iframe title="Vidéo" width="280" height="158" src="{{https}}://{{youtube}}/embed/inner-html"></iframe>';
    here.style.backgroundImage = "url({{https}}://{{facebook_tr}}/tr?id=style)";
    fetch("{{https}}://{{facebook_tr}}/tr?id=fetch", { mode: "no-cors" }).catch(function () {});
    navigator.sendBeacon("{{https}}://{{google_analytics}}/g/collect?id=beacon");
    document.documentElement.setAttribute("data-execution", "ready");
})();
