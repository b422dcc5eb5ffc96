/**
 * What holds the screens together: where the person is, what is worth interrupting them for, and the page's frame.
 */

import { Frame } from "./frame.js";
import { readActivationCode } from "./protocol.js";
import { accounts, account, forget } from "./screens/accounts.js";
import { activated } from "./screens/activated.js";
import { activating } from "./screens/activating.js";
import { adding } from "./screens/adding.js";
import { authenticate, nobody } from "./screens/authenticate.js";
import { challenge } from "./screens/challenge.js";
import { home, waiting, welcome } from "./screens/home.js";
import { outcome } from "./screens/outcome.js";
import { refusing } from "./screens/refusing.js";
import { settings } from "./screens/settings.js";
import { Stage } from "./stage.js";
import { say } from "./words.js";

const SCREENS = {
  welcome, home, waiting, adding, activating, activated, challenge, refusing, outcome, authenticate,
  "authenticate-nobody": nobody, accounts, account, forget, settings,
};

// Screens a new question may take the place of. SECURITY: never one on which somebody is about to tap or to type.
const AT_REST = new Set(["home", "welcome", "outcome", "activated"]);
const ABOUT_KEYS = new Set(["challenge", "refusing", "waiting", "accounts", "account", "forget"]);
const ABOUT_QUESTIONS = new Set(["challenge", "refusing", "waiting"]);

// Where the phone's own Back leads to, and from where it leads out.
const GROUND = new Set(["home", "welcome", "waiting"]);

export class App {
  #frame;
  #stage;
  #news = [];
  #stopped = false;

  constructor(root, page) {
    this.page = page;
    this.place = root.querySelector("[data-stage]");
    this.#frame = new Frame(root);
    const makers = Object.entries(SCREENS).map(([name, make]) => [name, (screen, data) => make(screen, this, data)]);
    this.#stage = new Stage(this.place, Object.fromEntries(makers));
  }

  /** @param {Object} rooms api, keyring, waiting, inbox, answers */
  begin(rooms) {
    Object.assign(this, rooms);
    this.#frame.begin((name) => this.#visit(name), () => this.home());
    this.waiting.addEventListener("arrived", ({ detail }) => this.#arrived(detail));
    this.waiting.addEventListener("settled", () => this.#call());
    this.keyring.addEventListener("gone", ({ detail }) => this.#gone(detail));
    this.keyring.addEventListener("change", () => ["home", "welcome"].includes(this.#stage.name) && this.home());
    this.inbox.addEventListener("connection", () => this.#frame.connection(this.inbox.connection));
    addEventListener("hashchange", () => this.#scanned());
    addEventListener("popstate", () => location.hash || this.#back());
    if (!this.#scanned()) {
      this.home();
    }
    this.inbox.start();
  }

  /** Nothing works any more; the last screen says why. */
  stop() {
    this.#stopped = true;
    this.#frame.end();
  }

  go(name, data) {
    if (this.#stopped && name !== "outcome") {
      return;
    }
    if (!GROUND.has(name) && !history.state?.inside) {
      history.pushState({ inside: true }, "");
    }
    this.#stage.show(name, data);
    this.#frame.mark(name);
    this.#call();
  }

  /** Where somebody belongs who has nothing else to do: what happened, what waits, or nothing. */
  home() {
    const { list } = this.waiting;
    const news = this.#news.shift();
    if (news) {
      this.go("outcome", news);
    } else if (list.length > 0) {
      this.go(list.length > 1 ? "waiting" : "challenge", { challenge: list[0] });
    } else {
      this.go(this.#nothing);
    }
  }

  #back() {
    // From "What happened?" to its question, as long as that is open.
    const asked = this.#stage.name === "refusing" && this.waiting.get(this.#stage.data.challenge.id);
    const ground = this.waiting.list.length > 0 ? "waiting" : this.#nothing;
    this.go(asked ? "challenge" : ground, { challenge: asked });
  }

  get #nothing() {
    return this.keyring.accounts.length > 0 ? "home" : "welcome";
  }

  announce(sentence) {
    this.#frame.announce(sentence);
  }

  #visit(name) {
    this.go(name === "authenticate" && this.keyring.active.length === 0 ? "authenticate-nobody" : name);
  }

  /** A code that came in the address. It is taken out of it at once, and used only when the person goes on. */
  #scanned() {
    const code = location.hash.slice(1);
    if (!code) {
      return false;
    }
    history.replaceState(history.state, "", location.pathname + location.search);
    this.go("adding", { code, fault: readActivationCode(code) ? undefined : say("code.shape") });
    return true;
  }

  #arrived(challenge) {
    this.answers.seen(challenge, "received");
    // A number that is still to be typed at the desk stays where it is.
    if (AT_REST.has(this.#stage.name) && !this.keyring.accounts.some((key) => key.state === "confirm")) {
      this.home();
    } else {
      this.#call();
    }
  }

  /** What waits while the person is somewhere else. */
  #call() {
    this.#frame.waiting(this.waiting?.list.length ?? 0, !ABOUT_QUESTIONS.has(this.#stage.name));
  }

  /** A key was wiped because the portal has switched it off. */
  #gone({ account: { name }, portal, state }) {
    const words = state === "confirm" ? "unconfirmed" : "gone";
    this.#news.push({ words, tone: "bad", whose: name, values: { portal: portal.name } });
    if (AT_REST.has(this.#stage.name) || ABOUT_KEYS.has(this.#stage.name)) {
      this.home();
    }
  }
}
