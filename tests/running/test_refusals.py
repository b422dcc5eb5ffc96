"""What the server answers by itself, before any page of ours: guarded like all others, and saying no more (R-71)."""

import pytest

from tests.strange import GUARDED, UPGRADE, ask


@pytest.mark.parametrize(
    ("path", "more", "status"),
    [
        ("/ws/sign-in/", "Origin: https://evil.example\r\n", 403),
        ("/ws/elsewhere/", "", 403),
        ("/ws/sign-in/", "Sec-WebSocket-Protocol: \r\nSec-WebSocket-Version: 99\r\n", 400),
        ("/ws/sign-in/#fragment", "", 400),
    ],
)
def test_a_refused_socket(portal, path, more, status):
    """AT-074: with every header, and with no word of why."""
    found, headers, body = ask(portal.address, f"GET {path}", UPGRADE + more)
    assert found == status
    assert headers.items() >= GUARDED.items()
    assert body == b""


@pytest.mark.parametrize(
    ("start", "more", "statuses"),
    [("GET /%ff%fe/", "", (400, 404)), ("GET /", "X-Strange: a\x1cb\r\n", (400,))],
    ids=["path", "header"],
)
def test_a_request_that_cannot_be_read(portal, start, more, statuses):
    """AT-074. (What is no HTTP at all gets one bare line from below, and no browser shows it.)"""
    status, headers, body = ask(portal.address, start, more)
    assert status in statuses
    found = {name for name in GUARDED if name in headers}
    assert found == set(GUARDED)
    assert b"<style" not in body
    assert b"Daphne" not in body


def test_nobody_says_what_stands_before_our_addresses(portal):
    """R-35: the server takes that from a header, and what is made of it once would be given to everybody."""
    said = "Daphne-Root-Path: https://evil.example\r\n"
    status, headers, _ = ask(portal.address, "GET /", said)
    assert (status, headers["location"]) == (302, "/sign-in/?next=/")
    status, *_ = ask(portal.address, "GET /ws/sign-in/", UPGRADE + said)
    assert status == 403


@pytest.mark.parametrize("way", ["told", "in pieces"])
def test_a_body_without_end_is_not_waited_for(portal, way):
    """AT-128: 413 as soon as it is longer than anything we read, and the line is closed."""
    piece = b"x" * 65536
    if way == "told":
        status, headers, _ = ask(portal.address, "POST /sign-in/", "Content-Length: 1000000000\r\n", piece * 3)
    else:
        pieces = b"".join(b"10000\r\n" + piece + b"\r\n" for _ in range(3))
        status, headers, _ = ask(portal.address, "POST /sign-in/", "Transfer-Encoding: chunked\r\n", pieces)
    assert status == 413
    assert headers.items() >= GUARDED.items()


def test_what_is_no_page_is_nowhere(portal):
    """AT-130: nothing of the workshop is served, and nothing of what was sent comes back."""
    for path in (
        "/.git/config",
        "/.env",
        "/static/../portal/settings/base.py",
        "/static/..%2fportal/settings/base.py",
        "/static/js/main.js.map",
        "/metrics",
        "/__debug__/",
        "/server-status",
        "/manage.py",
        "/static/",
    ):
        status, headers, body = ask(portal.address, f"GET {path}")
        assert status == 404, path
        assert b"SECRET" not in body
        assert headers["x-content-type-options"] == "nosniff"
    status, headers, body = ask(portal.address, "TRACE /sign-in/", "Echo: tell-me-this\r\n")
    assert status == 405
    assert b"tell-me-this" not in body


def test_sockets_are_not_compressed(portal):
    """R-68: what is compressed together tells of itself by its length."""
    offered = "Sec-WebSocket-Extensions: permessage-deflate\r\n"
    status, headers, _ = ask(portal.address, "GET /ws/authenticator/", UPGRADE + offered)
    assert status == 101
    assert "sec-websocket-extensions" not in headers
