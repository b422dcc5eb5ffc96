// <read-aloud data-language="...">: its button lets the browser say what the call above it says, one piece after the other.
const SLOWLY = 0.8;

class ReadAloud extends HTMLElement {
  connectedCallback() {
    if (!globalThis.speechSynthesis) {
      this.hidden = true;
      return;
    }
    this.addEventListener("click", () => this.#turn());
  }

  disconnectedCallback() {
    globalThis.speechSynthesis?.cancel();
  }

  #turn() {
    const speaks = speechSynthesis.speaking || speechSynthesis.pending;
    speechSynthesis.cancel();
    this.#show(!speaks);
    if (speaks) return;
    const pieces = [...this.closest("article").querySelectorAll("[data-spoken] > .line, [data-spoken] > .digits > span")];
    for (const piece of pieces) speechSynthesis.speak(this.#said(piece.textContent, piece === pieces.at(-1)));
  }

  #said(text, last) {
    const said = new SpeechSynthesisUtterance(text);
    said.lang = this.dataset.language;
    said.rate = SLOWLY;
    if (last) said.addEventListener("end", () => this.#show(false));
    return said;
  }

  #show(speaks) {
    this.querySelector("button").setAttribute("aria-pressed", speaks);
  }
}

customElements.define("read-aloud", ReadAloud);
