/**
 * The challenges that wait for an answer. The inbox is the truth; events only bring it sooner.
 */

export class Waiting extends EventTarget {
  #challenges = new Map();
  #arrived = new Map();
  #over = new Set(); // settled here or told so; a late copy of an event must not bring one back

  /** Newest first. */
  get list() {
    return [...this.#challenges.values()].sort((one, other) => other.created - one.created);
  }

  get(id) {
    return this.#challenges.get(id);
  }

  has(id) {
    return this.#challenges.has(id);
  }

  /**
   * Take the inbox's challenges as the whole present state of the keys `kids`.
   *
   * @param {number} asked when the inbox was asked for, by `performance.now()`: what arrived later
   *        than that may be missing in it without being over
   */
  replace(challenges, kids, asked) {
    const present = new Set(challenges.map((challenge) => challenge.id));
    for (const { id, kid } of this.list) {
      if (kids.includes(kid) && !present.has(id) && this.#arrived.get(id) < asked) {
        this.settle(id, "gone");
      }
    }
    challenges.forEach((challenge) => this.add(challenge));
  }

  add(challenge) {
    if (this.#over.has(challenge.id) || this.has(challenge.id)) {
      return;
    }
    this.#challenges.set(challenge.id, challenge);
    this.#arrived.set(challenge.id, performance.now());
    this.#tell("arrived", challenge);
  }

  /** A challenge is decided. `state` is the portal's word, or "gone" when it is not known how. */
  settle(id, state) {
    if (state !== "gone") {
      this.#over.add(id);
    }
    if (this.#challenges.delete(id)) {
      this.#tell("settled", { id, state });
    }
  }

  /** Drop the challenges of keys that are gone. */
  keepKeys(kids) {
    this.list.filter(({ kid }) => !kids.includes(kid)).forEach(({ id }) => this.settle(id, "gone"));
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
