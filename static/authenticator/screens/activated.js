/** Adding a user, the end: it has worked, or waits for the number at the desk. */

import { now } from "../clock.js";
import { grouped, say } from "../words.js";

/** @param {{claim: Object, told: Object, label: string, bits: Uint8Array}} data `bits`: of the PIN, as the portal has accepted it */
export function activated(screen, app, data) {
  const { claim, told, label, bits } = data;
  screen.text("name", claim.account.name);
  screen.text("username", claim.account.username);
  screen.text("device", label);
  screen.on("done", "click", () => app.home());
  screen.on("biometrics", "click", () => app.go("biometrics-offer", { bits, then: () => app.go("activated", { ...data, bits: null }) }));
  screen.on("notifications", "click", () => app.go("notifications", { step: true }));
  tell(told.state === "confirm");

  if (told.state === "confirm") {
    screen.text("digits", grouped(told.confirm_code, 3));
    screen.text("spelt", [...told.confirm_code].join(", "));
    screen.listen(app.keyring, "change", look);
    screen.after(((app.keyring.find(told.kid)?.doubt ?? now()) - now() + 5) * 1000, look);
  }

  function tell(waits) {
    const words = waits ? "confirm" : "activated";
    screen.show("confirm", waits);
    screen.show("seal", !waits);
    screen.text("heading", say(words));
    screen.text("text", say(`${words}.text`));
    // One offer at a time: first what makes every answer easier, then what brings the questions.
    const lock = !waits && Boolean(bits) && !app.biometric.isOn && app.biometric.lack === null;
    const offers = !waits && !lock && ["default", "install"].includes(app.notifications.state);
    screen.show("biometrics", lock);
    screen.show("notifications", offers);
    screen.show("why", offers);
    screen.part("done").classList.toggle("main", !offers && !lock);
  }

  function look() {
    const key = app.keyring.find(told.kid);
    if (!key) {
      app.go("outcome", { words: "unconfirmed", tone: "bad" });
    } else if (key.state === "active" && !screen.part("confirm").hidden) {
      tell(false);
      app.announce(say("activated.spoken"));
    }
  }
}
