// One row of the list is fetched anew and put in the old one's place; what was ticked or open stays so.

import { ask, complain, reason, takeToasts } from "./fragment.js";

export const rowOf = (id) => document.querySelector(`main table[data-resource] tbody tr[data-id="${id}"]`);

// The list's address without what speaks of a single row.
export function listAddress(words = {}) {
  const url = new URL(location.href);
  for (const name of ["saved", "only", "open"]) url.searchParams.delete(name);
  for (const [name, value] of Object.entries(words)) url.searchParams.set(name, value);
  return url.pathname + url.search;
}

// `root` is the list with this row alone. → the new row, or null when the record is gone.
export function replaceRow(id, root) {
  const old = rowOf(id);
  const fresh = root.querySelector(`tbody tr[data-id="${id}"]`);
  if (old && fresh) {
    const boxes = old.querySelectorAll("input[type=checkbox]");
    fresh.querySelectorAll("input[type=checkbox]").forEach((box, index) => { box.checked = boxes[index]?.checked ?? false; });
    if (old.ariaCurrent) fresh.ariaCurrent = old.ariaCurrent;
    fresh.classList.add("saved");
    old.replaceWith(fresh);
  } else old?.remove();
  takeToasts(root);
  return fresh;
}

export async function refreshRow(id) {
  const answer = await ask(listAddress({ only: id }));
  if (answer.status === 200) return replaceRow(id, answer.root);
  if (!answer.aborted) complain(reason(answer));
  return null;
}
