// What differs from run to run, made the same before a picture: moments, codes, numbers to carry, squares, ports.
async (square) => {
  const moment = new Date(Date.UTC(2026, 9, 12, 9, 41, 27));
  const zone = { timeZone: "UTC", hourCycle: "h23" };
  const styles = {
    clock: { hour: "2-digit", minute: "2-digit" },
    seconds: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
    day: { dateStyle: "medium", timeStyle: "short" },
  };
  const language = document.documentElement.lang === "en" ? "en-GB" : "zh-TW";
  const written = (style) => new Intl.DateTimeFormat(language, { ...zone, ...style }).format(moment);
  const day = written({ dateStyle: "medium" });
  const CODE = "K7QF3M9TW2HDX8RN";
  const same = [
    [/\b[0-9A-Z]{4}(?:-[0-9A-Z]{4}){1,3}\b/g, (found) => found.replaceAll(/[^-]/g, (_, at) => CODE[at - Math.floor(at / 5)])],
    [/\b\d{4}-\d{2}-\d{2}T[\d:.]+Z/g, moment.toISOString()],
    [/\b\d{2}:\d{2}:\d{2}\b/g, "09:41:27"],
    [/\b\d{1,2}:\d{2}\b/g, "09:41"],
    [/\b\d{4}-\d{2}-\d{2}\b/g, "2026-10-12"],
    [/\b\d{1,2} [A-Z][a-z]{2,3} 20\d\d\b|20\d\d年\d{1,2}月\d{1,2}日/g, day],
    [/\b[A-Z][a-z]+\.? \d{1,2}, 20\d\d\b/g, "Oct. 12, 2026"],
    [/\b(?:January|February|March|April|May|June|July|August|September|October|November|December) \d{1,2}\b/g, "October 12"],
    [/(?<!年)\b\d{1,2}月\d{1,2}日/g, "10月12日"],
    [/^\s*(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\s*$/g, "Mon"],
    [/^\s*(?:週|星期)?[一二三四五六日]\s*$/g, "週一"],
    [/\b\d+(?:\.\d+)? (ms|s|毫秒|秒)(?!\w)/g, "12 $1"],
    [/\b[ap]\.m\./g, "a.m."],
    [/\b\d{3} \d{3}\b/g, "481 502"],
    [/\b\d{4} \d{4}\b/g, "4815 0276"],
    [/(?<![\d+])\d{6}\b/g, "481502"],
    [/\b(?:[A-Z2-7]{4} ){3,}[A-Z2-7]{4}\b/g, (found) => "JBSW Y3DP EHPK 3PXP ".repeat(4).slice(0, found.length)],
    [/localhost:\d+/g, "localhost"],
    [/(?<![\w-])[\w-]{20,}(?![\w-])/g, (found) => (/\d/.test(found) ? "5e1f8a90c27b34d6".repeat(99).slice(0, found.length) : found)],
  ];
  const still = (text) => same.reduce((said, [pattern, fixed]) => said.replaceAll(pattern, fixed), text);
  const change = (holder, name) => {
    const said = still(holder[name]);
    if (said !== holder[name]) holder[name] = said;
  };

  for (const time of document.querySelectorAll("time")) time.textContent = written(styles[time.dataset.time] ?? styles.clock);
  // What draws itself anew every second does so no more.
  for (const each of document.querySelectorAll("time-left, later-button")) each.disconnectedCallback();
  for (const left of document.querySelectorAll("time-left")) left.textContent = "0:09:41";
  for (const { style } of document.querySelectorAll("time-bar")) {
    delete style.setProperty;
    style.setProperty("--left", "0.7");
    style.setProperty = () => {};
  }
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) change(texts.currentNode, "data");
  for (const field of document.querySelectorAll("input:not([type=hidden]), textarea")) change(field, "value");
  // A code that is said stands there digit by digit.
  for (const said of document.querySelectorAll(".digits")) {
    [...said.children].forEach((each, at) => {
      if (/^\d$/.test(each.textContent)) each.textContent = "481502"[at % 6];
    });
  }
  for (const each of document.querySelectorAll("svg.qr")) each.outerHTML = square;
  // Pictures come when they are scrolled to: here all of them do.
  const pictures = [...document.images];
  for (const each of pictures) each.loading = "eager";
  await Promise.allSettled(pictures.map((each) => each.decode()));
};
