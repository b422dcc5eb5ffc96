/**
 * What the service worker does when it is woken: prove that the push came, look what waits, show it, and open it.
 *
 * Nothing may keep a notification from being shown: neither a dead portal nor a phone without a network.
 */

import { onTime } from "../clock.js";
import { within } from "../patience.js";
import { inboxStatement, seenStatement } from "../statements.js";
import { sending, subscribe } from "../subscription.js";
import { holding } from "./holding.js";
import { show, withdraw } from "./notices.js";
import { tellWindows, windows } from "./windows.js";

const SOON = 5000; // milliseconds after which it is shown without knowing

export function onPush(event) {
  event.waitUntil(pushed(event.data));
}

export function onNotificationClick(event) {
  event.notification.close();
  event.waitUntil(tapped(event.notification.data ?? {}));
}

export function onPushChange(event) {
  event.waitUntil(changed(event));
}

async function pushed(data) {
  const about = read(data);
  const { keys, words, api } = await holding();
  const key = keys.find(({ kid }) => kid === about?.kid);
  if (!key) {
    await show(words, "maybe", {}, { silent: true });
    return;
  }
  const tell = (hop) => seen(api, key, about.id, hop);
  const received = tell("received");
  const shown = await present(words, about, look(api, key, about.id));
  await tellWindows({ pushed: { ...about, shown } });
  await Promise.all([received, shown && tell("shown")]);
}

/** What a push says: which key is asked by which challenge; null when it is not one of ours. */
function read(data) {
  try {
    const { v, kid, challenge } = data.json();
    return v === 1 && typeof kid === "string" && typeof challenge === "string" ? { kid, id: challenge } : null;
  } catch {
    return null;
  }
}

/**
 * The challenge as it waits in the inbox; null when it waits no more.
 *
 * @throws {Problem} nobody knows
 */
async function look(api, key, id) {
  const ask = async (iat) => api.inbox([await inboxStatement(key, { aud: key.origin, iat })]);
  try {
    return (await onTime(ask)).challenges.find((challenge) => challenge.id === id) ?? null;
  } catch (problem) {
    if (problem.code === "key-inactive") {
      return null; // SECURITY: nothing is wiped here; the page asks again and decides
    }
    throw problem;
  }
}

/** Show what `looking` finds, or that something may wait while that is not known. True: a notification stands. */
async function present(words, about, looking) {
  const unknown = Symbol("unknown");
  const known = looking.catch(() => unknown);
  const [front] = await windows();
  const loud = { renotify: true, requireInteraction: true, silent: Boolean(front?.focused) };
  let found = await within(SOON, known).catch(() => unknown);
  if (found === unknown) {
    await show(words, "maybe", about, loud);
    found = await known; // it may only be slow
    if (found === unknown) {
      return true;
    }
    Object.assign(loud, { renotify: false, silent: true });
  }
  if (found === null) {
    await withdraw(words, about);
    return false;
  }
  const test = found.purpose === "test";
  await show(words, test ? "test" : "waiting", about, {
    ...loud,
    timestamp: found.created * 1000,
    ...(test && { silent: false }),
  });
  return true;
}

/** A receipt; nothing depends on it. */
async function seen(api, key, challenge, hop) {
  const send = async (iat) => api.seen(challenge, await seenStatement(key, { aud: key.origin, iat }, { challenge, hop }));
  await onTime(send).catch(() => {});
}

/** Bring the person to exactly what they tapped on, in the one window. */
async function tapped({ challenge, kid }) {
  const entering = enter(challenge);
  const { keys, api } = await holding();
  const key = keys.find((held) => held.kid === kid);
  await Promise.all([entering, key && challenge && seen(api, key, challenge, "opened")]);
}

async function enter(challenge) {
  const [front] = await windows();
  if (!front) {
    const route = challenge ? `#c/${encodeURIComponent(challenge)}` : "";
    await self.clients.openWindow(new URL(route, self.registration.scope));
    return;
  }
  front.postMessage({ open: challenge ?? null });
  await front.focus().catch(() => {}); // some browsers bring it forward by themselves and refuse this
}

/** The browser has ended a subscription, or exchanged it: the portal has to know the new one. */
async function changed({ newSubscription, oldSubscription }) {
  const { vault, keys, words, api } = await holding();
  const subscription = newSubscription ?? (await anew(oldSubscription, words).catch(() => null));
  if (subscription) {
    const tell = (key) => onTime((iat) => sending(api, key, subscription)({ aud: key.origin, iat }));
    const told = await Promise.allSettled(keys.map(tell));
    const kids = keys.filter((_, at) => told[at].status === "fulfilled").map(({ kid }) => kid);
    await vault?.setNote("push", { endpoint: subscription.endpoint, kids, tries: 0, at: 0 }).catch(() => {});
  }
  await tellWindows({ renew: true }); // what is left to do, a page does
}

async function anew(old, { key }) {
  return old?.options ? self.registration.pushManager.subscribe(old.options) : subscribe(self.registration, key);
}
