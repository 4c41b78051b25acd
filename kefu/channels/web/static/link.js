// The way to the server: a socket that comes back by itself, polling where no socket gets through, and the outbox emptied
// in order. A message keeps its id on every try, so the server knows it again.
import { store } from "./store.js";

const TOKEN = "kefu.token";
const BACKOFF_MS = [300, 1000, 2000, 4000, 8000, 15_000];
const TRIES_BEFORE_POLLING = 3;
const PING_MS = 20_000;
const SILENT_MS = 45_000;
const ACK_MS = 30_000;
const POLL_MS = 3000;

/** Events: state, welcome, lines, owner, typing, unsent {id, note}, delivered {id}, renewed. */
export class Link extends EventTarget {
  constructor(outbox, lastSeen) {
    super();
    this.outbox = outbox;
    this.lastSeen = lastSeen;
    this.socket = null;
    this.open = this.polling = false;
    this.failures = 0;
    this.sending = null;
  }

  start() {
    addEventListener("online", () => this.again());
    addEventListener("offline", () => this.#drop());
    addEventListener("pageshow", (event) => event.persisted && this.again());
    document.addEventListener("visibilitychange", () => !document.hidden && this.#wakeUp());
    setInterval(() => this.#beat(), PING_MS);
    this.#connect();
  }

  get state() {
    if (this.open || this.polling) return "open";
    if (!navigator.onLine) return "offline";
    return this.failures || this.wasOpen ? "reconnecting" : "connecting";
  }

  /** Try now, not after the pause. `anyway`: even if the socket looks open. */
  again(anyway = false) {
    clearTimeout(this.retry);
    if (anyway || !this.open) this.#drop(false);
    this.#connect();
  }

  /** Another visitor's token, or none: start over. */
  changeVisitor() {
    this.#drop(false);
    this.polling = false;
    this.#connect();
  }

  /** Something new in the outbox. */
  flush() {
    if (!this.open) return this.polling ? this.#poll() : undefined;
    const item = this.sending ? null : this.outbox.next();
    if (!item) return;
    this.sending = item.id;
    this.#send({ type: "message", message_id: item.id, text: item.text, attachments: item.attachments });
    this.ackTimer = setTimeout(() => this.#drop(), ACK_MS);
  }

  // --- the socket ---
  async #connect() {
    if (this.socket || this.connecting) return;
    this.connecting = true;
    let token = null;
    try {
      token = await this.#token();
    } catch {
      this.#failed();
    }
    this.connecting = false;
    if (!token || this.socket) return;
    const socket = (this.socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/web/socket`));
    socket.onopen = () => socket.send(JSON.stringify({ type: "hello", token, after: this.lastSeen() }));
    socket.onmessage = (event) => socket === this.socket && this.#hear(JSON.parse(event.data), token);
    socket.onclose = () => socket === this.socket && this.#drop();
    setTimeout(() => socket === this.socket && !this.open && this.#drop(), 12_000);
  }

  #hear(frame, token) {
    this.heard = performance.now();
    if (frame.type === "welcome") {
      this.open = this.wasOpen = true;
      this.polling = false;
      this.failures = 0;
      clearTimeout(this.pollTimer);
      this.#tell("welcome", frame);
      this.#tell("state");
      this.flush();
    } else if (frame.type === "ack") {
      this.#acknowledged(frame);
    } else if (frame.type === "error") {
      this.#refused(frame, token);
    } else if (frame.type !== "pong") {
      this.#tell(frame.type, frame);
    }
  }

  #acknowledged({ message_id: id, recorded, replies }) {
    clearTimeout(this.ackTimer);
    if (this.sending === id) this.sending = null;
    this.#settled(id, recorded, replies);
    this.flush();
  }

  #settled(id, recorded, replies) {
    if (recorded) this.#tell("delivered", { id });
    else this.#tell("unsent", { id, note: replies.map((reply) => reply.text || "").join("\n") });
  }

  #refused({ code }, token) {
    if (code === "token") {
      this.#renew(token);
      this.changeVisitor();
    } else if (code === "sockets") {
      this.failures = Math.max(this.failures, TRIES_BEFORE_POLLING);
    }
  }

  #send(frame) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  /** The socket is of no use any more. `count`: it was a failure, wait before the next. */
  #drop(count = true) {
    const socket = this.socket;
    this.socket = this.sending = null;
    this.open = false;
    clearTimeout(this.ackTimer);
    socket?.close();
    if (count) this.#failed();
  }

  #failed() {
    this.failures += 1;
    const pause = BACKOFF_MS[Math.min(this.failures, BACKOFF_MS.length) - 1];
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.#connect(), pause * (0.8 + Math.random() * 0.4));
    if (this.failures >= TRIES_BEFORE_POLLING && navigator.onLine) this.#pollSoon(0);
    this.#tell("state");
  }

  /** A phone that slept may hold a socket that is dead and does not know it. */
  #wakeUp() {
    if (!this.open) return this.again();
    const [socket, asked] = [this.socket, performance.now()];
    this.#send({ type: "ping" });
    setTimeout(() => socket === this.socket && this.heard < asked && this.again(true), 4000);
  }

  #beat() {
    if (!this.open) return;
    if (performance.now() - this.heard > SILENT_MS) this.#drop();
    else this.#send({ type: "ping" });
  }

  // --- without a socket ---
  #pollSoon(pause) {
    clearTimeout(this.pollTimer);
    this.pollTimer = setTimeout(() => this.#poll(), document.hidden ? pause * 5 : pause);
  }

  async #poll() {
    if (this.asking || this.open) return;
    this.asking = true;
    let more = false;
    try {
      await this.#postWaiting();
      more = await this.#fetchLines();
      this.polling = !this.open;
    } catch {
      this.polling = false;
    }
    this.asking = false;
    this.#tell("state");
    if (!this.open) this.#pollSoon(more || (this.polling && this.outbox.next()) ? 0 : POLL_MS);
  }

  async #postWaiting() {
    for (let item = this.outbox.next(); item && !this.open; item = this.outbox.next()) {
      this.#tell("typing");
      const token = await this.#token();
      const answer = await ask("/web/messages", { token, text: item.text, message_id: item.id, attachments: item.attachments });
      if (answer.status === 401) this.#renew(token);
      else if (answer.status === 200) this.#posted(item.id, await answer.json());
      else if (answer.status < 500) this.#settled(item.id, false, [{ text: (await answer.json()).detail }]);
      else throw new Error(answer.status);
    }
  }

  #posted(id, replies) {
    this.#settled(id, !replies.some((reply) => reply.custom?.recorded === false), replies);
  }

  async #fetchLines() {
    const token = await this.#token();
    const headers = { Authorization: `Bearer ${token}` };
    const answer = await fetch(`/web/lines?after=${this.lastSeen()}`, { headers, cache: "no-store" });
    if (answer.status === 401) return this.#renew(token);
    if (!answer.ok) throw new Error(answer.status);
    const tail = await answer.json();
    this.#tell("owner", tail);
    if (tail.fresh || tail.lines.length) this.#tell("lines", tail);
    return tail.more;
  }

  // --- who we are ---
  async #token() {
    const known = store.get(TOKEN);
    if (known) return known;
    this.newToken ??= ask("/web/visitor", {}).then(async (answer) => {
      if (!answer.ok) throw new Error(answer.status);
      return (await answer.json()).token;
    });
    try {
      const token = await this.newToken;
      if (!store.get(TOKEN)) store.set(TOKEN, token);
      return store.get(TOKEN);
    } finally {
      this.newToken = null;
    }
  }

  token() {
    return this.#token();
  }

  /** That token is good no longer. Another tab may have a new one already. */
  #renew(bad) {
    if (store.get(TOKEN) === bad) store.remove(TOKEN);
    this.#tell("renewed");
    return true;
  }

  forget() {
    store.remove(TOKEN);
  }

  #tell(type, detail = null) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

function ask(path, body) {
  const signal = AbortSignal.timeout?.(ACK_MS);
  return fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal });
}
