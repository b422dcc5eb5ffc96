/** A number was scanned or came with an address, and the question that asks for one is not here. */

import { grouped } from "../words.js";

/** @param {{number: string}} data what came, for whichever question asks for it first */
export function number(screen, app, { number }) {
  const fits = /^\d{6}$/.test(number);
  const hasKey = app.keyring.active.length > 0;
  screen.text("digits", fits ? grouped(number, 3) : "");
  screen.text("spelt", fits ? [...number].join(", ") : "");
  screen.show("shown", fits);
  screen.on("again", "click", () => screen.busy("again", look));
  screen.on("by-hand", "click", () => app.go("authenticate", { question: fits ? number : "" }));
  screen.on("register", "click", () => app.go("adding"));
  screen.listen(app.waiting, "arrived", ({ detail }) => detail.mode === "number" && app.number(number));
  if (fits && hasKey) {
    look();
  } else {
    say(fits ? "nobody" : "misread");
  }

  async function look() {
    say("moment");
    const reached = await app.inbox.now();
    if (screen.left.aborted) {
      return;
    }
    if (app.waiting.list.some(({ mode }) => mode === "number")) {
      app.number(number); // it had arrived before this screen
    } else {
      say(reached ? "nothing" : "unreached");
    }
  }

  /** One of the sentences of this screen, and what can be done about it. */
  function say(which) {
    ["moment", "nothing", "unreached", "nobody", "misread"].forEach((part) => screen.show(part, part === which));
    screen.show("again", ["nothing", "unreached"].includes(which));
    screen.show("by-hand", hasKey && which !== "moment");
    screen.show("register", which === "nobody");
  }
}
