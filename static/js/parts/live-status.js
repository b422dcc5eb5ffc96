// <live-status>: watches one thing that another screen decides, and keeps this page true to it.
// A frame or a poll is only a hint: what people read always comes from the page itself, fetched again.
import { now } from "../lib/clock.js";
import { Socket } from "../lib/socket.js";
import { remember, swap } from "../lib/swap.js";

const BEAT = 2_000;
const ENDING = 30_000;
// With the socket open a poll is only a net under it: a frame may be lost, and nobody pushes the end of a life.
const NET = 25_000;
const GONE = [401, 403, 404, 410];

/** Opens this address anew with a GET, also where the page is the answer to a form. */
const again = () => location.replace(location.pathname + location.search);

class LiveStatus extends HTMLElement {
  #socket = null;
  #timer = 0;
  #polled = 0;
  #lost = false;
  #refreshing = false;
  #stale = false;
  #sent = false;

  connectedCallback() {
    remember();
    this.#socket = new Socket(this.dataset.socket, () => this.dataset.ticket, (frame) => this.#take(frame));
    addEventListener("pagehide", this.#rest);
    addEventListener("pageshow", this.#return);
    addEventListener("online", this.#look);
    document.addEventListener("submit", this.#leave);
    document.addEventListener("visibilitychange", this.#look);
    this.#begin();
  }

  disconnectedCallback() {
    this.#rest();
    removeEventListener("pagehide", this.#rest);
    removeEventListener("pageshow", this.#return);
    removeEventListener("online", this.#look);
    document.removeEventListener("submit", this.#leave);
    document.removeEventListener("visibilitychange", this.#look);
  }

  get #over() {
    return this.#sent || this.dataset.stop.split(" ").includes(this.dataset.state);
  }

  #begin() {
    this.#act();
    if (this.#over) return;
    this.#polled = Date.now();
    this.#socket.open();
    this.#next();
  }

  #rest = () => {
    clearTimeout(this.#timer);
    this.#socket.close();
  };

  // Back from the browser's memory: the world has gone on meanwhile.
  #return = (event) => {
    if (event.persisted && this.#sent) again();
    else if (event.persisted) {
      this.#begin();
      this.#look();
    }
  };

  // A form is on its way, and its answer may sign the person in: a second one now would cut it off.
  #leave = (event) => {
    if (event.defaultPrevented) return;
    this.#sent = true;
    this.#rest();
  };

  #look = () => {
    if (!document.hidden && !this.#over) this.#poll();
  };

  #next() {
    clearTimeout(this.#timer);
    if (!this.#over) this.#timer = setTimeout(() => this.#tick(), BEAT * (0.75 + Math.random() / 2));
  }

  async #tick() {
    const left = Date.parse(this.dataset.ends) - now();
    const due = !this.#socket.up || left < 0 || Date.now() - this.#polled > NET;
    if (due) await this.#poll();
    this.#remark(left);
    this.#next();
  }

  async #poll() {
    this.#polled = Date.now();
    try {
      const answer = await fetch(this.dataset.poll, { cache: "no-store", credentials: "same-origin", redirect: "manual" });
      if (answer.type === "opaqueredirect" || GONE.includes(answer.status)) return again();
      this.#lost = !answer.ok;
      if (answer.ok) this.#take(await answer.json());
    } catch {
      this.#lost = true;
    }
    return this.#remark(Date.parse(this.dataset.ends) - now());
  }

  #take({ state = this.dataset.state, version, ticket = this.dataset.ticket }) {
    this.#lost = false;
    this.dataset.ticket = ticket;
    const changed = state !== this.dataset.state;
    if (!changed && !(Number(version) > Number(this.dataset.version))) return;
    this.dataset.state = state;
    this.dataset.version = version;
    this.#act();
    if (!this.#sent) this.#refresh(changed);
  }

  /** Sends the form that waits for this state, once. */
  #act() {
    const form = [...this.querySelectorAll("form[data-when]")].find((each) => each.dataset.when === this.dataset.state);
    if (!form || this.#sent) return;
    this.#sent = true;
    this.#rest();
    form.requestSubmit();
  }

  /** Fetches this very page again; hints that come meanwhile ask for one more round, not for one each. */
  async #refresh(force) {
    this.#stale = true;
    if (this.#refreshing) return;
    this.#refreshing = true;
    while (this.#stale) {
      this.#stale = false;
      await this.#renew(force);
    }
    this.#refreshing = false;
    if (this.#over) this.#rest();
  }

  async #renew(force) {
    try {
      const answer = await fetch(location.href, { cache: "no-store", credentials: "same-origin" });
      if (answer.redirected) return location.assign(answer.url);
      if (answer.ok) this.#adopt(new DOMParser().parseFromString(await answer.text(), "text/html"), force);
    } catch {
      this.dataset.version = "-1"; // the next hint tries again
    }
    return undefined;
  }

  #adopt(fresh, force) {
    Object.assign(this.dataset, fresh.querySelector("live-status")?.dataset);
    swap(fresh, force);
    this.#act();
  }

  /** One remark beside the status: its words are the template's. */
  #remark(left) {
    this.toggleAttribute("data-down", this.#lost);
    const place = document.querySelector("[data-remark]");
    const words = (this.#lost && this.dataset.lost) || (left > 0 && left < ENDING && this.dataset.ending) || "";
    if (place && place.textContent !== words) place.textContent = words;
  }
}

customElements.define("live-status", LiveStatus);
