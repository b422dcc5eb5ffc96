/**
 * The later part of the page: every screen but the first, loaded once the first picture stands.
 *
 * A new screen is one line in SCREENS here, and its <template> one line in templates/authenticator/later.html. What only
 * those screens need is imported by them, and so comes along; what has to run from the beginning belongs into main.js.
 */

import { Biometric } from "./biometric.js";
import { beginNotifications } from "./drawer.js";
import { Shell } from "./shell.js";
import { accounts, account, forget } from "./screens/accounts.js";
import { activated } from "./screens/activated.js";
import { activating } from "./screens/activating.js";
import { adding } from "./screens/adding.js";
import { authenticate, nobody } from "./screens/authenticate.js";
import { biometrics, offer } from "./screens/biometrics.js";
import { challenge } from "./screens/challenge.js";
import { changing, forgotten } from "./screens/changing.js";
import { message, messages } from "./screens/messages.js";
import { notifications } from "./screens/notifications.js";
import { opening } from "./screens/opening.js";
import { number } from "./screens/number.js";
import { outcome } from "./screens/outcome.js";
import { refusing } from "./screens/refusing.js";
import { requirements } from "./screens/requirements.js";
import { scanning } from "./screens/scanning.js";
import { settings } from "./screens/settings.js";
import { waiting } from "./screens/waiting.js";

export const SCREENS = {
  waiting, adding, activating, activated, challenge, refusing, outcome, authenticate, "authenticate-nobody": nobody,
  accounts, account, forget, settings, notifications, number, opening, requirements, scanning,
  biometrics, "biometrics-offer": offer, changing, forgotten, messages, message,
};

/** What runs beside the screens from the moment this part is there. @param {App} app with everything in it */
export function begin(app) {
  app.shell = new Shell();
  app.shell.begin(app.page.worker);
  beginNotifications(app);
  app.biometric = new Biometric(app);
  app.biometric.begin();
}
