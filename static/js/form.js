// Forms that know what is not saved: marks, the save bar, a warning before leaving, Ctrl S, counters, tags, slugs.
// A field is an element with data-field (its name for people); what the server sent is its clean state.
// One form at a time: that of the page, or the one that has just been shown in the panel beside a list.

const $ = (selector, root = document) => root.querySelector(selector);
export const all = (selector, root = document) => [...root.querySelectorAll(selector)];

export let form = null;
let bar = null;
let cleanText = "";
let leaving = false;

// ── what changed ─────────────────────────────────────────────────────────────────────────────────────────────────────
function isChanged(control) {
  if (control.type === "checkbox" || control.type === "radio") return control.checked !== control.defaultChecked;
  if (control.type === "hidden") return "initial" in control.dataset && control.value !== control.dataset.initial;
  if (control.tagName !== "SELECT") return control.value !== control.defaultValue;
  const preset = [...control.options].findIndex((option) => option.defaultSelected);
  return control.selectedIndex !== Math.max(preset, 0);
}

function fieldChanged(field) {
  return field.dataset.changed === "server" || all("input[name], select[name], textarea[name]", field).some(isChanged);
}

export const changedFields = () => all("[data-field]", form).filter(fieldChanged);
// A form that came back with errors holds what nobody has saved yet.
export const isUnsaved = () => Boolean($("#errors")) || "dirty" in form.dataset || changedFields().length > 0;

function markSections() {
  for (const link of all(".rail a[href^='#']")) {
    const section = document.getElementById(link.hash.slice(1));
    const edited = Boolean(section && $("[data-changed]", section));
    const badge = $("[data-edited]", link);
    if (edited && !badge) link.insertAdjacentHTML("beforeend", '<span class="badge plain" data-tone="warn" data-edited>edited</span>');
    if (!edited) badge?.remove();
  }
}

function showBar(changed) {
  if (!bar) return;
  const count = changed.length;
  const text = count ? `${count} unsaved ${count === 1 ? "change" : "changes"}` : isUnsaved() ? "Not saved yet" : cleanText;
  $("[data-save-count]", bar).textContent = text;
  $("[data-save-names]", bar).textContent = changed.map((field) => field.dataset.field).join(", ");
  if ("whenDirty" in bar.dataset) bar.hidden = !isUnsaved();
}

function refresh() {
  const changed = changedFields();
  for (const field of all("[data-field]", form)) {
    if (changed.includes(field)) field.dataset.changed ||= "";
    else delete field.dataset.changed;
  }
  markSections();
  showBar(changed);
}

// ── counters ─────────────────────────────────────────────────────────────────────────────────────────────────────────
const SHOW_FROM = 0.8;
const NEAR_FROM = 0.95;

function count(counter) {
  const control = document.getElementById(counter.dataset.countFor);
  if (!control || control.maxLength < 1) return;
  const length = [...control.value].length;
  counter.hidden = length < control.maxLength * SHOW_FROM;
  counter.classList.toggle("near", length >= control.maxLength * NEAR_FROM);
  counter.textContent = counter.hidden ? "" : `${length.toLocaleString("en")} of ${control.maxLength.toLocaleString("en")}`;
}

// ── an empty slug shows what the server will make of the title; one that is there follows the title until it is published ─
function slugOf(text) {
  const plain = text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  return plain.replace(/['’]/g, "").replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "");
}

function prepareSlug(slug) {
  const source = document.getElementById(slug.dataset.slugFrom);
  const show = () => { slug.placeholder = slugOf(source.value); };
  source?.addEventListener("input", show);
  if (source) show();
}

// ── tags: Enter or a comma makes a chip; one hidden field holds the new names ────────────────────────────────────────
function prepareTags(box) {
  const input = $("input[type=text]", box);
  const store = Object.assign(document.createElement("input"), { type: "hidden", name: input.name, value: input.value });
  const icon = $("use", box)?.getAttribute("href") ?? `${document.querySelector("use").getAttribute("href").split("#")[0]}#x`;
  let names = [];
  store.dataset.initial = input.value;
  input.removeAttribute("name");
  box.append(store);

  const current = () => all(".chip.tag:not(.new) span", box).map((span) => span.textContent);
  const same = (a, b) => a.toLowerCase() === b.toLowerCase();

  function write() {
    store.value = [...names, input.value.trim()].filter(Boolean).join(", ");
    store.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function chipFor(name) {
    const chip = document.createElement("span");
    chip.className = "chip tag new";
    chip.append(Object.assign(document.createElement("span"), { textContent: name }));
    const button = Object.assign(document.createElement("button"), { type: "button" });
    button.setAttribute("aria-label", `Remove ${name}`);
    button.innerHTML = `<svg class="icon" aria-hidden="true"><use href="${icon}"/></svg>`;
    button.addEventListener("click", () => {
      names = names.filter((other) => other !== name);
      chip.remove();
      write();
      input.focus();
    });
    chip.append(button);
    return chip;
  }

  function add(name) {
    const clean = name.trim().replace(/\s+/g, " ");
    const removed = all(".chip.tag:not(.new)", box).find((chip) => same(chip.textContent.trim(), clean));
    if (removed) $("input", removed).checked = false;
    if (!clean || removed || [...names, ...current()].some((other) => same(other, clean))) return;
    names.push(clean);
    input.before(chipFor(clean));
  }

  function takeTyped(all_ = true) {
    const parts = input.value.split(/[,;\n]/);
    const rest = all_ ? "" : parts.pop();
    parts.forEach(add);
    input.value = rest;
    write();
  }

  input.addEventListener("keydown", (event) => {
    const choosing = input.hasAttribute("aria-activedescendant");   // Enter belongs to the list of combobox.js
    if (event.key === "Enter" && !event.isComposing && !choosing) { event.preventDefault(); takeTyped(); }
    if (event.key === "Backspace" && !input.value) $(".chip.new:last-of-type button", box)?.click();
  });
  input.addEventListener("input", () => (/[,;\n]/.test(input.value) ? takeTyped(false) : write()));
  input.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text");
    if (!/[,;\n]/.test(text)) return;
    event.preventDefault();
    input.value += text;
    takeTyped();
  });
  // combobox.js reports a tag chosen from its list.
  box.addEventListener("tag:chosen", (event) => { input.value = event.detail; takeTyped(); });
  if (input.value) takeTyped();
}

// ── set-up ───────────────────────────────────────────────────────────────────────────────────────────────────────────
function primaryButton() {
  return $(".save-bar .btn.primary", form) ?? $("button.primary", form);
}

function attach(place) {
  form = $("form:has([data-field]):has(.save-bar)", place) ?? $("main form:has([data-field])", place);
  bar = form && $(".save-bar", form);
  cleanText = bar ? $("[data-save-count]", bar).textContent : "";
  leaving = false;
  if (form) prepare();
  $("#errors", place)?.focus();
}

function prepare() {
  all("[data-tags]", form).forEach(prepareTags);
  all("[data-slug-from]", form).forEach(prepareSlug);
  all("[data-count-for]", form).forEach(count);
  form.addEventListener("input", (event) => {
    const counter = event.target.id && $(`[data-count-for="${CSS.escape(event.target.id)}"]`, form);
    if (counter) count(counter);
    leaving = false;
    refresh();
  });
  form.addEventListener("change", refresh);
  form.addEventListener("reset", () => setTimeout(refresh));
  form.addEventListener("submit", (event) => { leaving = !event.defaultPrevented; });
  bar?.addEventListener("click", (event) => { if (event.target.closest("[data-discard]")) leaving = true; });
  refresh();
}

addEventListener("beforeunload", (event) => { if (form?.isConnected && !leaving && isUnsaved()) event.preventDefault(); });
addEventListener("pageshow", () => { leaving = false; if (form) refresh(); });
document.addEventListener("keydown", (event) => {
  if (!form?.isConnected || event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const button = primaryButton();
  if (button && !button.disabled) form.requestSubmit(button);
});
document.addEventListener("colophon:shown", ({ target }) => { if (target.id === "panel") attach(target); });
attach(document);
