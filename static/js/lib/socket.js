// One socket that comes back. It tells and never decides, so a lost frame costs nothing but time.
const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 30_000;

export class Socket {
  #address;
  #hear;
  #renew;
  #ticket;
  #socket = null;
  #timer = 0;
  #wait = FIRST_WAIT;

  /**
   * @param {string} path of the socket on this host
   * @param {() => string} ticket the newest ticket, asked for at each attempt
   * @param {(frame: object) => void} hear called with each frame
   * @param {() => Promise<void>} renew brings a new ticket: one opens a socket once, and soon after it was made
   */
  constructor(path, ticket, hear, renew) {
    this.#address = new URL(path, location.href.replace(/^http/, "ws"));
    this.#ticket = ticket;
    this.#hear = hear;
    this.#renew = renew;
  }

  get up() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Opens the socket, unless it is open or opening already. */
  open() {
    if (this.#socket) return;
    this.#stop();
    this.#address.searchParams.set("ticket", this.#ticket());
    const socket = new WebSocket(this.#address);
    this.#socket = socket;
    socket.addEventListener("message", (event) => {
      this.#wait = FIRST_WAIT;
      this.#hear(read(event.data));
    });
    socket.addEventListener("close", () => this.#again(socket));
  }

  close() {
    this.#stop();
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #stop() {
    clearTimeout(this.#timer);
    this.#timer = 0;
  }

  /** Waits longer after each failure, never quite as long as the neighbours, so that a restart is not stormed. */
  #again(socket) {
    if (socket !== this.#socket) return;
    this.#socket = null;
    this.#timer = setTimeout(() => this.#anew(), this.#wait * (0.5 + Math.random()));
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
  }

  async #anew() {
    const timer = this.#timer;
    await this.#renew();
    // Meanwhile somebody may have closed it for good, or opened it.
    if (timer === this.#timer) this.open();
  }
}

function read(data) {
  try {
    return JSON.parse(data);
  } catch {
    return {};
  }
}
