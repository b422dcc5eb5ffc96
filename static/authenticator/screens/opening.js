/** On the way to one question: the one that a notification or a link names, wherever it is by now. */

export function opening(screen, app, { id }) {
  screen.on("again", "click", () => screen.busy("again", look));
  screen.on("by-hand", "click", () => app.go("authenticate"));
  screen.after(0, look); // not while this screen is still being shown

  async function look() {
    const reached = app.waiting.has(id) || (await app.inbox.now());
    if (screen.left.aborted) {
      return;
    }
    const challenge = app.waiting.get(id);
    if (challenge) {
      app.go("challenge", { challenge });
    } else if (reached) {
      app.go("outcome", { words: "settled-gone", tone: "plain" });
    } else {
      screen.show("unreached");
      screen.show("actions");
      screen.show("moment", false);
    }
  }
}
