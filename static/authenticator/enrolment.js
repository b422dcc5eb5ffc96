/**
 * Adding a user, second half: a key is made and introduced (protocol, section 4).
 */

import { Problem } from "./api.js";
import { now, onTime } from "./clock.js";
import { thisDevice } from "./device.js";
import { newInstall, newPairs } from "./making.js";
import { activationStatement, b64url, inboxStatement, publicJwk, respond, responseKey, thumbprint } from "./protocol.js";

export class Enrolment {
  #draft = null;
  #sent = false;
  /** What the PIN was drawn into, once the portal has it: so it is the right one. */
  bits = null;

  /** @param {Object} claim what the portal answered to the activation code */
  constructor(api, keyring, claim) {
    Object.assign(this, { api, keyring, claim });
  }

  /** The key of another user here, by which the portal sees that the PIN is the same; none for the first user. */
  get companion() {
    return this.keyring.active[0] ?? null;
  }

  /**
   * Activate. May be called again after a failure: the same key is then introduced again.
   *
   * @param {function(Uint8Array): Promise<Uint8Array>} give draws the PIN's bits with the salt of this authenticator
   * @returns {Promise<{kid: string, state: "active"|"confirm", confirm_code?: string}>}
   * @throws {Problem} the portal's, or "changed" (another tab was faster) or "storage" (the key cannot be kept)
   */
  async activate(give, label) {
    this.#draft ??= await this.#make();
    const { key, install } = this.#draft;
    if (this.#sent && (await this.#arrived(key))) {
      await this.keyring.taken(key.kid, "active");
      return { kid: key.kid, state: "active" };
    }
    this.bits = await give(install.salt);
    const statement = await this.#statement(this.bits, label);
    await this.#keep({ ...key, label }, install);
    return this.#send(key, statement);
  }

  async #make() {
    const { signing, sealing } = await newPairs();
    const jwk = await publicJwk(signing.publicKey);
    const key = {
      kid: await thumbprint(jwk),
      jwk,
      enc: await publicJwk(sealing.publicKey),
      signing: signing.privateKey,
      sealing: sealing.privateKey,
      origin: this.keyring.origin,
      account: this.claim.account,
      portal: this.claim.portal,
      added: now(),
    };
    return { key, install: this.keyring.install ?? (await newInstall()) };
  }

  /** What makes the statement for a moment. */
  async #statement(bits, label) {
    const { key, install } = this.#draft;
    const { nonce, activation, pin_question: question } = this.claim;
    const secret = await responseKey(install.secret, key.kid, bits);
    const { companion } = this;
    const claims = { nonce, activation, enc: key.enc, response_key: b64url(secret), label, platform: thisDevice().platform };
    const proofs = async (iat) => ({
      response: await respond(secret, question, iat),
      ...(companion && { companion: { kid: companion.kid, response: await answerOf(companion, iat) } }),
    });
    const answerOf = async ({ kid }, iat) => respond(await responseKey(install.secret, kid, bits), question, iat);
    return async (iat) => activationStatement(key, { aud: this.keyring.origin, iat }, { ...claims, ...(await proofs(iat)) });
  }

  async #keep(key, install) {
    const kept = await this.keyring.keep(key, install).catch(() => {
      throw new Problem("storage");
    });
    if (!kept) {
      throw new Problem("changed");
    }
  }

  async #send(key, statement) {
    try {
      this.#sent = true;
      const told = await onTime(async (iat) => this.#complete(await statement(iat)));
      this.keyring.introduced(key.kid);
      await this.keyring.taken(key.kid, told.state);
      navigator.storage?.persist?.(); // ask the browser not to tidy the keys away; it may say no
      return told;
    } catch (problem) {
      if (!problem.unanswered) {
        await this.keyring.forget(key.kid);
        this.#sent = false;
      }
      throw problem;
    } finally {
      this.keyring.introduced(key.kid);
    }
  }

  #complete(statement) {
    const tried = this.companion ? [this.companion.kid] : [];
    return this.keyring.trying(tried, () => this.api.complete(this.claim.activation, statement));
  }

  /** Whether the portal knows the key already: the answer to an earlier try was lost on its way. */
  async #arrived(key) {
    const asked = onTime(async (iat) => this.api.inbox([await inboxStatement(key, { aud: this.keyring.origin, iat })]));
    return asked.then(
      () => true,
      (problem) => {
        if (problem.unanswered) {
          throw problem;
        }
        return false;
      },
    );
  }
}
