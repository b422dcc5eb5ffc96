"""`manage.py tidy` removes what is over and nothing else."""

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone

from accounts.models import OpenSession, RefusedOrigin, Tally
from tests.factories import person

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
