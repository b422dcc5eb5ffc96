// Articles of the help: shows the steps for the device that the reader chooses, and marks those requirements that can be
// tried in this browser. Without it everything stands below its own heading.
import { thisDevice } from "../authenticator/device.js";
import { tried } from "./lib/abilities.js";
import { mark } from "./lib/marks.js";

const KEPT = "help-platform";
const blocks = document.querySelectorAll(".systems");
const rows = document.querySelectorAll(".needs [data-check]");

blocks.forEach(offer);
choose(led() ?? kept() ?? thisDevice().platform);
addEventListener("hashchange", () => led() && choose(led()));
rows.forEach(begin);
// What is allowed or connected may change while somebody follows the steps.
for (const moment of ["focus", "online", "offline"]) addEventListener(moment, () => rows.forEach(check));
unfoldContents();
unfoldForPaper();

/** One choice before each part that differs; whichever is used, all of them follow. */
function offer(block, index) {
  block.prepend(document.querySelector("[data-systems]").content.cloneNode(true));
  for (const choice of block.querySelectorAll("fieldset input")) {
    choice.name = `platform-${index}`;
    choice.addEventListener("change", () => {
      choose(choice.value);
      keep(choice.value);
    });
  }
}

/** People also read about a device that they do not hold. Whatever is neither phone nor tablet is a computer. */
function choose(platform) {
  const known = ["android", "ios"].includes(platform) ? platform : "desktop";
  for (const block of blocks) {
    block.querySelector(`[value="${known}"]`).checked = true;
    for (const part of block.querySelectorAll("[data-platform]")) part.hidden = part.dataset.platform !== known;
  }
  if (location.hash.length > 1) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

/** The device about which the address asks, if it leads into the steps for one. */
function led() {
  return document.getElementById(location.hash.slice(1))?.closest("[data-platform]")?.dataset.platform;
}

/** For the next article. A browser may refuse to keep anything: then each one begins with this device. */
function keep(platform) {
  try {
    localStorage.setItem(KEPT, platform);
  } catch {
    // Nothing is lost but the choice.
  }
}

function kept() {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

function begin(row) {
  const place = document.createElement("span");
  place.dataset.mark = "";
  row.append(" ", place);
  mark(row, { state: "trying" }, marksOf(row));
  check(row);
}

async function check(row) {
  mark(row, await tried(row.dataset.check, row.dataset), marksOf(row));
}

function marksOf(row) {
  return row.closest(".needs").querySelector("[data-marks]");
}

/** The list of sections stands open where it stands beside the article; above it, it would push the article down. */
function unfoldContents() {
  const contents = document.querySelector(".toc details");
  if (contents) contents.open = matchMedia("(min-width: 50rem)").matches;
}

/** Paper cannot be tapped. */
function unfoldForPaper() {
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const each of opened) each.open = true;
  });
  addEventListener("afterprint", () => {
    for (const each of opened) each.open = false;
  });
}
