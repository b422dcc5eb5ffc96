/**
 * What may be a PIN: 4 to 6 characters of any kind, and not one that is tried first.
 * Only a new PIN is judged here; whether a given one is right, only the portal can tell.
 */

const SHORTEST = 4;
const LONGEST = 6;

// What people choose most, as far as the rules below do not catch it anyway.
const COMMON = new Set(
  `0007 0070 007007 0420 0852 0911 1001 1004 100000 1024 102030 1112 112233 112211 1122 1123 1220 1221 1225 1230 1231
   123123 123321 123654 1236 1245 12345a 1313 1314 131420 1357 13579 1379 142536 147258 1472 147852 1478 1593 159357
   159753 1597 168168 1688 1818 1a2b 1a2b3c 1q2w 1q2w3e 1qaz 200000 2112 2211 2244 2468 246810 2500 2580 258456 2wsx 3141
   314159 3333 3690 4200 4711 5150 520131 5201 5200 5683 6669 666999 6789 6969 7410 741852 7788 786786 7890 8520 852456
   8888 9630 963852 963741 987654 9870 999999 a1b2 a1b2c3 abc1 abc123 abcabc access admin alpha amour angel asdf asdfg
   asdfgh baby bank basic client daniel demo dragon enter guest happy hello home hunter iloveu jesus jordan
   key1 king letmei login love lover lucky magic mama master maria mobile mona monday money monkey mother music nicole ninja
   papa pass pass1 pass12 passwd peace phone pin1 pin12 pincod portal prince qaz1 qazwsx qwer qwert qwerty q1w2 q1w2e3
   root samson secret shadow sommer spring star summer sunny super test test1 test12 tiger user winter zaq1 zxcv
   zxcvb zxcvbn`.split(/\s+/),
);

/** A PIN as it counts: normalised to NFKC (so that the same keys on another keyboard are the same PIN). */
export const normalPin = (typed) => typed.normalize("NFKC");

/** Whether something has the length of a PIN, in characters. */
export function isPin(typed) {
  const { length } = [...normalPin(typed)];
  return length >= SHORTEST && length <= LONGEST;
}

/**
 * Why a new PIN is refused: "length", "unprintable", "same", "run", "pairs", "year", "name", "common"; null for a good one.
 *
 * @param {{name: string, username: string}} account whose names it must not be; the username may be masked ("d***n")
 */
export function pinFault(typed, account) {
  const pin = normalPin(typed);
  if (!isPin(typed)) {
    return "length";
  }
  if (/[\p{C}\p{Zl}\p{Zp}]/u.test(pin)) {
    return "unprintable";
  }
  const plain = pin.toLowerCase();
  const faults = {
    same: () => new Set(plain).size === 1,
    run: () => isRun(plain),
    pairs: () => /^(.{2,3})\1+$/u.test(plain),
    year: () => /^(19|20)\d\d$/.test(plain),
    name: () => isName(plain, account),
    common: () => COMMON.has(plain),
  };
  return Object.keys(faults).find((fault) => faults[fault]()) ?? null;
}

/** Each character the next one of its alphabet, or each the one before: 1234, abcd, 4321. */
function isRun(text) {
  const points = [...text].map((sign) => sign.codePointAt(0));
  const step = points[1] - points[0];
  return Math.abs(step) === 1 && points.every((point, at) => at === 0 || point - points[at - 1] === step);
}

/** Whether a PIN is (part of) the account's name or holds a word of it. */
function isName(text, { name = "", username = "" }) {
  const words = `${name} ${username.includes("*") ? "" : username}`.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const [start, end] = username.toLowerCase().split(/\*+/);
  const fitsMask = start && end && /^\p{L}+$/u.test(text) && text.startsWith(start) && text.endsWith(end);
  return fitsMask || words.join("").includes(text) || words.some((word) => word.length > 2 && text.includes(word));
}
