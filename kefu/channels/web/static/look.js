// Before the first paint: the type size and colours this visitor chose. A classic script, so that nothing flashes.
(() => {
  "use strict";
  try {
    const theme = localStorage.getItem("kefu.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
    if (localStorage.getItem("kefu.size") === "large") document.documentElement.dataset.size = "large";
  } catch {
    // storage is blocked: the system's own settings stand
  }
})();
