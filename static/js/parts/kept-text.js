// What was typed survives a change of the language, which loads the page anew. In this window alone, until that page is
// there, and only of fields that say so by data-keep: never a password, a PIN or a code.
const NAME = "typed";
const fields = () => [...document.querySelectorAll("input[data-keep], select[data-keep], textarea[data-keep]")];

document.addEventListener("submit", keep);
bringBack();

function keep(event) {
  if (!event.target.matches("[data-language]")) return;
  const typed = fields().map(({ name, value }) => [name, value]);
  try {
    sessionStorage.setItem(NAME, JSON.stringify({ page: here(), typed }));
  } catch {
    // Without storage it has to be typed again.
  }
}

function bringBack() {
  const { page, typed = [] } = taken();
  if (page !== here()) return;
  fields().forEach((field, at) => {
    const [name, value] = typed[at] ?? [];
    if (name === field.name && value) field.value = value;
  });
}

/** Whatever was kept, once: the next page finds nothing. */
function taken() {
  try {
    const kept = sessionStorage.getItem(NAME);
    sessionStorage.removeItem(NAME);
    return JSON.parse(kept) ?? {};
  } catch {
    return {};
  }
}

function here() {
  return location.pathname + location.search;
}
