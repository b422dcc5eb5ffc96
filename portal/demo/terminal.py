"""A QR in the terminal, for the camera of a phone."""

import os
from collections.abc import Mapping
from typing import TextIO

import qrcode

# Black on white by number, from the part of the palette that no theme changes (ECMA-48 SGR 38/48, xterm's 256 colours).
_INK, _REST = "\x1b[38;5;16;48;5;231m", "\x1b[0m"
# Two rows of the picture in one line of text: upper half, lower half.
_HALVES = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}


def square(text: str, *, coloured: bool) -> list[str]:
    """The QR of `text` as lines, with its quiet zone.

    Coloured it is dark on light in every terminal. Otherwise what is light is drawn, for the dark terminals that most
    are; cameras that also read the negative see it in the others.
    """
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4)
    code.add_data(text)
    rows = code.get_matrix()
    if len(rows) % 2:
        rows.append([False] * len(rows))
    pairs = (zip(upper, lower, strict=True) for upper, lower in zip(rows[::2], rows[1::2], strict=True))
    if coloured:
        return [_INK + "".join(_HALVES[pair] for pair in line) + _REST for line in pairs]
    return ["".join(_HALVES[not upper, not lower] for upper, lower in line) for line in pairs]


def can_draw(out: TextIO) -> bool:
    """Whether the blocks of the picture can be written there."""
    try:
        "█▀▄".encode(out.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def has_colours(out: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether it is a terminal that colours, and nobody has asked for none (no-color.org)."""
    return out.isatty() and environment.get("TERM", "dumb") != "dumb" and not environment.get("NO_COLOR")
