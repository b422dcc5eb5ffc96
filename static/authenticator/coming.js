/** The later part of the page as it comes, and a screen of it that is asked for before it is there. */

import { Rest } from "./rest.js";

const PATIENCE = 300; // milliseconds for which the page stays as it is

export class Coming {
  #app;
  #stage;
  #rest;
  #wanted = null;
  #isHere = false;

  constructor(app, stage) {
    this.#app = app;
    this.#stage = stage;
    this.#rest = new Rest(app.page.later, app.page.screens);
  }

  /** Afterwards the stage knows all screens. Rejected like `Rest.load`. */
  async load() {
    const { SCREENS, begin } = await this.#rest.load();
    if (!this.#isHere) {
      this.#isHere = true;
      this.#stage.learn(SCREENS, this.#app);
      this.#app.whole(begin);
    }
  }

  /** Something else has been asked for. */
  drop() {
    this.#wanted = null;
  }

  /** Show it with `show` as soon as it is there; until then that it comes, or why it does not. */
  async bring(show) {
    this.#wanted = show;
    const isWanted = () => this.#wanted === show;
    setTimeout(() => isWanted() && this.#stage.show("loading"), PATIENCE);
    try {
      await this.load();
    } catch (problem) {
      if (isWanted()) {
        this.drop();
        this.#stage.show("missing", { problem, again: () => this.bring(show) });
      }
      return;
    }
    if (isWanted()) {
      show();
    }
  }
}
