"""The decoder that comes with the page, on frames as hand-held cameras take them."""

import base64
import io

import pytest
import qrcode
from django.templatetags.static import static
from PIL import Image, ImageEnhance, ImageFilter

TEXT = "https://portal.example.com/authenticator/#n/483920"
SIDE = 720

READ = """async ({ address, frames }) => {
  const worker = new Worker(address, { type: "module" });
  const answer = () =>
    new Promise((done) => worker.addEventListener("message", ({ data }) => done(data.texts), { once: true }));
  const read = [];
  for (const frame of frames) {
    const image = new Image();
    image.src = `data:image/png;base64,${frame}`;
    await image.decode();
    const picture = await createImageBitmap(image);
    const told = answer();
    worker.postMessage({ id: 1, picture, thorough: false }, [picture]);
    read.push(await told);
  }
  worker.terminate();
  return read;
}"""


def frame(
    *, share: float = 0.45, turn: float = 0, lean: float = 0, blur: float = 0, light: float = 1, contrast: float = 1
):
    """A square in front of a camera: `share` of the frame, turned by degrees, leant away, out of focus, badly lit."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4)
    code.add_data(TEXT)
    side = int(SIDE * share)
    held = code.make_image().get_image().convert("RGBA").resize((side, side))
    # A perspective: the upper edge is farther away, and by that factor narrower.
    near, middle, slope = 1 + lean, side / 2, lean / side
    leant = (near, middle * slope, -lean * middle, 0, near, 0, 0, slope)
    held = held.transform((side, side), Image.Transform.PERSPECTIVE, leant, Image.Resampling.BICUBIC)
    held = held.rotate(turn, expand=True, resample=Image.Resampling.BICUBIC)
    scene = Image.linear_gradient("L").resize((SIDE, SIDE)).convert("RGB")
    scene.paste(held, ((SIDE - held.width) // 2, (SIDE - held.height) // 2), held)
    scene = ImageEnhance.Contrast(ImageEnhance.Brightness(scene).enhance(light)).enhance(contrast)
    return scene.filter(ImageFilter.GaussianBlur(blur))


FRAMES = {
    "upright": {},
    "turned a little": {"turn": 13},
    "turned a lot": {"turn": 200},
    "leant away": {"lean": 0.5, "turn": 5},
    "far away": {"share": 0.22},
    "near": {"share": 0.95},
    "out of focus": {"blur": 2},
    "dark": {"light": 0.25},
    "glaring": {"light": 1.8},
    "grey in grey": {"contrast": 0.3},
    "all at once": {"turn": -21, "lean": 0.2, "blur": 1.2, "light": 0.6},
}


@pytest.fixture
def read(phone):
    """Reads frames with the decoder, in a browser."""
    phone.open()

    def ask(*frames: Image.Image) -> list[list[str]]:
        sent = []
        for each in frames:
            content = io.BytesIO()
            each.save(content, "PNG")
            sent.append(base64.b64encode(content.getvalue()).decode())
        return phone.page.evaluate(READ, {"address": static("authenticator/scanning/worker.js"), "frames": sent})

    return ask


def test_a_square_is_read_however_it_is_held(read):
    found = dict(zip(FRAMES, read(*(frame(**how) for how in FRAMES.values())), strict=True))
    assert found == {name: [TEXT] for name in FRAMES}


def test_where_there_is_no_square_nothing_is_read(read):
    stripes = Image.new("L", (SIDE, SIDE), 255)
    for x in range(0, SIDE, 20):
        stripes.paste(0, (x, 0, x + 10, SIDE))
    noise = Image.effect_noise((SIDE, SIDE), 80)
    assert read(Image.new("L", (SIDE, SIDE), 128), stripes, noise) == [[], [], []]


def test_two_squares_are_both_read(read):
    pair = Image.new("RGB", (SIDE, SIDE), "white")
    half = frame(share=0.8).resize((SIDE // 2, SIDE // 2))
    pair.paste(half, (0, 0))
    other = qrcode.make("something else").get_image().convert("RGB").resize((SIDE // 2, SIDE // 2))
    pair.paste(other, (SIDE // 2, SIDE // 2))
    (found,) = read(pair)
    assert sorted(found) == [TEXT, "something else"]
