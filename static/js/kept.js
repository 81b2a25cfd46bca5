// Where the browser keeps what is typed: under the person, the record and its version. On every page while something is kept,
// because entries go when the form was saved, when one signs out, and when somebody else signs in.

const PREFIX = "colophon:draft:";
const SENT = "colophon:sent";
const OLDEST = 90 * 24 * 3600 * 1000;
const MOST = 40;

export const user = document.querySelector("meta[name=user]")?.content ?? "";

// Storage can be forbidden: reading the property throws then.
function storage(name) {
  try { return window[name]; } catch { return null; }
}
const local = storage("localStorage");
const session = storage("sessionStorage");

function parsed(text) {
  try { return JSON.parse(text); } catch { return null; }
}

const keys = () => Object.keys(local ?? {}).filter((key) => key.startsWith(PREFIX));
const own = `${PREFIX}${user}:`;

// ── entries: { key, at, version, fields: [[name, text], …] } ─────────────────────────────────────────────────────────
export const keyOf = (record, version, slot) => `${own}${record}:${version}:${slot}`;

export function entriesOf(record) {
  const mine = keys().filter((key) => key.startsWith(`${own}${record}:`));
  const entries = mine.map((key) => ({ ...parsed(local.getItem(key)), key })).filter((entry) => entry.at && Array.isArray(entry.fields));
  return entries.sort((a, b) => b.at - a.at);
}

export function forget(key) {
  local?.removeItem(key);
}

export function keep(key, entry) {
  const text = JSON.stringify(entry);
  try {
    local?.setItem(key, text);
  } catch {
    makeRoom(key);
    try { local.setItem(key, text); } catch { /* full of larger things; the server and the page still have it */ }
  }
}

const age = (key) => parsed(local.getItem(key))?.at ?? 0;

function makeRoom(except) {
  const oldest = keys().filter((key) => key !== except).sort((a, b) => age(a) - age(b))[0];
  if (oldest) forget(oldest);
}

function tidy() {
  const byAge = keys().sort((a, b) => age(b) - age(a));
  byAge.forEach((key, place) => { if (place >= MOST || Date.now() - age(key) > OLDEST) forget(key); });
}

// ── the form that was sent from this tab: its entry goes when the next page says that it was saved ───────────────────
export function send(record, key) {
  session?.setItem(SENT, JSON.stringify({ record, key }));
}

export const sent = () => parsed(session?.getItem(SENT) ?? "null");

export function wasSaved() {
  const form = sent();
  if (!form) return;
  const [entity, id] = form.record.split("/");
  const address = new RegExp(`/${entity}/${id === "new" ? "[0-9]+" : id}$`);
  const links = [...document.querySelectorAll(".toast[data-tone=good] a[href]")];
  if (!links.some((link) => address.test(new URL(link.href).pathname))) return;
  forget(form.key);
  session.removeItem(SENT);
}

// ── nobody leaves text behind ────────────────────────────────────────────────────────────────────────────────────────
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[action$='/logout']")) return;
  dispatchEvent(new CustomEvent("colophon:leaving"));
  keys().filter((key) => key.startsWith(own)).forEach(forget);
});

if (local && user) {
  keys().filter((key) => !key.startsWith(own)).forEach(forget);
  wasSaved();
  tidy();
}
