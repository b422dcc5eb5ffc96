"""AT-057: an account that lay forgotten for 90 days gets no second factor for its password alone (P-48, R-33)."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts import policy
from accounts.models import User
from tests.factories import desk, give_password, phone
from tests.stories.carried import carry, mails
from tests.stories.desks import did, page, press, seen, staff
from tests.stories.ways import code_at, events, sign_in, type_console_code
from twofactor.models import PortalKey

CONSOLE = "/security/key/console/"
AWAY = policy.DORMANT_AFTER + timedelta(days=1)


def away(user, since=AWAY):
    """Their last sign-in was so long ago."""
    User.objects.filter(pk=user.pk).update(last_login=timezone.now() - since)


def test_a_forgotten_account_sets_up_no_factor_by_its_password(mara, here):
    """AT-057, R-33, P-48: neither key, passkey, app nor number, and not by signing in a second time either."""
    away(mara)
    give_password(here, mara)
    assert here.get("/").status_code == 200
    for path in ("/security/key/", "/security/passkeys/", "/security/app/", "/security/phone/"):
        assert here.get(path)["Location"] == CONSOLE, path
    for path in (
        "/security/key/new-code/",
        "/security/passkeys/add/",
        "/security/app/make/",
        "/security/phone/confirm/",
    ):
        assert here.post(path)["Location"] == CONSOLE, path
    assert code_at(here) == ""
    again = desk()
    give_password(again, mara)
    assert again.get("/security/key/")["Location"] == CONSOLE
    assert not mara.activations.exists()
    assert events("account.dormant") == [("ok", "")]


def test_the_page_says_whom_to_ask_and_no_command(mara, here, settings):
    settings.PORTAL_SUPPORT = "our help desk"
    away(mara)
    give_password(here, mara)
    shown = here.get(CONSOLE).content.decode()
    assert "Welcome back" in shown
    assert "our help desk" in shown
    assert "manage.py" not in shown


def test_one_who_never_signed_in_counts_from_the_day_they_were_added(mara, here):
    User.objects.filter(pk=mara.pk).update(last_login=None, created=timezone.now() - AWAY)
    give_password(here, mara)
    assert here.get("/security/key/")["Location"] == CONSOLE


def test_eighty_nine_days_are_no_long_time(mara, here):
    away(mara, policy.DORMANT_AFTER - timedelta(days=1))
    give_password(here, mara)
    assert here.get("/security/key/").status_code == 200
    assert timedelta(days=90) == policy.DORMANT_AFTER


def test_a_code_of_the_console_opens_it_once(mara, here):
    """AT-057: the operator's code works once; afterwards it is an account like any other."""
    away(mara)
    give_password(here, mara)
    assert here.post(CONSOLE, {"code": "0000-0000-0000"}).status_code == 422
    assert type_console_code(here, mara)["Location"] == "/security/key/"
    phone().claim(code_at(here))
    with pytest.raises(CommandError):
        call_command("enrolment_code", "mara", stdout=StringIO())


def test_the_support_desk_opens_it(handset, mara, here):
    """It is on record with who and why, and the client is told."""
    away(mara)
    give_password(here, mara)
    sol = staff()
    assert "Was away for a long time" in seen(sol, mara)
    assert did(press(sol, mara, "wake"), mara)
    assert here.get("/security/key/").status_code == 200
    assert events("account.wake") == [("ok", "")]
    carry()
    assert "opened your account to a second factor" in mails("mara@client.example")[-1]
    assert press(sol, mara, "wake").status_code == 422
    assert "Let them set up" not in sol.get(page(mara)).content.decode()


def test_nobody_else_is_asked(mara, here):
    give_password(here, mara)
    assert here.get(CONSOLE)["Location"] == "/security/key/"
    mara.refresh_from_db()
    assert mara.dormant_at is None


def test_a_person_with_a_key_may_stay_away_as_long_as_they_like(mara, pocket, here):
    """What is proved then is more than a password."""
    away(mara)
    sign_in(here, mara, pocket)
    mara.refresh_from_db()
    assert mara.dormant_at is None
    assert PortalKey.objects.active(mara) is not None
    assert here.get("/security/key/").status_code == 200
