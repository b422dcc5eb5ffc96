/**
 * How a challenge can end, as the outcome screen shows it: the name of its sentences, and their tone.
 */

import { canSay } from "./words.js";

/** After this authenticator's own answer was taken. */
export function answered(challenge, verdict) {
  const ends = {
    approve: { words: challenge.purpose === "test" ? "approved-test" : of("approved", challenge), tone: "good" },
    not_me: { words: of("refused", challenge), tone: challenge.about ? "good" : "bad" },
    cancel: { words: of("cancelled", challenge), tone: "plain" },
  };
  return { ...ends[verdict], whose: challenge.display.account };
}

/** What is no sign-in of the portal has sentences of its own. */
function of(words, { purpose, about }) {
  if (about && canSay(`${words}-${about}`)) {
    return `${words}-${about}`;
  }
  return purpose === "sign-in" ? words : `${words}-action`;
}

/** After it was decided elsewhere; `state` is the portal's word, or "gone". */
export function settled(challenge, state) {
  const ends = {
    approved: { words: "settled-approved", tone: "plain" },
    denied: { words: "settled-denied", tone: "plain" },
    superseded: { words: of("settled-superseded", challenge), tone: "plain" },
    expired: { words: of("expired", challenge), tone: "warn" },
    failed: { words: "settled-failed", tone: "bad" },
  };
  return { ...(ends[state] ?? { words: "settled-gone", tone: "plain" }), whose: challenge.display.account };
}

/**
 * After a problem that ends the challenge; null for one after which the person can go on.
 *
 * @param {string} [sent] the verdict of an earlier try whose fate was unknown: if the challenge is settled that
 *        way, it was that try
 */
export function ended(challenge, problem, sent) {
  const whose = challenge.display.account;
  const own = { approve: "approved", not_me: "denied", cancel: "denied" }[sent];
  const noTries = problem.attemptsLeft === 0;
  const ends = {
    settled: () => (problem.state === own ? answered(challenge, sent) : settled(challenge, problem.state)),
    expired: () => settled(challenge, "expired"),
    "not-found": () => settled(challenge, "gone"),
    locked: () => ({ words: "locked", tone: "bad", whose }),
    "wrong-pin": () => (noTries ? settled(challenge, "failed") : null),
    "wrong-number": () => (noTries ? settled(challenge, "failed") : null),
  };
  return ends[problem.code]?.() ?? null;
}
