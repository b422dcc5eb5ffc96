// <pass-key data-kind="create|get" data-options="...">: lets the browser make or use a passkey, and sends its answer with the
// form that it stands around. The server decides; nothing of an answer is judged here.
const PARTS = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];

class PassKey extends HTMLElement {
  #asking = false;
  #answered = false;

  connectedCallback() {
    if (!globalThis.PublicKeyCredential || !navigator.credentials || !isSecureContext) return;
    this.querySelector("[data-unable]").hidden = true;
    this.querySelector("[data-go]").hidden = false;
    // Before the page's own listener, which sends a form once: here it is sent when there is an answer.
    this.addEventListener("submit", (event) => this.#ask(event), { capture: true });
    if (this.dataset.kind === "create") this.#tellWhichStand();
  }

  /** What else a device keeps for this person opens nothing: it was removed here, or refused once it had been made. */
  #tellWhichStand() {
    const { rp, user, excludeCredentials } = JSON.parse(this.dataset.options);
    const standing = { rpId: rp.id, userId: user.id, allAcceptedCredentialIds: excludeCredentials.map(({ id }) => id) };
    PublicKeyCredential.signalAllAcceptedCredentials?.(standing).catch(() => undefined);
  }

  async #ask(event) {
    if (this.#answered) return;
    event.preventDefault();
    event.stopPropagation();
    if (this.#asking) return;
    this.#asking = true;
    this.#say("waiting");
    try {
      const given = await navigator.credentials[this.dataset.kind]({ publicKey: this.#options() });
      this.#send(event.target, JSON.stringify(said(given)));
    } catch ({ name }) {
      this.#say({ InvalidStateError: "known", NotSupportedError: "unable", SecurityError: "unable" }[name] ?? "refused");
    }
    this.#asking = false;
  }

  /** The form goes as if its button were pressed now, so that the other parts of the page know that it is on its way. */
  #send(form, answer) {
    form.elements.answer.value = answer;
    this.#answered = true;
    form.requestSubmit();
    this.#answered = false;
  }

  /** What the browser is asked for, its bytes no longer as text. */
  #options() {
    const options = JSON.parse(this.dataset.options);
    options.challenge = bytes(options.challenge);
    if (options.user) options.user.id = bytes(options.user.id);
    for (const known of options.excludeCredentials ?? options.allowCredentials) known.id = bytes(known.id);
    return options;
  }

  #say(word) {
    this.querySelector("[data-said]").textContent = this.querySelector(`[data-word="${word}"]`).textContent;
  }
}

/** What a credential says, its bytes as text. */
function said({ rawId, response }) {
  const told = { id: text(rawId) };
  for (const name of PARTS) if (response[name]) told[name] = text(response[name]);
  if (response.getTransports) told.transports = response.getTransports();
  return told;
}

function bytes(base64url) {
  return Uint8Array.from(atob(base64url.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
}

function text(buffer) {
  const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

customElements.define("pass-key", PassKey);
