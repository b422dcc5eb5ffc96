/**
 * Problems that can meet any call, in words. What a screen knows better, it says itself.
 */

import { Problem } from "./api.js";
import { canSay, say, timeOfDay } from "./words.js";

/** A sentence for a problem; anything but a problem is a fault of ours and is thrown on. */
export function problemSentence(problem) {
  if (!(problem instanceof Problem)) {
    throw problem;
  }
  const sentences = {
    [Problem.OFFLINE]: () => say("no-connection"),
    [Problem.UNAVAILABLE]: () => say("unavailable"),
    "slow-down": () => say("slow-down", { time: timeOfDay(problem.retryAt) }),
  };
  const named = sentences[problem.code] ?? (canSay(problem.code) ? () => say(problem.code) : null);
  // The portal's own sentence is in the person's language too; it knows codes that came after this page.
  return named ? named() : problem.detail || say("unexpected");
}
