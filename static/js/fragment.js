// Parts of pages that scripts fetch for themselves: asked for like htmx asks, read apart from the document, toasts taken over.

const token = () => document.querySelector("meta[name=csrf-token]")?.content ?? "";

// → { response, status, root }: `status` is 0 when the server could not be reached, and 401 when the session is over.
export async function ask(address, { body, target, ...options } = {}) {
  const headers = { Accept: "text/html", "HX-Request": "true", "HX-Request-Type": "partial" };
  if (body) headers["X-CSRFToken"] = token();
  if (target) headers["HX-Target"] = target;
  const method = body ? "POST" : "GET";
  const holder = document.createElement("template");
  let response;
  try {
    response = await fetch(address, { method, body, headers, ...options });
    holder.innerHTML = await response.text();
  } catch (error) {
    return { status: 0, aborted: error.name === "AbortError", root: holder.content };
  }
  const signedOut = response.redirected && new URL(response.url).pathname.endsWith("/login");
  return { response, status: signedOut ? 401 : response.status, root: holder.content };
}

export function shown(place = document) {
  place.dispatchEvent(new CustomEvent("colophon:shown", { bubbles: true }));
}

// The messages that came with a fragment go where messages stand.
export function takeToasts(root) {
  const toasts = document.getElementById("toasts");
  for (const part of root.querySelectorAll("[hx-swap-oob='beforeend:#toasts']")) {
    toasts.append(...part.childNodes);
    part.remove();
  }
  shown();
}

// What the server did not say: that it was not reached, that it answered with a page of its own, or where a list ends.
export const complain = (text) => tell(text, "bad");

export function tell(text, tone = "info") {
  const toast = document.createElement("div");
  toast.className = "toast";
  toast.dataset.tone = tone;
  toast.setAttribute("role", tone === "bad" ? "alert" : "status");
  if (tone !== "bad") toast.dataset.vanish = "";
  const sprite = document.querySelector("use").getAttribute("href").split("#")[0];
  toast.innerHTML = `<svg class="icon" aria-hidden="true"><use href="${sprite}#${tone === "bad" ? "alert" : "info"}-circle"/></svg><p></p>
    <button class="icon-btn" type="button" data-close aria-label="Close" hidden><svg class="icon" aria-hidden="true"><use href="${sprite}#x"/></svg></button>`;
  toast.querySelector("p").textContent = text;
  document.getElementById("toasts").append(toast);
  shown();
}

// What an error page says, in one line.
export const reason = ({ status, root }) =>
  status === 0 ? "The server cannot be reached." : status === 401 ? "Your session has ended. Sign in again." : root.querySelector(".empty p:not(.status-code)")?.textContent.trim() || "This did not work.";
