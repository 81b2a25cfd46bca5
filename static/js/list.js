// Lists without a full load: search while typing, and links and forms of the same list swap the content and keep the address.
// Links to other pages stay ordinary visits, because those pages bring their own scripts.

const TYPING_PAUSE = 250;
const main = () => document.getElementById("main");
const here = (url) => url.origin === location.origin && url.pathname === location.pathname;

let timer;
let asked = location.pathname + location.search;   // the list's address, as it was last asked for
let sent = "";         // what of the search box that address holds
let returnTo = null;   // how to find the same control after the swap
let turnTo = null;     // the row to go on with on the next page

const announcer = document.createElement("p");
announcer.className = "vh";
announcer.setAttribute("role", "status");
document.body.append(announcer);

function load(url, { swap, replace = false, text = boxText() }) {
  const address = url.pathname + url.search;
  asked = address;
  sent = text;
  const history = replace ? { replace: "true" } : { push: "true" };
  window.htmx.ajax("GET", address, { source: main(), target: main(), swap, ...history });
}

// The address a GET form leads to; fields left empty are left out.
function addressOf(form, submitter) {
  const url = new URL(form.action, location.href);
  const filled = [...new FormData(form, submitter)].filter(([, value]) => value !== "");
  url.search = new URLSearchParams(filled).toString();
  return url;
}

function selectorFor(link) {
  const head = link.closest("thead th");
  if (head) return `main thead th:nth-child(${[...head.parentNode.children].indexOf(head) + 1}) a`;
  if (link.rel) return `main .pager a[rel="${link.rel}"][href]`;
  return null;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("main a[href]");
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const url = new URL(link.href);
  if (link.target || link.hasAttribute("download") || link.getAttribute("href").startsWith("#") || !here(url)) return;
  event.preventDefault();
  clearTimeout(timer);
  returnTo = selectorFor(link);
  if (link.closest(".pager")) scrollTo({ top: 0 });
  load(url, { swap: "innerHTML" });
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "get" || !main().contains(form)) return;
  const url = addressOf(form, event.submitter);
  if (!here(url)) return;
  event.preventDefault();
  clearTimeout(timer);
  load(url, { swap: "innerMorph" });
});

// ── the search box ───────────────────────────────────────────────────────────────────────────────────────────────────
// Morphing leaves the field one types in as it is, with its cursor.
const SEARCH = "main form[role=search] input[type=search]";
// «price:2», «"le gu» and «-» at the end are not asked for before a blank or Enter ends them: the next letter may change them.
const UNFINISHED = /(?:^|(?<=\s))-?(?:[\p{L}_][\p{L}\p{N}_.-]*:(?:"[^"]*"|[^\s"])*(?:"[^"]*)?|"[^"]*)?$/u;
const boxText = () => document.querySelector(SEARCH)?.value ?? "";

const prepared = new WeakSet();

document.addEventListener("focusin", async ({ target }) => {
  if (!target.matches(SEARCH) || prepared.has(target) || !document.getElementById("q-suggestions")) return;
  prepared.add(target);
  const before = target.value;
  (await import("./suggest.js")).suggest(target, target.value !== before);
});

document.addEventListener("input", (event) => {
  if (!event.target.matches(SEARCH) || event.isComposing) return;
  clearTimeout(timer);
  timer = setTimeout(() => askFinished(event.target), TYPING_PAUSE);
});

addEventListener("popstate", () => { asked = ""; });

function askFinished(input) {
  if (!input.isConnected) return;
  const finished = input.value.replace(UNFINISHED, "");
  const url = addressOf(input.form);
  if (finished.trim()) url.searchParams.set("q", finished);
  else url.searchParams.delete("q");
  if (url.pathname + url.search !== asked) load(url, { swap: "innerMorph", replace: true, text: finished });
}

// What was typed has become parameters and chips: the box goes on with the words that are left, and what was typed since.
function showWhatIsLeft(input) {
  const left = input.getAttribute("value");
  const since = input.value.startsWith(sent) ? input.value.slice(sent.length) : "";
  input.value = left + (left && /\s$/.test(sent) ? " " : "") + since;
}

document.addEventListener("change", (event) => {
  if (event.target.matches("main select[data-submit]")) event.target.form.requestSubmit();
});

document.addEventListener("toggle", async ({ target }) => {
  if (target.id === "display" && target.open) (await import("./display.js")).prepare(target);
}, true);

// Beyond the last row is the next page's first one; beyond the very last there is nothing, and that is said.
document.addEventListener("colophon:edge", async ({ detail: { step } }) => {
  const link = document.querySelector(`main .pager a[rel="${step > 0 ? "next" : "prev"}"][href]`);
  if (!link) { (await import("./fragment.js")).tell(step > 0 ? "That was the last row." : "That was the first row."); return; }
  turnTo = `main tbody tr[data-id]:${step > 0 ? "first" : "last"}-child .lead a`;
  if (step > 0) scrollTo({ top: 0 });
  load(new URL(link.href), { swap: "innerHTML" });
});

function focusAgain() {
  if (turnTo) document.querySelector(turnTo)?.focus({ preventScroll: true });
  if (document.activeElement === document.body || !document.activeElement) {
    ((returnTo && document.querySelector(returnTo)) || main()).focus({ preventScroll: true });
  }
  turnTo = returnTo = null;
}

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  const input = document.activeElement;
  if (ctx.target === main() && ctx.response?.raw.redirected && input.matches(SEARCH)) showWhatIsLeft(input);
  if (ctx.target === main()) focusAgain();   // and not when only numbers have come
  announcer.textContent = document.querySelector("main caption")?.textContent ?? document.querySelector("main .empty :is(h1, h2)")?.textContent ?? "";
});

// Taking back keeps the place in the list. What cannot be taken back is told by a page of its own.
document.addEventListener("submit", async (event) => {
  const form = event.target.closest(".toast form[action$='/undo']");
  if (!form || event.defaultPrevented) return;
  event.preventDefault();
  const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual" }).catch(() => null);
  if (answer?.type !== "opaqueredirect") { form.submit(); return; }
  form.closest(".toast").remove();
  load(new URL(location.href), { swap: "innerMorph", replace: true });
});

// ── rows and cells: values that are edited where they stand ──────────────────────────────────────────────────────────
// The head of a column says what it edits; a row that may not be edited has no link to its form.
const ROW = "main table[data-resource] tbody tr[data-id]";
const CONTROL = "a, button, input, select, textarea, label, summary, [popover]";
const fieldOf = (cell) => cell.closest("table").tHead.rows[0].cells[cell.cellIndex]?.dataset.edit;
const isEditable = (cell) => Boolean(fieldOf(cell) && cell.parentNode.querySelector("a[href*='/edit']"));
const cellAt = (target) => (target.closest?.(ROW) ? target.closest("th, td") : null);
const peek = async (row) => (await import("./panel.js")).toggle(row);
const edit = async (cell) => (await import("./cell.js")).edit(cell, fieldOf(cell));

document.addEventListener("pointerover", ({ target }) => {
  const cell = cellAt(target);
  if (!cell || "editable" in cell.dataset || !isEditable(cell)) return;
  cell.dataset.editable = "";
  if (!cell.title) cell.title = "Click to change";
});

// A click beside all links opens the value, or the record beside the list; on a card only the small values are opened.
const isCard = () => matchMedia("(width < 40rem)").matches;

document.addEventListener("click", (event) => {
  const row = event.target.closest(ROW);
  if (!row || event.defaultPrevented || event.target.closest(CONTROL) || !getSelection().isCollapsed) return;
  const cell = cellAt(event.target);
  if (cell && isEditable(cell) && !(isCard() && cell.matches(".lead"))) edit(cell);
  else if (!cell?.matches(".check, .row-actions")) peek(row);
});

// From the row's name the arrows lead to its values and to those of the rows above and below.
export function focusCell(cell) {
  const link = cell?.matches(".lead") && cell.querySelector("a");
  if (cell && !link) cell.tabIndex = -1;
  (link || cell)?.focus();
}

function beside(cell, step) {
  const stops = [...cell.parentNode.cells].filter((each) => (each.matches(".lead") || isEditable(each)) && each.checkVisibility());
  return stops[stops.indexOf(cell) + step];
}

function below(cell, step) {
  const list = [...document.querySelectorAll(ROW)];
  return list[list.indexOf(cell.parentNode) + step]?.cells[cell.cellIndex];
}

const MOVES = { ArrowRight: [beside, 1], ArrowLeft: [beside, -1], ArrowDown: [below, 1], ArrowUp: [below, -1] };

function onCellKey(event) {
  const cell = cellAt(event.target);
  const isValue = event.target === cell;
  if (!cell || !(isValue || event.target.matches(".lead a")) || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const [way, step] = MOVES[event.key] ?? [];
  const next = way === below && !isValue ? null : way?.(cell, step);
  const opens = event.key === "F2" || (event.key === "Enter" && isValue);
  if (next) focusCell(next);
  else if (opens && isEditable(cell)) edit(cell);
  else if (event.key === " ") peek(cell.parentNode);
  else if (event.key === "Escape" && isValue) focusCell(cell.parentNode.querySelector(".lead"));
  else return;
  event.preventDefault();
}
document.addEventListener("keydown", onCellKey);

// Selecting rows comes with its script once somebody is near the table, or has selected some already. What happens while
// it is on its way is handed over.
let selecting, isThere = false;
function prepareSelecting() {
  selecting ??= import("./select.js").then((module) => { isThere = true; return module; });
  return selecting;
}
const hasBoxes = () => document.querySelector("form[data-select]") !== null;
for (const kind of ["pointerover", "focusin"]) {
  document.addEventListener(kind, (event) => { if (hasBoxes() && event.target.closest?.("main table[data-resource]")) prepareSelecting(); });
}
document.addEventListener("click", (event) => {
  if (isThere || !hasBoxes() || !event.target.matches(".check input")) return;
  const on = event.target.checked;
  prepareSelecting().then(({ onClick }) => onClick(event, on));
});
document.addEventListener("keydown", (event) => {
  if (!isThere && hasBoxes() && event.key.toLowerCase() === "x") prepareSelecting().then(({ onKey }) => onKey(event));
});
if (Object.keys(sessionStorage).some((key) => key.startsWith("selected:"))) prepareSelecting();

function showHeadBox() {
  for (const box of document.querySelectorAll("main [data-select-page]")) box.hidden = false;
}
document.addEventListener("htmx:after:swap", showHeadBox);
showHeadBox();

// The address says which record is open beside the list.
if (new URL(location.href).searchParams.has("open")) import("./panel.js").then(({ sync }) => sync());
