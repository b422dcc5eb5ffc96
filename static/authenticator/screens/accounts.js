/** The accounts of this authenticator, and one of them: its name, and forgetting it. */

import { signed } from "../answer.js";
import { labelStatement, revokeStatement } from "../protocol.js";
import { problemSentence } from "../problems.js";
import { row } from "../screen.js";
import { day, say } from "../words.js";

/** What is special about a key, or null. */
function noteOf(app, key) {
  if (key.origin !== app.page.origin) {
    return say("account.elsewhere", { origin: key.origin });
  }
  return key.state === "confirm" ? say("account.confirm") : null;
}

export function accounts(screen, app) {
  const draw = () => {
    const keys = app.keyring.accounts;
    screen.show("empty", keys.length === 0);
    screen.show("begin", keys.length === 0);
    screen.show("intro", keys.length > 0);
    screen.part("list").replaceChildren(...keys.map(rowOf));
  };
  const rowOf = (key) => {
    const { element, open, name, portal, label, note } = row("account");
    name.textContent = key.account.name;
    portal.textContent = `${key.account.username} · ${key.portal.name}`;
    label.textContent = key.label;
    note.textContent = noteOf(app, key) ?? "";
    note.hidden = noteOf(app, key) === null;
    open.addEventListener("click", () => app.go("account", { key }));
    return element;
  };
  screen.on("register", "click", () => app.go("adding"));
  screen.listen(app.keyring, "change", draw);
  draw();
}

export function account(screen, app, { key }) {
  const usable = key.origin === app.page.origin && key.state === "active";
  screen.text("name", key.account.name);
  screen.text("username", key.account.username);
  screen.text("portal", key.portal.name);
  screen.text("origin", key.origin);
  screen.text("added", day(key.added));
  screen.part("label").value = key.label;
  screen.show("rename-field", usable);
  if (noteOf(app, key)) {
    screen.say("note", noteOf(app, key));
  }
  screen.on("label", "input", () => screen.unfault("label-wrong", "label"));
  screen.on("forget", "click", () => app.go("forget", { key }));
  screen.onSubmit(() => {
    const label = screen.part("label").value.trim();
    if (usable && label) {
      screen.busy("rename", () => rename(label));
    } else {
      screen.fault(say("device.missing"), "label-wrong", "label");
    }
  });

  async function rename(label) {
    try {
      await signed(app.keyring, key, async (at) => app.api.label(key.kid, await labelStatement(key, at, { label })));
      await app.keyring.rename(key.kid, label);
      app.announce(say("account.renamed"));
      if (!screen.left.aborted) {
        app.go("accounts");
      }
    } catch (problem) {
      screen.fault(problem.unanswered ? say("account.offline") : problemSentence(problem), "label-wrong", "label");
    }
  }
}

export function forget(screen, app, { key }) {
  const names = { name: key.account.name, portal: key.portal.name };
  const known = key.origin === app.page.origin;
  const tell = (reachable) => {
    screen.show("yes", known && reachable);
    screen.show("alone", !reachable);
    screen.show("offline", !reachable);
  };
  screen.text("whose", say("account.whose", names));
  screen.on("no", "click", () => app.go("account", { key }));
  screen.on("yes", "click", () => screen.busy("yes", revoke));
  screen.on("alone", "click", () => wipe("forgotten-alone.advice"));
  screen.listen(app.inbox, "connection", () => tell(known && app.inbox.connection !== "offline"));
  tell(known && app.inbox.connection !== "offline");

  async function revoke() {
    app.keyring.unwant(key.kid);
    try {
      await signed(app.keyring, key, async (at) => app.api.revoke(key.kid, await revokeStatement(key, at)));
    } catch (problem) {
      if (problem.code !== "key-inactive") {
        screen.say("problem", problemSentence(problem));
        tell(!problem.unanswered);
        screen.show("yes");
        return;
      }
    }
    await wipe();
  }

  async function wipe(advice) {
    await app.keyring.forget(key.kid);
    app.go("outcome", { words: "forgotten", tone: "plain", values: names, advice });
  }
}
