/** What the portal has to tell beside its questions, as the inbox lists it (protocol, section 8). */

import { now } from "./clock.js";

export class Messages extends EventTarget {
  #all = new Map();
  #since = new Map(); // by id: of which moment it is, by `performance.now()`

  constructor(keyring) {
    super();
    this.keyring = keyring;
  }

  /** Newest first, of one second what nobody has opened; only what can still be opened here. */
  get list() {
    const readable = [...this.#all.values()].filter(({ kid, expires }) => expires > now() && this.keyring.find(kid));
    return readable.sort(
      (one, other) => other.created - one.created || Boolean(one.opened) - Boolean(other.opened),
    );
  }

  get unread() {
    return this.list.filter(({ opened }) => !opened).length;
  }

  /**
   * Take the inbox's messages as the whole present state of the keys `kids`.
   *
   * @param {number} asked when the inbox was asked for, by `performance.now()`: it may bring what is not here, and knows
   *        nothing of what has come, or was opened, since
   */
  replace(messages, kids, asked) {
    const before = JSON.stringify(this.list);
    const isOlder = ({ id }) => !(this.#since.get(id) >= asked);
    this.#all.forEach((message, id) => kids.includes(message.kid) && isOlder(message) && this.#all.delete(id));
    messages.filter(isOlder).forEach((message) => this.#take(message, asked));
    if (JSON.stringify(this.list) !== before) {
      this.dispatchEvent(new Event("change"));
    }
  }

  add(message) {
    this.#take(message, performance.now());
    this.dispatchEvent(new Event("change"));
  }

  #take(message, since) {
    this.#all.set(message.id, message);
    this.#since.set(message.id, since);
  }
}
