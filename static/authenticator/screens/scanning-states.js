/** How the scanner stands, as the screen shows it: the picture, or why there is none. */

import { thisDevice } from "../device.js";
import { say } from "../words.js";

/**
 * @param {string} state one of those of scanner.js
 * @param {{others?: boolean, light?: boolean}} can whether there is another camera to change to, and a light
 */
export function showState(screen, state, { others = false, light = false } = {}) {
  const trouble = !["opening", "seeing"].includes(state);
  screen.part("light").setAttribute("aria-pressed", "false");
  screen.show("switch", others);
  screen.show("tip-switch", others);
  screen.show("light", light);
  screen.show("tools", others || light);
  screen.show("finder", !trouble);
  screen.show("opening", state === "opening");
  screen.show("hint", state === "seeing" && screen.part("problem").hidden);
  screen.show("trouble", trouble);
  screen.show("again", trouble);
  screen.show("steps", state === "denied");
  screen.show("more", state === "denied");
  screen.part("typed").classList.toggle("main", trouble);
  if (trouble) {
    screen.show("tips", false);
    screen.text("trouble-text", say(`scan.${state}`));
    showSteps(screen.part("steps"));
  }
}

/** Only those for this kind of device. */
function showSteps(list) {
  const { platform } = thisDevice();
  for (const step of list.querySelectorAll("[data-on]")) {
    step.hidden = !step.dataset.on.split(" ").includes(platform);
  }
}
