/**
 * The app around the page: the service worker that keeps it, and the change to a new version.
 *
 * A new version is fetched in the background and waits. It never takes over under somebody's fingers: only by a tap on its
 * button, or when no window is open any more.
 */

import { isInstalled } from "./device.js";
import { noteLanguage } from "./kept.js";

const LOOK = 3600000; // milliseconds after which a page that stays open looks for a new version

export class Shell extends EventTarget {
  #registration = null;
  #isKept = false; // this page came from a service worker, or has one by now
  #asked = false;
  #looked = Date.now();

  /** Whether a new version waits for this page. */
  isRenewable = false;

  /** @param {URL} worker address of the service worker */
  async begin(worker) {
    if (!("serviceWorker" in navigator)) {
      return;
    }
    const { serviceWorker } = navigator;
    this.#isKept = serviceWorker.controller !== null;
    serviceWorker.addEventListener("controllerchange", () => this.#changed());
    await noteLanguage(document.documentElement.lang).catch(() => {});
    this.#registration = await serviceWorker.register(worker).catch(() => null); // a browser may have switched it off
    this.#registration?.addEventListener("updatefound", () => this.#watch(this.#registration.installing));
    this.#watch(this.#registration?.waiting);
    this.#watch(this.#registration?.installing);
    document.addEventListener("visibilitychange", () => this.#look());
    addEventListener("online", () => this.#look());
    this.#keep();
  }

  /** Change to the new version: the page is loaded again as soon as that is in charge. */
  renew() {
    this.#asked = true;
    const { waiting } = this.#registration;
    if (waiting) {
      waiting.postMessage({ takeOver: true });
    } else {
      location.reload(); // another window has brought it in charge already
    }
  }

  #watch(worker) {
    const tell = () => {
      if (worker.state === "installed" && navigator.serviceWorker.controller) {
        this.#offer();
      }
    };
    worker?.addEventListener("statechange", tell);
    worker && tell();
  }

  #changed() {
    if (this.#asked) {
      this.#asked = false; // once
      location.reload();
    } else if (this.#isKept) {
      this.#offer();
    }
    this.#isKept = true;
  }

  #offer() {
    this.isRenewable = true;
    this.dispatchEvent(new Event("change"));
  }

  #look() {
    if (document.visibilityState === "visible" && Date.now() - this.#looked > LOOK) {
      this.#looked = Date.now();
      this.#registration?.update().catch(() => {}); // no network
    }
  }

  /** Ask the browser not to tidy the keys away; an installed page is the moment at which most say yes. */
  #keep() {
    const ask = () => navigator.storage?.persist?.().catch(() => false);
    addEventListener("appinstalled", ask);
    if (isInstalled()) {
      ask();
    }
  }
}
