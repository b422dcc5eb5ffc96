// The marks that say what a trial of this browser has found; their words and signs stand in a template of the page.

/**
 * Shows in a row what was found, with the sign and the word of its state; a row or the template may have a closer word for it.
 *
 * @param {HTMLElement} row has a place `data-mark`; closer words stand in data attributes
 * @param {{state: string, word?: string, seconds?: number}} found as `tried` says it
 * @param {HTMLTemplateElement} template holds a mark for each state: templates/help/marks.html
 */
export function mark(row, { state, word = state, seconds }, template) {
  row.dataset.state = state;
  const sign = template.content.querySelector(`[data-result="${state}"]`).cloneNode(true);
  const closer = (row.dataset[word] ?? template.dataset[word])?.replace("{seconds}", seconds);
  if (closer) sign.querySelector("[data-word]").textContent = closer;
  row.querySelector("[data-mark]").replaceChildren(sign);
}
