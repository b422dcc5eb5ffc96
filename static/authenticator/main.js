/**
 * The authenticator: a page that holds device keys, shows what is asked of them, and answers.
 */

import { Answers } from "./answer.js";
import { Api } from "./api.js";
import { App } from "./app.js";
import { startClock } from "./clock.js";
import { Inbox } from "./inbox.js";
import { Keyring } from "./keyring.js";
import { openVault, VaultClosed } from "./vault.js";
import { Waiting } from "./waiting.js";
import { say } from "./words.js";

const root = document.querySelector("[data-authenticator]");
const page = {
  origin: root.dataset.origin,
  api: new URL(root.dataset.api, location.href),
  socket: new URL(root.dataset.socket, location.href.replace(/^http/, "ws")),
};

/** Why the page cannot run in this browser, as far as it can be told without trying. */
function fault() {
  if (!isSecureContext) {
    return "secure";
  }
  return crypto.subtle ? null : "crypto";
}

function cannotRun(app, why) {
  app.stop();
  const other = { label: say("reload"), act: () => location.reload() };
  const check = ["secure", "crypto", "storage"].includes(why);
  app.go("outcome", { words: "cannot", text: say(`cannot.${why}`), tone: "bad", other, check });
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
    const api = new Api(page.api);
    const waiting = new Waiting();
    const inbox = new Inbox(page.socket, api, keyring, waiting);
    await keyring.load();
    app.begin({ api, keyring, waiting, inbox, answers: new Answers(api, keyring) });
  } catch (closed) {
    if (!(closed instanceof VaultClosed)) {
      throw closed;
    }
    cannotRun(app, closed.why);
  }
}

document.documentElement.classList.add("js"); // what only scripts fill may show itself
start();
