// A reference field becomes a type-ahead: the select gives way to a hidden field with the id and a text field with a list.
// Tag fields get the same list. The server answers `?q=` with at most 20 <li role="option" data-value data-label>.

import { Listbox } from "./listbox.js";

function icon(name) {
  const sprite = document.querySelector("use").getAttribute("href").split("#")[0];
  const holder = document.createElement("template");
  holder.innerHTML = `<svg class="icon" aria-hidden="true"><use href="${sprite}#${name}"/></svg>`;
  return holder.content.firstElementChild;
}

// ── a reference ──────────────────────────────────────────────────────────────────────────────────────────────────────
function prepareReference(box) {
  const select = box.querySelector("select");
  if (!select || select.disabled) return;
  const hidden = Object.assign(document.createElement("input"), { type: "hidden", name: select.name, value: select.value });
  const preset = [...select.options].find((option) => option.defaultSelected) ?? select.options[0];
  hidden.dataset.initial = preset?.value ?? "";
  const input = document.createElement("input");
  Object.assign(input, { id: select.id, type: "text", required: select.required });
  for (const name of ["aria-describedby", "aria-invalid"]) if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
  let label = select.value ? select.selectedOptions[0].textContent : "";
  input.value = label;
  if (!select.required) input.placeholder = "None";
  const clearable = "clearable" in select.dataset;
  box.querySelector("button[name=pick]")?.remove();
  select.replaceWith(hidden, input);

  function set(value, text) {
    hidden.value = value;
    label = text;
    input.value = text;
    if (clear) clear.hidden = !value;
    hidden.dispatchEvent(new Event("input", { bubbles: true }));
    hidden.dispatchEvent(new Event("change", { bubbles: true }));
  }

  let clear = null;
  if (clearable) {
    clear = Object.assign(document.createElement("button"), { type: "button", className: "icon-btn clear", hidden: !hidden.value });
    clear.setAttribute("aria-label", `Clear ${box.dataset.label}`);
    clear.append(icon("x"));
    clear.addEventListener("click", () => { set("", ""); input.focus(); });
    box.append(clear);
  }
  box.append(icon("selector"));

  const listbox = new Listbox(box, input, { address: box.dataset.options, create: box.dataset.create, label: box.dataset.label, choose: (option) => set(option.dataset.value, option.dataset.label) });
  input.addEventListener("click", () => { if (!listbox.isOpen) listbox.open(""); });
  input.addEventListener("focus", () => input.select());
  // What was typed and not chosen is no choice: the old one comes back, or nothing when the field was emptied.
  input.addEventListener("blur", () => {
    if (input.value === label) return;
    if (!input.value.trim() && clearable) set("", "");
    else input.value = label;
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") input.value = label;
    else if (event.key === "Enter" && input.value !== label) event.preventDefault();
  });
}

// ── tags ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
function prepareTagList(box) {
  const input = box.querySelector("input[type=text]");
  if (!box.dataset.options || !input) return;
  const choose = (option) => box.dispatchEvent(new CustomEvent("tag:chosen", { detail: option.dataset.label }));
  const listbox = new Listbox(box, input, { address: box.dataset.options, label: "Tags", choose, free: true });
  // Enter without a chosen line adds what was typed (form.js); the list is then out of date.
  input.addEventListener("keyup", (event) => { if (event.key === "Enter" || !input.value) listbox.close(); });
}

function attach(root) {
  for (const box of root.querySelectorAll(".combo[data-options]:has(> select)")) prepareReference(box);
  for (const box of root.querySelectorAll("[data-tags]")) prepareTagList(box);
}
document.addEventListener("colophon:shown", ({ target }) => { if (["panel", "main"].includes(target.id)) attach(target); });
attach(document);
