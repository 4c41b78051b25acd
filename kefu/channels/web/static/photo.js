// A photo: chosen, made small on this device, uploaded; then a message names it. And one's own photos, shown again.
import { el } from "./text.js";

const SIDE = 2000;
const QUALITY = 0.85;
const WAIT_MS = 90_000;
const NOT_SENT = "照片没有发出去，请看看网络再试。";
const byId = (id) => document.getElementById(id);

/** The button, the file it asks for, and the line that says how it goes. `send(id)`: the photo is there, say so. */
export function photos(link, send) {
  const [button, file, state] = [byId("photo"), byId("photo-file"), byId("photo-state")];
  let current = null;

  button.addEventListener("click", () => current || file.click());
  file.addEventListener("change", () => {
    const [chosen] = file.files;
    file.value = ""; // the same one may be chosen again
    if (chosen) start(chosen);
  });

  async function start(chosen) {
    const mine = (current = new AbortController());
    const bar = el("progress", { max: 100, value: 0 });
    bar.setAttribute("aria-label", "照片发送进度");
    show("", el("span", {}, "正在发照片…"), bar, press("不发了", () => mine.abort()));
    try {
      const small = await smaller(chosen);
      const id = await upload(await link.token(), small, mine.signal, (part) => (bar.value = part * 100));
      done();
      send(id);
    } catch (problem) {
      if (mine.signal.aborted) return done(true);
      current = null;
      const again = press("重发照片", () => start(chosen));
      show("failed", el("p", {}, problem.said ?? NOT_SENT), again, press("不发了", () => done(true)));
    }
  }

  function show(className, ...parts) {
    state.className = className;
    state.replaceChildren(...parts);
  }

  /** `back`: the keyboard's place was on what goes away now. */
  function done(back = false) {
    current = null;
    show("");
    if (back) button.focus();
  }
}

function press(words, action) {
  const button = el("button", { type: "button" }, words);
  button.addEventListener("click", action);
  return button;
}

/** No side longer than needed, upright; what this browser cannot read goes as it is, and the service says what it thinks. */
async function smaller(chosen) {
  try {
    const picture = await createImageBitmap(chosen, { imageOrientation: "from-image" });
    const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
    const canvas = el("canvas", { width: Math.max(1, picture.width * scale), height: Math.max(1, picture.height * scale) });
    const paper = canvas.getContext("2d");
    paper.fillStyle = "white";
    paper.fillRect(0, 0, canvas.width, canvas.height);
    paper.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    return (await new Promise((made) => canvas.toBlob(made, "image/jpeg", QUALITY))) ?? chosen;
  } catch {
    return chosen;
  }
}

/** The id it has now. Fails with `said`: the service's reason in words. fetch() cannot tell how far it is. */
function upload(token, body, signal, progress) {
  return new Promise((resolve, reject) => {
    if (signal.aborted) throw new Error("called off"); // while it was made small
    const request = new XMLHttpRequest();
    request.open("POST", "/web/photo");
    request.timeout = WAIT_MS;
    request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 0);
    request.onload = () => {
      const answer = parsed(request.responseText);
      if (request.status === 201) resolve(answer.id);
      else reject(Object.assign(new Error(request.status), { said: answer.detail }));
    };
    request.onerror = request.ontimeout = request.onabort = () => reject(new Error("not sent"));
    signal.addEventListener("abort", () => request.abort());
    request.send(body);
  });
}

function parsed(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

/** One's own photo in the talk. Fetched with the token: its address alone opens nothing, so an <img> cannot ask for it. */
export function photoBubble(link, id, shown) {
  const bubble = el("div", { className: "bubble photo" }, "[照片]");
  fetchPhoto(link, id)
    .then((source) => {
      const image = el("img", { src: source, alt: "您发的照片" });
      image.addEventListener("load", shown);
      bubble.replaceChildren(image);
    })
    .catch(() => bubble.replaceChildren("[照片] 暂时打不开"));
  return bubble;
}

async function fetchPhoto(link, id) {
  const headers = { Authorization: `Bearer ${await link.token()}` };
  const answer = await fetch(`/web/photo/${encodeURIComponent(id)}`, { headers, cache: "no-store" });
  if (!answer.ok) throw new Error(answer.status);
  const reader = new FileReader();
  const read = new Promise((resolve, reject) => Object.assign(reader, { onload: resolve, onerror: reject }));
  reader.readAsDataURL(await answer.blob());
  await read;
  return reader.result;
}
