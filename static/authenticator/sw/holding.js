/** What the service worker has in hand when it is woken: the keys, the portal, and the words that the page left for it. */

import { Api } from "../api.js";
import { startClock } from "../clock.js";
import { within } from "../patience.js";
import { openVault } from "../vault.js";

const PATIENCE = 3000; // milliseconds; this phone's own storage

let opened = null;

const forget = () => (opened = null);

/** The vault, opened once in the life of a worker; null where it cannot be used. */
async function shelf() {
  opened ??= within(PATIENCE, openVault({ onOutdated: forget, tried: true }));
  return opened.catch(forget);
}

/**
 * @returns {Promise<{vault: ?Object, keys: Array, words: Object, api: Api}>} whatever there is: a worker that is woken must
 *   show something even when it can read nothing
 */
export async function holding() {
  const vault = await shelf();
  const { keys, words } = vault ? await within(PATIENCE, read(vault)).catch(() => ({})) : {};
  const api = new Api(new URL("api/", self.registration.scope), words?.lang ?? "");
  return { vault, keys: keys ?? [], words: words ?? {}, api };
}

async function read(vault) {
  const [{ keys }, words] = await Promise.all([vault.load(), vault.note("words"), startClock(vault)]);
  return { keys: keys.filter(({ state }) => state === "active"), words };
}
