/**
 * What is asked, shown exactly.
 *
 * SECURITY: the answer is signed over all of `display`, so all of it has to stand on the screen, members this page does
 * not know included, and nothing but it may look like a part of it.
 */

const KNOWN = new Set(["lang", "title", "account", "application", "facts", "warnings"]);

export function showDisplay(screen, { display, purpose }) {
  if (purpose !== "sign-in") {
    screen.text("heading", display.title);
  }
  screen.show("title", purpose === "sign-in");
  screen.text("title", display.title);
  screen.text("account", display.account);
  for (const name of ["heading", "title", "account", "facts", "warnings"]) {
    const ours = name === "heading" && purpose === "sign-in";
    if (!ours && display.lang) {
      screen.part(name).lang = display.lang;
    }
  }
  const application = display.application ?? "";
  screen.show("application", application !== "");
  screen.text("application-name", application);
  const unknown = Object.keys(display).filter((name) => !KNOWN.has(name));
  const facts = [...display.facts, ...unknown.map((name) => [name, JSON.stringify(display[name])])];
  screen.part("facts").append(...facts.map(fact));
  screen.show("warnings", display.warnings.length > 0);
  screen.part("warning-list").append(...display.warnings.map((warning) => element("li", warning)));
}

function fact([name, value]) {
  const pair = document.createElement("div");
  pair.append(element("dt", name), element("dd", value));
  return pair;
}

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}
