"""What staff read at the desk and in the record: names, sentences, and times with their day."""

import re

import pytest
from django.utils import timezone

from accounts.models import AuditEvent, RefusedOrigin, User
from tests.factories import PIN, desk, give_password, person
from tests.stories.carried import carry
from tests.stories.desks import officer, page, press, proposed, root, seen, staff
from tests.stories.sealing import grown
from tests.stories.ways import login_of, text, type_console_code
from twofactor import pairs
from twofactor.models import Challenge
from twofactor.models.challenge import CALLER

TALL = "Ticket 4712, spoke with her at the number of the file"


def facts(kind):
    return AuditEvent.objects.get(kind=kind).facts


# --- Who, whom and why ---


def test_the_record_names_both_of_the_staff_and_what_each_wrote(handset, mara, pocket):
    """R-84: who approves says why, and that is kept as well."""
    sol, ida = staff(), officer()
    story = "Ticket 4712: the phone fell into the harbour, and she has said so in person. " * 5
    press(sol, mara, "propose-key", reason=story.strip())
    press(ida, mara, "approve", proposed(mara).pk, reason=TALL)
    made, agreed = facts("proposal.make"), facts("proposal.approve")
    assert (made["by"].split()[1], made["why"]) == ("sol", story.strip())
    assert (agreed["by"].split()[1], agreed["why"]) == ("ida", TALL)
    press(ida, mara, "withdraw", proposed(mara).pk, reason="She has found it")
    assert facts("proposal.cancel")["why"] == "She has found it"


def test_the_page_says_by_name_who_did_what_and_why(handset, mara, pocket):
    """A sealed password like everything else: the reason stands under Staff, not under What."""
    grown(mara)
    sol = staff()
    press(sol, mara, "password", reason="Ticket 4712")
    shown = seen(sol, mara)
    assert "Our staff sent a temporary password to your phone. sol Ticket 4712" in shown
    assert "staff-" not in shown


def test_the_list_of_the_record_names_who_of_the_staff_and_why(handset, mara, pocket):
    press(staff(), mara, "lock", reason="Ticket 4712")
    listed = text(root().get("/admin/accounts/auditevent/", {"q": "account.lock"}))
    assert re.search(r"mara\s+sol\s+Ticket 4712", listed)


def test_times_of_the_administration_have_seconds_and_a_zone(mara, pocket):
    boss = root()
    at = AuditEvent.objects.order_by("-id").first().at
    listed = text(boss.get("/admin/accounts/auditevent/"))
    assert f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S %Z}" in listed
    assert not re.search(r"[ap]\.m\.", listed)


# --- What is asked of a second person ---


def test_a_second_person_reads_what_is_proposed_by_whom_and_why(handset, mara, pocket):
    sol, ida = staff(), officer()
    press(sol, mara, "propose-key", reason=TALL)
    asked = text(ida.get(page(mara, "approve", proposed(mara).pk)))
    assert re.search(rf"Proposed Take the key away Proposed by sol At \S+ \S+ \S+ Why {TALL}", asked)
    assert "It is done after 24 hours" in asked
    assert "passcode" not in asked
    # And the page of the client tells it before anything that can be done.
    shown = seen(ida, mara)
    assert shown.index("Take the key away") < shown.index("Sign-ins in progress")
    listed = text(ida.get("/admin/twofactor/proposal/"))
    assert re.search(r"mara Take the key away Waits for a second person sol", listed)


def test_who_approves_a_passcode_is_not_told_of_a_day(handset, one_clock, mara, pocket, here):
    sol, ida = staff(), officer()
    give_password(here, mara)
    press(sol, mara, "propose-passcode", login_of(here).pk)
    asked = text(ida.get(page(mara, "approve", proposed(mara).pk)))
    assert "Issue another passcode" in asked
    assert "The passcode is issued at once" in asked
    assert "24 hours" not in asked


# --- The two words, in two languages ---


def test_the_desk_sees_the_words_of_a_check_as_the_client_reads_them(mara, pocket):
    """N9: a phone that reads Chinese, staff who read English."""
    User.objects.filter(pk=mara.pk).update(language="zh-hant")
    sol = staff()
    press(sol, mara, "check")
    (_account, first), (_you, second), *_rest = pocket.challenge()["display"]["facts"]
    shown = seen(sol, mara)
    ours = pairs.pair(Challenge.objects.get(purpose="action").about.removeprefix(CALLER), "en")
    assert f"You say {first} {ours[0]} They say {second} {ours[1]}" in shown


def test_the_desk_sees_the_words_of_a_sign_in_in_whatever_language_its_page_is(mara, pocket, here):
    """Nobody knows at the desk which language the browser of the caller was set to."""
    here.get("/sign-in/", HTTP_ACCEPT_LANGUAGE="zh-hant")
    give_password(here, mara)
    login = login_of(here)
    shown = seen(staff(), mara)
    for first, second in (pairs.pair(login.pk, "en"), pairs.pair(login.pk, "zh-hant")):
        assert re.search(rf"You say .*\b{first}\b.* They say .*\b{second}\b", shown)


# --- What the page says of itself ---


def test_the_page_looks_again_only_while_the_phone_has_not_answered(mara, pocket):
    sol = staff()
    press(sol, mara, "check")
    assert 'role="status" data-waits' in sol.get(page(mara)).content.decode()
    pocket.approve(pocket.challenge(), PIN)
    answered = sol.get(page(mara)).content.decode()
    assert "Confirmed on the phone" in answered
    assert "data-waits" not in answered


def test_the_last_events_are_sentences_and_no_deliveries(handset, mara, pocket):
    sol = staff()
    press(sol, mara, "end-sessions")
    carry()
    shown = seen(sol, mara)
    events = shown[shown.index("Last events") :]
    assert "Our staff signed you out everywhere." in events
    assert not re.search(r"\b(delivery|challenge|session|login)\.[a-z]", events)


def test_a_young_phone_is_told_with_the_day_on_which_it_is_old_enough(one_clock, mara, pocket):
    """R-36: the time alone has passed already when it is read."""
    answer = press(staff(), mara, "password")
    day = timezone.localtime(mara.portal_keys.get().activated_at + timezone.timedelta(days=1))
    assert f"{day:%Y-%m-%d %H:%M}" in text(answer)


def test_a_key_that_is_off_is_not_called_locked(handset, mara, pocket):
    sol = staff()
    press(sol, mara, "switch-off")
    shown = seen(sol, mara)
    assert "Off: it answers nothing" in shown
    assert "Locked" not in shown


def test_what_was_refused_is_told_without_a_network_too(mara, pocket):
    soon = timezone.now() + timezone.timedelta(hours=1)
    RefusedOrigin.objects.create(user=mara, digest="x", network="", until=soon)
    assert "The browser that they refused, until" in seen(staff(), mara)


@pytest.mark.parametrize(("who", "told"), [(staff, True), (officer, False)])
def test_who_cannot_unlock_reads_who_can(handset, mara, pocket, who, told):
    press(root(), mara, "lock")
    assert ("A security officer can unlock it." in seen(who("ivy"), mara)) == told


def test_staff_without_a_key_are_told_that_the_administration_needs_one(db):
    sol, browser = person("sol", is_staff=True), desk()
    give_password(browser, sol)
    type_console_code(browser, sol)
    assert "The administration opens once a key has verified you" in text(browser.get("/admin/", follow=True))
