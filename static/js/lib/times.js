// The server writes times in its own zone and says which; here each becomes the local time of whoever reads it.
// Twenty-four hours in every language: the phone and the desk show the same minute alike.
const STYLES = {
  clock: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  seconds: { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
  day: { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" },
};

/** The page's language, in the reader's own regional form of it where the browser knows one. */
function locale() {
  const language = document.documentElement.lang || "en";
  const regional = navigator.languages?.find((tag) => tag.split("-")[0] === language && tag !== language);
  return regional ?? language;
}

/** Rewrites every <time datetime> below `root`; data-time names the style, "clock" without one. */
export function localise(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    const style = STYLES[time.dataset.time] ?? STYLES.clock;
    time.textContent = new Intl.DateTimeFormat(locale(), style).format(at);
  }
}
