/** Requirements and test: what this phone can do, with a cure for what it cannot, and a notification to try. */

import { signed } from "../answer.js";
import { checkAll } from "../checks.js";
import { problemSentence } from "../problems.js";
import { testStatement } from "../protocol.js";
import { say, seconds } from "../words.js";

const PATIENCE = 20000; // milliseconds after which a test is taken for lost; one that comes later still counts

export function requirements(screen, app) {
  let round = 0;
  let begun = 0;
  let sent = null; // the challenge of the test
  const shown = new Map(); // when the worker has shown what, by this page's clock

  const looks = [
    [app.inbox, "connection"], [app.notifications, "change"], [app.keyring, "push"],
    [document, "visibilitychange"], [globalThis, "focus"],
  ];
  looks.forEach(([target, event]) => screen.listen(target, event, draw));
  screen.on("again", "click", () => screen.busy("again", draw));
  screen.on("allow", "click", () => app.go("notifications"));
  screen.on("unseen", "click", () => app.go("notifications"));
  screen.on("test", "click", () => screen.busy("test", test));
  screen.on("done", "click", () => app.go("settings"));
  if ("serviceWorker" in navigator) {
    screen.listen(navigator.serviceWorker, "message", ({ data }) => heard(data.pushed));
  }
  draw();

  /** Try everything again; what an earlier round finds late no longer counts. */
  async function draw() {
    round += 1;
    const own = round;
    const results = await checkAll(app);
    if (own !== round || screen.left.aborted) {
      return;
    }
    for (const [name, { good, word, values }] of Object.entries(results)) {
      const row = screen.part(`check-${name}`);
      const tag = row.querySelector("[data-result]");
      tag.textContent = say(word, values);
      tag.classList.toggle("good", good === true);
      tag.classList.toggle("warn", good === false);
      const cure = row.querySelector("[data-cure]");
      cure.hidden = good === true || (good === null && cure.dataset.cure !== "always");
    }
    const can = app.notifications.state === "granted" && app.keyring.active.length > 0;
    screen.show("test", can);
    screen.show("no-test", !can);
    screen.show("allow", ["default", "denied", "install", "unsubscribed"].includes(app.notifications.state));
  }

  async function test() {
    const [key] = app.keyring.active;
    sent = null;
    screen.show("lost", false);
    begun = performance.now();
    try {
      const { challenge } = await signed(app.keyring, key, async (at) => app.api.test(key.kid, await testStatement(key, at)));
      sent = challenge;
    } catch (problem) {
      tell(problemSentence(problem), "warn");
      return;
    }
    tell(say("test.sent"));
    const own = sent;
    screen.after(PATIENCE - (performance.now() - begun), () => lost(own));
    arrived();
  }

  function heard(pushed) {
    if (pushed?.shown) {
      shown.set(pushed.id, performance.now());
      arrived();
    }
  }

  function arrived() {
    const at = shown.get(sent);
    if (at !== undefined) {
      screen.show("lost", false);
      tell(say("test.shown", { seconds: seconds((at - begun) / 1000) }), "good");
      sent = null;
    }
  }

  function lost(challenge) {
    if (sent === challenge) {
      screen.show("lost");
      tell(say("test.lost"), "warn");
    }
  }

  function tell(sentence, tone) {
    screen.say("result", sentence);
    ["good", "warn"].forEach((name) => screen.part("result").classList.toggle(name, name === tone));
    app.announce(sentence);
  }
}
