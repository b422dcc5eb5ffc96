/** Receipts of a challenge: it is on the screen; the person has touched it. */

export function giveReceipts(screen, app, challenge) {
  const shown = () => document.visibilityState === "visible" && app.answers.seen(challenge, "shown");
  const opened = () => app.answers.seen(challenge, "opened");
  shown();
  screen.listen(document, "visibilitychange", shown);
  screen.listen(app.place, "pointerdown", opened);
  screen.listen(app.place, "keydown", opened);
}
