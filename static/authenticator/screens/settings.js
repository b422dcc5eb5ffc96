/** Settings: this phone in one line each, and the language; the rest stands in the page already. */

import { checkAll } from "../checks.js";
import { speak } from "../language.js";
import { say, sayCount } from "../words.js";

export function settings(screen, app) {
  screen.on("requirements", "click", () => app.go("requirements"));
  screen.on("notifications", "click", () => app.go("notifications"));
  screen.on("messages", "click", () => app.go("messages"));
  screen.on("biometrics", "click", () => app.go("biometrics"));
  screen.on("changing", "click", () => app.go("changing"));
  screen.on("languages", "click", ({ target }) => {
    const chosen = target.closest("[lang][aria-pressed='false']");
    if (chosen) {
      speakOrSay(chosen.lang);
    }
  });
  screen.listen(app.inbox, "connection", draw);
  screen.listen(app.notifications, "change", draw);
  screen.listen(app.biometric, "change", draw);
  draw();

  async function speakOrSay(language) {
    screen.show("unspoken", false);
    if (!(await speak(language, app.page))) {
      screen.show("unspoken");
    }
  }

  async function draw() {
    const { isOn, lack } = app.biometric;
    screen.show("pins", app.keyring.active.length > 0);
    screen.text("locking", say(isOn ? "setting.on" : lack ? "setting.lacking" : "setting.off"));
    screen.text("notified", say(`check.allowed-${app.notifications.state}`));
    const results = Object.values(await checkAll(app));
    const wrong = results.filter(({ good }) => good === false).length;
    screen.text("checked", wrong > 0 ? sayCount("check.wrong", wrong) : say("check.all-good"));
  }
}
