/**
 * The Portal Key protocol, version 1: what a key computes, and with statements.js what it signs.
 * Pure: keys, nonces and times are arguments. Times are Unix seconds of the server's clock.
 */

import { b64url, concat, jcs, sha256, utf8 } from "./encoding.js";
import { ocra } from "./ocra.js";

export * from "./encoding.js";
export * from "./statements.js";

const SUITE = "OCRA-1:HOTP-SHA256-8:QA06-T1M";
const STEP_SECONDS = 60;

// SECURITY: the work a stolen copy costs for each PIN tried; both sides of an activation depend on the number.
const ITERATIONS = 600000;

/** A key's name: the SHA-256 thumbprint of its public JWK (RFC 7638). */
export async function thumbprint({ crv, kty, x, y }) {
  return b64url(await sha256(utf8(jcs({ crv, kty, x, y }))));
}

/** The members of a public P-256 key, without the browser's own additions. */
export async function publicJwk(key) {
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", key);
  return { kty, crv, x, y };
}

/** 32 bytes drawn from the PIN (PBKDF2-HMAC-SHA-256, RFC 8018); the PIN is normalised to NFKC first. */
export async function pinBits(pin, salt) {
  const secret = await crypto.subtle.importKey("raw", utf8(pin.normalize("NFKC")), "PBKDF2", false, ["deriveBits"]);
  const cost = { name: "PBKDF2", hash: "SHA-256", salt, iterations: ITERATIONS };
  return new Uint8Array(await crypto.subtle.deriveBits(cost, secret, 256));
}

/**
 * K, the response key. SECURITY: every PIN gives some K, so nothing on the device can tell a right
 * PIN from a wrong one. It is computed when the PIN is given and never kept.
 *
 * @param {CryptoKey} installSecret HMAC-SHA-256 key of this authenticator
 * @param {string} kid the key's name
 * @param {Uint8Array} bits what `pinBits` gave
 * @returns {Promise<Uint8Array>} 32 bytes
 */
export async function responseKey(installSecret, kid, bits) {
  const nul = new Uint8Array(1);
  const input = concat(utf8("portal-key/v1/response"), nul, utf8(kid), nul, bits);
  return new Uint8Array(await crypto.subtle.sign("HMAC", installSecret, input));
}

/** The eight digits that answer a question of six at a moment. */
export function respond(key, question, seconds) {
  return ocra(SUITE, key, { question, t: Math.floor(seconds / STEP_SECONDS) });
}

/** Typed text in NFKC, without blanks, dashes and the characters of no width that come along when text is pasted. */
const bare = (typed) => typed.normalize("NFKC").replace(/[\s\p{Dash}\u2043\u00ad\u200b\u2060\ufeff]/gu, "");

/** Digits somebody typed or pasted, as plain figures. */
export const readDigits = (typed) => bare(typed);

/**
 * The twelve characters meant by what somebody typed, or null.
 * Crockford's base32: case, blanks and dashes do not matter, O is 0, I and L are 1.
 */
export function readActivationCode(typed) {
  const letters = bare(typed).replace(/[a-z]/g, (letter) => letter.toUpperCase());
  const code = letters.replaceAll("O", "0").replace(/[IL]/g, "1");
  return /^[0-9A-HJKMNP-TV-Z]{12}$/.test(code) ? code : null;
}
