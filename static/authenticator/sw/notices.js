/**
 * Notifications, as they stand on this phone's screen.
 *
 * SECURITY: locked screens show them to everybody, so they say that something waits and nothing more: no name, no place,
 * and no button that would answer.
 */

import { windows } from "./windows.js";

const LINGER = 4000; // milliseconds for which a notice stands that only says that nothing waits any more

/**
 * Show one; another of the same challenge takes its place.
 *
 * @param {Object} words what the page left; none: the address has to do
 * @param {"waiting"|"test"|"maybe"|"over"} kind
 * @param {{id?: string, kid?: string}} about the challenge, and whose key it asks
 * @param {Object} more options of showNotification beyond the usual
 */
export function show(words, kind, { id, kid }, more = {}) {
  const { icon, badge, lang } = words;
  return self.registration.showNotification(words[kind] ?? new URL(self.registration.scope).host, {
    body: words[`${kind}.text`] ?? "",
    tag: id ?? "portal-key",
    data: { challenge: id, kid, at: Date.now() },
    ...(lang && { lang }),
    ...(icon && { icon }),
    ...(badge && { badge }),
    ...more,
  });
}

/**
 * Take a notification back. Every push has to leave something to see, or the browser puts up a notice of its own and in
 * the end takes the subscription away: so a quiet word takes its place, and goes by itself.
 */
export async function withdraw(words, about) {
  const [front] = await windows();
  // Only Chromium, which tells of itself here, lets a push pass unseen, and only in front of a visible window.
  if (front?.visibilityState === "visible" && "userAgentData" in navigator) {
    await close(about.id);
    return;
  }
  await show(words, "over", about, { silent: true });
  setTimeout(() => close(about.id), LINGER); // after the event: until its end the browser counts what stands there
}

async function close(tag) {
  (await self.registration.getNotifications({ tag })).forEach((notification) => notification.close());
}
