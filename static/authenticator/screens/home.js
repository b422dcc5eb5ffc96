/** The first screens: nobody registered yet or any more, nothing to answer, and what is shown while the rest of the page comes. */

import { Outdated } from "../rest.js";

export function welcome(screen, app) {
  screen.on("register", "click", () => app.go("adding"));
}

export function home(screen, app) {
  const tell = () => {
    const away = ["offline", "reconnecting"].includes(app.inbox.connection);
    const called = app.keyring.active.length > 0 && app.keyring.active.every(({ kid }) => app.keyring.push[kid] === "works");
    screen.show("quiet", !away);
    screen.show("unreached", away);
    screen.show("keep-open", !away && !called);
    screen.show("called", !away && called);
    screen.show("no-network", away);
  };
  screen.listen(app.inbox, "connection", tell);
  screen.listen(app.keyring, "push", tell);
  tell();
}

/** Keys were here, and the browser has removed them. */
export function wiped(screen, app) {
  screen.on("register", "click", () => app.go("adding"));
  screen.on("clear", "click", () => {
    app.mark.clear();
    app.home();
  });
}

/** What was asked for is on its way. */
export function loading() {}

/** It did not come. @param {{problem: Error, again: function()}} data why, and what tries once more */
export function missing(screen, app, { problem, again }) {
  const isOutdated = problem instanceof Outdated;
  screen.show("outdated", isOutdated);
  screen.show("unreached", !isOutdated);
  screen.on("again", "click", () => (isOutdated ? location.reload() : again()));
}
