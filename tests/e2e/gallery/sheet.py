"""The contact sheet: one file that opens from disk, with what differs from the run before on top."""

import json
from pathlib import Path
from shutil import rmtree
from typing import Any

from PIL import Image, ImageChops

_SHEET = (Path(__file__).parent / "sheet.html").read_text("utf-8")
# What differs is marked with this over a paler picture.
_MARK = (214, 0, 110)
# Round corners and edges come out a shade lighter or darker from one time to the next, which nobody sees: so many
# points at the most, by so much of 255. What is not 3 lighter or darker is the same.
_SAME, _UNSEEN, _FEW = 3, 32, 40


def compare(folder: Path) -> list[dict[str, Any]]:
    """Every picture of this run and how it stands to the one before: same, new, or differs; what differs first."""
    rmtree(folder / "differences", ignore_errors=True)
    (folder / "differences").mkdir()
    compared = [_compare(folder, path.name) for path in sorted((folder / "now").glob("*.png"))]
    return sorted(compared, key=lambda each: ("differs", "new", "same").index(each["state"]))


def _compare(folder: Path, name: str) -> dict[str, Any]:
    scene, language, scheme, width, _png = name.rsplit(".", 4)
    state = _state(folder / "now" / name, folder / "before" / name, folder / "differences" / name)
    about = {"scene": scene.replace("__", "/"), "language": language, "scheme": scheme, "width": int(width)}
    return {"name": name, "state": state, **about}


def _state(now: Path, before: Path, difference: Path) -> str:
    if not before.exists():
        return "new"
    if now.read_bytes() == before.read_bytes():
        return "same"
    here, there = _opened(now), _opened(before)
    size = max(here.width, there.width), max(here.height, there.height)
    apart = ImageChops.difference(_on(here, size), _on(there, size)).convert("L")
    changed = apart.point(lambda grey: 255 * (grey > _SAME))
    if apart.getextrema()[1] <= _UNSEEN and changed.histogram()[255] <= _FEW:
        return "same"
    pale = Image.blend(_on(here, size), Image.new("RGB", size, "white"), 0.7)
    pale.paste(_MARK, mask=changed)
    pale.save(difference)
    return "differs"


def _opened(path: Path) -> Image.Image:
    return Image.open(path).convert("RGB")


def _on(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The picture on a sheet of this size; what it does not cover differs from every picture that does."""
    whole = Image.new("RGB", size, (255, 0, 255))
    whole.paste(picture)
    return whole


def write(folder: Path, compared: list[dict[str, Any]]) -> Path:
    sheet = folder / "index.html"
    sheet.write_text(_SHEET.replace("[/* pictures */]", json.dumps(compared)), "utf-8")
    return sheet
