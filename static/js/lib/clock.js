// Time as the server sees it, so that a wrong clock on this computer misleads nobody.
const rendered = Date.parse(document.documentElement.dataset.now);
const offset = Number.isNaN(rendered) ? 0 : rendered - Date.now();

/** Milliseconds since 1970 by the server's clock, true to about the time the page took to arrive. */
export function now() {
  return Date.now() + offset;
}
