/** Until when a challenge can be answered: as a time to read, as a bar for the eye, and with a word before the end. */

import { now } from "../clock.js";
import { say, timeOfDay } from "../words.js";

const SOON = 30; // seconds

/** @param {function()} over what to do when the time is over */
export function watchTime(screen, app, { created, expires }, over) {
  screen.text("ends", say("ends", { time: timeOfDay(expires) }));
  const bar = screen.part("bar");
  const tick = () => {
    const left = expires - now();
    bar.style.setProperty("--left", Math.min(1, Math.max(0, left / (expires - created))).toFixed(4));
    if (left <= 0) {
      over();
    }
  };
  const ticking = setInterval(tick, 1000);
  screen.left.addEventListener("abort", () => clearInterval(ticking));
  screen.after(0, tick);
  if (expires - now() > SOON) {
    screen.after((expires - now() - SOON) * 1000, () => app.announce(say("ends-soon")));
  }
}
