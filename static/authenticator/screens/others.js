/** The word, on the screen of one question, that more of them wait. */

import { sayCount } from "../words.js";

export function tellOthers(screen, app, challenge) {
  const tell = () => {
    const others = app.waiting.list.filter(({ id }) => id !== challenge.id).length;
    screen.show("others", others > 0);
    screen.text("others", others > 0 ? sayCount("others", others) : "");
  };
  screen.on("others", "click", () => app.go("waiting"));
  screen.listen(app.waiting, "arrived", tell);
  screen.listen(app.waiting, "settled", tell);
  tell();
}
