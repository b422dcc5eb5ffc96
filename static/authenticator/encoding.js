/**
 * Bytes and text: what the protocol page calls "encoding" (protocol, section 2).
 * Pure: nothing here knows about keys, the page or the network.
 */

export const utf8 = (text) => new TextEncoder().encode(text);

export const random = (size) => crypto.getRandomValues(new Uint8Array(size));

/** SHA-256 of bytes, as bytes (FIPS 180-4). */
export async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** Bytes in base64url without padding (RFC 4648, section 5). */
export function b64url(bytes) {
  const binary = Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The bytes behind base64url text; a TypeError for anything else. */
export function unb64url(text) {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) {
    throw new TypeError("not base64url");
  }
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

/** Several byte arrays as one. */
export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * Canonical JSON (RFC 8785): members sorted by UTF-16 units, no blanks, and strings and numbers
 * as ECMAScript writes them. A value JSON cannot carry is a TypeError, so nothing is signed that
 * the other side would read differently.
 */
export function jcs(value) {
  if (Array.isArray(value)) {
    return `[${value.map(jcs).join(",")}]`;
  }
  if (value !== null && typeof value === "object") {
    const members = Object.keys(value).sort().map((name) => `${jcs(name)}:${jcs(value[name])}`);
    return `{${members.join(",")}}`;
  }
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new TypeError("a number JSON cannot carry");
  }
  if (typeof value === "string" && /\p{Surrogate}/u.test(value)) {
    throw new TypeError("half a character");
  }
  const text = JSON.stringify(value);
  if (text === undefined) {
    throw new TypeError("a value JSON cannot carry");
  }
  return text;
}
