// Inside the widget's frame on someone's page: unread numbers go out, open and closed come in. Nothing else is said.

/** Answers {unread(count)}; `opened(focus)` is called when the frame becomes visible, with focus if the visitor opened it. */
export function embed(opened) {
  if (window.parent === window) return { unread: () => {} };
  const tell = (message) => window.parent.postMessage({ kefu: message.kind, count: message.count }, "*");
  const fold = document.getElementById("fold");
  let visible = true;
  let waiting = 0;

  addEventListener("message", (event) => {
    if (event.source !== window.parent || typeof event.data?.kefu !== "string") return;
    visible = event.data.kefu !== "closed";
    fold.hidden = false;
    if (!visible) return;
    waiting = 0;
    opened(event.data.kefu === "opened");
  });
  fold.addEventListener("click", () => tell({ kind: "close" }));
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing || document.querySelector("dialog[open]")) return;
    tell({ kind: "close" });
  });
  tell({ kind: "ready" });
  return {
    unread(count) {
      if (visible || !count) return;
      waiting += count;
      tell({ kind: "unread", count: waiting });
    },
  };
}
