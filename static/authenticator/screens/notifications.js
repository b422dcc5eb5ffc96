/** Notifications: why, and by a tap; or, for every state in which that does not work, what does. */

import { thisDevice } from "../device.js";
import { say } from "../words.js";

const SYSTEMS = { Android: "android", iOS: "ios", iPadOS: "ios", Windows: "windows", macOS: "macos" };
const CHROMIUM = new Set(["Chrome", "Edge", "Opera"]);

/** Which steps help in this browser, by the name of their list. */
function stepsFor(state) {
  const { browser, system, platform } = thisDevice();
  const own = SYSTEMS[system] ?? "other";
  if (state === "install" || (state === "denied" && platform === "ios")) {
    return [state === "install" ? "install" : "ios"];
  }
  const kind = CHROMIUM.has(browser) ? "chromium" : (browser ?? "other").split(" ")[0].toLowerCase();
  const place = platform === "android" ? "android" : "desktop";
  return state === "denied" ? [`${kind}-${place}`, own] : [own];
}

/** @param {{step?: boolean}} data `step`: it is a part of adding a user, so there is a way on without it */
export function notifications(screen, app, { step = false } = {}) {
  const { notifications } = app;
  const leave = () => (step ? app.home() : app.go("settings"));
  let drawn = "";

  screen.on("allow", "click", () => screen.busy("allow", () => notifications.ask()).then(draw));
  screen.on("again", "click", () => screen.busy("again", () => notifications.look({ now: true })).then(draw));
  screen.on("test", "click", () => app.go("requirements"));
  screen.on("later", "click", leave);
  screen.on("done", "click", leave);
  screen.listen(notifications, "change", draw);
  draw();

  function draw() {
    const { state, proof } = notifications;
    const words = state === "granted" && ["suspect", "gone"].includes(proof) ? "repairing" : state;
    if (screen.isBusy || drawn === words) {
      return;
    }
    if (drawn) {
      app.announce(say(`notifications.${words}`));
    }
    drawn = words;
    screen.text("heading", say(`notifications.${words}`));
    screen.text("text", say(`notifications.${words}.text`));
    screen.show("good", state === "granted");
    screen.show("plain", state !== "granted");
    drawSteps(state);
    const asks = state === "default";
    screen.show("allow", asks);
    screen.show("later", asks);
    screen.show("again", state === "unsubscribed");
    screen.show("test", state === "granted");
    screen.show("done", !asks);
    screen.part("done").classList.toggle("main", !["granted", "unsubscribed"].includes(state));
  }

  function drawSteps(state) {
    const wanted = ["denied", "install", "granted", "unsubscribed"].includes(state) ? stepsFor(state) : [];
    const lists = [...screen.part("steps").querySelectorAll("[data-steps]")];
    lists.forEach((list) => (list.hidden = !wanted.includes(list.dataset.steps)));
    for (const part of ["by-browser", "by-system"]) {
      screen.show(part, lists.some((list) => !list.hidden && screen.part(part).contains(list)));
    }
    screen.show("steps", wanted.length > 0);
    screen.text("steps-heading", say(state === "granted" ? "notifications.unseen" : "notifications.steps"));
    screen.show("vary", state !== "install");
    screen.show("looks", state === "denied");
  }
}
