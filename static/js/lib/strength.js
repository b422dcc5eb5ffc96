// How a new password would do, in one word, as accounts/passwords.py judges it. The server says the last word when it is
// sent: only there is the list of common ones.
const REST = 8;
const RUN = 4;
const ROWS = ["abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "azertyuiop"];
const LINES = [...ROWS, ...ROWS.map((row) => [...row].reverse().join(""))];
// A one may stand for two letters.
const DISGUISE = { 0: "o", 1: "l", 3: "e", 4: "a", 5: "s", $: "s", "@": "a", "!": "i", 7: "t" };
const DISGUISES = [{}, DISGUISE, { ...DISGUISE, 1: "i" }];

/** One of short, pattern, own, place, good, strong. */
export function judge(password, { shortest, long, varied, ownWords, placeWords }) {
  const plain = password.normalize("NFKC").toLowerCase();
  const own = ownWords.split(" ").filter(Boolean);
  if ([...password].length < Number(shortest)) return "short";
  if (isPattern(plain, Number(shortest))) return "pattern";
  if (leavesLittle(plain, own)) return "own";
  if (leavesLittle(plain, [...own, ...placeWords.split(" ").filter(Boolean)])) return "place";
  return new Set(plain).size >= Number(varied) && [...password].length >= Number(long) ? "strong" : "good";
}

function isPattern(plain, shortest) {
  if (new Set(plain).size <= RUN) return true;
  let unit = 1;
  while (unit < plain.length && !plain.slice(0, unit).repeat(plain.length).startsWith(plain)) unit += 1;
  return (2 * unit <= plain.length + 1 && unit < shortest) || withoutRuns(plain).length < REST;
}

/** What is left without pieces of the alphabet, of the digits or of a row of keys. */
function withoutRuns(plain) {
  let kept = "";
  for (let at = 0; at < plain.length; ) {
    const run = Math.max(...LINES.map((line) => runLength(plain.slice(at), line)));
    if (run < RUN) kept += plain[at];
    at += run < RUN ? 1 : run;
  }
  return kept;
}

function runLength(text, line) {
  const start = line.indexOf(text[0]);
  let size = 0;
  while (start >= 0 && size < text.length && text[size] === line[start + size]) size += 1;
  return size;
}

/** Whether it is made of these words, and too little else. */
function leavesLittle(plain, words) {
  const longest = [...words].sort((one, other) => other.length - one.length);
  return DISGUISES.map((letters) => [...plain].map((sign) => letters[sign] ?? sign).join("")).some((each) => {
    const rest = longest.reduce((text, word) => text.replaceAll(word, " "), each);
    return rest !== each && rest.replace(/[^\p{L}\p{N}]/gu, "").length < REST;
  });
}
