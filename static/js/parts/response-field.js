// <response-field>: shows eight digits as two groups of four, however they were typed or pasted.
// It helps and never hinders: whatever does not look like digits stays as it is, and the server decides.
const LENGTH = 8;

class ResponseField extends HTMLElement {
  connectedCallback() {
    const field = this.querySelector("input");
    field?.addEventListener("input", (event) => {
      // Only while typing forward at the end: a caret that jumps is worse than a missing gap.
      const atEnd = field.selectionStart === field.value.length;
      if (!event.isComposing && atEnd && !event.inputType?.startsWith("delete")) this.#group(field);
    });
    field?.addEventListener("change", () => this.#group(field));
  }

  #group(field) {
    const digits = field.value.normalize("NFKC").replace(/[\s\p{Pd}]/gu, "");
    if (!/^\d+$/.test(digits) || digits.length > LENGTH) return;
    field.value = digits.length > 4 ? `${digits.slice(0, 4)} ${digits.slice(4)}` : digits;
  }
}

customElements.define("response-field", ResponseField);
