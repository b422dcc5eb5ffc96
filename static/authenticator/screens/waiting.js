/** Several questions, or one that somebody has stepped back from. */

import { row } from "../screen.js";
import { timeOfDay } from "../words.js";

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
