"""The few pictures that the README shows, put together from those of the gallery."""

from pathlib import Path

from PIL import Image

from tests.e2e.gallery.pictures import picture

# What stands side by side in each; all are cut to the same height.
SHOWN = {
    "home": [("home/usual", "light", 1280)],
    "sign-in-pair": [("waiting/number", "light", 390), ("request/with-a-number", "light", 390)],
    "security": [("security/usual", "light", 1280)],
    "phone-dark": [
        ("authenticator/home", "dark", 390),
        ("request/with-a-number", "dark", 390),
        ("request/approved", "dark", 390),
    ],
}
HEIGHT, GAP = 844, 24
GROUND = {"light": (219, 222, 226), "dark": (48, 54, 60)}


def show(pictures: Path, folder: Path) -> None:
    """Write those of which every part has been drawn."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, parts in SHOWN.items():
        paths = [pictures / picture(scene, "en", scheme, width) for scene, scheme, width in parts]
        if all(path.exists() for path in paths):
            shown = _side_by_side([Image.open(path).convert("RGB") for path in paths], GROUND[parts[0][1]])
            shown.save(folder / f"{name}.webp", quality=80, method=6)


def _side_by_side(pictures: list[Image.Image], ground: tuple[int, int, int]) -> Image.Image:
    height = min(HEIGHT, max(each.height for each in pictures))
    whole = Image.new("RGB", (sum(each.width + GAP for each in pictures) + GAP, height + 2 * GAP), ground)
    left = GAP
    for each in pictures:
        whole.paste(each.crop((0, 0, each.width, min(height, each.height))), (left, GAP))
        left += each.width + GAP
    return whole
