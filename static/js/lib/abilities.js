// What this browser can do, found out by doing it. Nobody is asked for a permission, and nothing stays behind.
import { now } from "./clock.js";
import { derives, keeps, signs, writes } from "./key-trials.js";

const PATIENCE = 10_000;
// Seconds that a clock may be off before anything notices: half of the minute in which a response is made.
const CLOCK_MAY_DIFFER = 30;
// Close codes from here on are an application's own (RFC 6455 section 7.4.2): somebody has answered.
const OWN_CODES = 4_000;

const TRIALS = {
  secure: () => isSecureContext,
  cookies: takesCookies,
  signing: signs,
  deriving: derives,
  writing: writes,
  keeping: keeps,
  socket: ({ socket }) => reaches(socket),
  persisted: () => navigator.storage.persisted(),
  clock: comparesClocks,
  filling: () => "OTPCredential" in window,
  online: () => navigator.onLine,
  notifications: () => permission(Notification.permission),
  worker: async () => Boolean(await navigator.serviceWorker.getRegistrations()),
  push: () => "PushManager" in window,
  camera: async () => (await navigator.mediaDevices.enumerateDevices()).some(({ kind }) => kind === "videoinput"),
  biometrics: () => PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable(),
  prf: async () => (await PublicKeyCredential.getClientCapabilities?.())?.["extension:prf"] ?? null,
};

// Elsewhere than at a secure address browsers hide everything but these: its absence would say nothing.
const ANYWHERE = ["secure", "cookies", "writing", "socket", "clock", "online"];
const STATES = new Map([[true, "good"], [false, "bad"], [null, "open"]]);

/**
 * Tries one thing.
 *
 * @param {string} name of a trial above
 * @param {DOMStringMap} given what the trial must know, such as the address of a socket
 * @returns {Promise<{state: "good" | "bad" | "open", word?: string, seconds?: number}>} "open" is what cannot be told here;
 *   `word` names a closer word for it than the state does
 */
export async function tried(name, given) {
  if (!isSecureContext && !ANYWHERE.includes(name)) return { state: "open" };
  try {
    const found = await Promise.race([TRIALS[name](given), afterPatience()]);
    return STATES.has(found) ? { state: STATES.get(found) } : found;
  } catch {
    return { state: "bad" };
  }
}

function afterPatience() {
  return new Promise((resolve) => setTimeout(() => resolve(false), PATIENCE));
}

/** The cookie holds for this page only, and goes at once. */
function takesCookies() {
  document.cookie = "check=1; SameSite=Strict";
  const taken = document.cookie.split("; ").includes("check=1");
  document.cookie = "check=; SameSite=Strict; Max-Age=0";
  return taken;
}

function reaches(path) {
  const socket = new WebSocket(new URL(path, location.href.replace(/^http/, "ws")));
  return new Promise((resolve) => {
    setTimeout(() => socket.close(), PATIENCE);
    socket.addEventListener("close", ({ code }) => resolve(code >= OWN_CODES));
    socket.addEventListener("message", () => {
      resolve(true);
      socket.close();
    });
  });
}

function comparesClocks() {
  const ahead = Math.round((Date.now() - now()) / 1_000);
  if (Math.abs(ahead) <= CLOCK_MAY_DIFFER) return true;
  return { state: "bad", word: ahead > 0 ? "fast" : "slow", seconds: Math.abs(ahead) };
}

function permission(word) {
  return { state: { granted: "good", denied: "bad" }[word] ?? "open", word };
}
