// <copy-button data-copy="..." data-done="...">: lets the button inside it copy, and says so.
class CopyButton extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", () => this.#copy());
  }

  async #copy() {
    const said = this.querySelector("[aria-live]");
    try {
      await navigator.clipboard.writeText(this.dataset.copy);
      said.textContent = this.dataset.done;
    } catch {
      said.textContent = this.dataset.failed;
    }
  }
}

customElements.define("copy-button", CopyButton);
