// Articles of the help: unfolds what is about this device, and marks those requirements that can be tried here.
import { thisDevice } from "../authenticator/device.js";
import { tried } from "./lib/abilities.js";
import { mark } from "./lib/marks.js";

unfold();
for (const row of document.querySelectorAll(".needs [data-check]")) check(row);

/** The others stay folded, and open at a tap: people also read about a device that they do not hold. */
function unfold() {
  const { platform, system } = thisDevice();
  const own = document.querySelectorAll(`[data-platform="${platform}"], [data-system="${system}"]`);
  for (const part of own) part.open = true;
}

async function check(row) {
  const place = document.createElement("span");
  place.dataset.mark = "";
  row.append(" ", place);
  const marks = row.closest(".needs").querySelector("[data-marks]");
  mark(row, { state: "trying" }, marks);
  mark(row, await tried(row.dataset.check, row.dataset), marks);
}
