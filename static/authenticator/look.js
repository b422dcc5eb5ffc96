/**
 * Looking into the inbox by POST: the whole present state, and the only word that decides over a key.
 */

import { Problem } from "./api.js";
import { onTime } from "./clock.js";
import { inboxStatement } from "./statements.js";

const ONE_IS_TO_BLAME = new Set(["key-inactive", "bad-signature"]);

export class Look {
  constructor(api, keyring, waiting, messages) {
    Object.assign(this, { api, keyring, waiting, messages });
  }

  /**
   * Ask for some keys at once; those that the portal does not take are asked for one by one.
   *
   * @returns {Promise<boolean>} whether the portal could be reached
   */
  async at(keys) {
    if (keys.length === 0) {
      return true;
    }
    try {
      const asked = performance.now();
      const told = await this.#ask(keys);
      const kids = told.kids ?? keys.map(({ kid }) => kid);
      await Promise.all(kids.map((kid) => this.keyring.confirmed(kid)));
      this.waiting.replace(told.challenges ?? [], kids, asked);
      this.messages.replace(told.messages ?? [], kids, asked);
      this.keyring.pushed(told.push);
      this.keyring.learn(told.contexts);
      const missing = keys.filter(({ kid }) => !kids.includes(kid));
      return keys.length > 1 ? this.each(missing) : true;
    } catch (problem) {
      return this.#failed(problem, keys);
    }
  }

  /** Ask for each key alone. */
  async each(keys) {
    const reached = await Promise.all(keys.map((key) => this.at([key])));
    return reached.every(Boolean);
  }

  #ask(keys) {
    const aud = this.keyring.origin;
    return onTime(async (iat) => this.api.inbox(await Promise.all(keys.map((key) => inboxStatement(key, { aud, iat })))));
  }

  async #failed(problem, keys) {
    if (!(problem instanceof Problem)) {
      throw problem;
    }
    if (keys.length > 1 && ONE_IS_TO_BLAME.has(problem.code)) {
      return this.each(keys);
    }
    // SECURITY: a key is wiped only when the portal, asked for this key alone, says that it is inactive.
    if (problem.code === "key-inactive") {
      await this.keyring.inactive(keys[0].kid);
    }
    return !problem.unanswered;
  }
}
