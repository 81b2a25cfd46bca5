// Edit in the list: a small form of the server's over one cell. One request per cell, with the version that the form has seen.
// Enter saves, Escape reverts, and so does leaving it unchanged; left with a change it saves.

import { ask, complain, reason } from "./fragment.js";
import { focusCell } from "./list.js";
import { listAddress, replaceRow, refreshRow, rowOf } from "./row.js";

const GAP = 4;
let editor = null;   // { id, column, box, form, began, saving }

const cellNow = () => rowOf(editor.id)?.cells[editor.column];
const controls = (form) => [...form.querySelectorAll("input:not([type=hidden]), select, textarea")];
const typed = (form) => controls(form).map((control) => control.value).join("\n");
const isSheet = () => matchMedia("(width < 40rem)").matches;

export async function edit(cell, field) {
  if (editor && !(await leave())) return;
  if (document.querySelector("#panel form[data-guard]")) { complain("Save or close the form beside the list first."); return; }
  const { id } = cell.closest("tr").dataset;
  cell.setAttribute("aria-busy", "true");
  const back = encodeURIComponent(listAddress());
  const answer = await ask(`${location.pathname}${id}/cell/${field}?back=${back}`);
  cell.removeAttribute("aria-busy");
  const form = answer.root.querySelector("form[data-cell]");
  if (answer.status !== 200 || !form) { complain(reason(answer)); return; }
  const box = Object.assign(document.createElement("div"), { className: "cell-box", popover: "manual" });
  box.setAttribute("role", "dialog");
  box.addEventListener("keydown", onKey);
  document.body.append(box);
  editor = { id, column: cell.cellIndex, box, form: null, began: "", saving: false };
  cell.classList.add("editing");
  box.showPopover();
  put(form);
  editor.began = typed(form);
}

function put(form) {
  editor.form = form;
  editor.box.setAttribute("aria-label", form.getAttribute("aria-label"));
  form.removeAttribute("aria-label");
  editor.box.replaceChildren(form);
  form.addEventListener("submit", (event) => { event.preventDefault(); save(); });
  form.querySelector("[data-cancel]").addEventListener("click", cancel);
  const [control] = controls(form);
  // Chosen with a pointer it is saved at once; with the keys one goes through the choices, and Enter saves.
  let byKey = false;
  control.addEventListener("keydown", () => { byKey = true; });
  control.addEventListener("pointerdown", () => { byKey = false; });
  if (control.tagName === "SELECT") control.addEventListener("change", () => { if (!byKey) save(); });
  control.setAttribute("enterkeyhint", "done");
  place();
  control.focus();
  if (control.type === "text") control.select();
}

function place() {
  const { box } = editor;
  const cell = cellNow();
  if (isSheet() || !cell) return;
  const at = cell.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = box;
  const above = at.top + height > innerHeight && at.bottom - height > 0;
  box.style.left = `${scrollX + Math.max(GAP, Math.min(at.left, document.documentElement.clientWidth - width - GAP))}px`;
  box.style.top = `${scrollY + (above ? at.bottom - height : at.top)}px`;
}

// ── saving and leaving ───────────────────────────────────────────────────────────────────────────────────────────────
// → whether the editor has gone.
async function save({ stay = true } = {}) {
  const { form, id, column } = editor;
  if (editor.saving) return false;
  editor.saving = true;
  form.setAttribute("aria-busy", "true");
  const answer = await ask(form.action, { body: new URLSearchParams(new FormData(form)), keepalive: true });
  form.removeAttribute("aria-busy");
  editor.saving = false;
  if (answer.status === 200) {
    const fresh = replaceRow(id, answer.root);
    close();
    if (stay) focusCell(fresh?.cells[column]);
    return true;
  }
  const again = answer.root.querySelector("form[data-cell]");
  if (again) put(again);
  else complain(reason(answer));   // what was typed stays where it is
  return false;
}

function close() {
  cellNow()?.classList.remove("editing");
  editor.box.remove();
  editor = null;
}

// Theirs are taken when somebody else changed the value: then the row shows them.
async function cancel(event) {
  event?.preventDefault();
  const { id, column, form } = editor;
  const cell = cellNow();
  const isStale = form.querySelector("[data-theirs]");
  close();
  focusCell(isStale ? (await refreshRow(id))?.cells[column] : cell);
}

async function leave() {
  if (typed(editor.form) !== editor.began) return save({ stay: false });
  close();
  return true;
}

// ── listening ────────────────────────────────────────────────────────────────────────────────────────────────────────
function onKey(event) {
  event.stopPropagation();
  if (event.key === "Escape") { event.preventDefault(); cancel(); }
  if (event.key === "Enter" && event.target.tagName === "SELECT") { event.preventDefault(); save(); }
  if (event.key !== "Tab") return;
  const stops = [...controls(editor.form), ...editor.form.querySelectorAll("a[href], button")];
  const next = stops.indexOf(event.target) + (event.shiftKey ? -1 : 1);
  if (next >= 0 && next < stops.length) return;
  event.preventDefault();
  stops.at(next % stops.length).focus();
}

document.addEventListener("pointerdown", (event) => {
  if (editor && !editor.box.contains(event.target) && !event.target.closest(".toasts")) leave();
}, true);
addEventListener("beforeunload", (event) => { if (editor && typed(editor.form) !== editor.began) event.preventDefault(); });
addEventListener("resize", () => editor && place());
