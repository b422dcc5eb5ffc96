/**
 * What the page and its service worker do for each other: the page leaves words for notifications and takes those out of
 * the drawer that are over; the worker says what was pushed, and what the person tapped on.
 */

import { Notifications } from "./notifications.js";
import { say } from "./words.js";

const KINDS = ["waiting", "test", "maybe", "over"];
const FRESH = 10000; // milliseconds in which a notification may be ahead of the inbox

/** Begin with all of it; `app.notifications` is there from here on. */
export function beginNotifications(app) {
  const { vault, waiting, keyring, page } = app;
  app.notifications = new Notifications(app, page.push.key);
  leaveWords(vault, page.push);
  if (!("serviceWorker" in navigator)) {
    return;
  }
  app.notifications.start();
  waiting.addEventListener("settled", ({ detail }) => clear(app, ({ data }) => data?.challenge === detail.id));
  // With each inbox: what is not in it has ended while nobody looked.
  keyring.addEventListener("push", () => clear(app, (notification) => isOver(notification, waiting)));
  navigator.serviceWorker.addEventListener("message", ({ data }) => {
    if ("open" in data) {
      app.open(data.open);
    } else if (data.renew) {
      app.notifications.look();
    }
  });
}

/** In the language of this page; the worker has none of its own. */
function leaveWords(vault, { key, icon, badge }) {
  const sentences = KINDS.flatMap((kind) => [kind, `${kind}.text`]).map((name) => [name, say(`push.${name}`)]);
  const words = { lang: document.documentElement.lang, key, icon, badge, ...Object.fromEntries(sentences) };
  vault.setNote("words", words).catch(() => {});
}

function isOver({ data }, waiting) {
  return !waiting.has(data?.challenge) && !(Date.now() - data?.at < FRESH);
}

async function clear({ notifications }, isMeant) {
  if (!["granted", "unsubscribed"].includes(notifications.state)) {
    return;
  }
  const registration = await notifications.registration().catch(() => null);
  const standing = (await registration?.getNotifications()) ?? [];
  standing.filter(isMeant).forEach((notification) => notification.close());
}
