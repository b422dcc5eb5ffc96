/**
 * What a QR code says to this authenticator.
 *
 * SECURITY: a code is only ever read. Its address is never opened, fetched or made into a link.
 */

import { readActivationCode } from "./protocol.js";

/**
 * @param {string} text what stands in the QR code
 * @param {string[]} homes the origins of this portal and of this page
 * @returns {{kind: "code"|"number"|"context"|"elsewhere"|"foreign", code: ?string, number: ?string, context: ?string,
 *   origin: ?string}} an activation code, the number of a sign-in, a whole question, one of these of another portal at
 *   `origin`, or something else altogether
 */
export function readSquare(text, homes) {
  const address = addressOf(text);
  const means = address && meaning(address);
  if (!means) {
    return { kind: "foreign" };
  }
  return homes.includes(address.origin) ? means : { kind: "elsewhere", origin: address.origin };
}

/** The number of a sign-in in the fragment of an address, or null. */
export function readNumber(fragment) {
  return /^#?n\/(\d{6})$/.exec(fragment)?.[1] ?? null;
}

function addressOf(text) {
  try {
    const address = new URL(text);
    return /^https?:$/.test(address.protocol) ? address : null;
  } catch {
    return null; // no address at all
  }
}

function meaning({ pathname, hash }) {
  const number = pathname === "/authenticator/" ? readNumber(hash) : null;
  const context = pathname === "/authenticator/" ? /^#q\/([\w-]+\.[\w-]+\.[\w-]+)$/.exec(hash)?.[1] : null;
  if (context) {
    return { kind: "context", context };
  }
  const code = ["/a", "/authenticator/"].includes(pathname) ? readActivationCode(hash.slice(1)) : null;
  return number ? { kind: "number", number } : code && { kind: "code", code };
}
