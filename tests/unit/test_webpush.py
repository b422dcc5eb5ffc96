"""What is pushed to a phone, against the example of RFC 8291 and against a reader that is not ours."""

import json

import http_ece
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from twofactor.gateways import webpush as gateway
from twofactor.protocol import statements
from twofactor.protocol.encoding import b64url, unb64url
from twofactor.protocol.errors import Refused
from twofactor.protocol.keys import is_signed
from twofactor.protocol.webpush import Sender, Subscription, seal

PLAIN = b"When I grow up, I want to be a watermelon"
PHONE = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
OURS = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
    "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)
ENDPOINT = "https://fcm.googleapis.com/fcm/send/abc"
GIVEN = {"endpoint": ENDPOINT, "p256dh": PHONE, "auth": AUTH}


def private(text):
    return ec.derive_private_key(int.from_bytes(unb64url(text), "big"), ec.SECP256R1())


def test_it_gives_the_body_of_the_standard():
    body = seal(PLAIN, Subscription.read(GIVEN), private=private(OURS), salt=unb64url(SALT))
    assert b64url(body) == BODY


def test_an_independent_reader_opens_it_and_no_two_are_alike():
    phone = ec.generate_private_key(ec.SECP256R1())
    point = phone.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    to = Subscription(ENDPOINT, point, b"sixteen bytes ok")
    one, other = seal(PLAIN, to), seal(PLAIN, to)
    assert http_ece.decrypt(one, private_key=phone, auth_secret=to.auth) == PLAIN
    assert one[:16] != other[:16]
    assert one[21:86] != other[21:86]


@pytest.mark.parametrize(
    "change",
    [
        {"endpoint": None},
        {"p256dh": None},
        {"auth": "AAAA"},
        {"p256dh": b64url(b"\x04" + bytes(64))},
        {"p256dh": PHONE[:-4]},
        {"auth": AUTH + "="},
        {"endpoint": "https://fcm.googleapis.com/" + "a" * 2048},
    ],
)
def test_it_reads_no_subscription_that_is_none(change):
    """AT-120, AT-128: an address is never longer than 2,048 characters."""
    with pytest.raises(Refused) as refused:
        Subscription.read({**GIVEN, **change})
    assert refused.value.code == "malformed"


@pytest.mark.parametrize("given", [None, "https://push.example/", [GIVEN], GIVEN["endpoint"].encode()])
def test_what_is_no_object_is_no_subscription(given):
    """AT-120."""
    with pytest.raises(Refused) as refused:
        Subscription.read(given)
    assert refused.value.code == "malformed"


def test_a_subscription_is_written_and_read_again():
    there = Subscription.read(GIVEN)
    assert Subscription.load(there.dump()) == there


def test_a_push_service_can_check_who_we_are():
    sender = Sender(Sender.new())
    header = sender.authorization(ENDPOINT, subject="mailto:a@b.example", expires=1_900_000_000)
    letter, _, key = header.removeprefix("vapid t=").partition(", k=")
    signed, _, signature = letter.rpartition(".")
    point = unb64url(key)
    jwk = {"kty": "EC", "crv": "P-256", "x": b64url(point[1:33]), "y": b64url(point[33:])}
    assert is_signed(signed.encode(), unb64url(signature), statements.public_jwk(jwk, "sig"))
    head, body = (json.loads(unb64url(part)) for part in signed.split("."))
    assert head == {"typ": "JWT", "alg": "ES256"}
    assert body == {"aud": "https://fcm.googleapis.com", "exp": 1_900_000_000, "sub": "mailto:a@b.example"}


@pytest.mark.parametrize("text", ["", "AAAA", "not base64url!", b64url(bytes(32)), b64url(b"\xff" * 32)])
def test_it_takes_no_private_key_that_is_none(text):
    with pytest.raises(ValueError, match=r"."):
        Sender(text)


@pytest.mark.parametrize(
    "endpoint",
    [
        ENDPOINT,
        "https://fcm.googleapis.com:443/wp/x:y-z_0",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAAA",
        "https://web.push.apple.com/QGuQ",
        "https://wns2-par02p.notify.windows.com/w/?token=BQYAA%2bx",
    ],
)
def test_the_push_services_of_browsers_are_written_to(endpoint):
    assert gateway.is_allowed(endpoint)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/fcm/send/abc",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/x",
        "https://[::ffff:10.0.0.1]/x",
        "https://2130706433/x",
        "https://user@fcm.googleapis.com/x",
        "https://fcm.googleapis.com@evil.example/x",
        "https://fcm.googleapis.com:8080/x",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evilpush.apple.com.example/x",
        "https://xpush.apple.com/x",
        "https://push.apple.com/x",
        "https://fcm.googleapis.com\\@evil.example/x",
        "https://evil.example#https://fcm.googleapis.com/x",
        "https://fcm.googleapis.com/x y",
        "https://fcm.googleapis.com/x\r\nHost: evil.example",
        "https://fcm.googleapis.com:abc/x",
        "https://[fcm.googleapis.com/x",
        "https://[fe80::1%25.push.apple.com]/x",
        "https://[v1.push.apple.com]/x",
        "https://evil.example;.push.apple.com/x",
        "https://127.0.0.1%2f.push.apple.com/x",
        "https://.push.apple.com/x",
        "https://a..push.apple.com/x",
        "https://xn--a.push.apple.com/x",
        "https://-.push.apple.com/x",
        "//fcm.googleapis.com/x",
        "http://localhost:9000/x",
        "",
    ],
)
def test_nothing_else_is_written_to(endpoint):
    """AT-120."""
    assert not gateway.is_allowed(endpoint)


def test_a_developers_own_push_service_is_named_with_its_whole_origin(settings):
    settings.PORTAL_PUSH_SERVICES = ["http://localhost:9000", "https://evil.example"]
    assert gateway.is_allowed("http://localhost:9000/x")
    assert not gateway.is_allowed("http://localhost:9001/x")
    assert not gateway.is_allowed("https://evil.example/x")
    settings.PORTAL_ON_LOOPBACK = False
    assert not gateway.is_allowed("http://localhost:9000/x")
