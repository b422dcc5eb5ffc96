"""A person's page of one action: only theirs, always true, and a way to approve it with a phone that is offline."""

import re

import pytest

from applications.models import Action
from tests.factories import PIN, desk, person
from twofactor.models import Challenge


@pytest.fixture
def asked(inside, bank):
    return bank.action()


def page(browser, pk):
    return browser.get(f"/actions/{pk}/")


def text(browser, pk):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page(browser, pk).content.decode()))


def question(browser, pk):
    (digits,) = set(re.findall(r"\b(\d{3}) (\d{3})\b", text(browser, pk)))
    return "".join(digits)


def type_response(browser, pk, response):
    return browser.post(f"/actions/{pk}/", {"response": response})


# --- Whose ---


def test_it_is_shown_to_whom_it_concerns(inside, bank, asked):
    shown = text(inside, asked)
    for words in ("Harbour Bank", "Transfer 5,000 HKD to Wong Tai?", "5,000.00 HKD", "Wong Tai, 012-345678-9"):
        assert words in shown


def test_without_scripts_it_says_how_to_see_the_answer(inside, pocket, bank, asked):
    by_hand = "this page does not change by itself"
    assert by_hand in text(inside, asked)
    pocket.approve(pocket.challenge(), PIN)
    assert by_hand not in text(inside, asked)


def test_its_words_have_the_language_that_the_application_says(inside, bank):
    """WCAG 3.1.2: the page around them is in the person's own."""
    shown = page(inside, bank.action(lang="zh-hant")).content.decode()
    assert '<html lang="en"' in shown
    assert '<h1 id="action" lang="zh-hant">' in shown
    assert '<dl class="facts" lang="zh-hant">' in shown


def test_to_everybody_else_it_is_not_there(inside, bank, asked, handset):
    """AT-204."""
    person("dana")
    theirs = bank.action(person="dana")
    for address in ("", "status/"):
        assert inside.get(f"/actions/{theirs}/{address}").status_code == 404
        assert inside.get(f"/actions/never/{address}").status_code == 404
    for address in ("again/", "decline/"):
        assert inside.post(f"/actions/{theirs}/{address}").status_code == 404
    assert Action.objects.get(pk=theirs).state == "pending"


def test_nobody_who_is_not_signed_in_sees_it(bank, asked):
    answer = page(desk(), asked)
    assert (answer.status_code, answer["Location"]) == (302, f"/sign-in/?next=/actions/{asked}/")


# --- With a phone that is offline ---


def test_eight_digits_approve_this_action(inside, pocket, bank, asked):
    response = pocket.respond(question(inside, asked), PIN)
    assert type_response(inside, asked, response)["Location"] == f"/actions/{asked}/"
    told = bank.look(asked)
    assert told["state"] == "approved"
    assert Action.objects.get().parts.get().by == "hand"


def test_the_receipt_of_an_approval_by_hand_says_so(inside, pocket, bank, asked):
    from django.conf import settings

    from examples.verify_receipt import verify

    type_response(inside, asked, pocket.respond(question(inside, asked), PIN))
    keys = bank.anybody.get("/oauth/keys/").json()
    claims = verify(bank.look(asked)["receipt"], keys, bank.application.client_id, settings.PORTAL_BASE_URL)
    (approval,) = claims["approvals"]
    assert approval["how"] == "hand"
    assert "statement" not in approval


def test_the_digits_of_one_action_approve_no_other(inside, pocket, bank, asked):
    """AT-235."""
    other = bank.action()
    response = pocket.respond(question(inside, asked), PIN)
    assert "does not fit" in type_response(inside, other, response).content.decode()
    assert bank.look(other)["state"] == "pending"


def test_three_wrong_responses_end_the_question_and_another_may_be_asked(inside, pocket, bank, asked):
    for _ in range(3):
        type_response(inside, asked, "00000000")
    assert Challenge.objects.filter(about=asked).get().state == "failed"
    assert "Three tries did not fit" in text(inside, asked)
    inside.post(f"/actions/{asked}/again/")
    type_response(inside, asked, pocket.respond(question(inside, asked), PIN))
    assert bank.look(asked)["state"] == "approved"


def test_what_is_no_response_costs_no_try(inside, bank, asked):
    assert "exactly 8 digits" in type_response(inside, asked, "1234").content.decode()
    assert Challenge.objects.get(about=asked).response_tries == 0


def test_too_many_wrong_responses_close_the_way_for_a_while(inside, bank, asked):
    """AT-230."""
    for _ in range(3):
        type_response(inside, asked, "00000000")
    inside.post(f"/actions/{asked}/again/")
    for _ in range(2):
        type_response(inside, asked, "00000000")
    answer = type_response(inside, asked, "00000000")
    assert answer.status_code == 429
    assert "Too many wrong responses" in answer.content.decode()


# --- How it stands ---


def test_asking_again_sends_the_same_question_and_five_are_the_most(one_clock, inside, pocket, bank):
    asked = bank.action(expires_in=3600)
    first = pocket.challenge()["id"]
    one_clock.shift(60)
    inside.post(f"/actions/{asked}/again/")
    assert [each["id"] for each in pocket.challenges()] == [first]
    for _ in range(6):
        Challenge.objects.filter(about=asked, state="pending").update(state="failed")
        inside.post(f"/actions/{asked}/again/")
    assert Challenge.objects.filter(about=asked).count() == 5


def test_it_is_declined_at_the_desk_without_a_phone(inside, pocket, bank, asked):
    inside.post(f"/actions/{asked}/decline/")
    assert bank.look(asked)["state"] == "declined"
    assert not pocket.challenges()
    assert "Declined. Nothing was approved." in text(inside, asked)
    inside.post(f"/actions/{asked}/decline/")


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ({"state": "cancelled"}, "The application has taken it back."),
        ({"state": "approved"}, "Approved. The application has been told."),
    ],
)
def test_its_end_stands_there(inside, bank, asked, end, words):
    Action.objects.update(**end)
    assert words in text(inside, asked)
    assert "Decline" not in text(inside, asked).replace("Declined", "")


def test_the_page_hears_of_every_change(inside, pocket, bank, asked):
    before = inside.get(f"/actions/{asked}/status/").json()
    pocket.approve(pocket.challenge(), PIN)
    after = inside.get(f"/actions/{asked}/status/").json()
    assert (before["state"], after["state"]) == ("waiting", "approved")
    assert after["version"] > before["version"]


def test_somebody_whose_key_is_gone_reads_why_nothing_can_be_approved(inside, mara, bank, asked):
    from twofactor.models import PortalKey

    PortalKey.objects.update(state="locked")
    assert "nothing else approves this" in text(inside, asked)
