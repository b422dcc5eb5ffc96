"""The pictures of the help: each numbered step that has one shows it below its words."""

from __future__ import annotations

import json
import re
from functools import cache

from django.conf import settings
from django.template.loader import render_to_string

# Written with the pictures, by the browser tests that walk the steps: how large each of them is.
SIZES = settings.BASE_DIR / "templates" / "help" / "pictures.json"

_HIGHEST = 352
_STEP = re.compile(r'<li data-step="([\w-]+)">(.*?)(?=</li>)', re.DOTALL)


def pictured(body: str, language: str, article: str) -> str:
    """The article with the pictures of its steps."""

    def step(found: re.Match[str]) -> str:
        return found[0] + _figure(f"{language}/{article}/{found[1]}")

    return _STEP.sub(step, body)


def _figure(name: str) -> str:
    size = _sizes().get(name)
    if not size:
        return ""
    # As large as it is shown, so that its room is kept before it has come and nothing on the page jumps.
    width, height = size
    width, height = round(width * min(1, _HIGHEST / height)), min(height, _HIGHEST)
    return render_to_string("help/picture.html", {"file": f"help/{name}.webp", "width": width, "height": height})


@cache
def _sizes() -> dict[str, tuple[int, int]]:
    return dict(json.loads(SIZES.read_text(encoding="utf-8")))
