/** How something ended: one calm sentence, and what to do now. */

import { canSay, say } from "../words.js";

const SIGNS = ["good", "warn", "bad", "plain"];

/**
 * @param {Object} data
 * @param {string} data.words the name of its sentences: heading, ".text" and, where there is one, ".advice"
 * @param {string} data.tone one of SIGNS
 * @param {string} [data.whose] the account it is about
 * @param {string} [data.text] instead of the sentence of that name
 * @param {string} [data.advice] the name of another advice
 * @param {Object<string, string>} [data.values] for the names in the sentences
 * @param {{label: string, act: function()}} [data.other] another way out, in place of "Done"
 * @param {boolean} [data.check] whether the browser itself is to blame, so that checking it helps
 */
export function outcome(screen, app, { words, tone, whose, text, advice = `${words}.advice`, values, other, check }) {
  SIGNS.forEach((sign) => screen.show(sign, sign === tone));
  screen.text("heading", say(words));
  screen.text("text", text ?? say(`${words}.text`, values));
  if (whose) {
    screen.say("whose", whose);
  }
  if (canSay(advice)) {
    screen.say("advice", say(advice, values));
  }
  screen.show("check", Boolean(check));
  if (other) {
    screen.say("other", other.label);
    screen.on("other", "click", other.act);
    screen.show("done", false);
  }
  screen.on("done", "click", () => app.home());
}
