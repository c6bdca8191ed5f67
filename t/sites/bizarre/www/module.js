document.documentElement.setAttribute("data-module", "ready");
