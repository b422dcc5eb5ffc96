/**
 * A socket that comes back: with growing pauses, spread by chance so that a portal that restarts is not
 * met by all its phones at once.
 */

import { hear } from "./clock.js";

const FIRST_PAUSE = 500; // milliseconds, doubled with each failure
const LONGEST_PAUSE = 30000;
const PATIENCE = 10000; // for the first frame; a proxy may open a socket that leads nowhere

export class Channel {
  #socket = null;
  #failures = 0;
  #timer = 0;

  /**
   * @param {Object<string, function(Object)>} hear what to do with a frame, by its type
   * @param {function()} lost called each time the socket closes or does not open
   */
  constructor(address, hear, lost) {
    Object.assign(this, { address, hear: new Map(Object.entries(hear)), lost });
  }

  /** Open anew, whatever there was. */
  open() {
    this.close();
    const socket = new WebSocket(this.address);
    this.#socket = socket;
    this.#timer = setTimeout(() => socket.close(), PATIENCE);
    socket.onmessage = ({ data }) => this.#heard(data);
    socket.onclose = () => this.#lost();
  }

  /** Close, and stay so until opened again. */
  close() {
    clearTimeout(this.#timer);
    if (this.#socket) {
      this.#socket.onmessage = null;
      this.#socket.onclose = null;
      this.#socket.close();
      this.#socket = null;
    }
  }

  send(frame) {
    if (this.#socket?.readyState === WebSocket.OPEN) {
      this.#socket.send(JSON.stringify(frame));
    }
  }

  #heard(data) {
    clearTimeout(this.#timer);
    const frame = JSON.parse(data);
    if (frame.type === "attached") {
      this.#failures = 0;
    }
    hear(frame.server_time);
    this.hear.get(frame.type)?.(frame);
  }

  #lost() {
    this.close();
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.#failures);
    this.#failures += 1;
    this.#timer = setTimeout(() => this.open(), pause * (0.5 + Math.random()));
    this.lost();
  }
}
