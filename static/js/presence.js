// Presence: tells three times a minute that this page is open, shows who else is at the record, and says when it moved on.

const EVERY = 20_000;

const $ = (selector, root = document) => root.querySelector(selector);
let place = null;
let bar = null;
const token = () => $("meta[name=csrf-token]")?.content ?? "";
const about = (more = {}) => new URLSearchParams({ version: place.dataset.version, editing: "editing" in place.dataset ? "yes" : "no", ...more });

let timer = 0;
let ended = false;

// ── showing ──────────────────────────────────────────────────────────────────────────────────────────────────────────
const isDirty = () => $(".save-bar[data-when-dirty]")?.hidden === false;

function showEnding() {
  for (const part of bar.querySelectorAll("[data-when-clean]")) part.hidden = isDirty();
  for (const part of bar.querySelectorAll("[data-when-dirty]")) part.hidden = !isDirty();
}

function showBar(part) {
  const said = part.textContent.replace(/\s+/g, " ");
  if (bar.dataset.said === said) return;   // whoever is about to click it finds it where it was
  bar.dataset.said = said;
  bar.replaceChildren(...part.childNodes);
  showEnding();
}

const names = (part) => [...part.querySelectorAll("[data-person]")].map((one) => `${one.lastElementChild.textContent.split(" · ")[0]}.`);

// Aloud only who comes or begins to edit, not each minute that passes.
function showPeople(part) {
  const before = names(place);
  $("[data-presence-said]").textContent = names(part).filter((one) => !before.includes(one)).join(" ");
  place.replaceChildren(...part.childNodes);
}

// ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────────────
async function tell() {
  if (ended || document.hidden) return;
  const headers = { "X-CSRFToken": token(), Accept: "text/html" };
  const answer = await fetch(place.dataset.presence, { method: "POST", body: about(), headers, redirect: "manual" }).catch(() => null);
  if ([400, 401, 403].includes(answer?.status)) stop();
  if (!answer?.ok) return;
  const parts = document.createElement("template");
  parts.innerHTML = await answer.text();
  showPeople($("[data-people]", parts.content));
  showBar($("[data-overtaken]", parts.content));
}

function start() {
  if (timer || ended) return;
  timer = setInterval(tell, EVERY);
  tell();
}

function pause() {
  clearInterval(timer);
  timer = 0;
}

function stop() {
  ended = true;
  pause();
}

function leave() {
  pause();
  const body = about({ leaving: "1", csrf_token: token() });
  if (!ended) navigator.sendBeacon(place.dataset.presence, body);
}

// In the panel beside a list one only passes by, unless one edits there.
function attach(root) {
  if (place) leave();
  place = $(root === document ? "[data-presence]" : "[data-presence][data-editing]", root);
  bar = $("#overtaken", root);
  ended = false;
  if (place && !document.hidden) start();
}

document.addEventListener("visibilitychange", () => { if (place) (document.hidden ? pause : start)(); });
document.addEventListener("submit", (event) => { if (place && event.target.matches("form[action$='/logout']")) { leave(); stop(); } });
document.addEventListener("input", () => { if (place) showEnding(); });
addEventListener("pagehide", () => { if (place) leave(); });
addEventListener("pageshow", (event) => { if (place && event.persisted) start(); });
document.addEventListener("colophon:shown", ({ target }) => { if (target.id === "panel") attach(target); });
attach(document);
