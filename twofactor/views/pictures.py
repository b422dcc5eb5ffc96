"""QR codes as inline pictures, and the address that carries the number of a sign-in."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Final

import qrcode
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString

# Any of the eight masks can be read. To find the best of them takes six milliseconds, which is longer than a sign-in.
MASK: Final = 3


def qr_picture(link: str, label: str, *, dense: bool = False) -> SafeString:
    """The QR as an inline picture: dark on light in every scheme, with its quiet zone, without a style of its own.

    Of much text the squares would be too small for a camera: `dense` does with less to mend errors by.
    """
    mending = qrcode.constants.ERROR_CORRECT_L if dense else qrcode.constants.ERROR_CORRECT_M
    code = qrcode.QRCode(error_correction=mending, border=4, mask_pattern=MASK)
    code.add_data(link)
    rows = code.get_matrix()
    return format_html(
        '<svg class="{}" role="img" aria-label="{}" viewBox="0 0 {} {}" shape-rendering="crispEdges">'
        '<rect width="100%" height="100%" fill="#fff"/><path fill="#000" d="{}"/></svg>',
        "qr dense" if dense else "qr",
        label,
        len(rows),
        len(rows),
        "".join(_strokes(y, row) for y, row in enumerate(rows)),
    )


def _strokes(y: int, row: Iterable[bool | None]) -> str:
    """The dark runs of a row, each as one rectangle."""
    x, strokes = 0, ""
    for is_dark, run in groupby(row):
        width = len(list(run))
        strokes += f"M{x} {y}h{width}v1h-{width}z" if is_dark else ""
        x += width
    return strokes


def number_link(number: str) -> str:
    """Where the QR beside the number of a sign-in leads: to the authenticator, which types it into its question.

    SECURITY: the number stands in the fragment, which no server log sees, and approves nothing by itself.
    """
    return f"{settings.PORTAL_AUTHENTICATOR_URL}/authenticator/#n/{number}"


def question_link(challenge_id: str) -> str:
    """Where a question waits for an answer, for those who sign in on the phone that is to answer it."""
    return f"{settings.PORTAL_AUTHENTICATOR_URL}/authenticator/#c/{challenge_id}"
