"""What an application hears that asks for its tokens before there are any (RFC 8628, section 3.5; CIBA, section 11)."""

from __future__ import annotations


class Pending(Exception):
    """Nobody has decided yet. `too_soon`: the application asks too often."""

    def __init__(self, *, too_soon: bool) -> None:
        super().__init__()
        self.too_soon = too_soon


class Over(Exception):
    """There will be no tokens: `denied`, `expired`, or `unknown` for whatever this application has no right to."""

    def __init__(self, how: str) -> None:
        super().__init__(how)
        self.how = how
