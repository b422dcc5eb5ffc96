"""Calls by Twilio: nothing is told before a key is pressed, nothing to a machine, and everything twice (R-29)."""

from itertools import pairwise

import pytest
from django.test import Client

from tests.carriers.messages import NUMBER, refused
from tests.carriers.messages import a_call as call_of
from tests.carriers.twilio_side import listened
from twofactor import gateways
from twofactor.models import Code, Delivery

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quiet")]

KEYS = ["0", "5", "9", "#", "*"]


@pytest.fixture
def portal():
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def delivery(twilio_server, twilio_side, ask):
    """A call with a code. The text before it was refused, so that it may be asked for at once."""
    twilio_side.refuse_with = (400, 21614)
    assert ask("text").reason == "number"
    twilio_side.refuse_with = None
    delivery = ask("call")
    assert (delivery.state, delivery.carrier_id[:2]) == ("handed", "CA")
    return delivery


@pytest.fixture
def code(delivery):
    return Code.objects.get().digits


@pytest.fixture
def made(delivery, twilio_side):
    """What they were asked to do."""
    (fields,) = twilio_side.made
    return fields


def state(delivery):
    delivery.refresh_from_db()
    return delivery.state, delivery.reason


def test_a_call_is_made_to_the_number_and_never_left_on_a_mailbox(delivery, made):
    here = f"https://portal.example/carriers/twilio/{delivery.pk}/"
    assert (made["To"], made["From"]) == (NUMBER, "+15005550006")
    assert (made["Url"], made["StatusCallback"]) == (f"{here}call/greet/", here)
    assert made["MachineDetection"] == "Enable"
    assert int(made["Timeout"]) <= 30
    assert int(made["TimeLimit"]) <= 120


@pytest.mark.parametrize("key", KEYS)
def test_after_any_key_the_code_is_told_twice_digit_by_digit(delivery, made, code, twilio_side, portal, key, quiet):
    heard = twilio_side.ring(portal, made, presses=key)
    greeting, after = heard[:2], [each for each in heard[2:] if each != "..."]
    assert [each for each in after if each.isdigit()] == list(code) * 2
    assert not any(digit in words for words in greeting for digit in code if not digit.isspace())
    assert after[0] == "Your code is:"
    assert after[7] == "Once more:"
    assert after[-1].endswith("Goodbye.")
    # Slowly: a rest before every digit.
    assert all(before == "..." for before, each in pairwise(heard) if each.isdigit())
    assert state(delivery) == ("delivered", "")
    assert code not in quiet.text


def test_without_a_key_nothing_is_told(delivery, made, twilio_side, portal):
    heard = twilio_side.ring(portal, made)
    assert not any(character.isdigit() for words in heard for character in words)
    assert heard[-1].startswith("No key was pressed")
    assert state(delivery) == ("failed", "unanswered")


@pytest.mark.parametrize(
    "who", ["machine_start", "machine_end_beep", "machine_end_silence", "machine_end_other", "fax"]
)
def test_a_machine_is_told_nothing(delivery, made, twilio_side, portal, who):
    assert twilio_side.ring(portal, made, answered_by=who, presses="5") == []
    assert state(delivery) == ("failed", "unanswered")


def test_a_machine_is_told_nothing_even_where_the_key_is_asked_for(delivery, made, twilio_side, portal, code):
    answer = twilio_side.tell(portal, made["Url"].replace("greet", "key"), Digits="1", AnsweredBy="machine_start")
    assert listened(answer) == ([], "")
    assert state(delivery) == ("failed", "unanswered")


@pytest.mark.parametrize("who", ["human", "unknown"])
def test_somebody_is_asked_for_a_key(made, twilio_side, portal, who):
    heard, then = listened(twilio_side.tell(portal, made["Url"], AnsweredBy=who), presses="1")
    assert heard
    assert then.endswith("/call/key/")


def test_the_question_alone_never_holds_the_code(made, twilio_side, portal, code):
    answer = twilio_side.tell(portal, made["Url"], AnsweredBy="human")
    assert not any(character.isdigit() for words in listened(answer)[0] for character in words)
    assert code not in answer.content.decode()


def test_no_key_at_the_address_of_the_key_tells_nothing(delivery, made, twilio_side, portal):
    for fields in ({}, {"Digits": ""}):
        heard, then = listened(twilio_side.tell(portal, made["Url"].replace("greet", "key"), **fields))
        assert (len(heard), then) == (1, "")
        assert heard[0].startswith("No key")
    assert state(delivery) == ("handed", "")


@pytest.mark.parametrize("step", ["greet", "key"])
def test_a_code_that_is_over_is_not_told(delivery, made, twilio_side, portal, step):
    Code.objects.get().move("burn")
    answer = twilio_side.tell(portal, made["Url"].replace("greet", step), Digits="1", AnsweredBy="human")
    assert listened(answer) == ([], "")
    assert state(delivery) == ("handed", "")


@pytest.mark.parametrize("step", ["greet", "key"])
def test_a_forgery_is_told_nothing(delivery, made, twilio_side, portal, step, code):
    twilio_side.token = "another"
    answer = twilio_side.tell(portal, made["Url"].replace("greet", step), Digits="1", AnsweredBy="human")
    assert (answer.status_code, answer.content) == (403, b"")
    assert state(delivery) == ("handed", "")


def test_the_signature_of_the_question_is_no_signature_for_the_key(delivery, made, twilio_side, portal):
    fields = {"Digits": "1"}
    signed = twilio_side.signature(made["Url"], fields)
    answer = portal.post(
        f"/carriers/twilio/{delivery.pk}/call/key/",
        "Digits=1",
        "application/x-www-form-urlencoded",
        headers={"host": "portal.example", **signed},
    )
    assert answer.status_code == 403


def test_a_call_by_another_carrier_is_not_told(delivery, made, twilio_side, portal):
    Delivery.objects.filter(pk=delivery.pk).update(carrier="demo")
    answer = twilio_side.tell(portal, made["Url"].replace("greet", "key"), Digits="1", AnsweredBy="human")
    assert listened(answer) == ([], "")


def test_a_text_is_not_told_in_a_call(made, twilio_side, portal):
    text = Delivery.objects.get(way="text")
    answer = twilio_side.tell(portal, f"https://portal.example/carriers/twilio/{text.pk}/call/key/", Digits="1")
    assert listened(answer) == ([], "")


def test_there_are_no_other_steps(delivery, made, twilio_side, portal):
    assert twilio_side.tell(portal, made["Url"].replace("greet", "code")).status_code == 404
    assert (
        portal.get(f"/carriers/twilio/{delivery.pk}/call/greet/", headers={"host": "portal.example"}).status_code == 405
    )


def test_the_code_is_kept_by_no_cache(made, twilio_side, portal):
    answer = twilio_side.tell(portal, made["Url"].replace("greet", "key"), Digits="1", AnsweredBy="human")
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("status", "code", "end"),
    [
        ("initiated", "", ("handed", "")),
        ("queued", "", ("handed", "")),
        ("ringing", "", ("handed", "")),
        ("in-progress", "", ("handed", "")),
        ("answered", "", ("handed", "")),
        ("busy", "", ("failed", "unanswered")),
        ("no-answer", "", ("failed", "unanswered")),
        ("canceled", "", ("failed", "unanswered")),
        ("failed", "", ("failed", "unreachable")),
        ("failed", "13224", ("failed", "number")),
        ("failed", "32205", ("failed", "setup")),
        ("completed", "", ("failed", "unanswered")),
    ],
)
def test_their_states_of_a_call_are_understood(delivery, made, twilio_side, portal, status, code, end):
    fields = {"CallSid": "CA1", "CallStatus": status, **({"ErrorCode": code} if code else {})}
    assert twilio_side.tell(portal, made["StatusCallback"], **fields).status_code == 204
    assert state(delivery) == end


@pytest.mark.parametrize(
    ("code", "reason"), [(21211, "number"), (21214, "number"), (21215, "setup"), (21216, "blocked"), (10004, "busy")]
)
def test_a_refused_call_says_why(twilio_server, twilio_side, code, reason):
    twilio_side.refuse_with = (400, code)
    assert refused(lambda: gateways.send("twilio", call_of())).reason == reason


@pytest.mark.parametrize(
    ("language", "number", "spoken"),
    [
        ("en", "+85291234567", "en-GB"),
        ("zh-Hant", "+85291234567", "yue-HK"),
        ("zh-Hant", "+886912345678", "cmn-TW"),
        ("fr", "+33612345678", "en-GB"),
    ],
)
def test_it_is_spoken_in_the_language_of_the_person(made, desk_of_mara, twilio_side, portal, language, number, spoken):
    Delivery.objects.filter(way="call").update(language=language)
    answer = twilio_side.tell(portal, made["Url"], AnsweredBy="human", To=number)
    assert f'<Say language="{spoken}"'.encode() in answer.content
    assert answer.content.count(b"<Say ") == answer.content.count(f'language="{spoken}"'.encode())
