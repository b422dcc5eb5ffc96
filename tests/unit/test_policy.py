"""The numbers of the policy: each stands once, the table says what the code does, and a cap is a cap (ASVS 6.1.1)."""

import re
import string
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.sessions.backends.db import SessionStore

from accounts import overrides, policy
from accounts.policy import Limit
from twofactor import checks
from twofactor import policy as ours
from twofactor.models import Challenge
from twofactor.protocol.encoding import unb64url
from twofactor.reference import BOUNDS, NUMBERS, as_markdown

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "static"


def number_in(path, name):
    """A whole number that a script of ours has under this name."""
    (found,) = re.findall(rf"\b{name} = ([\d_]+)", (STATIC / path).read_text())
    return int(found)


# --- The table ---


def test_every_number_has_one_row():
    assert [row.id for row in NUMBERS] == [f"P-{number:02}" for number in range(1, 52)]


@pytest.mark.parametrize("row", NUMBERS, ids=lambda row: row.id)
def test_what_shows_a_number_is_a_test_that_exists(row):
    file, _, name = row.shown.partition("::")
    assert re.search(rf"^(async )?def {name}\(", (ROOT / file).read_text(), re.MULTILINE), row.shown


def test_the_page_has_the_table_that_the_code_prints():
    """`manage.py policy` writes what stands between the marks."""
    pages = [path.read_text() for path in (ROOT / "docs").rglob("*.md")]
    (held,) = [page for page in pages if "<!-- policy -->" in page]
    _before, _mark, rest = held.partition("<!-- policy -->\n")
    assert rest.partition("\n<!-- /policy -->")[0] == as_markdown(NUMBERS)


def test_what_may_be_set_is_in_the_table():
    named = {name for row in NUMBERS for name in row.names}
    beside = {"ACTIONS", "CONFIRM_NUMBER", "CONFIRM_CALLS", "SOCKETS_ADDRESS", "SOCKET_OPENINGS"}
    # Of applications, which no page states in words but their own (docs/applications.md).
    beside |= {"ARRIVALS", "APPLICATION_STRANGERS", "ASKED_BY_ALL", "ASKED_BY_ONE"}
    assert named | beside == overrides.NAMES


def test_the_table_says_what_happens_outside_of_a_cap():
    for row in NUMBERS:
        bounds = [bound for bound in BOUNDS if bound.id == row.id]
        assert ("does not start" in row.cap) == any(bound.refuses for bound in bounds), row.id
        assert ("warns" in row.cap) <= any(not bound.refuses for bound in bounds), row.id


# --- Numbers that are not only ours ---


def test_the_authenticator_has_the_numbers_of_the_policy():
    """P-32, P-39: the phone's scripts hold what the server never sees."""
    assert number_in("authenticator/pin.js", "SHORTEST") == ours.PIN_SHORTEST == 4
    assert number_in("authenticator/pin.js", "LONGEST") == ours.PIN_LONGEST == 6
    assert number_in("authenticator/protocol.js", "ITERATIONS") == ours.PIN_ROUNDS == 600_000
    assert f"salt: random({ours.PIN_SALT})" in (STATIC / "authenticator/making.js").read_text()


def test_the_pages_look_as_often_as_the_policy_says():
    """P-46."""
    assert number_in("js/parts/live-status.js", "BEAT") == ours.POLL_BEAT * 1000


@pytest.mark.django_db
def test_the_id_of_a_session_is_as_long_as_the_policy_says():
    """P-41: 32 of 36 signs are 165 bits."""
    made = SessionStore()._get_new_session_key()
    assert len(made) == policy.SESSION_ID_LENGTH
    assert set(made) <= set(string.ascii_lowercase + string.digits)


@pytest.mark.django_db
def test_nonces_are_as_long_as_the_policy_says(django_user_model):
    """P-10."""
    key = django_user_model.objects.create_user("mara").portal_keys.create(
        kid="k" * 43, public_jwk={}, sealing_jwk={}, name="Pixel"
    )
    asked = Challenge.fresh(key, mode="tap", display={})
    assert len(unb64url(asked.nonce)) == ours.NONCE_BYTES == 32


# --- Caps ---


def test_what_ships_is_within_every_cap():
    assert [bound.words for bound in BOUNDS if not bound.holds] == []
    assert checks.numbers_are_within_their_caps(None) == []


OUTSIDE = {
    "LOGIN_LIFE": (policy, timedelta(minutes=10, seconds=1), "portal.E24"),
    "NONCE_BYTES": (ours, 7, "portal.E24"),
    "DESK_LOCKS": (ours, 101, "portal.E24"),
    "PIN_LOCKS": (ours, 11, "portal.E24"),
    "CHALLENGE_LIFE": (ours, timedelta(minutes=11), "portal.W01"),
    "CODE_LIFE": (ours, timedelta(minutes=11), "portal.W01"),
    "ACTIVATION_LIFE": (ours, timedelta(minutes=11), "portal.W01"),
    "FACTOR_PERSON": (policy, (Limit("factor/24h", 101, 86_400),), "portal.W01"),
    "PASSWORD_SHORTEST": (policy, 7, "portal.W01"),
    "SESSION_IDLE": (policy, 3601, "portal.W01"),
    "SESSION_LIFE": (policy, 86_401, "portal.W01"),
    "STAFF_SESSION_IDLE": (policy, 3600, "portal.W01"),
    "DORMANT_AFTER": (policy, timedelta(days=91), "portal.W01"),
    "HSTS_LIFE": (policy, timedelta(days=364), "portal.W01"),
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_number_outside_of_its_cap_is_named_with_its_source(monkeypatch, name):
    """AT-129: one sentence; it does not start where the cap is hard."""
    module, value, finding = OUTSIDE[name]
    monkeypatch.setattr(module, name, value)
    (found,) = checks.numbers_are_within_their_caps(None)
    assert found.id == finding
    assert name in found.msg
    assert re.search(r"\(P-\d\d: .+\)\.$", found.msg)


# --- What an operator sets ---


def test_a_number_is_read_in_the_kind_of_ours():
    assert overrides.read(5, "7") == 7
    assert overrides.read(timedelta(minutes=5), " 90 ") == timedelta(seconds=90)
    limits = (Limit("a/10m", 3, 600), Limit("a/24h", 10, 86_400))
    assert overrides.read(limits, "2, 6") == (Limit("a/10m", 2, 600), Limit("a/24h", 6, 86_400))


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "five", "1e3", "٣", "9" * 12, "1,2"])
def test_what_is_no_number_is_not_taken(text):
    with pytest.raises(ValueError, match=r"whole number|zip"):
        overrides.read(5, text)


@pytest.mark.parametrize("text", ["3", "3,10,50", "3,0", "3;10"])
def test_limits_take_one_count_for_each_window(text):
    with pytest.raises(ValueError, match=r"whole number|zip"):
        overrides.read((Limit("a/10m", 3, 600), Limit("a/24h", 10, 86_400)), text)


def test_a_slip_of_the_pen_is_found(monkeypatch):
    """AT-129: it would otherwise change nothing, and nobody would know."""
    monkeypatch.setenv("PORTAL_P_SESION_IDLE", "600")
    (found,) = checks.numbers_are_within_their_caps(None)
    assert (found.id, "PORTAL_P_SESION_IDLE" in found.msg) == ("portal.E23", True)


def test_what_cannot_be_read_starts_nothing(monkeypatch):
    """AT-129."""
    monkeypatch.setenv("PORTAL_P_SESSIONS_AT_ONCE", "many")
    monkeypatch.setattr(overrides, "UNREADABLE", set())
    assert overrides.own("SESSIONS_AT_ONCE", 5) == 5
    (found,) = checks.numbers_are_within_their_caps(None)
    assert (found.id, "PORTAL_P_SESSIONS_AT_ONCE" in found.msg) == ("portal.E22", True)
