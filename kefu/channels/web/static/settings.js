// Type size, colours, and the two dialogs.
import { store } from "./store.js";

const root = document.documentElement;
const byId = (id) => document.getElementById(id);

function size(value) {
  if (value === "large") root.dataset.size = "large";
  else delete root.dataset.size;
  store.set("kefu.size", value);
  show();
}

function theme(value) {
  if (value === "auto") delete root.dataset.theme;
  else root.dataset.theme = value;
  store.set("kefu.theme", value);
  show();
}

function show() {
  const chosen = { size: root.dataset.size ?? "normal", theme: root.dataset.theme ?? "auto" };
  byId("size").setAttribute("aria-pressed", String(chosen.size === "large"));
  for (const [name, value] of Object.entries(chosen)) {
    document.querySelector(`input[name="${name}"][value="${value}"]`).checked = true;
  }
}

/** `changed`: the layout may have moved; `forget`: the visitor ends the talk on this device. */
export function settings(changed, forget) {
  show();
  const set = { size: (value) => (size(value), changed()), theme };
  byId("size").addEventListener("click", () => set.size(root.dataset.size === "large" ? "normal" : "large"));
  for (const input of document.querySelectorAll("#sheet input")) {
    input.addEventListener("change", () => set[input.name](input.value));
  }
  addEventListener("storage", ({ key, newValue }) => {
    if (key === "kefu.size" && newValue) set.size(newValue);
    if (key === "kefu.theme" && newValue) theme(newValue);
  });
  dialogs(forget);
}

function dialogs(forget) {
  const [sheet, confirm] = [byId("sheet"), byId("confirm")];
  byId("menu").addEventListener("click", () => sheet.showModal());
  byId("sheet-close").addEventListener("click", () => sheet.close());
  byId("forget").addEventListener("click", () => {
    sheet.close();
    confirm.showModal();
  });
  byId("confirm-no").addEventListener("click", () => confirm.close());
  byId("confirm-yes").addEventListener("click", () => {
    confirm.close();
    forget();
  });
  for (const dialog of [sheet, confirm]) {
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close()); // outside of it
  }
}
