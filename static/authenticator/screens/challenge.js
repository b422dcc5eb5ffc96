/** A challenge: what is asked, and the person's answer. */

import { now } from "../clock.js";
import { isPin } from "../pin.js";
import { answered, ended } from "../outcomes.js";
import { problemSentence } from "../problems.js";
import { readDigits } from "../protocol.js";
import { say, sayCount, timeOfDay } from "../words.js";
import { showDisplay } from "./display.js";
import { watchTime } from "./time.js";

export function challenge(screen, app, { challenge }) {
  const asksNumber = challenge.mode === "number";
  const value = (name) => screen.part(name).value;
  let sent; // the verdict of a try whose fate is unknown
  let heard = null;
  let pausedUntil = 0;

  showDisplay(screen, challenge);
  screen.show("number-field", asksNumber);
  watchTime(screen, app, challenge, () => !screen.isBusy && app.waiting.settle(challenge.id, "expired"));
  tellOthers();
  tellSeen();

  for (const name of ["number", "pin"]) {
    screen.on(name, "input", () => {
      screen.show("problem", false);
      unsent(false);
      complete();
    });
  }
  screen.on("refuse", "click", () => app.go("refusing", { challenge }));
  screen.on("others", "click", () => app.go("waiting"));
  screen.on("by-hand", "click", () => app.go("authenticate", { kid: challenge.kid, question: question(), pin: value("pin") }));
  screen.on("again", "click", () => screen.busy("again", approve).then(over));
  screen.onSubmit(() => isComplete() && screen.busy("approve", approve).then(over));
  screen.listen(app.waiting, "arrived", tellOthers);
  screen.listen(app.waiting, "settled", ({ detail }) => {
    tellOthers();
    if (detail.id === challenge.id) {
      heard = detail.state;
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

  function question() {
    return asksNumber ? readDigits(value("number")) : challenge.question;
  }

  function isComplete() {
    return /^\d{6}$/.test(question()) && isPin(value("pin")) && now() >= pausedUntil;
  }

  function complete() {
    screen.part("approve").disabled = !isComplete();
  }

  function unsent(visible) {
    screen.show("unsent", visible);
    screen.show("approve", !visible);
  }

  async function approve() {
    screen.show("problem", false);
    try {
      await app.answers.approve(challenge, question(), value("pin"));
      end(answered(challenge, "approve"), "approved");
    } catch (problem) {
      failed(problem);
    }
  }

  function failed(problem) {
    const outcome = ended(challenge, problem, sent);
    if (outcome) {
      end(outcome, problem.state ?? problem.code);
      return;
    }
    if (screen.left.aborted) {
      return;
    }
    const ways = { "wrong-pin": wrongPin, "wrong-number": wrongNumber, "slow-down": pause };
    (ways[problem.code] ?? (problem.unanswered ? noAnswer : other))(problem);
    complete();
  }

  function wrongPin({ attemptsLeft }) {
    screen.part("pin").value = "";
    screen.say("problem", sayCount("wrong-pin", attemptsLeft));
    screen.part("pin").focus();
  }

  function wrongNumber({ attemptsLeft }) {
    screen.say("problem", sayCount("wrong-number", attemptsLeft));
    screen.part("number").focus();
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

  function tellOthers() {
    const others = app.waiting.list.filter(({ id }) => id !== challenge.id).length;
    screen.show("others", others > 0);
    screen.text("others", others > 0 ? sayCount("others", others) : "");
  }

  /** Receipts: it is on the screen; the person has touched it. */
  function tellSeen() {
    const shown = () => document.visibilityState === "visible" && app.answers.seen(challenge, "shown");
    const opened = () => app.answers.seen(challenge, "opened");
    shown();
    screen.listen(document, "visibilitychange", shown);
    screen.listen(app.place, "pointerdown", opened);
    screen.listen(app.place, "keydown", opened);
  }
}
