// <later-button data-from="...">: its button rests until that moment, and what describes it goes when the moment comes.
// Without this script the button can always be pressed, and the server says when it is too early.
import { now } from "../lib/clock.js";

class LaterButton extends HTMLElement {
  #timer = 0;

  connectedCallback() {
    const wait = Date.parse(this.dataset.from) - now();
    if (!(wait > 0)) return this.#open();
    this.querySelector("button").disabled = true;
    this.#timer = setTimeout(() => this.#open(), wait);
    return undefined;
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
  }

  #open() {
    const button = this.querySelector("button");
    const hint = document.getElementById(button.getAttribute("aria-describedby"));
    button.disabled = false;
    if (hint) hint.hidden = true;
  }
}

customElements.define("later-button", LaterButton);
