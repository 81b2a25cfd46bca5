// What every page has: toasts, menus, keys, the theme, times in the reader's zone, and the safety token of htmx requests.
// Everything works without it. Listeners sit on the document, so that swapped content needs no second set-up.

const $ = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// ── toasts ───────────────────────────────────────────────────────────────────────────────────────────────────────────
const TOAST_STAYS = 10_000;
const MOST_TOASTS = 3;
const SAVED_STAYS = 3_000;

function vanishLater(toast) {
  setTimeout(() => (toast.matches(":hover, :focus-within") ? vanishLater(toast) : toast.remove()), TOAST_STAYS);
}

function prepareToasts() {
  for (const toast of all(".toast:not([data-ready])")) {
    toast.dataset.ready = "";
    for (const button of all("[data-close]", toast)) button.hidden = false;
    if ("vanish" in toast.dataset) vanishLater(toast);
  }
  const crowd = all("#toasts .toast").length - MOST_TOASTS;
  for (const toast of all("#toasts .toast[data-vanish]").slice(0, Math.max(0, crowd))) toast.remove();
}

// ── menus ────────────────────────────────────────────────────────────────────────────────────────────────────────────
function closeMenus(except) {
  for (const menu of all("details.menu[open]")) if (!menu.contains(except)) menu.open = false;
}

document.addEventListener("click", (event) => {
  closeMenus(event.target);
  if (event.target.closest("[data-close]")) event.target.closest(".toast")?.remove();
  if (event.target.closest("[data-shortcuts]")) showShortcuts();
});

// ── times and marks ──────────────────────────────────────────────────────────────────────────────────────────────────
const moment = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

function prepareTimes() {
  for (const time of all("time[datetime*='T']:not([data-ready])")) {
    const when = new Date(time.dateTime);
    time.dataset.ready = "";
    if (!Number.isNaN(when.valueOf())) time.title = `${moment.format(when)}, ${zone}`;
  }
}

function prepareMarks() {
  for (const row of all("tr.saved")) {
    row.scrollIntoView({ block: "nearest" });
    setTimeout(() => row.classList.remove("saved"), SAVED_STAYS);
  }
  for (const button of all("[data-shortcuts][hidden]")) button.hidden = false;
}

function prepare() {
  prepareToasts();
  prepareTimes();
  prepareMarks();
}

// ── the theme: a form that posts; here the page changes at once and the server is told behind ────────────────────────
document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-themes]");
  if (!form || !event.submitter) return;
  event.preventDefault();
  const { value } = event.submitter;
  if (value === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = value;
  for (const button of all("button", form)) button.setAttribute("aria-pressed", String(button === event.submitter));
  const body = new URLSearchParams(new FormData(form, event.submitter));
  await fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => form.submit());
});

// ── a form is sent once ──────────────────────────────────────────────────────────────────────────────────────────────
function wait(button) {
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  if (!button.dataset.busy) return;
  button.dataset.label = button.innerHTML;
  button.textContent = button.dataset.busy;
}

function stopWaiting(button) {
  button.disabled = false;
  button.removeAttribute("aria-busy");
  if (button.dataset.label) button.innerHTML = button.dataset.label;
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if ("sent" in form.dataset) { event.preventDefault(); return; }
  form.dataset.sent = "";
  const button = event.submitter;
  // After the browser has read the form: a disabled button would not be sent.
  if (button) setTimeout(() => wait(button));
});

addEventListener("pageshow", () => {
  for (const form of all("form[data-sent]")) {
    delete form.dataset.sent;
    all("button[aria-busy]", form).forEach(stopWaiting);
  }
});

// ── htmx ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  if (ctx.request.method !== "GET") ctx.request.headers["X-CSRFToken"] = $("meta[name=csrf-token]").content;
});

// A request that ends elsewhere (the session is over: sign-in) becomes an ordinary visit, and so does one that fails.
document.addEventListener("htmx:before:response", (event) => {
  const { raw } = event.detail.ctx.response;
  const asked = new URL(event.detail.ctx.request.action, location.href);
  if (!raw.redirected || new URL(raw.url).pathname === asked.pathname) return;
  event.preventDefault();
  location.assign(raw.url);
});
document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
  if (ctx?.request?.method === "GET") location.assign(ctx.request.action);
});
document.addEventListener("htmx:after:swap", prepare);
document.addEventListener("colophon:shown", prepare);

// ── keys ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
const PLACES = { h: "/", a: "/authors/", b: "/books/", p: "/posts/", u: "/users/" };
let going = 0;

const isTyping = (target) => target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
const rows = () => all("main table[data-resource] tbody tr[data-id]");
const currentRow = () => document.activeElement?.closest("tr[data-id]");

function showShortcuts() {
  closeMenus();
  $("#side")?.matches(":popover-open") && $("#side").hidePopover();
  $("#shortcuts")?.showModal();
}

function moveRow(step, from = currentRow()) {
  const list = rows();
  const next = from ? list[list.indexOf(from) + step] : list[0];
  if (next) $("th a, td a", next)?.focus();
  else document.dispatchEvent(new CustomEvent("colophon:edge", { detail: { step } }));   // list.js turns the page
}
document.addEventListener("colophon:move", ({ detail: { step, from } }) => moveRow(step, from));

function focusSearch() {
  const search = $("main input[type=search]");
  search?.focus();
  search?.select();
}

const follow = (selector, root = document) => $(selector, root)?.click();

const KEYS = {
  "/": focusSearch,
  "?": showShortcuts,
  c: () => follow("main [aria-keyshortcuts=c]"),
  e: () => (currentRow() ? follow("a[href$='/edit'], a[href*='/edit?']", currentRow()) : follow("main [aria-keyshortcuts=e]")),
  j: () => moveRow(1),
  k: () => moveRow(-1),
  g: () => { going = Date.now(); },
};

function goTo(key) {
  const place = PLACES[key];
  const link = place && $(`.side nav a[href$="${place}"]`);
  if (link) location.assign(link.href);
  return Boolean(link);
}

// Alt with an arrow: the record before or after this one in the list one came from.
function walk({ key, ctrlKey, metaKey }) {
  const rel = { ArrowUp: "prev", ArrowDown: "next" }[key];
  const link = rel && !ctrlKey && !metaKey && $(`main .walk a[rel=${rel}]`);
  link?.click();
  return Boolean(link);
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const menu = event.target.closest?.("details.menu[open]");
    closeMenus();
    if (menu) $("summary", menu).focus();
    return;
  }
  if (event.altKey && walk(event)) { event.preventDefault(); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (isTyping(event.target) || $("dialog[open]")) return;
  const afterG = Date.now() - going < 1500;
  going = 0;
  if (afterG && goTo(event.key)) return;
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

// ── how many each pinned view has: asked for when the page stands ────────────────────────────────────────────────────
async function countViews(list) {
  const answer = await fetch(list.dataset.counts).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  for (const [id, number] of Object.entries(await answer.json())) {
    const link = $(`[data-view="${id}"]`, list);
    if (link) link.insertAdjacentHTML("beforeend", "<small></small>");
    if (link) link.lastElementChild.textContent = number;
  }
}
all("[data-counts]").forEach(countViews);

// The sidebar stays while the list beside it is exchanged.
document.addEventListener("htmx:after:swap", () => {
  const views = all(".side [data-view]");
  if (!views.length) return;
  const view = new URLSearchParams(location.search).get("view");
  const here = views.find((link) => link.dataset.view === view) ?? views[0].closest("ul").previousElementSibling;
  $(".side nav [aria-current]")?.removeAttribute("aria-current");
  here.setAttribute("aria-current", "page");
});

prepare();

// ── drafts that this browser keeps: looked after on every page, once there are any ───────────────────────────────────
try {
  const keys = [...Object.keys(localStorage), ...Object.keys(sessionStorage)];
  if (keys.some((key) => key.startsWith("colophon:"))) import("./kept.js");
} catch { /* the browser keeps nothing, so there is nothing to look after */ }
