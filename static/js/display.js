// The Display menu: find a column, and put the columns in order by dragging or with the arrow keys. Without it one types the
// places as numbers; here the numbers follow the order. Loaded when the menu is first opened.

const list = (node) => node.closest(".columns-list");
const rows = (within) => [...within.querySelectorAll("li:has(.grip)")];

function renumber(within) {
  [...within.children].forEach((row, index) => {
    const place = row.querySelector(".place");
    if (place) place.value = index;
  });
}

function say(row) {
  const all = rows(list(row));
  const name = row.querySelector("label span").textContent;
  row.closest("form").querySelector("[data-moved]").textContent = `${name}: place ${all.indexOf(row) + 1} of ${all.length}`;
}

function move(row, step) {
  const shown = rows(list(row)).filter((each) => !each.hidden);
  const other = shown[shown.indexOf(row) + step];
  if (!other) return;
  other[step < 0 ? "before" : "after"](row);
  renumber(list(row));
  row.querySelector(".grip").focus();
  row.scrollIntoView({ block: "nearest" });
  say(row);
}

document.addEventListener("keydown", (event) => {
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!step || !event.target.matches(".grip")) return;
  event.preventDefault();
  move(event.target.closest("li"), step);
});

document.addEventListener("pointerdown", (event) => {
  const grip = event.target.closest(".grip");
  if (!grip || event.button) return;
  const row = grip.closest("li");
  const whole = list(row);
  whole.setPointerCapture(event.pointerId);   // not the grip: it would be lost when its row is moved
  row.dataset.moving = "";
  const follow = ({ clientY }) => {
    const over = rows(whole).find((each) => {
      const box = each.getBoundingClientRect();
      return !each.hidden && each !== row && clientY > box.top && clientY < box.bottom;
    });
    if (!over) return;
    const after = row.compareDocumentPosition(over) & Node.DOCUMENT_POSITION_FOLLOWING;
    over[after ? "after" : "before"](row);
  };
  whole.addEventListener("pointermove", follow);
  whole.addEventListener("lostpointercapture", () => {
    delete row.dataset.moving;
    whole.removeEventListener("pointermove", follow);
    renumber(whole);
    say(row);
  }, { once: true });
});

document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-find-column]")) return;
  const wanted = event.target.value.trim().toLocaleLowerCase();
  for (const row of event.target.closest("fieldset").querySelectorAll("li")) {
    row.hidden = !row.textContent.toLocaleLowerCase().includes(wanted);
  }
});

// Enter in the search field would send the form.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("[data-find-column]")) event.preventDefault();
});

export function prepare(menu) {
  for (const part of menu.querySelectorAll("[data-find-column], .grip")) part.hidden = false;
  for (const place of menu.querySelectorAll(".place")) place.hidden = true;
}
