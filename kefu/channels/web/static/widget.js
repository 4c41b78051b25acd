/*
 * The chat on any page: <script src="https://kefu.example/widget.js" async></script>
 * Options on the tag: data-title="在线客服" data-color="#0a6b57" data-position="left". The site must be in WIDGET_ORIGINS.
 */
(() => {
  "use strict";
  const script = document.currentScript;
  if (!script || document.querySelector("[data-kefu-widget]")) return;
  const origin = new URL(script.src).origin;
  const title = script.dataset.title || "在线客服";
  const color = script.dataset.color && CSS.supports("color", script.dataset.color) ? script.dataset.color : "#0a6b57";
  const side = script.dataset.position === "left" ? "left" : "right";
  const OPEN = "kefu-widget-open";
  const narrow = matchMedia("(max-width: 480px)");

  const STYLE = `
    :host { all: initial; }
    * { box-sizing: border-box; font-family: system-ui, "PingFang SC", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; }
    [hidden] { display: none !important; }
    .launch { position: fixed; bottom: calc(20px + env(safe-area-inset-bottom)); ${side}: 20px; z-index: 2147483000;
      min-height: 52px; padding: 0 20px; border: 0; border-radius: 26px; background: ${color}; color: #fff; font-size: 17px;
      font-weight: 600; cursor: pointer; box-shadow: 0 4px 16px rgb(0 0 0 / 28%); }
    .launch:focus-visible { outline: 3px solid #1a63d8; outline-offset: 3px; }
    .badge { display: inline-block; min-width: 22px; margin-left: 8px; padding: 0 6px; border-radius: 11px; background: #c3210f;
      color: #fff; font-size: 14px; line-height: 22px; }
    .panel { position: fixed; bottom: calc(84px + env(safe-area-inset-bottom)); ${side}: 20px; z-index: 2147483000; width: 390px;
      height: min(680px, calc(100dvh - 104px)); border-radius: 16px; overflow: hidden; background: #edf1ef;
      box-shadow: 0 8px 40px rgb(0 0 0 / 30%); }
    iframe { display: block; width: 100%; height: 100%; border: 0; }
    @media (max-width: 480px) {
      .panel { inset: 0; width: 100%; height: 100%; border-radius: 0; }
      .launch[aria-expanded="true"] { display: none; }
    }`;

  function remember(open) {
    try {
      if (open) sessionStorage.setItem(OPEN, "1");
      else sessionStorage.removeItem(OPEN);
    } catch {
      // blocked: then it is closed on the next page
    }
  }

  function remembered() {
    try {
      return sessionStorage.getItem(OPEN) === "1" && !narrow.matches; // on a phone it would cover every page
    } catch {
      return false;
    }
  }

  function make(tag, properties, ...children) {
    const node = Object.assign(document.createElement(tag), properties);
    node.append(...children);
    return node;
  }

  function dress(root) {
    if ("adoptedStyleSheets" in root && "replaceSync" in CSSStyleSheet.prototype) {
      const sheet = new CSSStyleSheet(); // allowed whatever the page's own policy says of style elements
      sheet.replaceSync(STYLE);
      root.adoptedStyleSheets = [sheet];
    } else {
      root.append(make("style", { textContent: STYLE }));
    }
  }

  function build() {
    const host = make("div", {});
    host.dataset.kefuWidget = "";
    const root = host.attachShadow({ mode: "open" });
    dress(root);
    const badge = make("span", { className: "badge", hidden: true });
    const launch = make("button", { type: "button", className: "launch" }, title, badge);
    const panel = make("div", { className: "panel", hidden: true, id: "panel" });
    panel.setAttribute("role", "dialog");
    panel.setAttribute("aria-label", title);
    launch.setAttribute("aria-expanded", "false");
    launch.setAttribute("aria-controls", "panel");
    root.append(panel, launch);
    document.body.append(host);
    run({ launch, badge, panel });
  }

  function run({ launch, badge, panel }) {
    let frame = null;
    let ready = false; // until then there is nobody of ours to tell
    let focused = false;
    const tell = (what) => ready && frame.contentWindow?.postMessage({ kefu: what }, origin);

    function unread(count) {
      badge.hidden = !count;
      badge.textContent = count > 99 ? "99+" : String(count);
      if (count) launch.setAttribute("aria-label", `${title}，${count}条新消息`);
      else launch.removeAttribute("aria-label");
    }

    function open(focus) {
      if (!frame) {
        frame = make("iframe", { src: `${origin}/`, title, allow: "" });
        panel.append(frame);
      }
      panel.hidden = false;
      launch.setAttribute("aria-expanded", "true");
      remember(true);
      unread(0);
      focused = focus;
      if (focus) frame.focus();
      show();
    }

    /** A chat that opens by itself on the next page takes nobody's focus. */
    function show() {
      tell(panel.hidden ? "closed" : focused ? "opened" : "shown");
    }

    function close() {
      if (panel.hidden) return;
      panel.hidden = true;
      launch.setAttribute("aria-expanded", "false");
      remember(false);
      launch.focus();
      show();
    }

    launch.addEventListener("click", () => (panel.hidden ? open(true) : close()));
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented && !event.isComposing) close();
    });
    addEventListener("message", (event) => {
      if (!frame || event.source !== frame.contentWindow || event.origin !== origin) return;
      const { kefu, count } = event.data ?? {};
      if (kefu === "close") close();
      if (kefu === "unread" && panel.hidden && Number.isInteger(count)) unread(count);
      if (kefu === "ready") {
        ready = true;
        show();
      }
    });
    if (remembered()) open(false);
  }

  if (document.body) build();
  else addEventListener("DOMContentLoaded", build);
})();
