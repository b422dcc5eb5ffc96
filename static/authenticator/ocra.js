/**
 * OCRA, the challenge-response algorithm of RFC 6287, on WebCrypto.
 * Pure: suite, key and data in, digits out. Times are counted in the suite's own steps.
 */

import { concat, utf8 } from "./encoding.js";

const HASHES = { SHA1: "SHA-1", SHA256: "SHA-256", SHA512: "SHA-512" };
const SECONDS = { S: 1, M: 60, H: 3600 };
const QUESTION_BYTES = 128;

/**
 * A suite's text, such as "OCRA-1:HOTP-SHA256-8:QA06-T1M", taken apart (RFC 6287, section 6).
 *
 * @returns {{hash: string, digits: number, counter: boolean, question: string, pin: ?string,
 *            session: ?number, step: ?number}} `session` in bytes, `step` in seconds
 * @throws {TypeError} for a suite the RFC does not know
 */
export function parseSuite(suite) {
  const [, hash, digits, data] = /^OCRA-1:HOTP-(SHA1|SHA256|SHA512)-(0|[4-9]|10):(.+)$/.exec(suite) ?? [];
  const [, counter, question, pin, session, amount, unit] =
    /^(C-)?Q([ANH])\d\d(?:-P(SHA1|SHA256|SHA512))?(?:-S(\d{3}))?(?:-T(\d{1,2})([SMH]))?$/.exec(data ?? "") ?? [];
  if (!question) {
    throw new TypeError("unknown OCRA suite");
  }
  return {
    hash: HASHES[hash],
    digits: Number(digits),
    counter: Boolean(counter),
    question,
    pin: pin ? HASHES[pin] : null,
    session: session ? Number(session) : null,
    step: amount ? Number(amount) * SECONDS[unit] : null,
  };
}

/**
 * The response to a question.
 *
 * @param {string} suite the suite's text; it is part of what is hashed
 * @param {Uint8Array} key the shared secret, raw
 * @param {{question: string, counter?: number, pin?: string, session?: string, t?: number}} data
 *        `pin` as typed, `session` in hexadecimal, `t` in steps of the suite
 * @returns {Promise<string>} as many digits as the suite says (all of the HMAC in hexadecimal for 0)
 */
export async function ocra(suite, key, { question, counter, pin, session, t }) {
  const parts = parseSuite(suite);
  const input = [utf8(suite), new Uint8Array(1)];
  if (parts.counter) {
    input.push(number(counter));
  }
  input.push(asked(parts.question, question));
  if (parts.pin) {
    input.push(new Uint8Array(await crypto.subtle.digest(parts.pin, utf8(pin))));
  }
  if (parts.session !== null) {
    input.push(hex(session.padStart(parts.session * 2, "0")));
  }
  if (parts.step !== null) {
    input.push(number(t));
  }
  const hmac = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: parts.hash }, false, ["sign"]);
  const digest = new Uint8Array(await crypto.subtle.sign("HMAC", hmac, concat(...input)));
  return truncate(digest, parts.digits);
}

/** The question, left-aligned in 128 bytes; a numeric one as the hexadecimal of its value. */
function asked(format, question) {
  const kinds = {
    A: () => utf8(question),
    N: () => hex(BigInt(question).toString(16), true),
    H: () => hex(question, true),
  };
  const bytes = kinds[format]();
  if (bytes.length > QUESTION_BYTES) {
    throw new TypeError("the question is too long");
  }
  return concat(bytes, new Uint8Array(QUESTION_BYTES - bytes.length));
}

/** Bytes behind hexadecimal text; an odd last digit is the upper half of its byte, as the RFC's own code has it. */
function hex(text, padded = false) {
  const even = padded && text.length % 2 ? `${text}0` : text;
  return Uint8Array.from(even.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** A whole number in eight bytes, most significant first. */
function number(value) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

/** Dynamic truncation (RFC 4226, section 5.3). */
function truncate(digest, digits) {
  if (digits === 0) {
    return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }
  const view = new DataView(digest.buffer);
  const value = view.getUint32(digest[digest.length - 1] & 0x0f) & 0x7fffffff;
  return String(value % 10 ** digits).padStart(digits, "0");
}
