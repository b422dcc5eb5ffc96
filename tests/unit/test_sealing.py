"""Secrets at rest: sealed to their row, openable under the keys of the ring, silent about themselves."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.known import b64
from twofactor.protocol import sealing
from twofactor.protocol.errors import Misused
from twofactor.protocol.sealing import Keyring, Unsealable

OLD, NEW = b64(b"o" * 32), b64(b"n" * 32)
PEPPER = b"a pepper of some length"


@pytest.fixture
def ring():
    return Keyring.parse(f"k1:{OLD}")


@pytest.fixture
def turned():
    return Keyring.parse(f"k2:{NEW}, k1:{OLD}")


@given(st.binary(max_size=100), st.lists(st.text(max_size=20), min_size=1, max_size=3))
def test_what_is_sealed_opens_again_in_its_place(plaintext, context):
    ring = Keyring.parse(f"k1:{OLD}")
    assert ring.open(ring.seal(plaintext, *context), *context) == plaintext


def test_the_same_secret_is_sealed_differently_each_time(ring):
    assert ring.seal(b"secret", "key", "1") != ring.seal(b"secret", "key", "1")


def test_the_form_is_version_key_and_data_with_the_randomness_it_was_given():
    ring = Keyring.parse(f"k1:{OLD}", randomness=bytes)
    version, key_id, data = ring.seal(b"secret", "key").split(".")
    assert (version, key_id) == ("v1", "k1")
    assert data.startswith(b64(bytes(12)))
    assert len(data) == len(b64(bytes(12 + 6 + 16)))


@pytest.mark.parametrize("place", [("key", "2"), ("key",), ("key", "1", ""), ("key1",), ("ke", "y1"), ("1", "key")])
def test_a_value_moved_to_another_place_does_not_open(ring, place):
    sealed = ring.seal(b"secret", "key", "1")
    with pytest.raises(Unsealable):
        ring.open(sealed, *place)


@pytest.mark.parametrize("at", range(0, 46, 3))
def test_a_value_altered_anywhere_does_not_open(ring, at):
    sealed = ring.seal(b"secret", "key", "1")
    altered = sealed[:at] + ("A" if sealed[at] != "A" else "B") + sealed[at + 1 :]
    with pytest.raises(Unsealable):
        ring.open(altered, "key", "1")


@pytest.mark.parametrize(
    "sealed",
    ["", "v1", "v1.k1", "v1.k1.", "v1.k1.AAAA", "v2.k1." + "A" * 50, "v1.gone." + "A" * 50, "v1.k1.***", "v1.k1.AAAA="],
)
def test_what_was_never_sealed_does_not_open(ring, sealed):
    with pytest.raises(Unsealable):
        ring.open(sealed, "key")


def test_a_value_does_not_open_under_another_keys_name():
    twins = Keyring.parse(f"k1:{OLD},k2:{OLD}")
    sealed = twins.seal(b"secret", "key")
    with pytest.raises(Unsealable):
        twins.open(sealed.replace("v1.k1.", "v1.k2."), "key")


def test_a_turned_ring_opens_the_old_and_says_what_to_seal_again(ring, turned):
    sealed = ring.seal(b"secret", "key")
    assert turned.open(sealed, "key") == b"secret"
    assert turned.needs_reseal(sealed)
    assert not turned.needs_reseal(turned.seal(b"secret", "key"))
    assert turned.seal(b"secret", "key").startswith("v1.k2.")
    with pytest.raises(Unsealable):
        ring.open(turned.seal(b"secret", "key"), "key")


def test_a_secret_without_a_place_is_not_sealed(ring):
    with pytest.raises(Misused):
        ring.seal(b"secret")


@pytest.mark.parametrize(
    "text",
    ["", "k1", "k1:", f":{OLD}", f"k1:{b64(b'short')}", f"k.1:{OLD}", f"k1:{OLD},k1:{NEW}", f"k1:{OLD},", f"k1:{OLD}="],
)
def test_a_ring_that_is_not_well_formed_is_refused(text):
    with pytest.raises(Misused):
        Keyring.parse(text)


def test_no_message_and_no_picture_of_a_ring_shows_a_key(ring):
    assert repr(ring) == "<Keyring of 1, current k1>"
    shown = [str(ring), f"{ring}"]
    nearly = b64(b"nearly the right size of a key")
    with pytest.raises(Misused) as refusal:
        Keyring.parse(f"k1:{nearly}")
    shown += [str(refusal.value), repr(refusal.value.__cause__)]
    assert not [text for text in shown if OLD in text or nearly in text or "oooo" in text]


def test_every_purpose_and_part_derives_something_else():
    asked = [("text", "1", "2"), ("text", "12"), ("text", "1", "2", ""), ("text1", "2"), ("call", "1", "2")]
    assert len({sealing.derive(PEPPER, *parts) for parts in asked}) == len(asked)
    assert sealing.derive(PEPPER, "text", "1") == sealing.derive(PEPPER, "text", "1")
    assert sealing.derive(PEPPER + b"!", "text", "1") != sealing.derive(PEPPER, "text", "1")
    assert len(sealing.derive(PEPPER, "text")) == 32


def test_a_derivation_never_changes():
    # A change would end every code that is out and every look-up that is stored.
    assert sealing.derive(PEPPER, "text", "row", "salt").hex() == DERIVED
    assert sealing.digits(PEPPER, "text", "row", "salt") == f"{int(DERIVED, 16) % 10**6:06d}"
    assert sealing.fingerprint(PEPPER, "text", "row") == sealing.derive(PEPPER, "text", "row").hex()


DERIVED = "9cf5de52bb27222e3b7cd6a4277a46b42fbaa2042dd7356e061ec3823cabff79"


@given(st.text(max_size=20), st.integers(1, 18))
def test_derived_digits_have_their_count_and_keep_leading_zeros(part, count):
    code = sealing.digits(PEPPER, "text", part, count=count)
    assert len(code) == count
    assert set(code) <= set("0123456789")


def test_derived_digits_are_spread_evenly():
    tally = [0] * 10
    for number in range(2000):
        for digit in sealing.digits(PEPPER, "spread", str(number)):
            tally[int(digit)] += 1
    expected = 12_000 / 10
    # Chi-square with nine degrees of freedom; the pepper is fixed, so this cannot fail by chance.
    assert sum((seen - expected) ** 2 / expected for seen in tally) < 21.7


@pytest.mark.parametrize("count", [0, -1, 19])
def test_no_other_count_of_digits_is_derived(count):
    with pytest.raises(Misused):
        sealing.digits(PEPPER, "text", count=count)


def test_a_short_pepper_is_refused():
    with pytest.raises(Misused):
        sealing.derive(b"", "text")


def test_sealing_takes_fresh_randomness_by_default(monkeypatch, ring):
    drawn = {ring.seal(b"", "key").split(".")[2][:16] for _ in range(200)}
    assert len(drawn) == 200
    assert ring._randomness is os.urandom
