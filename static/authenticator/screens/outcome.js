/** How something ended: one calm sentence, and what to do now. */

import { canSay, say } from "../words.js";

const SIGNS = ["good", "warn", "bad", "plain"];
const BROWSERS_FAULT = new Set(["secure", "crypto", "storage"]); // then checking the browser helps

/**
 * @param {Object} data
 * @param {string} data.words the name of its sentences: heading, ".text" and, where there is one, ".advice"
 * @param {string} data.tone one of SIGNS
 * @param {string} [data.whose] the account it is about
 * @param {string} [data.text] instead of the sentence of that name
 * @param {string} [data.advice] the name of another advice
 * @param {Object<string, string>} [data.values] for the names in the sentences
 * @param {{label: string, act: function()}} [data.other] another way out, in place of "Done"
 * @param {string} [data.cannot] why the page cannot run here, in place of all the others
 */
export function outcome(screen, app, { cannot, ...ending }) {
  tell(screen, app, cannot ? cannotRun(cannot, app.page.origin) : ending);
  screen.show("check", BROWSERS_FAULT.has(cannot));
}

/** After a locked key there is something better to do than to be done. */
function wayOn(app, words) {
  return words === "locked" ? { label: say("locked.way"), act: () => app.go("forgotten") } : null;
}

/** @param {"secure"|"crypto"|"storage"|"blocked"|"outdated"} why */
function cannotRun(why, origin) {
  const again = { label: say("reload"), act: () => location.reload() };
  const safely = { label: say("cannot.secure.go"), act: () => location.replace(`${origin}/authenticator/${location.hash}`) };
  const other = why === "secure" && origin.startsWith("https:") ? safely : again;
  return { words: "cannot", text: say(`cannot.${why}`), tone: "bad", other };
}

function tell(screen, app, { words, tone, whose, text, advice = `${words}.advice`, values, other = wayOn(app, words) }) {
  SIGNS.forEach((sign) => screen.show(sign, sign === tone));
  screen.text("heading", say(words));
  screen.text("text", text ?? say(`${words}.text`, values));
  if (whose) {
    screen.say("whose", whose);
  }
  if (canSay(advice)) {
    screen.say("advice", say(advice, values));
  }
  if (canSay(`${words}.help`)) {
    screen.show("help");
    screen.part("more").href = say(`${words}.help`);
    screen.text("more", say(`${words}.more`));
  }
  if (other) {
    screen.say("other", other.label);
    screen.on("other", "click", other.act);
    screen.show("done", false);
  }
  screen.on("done", "click", () => app.home());
  if ((tone === "good" || tone === "plain") && !other && !canSay(advice)) {
    leaveOnceRead(screen, app);
  }
}

/** Whoever has seen it and comes back later wants to know what waits now. */
function leaveOnceRead(screen, app) {
  let isRead = false;
  screen.listen(document, "visibilitychange", () => {
    if (document.hidden) {
      isRead = true;
    } else if (isRead) {
      app.home();
    }
  });
}
