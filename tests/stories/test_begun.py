"""What a sign-in is begun with and what a session is marked with, looked at directly: each word and number of it."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.test import RequestFactory
from django.utils import timezone

from accounts import limits, marks, pending, policy
from accounts.browser import seen
from accounts.models import KnownBrowser, Login
from tests.factories import person
from tests.given import FIREFOX
from tests.stories.ways import events


def visit(user=None, **session):
    request = RequestFactory().post("/", headers={"user-agent": FIREFOX}, REMOTE_ADDR="203.0.113.7")
    request.session = SessionStore()
    request.session.update(session)
    request.user = user
    return request


def test_a_sign_in_is_begun_with_what_it_is_judged_by_later(mara):
    """R-03, P-01."""
    request = visit()
    login = pending.begin(request, mara, next_page="/security/")
    login.refresh_from_db()
    browser = seen(request)
    assert (login.user, login.state, login.auth_epoch) == (mara, "pending", mara.auth_epoch)
    assert (login.browser, login.browser_digest, login.known_browser) == ("Firefox / Windows", browser.digest, False)
    assert (login.address, login.next, login.temporary) == ("203.0.113.7", "/security/", None)
    assert login.expires - login.created == policy.LOGIN_LIFE
    assert abs(login.created - timezone.now()) < timedelta(seconds=30)
    assert pending.begin(visit(), mara).next == ""
    assert events("login.begin") == [("ok", "")] * 2


def test_it_is_tied_to_a_session_that_is_new(mara):
    """R-55, AT-014."""
    request = visit(planted="by somebody else")
    request.session.save()
    before = request.session.session_key
    login = pending.begin(request, mara)
    assert dict(request.session.items()) == {"login": login.pk, "_session_expiry": request.session["_session_expiry"]}
    assert request.session.session_key != before
    left = timedelta(seconds=request.session.get_expiry_age())
    assert timedelta(0) <= policy.LOGIN_LIFE + timedelta(minutes=5) - left < timedelta(seconds=30)
    assert pending.current(request) == login
    assert pending.current(visit()) is None


def test_the_oldest_of_too_many_gives_way_among_the_persons_own(mara):
    """P-04, R-50: neither those of somebody else, nor those of a browser that is known, nor what has ended."""
    other, known, ended = (pending.begin(visit(), each) for each in (person("dana"), mara, mara))
    Login.objects.filter(pk=known.pk).update(known_browser=True)
    Login.objects.filter(pk=ended.pk).update(state="cancelled")
    begun = [pending.begin(visit(), mara) for _ in range(policy.LOGINS_AT_ONCE)]
    assert set(Login.objects.filter(state="pending")) == {other, known, *begun}
    last = pending.begin(visit(), mara)
    assert set(Login.objects.filter(state="pending")) == {other, known, *begun[1:], last}
    begun[0].refresh_from_db()
    assert (begun[0].state, begun[0].reason) == ("superseded", "too-many")
    last.move("cancel")
    again = pending.begin(visit(), mara)
    assert set(Login.objects.filter(state="pending")) == {other, known, *begun[1:], again}


def test_beginning_has_a_budget_of_the_person(mara):
    """P-05."""
    for _ in range(policy.STARTS[0].count):
        pending.begin(visit(), mara)
    with pytest.raises(limits.RateLimited):
        pending.begin(visit(), mara)
    pending.begin(visit(), person("dana"))
    request = visit()
    KnownBrowser.objects.create(
        user=mara, digest=seen(request).digest, auth_epoch=mara.auth_epoch, used=timezone.now(), browser="here"
    )
    assert pending.begin(request, mara).known_browser


def test_it_is_open_while_it_is_pending_and_its_time_runs(mara):
    login = pending.begin(visit(), mara)
    assert pending.is_open(login)
    assert not pending.is_open(None)
    with time_machine.travel(login.expires, tick=False):
        assert not pending.is_open(login)
    login.expires, login.state = timezone.now() + timedelta(minutes=1), "approved"
    assert not pending.is_open(login)


# --- Marks ---


@pytest.mark.parametrize("mark", ["weaker", "restricted", "permitted"])
def test_a_mark_says_one_thing(mark):
    setters = {"weaker": marks.mark_weaker, "restricted": marks.restrict, "permitted": marks.permit}
    asks = {"weaker": marks.is_weaker, "restricted": marks.is_restricted, "permitted": marks.is_permitted}
    request = visit()
    assert not any(ask(request) for ask in (*asks.values(), marks.is_only_password))
    setters[mark](request)
    assert [name for name, ask in asks.items() if ask(request) is True] == [mark]
    assert marks.is_only_password(request) is False


def test_marks_are_called_what_they_were_called_before():
    """SECURITY: a session that was open during an update would lose them otherwise, and be worth more than it is."""
    names = (marks._WEAKER, marks.RESTRICTED, marks.ONLY_PASSWORD, marks._PERMITTED, marks.SIGNED_IN_AT, marks.SEEN_AT)
    assert names == ("weaker", "restricted", "only_password", "permitted", "signed_in_at", "seen_at")


AGES = [(policy.FRESH - timedelta(seconds=5), True), (policy.FRESH + timedelta(seconds=1), False)]


@pytest.mark.parametrize(("age", "fresh"), AGES)
def test_a_session_is_fresh_for_its_time(mara, age, fresh):
    """P-42."""
    signed_in = (timezone.now() - age).timestamp()
    request = visit(mara, **{marks.SIGNED_IN_AT: signed_in})
    assert marks.is_recent(request) is fresh
    assert marks.is_fresh(request) is fresh
    assert marks.is_fresh(request, policy.FRESH + timedelta(minutes=1))
    assert not marks.is_recent(request, timedelta(seconds=1))
    marks.mark_weaker(request)
    assert marks.is_recent(request) is fresh
    assert not marks.is_fresh(request)


def test_the_last_moment_of_its_time_is_over(mara):
    """P-42."""
    with time_machine.travel(1_900_000_000, tick=False):
        signed_in = 1_900_000_000 - policy.FRESH.total_seconds()
        assert not marks.is_recent(visit(mara, **{marks.SIGNED_IN_AT: signed_in}))
        assert marks.is_recent(visit(mara, **{marks.SIGNED_IN_AT: signed_in + 0.25}))


def test_nobodys_session_is_recent():
    """Whoever is locked is nobody, whatever stands in the session."""
    assert marks.is_recent(visit(AnonymousUser(), **{marks.SIGNED_IN_AT: timezone.now().timestamp()})) is False


def test_one_opened_by_a_temporary_password_has_that_ones_time(mara):
    """R-40."""
    age = policy.TEMPORARY_LIFE - timedelta(seconds=5)
    request = visit(mara, **{marks.SIGNED_IN_AT: (timezone.now() - age).timestamp(), marks.ONLY_PASSWORD: True})
    assert marks.is_only_password(request) is True
    assert marks.is_fresh(request)
    marks.mark_weaker(request)
    assert marks.is_fresh(request)


def test_an_alarm_makes_what_was_before_it_old(mara):
    """SECURITY: also to the very moment."""
    mara.disowned_at = timezone.now()
    at = mara.disowned_at.timestamp()
    for signed_in, recent in ((at - 1, False), (at, False), (at + 0.001, True)):
        assert marks.is_recent(visit(mara, **{marks.SIGNED_IN_AT: signed_in})) is recent
