/**
 * The portal's API: JSON out, JSON or a problem in (RFC 9457). Nothing but signed statements goes
 * over it, so no cookie and no session does either.
 */

import { learn } from "./clock.js";

const PATIENCE = 15000; // milliseconds; a phone that changes from one network to another hangs silently

/** Why the portal did not do it. `code` is the protocol's word, or one of the two below. */
export class Problem extends Error {
  /** Nothing is known of the answer: no network, or nobody there. */
  static OFFLINE = "offline";
  /** Somebody answered, but not the portal in its right mind. */
  static UNAVAILABLE = "unavailable";

  constructor(code, { status = 0, detail = "", attempts_left, retry_at, clock_off_by, state } = {}) {
    super(code);
    Object.assign(this, { code, status, detail, attemptsLeft: attempts_left, retryAt: retry_at, clockOff: clock_off_by, state });
  }

  /** Whether it is unknown if the portal acted on what was sent. */
  get unanswered() {
    return this.code === Problem.OFFLINE || this.code === Problem.UNAVAILABLE;
  }
}

export class Api {
  /** @param {URL|string} root address of the API, with its slash; @param {string} language of the portal's own sentences */
  constructor(root, language) {
    Object.assign(this, { root, language });
  }

  claim = (code) => this.#post("activations", { code });
  complete = (activation, statement) => this.#post(`activations/${encodeURIComponent(activation)}/complete`, { statement });
  inbox = (statements) => this.#post("inbox", { statements });
  answer = (challenge, statement) => this.#post(`challenges/${encodeURIComponent(challenge)}/answer`, { statement });
  seen = (challenge, statement) => this.#post(`challenges/${encodeURIComponent(challenge)}/seen`, { statement });
  open = (message, statement) => this.#post(`messages/${encodeURIComponent(message)}/open`, { statement });
  label = (kid, statement) => this.#post(`keys/${encodeURIComponent(kid)}/label`, { statement });
  push = (kid, statement) => this.#post(`keys/${encodeURIComponent(kid)}/push`, { statement });
  test = (kid, statement) => this.#post(`keys/${encodeURIComponent(kid)}/test`, { statement });
  pin = (kid, statements) => this.#post(`keys/${encodeURIComponent(kid)}/pin`, { statements });
  revoke = (kid, statement) => this.#post(`keys/${encodeURIComponent(kid)}/revoke`, { statement });

  async #post(path, body) {
    const asked = Date.now() / 1000;
    const answer = await this.#send(path, body);
    const told = await answer.json().catch(() => null);
    learn(told?.server_time, asked);
    if (answer.ok && told) {
      return told;
    }
    throw new Problem(told?.code ?? Problem.UNAVAILABLE, { status: answer.status, ...told });
  }

  async #send(path, body) {
    try {
      return await fetch(new URL(path, this.root), {
        method: "POST",
        headers: { "Content-Type": "application/json", "Accept-Language": this.language },
        body: JSON.stringify(body),
        credentials: "omit",
        cache: "no-store",
        redirect: "error",
        referrerPolicy: "no-referrer",
        signal: AbortSignal.timeout(PATIENCE),
      });
    } catch {
      throw new Problem(Problem.OFFLINE);
    }
  }
}
