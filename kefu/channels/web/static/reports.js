// The reports: sign in, choose, look, download, print. The token lives as long as this tab.
const byId = (id) => document.getElementById(id);
const TOKEN = "kefu.staff";
const SHOWN_BARS = 2; // a picture of nothing, or of one number, says nothing
let kinds = [];
let token = stored();

function stored() {
  try {
    return sessionStorage.getItem(TOKEN);
  } catch {
    return null; // storage is blocked: signed in until the page is left
  }
}

function keep(value) {
  token = value;
  try {
    if (value) sessionStorage.setItem(TOKEN, value);
    else sessionStorage.removeItem(TOKEN);
  } catch {
    // as above
  }
}

// --- talking to the service ---
class Refused extends Error {}

async function call(path, options = {}) {
  const headers = { ...options.headers, ...(token ? { Authorization: `Bearer ${token}` } : {}) };
  let answer;
  try {
    answer = await fetch(path, { ...options, headers, cache: "no-store" });
  } catch {
    throw new Refused("连不上服务，请检查网络后再试。");
  }
  if (answer.ok) return answer;
  const said = await answer.json().catch(() => ({}));
  const why = [said.detail, ...(said.errors ?? []).map((one) => `${one.where}：${one.reason}`)].filter(Boolean).join("；");
  if (answer.status === 401 && token) signedOut();
  throw new Refused(why || `服务没有回答（${answer.status}）`);
}

// --- signing in ---
function signedOut() {
  keep(null);
  byId("desk").hidden = true;
  byId("leave").hidden = true;
  byId("report").hidden = true;
  byId("login").hidden = false;
  byId("username").focus();
}

async function signedIn() {
  kinds = await (await call("/api/reports")).json();
  byId("name").replaceChildren(...kinds.map((kind) => new Option(kind.title, kind.name)));
  byId("login").hidden = true;
  byId("desk").hidden = false;
  byId("leave").hidden = false;
  fromAddress();
  fitting();
  byId("name").focus();
}

async function signIn(event) {
  event.preventDefault();
  const given = { username: byId("username").value.trim(), password: byId("password").value };
  byId("login-problem").textContent = "";
  try {
    const answer = await call("/api/session", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(given),
    });
    keep((await answer.json()).token);
    byId("password").value = "";
    await signedIn();
  } catch (problem) {
    keep(null);
    byId("login-problem").textContent = problem.message;
  }
}

// --- what is asked ---
const day = (date) => `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, "0")}-${String(date.getDate()).padStart(2, "0")}`;

function span(which) {
  const now = new Date();
  const first = { this: new Date(now.getFullYear(), now.getMonth(), 1), last: new Date(now.getFullYear(), now.getMonth() - 1, 1), week: new Date(now.getFullYear(), now.getMonth(), now.getDate() - 6) }[which];
  const last = which === "last" ? new Date(now.getFullYear(), now.getMonth(), 0) : now;
  byId("since").value = day(first);
  byId("until").value = day(last);
  byId("month").value = day(first).slice(0, 7);
}

const chosen = () => kinds.find((kind) => kind.name === byId("name").value);

function fitting() {
  const kind = chosen();
  for (const key of ["since", "until", "month", "service", "kind"]) {
    byId(`for-${key}`).hidden = !kind.parameters.includes(key);
    byId(key).disabled = !kind.parameters.includes(key);
  }
  byId("for-spans").hidden = kind.when === "now";
  byId("service").options[0].hidden = kind.when === "month";
  if (kind.when === "month" && !byId("service").value) byId("service").value = "water";
  byId("about").textContent = kind.about;
}

function asked() {
  const given = new URLSearchParams();
  for (const key of chosen().parameters) {
    const value = byId(key)?.value;
    if (value) given.set(key, value);
  }
  return given;
}

// The address says what is shown, so that it can be kept and shown again.
function fromAddress() {
  const given = new URLSearchParams(location.hash.slice(1));
  span("last");
  if (kinds.some((kind) => kind.name === given.get("name"))) byId("name").value = given.get("name");
  for (const key of ["since", "until", "month", "service", "kind"]) if (given.has(key)) byId(key).value = given.get(key);
}

async function look(event) {
  event?.preventDefault();
  const given = asked();
  await busy("正在算……", async () => {
    const report = await (await call(`/api/reports/${chosen().name}?${given}`)).json();
    show(report);
    given.set("name", report.name);
    history.replaceState(null, "", `#${given}`);
    byId("state").textContent = `${report.title}：${report.tables.length}张表`;
    byId("report").focus();
  });
}

async function download() {
  const given = asked();
  await busy("正在生成文件……", async () => {
    const answer = await call(`/api/reports/${chosen().name}.xlsx?${given}`);
    const link = document.createElement("a");
    const named = /filename\*=UTF-8''([^;]+)/.exec(answer.headers.get("Content-Disposition") ?? "");
    link.download = named ? decodeURIComponent(named[1]) : "report.xlsx";
    link.href = URL.createObjectURL(await answer.blob());
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    byId("state").textContent = "文件已下载";
  });
}

async function busy(words, work) {
  const buttons = [...byId("ask").querySelectorAll(".do button")];
  buttons.forEach((button) => (button.disabled = true));
  byId("problem").textContent = "";
  byId("state").textContent = words;
  byId("report").setAttribute("aria-busy", "true"); // what is there is the old one
  try {
    await work();
  } catch (problem) {
    byId("state").textContent = "";
    byId("problem").textContent = problem.message;
  } finally {
    byId("report").removeAttribute("aria-busy");
    buttons.forEach((button) => (button.disabled = false));
  }
}

// --- what is shown ---
function make(tag, text = "", className = "") {
  const made = document.createElement(tag);
  if (text !== "") made.textContent = text;
  if (className) made.className = className;
  return made;
}

const LOOKS = {
  count: (value) => Number(value).toLocaleString("en"),
  percent: (value) => `${value}%`,
  yuan: (value) => grouped(value),
  quantity: (value) => grouped(value),
};

// Digits as they came, never through a float.
function grouped(text) {
  const [whole, part] = String(text).split(".");
  return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (part === undefined ? "" : `.${part}`);
}

function shown(value, unit) {
  if (value === null || value === undefined) return unit === "text" ? "" : "—";
  return (LOOKS[unit] ?? String)(value);
}

function cell(column, value, first) {
  const made = make(first ? "th" : "td", shown(value, column.unit), column.unit === "text" ? "" : "n");
  if (first) made.scope = "row";
  if (column.unit !== "text" && String(value).startsWith("-")) made.classList.add("minus");
  return made;
}

function bar(value, most) {
  const made = make("td", "", "picture");
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  svg.setAttribute("viewBox", "0 0 100 10");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  for (const [key, set] of Object.entries({ width: most ? Math.max(0, (100 * value) / most) : 0, height: 10 })) rect.setAttribute(key, set);
  svg.append(rect);
  made.append(svg);
  return made;
}

function drawn(table) {
  const found = table.columns.find((column) => column.key === table.bar);
  if (!found || table.rows.length < SHOWN_BARS) return null;
  return { key: found.key, most: found.unit === "percent" ? 100 : Math.max(...table.rows.map((row) => Number(row[found.key] ?? 0))) };
}

function line(table, row, picture, first = null) {
  const made = make("tr");
  made.append(...table.columns.map((column, place) => cell(column, place === 0 && first ? first : row[column.key], place === 0)));
  if (picture) made.append(first ? make("td", "", "picture") : bar(Number(row[picture.key] ?? 0), picture.most));
  return made;
}

function section(table, number) {
  const made = make("section", "", table.rows.length < 16 ? "short" : "");
  const title = make("h3", table.title);
  title.id = `table-${number}`;
  made.append(title);
  if (table.rows.length) made.append(grid(table, title.id));
  else made.append(make("p", "这一期没有。", "none"));
  if (table.notes.length) {
    const notes = make("ul", "", "notes");
    notes.append(...table.notes.map((note) => make("li", note)));
    made.append(notes);
  }
  return made;
}

function grid(table, labelled) {
  const scroll = make("div", "", "scroll");
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-labelledby", labelled);
  const picture = drawn(table);
  const whole = make("table", "", table.columns.length > 7 ? "many" : "");
  const head = make("tr");
  for (const column of table.columns) {
    const named = make("th", column.title, column.unit === "text" ? "" : "n");
    named.scope = "col";
    head.append(named);
  }
  if (picture) head.append(make("td", "", "picture"));
  whole.createTHead().append(head);
  whole.createTBody().append(...table.rows.map((row) => line(table, row, picture)));
  if (table.totals) whole.createTFoot().append(line(table, table.totals, picture, "合计"));
  scroll.append(whole);
  return scroll;
}

function inWords(given) {
  const { since, until, month, service, kind, ...rest } = given;
  const named = (id, value) => [...byId(id).options].find((option) => option.value === value)?.text ?? value;
  const period = since ? `${since} 至 ${until}` : (month ?? "现在");
  return [period, service && named("service", service), kind && named("kind", kind), ...Object.values(rest)].filter(Boolean).join("，");
}

function show(report) {
  byId("title").textContent = report.title;
  byId("made").textContent = `${inWords(report.parameters)} · 生成于 ${report.generated_at.slice(0, 16).replace("T", " ")}`;
  byId("tables").replaceChildren(...report.tables.map(section));
  byId("report").hidden = false;
  document.title = `${report.title} ${inWords(report.parameters)}`;
}

// --- type size ---
function large(on) {
  if (on) document.documentElement.dataset.size = "large";
  else delete document.documentElement.dataset.size;
  byId("size").setAttribute("aria-pressed", String(on));
  try {
    localStorage.setItem("kefu.size", on ? "large" : "normal");
  } catch {
    // for this page only
  }
}

byId("size").setAttribute("aria-pressed", String(document.documentElement.dataset.size === "large"));
byId("size").addEventListener("click", () => large(document.documentElement.dataset.size !== "large"));
byId("login").addEventListener("submit", signIn);
byId("leave").addEventListener("click", signedOut);
byId("name").addEventListener("change", fitting);
byId("ask").addEventListener("submit", look);
byId("download").addEventListener("click", download);
byId("print").addEventListener("click", async () => {
  await look();
  if (!byId("problem").textContent) window.print();
});
for (const button of document.querySelectorAll("[data-span]")) button.addEventListener("click", () => span(button.dataset.span));
if (token) signedIn().catch(signedOut);
else signedOut();
