/**
 * Sentences. They all come with the page, translated and whole; here only the names and numbers in them are put
 * in their places.
 */

const language = document.documentElement.lang || "en";
const plural = new Intl.PluralRules(language);
const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const calendar = new Intl.DateTimeFormat(language, { dateStyle: "medium" });

const sentences = new Map();

/** Take in the sentences of a <template>; the later part of the page brings its own. */
export function learnWords(template) {
  for (const element of template.content.querySelectorAll("[data-word]")) {
    sentences.set(element.dataset.word, element.textContent.trim());
  }
}

learnWords(document.getElementById("words"));

/** Whether there is a sentence of this name. */
export const canSay = (name) => sentences.has(name);

/** The sentence of a name, with `{placeholders}` filled from `values`. */
export function say(name, values = {}) {
  const sentence = sentences.get(name);
  if (sentence === undefined) {
    throw new Error(`no sentence for ${name}`);
  }
  return sentence.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

/** The sentence for a number of things; its plural forms are named "name.one", "name.other", as the language has them. */
export function sayCount(name, count, values = {}) {
  const form = `${name}.${plural.select(count)}`;
  return say(sentences.has(form) ? form : `${name}.other`, { count, ...values });
}

/** The time of day of a moment in Unix seconds, such as 14:32. */
export const timeOfDay = (seconds) => clock.format(new Date(seconds * 1000));

/** The day of a moment in Unix seconds. */
export const day = (seconds) => calendar.format(new Date(seconds * 1000));

const few = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** A short time as a number, such as 0.8 (without its unit). */
export const seconds = (number) => few.format(number);

/** Digits in groups, for the eye: "4839 2011". */
export const grouped = (digits, size) => digits.match(new RegExp(`.{1,${size}}`, "g")).join(" ");
