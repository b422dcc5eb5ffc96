"""How sign-ins and sessions end, called directly: everything that is written, and what goes on."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone
from django_otp import DEVICE_ID_SESSION_KEY

from accounts import limits, marks, pending, policy
from accounts.models import OpenSession, RefusedOrigin
from tests.factories import PASSWORD, person
from tests.stories.test_begun import visit
from tests.stories.test_begun_and_claimed import HERE, claimed, looking, temporary_of
from tests.stories.witness import counted, ended, event

__all__ = ["looking"]
NEW = "four entirely different words"


def test_what_is_given_up_is_written_down_and_its_cookie_dies(looking, mara):
    request = visit()
    assert pending.abandon(request) is None
    login = pending.begin(request, mara)
    request.session.save()
    before = request.session.session_key
    request.META["REMOTE_ADDR"] = "198.51.100.7"
    looking.recorded()
    assert pending.abandon(request) == login
    assert looking.recorded() == [event("login.cancel", of=login, address="198.51.100.7")]
    assert ended(login) == ("cancelled", "user")
    assert (request.session["login"], request.session.session_key != before) == (login.pk, True)
    assert pending.abandon(request) is None
    assert looking.recorded() == []


def test_a_session_signed_with_an_earlier_secret_lives_as_long_as_that_is_kept(mara, settings):
    request, _login = claimed(mara)
    name, earlier = request.session.session_key, settings.SECRET_KEY
    assert pending.is_alive(name, mara)
    settings.SECRET_KEY = "another secret key of the tests, which is long enough to be one"
    assert not pending.is_alive(name, mara)
    settings.SECRET_KEY_FALLBACKS = [earlier]
    assert pending.is_alive(name, mara)
    assert not pending.is_alive(name, person("dana"))
    session = SessionStore(session_key=name)
    del session[HASH_SESSION_KEY]
    session.save()
    assert not pending.is_alive(name, mara)


BOUND = {DEVICE_ID_SESSION_KEY: "twofactor.portalkey/1"}


@pytest.mark.parametrize("own", [True, False], ids=["its own request", "from elsewhere"])
@pytest.mark.parametrize(
    ("before", "device_id", "after", "renamed"),
    [
        ({}, "twofactor.portalkey/2", {DEVICE_ID_SESSION_KEY: "twofactor.portalkey/2"}, True),
        (BOUND, "twofactor.portalkey/2", {DEVICE_ID_SESSION_KEY: "twofactor.portalkey/2"}, False),
        (BOUND, "", {}, False),
        ({}, "", {}, False),
        (BOUND, None, BOUND, False),
    ],
)
def test_the_session_that_is_kept_goes_on_under_the_new_epoch(mara, own, before, device_id, after, renamed):
    """R-55: one that is lifted gets another name, if it is the one that asks."""
    request, _login = claimed(mara)
    other, _login = claimed(mara)
    request.session.update({**before, marks.RESTRICTED: True})
    request.session.save()
    name = request.session.session_key
    pending.end_sessions(mara, keep=name, device_id=device_id, request=request if own else other)
    kept = OpenSession.objects.get()
    assert (kept.session_key != name) == (renamed and own)
    session = SessionStore(session_key=kept.session_key)
    assert {DEVICE_ID_SESSION_KEY: session.get(DEVICE_ID_SESSION_KEY)} == {DEVICE_ID_SESSION_KEY: None, **after}
    assert session.get(marks.RESTRICTED) == (None if device_id else True)
    assert pending.is_alive(kept.session_key, mara)
    assert not pending.is_alive(other.session.session_key, mara)


def test_ending_them_all_keeps_none(mara):
    request, _login = claimed(mara)
    rows = Session.objects.count()
    pending.end_sessions(mara)
    assert Session.objects.count() == rows
    assert not OpenSession.objects.exists()
    assert not pending.is_alive(request.session.session_key, mara)


@pytest.mark.parametrize("new_password", ["", NEW])
def test_signing_out_everywhere_else_keeps_this_session_under_another_name(looking, mara, new_password):
    request, _login = claimed(mara)
    other, _login = claimed(mara)
    request.session[marks.ONLY_PASSWORD] = True
    request.session.save()
    name = request.session.session_key
    type(mara).objects.update(password_change_required=True)
    origins = [RefusedOrigin.objects.create(user=each, network=HERE, until=timezone.now()) for each in people(mara)]
    looking.locked()
    given = {"new_password": new_password} if new_password else {}
    assert pending.end_other_sessions(request, mara, **given) is True
    assert looking.locked()[0] == "user"
    mara.refresh_from_db()
    assert mara.check_password(new_password or PASSWORD)
    assert mara.password_change_required is not bool(new_password)
    assert (marks.ONLY_PASSWORD in request.session) is not bool(new_password)
    assert networks(origins) == ["-" if new_password else HERE, HERE]
    assert [row.session_key for row in OpenSession.objects.all()] == [request.session.session_key]
    assert request.session.session_key != name
    assert pending.is_alive(request.session.session_key, mara)
    assert not pending.is_alive(other.session.session_key, mara)
    request.session["here"] = "stays"
    assert not pending.end_other_sessions(other, mara, new_password="yet another four words")
    mara.refresh_from_db()
    assert mara.check_password(new_password or PASSWORD)


def people(mara):
    """Mara and Dana."""
    return sorted(type(mara).objects.all(), key=lambda user: user.pk)


def networks(origins):
    for each in origins:
        each.refresh_from_db()
    return [each.network for each in origins]


def test_a_new_password_for_whoever_is_not_signed_in_opens_nothing_and_ends_everything(looking, mara):
    request, _login = claimed(mara)
    for who in people(mara):
        limits.charge_backoff(policy.PASSWORD, who.pk, "any")
    left, (_mara, dana) = [], people(mara)
    looking.locked()
    assert not pending.reset_password(mara, NEW, still=lambda locked: left.append(locked) or False)
    assert pending.is_alive(request.session.session_key, mara)
    assert left == [mara]
    assert looking.locked() == ["user"]
    # Whoever writes without that lock, meanwhile, is not undone.
    renames = type(mara).objects.filter(pk=mara.pk)
    assert pending.reset_password(mara, NEW, still=lambda _locked: renames.update(name="Mara Wong") == 1) is True
    mara.refresh_from_db()
    assert (mara.check_password(NEW), mara.password_change_required, mara.name) == (True, False, "Mara Wong")
    assert not OpenSession.objects.exists()
    assert not pending.is_alive(request.session.session_key, mara)
    assert counted(policy.PASSWORD.name) == {f"{policy.PASSWORD.name}:{dana.pk}:any": 1}


@pytest.mark.parametrize("with_login", [True, False])
def test_what_is_disowned_stays_refused_for_a_day_and_makes_a_new_password_due(mara, with_login):
    """P-09."""
    dana, temporary = person("dana"), temporary_of(mara)
    with time_machine.travel(int(datetime.now(UTC).timestamp()) + 1, tick=False):
        now, login = timezone.now(), pending.begin(visit(), mara)
        pending.disown(mara, login if with_login else None)
    rows = [(row.user, row.digest, row.network, row.until) for row in RefusedOrigin.objects.all()]
    assert rows == ([(mara, login.browser_digest, HERE, now + policy.REFUSED_FOR)] if with_login else [])
    for each in (mara, dana, temporary):
        each.refresh_from_db()
    assert (mara.password_change_required, mara.disowned_at) == (True, now)
    assert (dana.password_change_required, dana.disowned_at) == (False, None)
    assert temporary.state == "over"
