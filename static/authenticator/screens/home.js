/** The first screens: nobody registered yet, nothing to answer, several questions. */

import { row } from "../stage.js";
import { timeOfDay } from "../words.js";

export function welcome(screen, app) {
  screen.on("register", "click", () => app.go("adding"));
}

export function home(screen, app) {
  const tell = () => {
    const away = ["offline", "reconnecting"].includes(app.inbox.connection);
    screen.show("keep-open", !away);
    screen.show("no-network", away);
  };
  screen.listen(app.inbox, "connection", tell);
  tell();
}

export function waiting(screen, app) {
  const draw = () => {
    const rows = app.waiting.list.map((challenge) => {
      const { element, open, title, account, facts } = row("waiting");
      title.textContent = challenge.display.title;
      account.textContent = challenge.display.account;
      facts.textContent = [timeOfDay(challenge.created), ...challenge.display.facts.slice(0, 2).map(([, value]) => value)].join(" · ");
      open.lang = challenge.display.lang;
      open.addEventListener("click", () => app.go("challenge", { challenge }));
      return element;
    });
    screen.part("list").replaceChildren(...rows);
    screen.show("one", rows.length === 1);
    screen.show("many", rows.length !== 1);
  };
  screen.listen(app.waiting, "arrived", draw);
  screen.listen(app.waiting, "settled", () => (app.waiting.list.length > 0 ? draw() : app.home()));
  draw();
}
