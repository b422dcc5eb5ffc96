"""`manage.py tidy` removes what is over and nothing else."""

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone

from accounts import audit
from accounts.models import AuditEvent, Login, OpenSession, RefusedOrigin, Tally
from tests.factories import person
from twofactor.models import Challenge, PortalKey

pytestmark = pytest.mark.django_db


def an_open_session(user, expires_in: timedelta) -> str:
    session = SessionStore()
    session.set_expiry(timezone.now() + expires_in)
    session["who"] = user.pk
    session.save()
    OpenSession.objects.create(user=user, session_key=session.session_key, browser="Firefox / Linux")
    return session.session_key


def test_it_removes_what_is_over_and_keeps_what_is_alive(capsys):
    user, now = person("mara"), timezone.now()
    dead, alive = an_open_session(user, -timedelta(minutes=1)), an_open_session(user, timedelta(hours=1))
    Tally.objects.create(name="old", subject="x", resets=now - timedelta(days=2))
    Tally.objects.create(name="young", subject="x", resets=now - timedelta(hours=2))
    RefusedOrigin.objects.create(user=user, network="203.0.113.7", until=now - timedelta(minutes=1))
    RefusedOrigin.objects.create(user=user, network="203.0.113.8", until=now + timedelta(minutes=1))

    call_command("tidy")

    assert set(Session.objects.values_list("session_key", flat=True)) == {alive}
    assert set(OpenSession.objects.values_list("session_key", flat=True)) == {alive} != {dead}
    assert set(Tally.objects.values_list("name", flat=True)) == {"young"}
    assert set(RefusedOrigin.objects.values_list("network", flat=True)) == {"203.0.113.8"}
    assert "refused networks: 1" in capsys.readouterr().out


def test_a_sign_in_leaves_nothing_behind_but_the_record(capsys):
    """P-51: unfinished after thirty days, finished ones after ninety; and the questions that belonged to them."""
    user, now = person("mara"), timezone.now()
    key = user.portal_keys.create(kid="k" * 43, public_jwk={}, sealing_jwk={}, name="Pixel")

    def sign_in(days, state):
        at = now - timedelta(days=days)
        return Login.objects.create(user=user, state=state, auth_epoch=1, browser="", created=at, expires=at)

    young, old = sign_in(29, "expired"), sign_in(31, "denied")
    finished, forgotten = sign_in(31, "consumed"), sign_in(91, "consumed")
    for login in (young, old, forgotten, None):
        Challenge.fresh(key, mode="tap", display={}, login=login)
    Challenge.objects.filter(login=None).update(created=now - timedelta(days=31))
    audit.record("login.claim", user=user, login=old, ok=False)

    call_command("tidy")

    assert set(Login.objects.all()) == {young, finished}
    assert [challenge.login for challenge in Challenge.objects.all()] == [young]
    assert AuditEvent.objects.get().login_id == old.pk
    assert PortalKey.objects.filter(pk=key.pk).exists()
