// Words into nodes: never as markup. And times as people say them.

/** An element with properties and children; strings become text. */
export function el(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

const WEB = String.raw`https?:\/\/[^\s<>"'“”‘’，。；：！？、（）《》【】]+`;
const PHONES = new Set(["110", "119", "120"]);

export function addPhone(number) {
  PHONES.add(number);
}

function pattern() {
  const numbers = [...PHONES].map((n) => n.replace(/[^\d-]/g, "")).filter(Boolean).join("|");
  return new RegExp(String.raw`(${WEB})|(tel:[\d+-]{3,20})|(?<![\d\w-])(${numbers})(?![\d\w-])|(?<=\s|^)(\/privacy)(?=\s|$)`, "gu");
}

/** The text as nodes, with links for web addresses, the phones to call in need, and our privacy page. Nothing else. */
export function linked(text) {
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(pattern())) {
    const [whole, web, tel, phone, page] = found;
    const shown = web ? whole.replace(/[.,;:!?)\]}]+$/, "") : whole;
    const address = web ? webAddress(shown) : page || tel || `tel:${phone}`;
    if (!address) continue;
    nodes.push(text.slice(end, found.index), anchor(address, page ? "隐私说明页" : shown.replace(/^tel:/, "")));
    end = found.index + shown.length;
  }
  nodes.push(text.slice(end));
  return nodes.filter((node) => node !== "");
}

function webAddress(text) {
  try {
    const url = new URL(text);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}

function anchor(address, inside) {
  const link = el("a", { href: address }, inside);
  if (!address.startsWith("tel:")) Object.assign(link, { target: "_blank", rel: "noopener noreferrer" });
  return link;
}

/** Where a picture may come from: our own address (it opens large), or within the message. Elsewhere's are offered as a link. */
export function picture(source, alt) {
  const inline = /^data:image\/(png|jpeg|gif|webp);base64,/.test(source);
  const url = inline ? null : safeUrl(source);
  if (!inline && url?.origin !== location.origin) return url ? anchor(url.href, "查看图片") : null;
  const shown = el("img", { src: source, alt: alt || "客服发来的图片", loading: "lazy" });
  if (inline) return shown;
  const link = anchor(url.href, shown);
  link.title = "点开看大图";
  shown.addEventListener("error", () => link.replaceWith("图片打不开了，可能已过期。要看的话请再说一次。"));
  return link;
}

function safeUrl(source) {
  try {
    const url = new URL(source, location.href);
    return /^https?:$/.test(url.protocol) ? url : null;
  } catch {
    return null;
  }
}

// --- times, on the company's clock ---
const ZONE = "Asia/Shanghai";
const day = new Intl.DateTimeFormat("en-CA", { timeZone: ZONE, year: "numeric", month: "2-digit", day: "2-digit" });
const clock = new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const weekday = new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, weekday: "long" });
const date = new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, month: "long", day: "numeric" });
const fullDate = new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, year: "numeric", month: "long", day: "numeric" });

export function when(at, now = new Date()) {
  const days = Math.round((Date.parse(day.format(now)) - Date.parse(day.format(at))) / 86_400_000);
  const time = clock.format(at);
  if (days === 0) return time;
  if (days === 1) return `昨天 ${time}`;
  if (days > 1 && days < 7) return `${weekday.format(at)} ${time}`;
  const sameYear = day.format(at).slice(0, 4) === day.format(now).slice(0, 4);
  return `${(sameYear ? date : fullDate).format(at)} ${time}`;
}
