/** Refusing: which of the two it was. Asks for neither number nor PIN. */

import { answered, ended } from "../outcomes.js";
import { problemSentence } from "../problems.js";
import { say, timeOfDay } from "../words.js";

export function refusing(screen, app, { challenge }) {
  let sent; // the verdict of a try whose fate is unknown
  let heard = null;
  screen.text("account", challenge.display.account);
  const other = ["caller", "application"].find((name) => name === challenge.about);
  const kind = other ?? { "sign-in": "sign-in" }[challenge.purpose] ?? "action";
  ["sign-in", "action", "caller", "application"].forEach((name) => screen.show(name, name === kind));
  screen.part("not-me").setAttribute("aria-describedby", screen.part(kind).id);
  if (other) {
    screen.text("not-me", say(`not-me-${other}`));
    screen.text("cancel", say(`cancel-${other}`));
    screen.text("cancel-hint", say(`cancel-${other}.text`));
  }
  screen.on("back", "click", () => app.go("challenge", { challenge }));
  screen.on("not-me", "click", () => screen.busy("not-me", () => refuse("not_me")).then(over));
  screen.on("cancel", "click", () => screen.busy("cancel", () => refuse("cancel")).then(over));
  screen.listen(app.waiting, "settled", ({ detail }) => {
    if (detail.id === challenge.id) {
      heard = detail.state;
      over();
    }
  });

  /** It was settled, as far as heard; while a refusal is on its way, its answer tells how. */
  function over() {
    if (heard !== null && !screen.isBusy && !screen.left.aborted) {
      app.go("outcome", ended(challenge, { code: "settled", state: heard }, sent));
    }
  }

  async function refuse(verdict) {
    screen.show("problem", false);
    try {
      await app.answers.refuse(challenge, verdict);
      end(answered(challenge, verdict));
    } catch (problem) {
      const outcome = ended(challenge, problem, sent);
      if (outcome) {
        end(outcome);
        return;
      }
      sent = problem.unanswered ? verdict : sent;
      const unsent = () => say("unsent-refusal", { time: timeOfDay(challenge.expires) });
      screen.say("problem", problem.unanswered ? unsent() : problemSentence(problem));
    }
  }

  function end(outcome) {
    app.waiting.settle(challenge.id, "denied");
    if (!screen.left.aborted) {
      app.go("outcome", outcome);
    }
  }
}
