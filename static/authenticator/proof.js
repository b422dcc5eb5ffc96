/**
 * Where a screen asks for the PIN, or for the biometric in its place. Whatever keeps the biometric from it, the PIN field
 * comes back, and nothing that was typed is lost.
 */

import { thisDevice } from "./device.js";
import { NotGiven } from "./passkey.js";
import { isPin } from "./pin.js";
import { pinBits } from "./protocol.js";
import { canSay, say } from "./words.js";

const SYSTEMS = { iOS: "ios", iPadOS: "ios", macOS: "macos", Windows: "windows", Android: "android" };

const STILL = 800; // milliseconds for which a button that answers with one tap does not move

/** The name of a sentence about the biometric that has the word of this device's system for it. */
export function biometricWord(name) {
  const own = `${name}.${SYSTEMS[thisDevice().system]}`;
  return canSay(own) ? own : `${name}.other`;
}

export class Proof {
  #screen;
  #app;
  #parts;
  #does;
  #given = null; // what the biometric gave: another try on the same screen does not ask for it again
  #asking = null;
  #isStill = false;
  byBiometric = false;

  /**
   * @param {{pin: string, field: string, go: string}} parts the PIN's input, what stands around it, the button that acts
   * @param {{act: function(), tell: function(string), back: function(), changed?: function()}} does `act`: what the buttons
   *   do, with `bits()` at hand; `tell`: say why the PIN is asked after all; `back`: to this screen, from the one about
   *   forgotten PINs; `changed`: the way of proving is another one now
   */
  constructor(screen, app, parts, does) {
    this.#screen = screen;
    this.#app = app;
    this.#parts = parts;
    this.#does = { changed: () => {}, ...does };
    screen.text("biometric-hint", say(biometricWord("biometric.hint")));
    screen.on("forgotten", "click", () => app.go("forgotten", { back: does.back }));
    screen.on("use-pin", "click", () => {
      this.use(false);
      screen.part(parts.pin).focus();
    });
    screen.on("use-biometrics", "click", () => {
      this.use(true);
      does.act();
    });
    screen.listen(app.biometric, "change", () => screen.part(parts.pin).value || this.use(app.biometric.isReady));
    screen.after(STILL, () => {
      this.#isStill = true;
      this.#does.changed();
    });
    this.#draw(app.biometric.isReady);
  }

  /** The button that acts. */
  get button() {
    return this.byBiometric ? "use-biometrics" : this.#parts.go;
  }

  get isComplete() {
    return this.byBiometric || isPin(this.#screen.part(this.#parts.pin).value);
  }

  /**
   * SECURITY: a tap that was meant for the screen before, whose place a question has just taken, must not answer it.
   *
   * @param {boolean} rest whether everything else is there that the screen asks for
   */
  allow(rest) {
    const ready = rest && (this.#isStill || !this.byBiometric);
    this.#screen.part(this.#parts.go).disabled = !(ready && this.isComplete);
    this.#screen.part("use-biometrics").disabled = !(rest && this.#isStill);
  }

  /** Ask for one or the other. */
  use(biometric) {
    this.#draw(biometric);
    this.#does.changed();
  }

  #draw(biometric) {
    const { field, go } = this.#parts;
    const visible = { [field]: !biometric, [go]: !biometric, "biometric-hint": biometric, "use-pin": biometric, forgotten: !biometric };
    this.byBiometric = biometric;
    Object.entries(visible).forEach(([part, shown]) => this.#screen.show(part, shown));
    this.#screen.show("use-biometrics", this.#app.biometric.isReady);
    const { classList } = this.#screen.part("use-biometrics");
    Object.entries({ main: biometric, full: biometric, plain: !biometric }).forEach((each) => classList.toggle(...each));
  }

  /** Show its buttons, or others in their place. */
  show(visible) {
    this.#screen.show("proof", visible);
    this.#screen.show(this.#parts.go, visible && !this.byBiometric);
  }

  /** The bits; null when the biometric did not give them, and the PIN is asked for from here on. */
  async bits() {
    if (!this.byBiometric) {
      this.#given = null;
      return pinBits(this.#screen.part(this.#parts.pin).value, this.#app.keyring.install.salt);
    }
    this.#asking = new AbortController();
    try {
      this.#given ??= await this.#app.biometric.open(AbortSignal.any([this.#asking.signal, this.#screen.left]));
      return this.#given;
    } catch (problem) {
      if (!(problem instanceof NotGiven)) {
        throw problem;
      }
      this.#tell(problem.why);
      return null;
    }
  }

  /** The question is over: the browser takes its own back. */
  cancel() {
    this.#asking?.abort();
  }

  /** The portal does not take what the biometric gave: the PIN is another one by now. False: it was a PIN somebody typed. */
  async wasWrong() {
    if (!this.#given) {
      return false;
    }
    this.#given = null;
    await this.#app.biometric.drop();
    this.#tell("wrong");
    return true;
  }

  #tell(why) {
    this.use(false);
    if (!this.#screen.left.aborted) {
      this.#does.tell(say(`biometric.${why}`));
    }
  }
}
