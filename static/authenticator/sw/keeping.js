/**
 * Keeping the page: all of one version together, so that no part of it ever meets a part of another.
 *
 * SECURITY: only what is the same for everybody is kept: never an answer of the API, and no socket comes by here.
 */

import { address, cacheOf, chosenLanguage, isCache } from "../kept.js";

// The portal writes this before the code: {version, languages, page, screens, manifest, files, assets}.
const { version, languages, page, screens, manifest, files, assets } = self.SHELL;
const NAME = cacheOf(version);
const HASHED = /\.[0-9a-f]{12}\.\w+$/; // its content never changes, so it may be kept when it is first asked for

export function onInstall(event) {
  event.waitUntil(install());
}

export function onActivate(event) {
  event.waitUntil(activate());
}

/** The page's button: the new version takes over now, and not when the last window has closed. */
export function onMessage({ data }) {
  if (data?.takeOver) {
    self.skipWaiting();
  }
}

export function onFetch(event) {
  const { request } = event;
  const { origin, pathname, href } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) {
    return;
  }
  if (request.mode === "navigate") {
    if (pathname === page) {
      event.respondWith(shown(request, event));
    }
  } else if (pathname === screens || pathname === manifest || (pathname.startsWith(assets) && HASHED.test(pathname))) {
    event.respondWith(kept(request, href));
  }
}

/** All of it or nothing: with one part missing, the version before goes on, and the browser tries again another time. */
async function install() {
  const cache = await caches.open(NAME);
  const spoken = await Promise.all(languages.map(isKept));
  const wanted = new Set([(await chosenLanguage()) ?? languages[0], ...languages.filter((_, at) => spoken[at])]);
  const parts = [...wanted].flatMap((language) => [page, screens, manifest].map((path) => address(path, language, version)));
  // Without cookies: what is kept is the same for everybody.
  await cache.addAll([...files, ...parts].map((url) => new Request(url, { credentials: "omit" })));
}

/** Whether any version before was kept in a language: whoever changes between two can do so without a network. */
async function isKept(language) {
  const names = (await caches.keys()).filter(isCache);
  const found = await Promise.all(names.map(async (name) => pageIn(await caches.open(name), language)));
  return found.some(Boolean);
}

async function activate() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => isCache(name) && name !== NAME).map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function pageIn(cache, language) {
  const asked = await cache.keys();
  const of = ({ url }) => {
    const { pathname, searchParams } = new URL(url);
    return pathname === page && searchParams.get("language") === language;
  };
  const found = asked.find(of);
  return found && cache.match(found);
}

/** The page in its language, kept or else from the network; without one in another language rather than none. */
async function shown(request, event) {
  const cache = await caches.open(NAME).catch(() => null); // storage that cannot be read is no reason not to answer
  const chosen = (await chosenLanguage().catch(() => null)) ?? languages[0];
  const found = cache && (await pageIn(cache, chosen));
  if (found) {
    return found;
  }
  event.waitUntil(install().catch(() => {})); // tidied away by the browser, or chosen while another one was being kept
  try {
    return await fetch(request);
  } catch (unreachable) {
    const others = cache ? await Promise.all(languages.map((language) => pageIn(cache, language))) : [];
    return others.find(Boolean) ?? Promise.reject(unreachable);
  }
}

/** A part of the shell, or another file of ours that is fetched once and then kept, such as the scanner. */
async function kept(request, href) {
  const cache = await caches.open(NAME).catch(() => null);
  const found = await cache?.match(href);
  if (found) {
    return found;
  }
  const answer = await fetch(request);
  if (cache && answer.ok && HASHED.test(new URL(href).pathname)) {
    await cache.put(href, answer.clone()).catch(() => {}); // no room is no reason not to answer
  }
  return answer;
}
