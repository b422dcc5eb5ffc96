"""What `make run LAN=1` decides before it serves anything: addresses, names, certificates, the picture."""

import re
import socket
import ssl
from datetime import UTC, datetime, timedelta

import pytest
import trustme
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from portal.demo import authority, doors, network, terminal
from portal.demo.refusal import Refusal
from tests.running.portal import free_port
from tests.running.test_lan import BLOCKS, seen

# --- Where it listens, and under which name ---------------------------------------------------------------------------


@pytest.fixture
def machine(monkeypatch):
    """A machine called desk at 192.168.7.7, which multicast DNS knows or does not."""

    def stands(address="192.168.7.7", known=("192.168.7.7",)):
        monkeypatch.setattr(network, "_own_address", lambda: address)
        monkeypatch.setattr(network.socket, "gethostname", lambda: "Desk.example")
        monkeypatch.setattr(network, "_look_up", lambda name: list(known) if name == "desk.local" else [])
        monkeypatch.setattr(doors, "_is_free", lambda address, port, command: True)

    stands()
    return stands


def test_without_it_nobody_else_comes_in(machine):
    assert network.join({}) is None
    assert network.join({"LAN": "0"}) is None
    with pytest.raises(Refusal, match="LAN=1"):
        doors.choose({"HOST": "192.0.2.7"})


def test_a_name_that_phones_can_look_up_is_taken(machine):
    joined = network.join({"LAN": "1"})
    assert joined.base_url == "https://desk.local:8443"
    assert joined.is_named
    # The page that leads there opens also where the name does not.
    assert joined.plain_url == "http://192.168.7.7:8000"
    assert set(joined.names) >= {"desk.local", "192.168.7.7", "localhost", "127.0.0.1"}


@pytest.mark.parametrize("known", [(), ("127.0.1.1",), ("192.168.7.8",)])
def test_else_its_address_is_taken_and_no_other_host_is_asked_for_a_name(machine, known):
    machine(known=known)
    joined = network.join({"LAN": "1", "PORT": "9443", "PLAIN_PORT": "9080"})
    assert (joined.base_url, joined.plain_url) == ("https://192.168.7.7:9443", "http://192.168.7.7:9080")
    assert not joined.is_named


def test_a_chosen_name_that_this_machine_takes_for_itself_gets_its_address_in_the_network(machine, monkeypatch):
    monkeypatch.setattr(doors, "resolve", lambda host: ("127.0.1.1",))
    joined = network.join({"LAN": "1", "HOST": "desk.home.arpa"})
    assert joined.base_url == "https://desk.home.arpa:8443"
    assert joined.address == "192.168.7.7"


def test_an_address_of_the_whole_internet_is_taken_only_by_its_name(machine):
    machine(address="93.184.216.34", known=())
    with pytest.raises(Refusal, match=r"HOST=93\.184\.216\.34 if you mean it"):
        network.join({"LAN": "1"})
    assert network.join({"LAN": "1", "HOST": "93.184.216.34"}).base_url == "https://93.184.216.34:8443"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"LAN": "yes"}, "LAN=1 opens"),
        ({"PORTAL_BASE_URL": "https://portal.example"}, "leave PORTAL_BASE_URL out"),
        ({"PORT": "8000"}, "one each"),
        ({"PORT": "none"}, "is no port"),
        ({"PLAIN_PORT": "99999"}, "is no port"),
        ({"HOST": "0.0.0.0"}, "no address that a phone could open"),
    ],
)
def test_it_says_what_is_wrong_with_what_was_asked_for(machine, more, words):
    with pytest.raises(Refusal, match=words):
        network.join({"LAN": "1", **more})


def test_a_taken_port_is_named(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Refusal, match=f"PLAIN_PORT={port + 1}"):
            network.join({"LAN": "1", "HOST": "127.0.0.1", "PORT": str(free_port()), "PLAIN_PORT": str(port)})


# --- Its certificates -------------------------------------------------------------------------------------------------

NAMES = ("desk.local", "localhost", "192.168.7.7", "127.0.0.1", "::1")


@pytest.fixture
def made(tmp_path):
    return authority.open_authority(tmp_path / "lan", NAMES, "Client Portal demo on desk.local")


def server_of(held) -> x509.Certificate:
    return x509.load_pem_x509_certificate(held.server_file.read_bytes())


def extension(certificate, kind):
    return certificate.extensions.get_extension_for_class(kind).value


def test_the_certificate_of_the_server_is_one_that_phones_accept(made):
    certificate = server_of(made)
    assert {str(name.value) for name in extension(certificate, x509.SubjectAlternativeName)} == set(NAMES)
    assert ExtendedKeyUsageOID.SERVER_AUTH in extension(certificate, x509.ExtendedKeyUsage)
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc <= timedelta(days=825)
    assert certificate.not_valid_before_utc < datetime.now(UTC)
    assert not extension(certificate, x509.BasicConstraints).ca


def shake_hands(held, leaf, name) -> str | None:
    """A client that trusts the demo meets a server that calls itself `name`; what is wrong, or None."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(server)
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = held.trust().wrap_bio(down, up, server_hostname=name)
    other = server.wrap_bio(up, down, server_side=True)
    for _ in range(4):
        for side in (client, other):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError as wrong:
                return wrong.verify_message
    return None


def issued(held, *names):
    """What a thief of the authority's key could make."""
    pem = held.server_file.with_name("authority.pem").read_bytes()
    return trustme.CA.from_pem(pem, pem).issue_cert(*names)


@pytest.mark.parametrize("name", ["desk.local", "printer.local", "192.168.7.7", "10.1.2.3", "localhost"])
def test_it_vouches_for_private_names_and_addresses(made, name):
    assert shake_hands(made, issued(made, name), name) is None


@pytest.mark.parametrize("name", ["bank.example", "mail.google.com", "local.evil.example", "8.8.8.8", "2001:db8::1"])
def test_it_vouches_for_nothing_that_somebody_owns_in_the_world(made, name):
    """A phone that trusts it stays safe on every other site, even if its key is stolen."""
    assert shake_hands(made, issued(made, name), name) == "permitted subtree violation"


def test_it_makes_no_further_authorities_and_ends_by_itself(made):
    held = extension(made.certificate, x509.BasicConstraints)
    assert (held.ca, held.path_length) == (True, 0)
    assert made.certificate.not_valid_after_utc - datetime.now(UTC) <= timedelta(days=730)


def test_a_name_of_ones_own_is_vouched_for_by_an_authority_made_for_it(tmp_path, made):
    other = authority.open_authority(tmp_path / "lan", ("desk.fritz.box", "192.168.7.7"), "another")
    assert other.is_new
    assert shake_hands(other, issued(other, "desk.fritz.box"), "desk.fritz.box") is None
    assert shake_hands(other, issued(other, "other.fritz.box"), "other.fritz.box") == "permitted subtree violation"


def test_a_second_start_keeps_both_certificates(tmp_path, made):
    before = made.server_file.read_bytes()
    again = authority.open_authority(tmp_path / "lan", NAMES, "the title of another day")
    assert (again.is_new, again.fingerprint, again.server_file.read_bytes()) == (False, made.fingerprint, before)


def test_another_address_renews_the_server_and_not_the_authority(tmp_path, made):
    again = authority.open_authority(tmp_path / "lan", ("10.0.0.9",), "")
    assert (again.is_new, again.fingerprint) == (False, made.fingerprint)
    assert [str(name.value) for name in extension(server_of(again), x509.SubjectAlternativeName)] == ["10.0.0.9"]


def test_what_ends_soon_is_renewed(tmp_path, monkeypatch):
    with monkeypatch.context() as short:
        short.setattr(authority, "SERVER_LIFE", timedelta(days=20))
        first = authority.open_authority(tmp_path / "lan", NAMES, "first")
    ended = server_of(first)
    again = authority.open_authority(tmp_path / "lan", NAMES, "first")
    assert again.fingerprint == first.fingerprint
    assert server_of(again).not_valid_after_utc > ended.not_valid_after_utc
    monkeypatch.setattr(authority, "RENEW_BEFORE", timedelta(days=731))
    assert authority.open_authority(tmp_path / "lan", NAMES, "second").is_new


@pytest.mark.parametrize("rubbish", [b"", b"not a certificate"])
def test_a_broken_certificate_of_the_server_is_made_anew(tmp_path, made, rubbish):
    made.server_file.write_bytes(rubbish)
    again = authority.open_authority(tmp_path / "lan", NAMES, "")
    assert not again.is_new
    server_of(again).verify_directly_issued_by(made.certificate)


def test_a_broken_authority_is_not_replaced_in_silence(tmp_path, made):
    made.server_file.with_name("authority.pem").write_bytes(b"not a certificate")
    with pytest.raises(Refusal, match="phones have to trust a new one"):
        authority.open_authority(tmp_path / "lan", NAMES, "")


# --- The picture ------------------------------------------------------------------------------------------------------


def test_with_colours_it_is_dark_on_light_in_every_terminal():
    lines = terminal.square("http://192.168.7.7:8000/", coloured=True)
    drawn = [re.fullmatch("\x1b\\[38;5;16;48;5;231m(.+)\x1b\\[0m", line)[1] for line in lines]
    dark = [[int(BLOCKS[each][half]) for each in line] for line in drawn for half in (0, 1)]
    assert not any(dark[0] + [row[0] for row in dark]), "it stands in its quiet zone"
    assert seen(dark) == "http://192.168.7.7:8000/"


class Out:
    def __init__(self, encoding, tty=True):
        self.encoding, self.isatty = encoding, lambda: tty


def test_it_is_drawn_where_it_can_be_shown():
    assert terminal.can_draw(Out("utf-8"))
    assert not terminal.can_draw(Out("ascii"))
    assert terminal.has_colours(Out("utf-8"), {"TERM": "xterm"})
    for out, more in (
        (Out("utf-8", tty=False), {}),
        (Out("utf-8"), {"NO_COLOR": "1"}),
        (Out("utf-8"), {"TERM": "dumb"}),
    ):
        assert not terminal.has_colours(out, {"TERM": "xterm", **more})
