// The desk's script: names the parts that need one. Every page works without it.
// <live-status> comes first: it remembers the page as the server sent it, before other parts touch it.
import "./parts/live-status.js";
import "./parts/time-bar.js";
import "./parts/copy-button.js";
import "./parts/later-button.js";
import "./parts/later-part.js";
import "./parts/time-left.js";
import "./parts/response-field.js";
import "./parts/security-code.js";
import "./parts/kept-text.js";
import { localise } from "./lib/times.js";

// Longer than the portal takes over any form; then what was pressed has been stopped, or got lost.
const LONGEST_WAIT = 30_000;

// The answer to a form becomes a page of its own address: a reload asks for it anew and does not send the form again, and
// the way back finds it.
history.replaceState(null, "", location.href);
document.documentElement.classList.add("js");
document.addEventListener("submit", once);
addEventListener("pageshow", ({ persisted }) => persisted && document.querySelectorAll("form[data-going]").forEach(rest));
localise(document);
focusFirst();

/**
 * A form is sent once, however often its button is pressed, and the button shows that it is on its way. It may go again
 * when somebody comes back to it from the browser's memory, or has stopped it and waited.
 */
function once(event) {
  const { target: form, submitter } = event;
  if ("going" in form.dataset) return event.preventDefault();
  if (event.defaultPrevented) return undefined;
  form.dataset.going = "";
  const button = submitter ?? form.querySelector("button[type=submit]");
  button?.setAttribute("aria-busy", "true"); // not disabled: the answer would lack its name, and the focus its place
  return setTimeout(() => rest(form), LONGEST_WAIT);
}

function rest(form) {
  delete form.dataset.going;
  form.querySelector("[aria-busy]")?.removeAttribute("aria-busy");
}

/** The focus goes to what went wrong; else, where no keyboard would pop up over the page, to the first empty field. */
function focusFirst() {
  const wrong = document.querySelector("[data-focus]");
  if (wrong) return wrong.focus();
  if (location.hash || !matchMedia("(hover: hover) and (pointer: fine)").matches) return undefined;
  const fields = [...document.querySelectorAll("[data-begin] input:not([type=hidden])")];
  return fields.find((field) => !field.value)?.focus();
}
