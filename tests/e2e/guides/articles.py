"""The numbered steps of the help: their names, and the words in bold, by which they call what is pressed."""

import re
from functools import cache

from django.conf import settings

HELP = settings.BASE_DIR / "templates" / "help"
LANGUAGES = ("en", "zh-hant")

# Steps that no browser of ours can walk, and why. They have no picture.
CAMERA, DRAWER, SAME = "the camera app", "the drawer of the system", "the page is the one on Android"
OUTSIDE = {
    "activation": {
        "android-camera": CAMERA,
        "android-point": CAMERA,
        "android-address": CAMERA,
        "ios": SAME,
        "desktop-open": "the address bar",
        "desktop-install": SAME,
        "desktop-continue": SAME,
    },
    "installing": {"ios": "the menus of iOS"},
    "lost-phone": {"block-sim": "a call to the telephone company"},
    "not-received": {"online": "the settings of the phone", "quiet": DRAWER},
    "notifications": {
        "android": "the settings of Android",
        "ios": "the settings of iOS",
        "windows": "the settings of Windows",
        "mac": "the settings of macOS",
    },
    "passwords": {"ask": "spoken"},
    "scanning": {
        "camera-app": CAMERA,
        "address": CAMERA,
        "ios": "the home screen of iOS",
        "allow": "a question of the browser's own",
        "cure-setting": CAMERA,
        "cure-distance": "the hand that holds the phone",
    },
    "signing-in": {"android-drawer": DRAWER, "ios": SAME, "desktop": SAME},
    "support-desk": {"first-word": "spoken", "second-word": "spoken"},
    "text-codes": {"answer": "a call", "listen": "a call"},
}

_STEP = re.compile(r'<li data-step="([\w-]+)">(.*?)</li>', re.DOTALL)
_BOLD = re.compile(r"<strong>([^<]*[^<.。])</strong>")  # a sentence in bold is no name


@cache
def steps(article: str, language: str) -> dict[str, list[str]]:
    """The steps of an article in their order, each with the names in it."""
    text = (HELP / language / f"{article}.html").read_text(encoding="utf-8")
    return {name: _BOLD.findall(words) for name, words in _STEP.findall(text)}


def inside(article: str, language: str) -> dict[str, list[str]]:
    """Those that a browser can walk."""
    return {name: bold for name, bold in steps(article, language).items() if not is_outside(article, name)}


def is_outside(article: str, name: str) -> bool:
    """Whether the step, or the group of steps whose name it begins with, is outside the browser."""
    return any(name == each or name.startswith(f"{each}-") for each in OUTSIDE.get(article, {}))


def articles() -> list[str]:
    """Those with numbered steps."""
    return [path.stem for path in sorted((HELP / "en").glob("*.html")) if steps(path.stem, "en")]
