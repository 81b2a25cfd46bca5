// The page of a bulk action: what changes is shown anew while one chooses, and what was selected is forgotten once it is done.

const PAUSE = 400;
const form = () => document.querySelector("form[data-bulk]");
const person = document.querySelector("meta[name=user]")?.content;
const main = document.getElementById("main");
let timer;

// `form.action` would be the field of that name.
function look() {
  window.htmx.ajax("POST", form().getAttribute("action"), { source: form(), target: main, swap: "innerMorph" });
}

// The fields came anew from the server, those with a list to choose from too.
document.addEventListener("htmx:after:swap", () => main.dispatchEvent(new CustomEvent("colophon:shown", { bubbles: true })));

function later(event, pause) {
  if (!event.target.closest("form[data-bulk]") || event.isComposing) return;
  clearTimeout(timer);
  timer = setTimeout(look, pause);
}

document.addEventListener("input", (event) => { if (event.target.matches("input:not([type=radio], [type=checkbox], [role=combobox]), textarea")) later(event, PAUSE); });
document.addEventListener("change", (event) => { if (event.target.matches("input[type=radio], input[type=checkbox], input[type=hidden], select")) later(event, 0); });

document.addEventListener("submit", (event) => {
  clearTimeout(timer);
  if (event.submitter?.name !== "confirm") return;
  sessionStorage.removeItem(`selected:${person}:${form().dataset.bulk}`);
});

// Somebody may have typed or chosen before this script was there.
const isTouched = (field) => (field.matches("[type=radio], [type=checkbox]") ? field.checked !== field.defaultChecked
  : field.matches("select") ? field.selectedIndex !== Math.max(0, [...field.options].findIndex((option) => option.defaultSelected))
  : field.matches("input:not([type=hidden]), textarea") && field.value !== field.defaultValue);
if ([...(form()?.elements ?? [])].some(isTouched)) timer = setTimeout(look, PAUSE);
