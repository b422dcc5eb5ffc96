// <receipt-check data-receipt="...">: checks what was signed in this very browser, and says in the page's words what holds.
import { canCheck, check } from "../lib/receipt.js";

class ReceiptCheck extends HTMLElement {
  connectedCallback() {
    this.querySelector("[data-ask]").hidden = false;
    this.querySelector("[data-go]").addEventListener("click", () => this.#check());
  }

  async #check() {
    if (!canCheck()) return this.#say("unable");
    const shown = [...this.querySelectorAll("[data-shown]")].map((part) => part.textContent);
    const points = await check(this.#receipt(), shown);
    for (const row of this.querySelectorAll("[data-point]")) {
      row.querySelector("[data-held]").hidden = !points[row.dataset.point];
      row.querySelector("[data-failed]").hidden = points[row.dataset.point];
    }
    this.querySelector("[data-points]").hidden = false;
    return this.#say(Object.values(points).every(Boolean) ? "good" : "bad");
  }

  /** What cannot be read is an empty receipt: then nothing holds. */
  #receipt() {
    try {
      return JSON.parse(this.dataset.receipt);
    } catch {
      return { statement: "" };
    }
  }

  #say(verdict) {
    for (const banner of this.querySelectorAll("[data-verdict]")) banner.hidden = banner.dataset.verdict !== verdict;
  }
}

customElements.define("receipt-check", ReceiptCheck);
