/**
 * What the portal has to say about the PIN itself: whether it is right, and another one in its place, for all keys at once
 * (protocol, section 9).
 */

import { response } from "./answer.js";
import { onTime } from "./clock.js";
import { b64url, pinStatement, responseKey } from "./protocol.js";

// After these a second step that was sent before has certainly not happened, and its question is of no more use.
const OVER = new Set(["expired", "settled", "not-found"]);
const DECIDED = new Set([...OVER, "wrong-pin", "locked"]);

export class PinChange {
  #asked = null;
  #sent = null; // the bits of a second step whose answer was lost

  constructor({ api, keyring, biometric }) {
    Object.assign(this, { api, keyring, biometric });
  }

  /** Whether it is unknown if the PIN has been changed: `again` finds out. */
  get isUnsure() {
    return this.#sent !== null;
  }

  /** Show the portal that these are the bits of the right PIN. @throws {Problem} */
  async prove(bits) {
    await this.#ask();
    await this.#answer(bits, null);
  }

  /**
   * Put other bits, those of `next`, in the place of those that are right now. The salt stays, so nothing in the vault depends on the PIN but
   * what the biometric keeps: that is out of it before the portal hears of the change.
   *
   * @returns {Promise<Uint8Array>} `next`, which is right from here on
   * @throws {Problem} after which nothing has changed, or it `isUnsure`
   */
  async change(bits, next) {
    await this.#ask();
    await this.biometric.putAway();
    return this.#second({ bits, next }, (problem) => !problem.unanswered);
  }

  /** The second step once more, after its answer was lost. However often it arrives, the PIN changes once. @throws {Problem} */
  async again() {
    const { bits, next } = this.#sent;
    try {
      return await this.#second(this.#sent, ({ code }) => DECIDED.has(code));
    } catch (problem) {
      if (!OVER.has(problem.code)) {
        throw problem;
      }
      return this.change(bits, next); // it had not arrived in time
    }
  }

  /** @param {function(Problem): boolean} isDecided whether a problem means that nothing has changed */
  async #second(sent, isDecided) {
    this.#sent = sent;
    try {
      await this.#answer(sent.bits, sent.next);
    } catch (problem) {
      if (isDecided(problem)) {
        this.#sent = null;
        await this.biometric.putBack();
      }
      throw problem;
    }
    this.#sent = null;
    return sent.next;
  }

  async #ask() {
    this.#asked = null;
    const { questions } = await this.#send(() => ({}));
    this.#asked = new Map(questions.map((one) => [one.kid, one]));
  }

  #answer(bits, next) {
    const { install } = this.keyring;
    return this.#send(async (key) => {
      const { nonce, question } = this.#asked.get(key.kid);
      const secret = next && { response_key: b64url(await responseKey(install.secret, key.kid, next)) };
      return { nonce, response: await response(install, key, question, bits), ...secret };
    });
  }

  /** A statement of each key in one request. */
  #send(claims) {
    const { origin } = this.keyring;
    const keys = this.keyring.active.filter(({ kid }) => this.#asked?.has(kid) ?? true);
    return onTime(async (iat) => {
      const said = keys.map(async (key) => pinStatement(key, { aud: origin, iat }, await claims(key)));
      const statements = await Promise.all(said);
      return this.keyring.trying(keys.map(({ kid }) => kid), () => this.api.pin(keys[0].kid, statements));
    });
  }
}
