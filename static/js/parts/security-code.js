// <security-code>: the field for six digits that were carried to a phone.
// What was pasted or filled in whole goes off by itself; what somebody types or corrects waits for the button.
const LENGTH = 6;
// Six digits, perhaps three and three, that are no part of a longer number.
const ALONE = /(?<!\d[ \p{Pd}]?)\d{3}[ \p{Pd}]?\d{3}(?![ \p{Pd}]?\d)/gu;

class SecurityCode extends HTMLElement {
  #waiting = new AbortController();

  connectedCallback() {
    const field = this.querySelector("input");
    field?.addEventListener("paste", (event) => this.#paste(event, field));
    field?.addEventListener("input", (event) => this.#input(event, field));
    field?.addEventListener("change", () => (field.value = digits(field.value) ?? field.value));
    // Once a code is on its way no text is waited for.
    field?.form?.addEventListener("submit", () => this.#waiting.abort());
    if (field) this.#listen(field);
  }

  disconnectedCallback() {
    this.#waiting.abort();
  }

  /** Takes the code out of whatever was copied, be it the whole text; anything else is pasted as ever. */
  #paste(event, field) {
    const code = found(event.clipboardData?.getData("text") ?? "");
    if (!code) return;
    event.preventDefault();
    this.#send(field, code);
  }

  /** A browser that fills the field says so by its kind of input, or by none; what comes from a keyboard always names one. */
  #input(event, field) {
    const filled = !event.inputType || event.inputType === "insertReplacementText";
    const code = digits(field.value);
    if (filled && code?.length === LENGTH) this.#send(field, code);
  }

  /** WebOTP: where the browser can read the text that names this site, the person only has to agree. */
  async #listen(field) {
    if (!("OTPCredential" in window)) return;
    const { signal } = this.#waiting;
    try {
      const text = await navigator.credentials.get({ otp: { transport: ["sms"] }, signal });
      const code = found(text?.code ?? "");
      if (code) this.#send(field, code);
    } catch {
      // Declined, taken back, or not to be had here: the field is there for the hand.
    }
  }

  #send(field, code) {
    field.value = code;
    field.form?.requestSubmit();
  }
}

/** Only the digits, if there is nothing but digits, blanks and dashes; full-width ones are digits too. */
function digits(text) {
  const plain = text.normalize("NFKC").replace(/[\s\p{Pd}]/gu, "");
  return /^\d+$/.test(plain) ? plain : null;
}

/** The one code in a text; nothing where there is none, or more than one. */
function found(text) {
  const plain = digits(text);
  if (plain !== null) return plain.length === LENGTH ? plain : null;
  const codes = new Set((text.normalize("NFKC").match(ALONE) ?? []).map(digits));
  return codes.size === 1 ? [...codes][0] : null;
}

customElements.define("security-code", SecurityCode);
