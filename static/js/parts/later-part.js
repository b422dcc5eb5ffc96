// <later-part data-since="..." data-after="60">: shows what it holds only so many seconds after that moment.
// Without this script it is there from the beginning.
import { now } from "../lib/clock.js";

class LaterPart extends HTMLElement {
  #timer = 0;

  connectedCallback() {
    const wait = Date.parse(this.dataset.since) + 1_000 * Number(this.dataset.after) - now();
    if (!(wait > 0)) return;
    this.hidden = true;
    this.#timer = setTimeout(() => (this.hidden = false), wait);
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
  }
}

customElements.define("later-part", LaterPart);
