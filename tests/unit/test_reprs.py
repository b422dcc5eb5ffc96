"""R-80, AT-123: what a traceback, a debugger or a log would print of a thing does not say what is secret of it."""

import dataclasses
import importlib
import inspect
import pkgutil
import re

import pytest

import accounts
import portal
import twofactor
from accounts.browser import Browser
from twofactor.enrolment import Enrolment
from twofactor.gateways.wire import Answer
from twofactor.pins import Step
from twofactor.protocol.webpush import Subscription
from twofactor.views.enrolment import Invitation

CANARY = "K7QF9M2X4TBDW3HN"
# A word of a field's name that says that it holds a secret.
TELLING = re.compile(
    r"(^|_)(secret|pin|password|passcode|code|link|ticket|qr|token|response|response_key|body|payload|signed|"
    r"signature|auth|endpoint|text|digits|call|companion|salt|pepper|jwe|typed|spelled)(_|$)|^to$"
)
# The same words where they name something that everybody may know.
HARMLESS = {
    # Why something was refused.
    ("Verdict", "code"),
    ("Tried", "code"),
    ("Checked", "code"),
    ("Used", "code"),
    # A row, which says its own name.
    ("Standing", "code"),
    # Counted, or served to everybody.
    ("Module", "body"),
    ("Section", "text"),
    # Which version of our files a process runs.
    ("Process", "code"),
}


def classes():
    found = {}
    for room in (accounts, twofactor, portal):
        for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            if any(part in module.name for part in (".migrations", "__main__", "portal.demo", "portal.celery")):
                continue
            for name, each in vars(importlib.import_module(module.name)).items():
                if inspect.isclass(each) and each.__module__ == module.name and dataclasses.is_dataclass(each):
                    found[f"{module.name}.{name}"] = each
    return found


def test_no_field_that_holds_a_secret_is_printed():
    shown = {
        f"{where}.{field.name}"
        for where, each in classes().items()
        for field in dataclasses.fields(each)
        if field.repr and TELLING.search(field.name) and (each.__name__, field.name) not in HARMLESS
    }
    assert shown == set()
    assert len(classes()) > 30


@pytest.mark.parametrize(
    "thing",
    [
        Browser("Firefox", "Linux", "d", CANARY),
        Enrolment("kid", {}, {}, CANARY.encode(), CANARY, "Pixel", "android", {"response": CANARY}),
        Step(None, "n", CANARY, CANARY.encode()),
        Answer(200, CANARY.encode(), None),
        Subscription(f"https://push.example/{CANARY}", CANARY.encode(), CANARY.encode()),
        Invitation("fresh", "", CANARY, CANARY, CANARY, None, 1, CANARY, "", "", None, None),
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_it_is_not_printed(thing):
    for shown in (repr(thing), str(thing), f"{thing}", f"{[thing]}"):
        assert CANARY not in shown
