/** Where the shell is kept, as the page and its service worker both know it. */

const PREFIX = "shell-";
const CHOICE = "choice"; // a cache of its own: the worker reads it before it knows whether the vault will open
const LANGUAGE = "language";

export const cacheOf = (version) => PREFIX + version;

export const isCache = (name) => name.startsWith(PREFIX);

/** The address under which a part is kept and asked for. */
export const address = (path, language, version) => `${path}?language=${language}&version=${version}`;

export async function chosenLanguage() {
  const cache = await caches.open(CHOICE);
  return (await cache.match(LANGUAGE))?.text();
}

export async function chooseLanguage(language) {
  const cache = await caches.open(CHOICE);
  await cache.put(LANGUAGE, new Response(language));
}

/** The language in which the page first came, until somebody chooses one. */
export async function noteLanguage(language) {
  if (!(await chosenLanguage())) {
    await chooseLanguage(language);
  }
}
