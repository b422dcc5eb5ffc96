/** Scanning: the QR code is read by the camera of this page, or in a picture. What reads it is loaded here, see scanner.js. */

import { now } from "../clock.js";
import { ended } from "../outcomes.js";
import { readSquare } from "../square.js";
import { canSay, say } from "../words.js";
import { showState } from "./scanning-states.js";

const LATE = 15000; // milliseconds without a find after which tips help

/**
 * @param {{challenge?: Object, pin?: string, byHand?: boolean}} data the challenge whose number is wanted, with the PIN
 *        typed so far; or a whole question is; none: an activation code is wanted
 */
export function scanning(screen, app, { challenge, pin, byHand }) {
  const wanted = challenge ? "number" : byHand ? "context" : "code";
  const homes = [new URL(app.page.origin).origin, location.origin];
  const video = screen.part("video");
  let scanner = null;
  let loading = null;
  let tries = 0;
  let lit = false;
  let late = 0;
  let other = null; // one of ours that was not wanted

  screen.text("heading", say(`scan.${wanted}`));
  screen.text("intro", say(`scan.${wanted}.intro`));
  screen.text("typed", say(`scan.${wanted}.typed`));
  screen.on("typed", "click", back);
  screen.on("again", "click", start);
  screen.on("switch", "click", () => scanner.change());
  screen.on("light", "click", light);
  screen.on("image", "click", () => screen.part("file").click());
  screen.on("file", "change", () => screen.busy("image", search));
  screen.on("use", "click", useOther);
  screen.left.addEventListener("abort", () => clearTimeout(late));
  if (challenge) {
    screen.listen(app.waiting, "settled", ({ detail }) => detail.id === challenge.id && over(detail.state));
    screen.after((challenge.expires - now()) * 1000, () => app.waiting.settle(challenge.id, "expired"));
  }
  start();

  async function start() {
    show("opening");
    if (await load()) {
      await scanner.start();
    } else if (!screen.left.aborted) {
      show("missing");
    }
  }

  /** The scanner, fetched once; null where it does not come. */
  async function load() {
    loading ??= fetched().catch(() => null);
    scanner = await loading;
    loading = scanner && loading;
    return scanner;
  }

  async function fetched() {
    const { scanner: address, worker } = video.dataset;
    const code = new URL(address, location.href);
    if (tries++ > 0) {
      code.searchParams.set("again", tries); // a browser may remember that a module failed, and not ask again
    }
    const { Scanner } = await import(code);
    return screen.left.aborted ? null : new Scanner(video, worker, { signal: screen.left, tell: show, found });
  }

  function show(state, more) {
    clearTimeout(late);
    late = state === "seeing" ? setTimeout(help, LATE) : 0;
    lit = false;
    showState(screen, state, more);
  }

  function help() {
    screen.show("tips");
    app.announce(say("scan.late"));
  }

  async function light() {
    const on = await scanner.light(!lit).then(() => !lit, () => lit); // a browser may promise what the phone refuses
    lit = on;
    screen.part("light").setAttribute("aria-pressed", String(on));
  }

  /** A picture of the code, from this device. */
  async function search() {
    const [file] = screen.part("file").files;
    if (file) {
      const texts = (await load()) ? await scanner.search(file) : "missing";
      screen.part("file").value = ""; // so that the same file can be chosen again
      if (!screen.left.aborted) {
        texts.length === 0 ? refuse("image-empty") : typeof texts === "string" ? refuse(texts) : found(texts);
      }
    }
  }

  /** @param {string[]} texts what stands in the codes that were seen */
  function found(texts) {
    const read = texts.map((text) => readSquare(text, homes));
    const means = read.find(({ kind }) => kind === wanted) ?? read[0];
    if (means.kind === wanted) {
      app.announce(say(`scan.${wanted}.found`));
      use(means);
      return;
    }
    other = means;
    refuse(`${wanted}.${means.kind}`, means);
  }

  /** Say once why nothing comes of it; where it is one of ours, it can be used in its own place. */
  function refuse(why, { kind, origin } = {}) {
    const sentence = say(canSay(`scan.${why}`) ? `scan.${why}` : "scan.other", { origin });
    if (!screen.part("problem").hidden && screen.part("problem-text").textContent === sentence) {
      return; // the camera still sees the same
    }
    const ours = ["code", "number", "context"].includes(kind);
    screen.text("problem-text", sentence);
    screen.show("use", ours);
    screen.text("use", ours ? say(`scan.use-${kind}`) : "");
    screen.show("hint", false);
    screen.show("problem");
    screen.part("problem").scrollIntoView({ block: "nearest" });
  }

  function use({ kind, number, code, context }) {
    const ways = {
      number: () => app.go("challenge", { challenge, pin, number, scanned: true }),
      code: () => app.go("adding", { code }),
      context: () => app.go("authenticate", { context }),
    };
    ways[kind]();
  }

  function useOther() {
    other.kind === "number" ? app.number(other.number) : use(other);
  }

  function back() {
    app.go(challenge ? "challenge" : byHand ? "authenticate" : "adding", { challenge, pin });
  }

  function over(state) {
    if (state === "superseded" && app.waiting.list.length > 0) {
      app.home(); // the question that took its place
    } else {
      app.go("outcome", ended(challenge, { code: "settled", state }));
    }
  }
}
