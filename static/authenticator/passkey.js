/**
 * The device's own lock as the keeper of a key: WebAuthn's platform authenticator with its PRF extension (WebAuthn level 3,
 * section 10.1.4). It gives the same bytes to the same salt, without a network, and only after it has verified its user.
 *
 * Nobody checks the signatures that come along, so the challenges are random and stay here.
 */

import { b64url, random, utf8 } from "./encoding.js";

const PURPOSE = utf8("portal-key/v1/biometric");
const PATIENCE = 60000; // milliseconds; some browsers never say that nobody came

/**
 * The lock gave nothing. `why`: "refused" (cancelled, too late, not recognised, not there: browsers do not tell which) or
 * "prf" (it has no such extension).
 */
export class NotGiven extends Error {
  constructor(why) {
    super(why);
    this.why = why;
  }
}

/**
 * What is missing here, as far as it can be told without asking the person: "browser", "address" (a number and no name),
 * "lock" (the device has none, or it is not set up), "prf"; null when nothing is.
 */
export async function lacking() {
  if (!globalThis.PublicKeyCredential || !navigator.credentials) {
    return "browser";
  }
  if (/^[\d.]+$|:/.test(location.hostname)) {
    return "address";
  }
  const [locks, can] = await Promise.all([
    PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable().catch(() => false),
    PublicKeyCredential.getClientCapabilities?.().catch(() => null),
  ]);
  if (!locks) {
    return "lock";
  }
  return can?.["extension:prf"] === false ? "prf" : null;
}

/**
 * Make a passkey.
 *
 * @param {Uint8Array} user the same each time: then the system's list of passkeys has one of ours, not many
 * @returns {Promise<{id: Uint8Array, key: ?CryptoKey}>} `key` null: the browser gives it only when asked again
 * @throws {NotGiven}
 */
export async function makePasskey({ user, name, salt }, signal) {
  const made = await ask(
    "create",
    {
      rp: { id: location.hostname, name },
      user: { id: user, name, displayName: name },
      attestation: "none",
      pubKeyCredParams: [-7, -257].map((alg) => ({ type: "public-key", alg })),
      // Not needed, and yet preferred: Android has the extension for discoverable credentials only.
      authenticatorSelection: { authenticatorAttachment: "platform", residentKey: "preferred", userVerification: "required" },
      extensions: { prf: { eval: { first: salt } } },
    },
    signal,
  );
  const id = new Uint8Array(made.rawId);
  const { prf } = made.getClientExtensionResults();
  if (!prf?.enabled && !prf?.results?.first) {
    dropPasskey(id);
    throw new NotGiven("prf");
  }
  return { id, key: await keyIn(prf) };
}

/** The key behind a passkey and a salt, for AES-GCM. @throws {NotGiven} */
export async function openPasskey({ id, salt }, signal) {
  const given = await ask(
    "get",
    {
      rpId: location.hostname,
      allowCredentials: [{ type: "public-key", id, transports: ["internal"] }],
      userVerification: "required",
      extensions: { prf: { eval: { first: salt } } },
    },
    signal,
  );
  const key = await keyIn(given.getClientExtensionResults().prf);
  if (!key) {
    throw new NotGiven("prf");
  }
  return key;
}

/** A passkey is of no more use: where the browser can, it takes it off the system's list. */
export function dropPasskey(id) {
  const gone = { rpId: location.hostname, credentialId: b64url(id) };
  PublicKeyCredential.signalUnknownCredential?.(gone).catch(() => {});
}

/** By HKDF (RFC 5869), so that what the lock gives is never a key itself. */
async function keyIn(prf) {
  const output = prf?.results?.first;
  if (!output) {
    return null;
  }
  const secret = await crypto.subtle.importKey("raw", output, "HKDF", false, ["deriveKey"]);
  const how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: PURPOSE };
  return crypto.subtle.deriveKey(how, secret, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

async function ask(kind, publicKey, signal) {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), PATIENCE);
  const signals = signal ? [signal, late.signal] : [late.signal];
  try {
    const options = { ...publicKey, challenge: random(32), timeout: PATIENCE };
    return await navigator.credentials[kind]({ publicKey: options, signal: AbortSignal.any(signals) });
  } catch {
    throw new NotGiven("refused"); // whatever it was, there is the PIN
  } finally {
    clearTimeout(timer);
  }
}
