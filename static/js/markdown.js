// The Markdown editor: tools, a preview made by the server, words and reading time.

const PAUSE = 400;
const WORDS_PER_MINUTE = 220;
const token = () => document.querySelector("meta[name=csrf-token]")?.content ?? "";

// ── tools: each wraps the selection or begins its lines ──────────────────────────────────────────────────────────────
// setRangeText would end the browser's undo list; insertText keeps it.
function replace(area, start, end, text) {
  area.focus();
  area.setSelectionRange(start, end);
  if (!document.execCommand("insertText", false, text)) {
    area.setRangeText(text, start, end, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function wrap(area, mark, hint) {
  const { selectionStart: start, selectionEnd: end, value } = area;
  const inside = value.slice(start, end) || hint;
  const around = value.slice(start - mark.length, start) === mark && value.slice(end, end + mark.length) === mark;
  if (around) {
    replace(area, start - mark.length, end + mark.length, inside);
    area.setSelectionRange(start - mark.length, start - mark.length + inside.length);
  } else {
    replace(area, start, end, mark + inside + mark);
    area.setSelectionRange(start + mark.length, start + mark.length + inside.length);
  }
}

function prefix(area, mark) {
  const start = area.value.lastIndexOf("\n", area.selectionStart - 1) + 1;
  const found = area.value.indexOf("\n", area.selectionEnd);
  const end = found < 0 ? area.value.length : found;
  const lines = area.value.slice(start, end).split("\n");
  const every = lines.every((line) => line.startsWith(mark));
  replace(area, start, end, lines.map((line) => (every ? line.slice(mark.length) : mark + line)).join("\n"));
}

function link(area) {
  const { selectionStart: start, selectionEnd: end, value } = area;
  const text = value.slice(start, end) || "text";
  replace(area, start, end, `[${text}](https://)`);
  area.setSelectionRange(start + text.length + 3, start + text.length + 11);
}

const COMMANDS = {
  bold: (area) => wrap(area, "**", "bold"),
  italic: (area) => wrap(area, "*", "italic"),
  link,
  list: (area) => prefix(area, "- "),
  quote: (area) => prefix(area, "> "),
};
const KEYS = { b: "bold", i: "italic" };

// ── words ────────────────────────────────────────────────────────────────────────────────────────────────────────────
function countWords(area, foot) {
  const words = area.value.match(/[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/gu)?.length ?? 0;
  const minutes = Math.max(1, Math.round(words / WORDS_PER_MINUTE));
  const parts = [words === 1 ? "1 word" : `${words.toLocaleString("en")} words`, words ? `${minutes} min to read` : ""];
  foot.replaceChildren(...parts.filter(Boolean).map((text) => Object.assign(document.createElement("span"), { textContent: text })));
  foot.hidden = false;
}

// ── preview ──────────────────────────────────────────────────────────────────────────────────────────────────────────
function previewer(address, area, pane) {
  let turn = 0;
  return async () => {
    const mine = ++turn;
    const body = new URLSearchParams({ text: area.value });
    const answer = await fetch(address, { method: "POST", body, headers: { "X-CSRFToken": token(), Accept: "text/html", "HX-Request": "true", "HX-Request-Type": "partial" } }).catch(() => null);
    if (mine !== turn) return;
    if (answer?.ok && !answer.redirected) pane.innerHTML = await answer.text();
    else pane.textContent = "The preview could not be made. It comes back with the next change.";
  };
}

function prepare(editor) {
  const area = editor.querySelector("textarea");
  const pane = editor.querySelector(".prose");
  const foot = document.querySelector(`[data-words-for="${CSS.escape(area.id)}"]`);
  for (const button of editor.querySelectorAll("[data-command]")) {
    button.hidden = false;
    button.addEventListener("click", () => COMMANDS[button.dataset.command](area));
  }
  area.addEventListener("keydown", (event) => {
    const command = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && KEYS[event.key.toLowerCase()];
    if (!command) return;
    event.preventDefault();
    COMMANDS[command](area);
  });
  if (foot) {
    countWords(area, foot);
    area.addEventListener("input", () => countWords(area, foot));
  }
  if (!editor.dataset.preview) return;
  editor.querySelector("button[name=preview]")?.remove();
  const show = previewer(editor.dataset.preview, area, pane);
  let timer;
  area.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(show, PAUSE); });
  if (area.value && !pane.childElementCount) show();
}

function attach(root) {
  for (const editor of root.querySelectorAll(".editor")) prepare(editor);
}
document.addEventListener("colophon:shown", ({ target }) => { if (target.id === "panel") attach(target); });
attach(document);
