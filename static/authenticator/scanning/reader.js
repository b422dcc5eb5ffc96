/**
 * Reading QR codes: by the browser where it can, else, and where it finds nothing, by a decoder in a worker.
 */

const SIDE = 720; // pixels of a frame, whose square middle is what the person sees
const BLIND = 4000; // milliseconds without a find after which the browser is no longer trusted alone
const HUNG = 2000; // milliseconds after which the browser's own way is given up

/** A file that this browser cannot read as a picture. */
export class Unreadable extends Error {}

/** The decoder could not be loaded. */
export class NoDecoder extends Error {}

export class Reader {
  #address;
  #native; // a promise, and later what it has brought
  #worker = null;
  #asked = new Map();
  #began = null;

  /** @param {string} address of the decoder's worker */
  constructor(address) {
    this.#address = address;
    this.#native = within(nativeDetector()).catch(() => null);
  }

  close() {
    this.#worker?.terminate();
    this.#worker = null;
  }

  /**
   * What the codes in a frame of a video say; empty when there is none.
   *
   * @throws {NoDecoder}
   */
  async look(video) {
    const seen = await this.#byBrowser(video);
    this.#began ??= performance.now();
    const alone = this.#native && performance.now() - this.#began < BLIND;
    if (seen.length > 0 || alone || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) {
      return seen;
    }
    const side = Math.min(video.videoWidth, video.videoHeight);
    const size = Math.min(side, SIDE);
    const [x, y] = [(video.videoWidth - side) / 2, (video.videoHeight - side) / 2];
    return this.#decode(await createImageBitmap(video, x, y, side, side, { resizeWidth: size, resizeHeight: size }));
  }

  /**
   * The same for a picture, with more patience.
   *
   * @param {Blob} file
   * @throws {Unreadable|NoDecoder}
   */
  async search(file) {
    const picture = await createImageBitmap(file).catch(() => {
      throw new Unreadable(file.type);
    });
    const seen = await this.#byBrowser(picture);
    return seen.length > 0 ? seen : this.#decode(picture, true);
  }

  async #byBrowser(source) {
    this.#native = await this.#native;
    if (!this.#native) {
      return [];
    }
    try {
      const codes = await within(this.#native.detect(source));
      return codes.map(({ rawValue }) => rawValue);
    } catch {
      this.#native = null; // it is there and does not work: a phone without the service behind it
      return [];
    }
  }

  #decode(picture, thorough = false) {
    const { promise, resolve, reject } = Promise.withResolvers();
    const id = crypto.randomUUID();
    this.#asked.set(id, { resolve, reject });
    this.#ready().postMessage({ id, picture, thorough }, [picture]);
    return promise;
  }

  #ready() {
    if (!this.#worker) {
      this.#worker = new Worker(this.#address, { type: "module" });
      this.#worker.addEventListener("message", ({ data: { id, texts } }) => {
        this.#asked.get(id).resolve(texts);
        this.#asked.delete(id);
      });
      this.#worker.addEventListener("error", () => this.#failed());
    }
    return this.#worker;
  }

  /** It could not be loaded; the next try begins anew. */
  #failed() {
    this.close();
    this.#asked.forEach(({ reject }) => reject(new NoDecoder()));
    this.#asked.clear();
  }
}

/** The browser's own way (Accelerated Shape Detection, section 2.3), or null. */
async function nativeDetector() {
  const formats = (await globalThis.BarcodeDetector?.getSupportedFormats()) ?? [];
  return formats.includes("qr_code") ? new BarcodeDetector({ formats: ["qr_code"] }) : null;
}

function within(work) {
  return Promise.race([work, new Promise((_, fail) => setTimeout(() => fail(new Error("too slow")), HUNG))]);
}
