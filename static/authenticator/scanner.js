/**
 * The scanner: reads what stands in the QR codes that a camera or a picture shows. Loaded when somebody wants to scan.
 * It knows neither words nor what the codes mean.
 */

import { Camera, permission, troubleOf } from "./scanning/camera.js";
import { NoDecoder, Reader, Unreadable } from "./scanning/reader.js";

const GAP = 60; // milliseconds between two looks, so that the phone stays cool and quick

export class Scanner {
  #camera;
  #reader;
  #tell;
  #found;
  #looking = new AbortController();
  #state = "opening";

  /**
   * @param {HTMLVideoElement} video where the camera's picture goes
   * @param {string} worker address of the decoder
   * @param {Object} options
   * @param {AbortSignal} options.signal ends everything
   * @param {function(string, Object)} options.tell hears the state: "opening", "seeing" with {others, light}, "denied",
   *        "closed" (asked, and not answered), "none", "busy", "insecure" or "missing" (the decoder could not be loaded)
   * @param {function(string[])} options.found hears what stands in the codes of a frame
   */
  constructor(video, worker, { signal, tell, found }) {
    Object.assign(this, { video });
    this.#tell = tell;
    this.#found = found;
    this.#reader = new Reader(worker);
    this.#camera = new Camera(video, () => this.#trouble("busy"));
    signal.addEventListener("abort", () => this.#end());
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#rest() : this.#return()), { signal });
    permission().then((asked) => asked?.addEventListener("change", () => this.#return(), { signal }));
  }

  /** Open the camera at the back, or the one chosen before, and look through it. */
  start() {
    return this.#begin(() => this.#camera.open());
  }

  /** Change to the next camera. */
  change() {
    return this.#begin(() => this.#camera.change());
  }

  /** @param {boolean} on */
  light(on) {
    return this.#camera.light(on);
  }

  /**
   * What the codes in a picture say.
   *
   * @returns {Promise<string[]|string>} or why there is no telling: "image-unreadable", "missing"
   */
  async search(file) {
    try {
      return await this.#reader.search(file);
    } catch (problem) {
      if (problem instanceof Unreadable || problem instanceof NoDecoder) {
        return problem instanceof Unreadable ? "image-unreadable" : "missing";
      }
      throw problem;
    }
  }

  async #begin(open) {
    this.#rest();
    const { signal } = (this.#looking = new AbortController());
    this.#say("opening");
    try {
      if (!navigator.mediaDevices) {
        this.#trouble(isSecureContext ? "none" : "insecure");
      } else if (await open()) {
        this.#say("seeing", { others: await this.#camera.hasOthers(), light: this.#camera.hasLight });
        await this.#look(signal);
      }
    } catch (problem) {
      if (!signal.aborted) {
        this.#trouble(problem instanceof NoDecoder ? "missing" : await troubleOf(problem));
      }
    }
  }

  /** One frame after the other. */
  async #look(signal) {
    while (!signal.aborted) {
      await nextFrame(this.video);
      const texts = signal.aborted ? [] : await this.#reader.look(this.video);
      if (texts.length > 0 && !signal.aborted) {
        this.#found(texts);
      }
      await new Promise((done) => setTimeout(done, GAP));
    }
  }

  /** SECURITY: the camera is off whenever nobody looks through it. */
  #rest() {
    this.#looking.abort();
    this.#camera.close();
  }

  /** Somebody looks at the page again, or has allowed the camera meanwhile. */
  async #return() {
    const refused = ["denied", "closed"].includes(this.#state);
    const allowed = refused && (await permission())?.state === "granted";
    if (allowed || (this.#looking.signal.aborted && ["opening", "seeing"].includes(this.#state))) {
      await this.start();
    }
  }

  #end() {
    this.#state = "ended";
    this.#rest();
    this.#reader.close();
  }

  #trouble(state) {
    this.#rest();
    this.#say(state);
  }

  #say(state, more) {
    if (this.#state !== "ended") {
      this.#state = state;
      this.#tell(state, more);
    }
  }
}

/** A new picture in the video. Never comes when the video has stopped, and then nobody waits for it. */
function nextFrame(video) {
  return new Promise((done) => {
    if (video.requestVideoFrameCallback) {
      video.requestVideoFrameCallback(done);
    } else {
      requestAnimationFrame(done);
    }
  });
}
