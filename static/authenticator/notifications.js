/**
 * Notifications on this phone: whether they may be shown, where the portal sends them, and the repair of that. All of it
 * happens beside the screens; what a person can do stands on screens/notifications.js.
 */

import { signed } from "./answer.js";
import { isInstalled, thisDevice } from "./device.js";
import { within } from "./patience.js";
import { Subscribing } from "./subscribing.js";

const READY = 10000; // milliseconds for the service worker of a first visit

const isSupported = () => "serviceWorker" in navigator && "PushManager" in globalThis && "Notification" in globalThis;

export class Notifications extends EventTarget {
  #subscribing;
  #running = null;
  #again = false;
  #hurry = false;
  #told = "";
  isSubscribed = true; // believed until it has been looked at

  /** @param {string} portalKey the portal's public key for push services, base64url; empty: it sends none */
  constructor({ vault, api, keyring }, portalKey) {
    super();
    Object.assign(this, { keyring, portalKey });
    const send = (key, sends) => signed(keyring, key, sends);
    this.#subscribing = new Subscribing({ vault, api, keyring, send }, portalKey);
  }

  /**
   * How it stands: "off" (the portal sends none), "unsupported", "install" (only from the Home Screen), "default" (nobody
   * has been asked yet), "denied", "unsubscribed" (allowed, but the push service gives no address) or "granted".
   */
  get state() {
    if (!this.portalKey) {
      return "off";
    }
    if (!isSupported()) {
      return thisDevice().platform === "ios" && !isInstalled() ? "install" : "unsupported";
    }
    const { permission } = Notification;
    return permission === "granted" && !this.isSubscribed ? "unsubscribed" : permission;
  }

  /** How the portal sees it, over all keys of this phone: the worst counts. */
  get proof() {
    const states = this.keyring.active.map(({ kid }) => this.keyring.push[kid] ?? "none");
    return ["gone", "none", "suspect", "new", "works"].find((state) => states.includes(state)) ?? "none";
  }

  start() {
    const look = () => this.look();
    for (const event of ["change", "push"]) {
      this.keyring.addEventListener(event, look);
    }
    for (const event of ["focus", "online"]) {
      addEventListener(event, look);
    }
    document.addEventListener("visibilitychange", look);
    navigator.permissions?.query({ name: "notifications" }).then((status) => status.addEventListener("change", look), () => {});
    look();
  }

  /** Ask the person, through the browser; only from their own tap. */
  async ask() {
    await Notification.requestPermission();
    await this.look({ now: true });
  }

  /**
   * See what is due, and do it: once at a time, and once more when something has changed meanwhile.
   *
   * @param {boolean} [now] a person waits for it: no pause since the last try
   */
  look({ now = false } = {}) {
    this.#hurry ||= now;
    this.#again = true;
    this.#tell();
    this.#running ??= this.#run();
    return this.#running;
  }

  async #run() {
    while (this.#again) {
      const hurry = this.#hurry;
      this.#again = this.#hurry = false;
      await this.#look(hurry).catch(() => {}); // no network, no push service: the next look tries again
    }
    this.#running = null;
    this.#tell();
  }

  async #look(hurry) {
    if (!this.portalKey || !isSupported()) {
      return;
    }
    if (Notification.permission !== "granted") {
      await this.#subscribing.stop();
    } else if (this.keyring.active.length > 0) {
      const registration = await this.registration();
      try {
        await this.#subscribing.repair(registration, hurry);
      } finally {
        this.isSubscribed = Boolean(await registration.pushManager.getSubscription());
      }
    }
  }

  /** @returns {Promise<ServiceWorkerRegistration>} @throws {DOMException} TimeoutError */
  registration() {
    return within(READY, navigator.serviceWorker.ready);
  }

  #tell() {
    const told = `${this.state} ${this.proof}`;
    if (told !== this.#told) {
      this.#told = told;
      this.dispatchEvent(new Event("change"));
    }
  }
}
