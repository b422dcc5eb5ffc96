/** Messages of the portal: all of them, and one of them, opened. */

import { response, signed } from "../answer.js";
import { now } from "../clock.js";
import { unseal } from "../jwe.js";
import { problemSentence } from "../problems.js";
import { Proof } from "../proof.js";
import { openStatement } from "../protocol.js";
import { row } from "../screen.js";
import { canSay, day, say, timeOfDay } from "../words.js";
import { pinOutcome, pinSentence } from "./pins.js";

const VISIBLE = 60000; // milliseconds

export function messages(screen, app) {
  const draw = () => {
    const { list } = app.messages;
    screen.show("none", list.length === 0);
    screen.part("list").replaceChildren(...list.map(rowOf));
  };
  const rowOf = (message) => {
    const { element, open, title, whose, unread } = row("message");
    title.textContent = message.title;
    whose.textContent = [day(message.created), app.keyring.find(message.kid).account.name].join(" · ");
    unread.hidden = Boolean(message.opened);
    open.addEventListener("click", () => app.go("message", { message }));
    return element;
  };
  screen.listen(app.messages, "change", draw);
  draw();
}

/** @param {{message: Object}} data as the inbox lists it; with a question it wants the PIN */
export function message(screen, app, { message }) {
  const key = app.keyring.find(message.kid);
  const tell = (sentence) => screen.fault(sentence, "wrong", "pin");
  const names = { pin: "pin", field: "pin-field", go: "go" };
  const proof = message.question && new Proof(screen, app, names, { act, tell, back: () => app.go("message", { message }) });
  screen.text("title", message.title);
  screen.text("whose", `${key.account.name} · ${key.portal.name}`);
  screen.on("pin", "input", () => screen.unfault("wrong", "pin"));
  screen.on("back", "click", () => app.go("messages"));
  screen.on("copy", "click", copy);
  screen.onSubmit(act);
  if (proof) {
    screen.say("ends", say("ends", { time: timeOfDay(message.expires) }));
  } else {
    proofGone();
    screen.say("text", "…");
    run();
  }

  function proofGone() {
    ["go", "pin-field", "proof"].forEach((part) => screen.show(part, false));
  }

  function act() {
    screen.show("problem", false);
    if (proof?.isComplete) {
      screen.busy(proof.button, run);
    } else {
      tell(say("pin.shape"));
    }
  }

  async function run() {
    const bits = proof && (await proof.bits());
    if (proof && !bits) {
      return;
    }
    try {
      show(await open(bits));
    } catch (problem) {
      await failed(problem);
    }
  }

  async function open(bits) {
    const given = bits && { response: await response(app.keyring.install, key, message.question, bits) };
    const send = async (at) => app.api.open(message.id, await openStatement(key, at, { message: message.id, ...given }));
    const { jwe } = await app.keyring.trying([key.kid], () => signed(app.keyring, key, send));
    const said = await unseal(key.sealing, jwe, key.origin, `${key.kid}.${message.id}`).catch(() => null);
    app.messages.add({ ...message, opened: now() });
    return said && JSON.parse(said);
  }

  function show(said) {
    screen.part("pin").value = "";
    if (said?.password) {
      proofGone();
      screen.text("secret", said.password);
      screen.show("result");
      screen.part("secret").focus();
      screen.after(VISIBLE, hide);
    } else if (said?.text) {
      showText(said);
    } else {
      screen.show("text", false);
      screen.say("problem", say("message.unreadable"));
    }
  }

  /** The address in a notice becomes a link, if it leads to this portal. */
  function showText({ text, lang }) {
    const [address = ""] = /https?:\/\/\S+/.exec(text) ?? [];
    const isOurs = address.startsWith(`${key.origin}/`);
    const way = ["/stop/desk/", "/stop/"].find((path) => address.startsWith(key.origin + path));
    screen.say("text", isOurs ? text.replace(address, "").replace(/: *$/, ".").replace(/： *$/, "。") : text);
    screen.part("text").lang = lang;
    screen.show("link", isOurs);
    screen.part("link").href = isOurs ? address : "";
    if (way) {
      screen.text("link", say(`link.${way}`));
    }
  }

  function hide() {
    screen.text("secret", "");
    screen.show("result", false);
    screen.show("hidden-again");
  }

  async function failed(problem) {
    screen.show("text", false);
    const isPinWrong = proof && ["wrong-pin", "locked"].includes(problem.code) && !problem.clockOff;
    const isToldOf = isPinWrong && (await proof.wasWrong());
    const ends = pinOutcome(app, problem);
    if (ends) {
      ends();
    } else if (problem.code === "wrong-pin") {
      screen.part("pin").value = "";
      isToldOf || tell(pinSentence(problem));
    } else {
      const own = `message.${problem.code}`;
      screen.say("problem", canSay(own) ? say(own) : problemSentence(problem));
    }
  }

  async function copy() {
    const copied = await navigator.clipboard.writeText(screen.part("secret").textContent).then(
      () => "copied",
      () => "copy.failed",
    );
    screen.text("copy", say(copied));
    app.announce(say(copied));
  }
}
