"""AT-121: a push service whose name leads elsewhere, that hangs, or answers without end (R-86)."""

import socket
from datetime import timedelta
from ipaddress import ip_address

import pytest
from django.utils import timezone

from tests.carriers.certificates import Root
from tests.carriers.server import dripping, saying, silent
from tests.unit.test_webpush import GIVEN
from twofactor import gateways, policy
from twofactor.gateways import DeliveryFailed, Message, wire
from twofactor.protocol.webpush import Sender, Subscription

NAME = "push.example"


@pytest.fixture
def names(monkeypatch):
    """What the name service answers from now on; counts how often it is asked."""
    asked, real = [], socket.getaddrinfo

    def answer(*numbers):
        def look_up(host, port, *args, **options):
            if host != NAME:
                return real(host, port, *args, **options)
            asked.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, port)) for number in numbers]

        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        return asked

    return answer


@pytest.fixture
def service(tmp_path, monkeypatch, serve):
    """A push service behind TLS, at 127.0.0.1, whose certificate is for NAME or whom a test says."""
    root = Root(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(root.file))
    monkeypatch.setattr(wire, "_lines", [])
    return lambda *answers, name=NAME: serve(*answers, tls=root.server(name))


@pytest.fixture
def ours(monkeypatch):
    """This machine counts as the internet."""
    monkeypatch.setattr(wire, "is_public", lambda number: str(number) == "127.0.0.1")


def post(server, *, total=5.0, host=NAME):
    return wire.exchange(f"https://{host}:{server.port}/wake/1", b"sealed", {"TTL": "60"}, total=total, public=True)


@pytest.mark.usefixtures("ours")
def test_the_number_that_was_looked_at_is_the_one_that_is_connected_to(service, names):
    server, asked = service(saying(201)), names("127.0.0.1")
    assert post(server).status == 201
    assert asked == [NAME]
    assert server.last.path == "/wake/1"
    assert server.last.headers["Host"] == f"{NAME}:{server.port}"


@pytest.mark.usefixtures("ours")
def test_its_certificate_is_for_the_name_and_not_for_the_number(service, names):
    server = service(saying(201), name="somebody.example")
    names("127.0.0.1")
    assert post(server).status == 0
    assert server.heard == []


@pytest.mark.parametrize("number", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.1.1", "100.64.0.1", "0.0.0.0"])
def test_a_name_that_leads_into_a_network_of_ours_is_not_followed(service, names, number):
    server = service(saying(201))
    names(number)
    assert post(server).status == 0
    assert server.connections == 0


def test_one_private_address_among_public_ones_is_enough_to_refuse(service, names):
    server = service(saying(201))
    names("8.8.8.8", "127.0.0.1")
    assert post(server).status == 0
    assert server.connections == 0


@pytest.mark.parametrize(
    ("number", "public"),
    [
        ("8.8.8.8", True),
        ("2607:f8b0:4005:80a::200a", True),
        ("::1", False),
        ("fe80::1", False),
        ("fc00::1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("2002:0a00:0001::1", False),
        ("64:ff9b::a00:1", False),
        ("64:ff9b::808:808", True),
        ("224.0.0.1", False),
        ("ff0e::1", False),
        ("fec0::1", False),
        ("64:ff9b:1::a00:1", False),
        ("64:ff9b:1::808:808", False),
        ("::10.0.0.1", False),
        ("::8.8.8.8", False),
    ],
)
def test_what_counts_as_an_address_of_the_internet(number, public):
    assert wire.is_public(ip_address(number)) is public


@pytest.mark.usefixtures("ours")
def test_a_redirect_is_not_followed(service, names, serve):
    elsewhere = serve(saying(201))
    server = service(saying(307, Location=elsewhere.address))
    names("127.0.0.1")
    assert post(server).status == 307
    assert elsewhere.connections == 0


@pytest.mark.usefixtures("ours")
@pytest.mark.parametrize("answer", [silent, dripping(b"HTTP/1.1 201 Created\r\n" + b"X: y\r\n" * 200)])
def test_one_that_hangs_or_drips_is_given_up_in_time(service, names, answer):
    server = service(answer)
    names("127.0.0.1")
    assert post(server, total=0.3) is None
    assert policy.PUSH_TOTAL <= 5


@pytest.mark.usefixtures("ours")
def test_an_endless_answer_is_not_read_to_its_end(service, names):
    server = service(saying(201, bytes(10_000_000)))
    names("127.0.0.1")
    assert post(server).body is None


def test_an_address_that_is_no_longer_allowed_is_not_written_to(settings, serve):
    """The list is looked at again whenever something is sent."""
    server = serve(saying(201))
    settings.PORTAL_VAPID = Sender(Sender.new())
    to = Subscription.read({**GIVEN, "endpoint": f"{server.address}/wake/1"})
    message = Message(
        id="1", way="push", to=to.dump().decode(), language="", text="{}", expires=timezone.now() + timedelta(minutes=1)
    )
    with pytest.raises(DeliveryFailed) as failed:
        gateways.send("webpush", message)
    assert (failed.value.reason, failed.value.permanent) == ("setup", True)
    assert server.connections == 0
