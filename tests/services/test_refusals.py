"""What uvicorn answers by itself, and what it reads: guarded as Daphne is (tests/running/test_refusals.py, R-71)."""

import socket

import pytest

from tests.services.people import SOON
from tests.strange import GUARDED, UPGRADE, ask

# By https, as the base URL of these processes says.
SAFE = GUARDED.keys() | {"strict-transport-security"}


@pytest.fixture
def address(cluster):
    return f"http://127.0.0.1:{cluster.servers[0].port}"


@pytest.mark.parametrize(
    ("path", "more", "status"),
    [
        ("/ws/sign-in/", "Origin: https://evil.example\r\n", 403),
        ("/ws/elsewhere/", "", 403),
        ("/ws/sign-in/", "Sec-WebSocket-Version: 99\r\n", 426),
        ("/ws/sign-in/#fragment", "", 403),
    ],
)
def test_a_refused_socket_has_every_header_and_no_word_of_why(address, path, more, status):
    """AT-074."""
    offered = UPGRADE.replace("Sec-WebSocket-Version: 13\r\n", "") if "Version" in more else UPGRADE
    found, headers, body = ask(address, f"GET {path}", offered + more)
    assert found == status
    assert headers.items() >= GUARDED.items()
    assert body == b""
    assert "server" not in headers


@pytest.mark.parametrize(
    ("start", "more", "status"),
    [
        ("GET /%ff%fe/", "", 404),
        ("GET /", "X-Strange: a\x1cb\r\n", 400),
        ("GET /\xff", "", 400),
        ("NONSENSE", "", 400),
        ("POST /sign-in/", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 400),
        ("GET /", "X-Long: " + "x" * 300_000 + "\r\n", 431),
    ],
    ids=["path", "header", "bytes", "no method", "two lengths", "head without end"],
)
def test_a_request_that_cannot_be_read_is_answered_in_one_line(address, start, more, status):
    """AT-074, AT-128."""
    found, headers, body = ask(address, start, more)
    assert found == status
    assert {name for name in GUARDED if name in headers} == set(GUARDED)
    assert b"vicorn" not in body
    assert "server" not in headers


@pytest.mark.parametrize("way", ["told", "in pieces"])
def test_a_body_without_end_is_not_waited_for(address, way):
    """AT-128: 413 as soon as it is longer than anything we read, and the line is closed."""
    piece = b"x" * 65536
    if way == "told":
        status, headers, _ = ask(address, "POST /sign-in/", "Content-Length: 1000000000\r\n", piece * 3)
    else:
        pieces = b"".join(b"10000\r\n" + piece + b"\r\n" for _ in range(3))
        status, headers, _ = ask(address, "POST /sign-in/", "Transfer-Encoding: chunked\r\n", pieces)
    assert status == 413
    assert headers.items() >= GUARDED.items()


def test_a_body_that_comes_with_its_head_is_no_long_head(address):
    status, *_ = ask(address, "POST /nowhere/", "Content-Length: 65536\r\n", b"x" * 65536)
    assert status == 404


def test_sockets_are_not_compressed(address):
    """R-68: what is compressed together tells of itself by its length."""
    offered = "Sec-WebSocket-Extensions: permessage-deflate\r\n"
    status, headers, _ = ask(address, "GET /ws/authenticator/", UPGRADE + offered)
    assert status == 101
    assert "sec-websocket-extensions" not in headers


def test_two_requests_on_one_line_get_their_answers_in_order(cluster):
    """What one of them asks is never answered to the other."""
    with socket.create_connection(("127.0.0.1", cluster.servers[0].port), timeout=SOON) as line:
        head = "GET {} HTTP/1.1\r\nHost: localhost\r\n{}\r\n"
        line.sendall((head.format("/health/live", "") + head.format("/nowhere/", "Connection: close\r\n")).encode())
        answers = b""
        while more := line.recv(65536):
            answers += more
    assert [part[:3] for part in answers.split(b"HTTP/1.1 ")[1:]] == [b"200", b"404"]
