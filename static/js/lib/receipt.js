// Checking a receipt: what a key has signed, and whether the text that stands beside it is what was signed.
import { b64url, jcs, sha256, unb64url, utf8 } from "../../authenticator/encoding.js";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const TYPE = "portal-key-answer+jwt";
// By how many seconds the phone's time may differ from the portal's (protocol, section 2).
const LEEWAY = 180;

/** Whether this browser can do it here: only pages that came over a safe road may. */
export const canCheck = () => Boolean(globalThis.crypto?.subtle);

/**
 * What holds of a receipt, point by point.
 *
 * @param {object} receipt as the portal gives it: statement, public_jwk, kid, display, challenge, portal, at
 * @param {string[]} shown the text as it stands on the page, in its order
 * @returns {Promise<Record<"signature" | "text" | "key" | "portal" | "time", boolean>>}
 */
export async function check(receipt, shown) {
  const said = read(receipt.statement);
  const points = { signature: isSigned, text: isText, key: isKey, portal: isMeantHere, time: isInTime };
  const found = Object.entries(points).map(async ([name, holds]) => [name, await holds(said, receipt, shown).catch(() => false)]);
  return Object.fromEntries(await Promise.all(found));
}

/** A JWS in compact form; what cannot be read is empty, and then nothing holds. */
function read(statement) {
  try {
    const [header, claims, signature, ...more] = statement.split(".");
    if (more.length) return { header: {}, claims: {} };
    const [named, meant] = [header, claims].map((part) => JSON.parse(new TextDecoder().decode(unb64url(part))));
    return { header: named, claims: meant, signed: utf8(`${header}.${claims}`), signature: unb64url(signature) };
  } catch {
    return { header: {}, claims: {} };
  }
}

async function isSigned({ header, signed, signature }, { public_jwk: { kty, crv, x, y } }) {
  // SECURITY: the algorithm is ours, whatever the statement says.
  if (header.alg !== "ES256" || header.typ !== TYPE) return false;
  const key = await crypto.subtle.importKey("jwk", { kty, crv, x, y }, ALGORITHM, false, ["verify"]);
  return crypto.subtle.verify(ALGORITHM, key, signature, signed);
}

async function isText({ claims }, { display }, shown) {
  const { title, account, application, facts, warnings } = display;
  const signed = [title, account, application ?? [], facts, warnings].flat(2).map(plain);
  const same = signed.length === shown.length && signed.every((text, at) => text === plain(shown[at]));
  return same && claims.display === b64url(await sha256(utf8(jcs(display))));
}

/** Blanks are what a page makes of them. */
const plain = (text) => text.trim().replace(/\s+/g, " ");

/** RFC 7638: the name of a key is a digest of the key. */
async function isKey({ header }, { kid, public_jwk: { crv, kty, x, y } }) {
  return header.kid === kid && kid === b64url(await sha256(utf8(jcs({ crv, kty, x, y }))));
}

async function isMeantHere({ claims }, { portal, challenge }) {
  return claims.aud === portal && claims.challenge === challenge && claims.verdict === "approve";
}

async function isInTime({ claims }, { at }) {
  return Math.abs(claims.iat - Date.parse(at) / 1000) <= LEEWAY;
}
