/**
 * Making what a vault holds. SECURITY: `false` in every call: no script can read these keys out again.
 */

import { random } from "./encoding.js";

const EC = { namedCurve: "P-256" };

/** The secret of a new authenticator and the salt of its PIN; kept with its first key. */
export async function newInstall() {
  const kind = { name: "HMAC", hash: "SHA-256", length: 256 };
  return { id: "install", secret: await crypto.subtle.generateKey(kind, false, ["sign"]), salt: random(16) };
}

/** A new key's two pairs; their private halves cannot leave this browser. */
export async function newPairs() {
  const [signing, sealing] = await Promise.all([
    crypto.subtle.generateKey({ name: "ECDSA", ...EC }, false, ["sign", "verify"]),
    crypto.subtle.generateKey({ name: "ECDH", ...EC }, false, ["deriveBits"]),
  ]);
  return { signing, sealing };
}
