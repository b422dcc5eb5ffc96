"""A film of desk and phone side by side, for the README: one picture after the other, with a line of words below."""

import base64
import io
from html import escape
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from tests.e2e.gallery.pictures import make_still

# Milliseconds of each picture; the last one is looked at for longer.
SHOWN, LAST = 2200, 4500
_STAGE = """
<style>
  body { margin: 0; padding: 24px; inline-size: 912px; box-sizing: border-box; background: #edf0f4; color: #1a222b;
    font: 600 19px/1.4 system-ui, sans-serif; }
  div { display: flex; gap: 24px; align-items: center; }
  img { display: block; background: #fff; object-fit: cover; object-position: top; border: 1px solid #7a8189; }
  .desk { inline-size: 616px; block-size: 430px; border-radius: 10px; }
  .phone { inline-size: 214px; block-size: 464px; border-radius: 26px; border-width: 5px; border-color: #1a222b; }
  p { margin: 16px 0 0; min-block-size: 1.4em; }
</style>
"""


class Film:
    def __init__(self, desk: Page, phone: Page) -> None:
        self._desk, self._phone = desk, phone
        self._frames: list[tuple[bytes, bytes, str]] = []

    def take(self, words: str) -> None:
        for page in (self._desk, self._phone):
            make_still(page)
        shots = [page.screenshot(animations="disabled") for page in (self._desk, self._phone)]
        self._frames.append((shots[0], shots[1], words))

    def develop(self, page: Page, path: Path) -> None:
        """Write it as a moving picture; `page` is a window to put them together in."""
        page.set_viewport_size({"width": 912, "height": 560})
        pictures = [self._picture(page, *frame) for frame in self._frames]
        shown = [SHOWN] * (len(pictures) - 1) + [LAST]
        path.parent.mkdir(parents=True, exist_ok=True)
        pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=shown, loop=0, quality=80, method=6)

    def _picture(self, page: Page, desk: bytes, phone: bytes, words: str) -> Image.Image:
        shots = "".join(
            f'<img class="{name}" src="data:image/png;base64,{base64.b64encode(shot).decode()}">'
            for name, shot in (("desk", desk), ("phone", phone))
        )
        page.set_content(f"{_STAGE}<div>{shots}</div><p>{escape(words)}</p>")
        page.wait_for_function("[...document.images].every((each) => each.complete)")
        return Image.open(io.BytesIO(page.screenshot())).convert("RGB")
