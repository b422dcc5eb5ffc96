/** The windows of the authenticator, as its service worker sees them. */

const WEIGHT = { visible: 1, hidden: 0 };

/** Those that are open, the one in front of the person first. The portal's own pages are not among them. */
export async function windows() {
  const all = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const rank = ({ focused, visibilityState }) => 2 * Number(focused) + (WEIGHT[visibilityState] ?? 0);
  return all.filter(({ url }) => url.startsWith(self.registration.scope)).sort((one, other) => rank(other) - rank(one));
}

/** Say something to all of them. */
export async function tellWindows(message) {
  (await windows()).forEach((window) => window.postMessage(message));
}
