/**
 * The push subscription of this browser: where its push service takes messages for it (Push API; protocol, section 9).
 * The page and the service worker both use it.
 */

import { b64url, unb64url } from "./encoding.js";
import { within } from "./patience.js";
import { pushStatement } from "./statements.js";

const PATIENCE = 20000; // milliseconds; where the push service cannot be reached, browsers answer late or never

/**
 * Subscribe, where the person has allowed notifications.
 *
 * @param {ServiceWorkerRegistration} registration
 * @param {string} portalKey the portal's public key for push services (RFC 8292), base64url
 * @throws {DOMException} the browser's, or TimeoutError
 */
export function subscribe({ pushManager }, portalKey) {
  const wish = { userVisibleOnly: true, applicationServerKey: unb64url(portalKey) };
  return within(PATIENCE, pushManager.subscribe(wish));
}

/** Whether the portal can still send to a subscription: it was made for the portal's present key. */
export function fits({ options }, portalKey) {
  const madeFor = options?.applicationServerKey;
  return !madeFor || b64url(madeFor) === portalKey; // a browser that does not tell is believed
}

/** What sends a subscription (null: no more) to the portal for one key; `at` is {aud, iat}. */
export function sending(api, key, subscription) {
  const { endpoint, keys } = subscription?.toJSON() ?? {};
  const said = subscription && { endpoint, p256dh: keys.p256dh, auth: keys.auth };
  return async (at) => api.push(key.kid, await pushStatement(key, at, { subscription: said }));
}
