// Selecting rows: the whole page, a range with Shift, `x` on the keyboard; what is selected survives paging and sorting.
// Without this script the boxes and the bar work for one page: they are a form. list.js brings it when somebody comes near.

const SHOWN = "main table[data-resource] .check input[name=ids]";
const bar = () => document.querySelector("form[data-select]");
const boxes = () => [...document.querySelectorAll(SHOWN)];
const person = document.querySelector("meta[name=user]")?.content;

let last = null;   // the box one clicked before: where a range begins

// ── what is kept while one pages: the ids, or that it is all that match ──────────────────────────────────────────────
const place = (form) => `selected:${person}:${form.dataset.select}`;

function kept(form) {
  let found;
  try { found = JSON.parse(sessionStorage.getItem(place(form))); } catch { found = null; }
  return found?.filter === form.dataset.filter ? { all: found.all, ids: new Set(found.ids) } : { all: false, ids: new Set() };
}

function keep(form, { all, ids }) {
  if (!all && !ids.size) sessionStorage.removeItem(place(form));
  else sessionStorage.setItem(place(form), JSON.stringify({ filter: form.dataset.filter, all, ids: [...ids] }));
}

// ── what one sees ────────────────────────────────────────────────────────────────────────────────────────────────────
function hidden(name, value) {
  return Object.assign(document.createElement("input"), { type: "hidden", name, value });
}

function show(form, { all, ids }) {
  const shown = boxes();
  for (const box of shown) box.checked = all || ids.has(box.value);
  for (const input of form.querySelectorAll("input[data-travels]")) input.remove();
  const here = new Set(shown.map((box) => box.value));
  const travelling = all ? [hidden("all", "1")] : [...ids].filter((id) => !here.has(id)).map((id) => hidden("ids", id));
  for (const input of travelling) input.dataset.travels = "";
  form.append(...travelling);
  form.toggleAttribute("data-open", all || ids.size > 0);
  const every = form.querySelector("[data-select-all]");
  if (every) every.hidden = all;
  const text = all ? `All ${every?.textContent.replace("Select all ", "") ?? ids.size} selected` : `${ids.size.toLocaleString("en")} selected`;
  const status = form.querySelector("[data-selected]");
  if (status.textContent !== text) status.textContent = text;
  const head = document.querySelector("main [data-select-page]");
  if (!head) return;
  const ticked = shown.filter((box) => box.checked).length;
  head.checked = ticked === shown.length;
  head.indeterminate = ticked > 0 && ticked < shown.length;
}

function change(form, chosen, on) {
  const state = kept(form);
  if (state.all && !on) { state.all = false; for (const box of boxes()) state.ids.add(box.value); }
  for (const box of chosen) if (on) state.ids.add(box.value); else state.ids.delete(box.value);
  keep(form, state);
  show(form, state);
}

function range(from, to) {
  const list = boxes();
  const [start, end] = [list.indexOf(from), list.indexOf(to)].sort((a, b) => a - b);
  return start < 0 ? [to] : list.slice(start, end + 1);
}

function tick(box, on, extend) {
  change(bar(), extend && last?.isConnected ? range(last, box) : [box], on);
  last = box;
}

// ── what one does ────────────────────────────────────────────────────────────────────────────────────────────────────
// `on` is how the box stood at the click: list.js hands over what happened while this script was on its way.
export function onClick(event, on = event.target.checked) {
  const form = bar();
  if (!form) return;
  if (event.target.matches(SHOWN)) tick(event.target, on, event.shiftKey);
  else if (event.target.matches("[data-select-page]")) change(form, boxes(), on);
  else if (event.target.closest("[data-select-none]")) { keep(form, { all: false, ids: new Set() }); prepare(); }
  else if (event.target.closest("[data-select-all]")) {
    event.preventDefault();
    const state = { all: true, ids: new Set() };
    keep(form, state);
    show(form, state);
  }
}

// A click on a box with Shift would mark text.
document.addEventListener("mousedown", (event) => { if (event.shiftKey && event.target.closest?.(".check")) event.preventDefault(); });

export function onKey(event) {
  if (event.key.toLowerCase() !== "x" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("input:not([type=checkbox]), textarea, select, dialog, [contenteditable]")) return;
  const box = event.target.closest("tr[data-id]")?.querySelector("input[name=ids]");
  if (!box) return;
  event.preventDefault();
  tick(box, !box.checked, event.shiftKey);
}

document.addEventListener("click", (event) => onClick(event));
document.addEventListener("keydown", onKey);

function prepare() {
  const form = bar();
  if (!form) return;
  for (const control of document.querySelectorAll("main [data-select-page], main [data-select-none]")) control.hidden = false;
  show(form, kept(form));
}

document.addEventListener("htmx:after:swap", prepare);
addEventListener("pageshow", prepare);   // a browser going back fills the boxes in by itself, after the script
prepare();
