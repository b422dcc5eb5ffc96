// <print-button>: its button prints the page. Without scripts the browser's own menu does.
class PrintButton extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", () => print());
  }
}

customElements.define("print-button", PrintButton);
