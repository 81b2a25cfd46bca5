// Drafts: what is typed is kept in this browser every two seconds, and on the server too where one writes long texts.
// What was kept and never saved is offered when the form is opened again: compare, restore, discard.

import { all, changedFields, form, isUnsaved } from "./form.js";
import { entriesOf, forget, keep, keyOf, send, sent } from "./kept.js";

const LOCALLY = 2_000;
const ON_SERVER = 20_000;
const LARGEST = 190_000;   // the server takes 200,000 bytes

const $ = (selector, root = document) => root.querySelector(selector);
let place = null;
const token = () => $("meta[name=csrf-token]")?.content ?? "";
const headers = () => ({ "X-CSRFToken": token(), Accept: "application/json" });
const post = (address, body, more = {}) => fetch(address, { method: "POST", body, headers: headers(), redirect: "manual", ...more });

// ── reading the form ─────────────────────────────────────────────────────────────────────────────────────────────────
const version = () => form.elements.version?.value ?? "0";
const isKept = (control) => control.name && !control.disabled && !["password", "file", "submit", "button"].includes(control.type);
const sends = (control) => !["checkbox", "radio"].includes(control.type) || control.checked;

function textsOf(fields) {
  const controls = fields.flatMap((field) => all("input, select, textarea", field)).filter(isKept);
  return controls.filter(sends).map((control) => [control.name, control.value]);
}

// A new record that came back unsaved does not know what it began with: then every field counts.
function typed() {
  const cameBack = "dirty" in form.dataset || $("#errors");
  return textsOf(cameBack && !place.dataset.version ? all("[data-field]", form) : changedFields());
}

function grouped(pairs) {
  const groups = new Map();
  for (const [name, text] of pairs) groups.set(name, [...(groups.get(name) ?? []), text.replaceAll("\r\n", "\n")]);
  return groups;
}

// A field of the draft that sends nothing now (a box, tags to remove) differs as soon as it has a text.
function saysTheSame(entry) {
  const now = grouped(textsOf(all("[data-field]", form)));
  const last = (texts) => texts?.at(-1) ?? "";
  return [...grouped(entry.fields)].every(([name, texts]) => (name.endsWith("-remove") ? !texts.length : last(texts) === last(now.get(name))));
}

// ── keeping ──────────────────────────────────────────────────────────────────────────────────────────────────────────
let record = "";
let slot = { id: "", key: null };
let timer = 0;
let stopped = false;
let lastSent = "";
let keptOnServer = false;

function keepHere() {
  clearTimeout(timer);
  timer = 0;
  if (stopped) return;
  const key = keyOf(record, version(), slot.id);
  if (slot.key && slot.key !== key) forget(slot.key);
  slot.key = key;
  if (isUnsaved()) keep(key, { at: Date.now(), version: version(), fields: typed() });
  else forget(key);
}

function onInput() {
  stopped = false;
  timer ||= setTimeout(keepHere, LOCALLY);
}

async function keepThere() {
  if (stopped || document.hidden || !isUnsaved()) return;
  const body = new URLSearchParams([["version", version()], ...typed()]);
  const text = body.toString();
  if (text === lastSent || new Blob([text]).size > LARGEST) return;
  const answer = await post(place.dataset.keep, body).catch(() => null);
  if (answer?.status === 401) sessionEnded();
  if (answer?.ok) { lastSent = text; keptOnServer = true; }
}

let autosave = 0;

function sessionEnded() {
  clearInterval(autosave);
  place.append($("#session-ended").content.cloneNode(true));
}

// ── offering ─────────────────────────────────────────────────────────────────────────────────────────────────────────
function clock(at) {
  const sameDay = at.toDateString() === new Date().toDateString();
  return new Intl.DateTimeFormat("en-GB", { ...(sameDay ? {} : { dateStyle: "medium" }), timeStyle: "short" }).format(at);
}

const bodyOf = (entry) => new URLSearchParams([["version", entry.version], ...entry.fields]);

async function compare(entry, offer) {
  const sheet = $("[data-differences]", offer);
  const answer = await post(place.dataset.compare, bodyOf(entry), { headers: { ...headers(), Accept: "text/html" } }).catch(() => null);
  if (answer?.ok) sheet.innerHTML = await answer.text();
  else sheet.textContent = "The two could not be compared now. Try again.";
  sheet.hidden = false;
}

// The server makes the form again with these texts; nothing is saved by it.
function restore(entry) {
  const again = Object.assign(document.createElement("form"), { method: "post", action: form.getAttribute("action"), hidden: true });
  const back = form.elements.back ? [["back", form.elements.back.value]] : [];
  for (const [name, value] of [["csrf_token", token()], ["restore", "1"], ["version", entry.version], ...back, ...entry.fields]) {
    again.append(Object.assign(document.createElement("textarea"), { name, value }));
  }
  document.body.append(again);
  send(record, entry.key);
  again.submit();
}

function discard(entry, offer) {
  forget(entry.key);
  if (offer.dataset.alsoThere) post(place.dataset.discard).catch(() => null);
  offer.remove();
  offerNext();
}

function show(entry) {
  const offer = $("#draft-offer").content.firstElementChild.cloneNode(true);
  const at = new Date(entry.at);
  Object.assign($("time", offer), { dateTime: at.toISOString(), textContent: clock(at) });
  $("[data-stale]", offer).hidden = !place.dataset.version || entry.version === place.dataset.version;
  const acts = { compare: () => compare(entry, offer), restore: () => restore(entry), discard: () => discard(entry, offer) };
  offer.addEventListener("click", (event) => acts[event.target.closest("[data-do]")?.dataset.do]?.());
  const there = $("[data-offer][data-at]", place);
  if (there && Date.parse(there.dataset.at) <= entry.at + 1000) {
    offer.dataset.alsoThere = "1";
    there.hidden = true;   // the browser's is the newer one of the same work
  }
  place.append(offer);
}

function offerNext() {
  const created = Date.parse(place.dataset.created ?? "") || 0;
  for (const entry of entriesOf(record)) {
    if (entry.key === slot.key) continue;
    if (entry.at >= created && !saysTheSame(entry)) { show(entry); return; }
    forget(entry.key);   // of another record that had this number, or saved since
  }
}

// A form that comes back (with errors, or restored) goes on in the place it was kept in.
function goOn() {
  const before = sent();
  if (before?.record !== record) return;
  slot.key = before.key;
  slot.id = before.key.split(":").at(-1);
}

// ── set-up ───────────────────────────────────────────────────────────────────────────────────────────────────────────
function attach(root) {
  clearTimeout(timer);
  clearInterval(autosave);
  place = $("#drafts", root);
  record = place?.dataset.draft ?? "";
  slot = { id: Math.random().toString(36).slice(2, 10), key: null };
  [timer, stopped, lastSent, keptOnServer] = [0, false, "", false];
  if (form && place) begin();
}

function begin() {
  for (const time of all("time[data-clock]", place)) time.textContent = clock(new Date(time.dateTime));
  if (isUnsaved()) { goOn(); keepHere(); } else if (!$("[data-offer][data-restored]", place)) offerNext();
  form.addEventListener("input", onInput);
  form.addEventListener("change", onInput);
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    keepHere();
    stopped = true;
    send(record, slot.key);
  });
  $("[data-discard]", form)?.addEventListener("click", () => {
    stopped = true;
    if (slot.key) forget(slot.key);
    if (keptOnServer) post(place.dataset.discard, null, { keepalive: true }).catch(() => null);
  });
  if (place.dataset.keep) autosave = setInterval(keepThere, ON_SERVER);
}

addEventListener("pageshow", (event) => { if (event.persisted) stopped = false; });
addEventListener("pagehide", () => { if (timer) keepHere(); });
document.addEventListener("visibilitychange", () => { if (document.hidden && timer) keepHere(); });
addEventListener("colophon:leaving", () => { stopped = true; clearTimeout(timer); timer = 0; });
document.addEventListener("colophon:shown", ({ target }) => { if (target.id === "panel") attach(target); });
attach(document);
