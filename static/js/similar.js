// Duplicate radar: while a name is typed, the server says below the field who is named alike. It warns and never hinders.

const PAUSE = 350;

function prepare(place) {
  const input = place.closest(".field")?.querySelector("input[name]");
  if (!input) return;
  let timer = 0;
  let asked = 0;

  async function ask() {
    const turn = ++asked;
    const url = new URL(place.dataset.similar, location.href);
    url.searchParams.set(input.name, input.value);
    const answer = await fetch(url, { headers: { Accept: "text/html", "HX-Request": "true", "HX-Request-Type": "partial" } }).catch(() => null);
    if (turn !== asked) return;
    const html = answer?.ok && !answer.redirected ? (await answer.text()).trim() : "";
    if (turn === asked && html !== place.innerHTML) place.innerHTML = html;
  }

  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, PAUSE); });
}

function attach(root) {
  for (const place of root.querySelectorAll("[data-similar]")) prepare(place);
}
document.addEventListener("colophon:shown", ({ target }) => { if (target.id === "panel") attach(target); });
attach(document);
