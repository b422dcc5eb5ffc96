"""R-56, R-57, P-43: where somebody is signed in, since when and how; ending one of them; and never more than five."""

import re

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session

from accounts import policy
from accounts.models import AuditEvent, OpenSession
from tests.factories import desk, finish, give_password, person
from tests.stories.carried import by_key, by_text, carry, mails
from tests.stories.ways import activated, approve, events, is_in, sign_in, text

SAFARI = "Mozilla/5.0 (Macintosh) Version/18 Safari/605"
EDGE = "Mozilla/5.0 (Windows NT 10.0) Chrome/142 Safari/537 Edg/142"


def row_of(browser):
    return OpenSession.objects.get(session_key=browser.session.session_key)


def end(browser, pk, **extra):
    return browser.post(f"/security/sessions/{pk}/end/", **extra)


def listed(browser):
    """The browsers on the page, the words of each, in their order."""
    page = browser.get("/security/sessions/").content.decode().partition('<ul class="rows"')[2].partition("</ul>")[0]
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", each)).strip() for each in page.split("<li>")[1:]]


def sent_away(response):
    return response.status_code == 302 and response["Location"].startswith("/sign-in/?again=1")


# --- The list ---


def test_it_says_where_since_when_and_how(clock, mara, pocket, here):
    other = desk(**{"user-agent": SAFARI})
    sign_in(other, mara, pocket)
    clock.shift(600)
    sign_in(here, mara, pocket)
    first, second, *_activation = listed(here)
    assert first.startswith("Firefox on Windows This browser 127.0.0.1 Signed in with Portal Key")
    assert second.startswith("Safari on macOS 127.0.0.1 Signed in with Portal Key")
    assert "last used" in second
    assert second.endswith("Sign out")
    assert not first.endswith("Sign out")


def test_it_says_that_only_a_password_was_asked(mara, here):
    give_password(here, mara)
    assert "Signed in with the password alone" in listed(here)[0]


def test_it_shows_nobody_elses(mara, here):
    give_password(desk(), person("eli"))
    give_password(here, mara)
    assert len(listed(here)) == 1


def test_the_last_use_is_written_once_a_minute_and_by_nothing_that_asks_by_itself(clock, mara, here):
    give_password(here, mara)
    began = row_of(here).used
    clock.shift(policy.SESSION_TOUCH - 5)
    here.get("/")
    assert row_of(here).used == began
    clock.shift(10)
    here.get("/security/key/status/")
    assert row_of(here).used == began
    here.get("/")
    assert (row_of(here).used - began).total_seconds() == pytest.approx(policy.SESSION_TOUCH + 5, abs=1)


def test_what_lay_unused_for_too_long_is_not_listed_and_goes_when_it_is_used_again(clock, mara, here):
    other = desk(**{"user-agent": SAFARI})
    give_password(other, mara)
    clock.shift(policy.SESSION_IDLE + 1)
    give_password(here, mara)
    assert len(listed(here)) == 1
    assert OpenSession.objects.filter(user=mara).count() == 2
    assert not is_in(other)
    assert OpenSession.objects.filter(user=mara).count() == 1


def test_signing_in_again_in_the_same_browser_leaves_no_row_behind(mara, pocket, here):
    sign_in(here, mara, pocket)
    before = row_of(here)
    sign_in(here, mara, pocket)
    assert not OpenSession.objects.filter(pk=before.pk).exists()
    assert row_of(here).user == mara


def test_beginning_a_sign_in_as_somebody_else_ends_the_session_and_its_row(mara, pocket, here):
    sign_in(here, mara, pocket)
    before = row_of(here)
    eli = person("eli")
    activated(desk(), eli)
    give_password(here, eli)
    assert not OpenSession.objects.filter(pk=before.pk).exists()


# --- Ending one ---


def test_one_that_is_ended_is_out_at_once_and_the_others_stay(mara, pocket, here):
    lost, kept = desk(**{"user-agent": SAFARI}), desk(**{"user-agent": EDGE})
    for browser in (lost, kept, here):
        sign_in(browser, mara, pocket)
    gone = row_of(lost)
    response = end(here, gone.pk, follow=True)
    assert "Signed out: Safari on macOS" in text(response)
    assert [is_in(browser) for browser in (lost, kept, here)] == [False, True, True]
    assert not Session.objects.filter(session_key=gone.session_key).exists()
    assert events("session.end-one") == [("ok", "")]


def test_a_copy_of_an_ended_session_is_not_written_back(mara, pocket, here):
    """Whoever renews it at this very moment, having read it before, finds nothing to renew."""
    lost = desk()
    sign_in(lost, mara, pocket)
    sign_in(here, mara, pocket)
    copy = lost.session
    assert copy["signed_in_at"]
    end(here, row_of(lost).pk)
    copy["seen_at"] = 0
    with pytest.raises(UpdateError):
        copy.save()
    assert not is_in(lost)


def test_nobody_ends_a_session_of_somebody_else(mara, pocket, here):
    other = desk()
    give_password(other, person("eli"))
    sign_in(here, mara, pocket)
    response = end(here, row_of(other).pk, follow=True)
    assert "had already been signed out" in text(response)
    assert is_in(other)
    assert events("session.end-one") == []


def test_ending_the_own_one_signs_out(mara, pocket, here):
    sign_in(here, mara, pocket)
    assert end(here, row_of(here).pk)["Location"] == "/sign-in/"
    assert not is_in(here)


def test_it_asks_for_a_recent_sign_in(clock, mara, pocket, here):
    """P-42: a browser that was left open ends nobody else's session."""
    lost = desk()
    sign_in(lost, mara, pocket)
    sign_in(here, mara, pocket)
    clock.shift(policy.FRESH.total_seconds() + 1)
    assert sent_away(end(here, row_of(lost).pk))
    assert is_in(lost)


def test_a_weaker_sign_in_ends_weaker_ones_and_none_of_the_key(eli, pocket_of_eli, here):
    """Whoever has the password and reads the texts keeps no owner out; who lost the phone ends what texts opened."""
    owner, other = desk(), desk(**{"user-agent": SAFARI})
    by_key(owner, eli, pocket_of_eli)
    by_text(other, eli)
    by_text(here, eli)
    assert sent_away(end(here, row_of(owner).pk))
    assert is_in(owner)
    assert not sent_away(end(here, row_of(other).pk))
    assert not is_in(other)
    mine = next(line for line in listed(here) if "Portal Key" in line)
    assert "To end this one, sign in with your phone, or choose a new password." in mine
    assert "Sign out" not in mine
    assert not sent_away(end(owner, row_of(here).pk))
    assert not is_in(here)


def test_a_session_that_an_alarm_was_about_ends_none(clock, mara, pocket, known, here):
    sign_in(known, mara, pocket)
    sign_in(here, mara, pocket)
    give_password(desk(), mara)
    pocket.not_me(pocket.challenge())
    clock.shift(1)
    response = end(here, row_of(known).pk) if OpenSession.objects.filter(user=mara).count() > 1 else None
    assert response is None or response.status_code == 302
    assert events("session.end-one") == []


# --- P-43 ---


def test_the_sixth_sign_in_ends_the_oldest_and_says_so(clock, mara, handset):
    browsers = []
    for agent in (SAFARI, EDGE, EDGE, EDGE, EDGE):
        clock.shift(60)
        browsers.append(desk(**{"user-agent": agent}))
        give_password(browsers[-1], mara)
    assert all(is_in(browser) for browser in browsers)
    clock.shift(60)
    sixth = desk()
    give_password(sixth, mara)
    page = text(sixth.get("/"))
    assert "You can be signed in at 5 browsers at once" in page
    assert "Safari on macOS, 127.0.0.1" in page
    assert [is_in(browser) for browser in browsers] == [False, True, True, True, True]
    assert OpenSession.objects.filter(user=mara).count() == policy.SESSIONS_AT_ONCE == 5
    carry()
    assert any("the oldest sign-in was ended" in mail for mail in mails(mara.email))
    assert events("session.displace") == [("ok", "")]
    assert "You can be signed in" not in text(sixth.get("/"))


def test_those_that_are_over_take_no_room(clock, mara):
    browsers = [desk() for _ in range(5)]
    for browser in browsers:
        give_password(browser, mara)
    clock.shift(policy.SESSION_IDLE + 1)
    sixth = desk()
    give_password(sixth, mara)
    assert "You can be signed in" not in text(sixth.get("/"))


def test_many_sign_ins_by_text_drive_out_no_session_of_the_key(eli, pocket_of_eli, handset, one_clock):
    """Else a thief of the password who reads the texts would only have to sign in five times."""
    owner, thieves = desk(), [desk() for _ in range(6)]
    by_key(owner, eli, pocket_of_eli)
    for thief in thieves:
        by_text(thief, eli)
        forget_budgets()
    assert is_in(owner)
    assert [is_in(thief) for thief in thieves] == [False, False, True, True, True, True]


def test_nor_when_there_are_as_many_as_there_may_be(eli, pocket_of_eli, handset, one_clock):
    owners = [desk() for _ in range(policy.SESSIONS_AT_ONCE)]
    for owner in owners:
        by_key(owner, eli, pocket_of_eli)
        forget_budgets()
    thieves = [desk(), desk()]
    for thief in thieves:
        by_text(thief, eli)
        forget_budgets()
    assert [is_in(owner) for owner in owners] == [True] * policy.SESSIONS_AT_ONCE
    # One of them beside the owner's, and no more.
    assert [is_in(thief) for thief in thieves] == [False, True]


def forget_budgets():
    from accounts.models import Tally
    from twofactor.models import Delivery

    Tally.objects.all().delete()
    Delivery.objects.all().delete()


def test_a_sign_in_that_is_not_finished_displaces_nobody(mara, pocket):
    browsers = [desk() for _ in range(5)]
    for browser in browsers:
        sign_in(browser, mara, pocket)
        sign_in_starts_forgotten()
    waiting = desk()
    give_password(waiting, mara)
    assert all(is_in(browser) for browser in browsers)
    approve(waiting, pocket)
    finish(waiting)
    assert [is_in(browser) for browser in (*browsers, waiting)] == [False, *[True] * 5]


def sign_in_starts_forgotten():
    from accounts.models import Tally

    Tally.objects.all().delete()


def test_the_record_names_the_browser_that_was_ended(mara, pocket, here):
    lost = desk(**{"user-agent": SAFARI})
    sign_in(lost, mara, pocket)
    sign_in(here, mara, pocket)
    end(here, row_of(lost).pk)
    assert AuditEvent.objects.get(kind="session.end-one").facts == {"device": "Safari / macOS"}
