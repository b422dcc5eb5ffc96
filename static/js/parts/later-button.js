// <later-button data-from="...">: its button rests until that moment, and what describes it goes when the moment comes.
// Without this script the button can always be pressed, and the server says when it is too early.
import { now } from "../lib/clock.js";

class LaterButton extends HTMLElement {
  #timer = 0;

  connectedCallback() {
    const from = Date.parse(this.dataset.from);
    if (!(from > now())) return this.#open();
    this.querySelector("button").disabled = true;
    return this.#wait(from);
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
  }

  get #hint() {
    return document.getElementById(this.querySelector("button").getAttribute("aria-describedby"));
  }

  /** What is left is shown to the eye only: the hint names the moment itself, which needs no reading twice. */
  #wait(from) {
    const left = from - now();
    if (left <= 0) return this.#open();
    const seconds = Math.ceil(left / 1_000);
    const place = this.#hint?.querySelector("[data-left]");
    const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    if (place) place.textContent = place.dataset.left.replace("{left}", clock);
    this.#timer = setTimeout(() => this.#wait(from), left % 1_000 || 1_000);
    return undefined;
  }

  /** The hint leaves its room behind, so that nothing below it jumps. */
  #open() {
    const button = this.querySelector("button");
    this.#hint?.setAttribute("data-past", "");
    button.removeAttribute("aria-describedby");
    button.disabled = false;
  }
}

customElements.define("later-button", LaterButton);
