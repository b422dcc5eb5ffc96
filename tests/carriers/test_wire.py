"""The line to the carriers: TLS that is checked, nothing out of the environment, one pool for all threads (R-87)."""

import os
import socket
import ssl
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.carriers.certificates import Root
from tests.carriers.messages import refused, text
from tests.carriers.server import saying
from twofactor import gateways, policy
from twofactor.gateways import DeliveryFailed, wire

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.fixture
def root(tmp_path):
    return Root(tmp_path)


@pytest.fixture
def trusted(root, monkeypatch):
    """This machine trusts the root; the line is opened anew to notice."""
    monkeypatch.setenv("SSL_CERT_FILE", str(root.file))
    monkeypatch.setattr(wire, "_lines", [])


@pytest.fixture
def sealed(root, serve, http_side, settings):
    """The gateway behind TLS, called by a name of its certificate or by another one."""

    def start(name="localhost", *, called="localhost", **how):
        server = serve(http_side, tls=root.server(name, **how))
        settings.PORTAL_HTTP_TEXT_URL = f"https://{called}:{server.port}/texts"
        return server

    return start


def send():
    return gateways.send("http", text())


@pytest.mark.usefixtures("trusted")
def test_a_server_whose_certificate_this_machine_trusts_is_spoken_to(sealed):
    server = sealed()
    assert send() == "theirs-1"
    assert len(server.heard) == 1


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    ("name", "how"), [("somebody.example", {}), ("localhost", {"ended": True})], ids=["name", "over"]
)
def test_a_certificate_for_somebody_else_or_of_yesterday_is_refused(sealed, name, how, quiet):
    server = sealed(name, **how)
    failed = refused(send)
    assert (failed.reason, failed.permanent) == ("unreachable", False)
    assert server.heard == []
    assert "certificate" in quiet.text


def test_a_certificate_that_nobody_vouches_for_is_refused(sealed, quiet):
    """FI-16."""
    server = sealed()
    assert refused(send).reason == "unreachable"
    assert server.heard == []
    assert "certificate verify failed" in quiet.text


@pytest.mark.usefixtures("trusted")
def test_a_name_that_cannot_be_looked_up_is_tried_again(http_side, settings, monkeypatch, quiet):
    """FI-16."""

    def nowhere(*args, **more):
        raise socket.gaierror(socket.EAI_AGAIN, "no name server answers")

    settings.PORTAL_HTTP_TEXT_URL = "https://carrier.example/texts"
    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    failed = refused(send)
    assert (failed.reason, failed.permanent) == ("unreachable", False)


def test_an_old_tls_is_not_spoken(root, serve, http_side, settings):
    """FI-16."""
    context = root.server("localhost")
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    server = serve(http_side, tls=context)
    settings.PORTAL_HTTP_TEXT_URL = f"https://localhost:{server.port}/texts"
    assert refused(send).reason == "unreachable"
    assert server.heard == []


@pytest.mark.parametrize(
    "url",
    [
        "http://gateway.example/texts",
        "http://10.0.0.7/texts",
        "http://localhost.example/texts",
        "http://127.0.0.1.example/texts",
        "http://user@gateway.example/texts",
        "ftp://127.0.0.1/texts",
        "gateway.example/texts",
        "https://",
        "https://[::1/texts",
        "//127.0.0.1/texts",
    ],
)
def test_nothing_is_sent_in_clear_beyond_this_machine(http_side, settings, url, quiet):
    settings.PORTAL_HTTP_TEXT_URL = url
    failed = refused(send)
    assert (failed.reason, failed.permanent) == ("setup", True)
    assert "not https" in quiet.text


@pytest.mark.parametrize(
    ("host", "inside"),
    [
        ("localhost", True),
        ("gateway.localhost", True),
        ("127.0.0.1", True),
        ("127.8.9.10", True),
        ("::1", True),
        ("notlocalhost", False),
        ("10.0.0.1", False),
        ("0.0.0.0", False),
        ("", False),
    ],
)
def test_what_counts_as_this_machine(host, inside):
    assert wire.is_loopback(host) is inside


def test_no_proxy_of_the_environment_sees_a_message(http_server, serve, monkeypatch):
    proxy = serve(saying(200, {"id": "of the proxy"}))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, proxy.address)
    monkeypatch.setattr(wire, "_lines", [])
    assert send() == "theirs-1"
    assert proxy.heard == []


def test_no_cookie_is_kept(http_server):
    http_server.answers = [saying(200, {"id": "1"}, Set_Cookie="a=b; Path=/")]
    send()
    send()
    assert "Cookie" not in http_server.last.headers


def test_the_connection_is_used_again(http_server):
    for each in range(5):
        gateways.send("http", text(id=f"delivery-{each}"))
    assert len(http_server.heard) == 5
    assert http_server.connections == 1


def test_threads_share_the_line(http_server):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda each: gateways.send("http", text(id=f"delivery-{each}")), range(40)))
    assert sorted(heard.json["id"] for heard in http_server.heard) == sorted(f"delivery-{each}" for each in range(40))
    assert len(wire._lines) == 1
    assert http_server.connections <= 8


def test_a_fork_opens_a_line_of_its_own(http_server):
    send()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:  # only what a worker would do, and out without cleaning up after the tests
        try:
            os.write(write, gateways.send("http", text(id="from-the-child")).encode())
        finally:
            os._exit(0)
    os.close(write)
    assert os.read(read, 100) == b"theirs-2"
    os.close(read)
    os.waitpid(child, 0)


@pytest.mark.usefixtures("hasty")
def test_a_gateway_that_takes_no_connection_is_left_in_time(http_side, settings):
    """AT-044. A full queue of connections drops what comes, as a machine that is switched off does."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        settings.PORTAL_HTTP_TEXT_URL = f"http://127.0.0.1:{full.getsockname()[1]}/texts"
        began = time.monotonic()
        failed = refused(send)
        for each in waiting:
            each.close()
    assert (failed.reason, failed.permanent) == ("unreachable", False)
    assert time.monotonic() - began < 5


@pytest.mark.usefixtures("hasty")
def test_work_without_a_deadline_of_its_own_gets_one():
    over = threading.Event()
    failed = refused(lambda: wire.within(over.wait))
    assert (failed.reason, failed.permanent) == ("unreachable", False)
    over.set()


def test_work_that_is_done_is_handed_over_and_what_it_raises_too():
    assert wire.within(lambda: 7) == 7
    with pytest.raises(DeliveryFailed, match="blocked"):
        wire.within(lambda: _raise(DeliveryFailed("blocked", permanent=True)))


@pytest.mark.usefixtures("hasty")
def test_work_that_is_never_done_does_not_pile_up(monkeypatch):
    over = threading.Event()
    places = threading.BoundedSemaphore(2)
    monkeypatch.setattr(wire, "_PLACES", places)
    monkeypatch.setattr(policy, "CARRIER_TOTAL", 0.05)
    assert [refused(lambda: wire.within(over.wait)).reason for _ in range(3)] == ["unreachable", "unreachable", "busy"]
    over.set()
    assert all(places.acquire(timeout=5) for _ in range(2))


def _raise(problem):
    raise problem
