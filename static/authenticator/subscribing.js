/**
 * Keeping the portal's idea of where this phone can be woken true: subscribe, tell, and subscribe anew what has gone deaf.
 */

import { now } from "./clock.js";
import { fits, sending, subscribe } from "./subscription.js";

// The vault's note: {endpoint, kids: those that told the portal of it, tries, at: when the last was begun, rests: until when
// nothing is told, because the portal has refused it}. Times are the portal's, in Unix seconds.
const NOTED = "push";
const LOCK = "portal-key-push";

// Seconds between one new subscription and the next, as long as none of them is proved: a phone that is deaf for a reason
// of its own must not ask its push service for ever.
const PAUSES = [0, 60, 600, 3600];

const REFUSED = 3600; // seconds; the portal does not write to this push service

const DEAF = new Set(["suspect", "gone"]);

export class Subscribing {
  /** @param {{vault, api, keyring, send: function(Object, function)}} tools `send` sends what a key signs */
  constructor(tools, portalKey) {
    Object.assign(this, tools, { portalKey });
  }

  /** @param {boolean} hurry a person waits for it: keep no pause */
  repair(registration, hurry) {
    // Several windows share one subscription: the first does it.
    const work = () => this.#repair(registration, hurry);
    return navigator.locks?.request(LOCK, work) ?? work();
  }

  /** Notifications are no longer allowed: the portal need not try. */
  async stop() {
    const noted = await this.#noted();
    if (noted.endpoint) {
      await Promise.all(this.keyring.active.map((key) => this.#send(key, null)));
      await this.vault.setNote(NOTED, null);
    }
  }

  async #repair(registration, hurry) {
    const { pushManager } = registration;
    const held = await pushManager.getSubscription();
    const noted = await this.#noted();
    if (this.#states().every((state) => state === "works") && noted.tries > 0) {
      await this.#note({ ...noted, tries: 0 });
    }
    const isDeaf = this.#knows(held, noted) && this.#states().some((state) => DEAF.has(state));
    if (held && fits(held, this.portalKey) && !isDeaf) {
      if (hurry || now() >= noted.rests) {
        await this.#tell(held, noted);
      }
      return;
    }
    if (!hurry && now() - noted.at < PAUSES[Math.min(noted.tries, PAUSES.length - 1)]) {
      return;
    }
    const begun = { ...noted, kids: [], tries: noted.tries + 1, at: now() };
    await this.#note(begun);
    await held?.unsubscribe();
    await this.#tell(await subscribe(registration, this.portalKey), begun);
  }

  /** Whether the portal has been told of it for every key: what it says of an earlier one says nothing of this one. */
  #knows(held, { endpoint, kids }) {
    return endpoint === held?.endpoint && this.keyring.active.every(({ kid }) => kids.includes(kid));
  }

  #states() {
    return this.keyring.active.map(({ kid }) => this.keyring.push[kid]);
  }

  /** Tell the portal for each key that it does not know it of. */
  async #tell(subscription, noted) {
    const { endpoint } = subscription;
    const { active, push } = this.keyring;
    const told = noted.endpoint === endpoint ? noted.kids.filter((kid) => push[kid] !== "none") : [];
    const untold = active.filter(({ kid }) => !told.includes(kid));
    const sent = [];
    for (const key of untold) {
      try {
        await this.#send(key, subscription);
      } catch (problem) {
        if (!problem.unanswered) {
          await this.#note({ ...noted, endpoint, kids: [...told, ...sent], rests: problem.retryAt ?? now() + REFUSED });
        }
        throw problem;
      }
      sent.push(key.kid);
      await this.#note({ ...noted, endpoint, kids: [...told, ...sent] });
    }
  }

  async #send(key, subscription) {
    const { push } = await this.send(key, sending(this.api, key, subscription));
    this.keyring.pushed({ [key.kid]: push });
  }

  async #noted() {
    return { kids: [], tries: 0, at: 0, rests: 0, ...(await this.vault.note(NOTED)) };
  }

  #note(noted) {
    return this.vault.setNote(NOTED, noted);
  }
}
