/**
 * What this phone can do for its keys, tried without asking anybody: each check answers {good, word, values}. `good` null:
 * neither here nor there. Words are names of sentences.
 */

import { clockOffset, isClockKnown } from "./clock.js";
import { isInstalled, thisDevice } from "./device.js";

const NOTICEABLE = 5; // seconds

const plainly = (good) => ({ good, word: good ? "check.good" : "check.bad" });

async function permission(name) {
  return navigator.permissions?.query({ name }).then(({ state }) => state).catch(() => "unknown") ?? "unknown";
}

async function camera() {
  const devices = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
  if (!devices.some(({ kind }) => kind === "videoinput")) {
    return { good: null, word: "check.camera-none" };
  }
  const state = await permission("camera");
  const good = { granted: true, denied: false }[state] ?? null;
  return { good, word: { granted: "check.allowed", denied: "check.denied" }[state] ?? "check.asks" };
}

async function biometric() {
  const can = await globalThis.PublicKeyCredential?.isUserVerifyingPlatformAuthenticatorAvailable?.().catch(() => false);
  return { good: can || null, word: can ? "check.good" : "check.pin-only" };
}

function clock() {
  const seconds = Math.abs(Math.round(clockOffset()));
  if (!isClockKnown()) {
    return { good: null, word: "check.clock-unknown" };
  }
  if (seconds < NOTICEABLE) {
    return { good: true, word: "check.clock-good" };
  }
  return { good: false, word: clockOffset() > 0 ? "check.clock-slow" : "check.clock-fast", values: { seconds } };
}

function installed() {
  const needed = thisDevice().platform === "ios";
  return isInstalled() ? { good: true, word: "check.installed" } : { good: needed ? false : null, word: "check.tab" };
}

async function kept() {
  const persisted = (await navigator.storage?.persisted?.().catch(() => false)) ?? false;
  return { good: persisted || null, word: persisted ? "check.kept" : "check.kept-maybe" };
}

async function worker() {
  const registration = await navigator.serviceWorker?.getRegistration().catch(() => null);
  return plainly(Boolean(registration?.active));
}

function connection({ inbox }) {
  const { connection } = inbox;
  const words = { idle: "check.idle", connected: "check.good" };
  return { good: connection === "idle" ? null : connection === "connected", word: words[connection] ?? connection };
}

/** Whether notifications may be shown. */
function allowed({ notifications: { state } }) {
  const good = state === "off" ? null : ["granted", "unsubscribed"].includes(state);
  return { good, word: `check.allowed-${state}` };
}

/** Whether the portal knows where this phone is, and one has come through. */
function proved({ notifications: { state, proof } }) {
  if (state !== "granted") {
    return state === "unsubscribed" ? { good: false, word: "check.unsubscribed" } : { good: null, word: "check.idle" };
  }
  const isOpen = proof === "new" || proof === "none";
  return { good: isOpen ? null : proof === "works", word: `check.push-${proof}` };
}

/** In the order in which one builds on the other. */
export const CHECKS = {
  secure: () => plainly(isSecureContext),
  crypto: () => plainly(Boolean(crypto.subtle)),
  storage: () => plainly(true), // without it no screen but the one that says so
  kept,
  installed,
  worker,
  connection,
  clock,
  allowed,
  proved,
  camera,
  biometric,
};

/** All of them at once. @returns {Promise<Object<string, {good: ?boolean, word: string, values: ?Object}>>} */
export async function checkAll(app) {
  const results = Object.entries(CHECKS).map(async ([name, check]) => [name, await check(app)]);
  return Object.fromEntries(await Promise.all(results));
}
