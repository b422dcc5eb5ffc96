/**
 * What stands around the screens: the connection, the call of a question that waits, the title, the four ways.
 */

import { say, sayCount } from "./words.js";

const HEARD = 1500; // milliseconds after which a sentence has been taken up; later it would only be stale

export class Frame {
  #parts;
  #silence = 0;
  #called = "";

  constructor(root) {
    const names = ["nav", "connection", "announce", "call", "call-text", "call-show", "newer", "newer-load"];
    this.#parts = Object.fromEntries(names.map((name) => [name, root.querySelector(`[data-${name}]`)]));
  }

  /**
   * @param {function(string)} visit where one of the four ways leads
   * @param {function()} answer the person wants to see what waits
   */
  begin(visit, answer) {
    const { nav, "call-show": show } = this.#parts;
    nav.hidden = false;
    nav.addEventListener("click", ({ target }) => {
      const way = target.closest("[data-go]");
      if (way) {
        visit(way.dataset.go);
      }
    });
    show.addEventListener("click", answer);
  }

  end() {
    this.#parts.nav.hidden = true;
    this.#parts.connection.hidden = true;
  }

  /** Mark the way that leads to where the person is. */
  mark(screen) {
    for (const way of this.#parts.nav.children) {
      if (screen.split("-")[0] === way.dataset.go) {
        way.setAttribute("aria-current", "page");
      } else {
        way.removeAttribute("aria-current");
      }
    }
  }

  /** Say something for the ear alone; the eye sees it elsewhere. */
  announce(sentence) {
    this.#parts.announce.textContent = sentence;
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => (this.#parts.announce.textContent = ""), HEARD);
  }

  /** @param {"idle"|"connected"|"reconnecting"|"offline"} connection */
  connection(connection) {
    const tag = this.#parts.connection;
    tag.hidden = connection === "idle";
    tag.textContent = tag.hidden ? "" : say(connection);
    tag.classList.toggle("good", connection === "connected");
    tag.classList.toggle("warn", connection !== "connected");
  }

  /** @param {boolean} visible a new version of the page is ready; @param {function()} load what changes to it */
  newer(visible, load) {
    const { newer, "newer-load": button } = this.#parts;
    if (visible && newer.hidden) {
      this.announce(newer.firstElementChild.textContent);
    }
    newer.hidden = !visible;
    button.onclick = load;
  }

  /**
   * @param {number} count questions that wait; @param {boolean} elsewhere whether the screen shows something else
   * @param {number} unread messages that nobody has opened; questions come first
   */
  waiting(count, elsewhere, unread) {
    const { call } = this.#parts;
    const what = count > 0 ? "call" : "message";
    const calls = elsewhere && count + unread > 0 ? what : "";
    if (calls && calls !== this.#called) {
      this.announce(say(`${what}.spoken`));
    }
    this.#called = calls;
    call.hidden = !calls;
    this.#parts["call-text"].textContent = calls && sayCount(what, count || unread);
    document.title = say(count > 0 ? "title.waiting" : "title");
  }
}
