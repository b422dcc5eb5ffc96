/** Settings: the self-check; language and the rest stand in the page already. */

import { clockOffset, isClockKnown } from "../clock.js";
import { say } from "../words.js";

const NOTICEABLE = 5; // seconds

export function settings(screen, app) {
  const result = (name, good, words) => {
    const tag = screen.part(name).querySelector("[data-result]");
    tag.textContent = words;
    tag.classList.toggle("good", good === true);
    tag.classList.toggle("warn", good === false);
  };
  const check = (name, good) => result(name, good, say(good ? "check.good" : "check.bad"));
  const clock = () => {
    const seconds = Math.abs(Math.round(clockOffset()));
    if (!isClockKnown()) {
      return [null, say("check.clock-unknown")];
    }
    const words = clockOffset() > 0 ? "check.clock-slow" : "check.clock-fast";
    return seconds < NOTICEABLE ? [true, say("check.clock-good")] : [false, say(words, { seconds })];
  };
  const draw = () => {
    const { connection } = app.inbox;
    check("check-secure", isSecureContext);
    check("check-crypto", Boolean(crypto.subtle));
    check("check-storage", true); // without it no screen but the one that says so
    const words = { idle: "check.idle", connected: "check.good" };
    result("check-connection", connection === "idle" ? null : connection === "connected", say(words[connection] ?? connection));
    result("check-clock", ...clock());
  };
  screen.listen(app.inbox, "connection", draw);
  draw();
}
