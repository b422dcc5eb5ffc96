/** Adding a user, the end: it has worked, or waits for the number at the desk. */

import { now } from "../clock.js";
import { grouped, say } from "../words.js";

export function activated(screen, app, { claim, told, label }) {
  screen.text("name", claim.account.name);
  screen.text("username", claim.account.username);
  screen.text("device", label);
  screen.on("done", "click", () => app.home());
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
