"""R-79: every event has a name that log collectors know, and its line says who, what, how, from where and when."""

import ast
import json
import logging
import re
from pathlib import Path

import pytest
from django.test import RequestFactory

from accounts import audit, vocabulary
from accounts.vocabulary import named
from portal import logs
from tests.factories import person
from twofactor import activity

ROOT = Path(__file__).parents[2]
# The vocabulary's own families, and the two of ours that it has nothing for.
FAMILIES = re.compile(r"(authn|authz|crypt|excess|input|privilege|sensitive|sequence|session|sys|user|message)_[a-z_]+")
KIND = re.compile(r"[a-z]+\.[a-z][a-z-]*")


def recorded():
    """Every kind that the code records, read from the calls."""
    kinds = set()
    for room in ("accounts", "twofactor", "applications", "portal"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
                if called.rpartition(".")[2] in ("record", "alert", "_record") and node.args:
                    kinds |= {each.value for each in ast.walk(node.args[0]) if isinstance(each, ast.Constant)}
    return {kind for kind in kinds if isinstance(kind, str) and KIND.fullmatch(kind)}


def test_every_kind_has_a_name():
    told = {kind.partition(":")[0].rstrip("!") for kind in activity._WORDS} | activity.UNTOLD
    kinds = recorded() | told
    assert len(kinds) > 80
    for kind in kinds:
        for ok in (True, False):
            assert FAMILIES.fullmatch(named(kind, ok=ok)), kind


def test_a_kind_without_a_name_is_not_recorded(db):
    with pytest.raises(KeyError):
        audit.record("coffee.spill")


@pytest.mark.parametrize(
    ("kind", "ok", "name"),
    [
        ("login.claim", True, "authn_login_success"),
        ("password.check", False, "authn_login_fail"),
        ("code.check", False, "authn_login_fail"),
        ("key.lock", True, "authn_login_lock"),
        ("password.change", True, "authn_password_change"),
        ("key.activate", True, "authn_token_created"),
        ("key.revoke", True, "authn_token_revoked"),
        ("factor.downgrade", False, "authz_fail"),
        ("user.make", True, "user_created"),
        ("secret.unreadable", False, "crypt_decrypt_fail"),
    ],
)
def test_what_alarms_wait_for_has_the_name_that_they_know(kind, ok, name):
    """A wrong password and a wrong code are one name, a session is another."""
    assert named(kind, ok=ok) == name


def test_no_name_stands_for_a_kind_that_is_gone():
    nouns = {kind.partition(".")[0] for kind in recorded()}
    assert {kind for kind in vocabulary._NAMES if kind.partition(".")[0] not in nouns} <= {"texts", "refusal", "totp"}


def test_the_line_says_who_what_how_from_where_and_when(db, caplog):
    """R-79: event, user, row, address, factor, result and reason; in words and as JSON."""
    caplog.set_level(logging.INFO, "portal.audit")
    user = person("mara")
    request = RequestFactory().get("/", REMOTE_ADDR="203.0.113.7")
    audit.record("login.claim", user=user, request=request, by="key", device="Pixel\n9", ok=False, reason="expired")
    (line,) = [each for each in caplog.records if each.name == "portal.audit"]
    said = json.loads(logs.Json().format(line))
    assert said["event"] == f"sequence_fail:{user.pk}"
    record = said["record"]
    assert record.pop("name")
    assert record == {
        "kind": "login.claim",
        "outcome": "refused",
        "reason": "expired",
        "user": user.pk,
        "login": "",
        "address": "203.0.113.7",
        "facts": {"by": "key", "device": "Pixel\\n9"},
    }
    words = logs.OneLine("%(message)s").format(line)
    assert words.startswith(f"sequence_fail:{user.pk} kind=login.claim outcome=refused reason=expired name=")
    assert words.endswith("address=203.0.113.7 by=key device=Pixel\\n9")


def test_a_name_that_somebody_has_given_is_one_word_of_the_line(db, caplog):
    """AT-126: it passes for no other result, person or address."""
    caplog.set_level(logging.INFO, "portal.audit")
    audit.record("passkey.rename", user=person("mara"), device='mine" outcome=refused user=1')
    (line,) = [each for each in caplog.records if each.name == "portal.audit"]
    words = logs.OneLine("%(message)s").format(line)
    assert words.endswith(' device="mine\\" outcome=refused user=1"')


def test_what_staff_write_stays_in_the_record(db, caplog):
    caplog.set_level(logging.INFO, "portal.audit")
    audit.record("account.lock", user=person("mara"), why="she told me that her code is 482913")
    assert "482913" not in caplog.text
    assert not [each for each in caplog.records if "482913" in logs.Json().format(each)]
