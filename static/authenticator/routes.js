/** What leads to a certain screen from outside: an address, a notification, a picture. */

export class Routes {
  #app;
  #stage;

  constructor(app, stage) {
    this.#app = app;
    this.#stage = stage;
  }

  /** @returns {boolean} whether something came with the address of the page */
  begin() {
    addEventListener("hashchange", () => this.#came());
    return this.#came();
  }

  /** Exactly this challenge: whoever has tapped on its notification means no other. Null: whatever waits. */
  open(id) {
    if (id === null) {
      this.#app.home();
    } else if (this.#stage.data?.challenge?.id !== id) {
      const challenge = this.#app.waiting.get(id);
      this.#app.go(challenge ? "challenge" : "opening", { challenge, id });
    }
  }

  /** What came in the address. It is taken out of it at once; a code is used only when the person goes on. */
  #came() {
    const [, route, what] = /^(?:([a-z])\/)?(.*)$/.exec(location.hash.slice(1));
    if (!what) {
      return false;
    }
    history.replaceState(history.state, "", location.pathname + location.search);
    const routes = { c: () => this.open(what), n: () => this.number(what), q: () => this.context(what) };
    (routes[route] ?? (() => this.#app.go("adding", { code: what })))();
    return true;
  }

  /** A whole question that was read off a square: answered by hand. */
  context(context) {
    this.#app.go(this.#app.keyring.active.length > 0 ? "authenticate" : "authenticate-nobody", { context });
  }

  /** The number of a sign-in, read for the person. SECURITY: it is typed into its question, and approves nothing by itself. */
  number(number) {
    const offer = new CustomEvent("number", { detail: number, cancelable: true });
    if (this.#app.place.dispatchEvent(offer)) {
      const asked = this.#app.waiting.list.find(({ mode }) => mode === "number"); // none on the screen has taken it
      this.#app.go(asked ? "challenge" : "number", { challenge: asked, number, brought: true });
    }
  }
}
