/**
 * The decoder, beside the page and not in it: a frame without a code costs a slow phone more than one picture's time.
 *
 * Takes {id, picture, thorough} and answers {id, texts}.
 */

import { decodeQRBatch } from "../../vendor/qr/decode.js";

const LONGEST = [1024, 2048, 4096]; // pixels to which a large photo is scaled, from the quickest on
const SMALL = 400; // below that, a code may have single pixels for its modules, which are too few to find
const PATIENCE = 2000; // milliseconds for one size of a photo

const canvas = new OffscreenCanvas(1, 1);
const context = canvas.getContext("2d", { willReadFrequently: true });

addEventListener("message", async ({ data: { id, picture, thorough } }) => {
  const texts = await (thorough ? search(picture) : read(picture, 1)).catch(() => []); // too large for this phone's memory
  picture.close();
  postMessage({ id, texts });
});

async function search(picture) {
  const longest = Math.max(picture.width, picture.height);
  const sizes = longest < SMALL ? [longest, longest * 4] : [...LONGEST.filter((size) => size < longest), longest];
  for (const size of sizes.filter((size) => size <= LONGEST.at(-1))) {
    const texts = await read(picture, size / longest, { effort: Infinity, timeLimit: PATIENCE });
    if (texts.length > 0) {
      return texts;
    }
  }
  return [];
}

async function read(picture, scale, options = {}) {
  const [width, height] = [picture.width, picture.height].map((side) => Math.max(1, Math.round(side * scale)));
  Object.assign(canvas, { width, height });
  context.fillStyle = "white"; // for pictures without a ground of their own
  context.fillRect(0, 0, width, height);
  context.imageSmoothingEnabled = scale <= 1;
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, width, height);
  const image = context.getImageData(0, 0, width, height);
  const [found] = await decodeQRBatch([image], { maxSize: { width, height }, ...options });
  return found.filter((text) => typeof text === "string");
}
