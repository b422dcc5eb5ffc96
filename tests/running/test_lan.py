"""`make run LAN=1`: https for the phones of a network, and the page on plain http that leads them there."""

import hashlib
import re
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import zxingcpp

from tests.factories import ANDROID, PIN
from tests.pocket import Pocket, by_http
from tests.running.portal import Browser, Portal, free_port

BLOCKS = {"█": (True, True), "▀": (True, False), "▄": (False, True), " ": (False, False)}


def start(data: Path, **more: str) -> Portal:
    return Portal(data, LAN="1", **({"HOST": "localhost", "PLAIN_PORT": str(free_port())} | more))


@pytest.fixture(scope="module")
def lan(tmp_path_factory) -> Iterator[Portal]:
    running = start(tmp_path_factory.mktemp("lan"))
    yield running
    running.stop()


@pytest.fixture
def trust(lan) -> ssl.SSLContext:
    """Believes the demo's authority and no other."""
    return ssl.create_default_context(cafile=lan.data / "lan" / "authority.crt")


@pytest.fixture
def plain(lan) -> Iterator[httpx.Client]:
    """A phone at the address that the square holds, before it trusts anything."""
    (address,) = re.findall(r"scans the square, or opens (http://\S+)", lan.words)
    with httpx.Client(base_url=address, trust_env=False, headers={"User-Agent": ANDROID}) as client:
        yield client


def read_square(words: str) -> str:
    """What a camera reads off the terminal, where what is drawn is light and the rest is dark."""
    lines = [line[2:] for line in words.splitlines() if re.fullmatch(r"  [█▀▄ ]{20,}", line)]
    assert lines
    rows = [[BLOCKS[each][half] for each in line] for line in lines for half in (0, 1)]
    assert all(rows[0]), "it stands in its quiet zone"
    return seen([[0 if light else 1 for light in row] for row in rows])


def seen(dark: list[list[int]], scale: int = 4) -> str:
    lines = [b"".join((b"\0" if each else b"\xff") * scale for each in row) * scale for row in dark]
    picture = memoryview(b"".join(lines)).cast("B", [len(dark) * scale, len(dark[0]) * scale])
    (found,) = zxingcpp.read_barcodes(picture)
    return found.text


def test_the_portal_comes_by_https_and_its_own_authority_vouches_for_it(lan, trust):
    assert lan.address == f"https://localhost:{lan.port}"
    answer = httpx.get(f"{lan.address}/health/ready", verify=trust, trust_env=False)
    assert answer.status_code == 200
    # A name that is also used for other things must not be bound to https for a year.
    assert "Strict-Transport-Security" not in answer.headers
    with pytest.raises(httpx.ConnectError, match=r"self-signed|unable to get local issuer"):
        httpx.get(f"{lan.address}/health/ready", trust_env=False)


def test_old_versions_of_tls_are_refused(lan, trust):
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        trust.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection(("127.0.0.1", lan.port)) as line, pytest.raises((ssl.SSLError, OSError)):
        trust.wrap_socket(line, server_hostname="localhost")


def test_a_whole_sign_in_by_https_with_cookies_that_stay_on_it(lan, trust):
    desk = Browser(lan.address, trust)
    phone = Pocket(lan.address, by_http(lan.address, trust))
    desk.give_password("mara")
    assert desk.path == "/"
    cookies = list(desk.http.cookies.jar)
    assert {cookie.name for cookie in cookies} >= {"__Host-session", "__Host-csrftoken"}
    assert all(cookie.secure for cookie in cookies)
    assert f"{lan.address}/a#" in desk.page
    phone.claim(desk.code())
    phone.activate(PIN)
    desk.get("/")
    desk.post("/sign-out/")
    desk.give_password("mara")
    phone.approve(phone.challenge(), PIN, number=desk.number())
    desk.get("/sign-in/verify/")
    desk.post("/sign-in/finish/")
    assert desk.path == "/"
    assert "Mara" in desk.page


@pytest.mark.parametrize("path", ["/", "/authenticator/", "/a", "/sign-in/", "/no/such/page", "/lan/authority.pem"])
def test_a_phone_on_plain_http_gets_a_page_that_says_what_is_missing_and_leads_on(lan, plain, path):
    answer = plain.get(path)
    assert answer.status_code == 200
    assert "comes by https" in re.sub(r"\s+", " ", answer.text)
    assert f'href="{lan.address}/authenticator/"' in answer.text
    assert re.search(r'value="android" checked', answer.text)
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in answer.headers
    assert "<form" not in answer.text
    assert "PRIVATE" not in answer.text


def test_the_page_has_its_styles_and_takes_nothing(plain):
    styles = re.findall(r'rel="stylesheet" href="([^"]+)"', plain.get("/").text)
    assert len(styles) > 4
    for style in styles:
        assert plain.get(style).headers["Content-Type"].startswith("text/css"), style
    assert plain.post("/", data={"password": "x"}).status_code == 405


def test_the_page_opens_with_the_steps_of_the_device_that_asks(plain):
    for agent, chosen in ((ANDROID, "android"), ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0)", "ios"), ("", "desktop")):
        page = plain.get("/", headers={"User-Agent": agent}).text
        assert re.findall(r'value="(\w+)" checked', page) == [chosen]


def test_the_certificate_is_offered_as_phones_want_it_and_its_fingerprint_stands_in_the_terminal(lan, plain):
    (link,) = set(re.findall(r'href="([^"]+\.crt)"', plain.get("/").text))
    answer = plain.get(link)
    assert answer.headers["Content-Type"] == "application/x-x509-ca-cert"
    kept = ssl.PEM_cert_to_DER_cert((lan.data / "lan" / "authority.crt").read_text())
    assert answer.content == kept
    digest = hashlib.sha256(kept).digest()
    printed = "".join(re.findall(r"^ {6}([0-9A-F]{2}(?::[0-9A-F]{2}){15})$", lan.words, re.MULTILINE))
    assert printed.replace(":", "") == digest.hex().upper()
    assert digest.hex(" ").upper() in plain.get("/").text


def test_the_square_in_the_terminal_leads_to_the_page(lan, plain):
    assert read_square(lan.words) == str(plain.base_url)


def test_the_screen_says_who_can_come_in_and_names_no_other_address(lan):
    assert "Everybody in this network can open this demo" in lan.words
    assert "http://localhost:8000" not in lan.words


def test_only_the_owner_reads_the_keys(lan):
    folder = lan.data / "lan"
    assert folder.stat().st_mode & 0o777 == 0o700
    files = list(folder.iterdir())
    assert {file.name for file in files} == {"authority.pem", "authority.crt", "server.pem"}
    for file in files:
        assert file.stat().st_mode & 0o777 == 0o600, file
    assert "PRIVATE" not in (folder / "authority.crt").read_text()


def test_phones_trust_once_and_keys_of_another_address_are_named(tmp_path):
    before = Portal(tmp_path)
    desk, phone = Browser(before.address), Pocket(before.address, by_http(before.address))
    desk.give_password("mara")
    phone.claim(desk.code())
    phone.activate(PIN)
    assert before.stop() == 0, before.words

    first = start(tmp_path)
    assert "A key belongs to the address" in first.words
    assert f"mara: at {before.address}" in first.words
    assert "It is new" in first.words
    assert first.stop() == 0, first.words
    assert "Traceback" not in first.words
    authority = (tmp_path / "lan" / "authority.pem").read_bytes()

    # The same authority vouches for another address; whoever wants to begin anew there can.
    second = start(tmp_path, HOST="127.0.0.1", FORGET_KEYS="1")
    assert second.address == f"https://127.0.0.1:{second.port}"
    assert "needs a name in place of the address" in second.words
    assert "It is new" not in second.words
    assert "mara: at" not in second.words
    assert (tmp_path / "lan" / "authority.pem").read_bytes() == authority
    trust = ssl.create_default_context(cafile=tmp_path / "lan" / "authority.crt")
    desk = Browser(second.address, trust)
    desk.give_password("mara")
    assert desk.path == "/", "without a key the password alone opens the first page, with a code for a new one"
    assert desk.code()
    assert second.stop() == 0, second.words
