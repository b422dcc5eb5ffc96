"""Where one byte, flag or word further would be another answer: as the mutants of passkeys found it."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES384

from tests.stories.webauthn import BACKED_UP, ELIGIBLE, MADE, PRESENT, VERIFIED, Keyholder
from twofactor.protocol import webauthn
from twofactor.protocol.encoding import b64url
from twofactor.protocol.errors import Refused

CHALLENGE, HANDLE = bytes(range(32)), b"whose it is"
CREATE = {"rp": {"id": "localhost"}, "user": {"id": b64url(HANDLE)}, "challenge": b64url(CHALLENGE)}
GET = {"rpId": "localhost", "challenge": b64url(CHALLENGE)}


@pytest.fixture
def place(settings):
    return webauthn.Place("localhost", settings.PORTAL_BASE_URL)


@pytest.fixture
def holder():
    return Keyholder()


@pytest.fixture
def key(place, holder):
    return made(place, holder.make(CREATE)).public_key


def made(place, said):
    return webauthn.made(json.dumps(said), place=place, challenge=CHALLENGE)


def used(place, said, key):
    return webauthn.used(json.dumps(said), place=place, challenge=CHALLENGE, public_key=key, handle=HANDLE)


WRONG = {
    "another type": ({"client": {"type": "payment.get"}}, "something else"),
    "another challenge": ({"client": {"challenge": b64url(bytes(32))}}, "another challenge"),
    "another origin": ({"client": {"origin": "https://portal.example.evil"}}, "another page"),
    "in a frame": ({"client": {"crossOrigin": True}}, "another page"),
    "a word for no": ({"client": {"crossOrigin": "false"}}, "another page"),
    "below another page": ({"client": {"topOrigin": "https://evil.example"}}, "another page"),
    "another host": ({"rp_id": "evil.example"}, "another host"),
    "nobody recognised": ({"flags": PRESENT | MADE}, "nobody was recognised"),
    "nobody there": ({"flags": VERIFIED | MADE}, "nobody was recognised"),
}


@pytest.mark.parametrize("which", WRONG)
def test_it_is_refused_when_it_is_made_and_when_it_is_used(which, place, holder, key):
    """WebAuthn 7.1 and 7.2: each on its own, with everything else right."""
    changed, why = WRONG[which]
    with pytest.raises(Refused, match=why):
        made(place, holder.make(CREATE, **changed))
    if "flags" in changed:
        changed = {"flags": changed["flags"] ^ MADE}
    with pytest.raises(Refused, match=why):
        used(place, holder.use(GET, **changed), key)


def test_what_was_made_for_one_end_is_not_good_for_the_other(place, holder, key):
    with pytest.raises(Refused, match="something else"):
        used(place, holder.use(GET, client={"type": "webauthn.create"}), key)
    with pytest.raises(Refused, match="something else"):
        made(place, holder.make(CREATE, client={"type": "webauthn.get"}))


def test_a_browser_that_says_nothing_of_frames_is_believed(place, holder, key):
    """Level 1 of the standard has no such word."""
    said = {"type": "webauthn.get", "challenge": GET["challenge"], "origin": place.origin}
    holder.client = lambda *_typ, **_changed: json.dumps(said).encode()
    assert used(place, holder.use(GET), key).counter == 1


def test_a_passkey_of_somebody_else_is_refused(place, holder, key):
    with pytest.raises(Refused, match="somebody else"):
        used(place, holder.use(GET, handle=b64url(b"not whose it is")), key)


def test_it_says_whether_it_lives_in_a_keychain(place, holder, key):
    synced = PRESENT | VERIFIED | ELIGIBLE | BACKED_UP
    assert made(place, holder.make(CREATE, flags=synced | MADE)).backed_up is True
    assert used(place, holder.use(GET, flags=synced), key) == webauthn.Used(1, True)
    assert used(place, holder.use(GET, flags=synced ^ BACKED_UP), key) == webauthn.Used(2, False)


def test_every_way_to_reach_an_authenticator_is_kept_and_no_other_word(place, holder):
    ways = ("usb", "nfc", "ble", "smart-card", "hybrid", "internal")
    assert made(place, {**holder.make(CREATE), "transports": [*reversed(ways), "by post"]}).transports == ways
    assert made(place, {**holder.make(CREATE), "transports": "usb"}).transports == ()


@pytest.mark.parametrize("length", [1, 1023])
def test_an_id_of_one_byte_is_one_and_so_is_one_of_1023(length, place):
    """WebAuthn 4: at most 1,023."""
    assert len(made(place, Keyholder(credential_id=bytes(length)).make(CREATE)).credential_id) == length


def test_an_answer_is_16384_characters_long_at_most_and_a_part_4096(place, holder, key):
    """AT-128."""
    said = holder.use(GET)
    bare = len(json.dumps({**said, "more": ""}))
    longest = {**said, "more": "x" * (16 * 1024 - bare)}
    assert used(place, longest, key).counter == 1
    with pytest.raises(Refused, match="longer"):
        used(place, {**longest, "more": longest["more"] + "x"}, key)

    room = 4096 - len(holder.client("webauthn.get", GET["challenge"], client={"more": ""}))
    assert used(place, holder.use(GET, client={"more": "x" * room}), key).counter == 2
    with pytest.raises(Refused, match="too long"):
        used(place, holder.use(GET, client={"more": "x" * (room + 1)}), key)


def test_half_a_character_is_refused(place):
    """A form may hold one; it has no UTF-8."""
    with pytest.raises(Refused, match="base64url"):
        webauthn.named('{"id": "\ud800"}')


def test_a_good_key_of_an_algorithm_that_was_not_offered_is_not_kept(place, holder):
    """ES384: it would sign, and our page has not asked for it."""
    curve = ec.generate_private_key(ec.SECP384R1()).public_key()
    with pytest.raises(Refused, match="not offered"):
        made(place, holder.make(CREATE, public_key=dict(ES384.from_cryptography_key(curve))))
