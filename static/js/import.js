// The first two pages of an import: a file is dropped or pasted and its way is shown; what is understood follows what one chooses.
// Both pages are ordinary forms without this.

import { reason, tell } from "./fragment.js";

const upload = document.querySelector("form[data-upload]");
const main = document.getElementById("main");
const PASTED = 500_000; // characters; more are sent as a file
const PAUSE = 300;

// A file

const input = upload?.querySelector("input[type=file]");

function take(files) {
  if (!files.length) return;
  const chosen = new DataTransfer();
  chosen.items.add(files[0]);
  input.files = chosen.files;
  send();
}

function refuse(sentence) {
  tell(sentence, "bad");
  input.value = "";
  input.focus();
}

function send() {
  const [file] = input.files;
  if (file && file.size > Number(upload.dataset.most)) return refuse(`${file.name} has ${Math.ceil(file.size / 1e6)} MB; ${upload.dataset.most / 1e6} MB are allowed. The command «flask import» takes files of any size.`);
  const request = new XMLHttpRequest();
  const sending = upload.querySelector("[data-sending]");
  const [bar, part, name] = ["progress", "[data-sending-part]", "[data-sending-name]"].map((selector) => sending.querySelector(selector));
  const body = new FormData(upload);
  const button = upload.querySelector("button:not([type=button])");
  const text = body.get("text");
  if (!file && text.length > PASTED) {
    body.delete("text");
    body.set("file", new File([text], "Pasted rows.csv", { type: "text/csv" }));
  }
  name.textContent = file ? `Sending ${file.name}` : "Sending the rows";
  sending.hidden = false;
  button.disabled = true;
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    bar.value = event.loaded / event.total;
    part.textContent = event.loaded < event.total ? `${Math.floor((100 * event.loaded) / event.total)} %` : "Reading…";
  });
  const over = () => { sending.hidden = true; button.disabled = false; };
  request.addEventListener("error", () => { over(); refuse("The file could not be sent. Is it still there, and the server within reach?"); });
  request.addEventListener("load", () => {
    over();
    answered(request);
  });
  request.open("POST", upload.getAttribute("action"));
  request.send(body);
}

// The next page, or this one with what is wrong.
function answered(request) {
  if (request.status < 400) return location.assign(request.responseURL);
  const page = new DOMParser().parseFromString(request.responseText, "text/html");
  const problem = page.querySelector("#file-error");
  if (!problem) return refuse(reason({ status: request.status, root: page }));
  document.getElementById("file-error")?.remove();
  input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-describedby", "file-help file-error");
  input.after(problem);
  input.value = "";
  input.focus();
}

if (upload) {
  const drop = upload.querySelector("[data-drop]");
  upload.querySelector("[data-drop-hint]").hidden = false;
  upload.addEventListener("submit", (event) => {
    if (!input.files.length && !upload.elements.text.value.trim()) return;
    event.preventDefault();
    send();
  });
  // Anywhere on the page, so that nobody loses a page to a file that was let go a little beside it.
  document.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    drop.dataset.over = "";
  });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) delete drop.dataset.over; });
  document.addEventListener("drop", (event) => {
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    delete drop.dataset.over;
    take(event.dataTransfer.files);
  });
  document.addEventListener("paste", (event) => {
    if (event.target.closest("input, textarea")) return;
    if (event.clipboardData.files.length) return take(event.clipboardData.files);
    const text = event.clipboardData.getData("text/plain");
    if (!text.trim()) return;
    upload.querySelector(".paste").open = true;
    upload.elements.text.value = text;
    upload.elements.text.focus();
  });
}

// The columns

let timer;

function look() {
  const form = document.querySelector("form[data-columns]");
  window.htmx.ajax("POST", form.getAttribute("action"), { source: form, target: main, swap: "innerMorph", values: { look: "1" } });
}

document.addEventListener("change", (event) => {
  if (!event.target.closest("form[data-columns]") || event.target.matches("[type=radio], [name=create], [name=last_wins]")) return;
  clearTimeout(timer);
  timer = setTimeout(look, PAUSE);
});
document.addEventListener("submit", () => clearTimeout(timer));
