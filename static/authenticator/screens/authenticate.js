/** Authenticate: six digits in, eight out, with no network at all. Never says whether the PIN is right. */

import { response } from "../answer.js";
import { isPin } from "../pin.js";
import { readDigits } from "../protocol.js";
import { grouped, say } from "../words.js";

const VISIBLE = 60000; // milliseconds

/** @param {{kid?: string, question?: string, pin?: string}} data what is known already when a network failed */
export function authenticate(screen, app, { kid, question = "", pin = "" }) {
  const keys = app.keyring.active;
  const users = keys.map(({ kid: value, account }) => new Option(`${account.name} (${account.username})`, value));
  screen.part("user").append(...users);
  screen.part("user").value = kid ?? keys[0].kid;
  screen.show("user-field", keys.length > 1);
  screen.part("question").value = question;
  screen.part("pin").value = pin;

  for (const name of ["user", "question", "pin"]) {
    screen.on(name, "input", () => {
      screen.unfault("wrong", "question", "pin");
      hide();
    });
  }
  screen.onSubmit(() => {
    if (!/^\d{6}$/.test(readDigits(screen.part("question").value))) {
      screen.fault(say("question.shape"), "wrong", "question");
    } else if (!isPin(screen.part("pin").value)) {
      screen.fault(say("pin.shape"), "wrong", "pin");
    } else {
      screen.busy("go", generate);
    }
  });
  screen.on("copy", "click", copy);
  screen.on("done", "click", () => app.home());

  async function generate() {
    const key = app.keyring.find(screen.part("user").value);
    const asked = readDigits(screen.part("question").value);
    const digits = await response(app.keyring.install, key, asked, screen.part("pin").value);
    screen.part("pin").value = "";
    screen.text("copy", say("copy"));
    screen.text("response", grouped(digits, 4));
    screen.text("spelt", [...digits].join(", "));
    screen.show("result");
    screen.show("done");
    screen.show("hidden-again", false);
    screen.part("response").focus();
    screen.after(VISIBLE, () => screen.part("response").textContent === grouped(digits, 4) && hide("again"));
  }

  function hide(again) {
    screen.text("response", "");
    screen.text("spelt", "");
    screen.show("result", false);
    screen.show("hidden-again", Boolean(again));
  }

  async function copy() {
    const digits = readDigits(screen.part("response").textContent);
    const done = await navigator.clipboard.writeText(digits).then(
      () => "copied",
      () => "copy.failed",
    );
    screen.text("copy", say(done));
    app.announce(say(`${done}.spoken`));
  }
}

/** The same with nobody registered: says what it will be for. */
export function nobody(screen, app) {
  screen.on("register", "click", () => app.go("adding"));
}
