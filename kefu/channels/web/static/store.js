// What this device keeps: token, draft, unsent words, looks. Where storage is blocked, for the page's life only.
const memory = new Map();
let real = null;
try {
  window.localStorage.setItem("kefu.try", "1");
  window.localStorage.removeItem("kefu.try");
  real = window.localStorage;
} catch {
  real = null;
}

export const store = {
  get: (key) => (memory.has(key) ? memory.get(key) : (real?.getItem(key) ?? null)),
  set(key, value) {
    try {
      if (!real) throw new Error("blocked");
      real.setItem(key, value);
      memory.delete(key);
    } catch {
      memory.set(key, value); // blocked or full
    }
  },
  remove(key) {
    memory.delete(key);
    real?.removeItem(key);
  },
  keys: (prefix) => [...memory.keys(), ...Object.keys(real ?? {})].filter((key) => key.startsWith(prefix)),
};

const OUT = "kefu.out.";
const STALE_MS = 30 * 60 * 1000;

export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID(); // only on https and localhost
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}

/**
 * Words not yet in the transcript, oldest first: {id, text, attachments, at, state: "waiting" | "failed", note}.
 * One key each, so that two tabs do not overwrite each other; both may send one, its id makes that harmless.
 */
export class Outbox {
  constructor() {
    this.items = store.keys(OUT).map((key) => read(key)).filter(Boolean).sort((a, b) => a.at - b.at);
    for (const item of this.items) {
      if (item.state === "waiting" && Date.now() - item.at > STALE_MS) this.fail(item.id, "");
    }
  }

  add(text, attachments = []) {
    const item = { id: newId(), text, attachments, at: Date.now(), state: "waiting", note: "" };
    this.items.push(item);
    this.#keep(item);
    return item;
  }

  find(id) {
    return this.items.find((item) => item.id === id);
  }

  next() {
    return this.items.find((item) => item.state === "waiting");
  }

  /** In the database: nothing to keep. The bubble stays until its line arrives. */
  delivered(id) {
    const item = this.find(id);
    if (item) item.state = "sent";
    store.remove(OUT + id);
  }

  fail(id, note) {
    const item = this.find(id);
    if (item) this.#keep(Object.assign(item, { state: "failed", note }));
  }

  retry(id) {
    const item = this.find(id);
    if (item) this.#keep(Object.assign(item, { state: "waiting", note: "", at: Date.now() }));
  }

  remove(id) {
    this.items = this.items.filter((item) => item.id !== id);
    store.remove(OUT + id);
  }

  clear() {
    for (const key of store.keys(OUT)) store.remove(key);
    this.items = [];
  }

  #keep(item) {
    store.set(OUT + item.id, JSON.stringify(item));
  }
}

function read(key) {
  try {
    const item = JSON.parse(store.get(key));
    return item && typeof item.id === "string" && typeof item.text === "string" ? item : null;
  } catch {
    return null;
  }
}
