// Trials of what a key needs, in the same calls that the authenticator makes. Nothing stays behind.
const EC = { namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", hash: "SHA-256" };
const HMAC = { name: "HMAC", hash: "SHA-256" };
const WORDS = bytes("what do ya want for nothing?");
const THINGS = "things";

// Known answers: RFC 7914 section 11 (first vector, its first 32 bytes) and RFC 4231 section 4.3.
const DERIVED = "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc";
const MIXED = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";

/** Whether pairs of keys can be made that sign and that seal. */
export async function signs() {
  await crypto.subtle.generateKey({ name: "ECDH", ...EC }, false, ["deriveBits"]);
  const pair = await newPair();
  return fits(pair, pair.privateKey);
}

/** Whether PBKDF2 and HMAC give what the standards say. */
export async function derives() {
  const secret = await crypto.subtle.importKey("raw", bytes("passwd"), "PBKDF2", false, ["deriveBits"]);
  const cost = { name: "PBKDF2", hash: "SHA-256", salt: bytes("salt"), iterations: 1 };
  const key = await crypto.subtle.importKey("raw", bytes("Jefe"), HMAC, false, ["sign"]);
  const derived = await crypto.subtle.deriveBits(cost, secret, 256);
  return hex(derived) === DERIVED && hex(await crypto.subtle.sign("HMAC", key, WORDS)) === MIXED;
}

/** Whether what is written into the database of this site can be read again. */
export function writes() {
  return inDatabase(async (name) => {
    await put(name, "a word");
    return (await get(name)) === "a word";
  });
}

/** Whether a key comes back from the database, still signs, and still cannot be read out. */
export function keeps() {
  return inDatabase(async (name) => {
    const pair = await newPair();
    await put(name, pair.privateKey);
    const kept = await get(name);
    const isOpen = await crypto.subtle.exportKey("pkcs8", kept).then(() => true, () => false);
    return !isOpen && fits(pair, kept);
  });
}

function newPair() {
  return crypto.subtle.generateKey({ name: "ECDSA", ...EC }, false, ["sign", "verify"]);
}

async function fits({ publicKey }, privateKey) {
  const signature = await crypto.subtle.sign(SIGNING, privateKey, WORDS);
  return crypto.subtle.verify(SIGNING, publicKey, signature, WORDS);
}

/** Each trial has a database of its own, so that two windows never meet in one. */
async function inDatabase(trial) {
  const name = `check-${Math.random()}`;
  try {
    return await trial(name);
  } finally {
    await answer(indexedDB.deleteDatabase(name)).catch(() => {}); // what it found out stands
  }
}

function put(name, value) {
  return within(name, "readwrite", (store) => store.put(value, "it"));
}

function get(name) {
  return within(name, "readonly", (store) => store.get("it"));
}

/** Opened for each step and closed again: what is read has really left the memory of the page. */
async function within(name, mode, ask) {
  const opening = indexedDB.open(name);
  opening.onupgradeneeded = () => opening.result.createObjectStore(THINGS);
  const database = await answer(opening);
  try {
    const step = database.transaction(THINGS, mode);
    const done = new Promise((resolve, reject) => {
      step.oncomplete = resolve;
      step.onabort = () => reject(step.error);
    });
    const [value] = await Promise.all([answer(ask(step.objectStore(THINGS))), done]);
    return value;
  } finally {
    database.close();
  }
}

function answer(asked) {
  return new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

function bytes(text) {
  return new TextEncoder().encode(text);
}

function hex(buffer) {
  return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
