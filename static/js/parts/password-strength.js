// <password-strength>: says in words how a new password would do while it is typed, and shows it to whoever types it.
import { judge } from "../lib/strength.js";

const PAUSE = 500;

class PasswordStrength extends HTMLElement {
  connectedCallback() {
    const fields = [...this.querySelectorAll("input[type=password]")];
    const button = this.querySelector("button");
    fields[0]?.addEventListener("input", () => this.#judge(fields[0].value));
    button?.addEventListener("click", () => show(fields, button, button.ariaPressed !== "true"));
    // A browser offers to keep what a password field holds, and nothing else.
    this.closest("form")?.addEventListener("submit", () => show(fields, button, false));
    this.refused = fields[0]?.ariaInvalid && fields[0].value;
    if (fields[0]?.value) this.#say(fields[0].value);
  }

  /** Only after a pause: nobody wants to hear of every letter. */
  #judge(typed) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#say(typed), PAUSE);
  }

  /** What the server has just refused is not good, whatever this browser thinks of it. */
  #verdict(typed) {
    const verdict = judge(typed, this.dataset);
    return typed === this.refused && ["good", "strong"].includes(verdict) ? "refused" : verdict;
  }

  #say(typed) {
    const said = this.querySelector("[aria-live]");
    this.nothing ??= said.textContent;
    said.textContent = typed ? this.dataset[this.#verdict(typed)] : this.nothing;
  }
}

function show(fields, button, open) {
  for (const field of fields) field.type = open ? "text" : "password";
  button.ariaPressed = String(open);
}

customElements.define("password-strength", PasswordStrength);
