/** Adding a user, second half: whose account it is, the PIN, the name of this device. */

import { model, namesOf, thisDevice } from "../device.js";
import { Enrolment } from "../enrolment.js";
import { pinFault } from "../pin.js";
import { problemSentence } from "../problems.js";
import { Proof } from "../proof.js";
import { pinBits } from "../protocol.js";
import { say, sayCount } from "../words.js";
import { drop } from "./adding.js";

export function activating(screen, app, { claim }) {
  const enrolment = new Enrolment(app.api, app.keyring, claim);
  const value = (name) => screen.part(name).value;

  screen.text("name", claim.account.name);
  screen.text("username", claim.account.username);
  screen.text("portal", claim.portal.name);
  screen.text("origin", claim.portal.origin);
  const first = deviceName();
  screen.part("device").value = first;
  model().then((name) => name && value("device") === first && (screen.part("device").value = name));
  const given = enrolment.companion !== null;
  for (const [part, visible] of Object.entries({ new: !given, guide: !given, "intro-new": !given, given, "intro-given": given })) {
    screen.show(part, visible);
  }
  const fields = given ? ["pin-given"] : ["pin-new", "pin-again"];
  const back = () => app.go("activating", { claim });
  const proof = given && new Proof(screen, app, { pin: "pin-given", field: "given", go: "go" }, { act, tell: wrongPin, back });

  fields.forEach((name) => screen.on(name, "input", () => screen.unfault("pin-wrong", ...fields)));
  screen.on("device", "input", () => screen.unfault("device-wrong", "device"));
  screen.on("leave", "click", () => starting(say("code.dropped")));
  screen.show("proof", given);
  screen.onSubmit(act);

  function act() {
    screen.show("problem", false);
    if (pinIsGood() && deviceIsNamed()) {
      screen.busy(given ? proof.button : "go", activate);
    }
  }

  function pinIsGood() {
    if (given) {
      return proof.isComplete || wrongPin(say("pin.shape"));
    }
    const fault = pinFault(value("pin-new"), claim.account);
    if (fault) {
      return wrongPin(say(`pin.${fault}`));
    }
    const same = value("pin-new").normalize("NFKC") === value("pin-again").normalize("NFKC");
    return same || wrongPin(say("pin.differs"), "pin-again");
  }

  function wrongPin(sentence, ...only) {
    screen.fault(sentence, "pin-wrong", ...(only.length ? only : fields));
    return false;
  }

  function deviceIsNamed() {
    if (!value("device").trim()) {
      screen.fault(say("device.missing"), "device-wrong", "device");
      return false;
    }
    return true;
  }

  async function activate() {
    const label = value("device").trim();
    const bits = given ? await proof.bits() : null;
    if (given && !bits) {
      return;
    }
    try {
      const told = await enrolment.activate(async (salt) => bits ?? pinBits(value("pin-new"), salt), label);
      drop(app);
      if (!screen.left.aborted) {
        app.go("activated", { claim, told, label, bits: enrolment.bits });
      }
    } catch (problem) {
      await failed(problem);
    }
  }

  /** The key of the other user here, that was to vouch for the PIN, is inactive: it goes, and the code is still good. */
  async function again() {
    await app.inbox.check(enrolment.companion);
    app.go("activating", { claim });
  }

  /** This code leads nowhere any more. */
  function starting(sentence) {
    drop(app);
    app.go("adding", { fault: sentence });
  }

  async function failed(problem) {
    const ends = {
      "already-enrolled": () => app.go("outcome", { words: "enrolled", tone: "good" }),
      "code-unknown": () => starting(say("code.used")),
      expired: () => starting(say("code.used")),
      "key-inactive": () => again(),
      locked: () => app.go("outcome", { words: "locked", text: say("activate.locked"), tone: "bad" }),
      changed: () => starting(say("activate.changed")),
      storage: () => starting(say("activate.storage")),
      "wrong-pin": async () => {
        fields.forEach((name) => (screen.part(name).value = ""));
        if (!given || !(await proof.wasWrong())) {
          wrongPin(pinSentence(problem.attemptsLeft));
        }
      },
    };
    const unanswered = () => screen.say("problem", say("activate.unanswered"));
    const otherwise = problem.unanswered ? unanswered : () => screen.say("problem", problemSentence(problem));
    await (ends[problem.code] ?? otherwise)();
  }
}

const pinSentence = (left) => (left > 0 ? sayCount("activate.wrong-pin-left", left) : say("activate.wrong-pin"));

function deviceName() {
  const { words, values } = namesOf(thisDevice());
  return words ? say(words, values) : values.own;
}
