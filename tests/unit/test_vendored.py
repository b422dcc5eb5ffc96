"""What others have written stands here as they have published it."""

import base64
import hashlib
from pathlib import Path

import pytest

VENDORED = Path(__file__).parents[2] / "static" / "vendor"

# SHA-256 of the files as they stand in the published package, whose own integrity is in the README beside them.
PUBLISHED = {
    "qr/LICENSE": "+ZRnlqilvVmBVlFC+kLjsMw2rvb4Doa+r1kFs8D+8bU=",
    "qr/LICENSE-MIT": "B6n4h+khVkRDm4CGKLCfjuzpMteRMP9WP5WPOheD5oQ=",
    "qr/decode.js": "AOIJgg3LEdYk6aA9Y4PlgHZnkrV9FlExjwop5OH/D+g=",
    "qr/index.js": "oN43AFH5S9dPIY90QB/fGXWF4/nvAUMWT4fqlBo/3W8=",
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_vendored_file_is_the_published_one(name):
    digest = hashlib.sha256((VENDORED / name).read_bytes()).digest()
    assert base64.b64encode(digest).decode() == PUBLISHED[name]


def test_every_vendored_file_is_known_and_has_its_licence():
    found = {str(path.relative_to(VENDORED)) for path in VENDORED.rglob("*") if path.is_file()}
    assert found == {*PUBLISHED, "qr/README.md"}
