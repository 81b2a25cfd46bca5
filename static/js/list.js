// Lists without a full load: search while typing, and links and forms of the same list swap the content and keep the address.
// Links to other pages stay ordinary visits, because those pages bring their own scripts.

const TYPING_PAUSE = 250;
const main = () => document.getElementById("main");
const here = (url) => url.origin === location.origin && url.pathname === location.pathname;

let timer;
let returnTo = null;   // how to find the same control after the swap

const announcer = document.createElement("p");
announcer.className = "vh";
announcer.setAttribute("role", "status");
document.body.append(announcer);

function load(url, { swap, replace = false }) {
  const address = url.pathname + url.search;
  const history = replace ? { replace: "true" } : { push: "true" };
  window.htmx.ajax("GET", address, { source: main(), target: main(), swap, ...history });
}

// The address a GET form leads to; fields left empty are left out.
function addressOf(form, submitter) {
  const url = new URL(form.action, location.href);
  const filled = [...new FormData(form, submitter)].filter(([, value]) => value !== "");
  url.search = new URLSearchParams(filled).toString();
  return url;
}

function selectorFor(link) {
  const head = link.closest("thead th");
  if (head) return `main thead th:nth-child(${[...head.parentNode.children].indexOf(head) + 1}) a`;
  if (link.rel) return `main .pager a[rel="${link.rel}"][href]`;
  return null;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("main a[href]");
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const url = new URL(link.href);
  if (link.target || link.hasAttribute("download") || link.getAttribute("href").startsWith("#") || !here(url)) return;
  event.preventDefault();
  clearTimeout(timer);
  returnTo = selectorFor(link);
  if (link.closest(".pager")) scrollTo({ top: 0 });
  load(url, { swap: "innerHTML" });
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "get" || !main().contains(form)) return;
  const url = addressOf(form, event.submitter);
  if (!here(url)) return;
  event.preventDefault();
  clearTimeout(timer);
  load(url, { swap: "innerMorph" });
});

// Morphing leaves the field one types in as it is, with its cursor.
document.addEventListener("input", (event) => {
  if (!event.target.matches("main form[role=search] input[type=search]") || event.isComposing) return;
  clearTimeout(timer);
  const { form } = event.target;
  timer = setTimeout(() => form.isConnected && load(addressOf(form), { swap: "innerMorph", replace: true }), TYPING_PAUSE);
});

document.addEventListener("change", (event) => {
  if (event.target.matches("main select[data-submit]")) event.target.form.requestSubmit();
});

document.addEventListener("htmx:after:swap", () => {
  if (document.activeElement === document.body || !document.activeElement) {
    ((returnTo && document.querySelector(returnTo)) || main()).focus({ preventScroll: true });
  }
  returnTo = null;
  announcer.textContent = document.querySelector("main caption")?.textContent ?? document.querySelector("main .empty :is(h1, h2)")?.textContent ?? "";
});
