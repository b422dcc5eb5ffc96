/** Authenticate: six digits in, eight out, with no network at all. Never says whether the PIN is right. */

import { response } from "../answer.js";
import { readContext } from "../context.js";
import { Proof } from "../proof.js";
import { readDigits } from "../protocol.js";
import { grouped, say } from "../words.js";
import { showDisplay } from "./display.js";

const VISIBLE = 60000; // milliseconds

/**
 * @param {{kid?: string, question?: string, pin?: string, context?: string}} data what is known already when a network
 *        failed; or a whole question, read off a square
 */
export function authenticate(screen, app, { kid, question = "", pin = "", context }) {
  const value = (name) => screen.part(name).value;
  const back = () => app.go("authenticate", context ? { context } : { kid: value("user"), question: value("question") });
  const tell = (sentence) => screen.fault(sentence, "wrong", "pin");
  const proof = new Proof(screen, app, { pin: "pin", field: "pin-field", go: "go" }, { act, tell, back });
  const keys = app.keyring.active;
  const users = keys.map(({ kid: value, account }) => new Option(`${account.name} (${account.username})`, value));
  screen.part("user").append(...users);
  // Whose question waits here is whose digits are wanted.
  const asked = app.waiting.list.find((challenge) => keys.some((key) => key.kid === challenge.kid));
  screen.part("user").value = kid ?? asked?.kid ?? keys[0].kid;
  screen.show("user-field", keys.length > 1);
  screen.part("question").value = question;
  screen.part("pin").value = pin;
  if (pin) {
    proof.use(false);
  }

  for (const name of ["user", "question", "pin"]) {
    screen.on(name, "input", () => {
      screen.unfault("wrong", "question", "pin");
      hide();
    });
  }
  screen.onSubmit(act);
  screen.on("copy", "click", copy);
  screen.on("done", "click", () => app.home());
  screen.on("scan", "click", () => app.go("scanning", { byHand: true }));
  if (context) {
    open();
  }

  /** SECURITY: without what the portal has signed there is nothing to answer: neither shown nor computed. */
  async function open() {
    ["scan", "intro", "user-field", "question-field"].forEach((part) => screen.show(part, false));
    screen.part("go").disabled = true;
    try {
      const asked = await readContext(context, await app.keyring.contexts(), app.keyring.origin);
      if (!keys.some((key) => key.kid === asked.kid)) {
        throw new Error("other");
      }
      screen.part("user").value = asked.kid;
      screen.part("question").value = asked.question;
      showDisplay(screen, asked);
      screen.show("context");
      screen.part("go").disabled = false;
    } catch ({ message }) {
      ["pin-field", "proof"].forEach((part) => screen.show(part, false));
      screen.say("wrong", say(`context.${["other", "expired"].includes(message) ? message : "refused"}`));
    }
  }

  function act() {
    if (!/^\d{6}$/.test(readDigits(value("question")))) {
      screen.fault(say("question.shape"), "wrong", "question");
    } else if (!proof.isComplete) {
      tell(say("pin.shape"));
    } else {
      screen.busy(proof.button, generate);
    }
  }

  async function generate() {
    const key = app.keyring.find(value("user"));
    const bits = await proof.bits();
    if (!bits) {
      return;
    }
    const digits = await response(app.keyring.install, key, readDigits(value("question")), bits);
    screen.part("pin").value = "";
    screen.text("copy", say("copy"));
    screen.text("response", grouped(digits, 4));
    screen.text("spelt", [...digits].join(", "));
    screen.show("result");
    screen.show("done");
    screen.show("hidden-again", false);
    screen.part("response").focus();
    screen.after(VISIBLE, () => screen.part("response").textContent === grouped(digits, 4) && hide("again"));
  }

  function hide(again) {
    screen.text("response", "");
    screen.text("spelt", "");
    screen.show("result", false);
    screen.show("hidden-again", Boolean(again));
  }

  async function copy() {
    const digits = readDigits(screen.part("response").textContent);
    const done = await navigator.clipboard.writeText(digits).then(
      () => "copied",
      () => "copy.failed",
    );
    screen.text("copy", say(done));
    app.announce(say(`${done}.spoken`));
  }
}

/** The same with nobody registered: says what it will be for. */
export function nobody(screen, app) {
  screen.on("register", "click", () => app.go("adding"));
}
