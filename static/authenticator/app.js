/**
 * What holds the screens together: where the person is, what is worth interrupting them for, and the page's frame.
 */

import { Coming } from "./coming.js";
import { Frame } from "./frame.js";
import { ABOUT_KEYS, ABOUT_MESSAGES, ABOUT_QUESTIONS, AT_REST, GROUND, UNTYPED, WITHIN } from "./places.js";
import { Routes } from "./routes.js";
import { painted } from "./screen.js";
import { home, loading, missing, welcome, wiped } from "./screens/home.js";
import { Stage } from "./stage.js";

// The first picture only: all other screens stand in later.js.
const FIRST = { welcome, wiped, home, loading, missing };

export class App {
  #frame;
  #stage;
  #coming;
  #routes;
  #news = [];
  #stopped = false;

  constructor(root, page) {
    this.page = page;
    this.place = root.querySelector("[data-stage]");
    this.#frame = new Frame(root);
    this.#stage = new Stage(this.place);
    this.#coming = new Coming(this, this.#stage);
    this.#routes = new Routes(this, this.#stage);
    this.#stage.learn(FIRST, this);
  }

  /** @param {Object} rooms vault, api, keyring, waiting, messages, inbox, answers */
  begin(rooms) {
    Object.assign(this, rooms);
    this.#frame.begin((name) => this.#visit(name), () => (this.waiting.list.length > 0 ? this.home() : this.go("messages")));
    this.waiting.addEventListener("arrived", ({ detail }) => this.#arrived(detail));
    this.waiting.addEventListener("settled", () => this.#call());
    this.messages.addEventListener("change", () => this.#call());
    this.keyring.addEventListener("gone", ({ detail }) => this.#gone(detail));
    this.keyring.addEventListener("change", () => ["home", "welcome", "wiped"].includes(this.#stage.name) && this.home());
    this.inbox.addEventListener("connection", () => this.#frame.connection(this.inbox.connection));
    addEventListener("popstate", () => location.hash || this.#back());
    if (!this.#routes.begin()) {
      this.home();
    }
    this.inbox.start();
    painted().then(() => this.#coming.load()).catch(() => {}); // whoever wants a part of it hears that it did not come
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
    this.#coming.drop();
    if (!this.#stage.knows(name)) {
      this.#coming.bring(() => this.#goIfOpen(name, data));
      return;
    }
    if (!GROUND.has(name) && !history.state?.inside) {
      history.pushState({ inside: true }, "");
    }
    this.#stage.show(name, data);
    this.#frame.mark(name);
    this.#call();
  }

  /** A question may have ended while its screen was on its way. */
  #goIfOpen(name, data) {
    const isOver = data?.challenge && !this.waiting.has(data.challenge.id);
    isOver ? this.home() : this.go(name, data);
  }

  /** The later part is there. @param {function(App)} begin what runs beside its screens; beside a page that cannot run, nothing */
  whole(begin) {
    if (!this.#stopped) {
      begin(this);
      this.shell.addEventListener("change", () => this.#call());
      this.#call();
    }
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
    const { name, data } = this.#stage;
    if (data.back) {
      data.back(); // a screen that was opened within another one knows which
      return;
    }
    // From "What happened?" and from the scanner to their question, as long as that is open.
    const asked = ["refusing", "scanning"].includes(name) && this.waiting.get(data.challenge?.id);
    const ground = WITHIN.get(name) ?? (this.waiting.list.length > 0 ? "waiting" : this.#nothing);
    this.go(asked ? "challenge" : ground, { challenge: asked, pin: data.pin });
  }

  get #nothing() {
    if (this.keyring.accounts.length > 0) {
      return "home";
    }
    return this.mark.isWiped ? "wiped" : "welcome";
  }

  announce(sentence) {
    this.#frame.announce(sentence);
  }

  #visit(name) {
    this.go(name === "authenticate" && this.keyring.active.length === 0 ? "authenticate-nobody" : name);
  }

  open = (id) => this.#routes.open(id);
  number = (number) => this.#routes.number(number);

  #arrived(challenge) {
    this.answers.seen(challenge, "received");
    // A number that is still to be typed at the desk stays where it is.
    if (AT_REST.has(this.#stage.name) && !this.keyring.accounts.some((key) => key.state === "confirm")) {
      this.home();
    } else {
      this.#call();
    }
  }

  get #isAsking() {
    const { name, data } = this.#stage;
    return ABOUT_QUESTIONS.has(name) || (name === "scanning" && Boolean(data.challenge));
  }

  /** What waits while the person is somewhere else: questions first, and a new version only where nobody is asked. */
  #call() {
    const count = this.waiting?.list.length ?? 0;
    const mayTell = this.#stage.knows("messages") && !ABOUT_MESSAGES.has(this.#stage.name);
    const unread = (mayTell && this.messages?.unread) || 0; // a page that cannot run has none
    this.#frame.waiting(count, !this.#isAsking, unread);
    const isFree = count === 0 && UNTYPED.has(this.#stage.name);
    this.#frame.newer(isFree && Boolean(this.shell?.isRenewable), () => this.shell.renew());
  }

  /** A key was wiped because the portal has switched it off. */
  #gone({ account: { name }, portal, state, why = "gone" }) {
    const words = state === "confirm" ? "unconfirmed" : why;
    this.#news.push({ words, tone: words === "moved" ? "good" : "bad", whose: name, values: { portal: portal.name } });
    if (AT_REST.has(this.#stage.name) || ABOUT_KEYS.has(this.#stage.name)) {
      this.home();
    }
  }
}
