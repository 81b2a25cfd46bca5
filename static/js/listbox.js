// Options below a text field, as an accessible combobox: arrows move, Enter takes, Escape closes. A server answers `?q=` with
// at most 20 <li role="option" data-value data-label>.

const PAUSE = 200;

export class Listbox {
  // Shows the options of one address below a text field; calls `choose(option)` with the <li> that was taken.
  constructor(box, input, { address, create, choose, label, free = false, none = free ? "Press Enter to add it as new" : "Nothing found" }) {
    Object.assign(this, { box, input, address, create, choose, label, free, none, asked: 0 });
    this.list = document.createElement("ul");
    Object.assign(this.list, { className: "listbox", id: `${input.id}-options`, hidden: true });
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", label);
    this.status = Object.assign(document.createElement("p"), { className: "vh" });
    this.status.setAttribute("role", "status");
    box.append(this.list, this.status);
    this.describe();
    this.listen();
  }

  // What the field is: said once, and again where a fragment has been morphed in around it.
  describe() {
    const said = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": String(this.isOpen), "aria-controls": this.list.id, autocomplete: "off", spellcheck: "false" };
    for (const [name, value] of Object.entries(said)) this.input.setAttribute(name, value);
    if (this.active) this.input.setAttribute("aria-activedescendant", this.active.id);
  }

  get isOpen() { return !this.list.hidden; }
  get options() { return [...this.list.querySelectorAll("[role=option]:not([aria-disabled])")]; }
  get active() { return this.list.querySelector("[aria-selected=true]"); }

  listen() {
    const { input, list } = this;
    input.addEventListener("input", () => { clearTimeout(this.timer); this.timer = setTimeout(() => this.open(input.value), PAUSE); });
    input.addEventListener("keydown", (event) => this.onKey(event));
    input.addEventListener("blur", () => setTimeout(() => { if (document.activeElement !== input) this.close(); }));
    // The field keeps the focus while one clicks in the list.
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => { const option = event.target.closest("[role=option]"); if (option) this.take(option); });
  }

  async open(query) {
    const turn = ++this.asked;
    const url = new URL(this.address, location.href);
    url.searchParams.set("q", query);
    const answer = await fetch(url, { headers: { Accept: "text/html", "HX-Request": "true", "HX-Request-Type": "partial" } }).catch(() => null);
    if (turn !== this.asked || document.activeElement !== this.input) return;
    if (!answer?.ok || answer.redirected) { this.fail(); return; }
    this.show(await answer.text(), query.trim());
  }

  show(html, query) {
    this.list.innerHTML = html;
    this.options.forEach((option, index) => { option.id = `${this.input.id}-option-${index}`; option.setAttribute("aria-selected", "false"); highlight(option, query); });
    const found = this.options.length;
    if (this.create && query) this.list.append(this.createOption(query));
    if (!found && !(this.create && query)) {
      if (!this.none) { this.close(); return; }
      this.list.append(note(this.none));
    }
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.list.scrollIntoView({ block: "nearest" });   // not behind the save bar
    if (found && !this.free) this.activate(this.options[0]);
    this.status.textContent = found === 1 ? "1 choice" : `${found || "No"} choices`;
  }

  createOption(query) {
    const option = note(`Create ${this.label.toLowerCase()} “${query}”…`);
    option.removeAttribute("aria-disabled");
    option.className = "create";
    option.id = `${this.input.id}-create`;
    option.setAttribute("aria-selected", "false");
    return option;
  }

  fail() {
    this.list.replaceChildren(note("The choices could not be loaded. Try again."));
    this.list.hidden = false;
  }

  close() {
    clearTimeout(this.timer);
    this.asked += 1;
    this.list.hidden = true;
    this.list.replaceChildren();
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  activate(option) {
    this.active?.setAttribute("aria-selected", "false");
    if (!option) { this.input.removeAttribute("aria-activedescendant"); return; }
    option.setAttribute("aria-selected", "true");
    this.input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  move(step) {
    const { options } = this;
    if (!options.length) return;
    const at = options.indexOf(this.active);
    this.activate(options[(at + step + options.length + (at < 0 && step < 0 ? 1 : 0)) % options.length]);
  }

  take(option) {
    if (option.getAttribute("aria-disabled")) return;
    if (option.classList.contains("create")) { location.assign(this.create); return; }
    this.close();
    this.choose(option);
  }

  onKey(event) {
    if (event.isComposing || event.altKey && event.key !== "ArrowDown") return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (this.isOpen) this.move(event.key === "ArrowDown" ? 1 : -1);
      else this.open(this.free ? this.input.value : "");
    } else if (event.key === "Enter" && this.isOpen && this.active) {
      event.preventDefault();
      this.take(this.active);
    } else if (event.key === "Escape" && this.isOpen) {
      event.preventDefault();
      event.stopPropagation();
      this.close();
    }
  }
}

function note(text) {
  const item = Object.assign(document.createElement("li"), { className: "none-found", textContent: text });
  item.setAttribute("role", "option");
  item.setAttribute("aria-disabled", "true");
  return item;
}

// Marks the part of the name that was typed; text only, never markup.
function highlight(option, query) {
  const name = option.querySelector("span");
  const at = query ? name?.textContent.toLowerCase().indexOf(query.toLowerCase()) : -1;
  if (!name || name.children.length || at < 0) return;
  const text = name.textContent;
  const mark = Object.assign(document.createElement("mark"), { textContent: text.slice(at, at + query.length) });
  name.replaceChildren(text.slice(0, at), mark, text.slice(at + query.length));
}
