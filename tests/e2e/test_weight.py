"""What the authenticator weighs: promises to people far from the next mast.

Bytes are those of the compressed content. The headers of an answer are some 650 more, of which HTTP/2 leaves little.
"""

import re
import socket
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.screens import Phone

# The last two thousand are what reads a whole question off a square without a network, and the words of applications.
FIRST_SCREEN, SHELL = 30_000, 62_000
FIRST_REQUESTS, REQUESTS = 4, 8
CHROME = "gzip, deflate, br, zstd"


@pytest.fixture
def wire(portal, transactional_db):
    """How many bytes come for an address when a browser asks."""
    parts = urlsplit(portal)

    def size(path: str) -> int:
        with socket.create_connection((parts.hostname, parts.port)) as line:
            ask = [f"GET {path} HTTP/1.0", f"Host: {parts.netloc}", f"Accept-Encoding: {CHROME}", "", ""]
            line.sendall("\r\n".join(ask).encode())
            came = b"".join(iter(lambda: line.recv(65536), b""))
        assert came.startswith((b"HTTP/1.0 200", b"HTTP/1.1 200")), (path, came[:100])
        return len(came.partition(b"\r\n\r\n")[2])

    return size


@pytest.fixture
def shell(phone: Phone) -> dict[str, str]:
    """The parts of the page by what they are, as the page names them."""
    html = phone.page.request.get("/authenticator/").text()

    def named(pattern: str) -> str:
        found = re.search(pattern, html)
        assert found, pattern
        return found[1].replace("&amp;", "&")

    return {
        "page": "/authenticator/",
        "styles": named(r'rel="stylesheet" href="([^"]+)"'),
        "first": named(r'type="module" src="([^"]+)"'),
        "icon": named(r'rel="icon" href="([^"]+)"'),
        "later": named(r'data-later="([^"]+)"'),
        "screens": named(r'data-screens="([^"]+)"'),
        "manifest": named(r'rel="manifest" href="([^"]+)"'),
        "worker": named(r'data-worker="([^"]+)"'),
    }


def test_the_first_screen_is_light(shell, wire):
    sizes = {name: wire(shell[name]) for name in ("page", "styles", "first", "icon")}
    assert sum(sizes.values()) <= FIRST_SCREEN, sizes


def test_the_whole_shell_is_light(shell, wire):
    """All that is kept for a phone without a network, the worker that keeps it included; not the scanner's decoder."""
    sizes = {name: wire(path) for name, path in shell.items()}
    assert sum(sizes.values()) <= SHELL, sizes


def heard(page: Page) -> list[str]:
    """The page's requests as they go out; those of its service worker are not among them."""
    paths: list[str] = []
    page.on("request", lambda request: paths.append(urlsplit(request.url).path))
    return paths


def test_a_first_visit_takes_few_requests(phone, shell):
    paths = heard(phone.page)
    phone.open()
    expect(phone.button("Register two-factor")).to_be_visible()
    phone.page.wait_for_load_state("networkidle")
    assert len(paths) <= REQUESTS, paths
    before = paths[: paths.index(urlsplit(shell["later"]).path)]
    assert len(before) <= FIRST_REQUESTS, before


def test_no_module_comes_alone(phone, shell):
    """Each is in a joined file, and in one only."""
    paths = heard(phone.page)
    phone.open()
    phone.button("Settings").click()
    expect(phone.page.get_by_role("heading", name="Settings")).to_be_visible()
    scripts = [path for path in paths if path.endswith(".js") and path != "/authenticator/sw.js"]
    assert sorted(scripts) == sorted([shell["first"], shell["later"]])
