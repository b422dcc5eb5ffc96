/**
 * The device's channel: hears of challenges, settlements and revocations (protocol, section 5). A socket while there is
 * one, the same inbox by POST while there is none. Events are hints, the inbox is the truth; nothing is decided here.
 */

import { Problem } from "./api.js";
import { Channel } from "./channel.js";
import { now, onTime } from "./clock.js";
import { attachStatement, inboxStatement } from "./protocol.js";

const POLL = 4000; // milliseconds between inboxes while no socket opens; also how often a doubtful key is looked at
const LOOK_AGAIN = 45000; // with a socket: a network that died without a word is noticed after this

export class Inbox extends EventTarget {
  #channel;
  #timer = 0;
  #away = true; // no socket is attached
  #attached = "";
  connection = "idle"; // idle (no key), connected, reconnecting, offline

  /** @param {URL} socket address of the socket */
  constructor(socket, api, keyring, waiting) {
    super();
    Object.assign(this, { api, keyring, waiting });
    const hear = {
      hello: ({ nonce }) => this.#attach(nonce),
      attached: ({ refused }) => this.#welcomed(refused ?? []),
      inbox: ({ challenges }) => waiting.replace(challenges ?? [], this.#kids, Infinity),
      challenge: ({ challenge }) => waiting.add(challenge),
      settled: ({ id, state }) => waiting.settle(id, state),
      revoked: ({ kid }) => keyring.inactive(kid),
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
    await Promise.all([this.#ask(active), ...doubtful.map((key) => this.#ask([key]))]);
  }

  /** The inbox of some keys by POST. */
  async #ask(keys) {
    if (keys.length === 0) {
      return;
    }
    const asked = performance.now();
    const aud = this.keyring.origin;
    try {
      const told = await onTime(async (iat) =>
        this.api.inbox(await Promise.all(keys.map((key) => inboxStatement(key, { aud, iat })))),
      );
      this.#say("connected");
      await Promise.all(keys.map((key) => this.keyring.confirmed(key.kid)));
      this.waiting.replace(told.challenges ?? [], keys.map(({ kid }) => kid), asked);
    } catch (problem) {
      await this.#failed(problem, keys);
    }
  }

  async #failed(problem, keys) {
    if (!(problem instanceof Problem)) {
      throw problem;
    } else if (problem.unanswered) {
      if (!this.#away) {
        this.#channel.open(); // it looks open and leads nowhere
      }
      this.#lost();
      return;
    }
    this.#say("connected");
    // SECURITY: a key is wiped only when the portal, asked for this key alone, says that it is inactive.
    if (problem.code === "key-inactive" && keys.length === 1) {
      await this.keyring.inactive(keys[0].kid);
    } else if (problem.code === "key-inactive") {
      await Promise.all(keys.map((key) => this.#ask([key])));
    }
  }

  async #attach(nonce) {
    const at = { aud: this.keyring.origin, iat: now() };
    const statements = this.keyring.active.map((key) => attachStatement(key, at, { nonce }));
    this.#channel.send({ type: "attach", statements: await Promise.all(statements) });
  }

  #welcomed(refused) {
    this.#away = false;
    this.#say("connected");
    // A refusal may be the fault of a clock: the inbox tells.
    refused.map((kid) => this.keyring.find(kid)).filter(Boolean).forEach((key) => this.#ask([key]));
  }

  #lost() {
    const wasThere = !this.#away;
    this.#away = true;
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
