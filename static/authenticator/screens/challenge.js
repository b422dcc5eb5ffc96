/** A challenge: what is asked, and the person's answer. */

import { now } from "../clock.js";
import { answered, ended } from "../outcomes.js";
import { problemSentence } from "../problems.js";
import { Proof } from "../proof.js";
import { readDigits } from "../protocol.js";
import { say, sayCount, timeOfDay } from "../words.js";
import { showDisplay } from "./display.js";
import { numberField } from "./number-field.js";
import { tellOthers } from "./others.js";
import { giveReceipts } from "./receipts.js";
import { watchTime } from "./time.js";
import { keepTries, triesLeft } from "./tries.js";

export function challenge(screen, app, data) {
  const { challenge } = data;
  const asksNumber = challenge.mode === "number";
  const value = (name) => screen.part(name).value;
  let sent; // the verdict of a try whose fate is unknown
  let heard = null;
  let pausedUntil = 0;

  const names = { pin: "pin", field: "pin-field", go: "approve" };
  const back = () => app.go("challenge", { ...data, number: value("number") });
  const question = () => (asksNumber ? readDigits(value("number")) : challenge.question);
  const isAsked = () => /^\d{6}$/.test(question()) && now() >= pausedUntil;
  const complete = () => proof.allow(isAsked());
  const send = () => isAsked() && proof.isComplete && screen.busy(proof.button, approve).then(over);
  const proof = new Proof(screen, app, names, { act: send, tell, back, changed: complete });

  showDisplay(screen, challenge);
  if (challenge.about === "caller") {
    screen.part("facts").classList.add("spoken");
    screen.text("refuse", say("refuse-caller"));
  } else if (challenge.about === "application") {
    screen.text("refuse", say("refuse-application"));
  }
  screen.part("pin").value = data.pin ?? "";
  numberField(screen, app, data, complete);
  watchTime(screen, app, challenge, () => !screen.isBusy && app.waiting.settle(challenge.id, "expired"));
  tellOthers(screen, app, challenge);
  giveReceipts(screen, app, challenge);
  complete();

  for (const name of ["number", "pin"]) {
    screen.on(name, "input", () => {
      screen.unfault("problem", "number", "pin");
      unsent(false);
      complete();
    });
  }
  const left = triesLeft(challenge);
  if (left) {
    screen.say("problem", sayCount("tries", left));
  }
  screen.on("refuse", "click", () => app.go("refusing", { challenge }));
  screen.on("by-hand", "click", () => app.go("authenticate", { kid: challenge.kid, question: question(), pin: value("pin") }));
  screen.on("again", "click", () => screen.busy("again", approve).then(over));
  screen.onSubmit(send);
  screen.listen(app.waiting, "settled", ({ detail }) => {
    if (detail.id === challenge.id) {
      heard = detail.state;
      proof.cancel();
      over();
    }
  });

  /** It was settled, as far as heard; while an answer is on its way, that answer tells how. */
  function over() {
    if (screen.isBusy || screen.left.aborted || heard === null) {
      return;
    }
    if (heard === "superseded" && app.waiting.list.length > 0) {
      app.home(); // the question that took its place
    } else {
      app.go("outcome", ended(challenge, { code: "settled", state: heard }, sent));
    }
  }

  function tell(sentence) {
    screen.say("problem", sentence);
    screen.part("pin").focus();
  }

  function unsent(visible) {
    screen.show("unsent", visible);
    proof.show(!visible);
  }

  async function approve() {
    screen.unfault("problem", "number", "pin");
    try {
      const bits = await proof.bits();
      if (bits) {
        await app.answers.approve(challenge, question(), bits);
        end(answered(challenge, "approve"), "approved");
      }
    } catch (problem) {
      await failed(problem);
    }
  }

  async function failed(problem) {
    const isPinWrong = ["wrong-pin", "locked"].includes(problem.code) && !problem.clockOff;
    const isToldOf = isPinWrong && (await proof.wasWrong());
    const outcome = ended(challenge, problem, sent);
    if (outcome) {
      end(outcome, problem.state ?? problem.code);
      return;
    }
    if (screen.left.aborted) {
      return;
    }
    const ways = { "wrong-pin": wrongPin, "wrong-number": wrongNumber, "slow-down": pause };
    if (!isToldOf) {
      (ways[problem.code] ?? (problem.unanswered ? noAnswer : other))(problem);
    }
    complete();
  }

  function wrongPin({ attemptsLeft, clockOff, detail }) {
    screen.part("pin").value = "";
    if (!clockOff) {
      keepTries(challenge, attemptsLeft);
    }
    screen.fault(clockOff ? detail : sayCount("wrong-pin", attemptsLeft), "problem", "pin");
  }

  function wrongNumber({ attemptsLeft }) {
    keepTries(challenge, attemptsLeft);
    screen.fault(sayCount("wrong-number", attemptsLeft), "problem", "number");
    screen.part("number").select();
  }

  function pause({ retryAt }) {
    pausedUntil = retryAt;
    screen.say("problem", say("slow-down", { time: timeOfDay(retryAt) }));
    screen.after((retryAt - now() + 1) * 1000, complete);
  }

  function noAnswer() {
    sent = "approve";
    screen.say("problem", say("unsent"));
    unsent(true);
    screen.part("again").focus();
  }

  function other(problem) {
    screen.say("problem", problemSentence(problem));
  }

  function end(outcome, state) {
    app.waiting.settle(challenge.id, state);
    if (!screen.left.aborted) {
      app.go("outcome", outcome);
    }
  }
}
