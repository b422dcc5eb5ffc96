/**
 * Answering: what the authenticator computes and signs when a person has decided.
 */

import { now, onTime } from "./clock.js";
import { answerStatement, respond, responseKey, seenStatement } from "./protocol.js";

/** The eight digits for a question, from the PIN's bits, whoever kept them; every PIN gives some. */
export async function response(install, key, question, bits) {
  const secret = await responseKey(install.secret, key.kid, bits);
  const digits = await respond(secret, question, now());
  secret.fill(0);
  return digits;
}

export class Answers {
  #seen = new Set();

  constructor(api, keyring) {
    Object.assign(this, { api, keyring });
  }

  /** Approve. `number`: the six digits that stand at the desk; the challenge brings them itself where it may. */
  approve(challenge, number, bits) {
    const { install } = this.keyring;
    return this.#send(challenge, async (key) => ({
      verdict: "approve",
      proof: { number, response: await response(install, key, number, bits) },
    }));
  }

  /** Refuse. `verdict`: "not_me" or "cancel". */
  refuse(challenge, verdict) {
    return this.#send(challenge, async () => ({ verdict }));
  }

  async #send(challenge, decide) {
    const key = this.keyring.find(challenge.kid);
    const { verdict, proof } = await decide(key);
    return this.#signed(key, async (at) =>
      this.#answer(challenge, await answerStatement(key, at, challenge, verdict, proof)),
    );
  }

  #answer({ id, kid }, statement) {
    return this.keyring.trying([kid], () => this.api.answer(id, statement));
  }

  /** Tell how far the challenge came: "received", "shown", "opened". Nothing depends on it, so a failure is silent. */
  async seen({ id, kid }, hop) {
    const key = this.keyring.find(kid);
    if (!key || this.#seen.has(id + hop)) {
      return;
    }
    this.#seen.add(id + hop);
    const telling = this.#signed(key, async (at) => this.api.seen(id, await seenStatement(key, at, { challenge: id, hop })));
    await telling.catch(() => {});
  }

  #signed(key, send) {
    return signed(this.keyring, key, send);
  }
}

/** Send something a key signs; where the portal says that the key is inactive, the key goes. */
export async function signed(keyring, key, send) {
  try {
    return await onTime((iat) => send({ aud: keyring.origin, iat }));
  } catch (problem) {
    if (problem.code === "key-inactive") {
      await keyring.inactive(key.kid);
    }
    throw problem;
  }
}
