/**
 * Where this browser keeps keys: IndexedDB, which can hold key material that no script can read out.
 *
 * SECURITY: nothing is kept here against which a PIN could be tried: no PIN, no digest of one, no response key,
 * no response. Keys are not extractable; the install secret only ever computes an HMAC.
 */

import { newInstall } from "./making.js";

const NAME = "portal-key";
const VERSION = 1;
const INSTALL = "install";

/** The vault cannot be used. `why`: "storage" (no IndexedDB, a private window) or "blocked" (an older tab holds it). */
export class VaultClosed extends Error {
  constructor(why) {
    super(why);
    this.why = why;
  }
}

/**
 * Open the vault and try whether it really keeps keys (some private windows only pretend).
 *
 * @param {function()} onOutdated it has been closed under us
 * @param {boolean} [tried] it is known to keep keys: what only reads need not try
 */
export async function openVault({ onOutdated, tried = false }) {
  const vault = new Vault(await open(onOutdated));
  if (tried) {
    return vault;
  }
  try {
    await vault.setNote("trial", (await newInstall()).secret);
    await vault.setNote("trial", null);
  } catch {
    throw new VaultClosed("storage");
  }
  return vault;
}

function open(onOutdated) {
  return new Promise((resolve, reject) => {
    let opening;
    try {
      opening = indexedDB.open(NAME, VERSION);
    } catch {
      reject(new VaultClosed("storage"));
      return;
    }
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore("install", { keyPath: "id" });
      opening.result.createObjectStore("keys", { keyPath: "kid" });
      opening.result.createObjectStore("notes");
    };
    opening.onblocked = () => reject(new VaultClosed("blocked"));
    opening.onerror = () => reject(new VaultClosed("storage"));
    opening.onsuccess = () => {
      // A newer page of ours wants to change the shape: let it, and say that this one has to be loaded again.
      opening.result.onversionchange = () => {
        opening.result.close();
        onOutdated();
      };
      opening.result.onclose = onOutdated; // the browser has cleared its storage
      resolve(opening.result);
    };
  });
}

class Vault {
  #db;

  constructor(db) {
    this.#db = db;
  }

  /** The install (or undefined) and all keys, oldest first. */
  load() {
    return this.#within(["install", "keys"], "readonly", async ({ install, keys }) => {
      const [held, all] = await Promise.all([answer(install.get(INSTALL)), answer(keys.getAll())]);
      return { install: held, keys: all.sort((one, other) => one.added - other.added) };
    });
  }

  /** Keep a key, and the install with it. False, and nothing kept, when another tab has begun another install. */
  keep(key, install) {
    return this.#within(["install", "keys"], "readwrite", async (stores) => {
      const held = await answer(stores.install.get(INSTALL));
      if (held && String(held.salt) !== String(install.salt)) {
        return false;
      }
      stores.install.put(install);
      stores.keys.put(key);
      return true;
    });
  }

  /** Change what is known about a key; a key that is gone stays gone. */
  change(kid, changes) {
    return this.#within(["keys"], "readwrite", async ({ keys }) => {
      const key = await answer(keys.get(kid));
      if (key) {
        keys.put({ ...key, ...changes });
      }
    });
  }

  /** Wipe a key. With the last one goes the install: the next first user creates a PIN anew. */
  wipe(kid) {
    return this.#within(["install", "keys", "notes"], "readwrite", async ({ install, keys, notes }) => {
      keys.delete(kid);
      if ((await answer(keys.count())) === 0) {
        install.delete(INSTALL);
        notes.delete("biometric"); // it opens what belonged to that PIN
      }
    });
  }

  note(name) {
    return this.#within(["notes"], "readonly", ({ notes }) => answer(notes.get(name)));
  }

  setNote(name, value) {
    return this.#within(["notes"], "readwrite", async ({ notes }) => {
      await answer(value === null ? notes.delete(name) : notes.put(value, name));
    });
  }

  /** Do `work` as one step: all of it, or nothing. What it waits for may only be answers of the stores. */
  async #within(names, mode, work) {
    const step = this.#db.transaction(names, mode, { durability: mode === "readwrite" ? "strict" : "default" });
    const done = new Promise((resolve, reject) => {
      step.oncomplete = resolve;
      step.onabort = () => reject(step.error);
    });
    const stores = Object.fromEntries(names.map((name) => [name, step.objectStore(name)]));
    const [value] = await Promise.all([work(stores), done]);
    return value;
  }
}

const answer = (asked) =>
  new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
