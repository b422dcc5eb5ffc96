// One socket that comes back. It tells and never decides, so a lost frame costs nothing but time.
const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 30_000;

export class Socket {
  #address;
  #hear;
  #ticket;
  #socket = null;
  #timer = 0;
  #wait = FIRST_WAIT;

  /**
   * @param {string} path of the socket on this host
   * @param {() => string} ticket the newest ticket, asked for at each attempt
   * @param {(frame: object) => void} hear called with each frame
   */
  constructor(path, ticket, hear) {
    this.#address = new URL(path, location.href.replace(/^http/, "ws"));
    this.#ticket = ticket;
    this.#hear = hear;
  }

  get up() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Opens the socket, unless it is open or opening already. */
  open() {
    if (this.#socket) return;
    clearTimeout(this.#timer);
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
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  /** Waits longer after each failure, never quite as long as the neighbours, so that a restart is not stormed. */
  #again(socket) {
    if (socket !== this.#socket) return;
    this.#socket = null;
    this.#timer = setTimeout(() => this.open(), this.#wait * (0.5 + Math.random()));
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
  }
}

function read(data) {
  try {
    return JSON.parse(data);
  } catch {
    return {};
  }
}
