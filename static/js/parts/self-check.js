// <self-check>: tries what this browser can do and shows it on the page. All words stand in the page's own template.
import { tried } from "../lib/abilities.js";
import { now } from "../lib/clock.js";
import { mark } from "../lib/marks.js";

// What it can be: neither, a desk; an authenticator, both.
const VERDICTS = [["none", "desk"], ["key", "both"]];
const MARKS = { good: "+", bad: "-", open: "?" };

class SelfCheck extends HTMLElement {
  #busy = false;

  connectedCallback() {
    this.querySelector("[data-again]").addEventListener("click", () => this.#run());
    this.#run();
  }

  async #run() {
    if (this.#busy) return;
    this.#busy = true;
    this.#say("trying");
    const rows = [...this.querySelectorAll("[data-check]")];
    const trials = rows.map((row) => this.#try(row));
    const needed = (purpose) =>
      Promise.all(trials.filter((_, at) => rows[at].dataset.needed === purpose)).then((all) => all.every(Boolean));
    const [key, desk] = await Promise.all([needed("key"), needed("desk")]);
    this.#say(VERDICTS[Number(key)][Number(desk)]);
    await Promise.all(trials);
    this.#report(rows);
    this.#busy = false;
  }

  async #try(row) {
    this.#mark(row, { state: "trying" });
    const found = await tried(row.dataset.check, row.dataset);
    this.#mark(row, found);
    return found.state === "good";
  }

  #mark(row, found) {
    mark(row, found, this.querySelector("template"));
  }

  #say(verdict) {
    this.dataset.verdict = verdict;
    const { content } = this.querySelector("template");
    const said = content.querySelector(`[data-verdict="${verdict}"]`).cloneNode(true);
    this.querySelector("[data-verdict-here]").replaceChildren(said);
  }

  /** What the support desk wants to know. SECURITY: about the browser and never about the person in front of it. */
  #report(rows) {
    const lines = rows.map((row) => {
      const [title, word] = [text(row.querySelector("[data-title]")), text(row.querySelector("[data-mark]"))];
      return `${MARKS[row.dataset.state]} ${row.dataset.check}: ${title} - ${word}`;
    });
    const verdict = text(this.querySelector("[data-verdict-here] [data-sentence]"));
    const head = [location.origin, new Date(now()).toISOString(), navigator.userAgent, verdict];
    const report = [...head, "", ...lines].join("\n");
    this.querySelector("[data-report]").textContent = report;
    this.querySelector("copy-button").dataset.copy = report;
  }
}

function text(element) {
  return element.textContent.trim().replace(/\s+/g, " ");
}

customElements.define("self-check", SelfCheck);
