/** The number of the sign-in page in a challenge: typed, scanned, or brought by an address. */

/**
 * @param {{challenge: Object, number?: string, pin?: string, brought?: boolean, scanned?: boolean}} data what the screen was
 *        shown with: the number and the PIN so far, whether the number came with an address, or from the scanner here
 * @param {function()} changed hears that the field is filled in
 */
export function numberField(screen, app, { challenge, number = "", pin = "", brought = false, scanned = false }, changed) {
  const field = screen.part("number");
  if (challenge.mode !== "number") {
    return;
  }
  screen.show("number-field");
  fill(number, brought);
  screen.on("number", "input", () => field.value === "" && screen.show("scan"));
  screen.on("scan", "click", () => app.go("scanning", { challenge, pin: screen.part("pin").value }));
  screen.listen(app.place, "number", (offer) => {
    offer.preventDefault();
    fill(offer.detail, true);
    screen.part("heading").focus();
  });
  if (scanned) {
    // The question was read before it was left; on with what is missing.
    const isPinAsked = screen.part("use-pin").hidden;
    screen.after(0, () => screen.part(isPinAsked ? (pin ? "approve" : "pin") : "use-biometrics").focus());
  }

  /** SECURITY: whoever was sent an address should know that the number in it may be somebody else's. */
  function fill(digits, isBrought) {
    field.value = digits;
    screen.show("scan", digits === "");
    screen.show("brought", isBrought);
    changed();
  }
}
