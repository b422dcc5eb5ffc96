/**
 * The portal's clock, as this phone knows it. Phones may be wrong by minutes; every answer of the
 * portal tells its time, so statements and responses are right even on a phone that is not.
 */

const STORED = "clock";
const WORTH_REPEATING = 30;
const ROUNDING = 0.5; // seconds; the portal's time comes in whole ones

let offset = 0;
let known = false;
let keep = () => {};

/** Start with the offset that `vault` kept; from here on it keeps what is learned. */
export async function startClock(vault) {
  const kept = await vault.note(STORED);
  known = kept !== undefined;
  offset = kept ?? 0;
  keep = (seconds) => vault.setNote(STORED, seconds).catch(() => {}); // worth trying: the next answer brings it again
}

const here = () => Date.now() / 1000;

/** Unix seconds by the portal's clock, whole. */
export const now = () => Math.floor(here() + offset);

/** Seconds by which this phone is behind the portal (negative: ahead). */
export const clockOffset = () => offset;

/** Whether the portal has ever told its time here. */
export const isClockKnown = () => known;

/** Learn from what came unasked, as long as nothing better is known: nobody knows how long it was on its way. */
export function hear(serverTime) {
  if (!known) {
    learn(serverTime);
  }
}

/**
 * Learn from an answer.
 *
 * @param {number} serverTime Unix seconds as the portal told them
 * @param {number} [asked] when the question left, by this phone's clock in seconds: the portal's
 *        moment lies between then and now
 */
export function learn(serverTime, asked = here()) {
  if (!Number.isFinite(serverTime)) {
    return;
  }
  const learned = serverTime + ROUNDING - (asked + here()) / 2;
  // How far off this may be: an answer that took long says little, and is no reason to give up what is known.
  const doubt = (here() - asked) / 2 + ROUNDING;
  if (!known || Math.abs(learned - offset) > doubt + 1) {
    known = true;
    offset = learned;
    keep(offset);
  }
}

/**
 * Do something that carries its moment; once more if the portal took it for badly signed and its answer showed
 * that this phone's clock was the reason.
 *
 * @param {function(number): Promise} act is given the moment, `iat`
 */
export async function onTime(act) {
  const before = offset;
  try {
    return await act(now());
  } catch (problem) {
    if (problem.code === "bad-signature" && Math.abs(offset - before) > WORTH_REPEATING) {
      return act(now());
    }
    throw problem;
  }
}
