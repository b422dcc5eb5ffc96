/** The language of the page: its own, beside that of the desk. */

import { address, cacheOf, chooseLanguage } from "./kept.js";

const LIFE = 365 * 24 * 3600; // seconds

/**
 * Show the page in another language from now on: at once where that language has been spoken on this phone before, else
 * it is fetched first.
 *
 * @param {string} language one of those the page offers
 * @param {{version: string, parts: string[], languageCookie: string}} page what of it is written in a language, and the
 *   name of the cookie that notes which
 * @returns {Promise<boolean>} false: it could not be fetched, and nothing has changed
 */
export async function speak(language, { version, parts, languageCookie }) {
  try {
    await bring(parts.map((path) => address(path, language, version)), version);
  } catch {
    return false;
  }
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${languageCookie}=${language}; Path=/; Max-Age=${LIFE}; SameSite=Strict${secure}`;
  await chooseLanguage(language).catch(() => {}); // without storage of that kind there is no service worker either
  location.reload();
  return true;
}

/** See to it that the parts are there, on the phone where it keeps the page, else at the portal. */
async function bring(addresses, version) {
  const cache = navigator.serviceWorker?.controller ? await caches.open(cacheOf(version)) : null;
  for (const each of addresses) {
    if (!(await cache?.match(each))) {
      const answer = await fetch(each, { credentials: "omit" });
      if (!answer.ok) {
        throw new TypeError(`${each} answered ${answer.status}`); // the portal has a newer version
      }
      await cache?.put(each, answer);
    }
  }
}
