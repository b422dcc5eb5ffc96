"""An application waits; somebody else answers, somebody answers twice, or otherwise than they were asked."""

from dataclasses import replace

import pytest

from applications.models import Visit
from tests.applications.between.roads import Browser
from tests.factories import PIN, desk
from tests.pocket import Problem, b64
from tests.stories.test_answers import recorded, refusal_of, say


def test_another_persons_key_answers_nothing_that_an_application_asked(road, others):
    """AT-201."""
    kid = next(iter(others.keys))
    refusal = refusal_of(others.approve, {**road.question, "kid": kid}, PIN)
    assert (refusal.status, refusal.code) == (404, "not-found")
    others.keys[road.question["kid"]] = replace(others.keys[kid], kid=road.question["kid"])
    assert refusal_of(others.approve, road.question, PIN).code == "bad-signature"
    assert road.given() == []


def test_of_two_that_wait_only_the_one_that_was_meant_is_given(begin, mara):
    """AT-202."""
    first, second = begin(), begin()
    first.approve()
    assert second.given() == []
    assert first.given() == [str(mara.pk)]


def test_what_an_application_asks_one_person_is_asked_of_no_other(road, others):
    """AT-204."""
    kid = next(iter(others.keys))
    assert others.challenges() == []
    for name in (road.question["id"], "A" * 22):
        for act in (others.cancel, others.not_me, lambda asked: others.seen(asked, "shown")):
            assert refusal_of(act, {**road.question, "kid": kid, "id": name}).code == "not-found"
    assert road.approve()["state"] == "approved"


def test_an_answer_that_was_copied_is_good_for_nothing_more(begin, pocket):
    """AT-205: not again, and not for the next one of the same application."""
    first = begin()
    sent = recorded(pocket)
    first.approve()
    path, body = next(each for each in sent if each[0].endswith("/answer"))
    assert pocket._post(path, body)[1]["code"] == "settled"
    assert first.given() != []
    second = begin()
    assert pocket._post(path, body)[1]["code"] == "settled"
    there = path.replace(first.question["id"], second.question["id"])
    assert pocket._post(there, body)[1]["code"] == "bad-signature"
    assert second.given() == []


CHANGES = {
    "what is shown": {"display": b64(b"\x00" * 32)},
    "the question": {"challenge": "A" * 22},
    "its nonce": {"nonce": b64(b"\x00" * 32)},
    "the portal": {"aud": "https://portal.evil.example"},
    "the verdict": {"verdict": "approved"},
}


@pytest.mark.parametrize("change", CHANGES)
def test_an_answer_to_anything_else_is_none(road, pocket, change):
    """AT-206."""
    with pytest.raises(Problem) as refusal:
        say(pocket, road.question, **CHANGES[change])
    assert refusal.value.code in ("bad-signature", "malformed", "not-found")
    assert road.given() == []


def test_the_words_of_another_application_are_not_what_was_signed(road, pocket):
    """AT-206: whoever could change what the phone shows would get a signature that is none."""
    shown = {**road.question["display"], "title": "Sign in to Other Bank?"}
    assert refusal_of(pocket.approve, {**road.question, "display": shown}, PIN).code == "bad-signature"
    assert road.given() == []


def test_whoever_knows_its_name_comes_by_nothing(road, others, bank):
    """AT-213: another browser with the address, or another application with the code."""
    road.approve()
    stranger = desk()
    road.browser, own = stranger, road.browser
    if isinstance(road, Browser):
        assert stranger.get(road.next).status_code in (302, 410)
    for page in (getattr(road, "page", "/device/x/"), f"/actions/{getattr(road, 'asked', 'x')}/"):
        assert stranger.get(page).status_code == 302
    assert Visit.objects.count() == 0
    road.browser = own
    assert len(road.given()) == 1


def test_no_field_says_that_it_is_approved(road):
    """AT-218."""
    road.pretend()
    assert road.given() == []
    assert Visit.objects.count() == 0
