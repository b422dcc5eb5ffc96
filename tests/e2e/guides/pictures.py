"""The pictures of the help: taken while a step is walked, the same at every run, small, and listed with their sizes."""

import io
import json
from pathlib import Path

from django.conf import settings
from PIL import Image, ImageChops
from playwright.sync_api import Locator, Page

from portal.help.pictures import SIZES
from twofactor.views.pictures import qr_picture

FOLDER = settings.BASE_DIR / "static" / "help"
AIR, LEAST = 24, 320  # what is kept around the marked, and how high a picture is at least, in pixels of the page
COLOURS = 64
SHARP = 1.5  # pixels of a picture for each of the page

# What differs from run to run stands still: codes, times, addresses, the time that is left. `putBack` ends it.
# Says what to cut out: as wide as the column, as high as what is shown needs, and through no line and no control.
STILL = r"""async ([column, marked, around, square, air, least]) => {
  const SIGNS = "K7MQ2XV9RTHD4WPB8ZNC3YGJ5FSA6E1";
  let signs = 0;
  const like = (text) => text.replace(/[^-]/g, () => SIGNS[(signs++ * 7) % SIGNS.length]);
  const digits = (sample) => (text) => { let at = 0; return text.replace(/\d/g, () => sample[at++ % sample.length]); };
  const MASKS = [
    [/\b[0-9A-Z]{4}(-[0-9A-Z]{4}){2,3}\b/g, like],
    [/(?<![\w-])[\w-]{43}(?![\w-])/g, (text) => like(text.replaceAll("-", "x"))],
    [/#[0-9A-Z]{12}\b/g, () => "#K9PY62DNF7RB"],
    [/\b\d{4}[\s\u00a0]\d{4}\b/g, digits("59213047")],
    [/\b\d{3}[\s\u00a0]\d{3}\b/g, digits("482913")],
    [/\b\d{1,2}:\d{2}(:\d{2})?\b/g, digits("143200")],
    [/\b20\d\d-\d\d-\d\d\b/g, () => "2027-03-02"],
    [/\b20\d\d\/\d{1,2}\/\d{1,2}\b/g, () => "2027/3/2"],
    [/\b20\d\d年\d{1,2}月\d{1,2}日/g, () => "2027年3月2日"],
    [/\b\d{1,2} [A-Z][a-z]{2} 20\d\d\b/g, () => "2 Mar 2027"],
    [/\b[A-Z][a-z]{2} \d{1,2}, 20\d\d\b/g, () => "Mar 2, 2027"],
    [/(localhost|127\.0\.0\.1):\d+/g, () => "portal.example"],
    [/127\.0\.0\.1/g, () => "203.0.113.7"],
  ];
  const still = (text) => MASKS.reduce((so, [pattern, by]) => so.replace(pattern, by), text);
  const undo = [];
  const set = (thing, key, value) => {
    const before = thing[key];
    if (before === value) return;
    thing[key] = value;
    undo.push(() => (thing[key] = before));
  };
  const texts = () => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) found.push(walker.currentNode);
    return found;
  };
  for (const text of texts()) set(text, "data", still(text.data));
  for (const field of document.querySelectorAll("input:not([type=hidden], [type=password])")) {
    set(field, "value", /^\d{6}$/.test(field.value) ? "482913" : still(field.value));
  }
  for (const svg of document.querySelectorAll("svg.qr")) set(svg, "innerHTML", square);
  for (const ticking of document.querySelectorAll("time-bar, .left")) set(ticking.style, "visibility", "hidden");
  for (const each of marked) {
    set(each.style, "outline", "3px solid #e8590c");
    set(each.style, "outlineOffset", "3px");
    if (getComputedStyle(each).borderRadius === "0px") set(each.style, "borderRadius", "4px");
  }
  document.activeElement?.blur();
  window.putBack = () => { for (const each of undo.reverse()) each(); };

  const boxes = (things) => things.flatMap((thing) => [...thing.getClientRects()]);
  const ranges = texts().map((text) => {
    const range = new Range();
    range.selectNodeContents(text);
    return range;
  });
  const controls = document.querySelectorAll("button, .button, input, select, textarea, svg, .tag");
  const whole = boxes([...controls, ...ranges]);
  const beside = (y, way) => {
    const cut = whole.find(({ top, bottom }) => top < y - 1 && y + 1 < bottom);
    return cut ? beside(way < 0 ? cut.top - 8 : cut.bottom + 8, way) : y;
  };
  const shown = boxes([...marked, ...around]);
  const top = Math.min(...shown.map((box) => box.top)) - air;
  const bottom = Math.max(...shown.map((box) => box.bottom)) + air;
  const more = Math.max(0, least - (bottom - top)) / 2;
  const from = Math.max(0, Math.round(beside(top - more, -1) + scrollY));
  const to = Math.min(document.documentElement.scrollHeight, Math.round(beside(bottom + more, 1) + scrollY));
  const { left, width } = column.getBoundingClientRect();
  const changing = document.getAnimations().filter((each) => each instanceof CSSTransition);
  await Promise.allSettled(changing.map(({ finished }) => finished));
  return { x: left + scrollX, y: from, width, height: to - from };
}"""


class Album:
    """The pictures of one article in one language, while they are taken."""

    def __init__(self, article: str, language: str) -> None:
        self._place = f"{language}/{article}"
        self._taken: set[str] = set()

    def take(self, step: str, page: Page, marked: list[Locator], around: Locator | None) -> None:
        column, *handles = [each.element_handle() for each in (page.locator("main"), *marked)]
        more = [around.element_handle()] if around else []
        clip = page.evaluate(STILL, [column, handles, more, _square(), AIR, LEAST])
        shot = page.screenshot(clip=clip, full_page=True, animations="disabled")
        page.evaluate("window.putBack()")
        self._taken.add(step)
        _keep(FOLDER / self._place / f"{step}.webp", shot)

    def close(self) -> None:
        """Take away what is no step any more, and list all that there is."""
        for path in (FOLDER / self._place).glob("*.webp"):
            if path.stem not in self._taken:
                path.unlink()
        sizes = {str(path.relative_to(FOLDER).with_suffix("")): size_of(path) for path in FOLDER.rglob("*.webp")}
        lines = [f"  {json.dumps(name)}: {json.dumps(sizes[name])}" for name in sorted(sizes)]
        SIZES.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def size_of(path: Path) -> list[int]:
    """Of a picture, on the page."""
    with Image.open(path) as picture:
        return [round(picture.width / SHARP), round(picture.height / SHARP)]


def _square() -> str:
    """What stands in a QR code of a picture: something that is nobody's."""
    return qr_picture("https://portal.example/authenticator/", "").partition(">")[2].removesuffix("</svg>")


def _keep(path: Path, shot: bytes) -> None:
    """Write it, unless it looks as it did."""
    picture = Image.open(io.BytesIO(shot)).convert("RGB")
    if path.exists() and _looks_like(path, picture):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    written = io.BytesIO()
    few = picture.quantize(COLOURS, dither=Image.Dither.NONE).convert("RGB")
    few.save(written, "WEBP", lossless=True, quality=75, method=4)
    path.write_bytes(written.getvalue())


def _looks_like(path: Path, picture: Image.Image) -> bool:
    """Nothing differs by more than what few colours and the edges of letters make of it."""
    before = Image.open(path).convert("RGB")
    if before.size != picture.size:
        return False
    differing = ImageChops.difference(before, picture).convert("L").point(lambda value: 255 * (value > 48))
    return sum(differing.histogram()[255:]) < 40
