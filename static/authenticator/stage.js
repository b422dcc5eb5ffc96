/** The stage: one screen at a time. */

import { Screen } from "./screen.js";

export class Stage {
  #screen = null;
  #data = null;
  #makers = new Map();

  constructor(place) {
    this.place = place;
  }

  /** @param {Object<string, function(Screen, App, Object)>} screens what makes them, by their names */
  learn(screens, app) {
    for (const [name, make] of Object.entries(screens)) {
      this.#makers.set(name, (screen, data) => make(screen, app, data));
    }
  }

  /** Whether a screen can be shown already. */
  knows(name) {
    return this.#makers.has(name);
  }

  get name() {
    return this.#screen?.name ?? null;
  }

  /** What the present screen was shown with. */
  get data() {
    return this.#data;
  }

  show(name, data = {}) {
    this.#screen?.leave();
    this.#screen = new Screen(name);
    this.#data = data;
    this.#makers.get(name)(this.#screen, data);
    this.place.replaceChildren(this.#screen.content);
    this.place.dataset.stage = name;
    scrollTo(0, 0);
    this.place.querySelector("h1").focus({ preventScroll: true });
  }
}
