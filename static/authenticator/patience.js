/** Waiting, but not for ever: some things a browser promises never come. */

/** What `promise` brings, or a TimeoutError after so many milliseconds. */
export function within(milliseconds, promise) {
  let timer;
  const over = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new DOMException("", "TimeoutError")), milliseconds);
  });
  return Promise.race([promise, over]).finally(() => clearTimeout(timer));
}
