/**
 * The authenticator: a page that holds device keys, shows what is asked of them, and answers.
 */

import { Answers } from "./answer.js";
import { Api } from "./api.js";
import { App } from "./app.js";
import { startClock } from "./clock.js";
import { Inbox } from "./inbox.js";
import { Keyring } from "./keyring.js";
import { Mark } from "./mark.js";
import { Messages } from "./messages.js";
import { openVault, VaultClosed } from "./vault.js";
import { Waiting } from "./waiting.js";

const root = document.querySelector("[data-authenticator]");
const page = {
  origin: root.dataset.origin,
  api: new URL(root.dataset.api, location.href),
  socket: new URL(root.dataset.socket, location.href.replace(/^http/, "ws")),
  push: { key: root.dataset.pushKey ?? "", icon: root.dataset.icon, badge: root.dataset.badge },
  worker: new URL(root.dataset.worker, location.href),
  version: root.dataset.version,
  languageCookie: root.dataset.languageCookie,
  later: new URL(root.dataset.later, location.href),
  screens: new URL(root.dataset.screens, location.href),
};
// What of the page is written in a language.
page.parts = [location, page.screens, new URL(document.querySelector("link[rel=manifest]").href)].map(({ pathname }) => pathname);

/** Why the page cannot run in this browser, as far as it can be told without trying. */
function fault() {
  if (!isSecureContext) {
    return "secure";
  }
  return crypto.subtle ? null : "crypto";
}

function cannotRun(app, why) {
  app.stop();
  app.go("outcome", { cannot: why });
}

async function start() {
  const app = new App(root, page);
  const why = fault();
  if (why) {
    cannotRun(app, why);
    return;
  }
  try {
    const vault = await openVault({ onOutdated: () => cannotRun(app, "outdated") });
    await startClock(vault);
    const keyring = new Keyring(vault, page.origin);
    const api = new Api(page.api, document.documentElement.lang);
    const waiting = new Waiting();
    const messages = new Messages(keyring);
    const inbox = new Inbox(page.socket, api, keyring, waiting, messages);
    await keyring.load();
    const mark = new Mark(new URL(root.dataset.mark, location.href), "marked" in root.dataset);
    mark.follow(keyring);
    app.begin({ vault, mark, api, keyring, waiting, messages, inbox, answers: new Answers(api, keyring) });
  } catch (closed) {
    if (!(closed instanceof VaultClosed)) {
      throw closed;
    }
    cannotRun(app, closed.why);
  }
}

document.documentElement.classList.add("js"); // what only scripts fill may show itself
start();
