/** The screens by what may happen on them. */

// Screens a new question may take the place of. SECURITY: never one on which somebody is about to tap or to type.
export const AT_REST = new Set(["home", "welcome", "wiped", "loading", "missing", "outcome"]);
export const ABOUT_KEYS = new Set(["challenge", "refusing", "waiting", "accounts", "account", "forget", "messages", "message"]);
export const ABOUT_MESSAGES = new Set(["messages", "message"]);
export const ABOUT_QUESTIONS = new Set(["challenge", "refusing", "waiting"]);

// Where the phone's own Back leads to, and from where it leads out.
export const GROUND = new Set(["home", "welcome", "wiped", "waiting"]);

// Where Back leads to from what was opened within another screen.
export const WITHIN = new Map([
  ...["requirements", "notifications", "biometrics", "changing"].map((name) => [name, "settings"]),
  ...["account", "forget"].map((name) => [name, "accounts"]),
  ["message", "messages"],
]);

// Screens beside which a new version may be offered: nothing typed on them would be lost with the page.
export const UNTYPED = new Set([...AT_REST, "accounts", "settings", "messages"]);
