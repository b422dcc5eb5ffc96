"""Signing in with two browsers: by tap, by number, by hand; refused, too late, given up."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Login
from tests.factories import PIN, with_key
from twofactor.models import Challenge


def test_a_new_browser_carries_a_number_and_then_moves_on_by_itself(active, desk, phone):
    """AT-064: who asks, from where and when stands there for eyes and ears alike, before anything can be approved."""
    desk.give_password("mara")
    number = desk.number()
    phone.expect_asked()
    shown = phone.page.get_by_role("main")
    for fact in ("Mara Lee", "127.0.0.1", "UTC", "First time from this browser"):
        expect(shown.get_by_text(fact)).to_be_visible()
    expect(shown).to_match_aria_snapshot("- term: Address\n- definition: 127.0.0.1")
    phone.field("PIN").fill(PIN)
    expect(phone.button("Approve")).to_be_disabled()
    # The digits are carried by the person: the phone has not been told them.
    expect(phone.page.get_by_text(number.replace(" ", ""))).to_have_count(0)
    expect(phone.page.get_by_text(number)).to_have_count(0)
    phone.approve(number=number)
    desk.expect_signed_in()
    phone.expect_idle()


def test_a_known_browser_needs_a_tap_and_the_pin(known, desk, phone):
    desk.give_password("mara")
    phone.expect_asked()
    expect(phone.field("Number shown on the sign-in page")).to_be_hidden()
    expect(desk.page.get_by_label("Number to enter on your phone")).to_be_hidden()
    phone.approve()
    desk.expect_signed_in()


def test_what_was_approved_is_gone_from_the_phone_when_somebody_comes_back_to_it(known, desk, phone):
    turn = """(hidden) => {
        Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
    }"""
    desk.give_password("mara")
    phone.approve()
    expect(phone.page.get_by_role("heading", name="Approved")).to_be_visible()
    phone.page.evaluate(turn, False)
    expect(phone.page.get_by_role("heading", name="Approved")).to_be_visible()
    for hidden in (True, False):
        phone.page.evaluate(turn, hidden)
    expect(phone.page.get_by_role("heading", name="Nothing to answer")).to_be_visible()


def test_help_opens_beside_a_page_that_waits(mara, desk):
    with_key(mara)
    desk.give_password("mara")
    with desk.page.expect_popup() as beside:
        desk.page.get_by_role("link", name="Help", exact=True).click()
    expect(beside.value).to_have_url(re.compile("/help/$"))
    expect(desk.page.get_by_role("status").filter(has_text="Waiting")).to_be_visible()


def test_the_desk_shows_how_far_the_question_has_come(known, desk, phone):
    desk.give_password("mara")
    hops = desk.page.get_by_role("list", name="How far the notification has come")
    expect(hops).to_contain_text("Shown on the phone at")
    phone.approve()
    desk.expect_signed_in()


def test_a_phone_without_a_network_answers_by_hand(known, desk, phone):
    phone.button("Done").click()
    phone.lose_network()
    # It cannot know whether somebody asks, and does not say that nobody does.
    expect(phone.page.get_by_role("heading", name="No connection")).to_be_visible()
    desk.give_password("mara")
    question = desk.go_manual()
    desk.give_response(phone.respond(question))
    desk.expect_signed_in()


def test_a_phone_at_the_other_end_of_the_day_is_told_that_its_clock_is_off(known, desk, phone):
    desk.give_password("mara")
    question = desk.go_manual().replace(" ", "")
    key = known.portal_keys.get()
    wrong = _response_of(key, question, timezone.now() + timedelta(hours=2))
    desk.give_response(wrong)
    field = desk.page.get_by_label("Response string")
    expect(field).to_have_accessible_description(re.compile("The phone's clock is 120 minutes ahead"))
    desk.give_response(phone.respond(question))
    desk.expect_signed_in()


def test_a_wrong_response_is_refused_and_the_right_one_still_counts(known, desk, phone):
    desk.give_password("mara")
    question = desk.go_manual()
    desk.give_response("0000 0000")
    field = desk.page.get_by_label("Response string")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(desk.page.get_by_text("2 tries left")).to_be_visible()
    desk.give_response(phone.respond(question))
    desk.expect_signed_in()


@pytest.mark.long
def test_three_wrong_responses_use_the_challenge_up_and_a_new_one_goes_on(known, desk, phone):
    desk.give_password("mara")
    first = desk.go_manual()
    for left in ("2 tries left", "1 try left"):
        desk.give_response("0000 0000")
        expect(desk.page.get_by_text(left)).to_be_visible()
    desk.give_response("0000 0000")
    desk.page.get_by_role("button", name="New challenge").click()
    second = desk.number("Challenge code")
    assert second != first
    desk.give_response(phone.respond(second))
    desk.expect_signed_in()


def test_a_wrong_pin_is_told_on_the_phone_and_the_right_one_still_counts(known, desk, phone):
    desk.give_password("mara")
    phone.approve(pin="9z9z")
    phone.expect_wrong("PIN", "You have 2 more tries")
    phone.page.reload()
    expect(phone.page.get_by_role("alert")).to_have_text("You have 2 more tries for this question.")
    phone.approve(pin=PIN)
    desk.expect_signed_in()


def test_a_wrong_number_is_told_on_the_phone_and_a_second_one_ends_the_sign_in(active, desk, phone):
    desk.give_password("mara")
    number = desk.number().replace(" ", "")
    wrong = f"{(int(number) + 1) % 10**6:06d}"
    phone.approve(number=wrong)
    phone.expect_wrong("Number shown on the sign-in page", "You have 1 more try")
    phone.approve(number=wrong)
    desk.expect_ended("The number did not match")


def test_i_did_but_cancel_ends_the_sign_in_and_the_next_one_asks_for_the_number(known, desk, phone):
    desk.give_password("mara")
    phone.refuse("I did, but cancel")
    desk.expect_ended("Refused on the phone")
    desk.give_password("mara")
    phone.approve(number=desk.number())
    desk.expect_signed_in()


def test_i_did_not_start_this_closes_the_door_for_that_browser(known, desk, phone):
    desk.give_password("mara")
    phone.refuse("I did not start this")
    desk.expect_ended("This sign-in was reported")
    desk.give_password("mara")
    expect(desk.page.get_by_role("button", name="Log in")).to_be_visible()
    phone.expect_idle()
    known.refresh_from_db()
    assert known.password_change_required


def test_a_question_that_nobody_answers_expires_at_the_desk_and_on_the_phone(known, desk, phone):
    for page in (desk.page, phone.page):
        page.clock.install()
        page.reload()
    desk.give_password("mara")
    phone.expect_asked()
    ago = timezone.now() - timedelta(seconds=1)
    Challenge.objects.filter(state="pending").update(expires=ago)
    for page in (desk.page, phone.page):
        page.clock.fast_forward("05:00")
    desk.expect_ended("The time ran out")
    phone.expect_idle()


@pytest.mark.long
def test_giving_up_at_the_desk_takes_the_question_from_the_phone(known, desk, phone):
    desk.give_password("mara")
    phone.expect_asked()
    desk.page.get_by_role("button", name="Cancel").click()
    expect(desk.page.get_by_text("You cancelled the sign-in.")).to_be_visible()
    phone.expect_idle()
    assert Login.objects.latest("created").state == "cancelled"


@pytest.mark.long
def test_a_reload_asks_nobody_a_second_time(known, desk, phone):
    desk.give_password("mara")
    phone.expect_asked()
    before = Challenge.objects.count()
    desk.page.reload()
    expect(desk.page.get_by_role("status").first).to_contain_text("Waiting for your answer")
    assert Challenge.objects.count() == before
    phone.approve()
    desk.expect_signed_in()


def test_a_phone_that_opens_later_finds_the_question(known, desk, phone):
    phone.page.goto("about:blank")
    desk.give_password("mara")
    expect(desk.page.get_by_role("status").first).to_contain_text("Waiting for your answer")
    phone.open()
    phone.approve()
    desk.expect_signed_in()


def test_the_fallback_and_the_notification_are_one_road(known, desk, phone):
    desk.give_password("mara")
    desk.go_manual()
    # Whoever finishes first decides: the page for the typed response moves on when the phone is tapped.
    phone.approve()
    desk.expect_signed_in()


def _response_of(key, question, moment):
    from django.conf import settings

    from twofactor.protocol import ocra

    secret = settings.PORTAL_KEYRING.open(key.sealed_response_key, "portalkey.response_key", key.kid)
    return ocra.respond(secret, question, moment.timestamp())
