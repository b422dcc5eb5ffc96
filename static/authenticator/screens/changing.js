/** Changing the PIN, for all users of this phone at once; and what to do when nobody knows it any more. */

import { normalPin, pinFault } from "../pin.js";
import { PinChange } from "../pinchange.js";
import { problemSentence } from "../problems.js";
import { Proof } from "../proof.js";
import { pinBits } from "../protocol.js";
import { say } from "../words.js";
import { pinOutcome, pinSentence } from "./pins.js";

export function changing(screen, app) {
  const { keyring, biometric } = app;
  const pinChange = new PinChange(app);
  const value = (name) => normalPin(screen.part(name).value);
  const tell = (sentence) => screen.fault(sentence, "old-wrong", "pin-old");
  const wrong = (sentence, ...fields) => screen.fault(sentence, "next-wrong", ...fields);
  const does = { act, tell, back: () => app.go("changing") };
  const proof = new Proof(screen, app, { pin: "pin-old", field: "pin-field", go: "go" }, does);
  proof.use(false);

  screen.on("pin-old", "input", () => screen.unfault("old-wrong", "pin-old"));
  for (const name of ["pin-next", "pin-repeated"]) {
    screen.on(name, "input", () => screen.unfault("next-wrong", "pin-next", "pin-repeated"));
  }
  screen.on("back", "click", () => app.go("settings"));
  screen.on("again", "click", () => screen.busy("again", () => run(() => pinChange.again())));
  screen.onSubmit(act);

  function act() {
    screen.show("problem", false);
    if (isGood()) {
      screen.busy(proof.button, start);
    } else {
      proof.use(false);
    }
  }

  function isGood() {
    if (!proof.isComplete) {
      return void tell(say("pin.shape"));
    }
    const fault = keyring.accounts.map(({ account }) => pinFault(value("pin-next"), account)).find(Boolean);
    if (fault) {
      return void wrong(say(`pin.${fault}`), "pin-next");
    }
    if (!proof.byBiometric && value("pin-next") === value("pin-old")) {
      return void wrong(say("pin.unchanged"), "pin-next");
    }
    if (value("pin-next") !== value("pin-repeated")) {
      return void wrong(say("pin.differs"), "pin-repeated");
    }
    return true;
  }

  async function start() {
    if (keyring.active.length === 0) {
      app.home();
    } else if (keyring.doubtful.length > 0) {
      screen.say("problem", say("changing.doubtful")); // it would keep the PIN that it was made with
    } else {
      const bits = await proof.bits();
      const next = bits && (await pinBits(value("pin-next"), keyring.install.salt));
      await (next && run(() => pinChange.change(bits, next)));
    }
  }

  async function run(step) {
    try {
      const next = await step();
      const again = ["biometrics-offer", { bits: next, again: true, then: () => app.home() }];
      app.go(...(biometric.isAway ? again : ["outcome", { words: "pin-changed", tone: "good" }]));
    } catch (problem) {
      await failed(problem);
    }
  }

  async function failed(problem) {
    const isPinWrong = ["wrong-pin", "locked"].includes(problem.code) && !problem.clockOff;
    const isToldOf = isPinWrong && (await proof.wasWrong());
    const ends = pinOutcome(app, problem);
    unsure(pinChange.isUnsure);
    if (pinChange.isUnsure) {
      screen.say("problem", problem.unanswered ? say("changing.unsent") : problemSentence(problem));
    } else if (ends) {
      ends();
    } else if (problem.unanswered) {
      screen.say("problem", say("changing.offline"));
    } else if (problem.code !== "wrong-pin") {
      screen.say("problem", problemSentence(problem));
    } else if (!isToldOf) {
      screen.part("pin-old").value = "";
      tell(pinSentence(problem));
    }
  }

  /** While nobody knows whether it has happened, there is one way on, and no field to change. */
  function unsure(visible) {
    screen.show("again", visible);
    screen.show("back", !visible);
    proof.show(!visible);
    for (const name of ["pin-old", "pin-next", "pin-repeated"]) {
      screen.part(name).disabled = visible;
    }
  }
}

/** @param {{back: function()}} data where the person came from */
export function forgotten(screen, app, { back = () => app.home() }) {
  const users = app.keyring.accounts.length;
  const opens = app.biometric.isReady && app.keyring.active.length > 0;
  if (users > 1) {
    screen.say("shared", say("forgotten.shared", { count: users }));
  }
  screen.show("open", opens);
  screen.show("change", opens);
  screen.on("change", "click", () => app.go("changing"));
  screen.on("back", "click", back);
}
