"""The camera of the phone: a film of one frame that Chromium plays in its stead, read at each opening."""

import io
from pathlib import Path

import qrcode
from PIL import Image

from tests.conftest import DATA

FILM = DATA / "camera.y4m"
ARGUMENTS = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={FILM}"]
WIDTH, HEIGHT = 1280, 720


class Camera:
    """What stands in front of the camera, from its next opening on."""

    def __init__(self, film: Path = FILM) -> None:
        self.film = film
        self.show(None)

    def show(self, picture: bytes | None, share: float = 0.6) -> None:
        """Hold up a picture (PNG) that fills `share` of the height, or nothing."""
        scene = Image.new("L", (WIDTH, HEIGHT), 150)
        if picture:
            held = Image.open(io.BytesIO(picture)).convert("L")
            held.thumbnail((int(HEIGHT * share), int(HEIGHT * share)))
            scene.paste(held, ((WIDTH - held.width) // 2, (HEIGHT - held.height) // 2))
        colourless = bytes([128]) * (WIDTH * HEIGHT // 2)
        head = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F30:1 Ip A1:1 C420jpeg\nFRAME\n".encode()
        self.film.write_bytes(head + scene.tobytes() + colourless)


def square(text: str) -> bytes:
    """A QR code of somebody's own, as a PNG."""
    picture = io.BytesIO()
    qrcode.make(text).get_image().save(picture, "PNG")
    return picture.getvalue()
