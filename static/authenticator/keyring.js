/**
 * The keys of this authenticator, as the page uses them: the vault's content in memory, the same in every tab.
 *
 * A key's state is "sent" (asked for; nobody knows yet), "confirm" (waits for its number at the desk) or "active".
 * The first two are doubtful: until their time is over, an answer that the key is inactive proves nothing.
 */

import { now } from "./clock.js";

const DOUBT_SECONDS = { sent: 600, confirm: 180 }; // an activation code's life; the desk's two minutes and some

export class Keyring extends EventTarget {
  #vault;
  #tabs = "BroadcastChannel" in globalThis ? new BroadcastChannel("portal-key") : null;
  #keys = [];
  #unwanted = new Set();
  #tries = new Map(); // by kid: a PIN that is on its way
  #locked = []; // kids one of which such a PIN has locked
  #learnt = "";
  #underway = new Set(); // being introduced by this page: no need to ask what becomes of them
  install = null;
  push = {}; // by kid: how the portal sees its notifications (none, new, works, suspect, gone)

  /** @param {string} origin the portal's base URL: keys of any other are shown and never used */
  constructor(vault, origin) {
    super();
    this.#vault = vault;
    this.origin = origin;
    this.#tabs?.addEventListener("message", ({ data }) => this.#heard(data));
  }

  async load() {
    const { install, keys } = await this.#vault.load();
    this.install = install ?? null;
    this.#keys = keys;
    this.#tell("change");
  }

  /** What a person calls their accounts: everything but keys nobody has confirmed yet. */
  get accounts() {
    return this.#keys.filter((key) => key.state !== "sent");
  }

  /** Keys this page may sign with. */
  get usable() {
    return this.#keys.filter((key) => key.origin === this.origin);
  }

  get active() {
    return this.usable.filter((key) => key.state === "active");
  }

  get doubtful() {
    return this.usable.filter((key) => key.state !== "active" && !this.#underway.has(key.kid));
  }

  find(kid) {
    return this.usable.find((key) => key.kid === kid);
  }

  /** Keep a new key before it is sent: a lost answer must not lose the key. False: another tab was faster. */
  async keep(key, install) {
    this.#underway.add(key.kid);
    const kept = await this.#vault.keep({ ...key, state: "sent", doubt: now() + DOUBT_SECONDS.sent }, install);
    await this.#changed();
    return kept;
  }

  /** The introduction of a key is over, or its answer is lost. */
  introduced(kid) {
    this.#underway.delete(kid);
  }

  /** The portal has taken the key; `state` is its word, "active" or "confirm". */
  async taken(kid, state) {
    await this.#vault.change(kid, { state, doubt: now() + (DOUBT_SECONDS[state] ?? 0) });
    await this.#changed();
  }

  /** The portal has answered to a key: whatever was doubtful about it is over. */
  async confirmed(kid) {
    if (this.doubtful.some((key) => key.kid === kid)) {
      await this.taken(kid, "active");
    }
  }

  /** The portal has told how it sees notifications to keys. */
  pushed(states) {
    this.#tell("push", Object.assign(this.push, states));
  }

  /** The portal has told by which keys a phone without a network knows what it asks. */
  async learn(contexts) {
    if (contexts && JSON.stringify(contexts) !== this.#learnt) {
      this.#learnt = JSON.stringify(contexts);
      await this.#vault.setNote("contexts", contexts);
    }
  }

  async contexts() {
    return (await this.#vault.note("contexts")) ?? [];
  }

  async rename(kid, label) {
    await this.#vault.change(kid, { label });
    await this.#changed();
  }

  /** Its owner is having a key revoked: when the portal says that it is inactive, that is no news. */
  unwant(kid) {
    this.#unwanted.add(kid);
  }

  /** Send what tries the PIN of some keys. If it locks one of them, the answer is what says so, and no event beside it. */
  trying(kids, send) {
    const answer = send();
    const over = answer.catch(({ code }) => code === "locked" && this.#locked.push(kids));
    kids.forEach((kid) => this.#tries.set(kid, over));
    return answer.finally(() => kids.forEach((kid) => this.#tries.delete(kid)));
  }

  /** Wipe a key because its owner wants it, or because it never came to be. */
  async forget(kid) {
    await this.#vault.wipe(kid);
    await this.#changed();
  }

  /**
   * The portal says that a key is inactive. SECURITY: this is the only reason to wipe a key unasked, so
   * that a wrong clock or a broken network never does.
   *
   * @param {string} [why] "moved": another phone has taken its place
   */
  async inactive(kid, why) {
    await this.#tries.get(kid);
    const key = this.find(kid);
    if (!key || (key.state !== "active" && now() < key.doubt)) {
      return;
    }
    const isTold = this.#locked.some((kids) => kids.includes(kid));
    this.#locked = [];
    await this.forget(kid);
    if (key.state !== "sent" && !this.#unwanted.has(kid) && !isTold) {
      const { account, portal, state } = key;
      const gone = { account, portal, state, why };
      this.#tell("gone", gone);
      this.#tabs?.postMessage({ gone });
    }
  }

  async #changed() {
    await this.load();
    this.#tabs?.postMessage({ changed: true });
  }

  #heard({ gone }) {
    this.load();
    if (gone) {
      this.#tell("gone", gone);
    }
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
