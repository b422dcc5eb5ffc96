/**
 * Where the QR leads. Decides what this browser needs before it can take the code, and whether there is anything to
 * decide: whoever can go on goes on.
 */

import "../js/parts/copy-button.js";
import { readActivationCode } from "./protocol.js";
import { openVault, VaultClosed } from "./vault.js";

const PROMPT = 800; // milliseconds for which a browser may come forward with its own way to install

// Browsers inside of other apps: they keep no keys, or lose them, and lend no camera.
const INSIDE = /\bFB(?:AN|AV|_IAB)\b|Instagram|\bLine\/|MicroMessenger|KAKAOTALK|Snapchat|musical_ly|Bytedance|TikTok|LinkedInApp|\bGSA\/|; wv\)/;

const main = document.querySelector("[data-landing]");
const code = readActivationCode(location.hash.slice(1));
const platform = deviceOf(main.dataset.landing);
// Chrome says it once, and as early as it likes.
const offered = new Promise((resolve) => {
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    resolve(event);
  });
});

/** An iPad calls itself a Mac, but no Mac is touched in more than one place. */
function deviceOf(told) {
  const isPad = told === "desktop" && /\bMacintosh\b/.test(navigator.userAgent) && navigator.maxTouchPoints > 1;
  return isPad ? "ios" : told;
}

function isInside() {
  return INSIDE.test(navigator.userAgent) || (platform === "ios" && !("serviceWorker" in navigator));
}

const isInstalled = () => matchMedia("(display-mode: standalone)").matches || navigator.standalone === true;

/** Whether keys lie here already: then this is the authenticator that the code is for. */
async function hasKeys() {
  const vault = await openVault({ onOutdated: () => {} });
  return (await vault.load()).keys.length > 0;
}

/** @returns {Promise<string>} what to show, or "on": straight to the authenticator, which has something for every case */
async function decided() {
  if (!code) {
    return "codeless";
  }
  if (!isSecureContext || !crypto.subtle) {
    return "on";
  }
  if (isInside()) {
    return "inside";
  }
  try {
    if (isInstalled() || (await hasKeys())) {
      return "on";
    }
  } catch (closed) {
    if (!(closed instanceof VaultClosed)) {
      throw closed;
    }
    return closed.why === "storage" ? "private" : "on";
  }
  if (platform !== "android") {
    return "install";
  }
  return (await Promise.race([offered, after(PROMPT)])) ? "install" : "on";
}

const after = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// The way back leads to where the code came from, and not to here.
const goOn = () => location.replace(`${main.dataset.on}#${code}`);

function show(way) {
  for (const part of main.querySelectorAll("[data-way]")) {
    part.hidden = part.dataset.way !== way;
  }
  scrollTo(0, 0);
  main.querySelector(`[data-way="${way}"] h1`)?.focus({ preventScroll: true });
}

function fill() {
  main.querySelector(`[name="platform"][value="${platform}"]`).checked = true;
  for (const link of main.querySelectorAll("[data-go-on]")) {
    link.href = `${main.dataset.on}#${code}`;
  }
  for (const place of main.querySelectorAll("[data-code]")) {
    place.textContent = code.match(/.{4}/g).join("-");
  }
  for (const copy of main.querySelectorAll("[data-copies]")) {
    copy.dataset.copy = copy.dataset.copies === "code" ? code : location.href;
  }
}

/** In these browsers the installed app and the tab keep the same keys, so the person simply goes on here. */
async function offerInstall() {
  const prompt = await offered;
  for (const part of main.querySelectorAll("[data-install]")) {
    part.hidden = part.dataset.install !== "prompt";
  }
  for (const button of main.querySelectorAll("button[data-prompt]")) {
    // After a no as well: it can be installed at any time.
    button.addEventListener("click", () => prompt.prompt().finally(goOn), { once: true });
  }
}

async function start() {
  // A second scan in the same tab changes only the fragment.
  addEventListener("hashchange", () => location.reload());
  if (code) {
    fill();
  }
  const way = await decided();
  if (way === "on") {
    goOn();
  } else {
    show(way);
    offerInstall();
  }
}

document.documentElement.classList.add("js");
show("moment");
start();
