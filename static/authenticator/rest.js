/**
 * The rest of the page, behind the first picture: all other screens, their templates and their words. It is fetched once,
 * right after the first paint, or as soon as somebody asks for a part of it.
 */

import { learnWords } from "./words.js";

/** The portal has a newer version by now, to which this page does not belong: it has to be loaded again. */
export class Outdated extends Error {}

export class Rest {
  #code;
  #document;
  #loading = null;
  #tries = 0;

  /**
   * @param {URL} code the module later.js
   * @param {URL} document its templates and words, in the language of this page
   */
  constructor(code, document) {
    this.#code = code;
    this.#document = document;
  }

  /** @returns {Promise<Object>} the module, with its templates in the page; rejected, and worth another try, without
   *   a network; with `Outdated` when only loading the page again helps */
  load() {
    this.#loading ??= this.#load().catch((problem) => {
      this.#loading = null;
      throw problem;
    });
    return this.#loading;
  }

  async #load() {
    const code = new URL(this.#code);
    if (this.#tries++) {
      code.searchParams.set("again", this.#tries); // a browser may remember that a module failed, and not ask again
    }
    const coming = import(code);
    coming.catch(() => {}); // its document tells more
    const html = await this.#fetch();
    const module = await coming;
    const parsed = new DOMParser().parseFromString(html, "text/html");
    learnWords(parsed.getElementById("words"));
    document.body.append(...parsed.querySelectorAll("template:not(#words)"));
    return module;
  }

  async #fetch() {
    const answer = await fetch(this.#document, { credentials: "omit" });
    if (!answer.ok) {
      throw new Outdated(answer.status);
    }
    return answer.text();
  }
}
