// The check of an import: where a word stands for a record, the box suggests those that are there, and who is called alike is taken by a click.

import { Listbox } from "./listbox.js";

function prepare(box) {
  const input = box.querySelector("input");
  const { words: address, label } = box.dataset;
  delete box.dataset.words;
  new Listbox(box, input, { address, label, free: true, none: "", choose: (option) => { input.value = option.dataset.label; } });
}

function offer(button) {
  button.disabled = false;
  button.addEventListener("click", () => {
    const input = button.closest("td").querySelector("input:not([type=hidden])");
    input.value = button.textContent;
    input.focus();
  });
}

function attach(root) {
  for (const box of root.querySelectorAll("[data-words]")) prepare(box);
  for (const button of root.querySelectorAll("button[data-alike]")) offer(button);
}
document.addEventListener("colophon:shown", ({ target }) => { if (target.id === "main") attach(target); });
attach(document);
