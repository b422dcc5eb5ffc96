// <time-left data-until="...">: how long that is away, counted down for the eye. Without this script the words of the server
// stand there.
import { now } from "../lib/clock.js";

class TimeLeft extends HTMLElement {
  #timer = 0;

  connectedCallback() {
    this.#timer = setInterval(() => this.#draw(), 1_000);
    this.#draw();
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
  }

  #draw() {
    const left = Math.max(0, Math.ceil((Date.parse(this.dataset.until) - now()) / 1_000));
    const two = (part) => String(part).padStart(2, "0");
    this.textContent = `${Math.floor(left / 3_600)}:${two(Math.floor(left / 60) % 60)}:${two(left % 60)}`;
    if (left === 0) clearInterval(this.#timer);
  }
}

customElements.define("time-left", TimeLeft);
