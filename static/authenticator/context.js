/**
 * What a question says, read off a square without a network (protocol, section 7.1).
 *
 * SECURITY: nothing of it is shown before one of the keys that the portal has told this phone has verified it.
 */

import { now } from "./clock.js";
import { thumbprint, unb64url, utf8 } from "./protocol.js";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/**
 * @param {string} context the JWS that stood in the square
 * @param {Object[]} keys the portal's public keys, as its inbox has told them
 * @param {string} origin of the portal
 * @returns {Promise<Object>} its claims: kid, question, purpose, display. Throws an Error whose message is "refused" or "expired"
 */
export async function readContext(context, keys, origin) {
  const claims = await verified(context, keys).catch(() => null);
  if (claims?.aud !== origin) {
    throw new Error("refused");
  }
  if (claims.exp <= now()) {
    throw new Error("expired");
  }
  return claims;
}

async function verified(context, keys) {
  const [head, body, signature] = context.split(".");
  const { alg, kid, typ } = JSON.parse(new TextDecoder().decode(unb64url(head)));
  const names = await Promise.all(keys.map(thumbprint));
  const jwk = keys[names.indexOf(kid)];
  const key = await crypto.subtle.importKey("jwk", jwk, ALGORITHM, false, ["verify"]);
  const good = await crypto.subtle.verify(ALGORITHM, key, unb64url(signature), utf8(`${head}.${body}`));
  return good && alg === "ES256" && typ === "portal-key-context+jwt" ? unpacked(unb64url(body)) : null;
}

function unpacked(bytes) {
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).json();
}
