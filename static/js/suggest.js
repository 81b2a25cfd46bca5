// Suggestions in the search box of a list: fields, what can be asked of them, names. list.js loads this on the first focus.

import { Listbox } from "./listbox.js";

class Suggestions extends Listbox {
  // The server completes the text up to the cursor.
  open() {
    return super.open(this.input.value.slice(0, this.input.selectionStart));
  }
}

// `begun`: something was typed while this script was on its way.
export function suggest(input, begun) {
  const box = document.getElementById("q-suggestions");
  const suggestions = new Suggestions(box, input, { address: box.dataset.address, label: "Suggestions", free: true, none: "", choose: take });

  function take(option) {
    const whole = "whole" in option.dataset;
    const text = option.dataset.value + (whole ? " " : "");
    input.value = text + input.value.slice(input.selectionStart);
    input.setSelectionRange(text.length, text.length);
    if (whole) input.form.requestSubmit();
    else suggestions.open();
  }

  // Between two words nothing is begun; the arrow down still shows what one could ask for.
  input.addEventListener("input", () => { if (!/\S$/.test(input.value.slice(0, input.selectionStart))) suggestions.close(); });
  input.form.addEventListener("submit", () => suggestions.close());
  document.addEventListener("htmx:after:swap", () => suggestions.describe());
  if (begun) suggestions.open();
}
