/** Adding a user, first half: the activation code is claimed. */

import { now } from "../clock.js";
import { readActivationCode } from "../protocol.js";
import { problemSentence } from "../problems.js";
import { say, timeOfDay } from "../words.js";

const TAKEN = "taken";

/** @param {{code?: string, fault?: string}} data a code that came in the address, or what was wrong with the last one */
export function adding(screen, app, { code = "", fault = code && !readActivationCode(code) ? say("code.shape") : null }) {
  const input = screen.part("code");
  const wrong = (sentence) => {
    came(false);
    screen.fault(sentence, "code-wrong", "code");
    screen.show("helps");
  };
  input.value = grouped(code);
  came(Boolean(code) && !fault);
  if (fault) {
    screen.after(0, () => wrong(fault));
  }
  if (!code && !fault) {
    resumable(app).then((held) => held && !input.value && (input.value = grouped(held.code)));
  }
  screen.on("code", "input", () => {
    screen.unfault("code-wrong", "code");
    screen.show("helps", false);
  });
  screen.on("scan", "click", () => app.go("scanning"));
  screen.onSubmit(() => {
    const means = readActivationCode(fromAddress(input.value));
    if (!means) {
      wrong(say("code.shape"));
      return;
    }
    screen.busy("go", () => claim(means));
  });

  /** A code that came with the address needs no picture and no typing any more. */
  function came(it) {
    screen.show("came", it);
    screen.show("intro", !it);
    screen.show("scan-field", !it);
  }

  async function claim(means) {
    try {
      const told = await taken(app, means);
      if (screen.left.aborted) {
        return;
      }
      if (told.portal.origin !== app.page.origin) {
        wrong(say("code.elsewhere", { origin: told.portal.origin }));
        return;
      }
      app.go("activating", { claim: told });
    } catch (problem) {
      const own = {
        "code-unknown": () => say("code.unknown"),
        malformed: () => say("code.shape"),
        "slow-down": () => say("code.slow-down", { time: timeOfDay(problem.retryAt) }),
      };
      wrong(own[problem.code]?.() ?? problemSentence(problem));
    }
  }
}

/** The code that this phone has taken and not used yet: whoever went back or loaded the page again goes on with it. */
async function resumable({ vault }) {
  const held = await vault.note(TAKEN).catch(() => null);
  return held?.told.expires > now() ? held : null;
}

async function taken(app, code) {
  const held = await resumable(app);
  if (held?.code === code) {
    return held.told;
  }
  const told = await app.api.claim(code);
  await app.vault.setNote(TAKEN, { code, told }).catch(() => {});
  return told;
}

/** The code that this phone has taken is used, or of no use. */
export function drop({ vault }) {
  vault.setNote(TAKEN, null).catch(() => {});
}

/** Somebody may paste the whole address that the QR code holds; the code is its fragment. */
const fromAddress = (typed) => typed.slice(typed.lastIndexOf("#") + 1);

function grouped(code) {
  const means = readActivationCode(code);
  return means ? means.match(/.{4}/g).join("-") : code;
}
