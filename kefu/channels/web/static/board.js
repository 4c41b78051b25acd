// The talk on the screen: lines of the transcript, then what is still on its way.
import { addPhone, el, icon, linked, picture, when } from "./text.js";

const GAP_MS = 5 * 60 * 1000;
const QUIET_FROM = 8; // a whole history is not read out
const byId = (id) => document.getElementById(id);

export class Board {
  /** `actions`: say(text, button), resend(id), discard(id), photo(id, shown). */
  constructor(outbox, actions) {
    this.outbox = outbox;
    this.actions = actions;
    this.last = 0;
    this.assistant = byId("owner").textContent.replace(/^.* /, "");
    this.talk = byId("talk");
    this.lines = byId("lines");
    this.pending = byId("pending");
    this.seen = new Set();
    this.messages = new Set();
    this.slow = new Set();
    this.previous = null;
    this.choices = null;
    this.talk.addEventListener("scroll", () => this.#atEnd() && (byId("newer").hidden = true), { passive: true });
    byId("newer").addEventListener("click", () => this.toEnd(true));
    new ResizeObserver(() => this.stuck && this.toEnd()).observe(this.talk);
    this.stuck = true;
    this.showPending();
  }

  phone(number) {
    addPhone(number);
  }

  /** Lines of the transcript, once each. Answers how many others than the customer's were new. */
  add(lines) {
    const fresh = lines.filter((line) => !this.seen.has(line.id));
    if (!fresh.length) return 0;
    const follow = this.#atEnd() || fresh.some((line) => line.speaker === "customer");
    const history = fresh.length > QUIET_FROM;
    if (history) this.talk.setAttribute("aria-live", "off");
    for (const line of fresh) this.#line(line, history);
    if (history) setTimeout(() => this.talk.setAttribute("aria-live", "polite"), 1000);
    this.showPending();
    const others = fresh.filter((line) => line.speaker !== "customer").length;
    if (others) this.typing(false);
    if (follow) this.toEnd();
    else if (others) byId("newer").hidden = false;
    return others;
  }

  clear() {
    this.last = 0;
    this.seen.clear();
    this.messages.clear();
    this.previous = this.choices = null;
    this.lines.replaceChildren();
    this.showPending();
  }

  /** A new visitor's transcript begins anew; what is on the screen may stay there. */
  restart() {
    this.last = 0;
  }

  typing(on) {
    clearTimeout(this.typingEnds);
    byId("typing").hidden = !on;
    if (on) {
      this.typingEnds = setTimeout(() => this.typing(false), 30_000);
      if (this.#atEnd()) this.toEnd();
    }
  }

  toEnd(smooth = false) {
    this.stuck = true;
    this.talk.scrollTo({ top: this.talk.scrollHeight, behavior: smooth ? "smooth" : "instant" });
    byId("newer").hidden = true;
  }

  #atEnd() {
    this.stuck = this.talk.scrollHeight - this.talk.scrollTop - this.talk.clientHeight < 120;
    return this.stuck;
  }

  // --- one line ---
  #line(line, history) {
    this.seen.add(line.id);
    this.last = Math.max(this.last, line.id);
    if (line.message_id) {
      this.messages.add(line.message_id);
      this.outbox.remove(line.message_id);
    }
    if (line.speaker === "customer") this.#dropChoices();
    const at = new Date(line.at);
    const before = this.previous;
    if (!before || at - before.at > GAP_MS || at < before.at - GAP_MS) {
      this.lines.append(el("time", { className: "when", dateTime: line.at }, when(at)));
      this.previous = null;
    }
    const first = !this.previous || this.previous.speaker !== line.speaker || this.previous.name !== line.name;
    this.previous = { at, speaker: line.speaker, name: line.name };
    const row = this.#row(line, first);
    if (!history) row.classList.add("new");
    this.lines.append(row);
  }

  #row(line, first) {
    const { speaker } = line;
    const body = el("div", { className: "body" });
    const row = el("div", { className: `line ${speaker}${first ? " first" : ""}` });
    if (speaker === "customer") {
      body.append(el("span", { className: "sr" }, "您说："));
    } else {
      if (first) row.append(this.#face(line));
      body.append(el("span", { className: first ? "name" : "sr" }, this.#name(line)));
    }
    const photos = (line.attachments ?? []).map((id) => this.actions.photo(id, () => this.stuck && this.toEnd()));
    const bare = photos.length && line.text === "[照片]";
    if (line.text && !bare) body.append(this.#bubble(line.text, line.custom?.recorded === false));
    body.append(...photos);
    if (line.image) body.append(this.#imageBubble(line.image, line.custom));
    if (line.buttons?.length) body.append(this.#buttons(line.buttons));
    row.append(body);
    return row;
  }

  #name({ speaker, name }) {
    return speaker === "agent" ? `${name || "客服人员"} · 人工客服` : `${this.assistant} · 智能客服`;
  }

  #face({ speaker, name }) {
    const inside = speaker === "agent" ? Array.from(name || "人")[0] : icon("cloud");
    const face = el("span", { className: `face ${speaker}` }, inside);
    face.setAttribute("aria-hidden", "true");
    return face;
  }

  #bubble(text, unrecorded = false) {
    return el("div", { className: `bubble${unrecorded ? " unrecorded" : ""}` }, ...linked(text));
  }

  /** `about`: what the picture shows in words (`alt`), and every number of it (`lines`). */
  #imageBubble(source, about) {
    const inside = picture(String(source), about?.alt);
    if (!inside) return "";
    const bubble = el("div", { className: "bubble" }, inside);
    bubble.addEventListener("load", () => this.stuck && this.toEnd(), true);
    if (about?.lines?.length) {
      bubble.classList.add("chart");
      const rows = about.lines.map((line) => el("li", {}, String(line)));
      bubble.append(el("details", {}, el("summary", {}, "看数字"), el("ul", {}, ...rows)));
    }
    return bubble;
  }

  // --- quick replies: only those of the newest answer ---
  #buttons(buttons) {
    this.#dropChoices();
    const row = el("div", { className: "choices" });
    for (const { title, payload } of buttons) {
      const button = el("button", { type: "button" }, String(title ?? payload));
      button.addEventListener("click", () => this.actions.say(String(payload || title), button));
      row.append(button);
    }
    row.setAttribute("role", "group");
    row.setAttribute("aria-label", "可以直接选");
    this.choices = row;
    return row;
  }

  #dropChoices() {
    this.choices?.remove();
    this.choices = null;
  }

  // --- on its way ---
  /** Only what went wrong is read out: what goes well is heard when its line arrives. */
  failed(id) {
    const item = this.outbox.find(id);
    if (item) byId("spoken").textContent = `未送达：${item.text}。${item.note}`;
    this.showPending();
    this.toEnd();
  }

  /** Draw what is not in the transcript yet; `typed`: the customer has just said something. */
  showPending(typed = false) {
    this.outbox.items = this.outbox.items.filter((item) => !this.messages.has(item.id));
    const rows = this.outbox.items.flatMap((item, place, all) => this.#pendingRows(item, all[place + 1]?.note));
    this.pending.replaceChildren(...rows);
    if (typed) this.#dropChoices();
    byId("welcome").hidden = this.seen.size > 0 || rows.length > 0;
    byId("quick").hidden = !byId("welcome").hidden;
    if (typed) this.toEnd();
  }

  #pendingRows(item, nextNote) {
    const body = el("div", { className: "body" }, el("span", { className: "sr" }, "您说："), this.#bubble(item.text));
    if (item.state === "failed") body.append(this.#failed(item));
    else if (item.state === "waiting" && this.slow.has(item.id)) body.append(el("div", { className: "fate" }, "等待发出…"));
    const rows = [el("div", { className: "line customer first" }, body)];
    if (item.note && item.note !== nextNote) {
      const note = { speaker: "assistant", text: item.note, custom: { recorded: false } };
      rows.push(this.#row(note, true));
    }
    return rows;
  }

  #failed(item) {
    const again = el("button", { type: "button" }, "重发");
    again.setAttribute("aria-label", `重发：${item.text}`);
    again.addEventListener("click", () => this.actions.resend(item.id));
    const drop = el("button", { type: "button" }, "删除");
    drop.setAttribute("aria-label", `删除：${item.text}`);
    drop.addEventListener("click", () => this.actions.discard(item.id));
    return el("div", { className: "fate failed" }, "未送达", again, drop);
  }

  /** After a moment say that a message still waits; at once would only flicker. */
  watch(id) {
    setTimeout(() => {
      if (this.outbox.find(id)?.state !== "waiting") return;
      this.slow.add(id);
      this.showPending();
      if (this.stuck) this.toEnd();
    }, 1500);
  }
}
