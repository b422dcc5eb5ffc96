/**
 * The biometric: a vault for `pin_bits` that the device's own lock opens, in place of the PIN (protocol, section 3).
 *
 * SECURITY: what is kept opens by the device's lock alone, and nothing in it tells a right PIN from a wrong one. Bits are
 * wrapped only after the portal has accepted them: wrong ones would go unnoticed, and cost tries at every use.
 */

import { concat, random, utf8 } from "./encoding.js";
import { dropPasskey, lacking, makePasskey, NotGiven, openPasskey } from "./passkey.js";
import { say } from "./words.js";

const RECORD = "biometric";
const USER = "biometric-user";
const PURPOSE = utf8("portal-key/v1/biometric");

export class Biometric extends EventTarget {
  #vault;
  #keyring;
  #record = null;
  #spare = null; // a passkey without a record: put away while the PIN changes, or not wrapped yet
  /** What is missing for it here, as `lacking` says; null when nothing is. */
  lack = "browser";

  constructor({ vault, keyring }) {
    super();
    this.#vault = vault;
    this.#keyring = keyring;
  }

  async begin() {
    this.#keyring.addEventListener("change", () => this.#load());
    [this.lack] = await Promise.all([lacking(), this.#load()]);
    this.dispatchEvent(new Event("change"));
  }

  /** Whether something is kept here. */
  get isOn() {
    return this.#record !== null;
  }

  /** Whether it can be asked in place of the PIN. */
  get isReady() {
    return this.isOn && this.lack === null;
  }

  /**
   * The bits, from the device's lock.
   *
   * @param {AbortSignal} [signal] takes the question back
   * @throws {NotGiven} also "off" (nothing is kept any more) or "stale" (it belongs to another install)
   */
  async open(signal) {
    await this.#load(); // another window may have switched it off, or changed the PIN
    if (!this.#record) {
      throw new NotGiven("off");
    }
    const { iv, wrapped, ...passkey } = this.#record;
    const key = await this.#key(passkey, signal);
    try {
      return new Uint8Array(await crypto.subtle.decrypt(this.#cipher(iv, passkey), key, wrapped));
    } catch {
      await this.drop();
      throw new NotGiven("stale");
    }
  }

  /**
   * Keep bits that the portal has just accepted. It may take a second call, by another tap: some browsers make a passkey
   * without its key, and want to be asked for that apart.
   *
   * @throws {NotGiven}
   */
  async enrol(bits, signal) {
    const spare = this.#spare;
    this.#spare = null; // one that no longer answers is not tried for ever
    const passkey = spare ?? (await this.#make(signal));
    const key = passkey.key ?? (await this.#key(passkey, signal));
    const kept = { id: passkey.id, salt: passkey.salt, iv: random(12) };
    const wrapped = await crypto.subtle.encrypt(this.#cipher(kept.iv, kept), key, bits);
    await this.#keep({ ...kept, wrapped: new Uint8Array(wrapped) });
    this.#spare = null;
  }

  /** The PIN is about to change: what is kept is out of the vault before the portal hears of it. */
  async putAway() {
    await this.#load();
    this.#spare = this.#record;
    await this.#keep(null);
  }

  /** The PIN has not changed after all. */
  async putBack() {
    if (this.#spare?.wrapped) {
      await this.#keep(this.#spare);
      this.#spare = null;
    }
  }

  /** Whether it was put away, and waits for the new bits. */
  get isAway() {
    return Boolean(this.#spare?.wrapped);
  }

  /** Switch it off: nothing is kept. */
  async drop() {
    const passkey = this.#record ?? this.#spare;
    this.#spare = null;
    await this.#keep(null);
    if (passkey) {
      dropPasskey(passkey.id);
    }
  }

  async #load() {
    this.#record = (await this.#vault.note(RECORD)) ?? null;
  }

  async #keep(record) {
    await this.#vault.setNote(RECORD, record);
    this.#record = record;
  }

  async #make(signal) {
    const user = (await this.#vault.note(USER)) ?? random(16);
    await this.#vault.setNote(USER, user);
    const salt = random(32);
    const made = await this.#asked(makePasskey({ user, name: say("biometric.passkey"), salt }, signal));
    this.#spare = { id: made.id, salt };
    return { ...made, salt };
  }

  #key(passkey, signal) {
    return this.#asked(openPasskey(passkey, signal));
  }

  /** What cannot be known before it is tried: whether this lock has the extension. */
  #asked(asking) {
    return asking.catch((problem) => {
      this.lack = problem.why === "prf" ? "prf" : this.lack;
      throw problem;
    });
  }

  /** SECURITY: bound to this passkey and this install; another install's PIN has another salt. */
  #cipher(iv, { id }) {
    return { name: "AES-GCM", iv, additionalData: concat(PURPOSE, id, this.#keyring.install.salt) };
  }
}
