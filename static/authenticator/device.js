/**
 * What kind of device this is: for the name it is given first, and the word the portal keeps.
 */

// Order matters: later ones also call themselves by the names of earlier ones.
const BROWSERS = [
  ["Edge", /\bEdg(A|iOS)?\//],
  ["Opera", /\bOPR\//],
  ["Samsung Internet", /\bSamsungBrowser\//],
  ["Firefox", /\b(Firefox|FxiOS)\//],
  ["Chrome", /\b(Chrome|CriOS|HeadlessChrome)\//],
  ["Safari", /\bSafari\//],
];
const SYSTEMS = [
  ["Android", /\bAndroid\b/, "android"],
  ["iOS", /\b(iPhone|iPod)\b/, "ios"],
  ["iPadOS", /\biPad\b/, "ios"],
  ["Windows", /\bWindows\b/, "desktop"],
  ["ChromeOS", /\bCrOS\b/, "desktop"],
  ["macOS", /\bMacintosh\b/, "desktop"],
  ["Linux", /\bLinux\b/, "desktop"],
];

const first = (table, agent) => table.find(([, sign]) => sign.test(agent)) ?? [];

/** @returns {{browser: ?string, system: ?string, platform: "android"|"ios"|"desktop"|"other"}} */
export function thisDevice(agent = navigator.userAgent, touches = navigator.maxTouchPoints) {
  const [browser = null] = first(BROWSERS, agent);
  const [system = null, , platform = "other"] = first(SYSTEMS, agent);
  // A tablet that asks for desktop pages says it is a Macintosh; no Macintosh has a touch screen.
  return system === "macOS" && touches > 1 ? { browser, system: "iPadOS", platform: "ios" } : { browser, system, platform };
}

/**
 * Which names this device may be given first, from what its browser says of itself.
 *
 * @returns {{words: ?string, values: Object}} the name of a sentence and what stands in it; `words` null: a name that needs
 *   no translation, in `values.own`
 */
export function namesOf({ browser, system }, agent = navigator.userAgent) {
  if (system === "iOS") {
    return { words: null, values: { own: "iPhone" } };
  }
  if (system === "iPadOS") {
    return { words: null, values: { own: "iPad" } };
  }
  if (system === "Android") {
    return { words: /\bMobile\b/.test(agent) ? "device.phone" : "device.tablet", values: { system } };
  }
  return { words: browser && system ? "device.name" : "device.unknown", values: { browser, system } };
}

/** Whether the page runs as an app of its own, from the Home Screen or from the list of apps. */
export const isInstalled = () =>
  ["standalone", "minimal-ui", "fullscreen"].some((mode) => matchMedia(`(display-mode: ${mode})`).matches) ||
  navigator.standalone === true; // iOS has its own word for it

/** The model, such as "Pixel 9", or "" where the browser does not tell. Asks this browser only, never the network. */
export async function model(tells = navigator.userAgentData) {
  const told = await tells?.getHighEntropyValues(["model"]).catch(() => null);
  return told?.model?.trim().slice(0, 40) ?? "";
}
