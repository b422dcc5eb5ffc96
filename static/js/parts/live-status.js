// <live-status>: watches one thing that another screen decides, and keeps this page true to it.
// A frame or a poll is only a hint: what people read always comes from the page itself, fetched again.
import { now } from "../lib/clock.js";
import { again, fresh, oneAtATime } from "../lib/page.js";
import { Socket } from "../lib/socket.js";
import { isAnother, remember, swap } from "../lib/swap.js";

const BEAT = 2_000;
const ENDING = 30_000;
// With the socket open a poll is only a net under it. The portal says something every 25 seconds at the latest:
// from a socket that says nothing for longer nobody hears any more.
const NET = 40_000;
const GONE = [401, 403, 404, 410];

class LiveStatus extends HTMLElement {
  #life = null;
  #socket = null;
  #timer = 0;
  #heard = 0;
  #lost = false;
  #sent = false;
  #shown = this.dataset.state;
  #refresh = oneAtATime(() => this.#renew());

  connectedCallback() {
    remember();
    const heard = (frame) => this.#hear(frame);
    this.#socket = new Socket(this.dataset.socket, () => this.dataset.ticket, heard, () => this.#poll());
    const { signal } = (this.#life = new AbortController());
    addEventListener("pagehide", () => this.#rest(), { signal });
    addEventListener("pageshow", (event) => event.persisted && this.#return(), { signal });
    addEventListener("online", () => this.#look(), { signal });
    document.addEventListener("submit", (event) => this.#leave(event), { signal });
    document.addEventListener("click", (event) => this.#beside(event.target.closest("a")), { signal });
    document.addEventListener("visibilitychange", () => this.#look(), { signal });
    this.#begin();
  }

  disconnectedCallback() {
    this.#rest();
    this.#life.abort();
  }

  get #over() {
    return this.#sent || this.dataset.stop.split(" ").includes(this.dataset.state);
  }

  #begin() {
    this.#act();
    if (this.#over) return;
    this.#heard = Date.now();
    this.#socket.open();
    this.#next();
  }

  #rest() {
    clearTimeout(this.#timer);
    this.#socket.close();
  }

  /** Back from the browser's memory: the world has gone on meanwhile. */
  #return() {
    if (this.#sent) return again(this.dataset.page);
    this.#begin();
    return this.#look();
  }

  /** A form is on its way, and its answer may sign the person in: nothing may cut it off now. */
  #leave(event) {
    if (event.defaultPrevented) return;
    this.#sent = true;
    this.#rest();
  }

  /** Help opens beside a sign-in that waits here: from another page it could not go on. */
  #beside(link) {
    if (link?.pathname.startsWith("/help/") && this.querySelector("[data-when]") && !this.#over) link.target = "_blank";
  }

  #look() {
    if (!document.hidden && !this.#over) this.#poll();
  }

  #next() {
    clearTimeout(this.#timer);
    if (!this.#over) this.#timer = setTimeout(() => this.#tick(), BEAT * (0.75 + Math.random() / 2));
  }

  async #tick() {
    const left = Date.parse(this.dataset.ends) - now();
    if (!this.#socket.up || left < 0 || Date.now() - this.#heard > NET) await this.#poll();
    this.#remark(left);
    this.#next();
  }

  async #poll() {
    this.#heard = Date.now();
    try {
      const answer = await fetch(this.dataset.poll, { cache: "no-store", credentials: "same-origin", redirect: "manual" });
      if (this.#sent) return;
      if (answer.type === "opaqueredirect" || GONE.includes(answer.status)) return again(this.dataset.page);
      this.#lost = !answer.ok;
      if (answer.ok) this.#take(await answer.json());
    } catch {
      this.#lost = true;
    }
    return this.#remark(Date.parse(this.dataset.ends) - now());
  }

  #hear(frame) {
    this.#heard = Date.now();
    this.#take(frame);
  }

  #take({ state = this.dataset.state, version, ticket = this.dataset.ticket }) {
    this.#lost = false;
    this.dataset.ticket = ticket;
    if (state === this.dataset.state && !(Number(version) > Number(this.dataset.version))) return;
    Object.assign(this.dataset, { state, version });
    this.#act();
    if (!this.#sent) this.#refresh();
  }

  /** Sends the form that waits for this state, once. */
  #act() {
    const form = [...this.querySelectorAll("form[data-when]")].find((each) => each.dataset.when === this.dataset.state);
    if (!form || this.#sent) return;
    this.#sent = true;
    form.requestSubmit(); // which rests, see #leave
  }

  /** Brings this page up to date. Once the state has changed, what somebody was typing is over too. */
  async #renew() {
    try {
      const { elsewhere, page } = await fresh(this.dataset.page);
      if (this.#sent) return;
      if (elsewhere) return location.assign(elsewhere);
      if (page) this.#adopt(page);
    } catch {
      this.dataset.version = "-1"; // the next hint tries again
    }
    if (this.#over) this.#rest();
  }

  #adopt(page) {
    if (isAnother(page)) return again(this.dataset.page);
    const next = page.querySelector("live-status")?.dataset;
    swap(page, next?.state !== this.#shown);
    Object.assign(this.dataset, next);
    this.#shown = next?.state;
    return this.#act();
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
