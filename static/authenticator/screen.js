/**
 * A screen, cloned from its <template>, and what its code has in hand.
 *
 * SECURITY: whatever comes from the portal or from a person enters the page through `textContent` or `value` only.
 */

/** What a screen's code has in hand. */
export class Screen {
  #leaving = new AbortController();
  #busy = false;

  constructor(name) {
    this.name = name;
    this.content = document.getElementById(`screen-${name}`).content.cloneNode(true);
    this.parts = new Map(Array.from(this.content.querySelectorAll("[data-part]"), (part) => [part.dataset.part, part]));
  }

  /** Aborted when the screen leaves the stage; listeners and requests of the screen end with it. */
  get left() {
    return this.#leaving.signal;
  }

  leave() {
    this.#leaving.abort();
  }

  part(name) {
    return this.parts.get(name);
  }

  text(name, sentence) {
    this.part(name).textContent = sentence;
  }

  show(name, visible = true) {
    this.part(name).hidden = !visible;
  }

  /** Show a part with a sentence in it. */
  say(name, sentence) {
    this.show(name);
    this.text(name, sentence);
  }

  on(name, type, act) {
    this.listen(this.part(name), type, act);
  }

  listen(target, type, act) {
    target.addEventListener(type, act, { signal: this.left });
  }

  /** What to do when a form is sent, by its button or by Enter. */
  onSubmit(act) {
    this.listen(this.content.querySelector("form"), "submit", (event) => {
      event.preventDefault();
      act();
    });
  }

  after(milliseconds, act) {
    const timer = setTimeout(act, Math.min(milliseconds, 2 ** 31 - 1));
    this.left.addEventListener("abort", () => clearTimeout(timer));
  }

  /** Do one thing at a time: a second tap on whatever button does nothing until the first is done. */
  async busy(name, work) {
    if (this.#busy) {
      return;
    }
    this.#busy = true;
    const button = this.part(name);
    const label = button.textContent;
    button.setAttribute("aria-busy", "true");
    button.textContent = button.dataset.busy;
    try {
      await painted();
      await work();
    } finally {
      button.removeAttribute("aria-busy");
      button.textContent = label;
      this.#busy = false;
    }
  }

  get isBusy() {
    return this.#busy;
  }

  /** Say at fields what is wrong with them, and go to the first. */
  fault(sentence, wrong, ...inputs) {
    this.say(wrong, sentence);
    for (const name of inputs) {
      const input = this.part(name);
      input.dataset.hints ??= input.getAttribute("aria-describedby") ?? "";
      input.setAttribute("aria-invalid", "true");
      input.setAttribute("aria-describedby", `${this.part(wrong).id} ${input.dataset.hints}`.trim());
    }
    this.part(inputs[0]).focus();
  }

  /** Take back what was said at fields. */
  unfault(wrong, ...inputs) {
    this.show(wrong, false);
    for (const name of inputs) {
      const input = this.part(name);
      input.removeAttribute("aria-invalid");
      input.setAttribute("aria-describedby", input.dataset.hints ?? "");
    }
  }
}

/** A copy of a row's <template>, with its parts by name. */
export function row(name) {
  const content = document.getElementById(`row-${name}`).content.cloneNode(true);
  const parts = Array.from(content.querySelectorAll("[data-part]"), (part) => [part.dataset.part, part]);
  return { element: content.firstElementChild, ...Object.fromEntries(parts) };
}

/** After the next picture: before work that keeps the phone busy. */
export const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
