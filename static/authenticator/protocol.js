/**
 * The Portal Key protocol, version 1: what a key computes and what it signs.
 * Pure: keys, nonces and times are arguments. Times are Unix seconds of the server's clock.
 */

import { b64url, concat, jcs, random, sha256, utf8 } from "./encoding.js";
import { ocra } from "./ocra.js";

export * from "./encoding.js";

const SUITE = "OCRA-1:HOTP-SHA256-8:QA06-T1M";
const STEP_SECONDS = 60;
const ALGORITHM = { name: "ECDSA", hash: "SHA-256" };

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

/** What an answer says about the text that was on the screen. */
export async function displayDigest(display) {
  return b64url(await sha256(utf8(jcs(display))));
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

/** A JWS in compact form (RFC 7515), always ES256. */
export async function sign(privateKey, header, claims) {
  const part = (value) => b64url(utf8(JSON.stringify(value)));
  const body = `${part({ alg: "ES256", ...header })}.${part(claims)}`;
  return `${body}.${b64url(await crypto.subtle.sign(ALGORITHM, privateKey, utf8(body)))}`;
}

/**
 * The statements a key can make. `key` is {kid, signing}, `at` is {aud, iat}: the portal's base URL
 * and the moment. Each answers a promise of a JWS.
 */
const typed = (kind) => (key, at, claims = {}) =>
  sign(key.signing, { typ: `portal-key-${kind}+jwt`, kid: key.kid }, { ...at, ...claims });
const once = (kind) => (key, at, claims = {}) => typed(kind)(key, at, { jti: b64url(random(16)), ...claims });

/** nonce: the one of the server's hello. */
export const attachStatement = typed("attach");
export const inboxStatement = once("inbox");
/** challenge, hop: "received", "shown" or "opened". */
export const seenStatement = typed("seen");
/** label: at most 64 characters. */
export const labelStatement = once("label");
export const revokeStatement = once("revoke");

/** challenge: as it came; verdict: "approve", "cancel" or "not_me"; proof: {number, response} to approve. */
export async function answerStatement(key, at, challenge, verdict, proof = {}) {
  const said = { nonce: challenge.nonce, challenge: challenge.id, verdict };
  return typed("answer")(key, at, { ...said, display: await displayDigest(challenge.display), ...proof });
}

/** The one statement that brings its own public key: claims are those of protocol, section 4, step 3. */
export function activationStatement(key, at, claims) {
  return sign(key.signing, { typ: "portal-key-activation+jwt", jwk: key.jwk }, { ...at, ...claims });
}
