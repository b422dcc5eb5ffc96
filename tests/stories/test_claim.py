"""From an approval to a session: by the browser that began, within a minute, once, and only if all is as it was."""

import secrets
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts import pending, policy
from accounts.models import AuditEvent, KnownBrowser, Login, OpenSession, User
from tests.factories import PIN, desk, finish, give_password, person
from tests.stories.ways import (
    activated,
    approve,
    events,
    is_in,
    login_of,
    question_at,
    respond,
    sign_in,
    sign_out,
    state,
    text,
)
from twofactor.models import PortalKey


@pytest.fixture
def approved(mara, pocket, here):
    """A browser whose sign-in is approved and not yet claimed."""
    give_password(here, mara)
    approve(here, pocket)
    return here


# --- By whom (R-03, AT-013) ---


def test_another_browser_that_knows_its_name_claims_nothing(mara, pocket, approved):
    """The name of a sign-in is in no address, and naming one in a session of one's own takes the server's key."""
    thief = desk()
    give_password(thief, mara)
    name = login_of(approved).pk
    for path in ("/sign-in/finish/", f"/sign-in/finish/?login={name}"):
        thief.post(path, {"login": name, "id": name})
    assert not is_in(thief)
    assert state(thief) == "waiting"
    assert thief.get(f"/sign-in/status/?login={name}").json()["state"] == "waiting"
    finish(approved)
    assert is_in(approved)


def test_its_name_stands_in_no_address(mara, pocket, here):
    chain = [give_password(here, mara)["Location"]]
    approve(here, pocket)
    chain.append(finish(here)["Location"])
    assert chain == ["/sign-in/verify/", "/"]


def test_a_browser_without_a_sign_in_gets_nothing(approved, db):
    stranger = desk()
    assert finish(stranger)["Location"] == "/sign-in/"
    assert stranger.get("/sign-in/verify/")["Location"] == "/sign-in/"
    assert state(stranger) == "expired"


# --- When (P-03) ---


def test_a_minute_after_the_approval_it_is_too_late(approved):
    assert timedelta(seconds=60) == policy.CLAIM_LIFE
    left = login_of(approved).claim_by - timezone.now()
    assert timedelta(seconds=40) < left <= policy.CLAIM_LIFE
    Login.objects.filter(state="approved").update(claim_by=timezone.now() - timedelta(seconds=1))
    assert state(approved) == "expired"
    finish(approved)
    assert not is_in(approved)
    assert events("login.claim")[-1][0] == "refused"


def test_an_approval_at_the_last_moment_still_has_its_minute(clock, mara, pocket, here):
    """AT-008."""
    give_password(here, mara)
    clock.shift(290)
    approve(here, pocket)
    clock.shift(50)
    finish(here)
    assert is_in(here)


def test_nothing_shortens_or_lengthens_the_minute(clock, approved):
    before = login_of(approved).claim_by
    for path in ("/sign-in/verify/", "/sign-in/status/", "/sign-in/verify/manual/"):
        clock.shift(1)
        approved.get(path)
    approved.post("/sign-in/verify/again/")
    assert login_of(approved).claim_by == before


# --- Once ---


def test_it_is_consumed_by_the_claim(approved, mara):
    row = login_of(approved)
    finish(approved)
    row.refresh_from_db()
    assert row.state == "consumed"
    before = Session.objects.count(), OpenSession.objects.count()
    finish(approved)
    assert (Session.objects.count(), OpenSession.objects.count()) == before
    assert is_in(approved)


def test_two_tabs_claim_one_session(approved, mara):
    """AT-022: the second tab still has the cookie of the first step."""
    tab = desk()
    tab.cookies.load({name: morsel.value for name, morsel in approved.cookies.items()})
    finish(approved)
    finish(tab)
    assert is_in(approved)
    assert not is_in(tab)
    assert events("login.claim")[-1] == ("ok", "")


# --- What is looked at again (R-04) ---


def refused(browser):
    """The claim fails and the row is dead: what had changed may change back."""
    finish(browser)
    assert not is_in(browser)
    assert OpenSession.objects.filter(session_key=browser.session.session_key).count() == 0


def test_somebody_who_may_no_longer_sign_in(approved, mara):
    User.objects.update(is_active=False)
    refused(approved)
    User.objects.update(is_active=True)
    refused(approved)
    assert login_of(approved).state == "failed"


def test_a_person_whose_password_changed(approved, mara):
    mara.bump_epoch()
    refused(approved)


def test_an_epoch_that_moved_by_itself(approved, mara):
    User.objects.update(auth_epoch=mara.auth_epoch + 5)
    refused(approved)
    User.objects.update(auth_epoch=mara.auth_epoch)
    refused(approved)


@pytest.mark.parametrize("ended", ["revoked", "replaced", "locked", "pending"])
def test_a_key_that_is_no_longer_active(approved, ended):
    PortalKey.objects.update(state=ended)
    refused(approved)
    PortalKey.objects.update(state="active")
    refused(approved)


def test_a_key_that_was_deleted(approved):
    PortalKey.objects.all().delete()
    refused(approved)


def test_a_key_that_is_now_somebody_elses(approved):
    PortalKey.objects.update(user=person("dana"))
    refused(approved)


@pytest.mark.parametrize("by", ["hand", "phone"])
def test_a_key_revoked_between_approval_and_claim(mara, pocket, known, here, by):
    sign_in(known, mara, pocket)
    give_password(here, mara)
    if by == "phone":
        approve(here, pocket)
        pocket.revoke()
    else:
        approve(here, pocket)
        known.post("/security/key/deactivate/")
    refused(here)


def test_a_sign_in_cancelled_after_its_approval(approved):
    approved.post("/sign-in/cancel/")
    assert state(approved) == "cancelled"
    refused(approved)


def test_a_password_approval_is_worth_nothing_once_there_is_a_key(mara, here, monkeypatch):
    """Two browsers of a person without a key; the other one activates in between."""
    other = desk()
    with monkeypatch.context() as patched:
        patched.setattr(pending, "claim", lambda *args, **kwargs: False)
        give_password(here, mara)
    assert login_of(here).state == "approved"
    activated(other, mara)
    Login.objects.filter(pk=here.session["login"]).update(state="approved", auth_epoch=User.objects.get().auth_epoch)
    finish(here)
    assert not is_in(here)


# --- Without an approval (R-07, AT-018) ---

TRICKS = [
    {},
    {"approved": "true"},
    {"state": "approved"},
    {"method": "none", "factor": "password"},
    {"_method": "PUT", "verified": "1", "otp_device": "twofactor.portalkey/1"},
]


@pytest.mark.parametrize("sent", TRICKS, ids=range(len(TRICKS)))
def test_finishing_without_an_approval_stays_waiting(mara, pocket, here, sent):
    give_password(here, mara)
    for path in ("/sign-in/finish/", "/sign-in/finish/?approved=true&state=approved"):
        response = here.post(path, sent, headers={"x-http-method-override": "PUT"})
        assert response["Location"] == "/sign-in/verify/"
    assert state(here) == "waiting"
    assert not is_in(here)
    assert "has not approved this sign-in yet" in text(here.get("/sign-in/verify/"))


@pytest.mark.parametrize("how", ["cancel", "deny", "expire"])
def test_finishing_after_an_end_does_nothing(mara, pocket, here, how):
    give_password(here, mara)
    if how == "cancel":
        here.post("/sign-in/cancel/")
    elif how == "deny":
        pocket.cancel(pocket.challenge())
    else:
        Login.objects.filter(state="pending").update(expires=timezone.now() - timedelta(seconds=1))
    finish(here)
    assert not is_in(here)


def test_the_password_again_does_not_skip_the_phone(mara, pocket, here):
    for _ in range(3):
        give_password(here, mara)
        assert not is_in(here)
        assert here.get("/security/key/").status_code == 302


def test_somebody_who_is_in_and_gives_another_name_is_that_one_or_nobody(mara, pocket, known):
    """AT-111: no mixing of people in one browser."""
    dana = person("dana")
    sign_in(known, mara, pocket)
    give_password(known, dana)
    assert "Dana Chan" in text(known.get("/"))
    assert "Mara" not in text(known.get("/"))
    give_password(known, mara)
    assert not is_in(known)
    assert "Dana" not in text(known.get("/sign-in/verify/"))


# --- What a claim leaves behind ---


def test_it_makes_the_browser_known(mara, pocket, here):
    sign_in(here, mara, pocket)
    assert KnownBrowser.objects.get(user=mara).browser == "Firefox / Windows"
    sign_out(here)
    give_password(here, mara)
    assert pocket.challenge()["mode"] == "tap"


def test_a_refused_sign_in_makes_no_browser_known(mara, pocket, here):
    give_password(here, mara)
    pocket.cancel(pocket.challenge())
    finish(here)
    assert not KnownBrowser.objects.exists()


def test_every_sign_in_is_recorded_with_its_factor(mara, pocket, here):
    sign_in(here, mara, pocket)
    sign_out(here)
    give_password(here, mara)
    respond(here, pocket.respond(question_at(here), PIN))
    told = AuditEvent.objects.filter(kind="login.claim", outcome="ok").order_by("id")
    assert [event.facts["by"] for event in told] == ["password", "key", "key"]
    assert {event.login_id for event in told} == set(
        Login.objects.filter(state="consumed").values_list("pk", flat=True)
    )


def test_names_of_sign_ins_come_from_the_good_dice(mara, monkeypatch, here):
    drawn = []
    real = secrets.token_urlsafe

    def draw(size=None):
        drawn.append(size)
        return real(size)

    monkeypatch.setattr(secrets, "token_urlsafe", draw)
    give_password(here, mara)
    assert 16 in drawn
