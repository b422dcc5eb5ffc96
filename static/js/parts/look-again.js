// <look-again data-waits>: as long as what stands in it waits for somebody, this page is asked for again, and the same part
// taken over when its words have changed. It is said aloud by the part's own role. Without this script there is a link.
import { fresh } from "../lib/page.js";

const BEAT = 3_000;

class LookAgain extends HTMLElement {
  #timer = 0;

  connectedCallback() {
    this.#next();
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
  }

  #next() {
    clearTimeout(this.#timer);
    if ("waits" in this.dataset) this.#timer = setTimeout(() => this.#look(), BEAT);
  }

  async #look() {
    try {
      if (!document.hidden) await this.#renew();
    } catch {
      // Without a network the next look may see it.
    }
    if (this.isConnected) this.#next();
  }

  async #renew() {
    const { elsewhere, page } = await fresh();
    if (elsewhere) return location.assign(elsewhere);
    const next = page?.getElementById(this.id);
    if (!next || next.textContent === this.textContent) return;
    this.toggleAttribute("data-waits", next.hasAttribute("data-waits"));
    this.replaceChildren(...next.childNodes);
  }
}

customElements.define("look-again", LookAgain);
