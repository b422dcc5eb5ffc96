/** How many tries a question still has, for whoever loads the page again in between. The portal alone counts them. */

const NAME = "tries";

export const keepTries = ({ id }, left) => sessionStorage.setItem(NAME, `${id} ${left}`);

/** Null: as many as at first, as far as this window knows. */
export function triesLeft({ id }) {
  const [of, left] = (sessionStorage.getItem(NAME) ?? "").split(" ");
  return of === id ? Number(left) : null;
}
