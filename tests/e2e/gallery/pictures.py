"""Pictures of a scene that are the same in every run: what changes from day to day is painted over before."""

from pathlib import Path

from playwright.sync_api import Page

from twofactor.views.pictures import qr_picture

WIDTHS = (320, 390, 1280)
SCHEMES = ("light", "dark")
_STILL = (Path(__file__).parent / "still.js").read_text("utf-8")


def draw(page: Page, scene: str, language: str, folder: Path) -> None:
    """All pictures of what is shown now, without loading it again."""
    size = page.viewport_size
    assert size
    # Away from what was pressed last, which would look as if it were meant.
    page.mouse.move(0, 0)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800 if width > 600 else 720})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            # Again for each, because a page that lives may have written its own words meanwhile.
            make_still(page)
            path = folder / picture(scene, language, scheme, width)
            page.screenshot(path=path, full_page=True, animations="disabled")
    page.set_viewport_size(size)


def make_still(page: Page) -> None:
    page.evaluate(_STILL, str(qr_picture("https://portal.example/authenticator/#n/481502", "QR")))


def picture(scene: str, language: str, scheme: str, width: int) -> str:
    return f"{scene.replace('/', '__')}.{language}.{scheme}.{width}.png"
