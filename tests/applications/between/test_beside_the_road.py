"""An application waits, and somebody tries what is beside the road: names, counts, accidents, secrets left about."""

import logging
from itertools import chain
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client

from accounts.models import AuditEvent
from applications import visits
from applications.models import AccessToken, Action, Application, DeviceSignIn, PhoneSignIn, SigningKey
from tests.applications.asked.asker import Asker
from tests.applications.between.roads import ROADS
from tests.applications.rp import registered
from tests.factories import PIN, host
from tests.stories.ways import WRONG_PIN, dump, respond, text
from twofactor.models import Challenge

# --- How often (AT-230, AT-231, AT-235, AT-295) ---


@pytest.fixture
def actions_at(bank, mara, pocket, known):
    """Gives one action after the other, each with Mara's page of it."""
    return lambda: ROADS["action"](bank, mara, pocket, known)


def by_hand(road, response):
    return road.browser.post(f"/actions/{road.asked}/", {"response": response})


def wrong(road):
    return road.pocket.respond(road.question["question"], WRONG_PIN)


def test_wrong_responses_count_for_their_person_over_all_that_applications_ask(actions_at):
    """AT-230, AT-231: neither another action nor another application gives a try more."""
    for _ in range(2):
        road = actions_at()
        for _try in range(2):
            assert by_hand(road, wrong(road)).status_code == 200
    other = actions_at()
    assert by_hand(other, wrong(other)).status_code == 200
    right = other.pocket.respond(other.question["question"], PIN)
    refused = by_hand(other, right)
    assert refused.status_code == 429
    assert "Too many wrong responses" in text(refused)
    assert other.given() == []


def test_the_response_of_a_sign_in_approves_no_action_nor_the_other_way_round(bank, mara, pocket, known):
    """AT-235."""
    action = ROADS["action"](bank, mara, pocket, known)
    at_browser = ROADS["browser"](bank, mara, pocket, known)
    there = Challenge.objects.get(pk=at_browser.question["id"]).question
    by_hand(action, pocket.respond(there, PIN))
    respond(at_browser.browser, pocket.respond(action.question["question"], PIN))
    assert action.given() == []
    assert at_browser.given() == []
    assert action.approve()["state"] == "approved"


@pytest.mark.parametrize("spelled", ["MARA", " mara ", "ｍａｒａ", "Mara"])
def test_a_name_that_is_spelled_otherwise_is_the_same_person_and_the_same_count(bank, mara, pocket, spelled):
    """AT-295."""
    bank.begin()
    bank.begin(hint=spelled)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count FROM accounts_tally WHERE name LIKE 'backchannel-hint/%'")
        assert {count for (count,) in cursor.fetchall()} == {2}


def test_an_address_of_its_own_making_stands_on_no_phone(mara, pocket, known, bank):
    """AT-297."""
    forged = Client(headers={"host": host(), "x-forwarded-for": "192.0.2.7", "forwarded": "for=192.0.2.7"})
    application = registered("Trading Platform", client_type="public", signs_in=False, signs_in_devices=True)
    asked = urlencode({"client_id": application.client_id, "scope": "openid"})
    kind = "application/x-www-form-urlencoded"
    assert forged.post("/oauth/device/", asked, content_type=kind, REMOTE_ADDR="203.0.113.9").status_code == 200
    assert DeviceSignIn.objects.get().address == "203.0.113.9"


ASKING = {
    "a device": lambda bank: bank.web.post("/oauth/device/", data={"scope": "openid"}),
    "a phone": lambda bank: bank.ask(login_hint="mara"),
    "an action": lambda bank: bank.propose(),
}


@pytest.mark.parametrize("what", ASKING)
def test_without_counters_nobody_is_asked(mara, pocket, bank, what):
    """AT-298."""
    Application.objects.update(signs_in_devices=True)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_tally RENAME TO out_of_reach")
    assert ASKING[what](bank).status_code == 503
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE out_of_reach RENAME TO accounts_tally")
    assert pocket.challenges() == []
    assert (DeviceSignIn.objects.count(), PhoneSignIn.objects.count(), Action.objects.count()) == (0, 0, 0)


# --- Names that do something (AT-275) ---

HOSTILE = '<img src=x onerror=alert(1)>{{7*7}}"\u202e'


@pytest.mark.parametrize("kind", ["device", "phone", "action"])
def test_the_name_of_an_application_is_text_and_nothing_else(mara, pocket, known, kind):
    """AT-275."""
    ways = dict.fromkeys(("asks_phones", "asks_actions"), True)
    road = ROADS[kind](Asker(registered(HOSTILE, launch_url="https://x.example/", **ways)), mara, pocket, known)
    if kind == "device":
        Application.objects.update(name=HOSTILE.replace("\u202e", ""))
    shown = [road.question["display"]["title"], *chain.from_iterable(road.question["display"]["facts"])]
    assert not any("\u202e" in words for words in shown)
    mine = {"device": getattr(road, "page", ""), "action": f"/actions/{getattr(road, 'asked', '')}/", "phone": "/"}
    road.approve()
    assert road.given()
    for path in (mine[kind], "/", "/applications/", "/security/activity/"):
        page = road.browser.get(path).content.decode()
        assert "<img src=x" not in page
        assert "49" not in page.partition("&lt;img src=x onerror=alert(1)&gt;")[2][:9]
        assert "\u202e" not in page


# --- Accidents (AT-325) ---


@pytest.mark.parametrize("kind", ["browser", "device", "phone"])
@pytest.mark.parametrize("where", [(SigningKey, "sign"), (visits, "use"), (AccessToken, "save")])
def test_an_accident_while_tokens_are_made_gives_none_and_takes_nothing_away(road, monkeypatch, where):
    """AT-325: nobody has half of them, and the application that asks again gets all of them."""

    def broken(*_args, **_more):
        raise RuntimeError("an accident")

    road.approve()
    road.enter()
    with monkeypatch.context() as patched:
        patched.setattr(*where, broken)
        with pytest.raises(RuntimeError):
            road.fetch()
    assert AccessToken.objects.count() == 0
    assert len(road.fetch()) == 1


@pytest.mark.parametrize("kind", ["action"])
def test_an_accident_while_a_receipt_is_made_leaves_the_approval_as_it_was_given(road, monkeypatch):
    """AT-325."""
    with monkeypatch.context() as patched:
        patched.setattr(SigningKey, "sign", lambda *_args, **_more: 1 / 0)
        assert road.approve()["state"] == "approved"
    assert len(road.given()) == 1


# --- What is left about (AT-323) ---


def test_no_secret_of_a_road_is_in_a_log_or_in_the_record(road, caplog):
    """AT-323: neither what the application keeps, nor what it was given."""
    with caplog.at_level(logging.DEBUG):
        road.approve()
        road.given()
    rows, told = repr(dump(without=set())), [event.facts for event in AuditEvent.objects.all()]
    assert len(road.secrets) > 1
    for secret in road.secrets:
        assert secret not in caplog.text
        assert secret not in repr(told)
        assert secret not in rows
