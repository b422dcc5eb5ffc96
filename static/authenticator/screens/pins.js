/** What changing a PIN and showing one have in common: how they can end otherwise than well. */

import { say, sayCount } from "../words.js";

/** What to do after a problem that ends it; null for one after which the person can go on. */
export function pinOutcome(app, { code }) {
  const ends = {
    locked: () => app.go("outcome", { words: "locked", tone: "bad" }),
    "key-inactive": () => app.inbox.now().then(() => app.home()),
  };
  return ends[code] ?? null;
}

/** The sentence for a PIN that the portal does not take, or that came too late by this phone's clock. */
export function pinSentence({ attemptsLeft, clockOff, detail }) {
  if (clockOff) {
    return detail;
  }
  return attemptsLeft > 0 ? sayCount("pin.wrong", attemptsLeft) : say("pin.wrong-last");
}
