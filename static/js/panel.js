// The panel beside a list: Space shows the row's record, j and k move on, e edits it there, Escape closes one layer at a time.
// What it shows are the ordinary pages as fragments, saved by their ordinary forms. `open` in the address says which record.

import { ask, complain, reason, shown, takeToasts } from "./fragment.js";
import { wasSaved } from "./kept.js";
import { listAddress, refreshRow, rowOf } from "./row.js";

const PAUSE = 120;   // while j is held down nothing is asked for
const FORM_PARTS = ["form", "combobox", "markdown", "drafts", "similar", "presence"];

const $ = (selector, root = document) => root.querySelector(selector);
const isSheet = () => matchMedia("(width < 56rem)").matches;
const addressOf = (tail = "") => `${location.pathname}${id}${tail}?back=${encodeURIComponent(listAddress())}`;
const formIn = () => panel && $("form[data-guard], form:has(.merge)", panel);
const dirtyBar = () => panel && $(".save-bar[data-when-dirty]:not([hidden]), form:has(.merge) .save-bar", panel);

let panel = null;
let id = null;
let asking = null;
let timer = 0;
let pushed = false;   // whether Back closes the panel: where it covers the list
let list = "";        // the address of the list that is shown
let turned = 0;       // the way one went over the end of the page, on a small screen

// ── opening, moving, closing ─────────────────────────────────────────────────────────────────────────────────────────
export function toggle(row) {
  if (panel && id === row.dataset.id) leave();
  else open(row.dataset.id);
}

export function open(record, { push = isSheet() } = {}) {
  if (dirtyBar()) { warn(); return; }
  const first = !panel;
  if (first) build();
  id = String(record);
  list = listAddress();
  if (first && push) { history.pushState(history.state, "", openAddress()); pushed = true; } else history.replaceState(history.state, "", openAddress());
  markRow();
  clearTimeout(timer);
  timer = setTimeout(show, first ? 0 : PAUSE);
}

const openAddress = () => listAddress({ open: id });

function build() {
  panel = Object.assign(document.createElement("aside"), { id: "panel", tabIndex: -1 });
  panel.setAttribute("aria-label", "Record");
  $("#main").after(panel);
  panel.addEventListener("click", onClick);
  panel.addEventListener("submit", onSubmit);
  cover();
}

// On a small screen it covers the list, which then is not there for anybody.
function cover() {
  for (const other of document.body.children) other.inert = Boolean(panel) && isSheet() && other !== panel && !other.matches(".toasts, dialog");
}

export function close() {
  if (!panel) return;
  const row = rowOf(id);
  asking?.abort();
  clearTimeout(timer);
  const held = panel.contains(document.activeElement) || document.activeElement === document.body;
  panel.replaceChildren();
  shown(panel);   // whoever looked after a form in it lets go
  panel.remove();
  panel = id = null;
  cover();
  markRow();
  row?.scrollIntoView({ block: "nearest" });
  const focus = () => { if (held) $(".lead a", row ?? document)?.focus({ preventScroll: true }); };
  focus();
  // A step back through the history takes the focus away at its end.
  const { navigation } = window;
  if (pushed) navigation?.addEventListener("navigatesuccess", focus, { once: true });
  else navigation?.transition?.finished.then(focus, () => {});
  if (pushed) history.back();
  else if (location.href.includes("open=")) history.replaceState(history.state, "", listAddress());
  pushed = false;
}

function markRow() {
  for (const row of document.querySelectorAll("main tr[aria-current]")) row.removeAttribute("aria-current");
  const row = id && rowOf(id);
  row?.setAttribute("aria-current", "true");
  row?.scrollIntoView({ block: "nearest" });   // it may have moved as the list became narrower
}

// ── loading ──────────────────────────────────────────────────────────────────────────────────────────────────────────
async function load(address, body) {
  clearTimeout(timer);
  asking?.abort();
  asking = new AbortController();
  const mine = id;
  panel.setAttribute("aria-busy", "true");
  const answer = await ask(address, { body, target: "panel", signal: asking.signal });
  if (answer.aborted || mine !== id) return null;
  panel.removeAttribute("aria-busy");
  if (answer.status === 404 && !body) { gone(); return null; }
  if (answer.status === 401 && body) return answer;
  if (![200, 409, 422].includes(answer.status) || !$(".panel-body", answer.root)) { complain(reason(answer)); return null; }
  if ($("form[data-guard]", answer.root)) await Promise.all(FORM_PARTS.map((name) => import(`./${name}.js`)));
  put(answer.root);
  return answer;
}

function gone() {
  refreshRow(id);
  complain("This record is not there any more.");
  close();
}

function put(root) {
  takeToasts(root);
  const had = panel.contains(document.activeElement) || isSheet();
  panel.replaceChildren(...root.querySelectorAll(".panel-bar, .panel-body"));
  panel.setAttribute("aria-label", $("h2", panel)?.textContent ?? "Record");
  panel.scrollTop = 0;
  shown(panel);
  const field = $("#errors", panel) ?? (formIn() && $("[data-field] :is(input, select, textarea):not([type=hidden])", panel));
  if (field) field.focus();
  else if (had) panel.focus({ preventScroll: true });
}

const show = () => load(addressOf());

// ── what one does in it ──────────────────────────────────────────────────────────────────────────────────────────────
function onClick(event) {
  const plain = !(event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (event.target.closest("[data-close-panel]")) { leave(); return; }
  const step = event.target.closest("[data-step]");
  if (step) { move(Number(step.dataset.step)); return; }
  const link = event.target.closest("a[href]");
  if (!link || !plain || event.defaultPrevented) return;
  const { pathname } = new URL(link.href);
  const own = location.pathname + id;
  if ("whole" in link.dataset) return;
  if (pathname === `${own}/edit` && !link.target) { event.preventDefault(); load(addressOf("/edit")); }
  if (pathname === own && formIn()) { event.preventDefault(); show(); }
}

async function onSubmit(event) {
  const form = event.target;
  const own = new URL(form.action).pathname === `${location.pathname}${id}/edit`;
  if (!own || event.defaultPrevented || ["pick", "preview"].includes(event.submitter?.name)) return;
  event.preventDefault();
  const button = event.submitter;
  if (button) button.disabled = true;
  const answer = await load(form.action, new URLSearchParams(new FormData(form, button)));
  if (button) button.disabled = false;
  if (answer?.status === 401) { form.submit(); return; }   // the page that asks to sign in again and goes on
  if (answer?.status !== 200 || formIn()) return;
  wasSaved();
  const row = await refreshRow(id);
  if (!isSheet()) $(".lead a", row ?? document.createElement("tr"))?.focus({ preventScroll: true });
}

function move(step) {
  if (dirtyBar()) { warn(); return; }
  const row = rowOf(id);
  if (isSheet() && row) sheetMove(row, step);
  else document.dispatchEvent(new CustomEvent("colophon:move", { detail: { step, from: row } }));
}

// The list behind a sheet cannot have the focus, so the panel goes on without it.
function sheetMove(row, step) {
  const next = step > 0 ? row.nextElementSibling : row.previousElementSibling;
  turned = next?.dataset.id ? 0 : step;
  if (next?.dataset.id) open(next.dataset.id);
  else document.dispatchEvent(new CustomEvent("colophon:edge", { detail: { step } }));
}

// Escape goes back by one layer: the form, then the record. What is not saved is not left by a key.
function leave() {
  if (dirtyBar()) { warn(); return; }
  if (formIn()) show();
  else close();
}

function warn() {
  const bar = dirtyBar();
  if (!bar) return;
  bar.classList.add("ask");
  $("[data-discard], .btn.quiet", bar)?.focus();
}

// ── listening ────────────────────────────────────────────────────────────────────────────────────────────────────────
document.addEventListener("keydown", (event) => {
  if (!panel || event.isComposing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const typing = event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select");
  if (event.key === "Escape" && !event.target.closest("details.menu[open]")) {
    if (event.target.getAttribute("aria-expanded") === "true" || event.target.closest("td, .cell-box")) return;
    leave();
  } else if (event.key === "e" && !typing && !formIn()) $("[aria-keyshortcuts=e]", panel)?.click();
  else if (event.key === "F6") (panel.contains(document.activeElement) ? $(".lead a", rowOf(id) ?? document) : panel)?.focus();
  else if (["j", "k"].includes(event.key) && !typing && panel.contains(document.activeElement)) move(event.key === "j" ? 1 : -1);
  else return;
  event.preventDefault();
  event.stopPropagation();
}, true);

document.addEventListener("focusin", ({ target }) => {
  const row = panel && target.closest("main table[data-resource] tbody tr[data-id]");
  if (row && row.dataset.id !== id) open(row.dataset.id);
});

// After a swap the list is another one: the same record stays open, or the first row of the next page is.
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.target.id !== "main") return;
  list = listAddress();
  if (!panel) return;
  pushed = false;
  const rows = document.querySelectorAll("main table[data-resource] tbody tr[data-id]");
  const next = turned && rows[turned > 0 ? 0 : rows.length - 1];
  turned = 0;
  if (next) { open(next.dataset.id); return; }
  history.replaceState(history.state, "", openAddress());
  markRow();
  clearTimeout(timer);
  if (!formIn()) timer = setTimeout(show, PAUSE);
});

export function sync() {
  const wanted = new URL(location.href).searchParams.get("open") ?? "";
  if (!/^[0-9]{1,18}$/.test(wanted)) { pushed = false; close(); } else if (wanted !== id) open(wanted, { push: false });
}

addEventListener("popstate", sync);
addEventListener("resize", cover);
// Where only the panel differs the list stays as it is.
document.addEventListener("htmx:before:history:restore", (event) => { if (listAddress() === list) event.preventDefault(); });
