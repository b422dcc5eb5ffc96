/** Biometrics: how it stands with them, turning them off; and the offer to turn them on, with bits the portal has accepted. */

import { NotGiven } from "../passkey.js";
import { isPin } from "../pin.js";
import { PinChange } from "../pinchange.js";
import { problemSentence } from "../problems.js";
import { biometricWord } from "../proof.js";
import { pinBits } from "../protocol.js";
import { say } from "../words.js";
import { pinOutcome, pinSentence } from "./pins.js";

export function biometrics(screen, app) {
  const { biometric, keyring } = app;
  const asks = !biometric.isOn && biometric.lack === null;
  const words = biometric.isOn ? "biometrics-on" : asks ? "biometrics-off" : "biometrics-lacking";
  screen.text("heading", say(words));
  screen.text("text", say(biometric.isOn || asks ? `${words}.text` : `${words}.${biometric.lack}`));
  screen.show("off", biometric.isOn);
  screen.show("pin-field", asks);
  screen.show("go", asks);
  screen.show("forgotten", asks);
  screen.on("pin", "input", () => screen.unfault("wrong", "pin"));
  screen.on("back", "click", () => app.go("settings"));
  screen.on("forgotten", "click", () => app.go("forgotten", { back: () => app.go("biometrics") }));
  screen.on("off", "click", () => screen.busy("off", turnOff));
  screen.onSubmit(() => {
    screen.show("problem", false);
    if (isPin(screen.part("pin").value)) {
      screen.busy("go", prove);
    } else {
      screen.fault(say("pin.shape"), "wrong", "pin");
    }
  });

  async function turnOff() {
    await biometric.drop();
    app.go("outcome", { words: "biometrics-removed", tone: "plain", advice: biometricWord("passkey") });
  }

  async function prove() {
    const bits = await pinBits(screen.part("pin").value, keyring.install.salt);
    try {
      await new PinChange(app).prove(bits);
      app.go("biometrics-offer", { bits, then: () => app.go("biometrics") });
    } catch (problem) {
      await failed(problem);
    }
  }

  async function failed(problem) {
    const ends = pinOutcome(app, problem);
    if (ends) {
      ends();
    } else if (problem.code === "wrong-pin") {
      screen.part("pin").value = "";
      screen.fault(pinSentence(problem), "wrong", "pin");
    } else {
      screen.say("problem", problem.unanswered ? say("biometrics.offline") : problemSentence(problem));
    }
  }
}

/**
 * @param {Object} data
 * @param {Uint8Array} data.bits of the PIN that the portal has just accepted
 * @param {function()} data.then where to, with biometrics or without
 * @param {boolean} [data.again] the PIN was changed, and they were on before
 */
export function offer(screen, app, { bits, then, again = false }) {
  screen.text("heading", say(again ? "offer-again" : "offer"));
  screen.text("text", say(again ? "offer-again.text" : biometricWord("offer")));
  screen.on("later", "click", leave);
  screen.on("on", "click", () => screen.busy("on", turnOn));

  async function turnOn() {
    screen.show("problem", false);
    try {
      await app.biometric.enrol(bits, screen.left);
      app.announce(say("biometrics-on"));
      then();
    } catch (problem) {
      if (!(problem instanceof NotGiven)) {
        throw problem;
      }
      screen.say("problem", say(`offer.${problem.why}`));
      screen.show("on", app.biometric.lack === null);
    }
  }

  async function leave() {
    if (!app.biometric.isOn) {
      await app.biometric.drop(); // what was put away while the PIN changed
    }
    then();
  }
}
