/**
 * The device's channel: hears of challenges, settlements and revocations (protocol, section 5). A socket while there is
 * one, the same inbox by POST while there is none. Events are hints, the inbox is the truth; nothing is decided here.
 */

import { Channel } from "./channel.js";
import { now } from "./clock.js";
import { Look } from "./look.js";
import { attachStatement } from "./statements.js";

const POLL = 4000; // milliseconds between inboxes while no socket opens; also how often a doubtful key is looked at
const LOOK_AGAIN = 45000; // with a socket: a network that died without a word is noticed after this

export class Inbox extends EventTarget {
  #channel;
  #by;
  #timer = 0;
  #away = true; // no socket is attached
  #losses = 0;
  #attached = "";
  #askedAt = 0;
  connection = "idle"; // idle (no key), connected, reconnecting, offline

  /** @param {URL} socket address of the socket */
  constructor(socket, api, keyring, waiting, messages) {
    super();
    Object.assign(this, { keyring, waiting });
    this.#by = new Look(api, keyring, waiting, messages);
    const hear = {
      hello: ({ nonce }) => this.#attach(nonce),
      attached: ({ refused }) => this.#welcomed(refused ?? []),
      inbox: ({ challenges, messages: told, push, contexts }) => {
        waiting.replace(challenges ?? [], this.#kids, this.#askedAt);
        messages.replace(told ?? [], this.#kids, this.#askedAt);
        keyring.pushed(push);
        keyring.learn(contexts);
      },
      push: ({ push }) => keyring.pushed(push),
      challenge: ({ challenge }) => waiting.add(challenge),
      message: ({ message }) => messages.add(message),
      settled: ({ id, state }) => waiting.settle(id, state),
      revoked: ({ kid, why }) => keyring.inactive(kid, why),
    };
    this.#channel = new Channel(socket, hear, () => this.#lost());
  }

  start() {
    addEventListener("online", () => this.#restart());
    addEventListener("offline", () => this.#lost());
    document.addEventListener("visibilitychange", () => this.#look());
    this.keyring.addEventListener("change", () => this.#keysChanged());
    this.#keysChanged();
  }

  get #kids() {
    return this.keyring.active.map(({ kid }) => kid);
  }

  #keysChanged() {
    this.waiting.keepKeys(this.#kids);
    const wanted = this.keyring.usable.map(({ kid, state }) => kid + state).join();
    if (wanted !== this.#attached) {
      this.#attached = wanted;
      this.#restart();
    }
  }

  /** Begin anew: the keys have changed, or the network came back. */
  #restart() {
    this.#away = true;
    if (this.keyring.active.length > 0) {
      this.#channel.open();
    } else {
      this.#channel.close();
    }
    if (this.keyring.usable.length > 0) {
      this.#look();
    } else {
      this.#say("idle");
    }
  }

  /** Look at the inbox now, and from time to time: often without a socket, seldom with one. */
  async #look() {
    clearTimeout(this.#timer);
    const { usable, active, doubtful } = this.keyring;
    if (usable.length === 0 || document.visibilityState !== "visible") {
      return;
    }
    const pause = this.#away || doubtful.length > 0 ? POLL : LOOK_AGAIN;
    this.#timer = setTimeout(() => this.#look(), pause * (0.75 + Math.random() / 2));
    const losses = this.#losses;
    const reached = (await this.#by.at(active)) && (await this.#by.each(doubtful));
    if (!reached || losses === this.#losses) {
      this.#reached(reached); // an answer from before the network went says nothing of now
    }
  }

  /** Look now, whoever is watching. False: the portal cannot be reached. */
  async now() {
    const reached = await this.#by.at(this.keyring.active);
    this.#reached(reached);
    return reached;
  }

  /** Whether the portal still takes a key; one that it does not is wiped. */
  async check(key) {
    this.#reached(await this.#by.at([key]));
  }

  #reached(reached) {
    if (reached) {
      this.#say("connected");
      return;
    }
    if (!this.#away) {
      this.#channel.open(); // it looks open and leads nowhere
    }
    this.#lost();
  }

  async #attach(nonce) {
    const at = { aud: this.keyring.origin, iat: now() };
    this.#askedAt = performance.now();
    const statements = this.keyring.active.map((key) => attachStatement(key, at, { nonce }));
    this.#channel.send({ type: "attach", statements: await Promise.all(statements) });
  }

  #welcomed(refused) {
    this.#away = false;
    this.#say("connected");
    // A refusal may be the fault of a clock: the inbox tells.
    refused.map((kid) => this.keyring.find(kid)).filter(Boolean).forEach((key) => this.check(key));
  }

  #lost() {
    const wasThere = !this.#away;
    this.#away = true;
    this.#losses += 1;
    this.#say(navigator.onLine ? "reconnecting" : "offline");
    if (wasThere) {
      this.#look();
    }
  }

  #say(connection) {
    if (connection !== this.connection) {
      this.connection = connection;
      this.dispatchEvent(new Event("connection"));
    }
  }
}
