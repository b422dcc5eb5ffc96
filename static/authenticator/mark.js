/**
 * The mark: that this browser has held keys. Browsers may remove what a page has stored, keys included, without a word; the
 * mark stands where it has the best chance to outlive them, so that the page can say what has happened.
 *
 * It stands in a cookie that only the portal can set and in the browser's simplest storage. Nothing follows from it but a
 * sentence.
 */

const NAME = "portal-key-mark";
const DAY = 86400000; // milliseconds
const RENEW = 30; // days after which the cookie is asked for again: browsers let none live for ever
const today = () => Math.floor(Date.now() / DAY);

/** What this browser noted: "kept <day>", "gone" (on purpose) or null. */
function noted() {
  try {
    return localStorage.getItem(NAME);
  } catch {
    return null;
  }
}

function note(text) {
  try {
    localStorage.setItem(NAME, text);
  } catch {
    // The cookie has to do.
  }
}

export class Mark {
  #address;
  #cookie;

  /**
   * @param {URL} address where the cookie is set
   * @param {boolean} cookie whether it was there when the page was asked for
   */
  constructor(address, cookie) {
    this.#address = address;
    this.#cookie = cookie;
  }

  /** Whether keys were here that nobody has taken away on purpose. */
  get isWiped() {
    const text = noted();
    return text === null ? this.#cookie : text.startsWith("kept");
  }

  /** From here on the mark follows the keys. @param {Keyring} keyring loaded */
  follow(keyring) {
    let had = keyring.accounts.length > 0;
    const look = () => {
      const has = keyring.accounts.length > 0;
      if (has || had) {
        this.#set(has);
      }
      had = has;
    };
    keyring.addEventListener("change", look);
    look();
    if (!had && !this.isWiped && this.#cookie) {
      this.#send(false); // there was no network when the last key went
    }
  }

  /** Somebody has read that the keys are gone, and wants to begin anew. */
  clear() {
    this.#set(false);
  }

  #set(has) {
    const text = noted();
    const isNews = has ? !text?.startsWith("kept") || today() - Number(text.split(" ")[1]) > RENEW : text !== "gone";
    if (isNews) {
      note(has ? `kept ${today()}` : "gone");
      this.#send(has);
    }
  }

  #send(keys) {
    const said = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ keys }) };
    fetch(this.#address, said).catch(() => {}); // the next time, or never: it is only a sentence
  }
}
