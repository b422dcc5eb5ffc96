/**
 * Opening what was sealed for a key: JWE in compact form, ECDH-ES with A256GCM and nothing else (RFC 7516; RFC 7518,
 * section 4.6). Pure, as protocol.js is.
 */

import { b64url, concat, sha256, unb64url, utf8 } from "./encoding.js";

const ENC = "A256GCM";
const TAG_BYTES = 16;

/**
 * What a message says. SECURITY: who has sealed it and for what is not learnt from it but known here beforehand, and goes
 * into the key: in the place of another one it does not open.
 *
 * @param {CryptoKey} sealing the private sealing key
 * @param {string} jwe what came
 * @param {string} sender the portal's base URL
 * @param {string} recipient the name of the key and of the message
 * @returns {Promise<string>} rejected with whatever it trips over first when it is not that message, or was altered
 */
export async function unseal(sealing, jwe, sender, recipient) {
  const [head, empty, iv, text, tag] = jwe.split(".");
  const { alg, enc, apu, apv, epk } = JSON.parse(new TextDecoder().decode(unb64url(head)));
  const given = [alg, enc, apu, apv, empty, unb64url(tag).length].join();
  if (given !== ["ECDH-ES", ENC, b64url(utf8(sender)), b64url(utf8(recipient)), "", TAG_BYTES].join()) {
    throw new TypeError("sealed otherwise, or for another place");
  }
  const { kty, crv, x, y } = epk;
  const theirs = await crypto.subtle.importKey("jwk", { kty, crv, x, y }, { name: "ECDH", namedCurve: "P-256" }, false, []);
  const shared = new Uint8Array(await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, sealing, 256));
  // One round of the Concat KDF (NIST SP 800-56A, section 5.8.1): 256 bits are one SHA-256.
  const named = [ENC, sender, recipient].flatMap((part) => [number(utf8(part).length), utf8(part)]);
  const secret = await sha256(concat(number(1), shared, ...named, number(256)));
  const key = await crypto.subtle.importKey("raw", secret, "AES-GCM", false, ["decrypt"]);
  const sealed = { name: "AES-GCM", iv: unb64url(iv), additionalData: utf8(head) };
  return new TextDecoder().decode(await crypto.subtle.decrypt(sealed, key, concat(unb64url(text), unb64url(tag))));
}

/** A number below 2^16 in four bytes. */
const number = (value) => Uint8Array.of(0, 0, value >> 8, value & 255);
