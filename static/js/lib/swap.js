// Takes over from a fresh copy of the page the parts marked data-live whose HTML has changed.
import { localise } from "./times.js";

const FORGERY_FIELD = /(name="csrfmiddlewaretoken" value=")[^"]*/g;
const remembered = new WeakMap();

const parts = (page) => page.querySelectorAll("[data-live][id]");

// Each rendering writes the forgery token anew; it says nothing about a change.
const asServed = (part) => part.outerHTML.replace(FORGERY_FIELD, "$1");

/** Remembers the parts of this page as the server sent them. */
export function remember() {
  for (const part of parts(document)) remembered.set(part, asServed(part));
}

/**
 * Whether the fresh copy is another page by now: what it has to show finds no place in the parts of this one. Not while
 * somebody has typed something here, or reads what was wrong with it: that would be lost.
 */
export function isAnother(fresh) {
  const places = (page) => [...parts(page)].map(({ id }) => id).join(" ");
  const busy = fieldsOf(document).some((field) => field.matches("[aria-invalid=true]") || changed(field));
  return !busy && places(fresh) !== places(document);
}

/** Swaps what has changed. With `force`, also parts in which somebody is typing: their question is over. */
export function swap(fresh, force) {
  document.title = fresh.title;
  if (force) document.querySelector("[data-said]")?.remove(); // said of what is over
  for (const part of parts(document)) {
    const next = fresh.getElementById(part.id);
    const served = next && asServed(next);
    if (!next || served === remembered.get(part) || (!force && held(part, next))) continue;
    take(part, next);
    remembered.set(part, served);
  }
}

/**
 * Somebody has the focus in a field of this part, has typed into one, or is reading what was wrong with one. What a part
 * asks for may change while it stays the same part: data-about names it, and with it goes what was typed.
 */
function held(part, next) {
  if ((part.dataset.about ?? "") !== (next.dataset.about ?? "")) return false;
  return fieldsOf(part).some((field) => field.matches(":focus, [aria-invalid=true]") || changed(field));
}

function fieldsOf(part) {
  return [...part.querySelectorAll("input:not([type=hidden]), select, textarea")];
}

function changed(field) {
  if (field.localName !== "select") return field.value !== field.defaultValue;
  const served = [...field.options].findIndex((option) => option.defaultSelected);
  return field.selectedIndex !== Math.max(0, served);
}

/** Keeps the element, which may be a live region, and renews what it has and says. A lost focus goes to the part, or the heading. */
function take(part, next) {
  const focused = part.contains(document.activeElement);
  part.className = next.className;
  part.dataset.about = next.dataset.about ?? "";
  part.replaceChildren(...document.adoptNode(next).childNodes);
  localise(part);
  if (!focused) return;
  const place = part.checkVisibility() ? part : document.querySelector("h1");
  place.tabIndex = -1;
  place.focus();
}
