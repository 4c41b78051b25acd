// The chat's parts put together: what is typed goes to the outbox, the link empties it, the board shows the transcript.
import { Board } from "./board.js";
import { embed } from "./embed.js";
import { Link } from "./link.js";
import { photoBubble, photos } from "./photo.js";
import { settings } from "./settings.js";
import { Outbox, store } from "./store.js";

const DRAFT = "kefu.draft";
const STATES = {
  open: "",
  connecting: "正在连接…",
  reconnecting: "正在重新连接…",
  offline: "没有网络，您的话会在连上后发出",
};
const byId = (id) => document.getElementById(id);
const words = byId("words");
const fingers = matchMedia("(pointer: coarse)").matches;
const title = document.title;
let missed = 0;

const outbox = new Outbox();
const board = new Board(outbox, { say, resend, discard, photo: (id, shown) => photoBubble(link, id, shown) });
const link = new Link(outbox, () => board.last);
photos(link, (id) => {
  send(outbox.add("[照片]", [id]));
  focusAfter();
});
const frame = embed((focus) => {
  board.toEnd();
  if (focus && !fingers) words.focus();
});

// --- saying something ---
function say(text, source = null) {
  const said = text.trim();
  if (!said) return;
  send(outbox.add(said));
  if (source || !fingers) focusAfter();
}

function send(item) {
  board.showPending(true);
  board.watch(item.id);
  link.flush();
}

/** A finger's keyboard does not jump up unasked; a keyboard's focus does not get lost. */
function focusAfter() {
  if (fingers) byId("talk").focus({ preventScroll: true });
  else words.focus();
}

function resend(id) {
  outbox.retry(id);
  board.showPending(true);
  board.watch(id);
  link.flush();
  focusAfter();
}

function discard(id) {
  outbox.remove(id);
  board.showPending();
  focusAfter();
}

function submit() {
  const text = words.value;
  words.value = "";
  typed();
  say(text);
  if (fingers) words.focus();
}

function typed() {
  words.style.height = "auto";
  words.style.height = `${words.scrollHeight + words.offsetHeight - words.clientHeight}px`;
  if (words.value) store.set(DRAFT, words.value);
  else store.remove(DRAFT);
}

byId("form").addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
});
words.addEventListener("input", typed);
words.addEventListener("keydown", (event) => {
  const composing = event.isComposing || event.keyCode === 229; // 229: Safari ends composing before this event
  if (event.key !== "Enter" || event.shiftKey || composing) return;
  event.preventDefault();
  submit();
});
for (const button of document.querySelectorAll("[data-say]")) {
  button.addEventListener("click", () => say(button.dataset.say, button));
}

// --- hearing ---
const on = (type, handle) => link.addEventListener(type, ({ detail }) => handle(detail));
on("welcome", ({ hotline, assistant, owner }) => {
  board.phone(hotline);
  board.assistant = assistant;
  showOwner(owner);
});
on("owner", ({ owner }) => showOwner(owner));
on("lines", ({ lines, fresh }) => {
  if (fresh) board.clear();
  const others = board.add(lines);
  frame.unread(others);
  if (document.hidden && others) document.title = `(${(missed += others)}) ${title}`;
});
on("typing", () => board.typing(true));
on("delivered", ({ id }) => {
  outbox.delivered(id);
  board.typing(false);
  board.showPending();
});
on("unsent", ({ id, note }) => {
  outbox.fail(id, note);
  board.typing(false);
  board.failed(id);
});
on("renewed", () => board.restart());
on("state", showState);

function showOwner(owner) {
  const said = { queue: "正在为您接通人工…", person: "人工客服为您服务" }[owner] ?? `智能客服 ${board.assistant}`;
  if (byId("owner").textContent !== said) byId("owner").textContent = said;
}

/** In words, after a moment: a change of cells or a restart is not worth a word. */
let stateTimer;
function showState() {
  clearTimeout(stateTimer);
  const say = () => {
    const said = STATES[link.state];
    if (byId("state").textContent !== said) byId("state").textContent = said;
  };
  if (link.state === "open" || link.state === "offline") say();
  else stateTimer = setTimeout(say, 700);
  if (link.state !== "open") board.typing(false);
}

// --- this device ---
function startOver() {
  board.typing(false);
  board.clear();
  link.changeVisitor();
}

settings(
  () => board.stuck && board.toEnd(),
  () => {
    outbox.clear();
    link.forget();
    words.value = "";
    typed();
    startOver();
    focusAfter();
  },
);
addEventListener("storage", ({ key, newValue }) => {
  if (key !== "kefu.token" || newValue) return;
  outbox.items = []; // another tab has ended the talk for this device
  startOver();
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  missed = 0;
  document.title = title;
});

/** Phones whose keyboard covers the page instead of shrinking it. Not while the visitor has zoomed in. */
function fit() {
  const view = window.visualViewport;
  if (!view || view.scale > 1.05) return;
  document.documentElement.style.setProperty("--tall", `${view.height}px`);
  window.scrollTo(0, 0);
  if (board.stuck) board.toEnd();
}
if (fingers) window.visualViewport?.addEventListener("resize", fit);

words.value ||= store.get(DRAFT) ?? ""; // or what was typed before this script came
typed();
byId("send").disabled = false;
showState();
if (!fingers && window.parent === window) words.focus();
link.start();
