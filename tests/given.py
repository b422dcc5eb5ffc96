"""What the tests give and are, without anything of the portal: whoever only drives a browser needs no more."""

import os

# Long forms: a thousand rounds, minutes of guessing, every width. `make long` runs them.
LONG = os.environ.get("PORTAL_LONG") == "1"

PASSWORD = "correct horse battery staple"
PIN = "24x7"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"
ANDROID = (
    "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Mobile Safari/537.36"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.1 Mobile/15E148 Safari/604.1"
)


def inherited() -> dict[str, str]:
    """What a program of the portal takes over from the environment of whoever starts it for a test or a measurement."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
