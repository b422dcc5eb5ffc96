"""The name of a phone is text, whatever somebody makes of it (R-74)."""

import pytest

from tests.factories import PIN, give_password, phone
from tests.stories.ways import (
    activated,
    code_at,
    sign_out,
)
from twofactor.models import PortalKey


def claimed(browser, pocket=None):
    """A phone that has taken the code which this browser shows."""
    pocket = pocket or phone()
    pocket.claim(code_at(browser))
    return pocket


LABELS = [
    ("Pixel 9", "Pixel 9"),
    ("  Pixel \t\n 9 ", "Pixel 9"),
    ("Pi\u202exel\u202c \u2066X\u2069", "Pixel X"),
    ("Pi\u200bx\u00adel\ufeff", "Pixel"),
    ("\x1b[31mPixel\x07", "[31mPixel"),
    ("x" * 100, "x" * 64),
    ("\u624b\u6a5f", "\u624b\u6a5f"),
    ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ("\U0001f4f1 Phone", "\U0001f4f1 Phone"),
    ("x" * 63 + " y", "x" * 63),
    ("Pixel\u20289", "Pixel 9"),
]


@pytest.mark.parametrize(("given", "kept"), LABELS, ids=range(len(LABELS)))
def test_a_name_is_cleaned_wherever_it_comes_from(mara, here, given, kept):
    """R-74, AT-075."""
    give_password(here, mara)
    pocket = claimed(here)
    pocket.activate(PIN, label=given)
    assert PortalKey.objects.get().name == kept
    assert pocket.rename(given)["label"] == kept
    here.post("/security/key/rename/", {"label": given[:64]})
    assert PortalKey.objects.get().name == kept[:64].strip()


def test_a_name_with_markup_stays_text_on_every_page(mara, here):
    give_password(here, mara)
    pocket = claimed(here)
    pocket.activate(PIN, label="<img src=x onerror=alert(1)>")
    pages = [here.get(page).content.decode() for page in ("/", "/security/", "/security/key/")]
    sign_out(here)
    give_password(here, mara)
    pages += [here.get(page).content.decode() for page in ("/sign-in/verify/", "/sign-in/verify/manual/")]
    assert all("<img src=x" not in page for page in pages)
    assert any("&lt;img src=x" in page for page in pages)


@pytest.mark.parametrize("label", ["", "   ", "\u200b", "x" * 65])
def test_a_name_nobody_can_read_is_refused_at_the_desk(mara, here, label):
    activated(here, mara)
    here.post("/security/key/rename/", {"label": label})
    assert PortalKey.objects.get().name == "Mara Lee's Pixel"
