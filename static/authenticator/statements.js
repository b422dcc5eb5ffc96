/**
 * What a key signs (protocol, sections 2 to 9). Apart from what it computes, because the service worker needs no more.
 * Pure: keys, nonces and times are arguments. Times are Unix seconds of the server's clock.
 */

import { b64url, jcs, random, sha256, utf8 } from "./encoding.js";

const ALGORITHM = { name: "ECDSA", hash: "SHA-256" };

/** What an answer says about the text that was on the screen. */
export async function displayDigest(display) {
  return b64url(await sha256(utf8(jcs(display))));
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
/** message: its id; response: to its question, if it has one. */
export const openStatement = typed("open");
/** Nothing: asks for a question; nonce: of that question, response: to it, response_key: the new one, or none. */
export const pinStatement = once("pin");
/** label: at most 64 characters. */
export const labelStatement = once("label");
export const revokeStatement = once("revoke");
/** subscription: {endpoint, p256dh, auth}, or null to stop. */
export const pushStatement = once("push");
export const testStatement = once("test");

/** challenge: as it came; verdict: "approve", "cancel" or "not_me"; proof: {number, response} to approve. */
export async function answerStatement(key, at, challenge, verdict, proof = {}) {
  const said = { nonce: challenge.nonce, challenge: challenge.id, verdict };
  return typed("answer")(key, at, { ...said, display: await displayDigest(challenge.display), ...proof });
}

/** The one statement that brings its own public key: claims are those of protocol, section 4, step 3. */
export function activationStatement(key, at, claims) {
  return sign(key.signing, { typ: "portal-key-activation+jwt", jwk: key.jwk }, { ...at, ...claims });
}
