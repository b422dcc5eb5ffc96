/** What the portal has to tell beside its questions, as the inbox lists it (protocol, section 8). */

import { now } from "./clock.js";

export class Messages extends EventTarget {
  #all = new Map();

  constructor(keyring) {
    super();
    this.keyring = keyring;
  }

  /** Newest first; only what can still be opened here. */
  get list() {
    const readable = [...this.#all.values()].filter(({ kid, expires }) => expires > now() && this.keyring.find(kid));
    return readable.sort((one, other) => other.created - one.created);
  }

  get unread() {
    return this.list.filter(({ opened }) => !opened).length;
  }

  /** Take the inbox's messages as the whole present state of the keys `kids`. */
  replace(messages, kids) {
    const before = JSON.stringify(this.list);
    this.#all.forEach(({ kid }, id) => kids.includes(kid) && this.#all.delete(id));
    messages.forEach((message) => this.#all.set(message.id, message));
    if (JSON.stringify(this.list) !== before) {
      this.dispatchEvent(new Event("change"));
    }
  }

  add(message) {
    this.#all.set(message.id, message);
    this.dispatchEvent(new Event("change"));
  }
}
