// <time-bar>: a bar that grows shorter. For the eye alone; the words beside it say the same.
import { now } from "../lib/clock.js";

class TimeBar extends HTMLElement {
  #timer = 0;

  connectedCallback() {
    const until = Date.parse(this.dataset.until);
    const since = Date.parse(this.dataset.since) || now();
    const draw = () => {
      const left = Math.min(1, Math.max(0, (until - now()) / (until - since)));
      this.style.setProperty("--left", left.toFixed(4));
      if (left === 0) clearInterval(this.#timer);
    };
    this.#timer = setInterval(draw, 1_000);
    draw();
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
  }
}

customElements.define("time-bar", TimeBar);
