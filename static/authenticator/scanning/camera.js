/**
 * The camera: opened, changed for another, lit, and let go.
 *
 * SECURITY: whoever opens one closes it as soon as nobody looks through it any more.
 */

const PICTURE = { width: { ideal: 1280 }, height: { ideal: 720 } };

// What getUserMedia says (Media Capture and Streams, section 10.4); whatever else it says, the camera is not to be had now.
const TROUBLES = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "none",
  OverconstrainedError: "none",
};

/** What the browser keeps about the camera and this page; null where it does not tell. */
export async function permission() {
  return navigator.permissions?.query({ name: "camera" }).catch(() => null) ?? null;
}

/**
 * Why the camera could not be opened: "denied", "closed" (asked, and not answered), "none" or "busy". Anything but the
 * browser's own refusal is a fault of ours and is thrown on.
 */
export async function troubleOf(problem) {
  if (!(problem instanceof DOMException)) {
    throw problem;
  }
  const trouble = TROUBLES[problem.name] ?? "busy";
  return trouble === "denied" && (await permission())?.state === "prompt" ? "closed" : trouble;
}

const off = (stream) => stream.getTracks().forEach((track) => track.stop());

export class Camera {
  #video;
  #lost;
  #stream = null;
  #chosen = null; // the one the person has changed to
  #last = null; // the one that was open last
  #turn = 0;

  /**
   * @param {HTMLVideoElement} video where its picture goes
   * @param {function()} lost the picture has ended, and not by `close`
   */
  constructor(video, lost) {
    this.#video = video;
    this.#lost = lost;
  }

  /**
   * Open the one at the back, or the one that was chosen. The browser may ask the person first.
   *
   * @returns {Promise<boolean>} false: it was closed again meanwhile
   * @throws {DOMException} as getUserMedia does (Media Capture and Streams, section 10.4)
   */
  async open() {
    this.close();
    const turn = this.#turn;
    const stream = await this.#ask();
    if (turn !== this.#turn) {
      off(stream); // the person has gone on while the browser asked
      return false;
    }
    this.#stream = stream;
    this.#track.addEventListener("ended", () => stream === this.#stream && this.#lost());
    const { deviceId, facingMode } = this.#track.getSettings();
    this.#last = deviceId;
    this.#video.classList.toggle("mirrored", facingMode === "user");
    this.#video.srcObject = stream;
    await this.#video.play().catch(() => {}); // says no only when the picture has been taken away again
    await this.#focus();
    return turn === this.#turn;
  }

  close() {
    this.#turn += 1;
    if (this.#stream) {
      off(this.#stream);
      this.#stream = null;
      this.#video.srcObject = null;
    }
  }

  /** Whether there is another one to change to. */
  async hasOthers() {
    return (await this.#all()).length > 1;
  }

  /** Open the next one. Fails like `open`; after that `open` begins anew with the one at the back. */
  async change() {
    const all = await this.#all();
    this.#chosen = all[(all.indexOf(this.#last) + 1) % all.length];
    try {
      return await this.open();
    } catch (problem) {
      this.#chosen = null;
      throw problem;
    }
  }

  get hasLight() {
    return Boolean(this.#can.torch);
  }

  /** @param {boolean} on */
  async light(on) {
    await this.#track.applyConstraints({ advanced: [{ torch: on }] });
  }

  get #track() {
    return this.#stream.getVideoTracks()[0];
  }

  /** What the camera can do; not every browser tells. */
  get #can() {
    return (this.#stream && this.#track.getCapabilities?.()) ?? {};
  }

  async #all() {
    const devices = await navigator.mediaDevices.enumerateDevices();
    return devices.filter(({ kind }) => kind === "videoinput").map(({ deviceId }) => deviceId);
  }

  #ask() {
    const which = this.#chosen ? { deviceId: { exact: this.#chosen } } : { facingMode: { ideal: "environment" } };
    return navigator.mediaDevices.getUserMedia({ audio: false, video: { ...which, ...PICTURE } });
  }

  /** Some phones focus once and for all when they are not told otherwise. */
  async #focus() {
    if (this.#can.focusMode?.includes("continuous")) {
      await this.#track.applyConstraints({ advanced: [{ focusMode: "continuous" }] }).catch(() => {});
    }
  }
}
