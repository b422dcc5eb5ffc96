"""What an application is given: how long it is good, what ends it, and who hears of it."""

import pytest
from authlib.integrations.base_client.errors import OAuthError
from django.core.management import call_command

from accounts.models import AuditEvent, User
from applications import policy, tidying
from applications.models import AccessToken, Application, Grant, RefreshToken, SigningKey, Visit
from tests.applications.rp import said, went
from tests.factories import PASSWORD, desk
from tests.stories.ways import dump, events, is_in, sign_in, sign_out
from twofactor.models import Delivery

LASTING = "openid profile email offline_access"


def is_good(party, tokens):
    return party.person(tokens).status_code == 200


def is_refreshed(party, tokens):
    answer = party.ask_again(tokens)
    assert answer.status_code == 200 or answer.json() == {"error": "invalid_grant"}
    return answer.status_code == 200


# --- Each is good once ---


def test_a_refresh_token_is_good_once_and_its_next_one_is_another(party, inside):
    first = party.enter(inside)
    second = party.refresh(first)
    assert second["refresh_token"] != first["refresh_token"]
    assert is_good(party, second)
    assert not is_good(party, first)


def test_a_refresh_token_that_comes_again_ends_everything_of_that_sign_in(party, inside, mara):
    """AT-205."""
    first = party.enter(inside)
    second = party.refresh(first)
    assert not is_refreshed(party, first)
    assert not is_good(party, second)
    assert not is_refreshed(party, second)
    assert events("application.reuse") == [("refused", "alert")]
    assert "came from two places" in inside.get("/security/activity/").content.decode()
    assert is_in(inside)


def test_its_owner_is_told_that_something_was_copied(party, inside, mara, settings):
    settings.PORTAL_CARRIERS = ["demo"]
    first = party.enter(inside)
    party.refresh(first)
    is_refreshed(party, first)
    notice = Delivery.objects.get(kind="application-copied")
    assert (notice.user, notice.facts["application"]) == (mara, "Trading Web")


def test_a_code_that_comes_again_ends_what_came_of_it(party, inside):
    """AT-205."""
    back = went(inside.get(party.address()))
    tokens = party.tokens(back)
    with pytest.raises(OAuthError, match="invalid_grant"):
        party.tokens(back)
    assert not is_good(party, tokens)
    assert not is_refreshed(party, tokens)


def test_the_alarm_rings_once_however_often_a_copy_comes(party, inside, mara, settings):
    settings.PORTAL_CARRIERS = ["demo"]
    back = went(inside.get(party.address()))
    party.refresh(party.tokens(back))
    for _each in range(3):
        with pytest.raises(OAuthError, match="invalid_grant"):
            party.tokens(back)
    assert events("application.reuse") == [("refused", "alert")]
    assert Delivery.objects.filter(kind="application-copied").count() == 1


def test_a_code_is_good_for_a_minute(party, inside, clock):
    back = went(inside.get(party.address()))
    clock.shift(policy.CODE_LIFE.total_seconds() + 1)
    with pytest.raises(OAuthError, match="invalid_grant"):
        party.tokens(back)


def test_an_access_token_is_good_for_minutes_and_a_refresh_token_for_a_month(party, inside, clock):
    tokens = party.enter(inside, scope=LASTING)
    assert tokens["expires_in"] == policy.ACCESS_TOKEN_LIFE.total_seconds()
    clock.shift(policy.ACCESS_TOKEN_LIFE.total_seconds() + 1)
    assert not is_good(party, tokens)
    tokens = party.refresh(tokens)
    clock.shift(policy.REFRESH_TOKEN_LIFE.total_seconds() + 1)
    assert not is_refreshed(party, tokens)


# --- What ends it ---


def change_password(browser, mara):
    words = "another horse battery staple"
    assert browser.post("/security/password/", {"password": words, "again": words}).status_code == 302


ENDS = {
    "signing out": lambda browser, mara: sign_out(browser),
    "a new password": change_password,
    "signing out everywhere": lambda browser, mara: browser.post("/security/sessions/end/"),
    "the lock of staff": lambda browser, mara: User.objects.filter(pk=mara.pk).update(is_active=False),
    "the end of the application": lambda browser, mara: Application.objects.update(is_active=False),
}


@pytest.mark.parametrize("how", ENDS)
def test_what_was_given_ends_with(party, inside, mara, how):
    """AT-210."""
    tokens = party.enter(inside)
    ENDS[how](inside, mara)
    assert not is_good(party, tokens)
    with pytest.raises(OAuthError):
        party.refresh(tokens)


def test_this_was_not_me_ends_it(party, inside, mara, pocket):
    tokens = party.enter(inside, scope=LASTING)
    event = AuditEvent.objects.filter(kind="login.claim", user=mara).latest("pk")
    inside.post(f"/security/activity/{event.name}/not-me/")
    assert not is_good(party, tokens)
    assert not is_refreshed(party, tokens)


def test_what_works_offline_outlives_the_session_and_nothing_stronger(party, inside, mara):
    tokens = party.enter(inside, scope=LASTING)
    sign_out(inside)
    tokens = party.refresh(tokens)
    User.objects.get(pk=mara.pk).bump_epoch()
    assert not is_refreshed(party, tokens)


def test_a_session_that_ends_takes_no_other_with_it(party, inside, mara, pocket):
    other = desk()
    sign_in(other, mara, pocket)
    tokens = party.enter(other)
    sign_out(inside)
    assert is_good(party, tokens)


def test_what_is_given_back_is_over_all_of_it(party, inside):
    tokens = party.enter(inside)
    answer = party.client.revoke_token(party.knows["revocation_endpoint"], token=tokens["access_token"])
    assert answer.status_code == 200
    assert not is_refreshed(party, tokens)
    assert events("application.reuse") == []


# --- How it is kept ---


def test_nothing_that_opens_a_door_stands_in_the_database(party, inside):
    """AT-323."""
    back = went(inside.get(party.address()))
    tokens = party.tokens(back)
    rows = repr(dump(without=set()))
    for secret in (said(back)["code"], tokens["access_token"], tokens["refresh_token"], party.application.secret):
        assert secret not in rows


def test_what_is_over_leaves_and_what_tells_a_copy_stays(party, inside, clock):
    tokens = party.enter(inside)
    party.refresh(tokens)
    clock.shift(policy.ACCESS_TOKEN_LIFE.total_seconds() + 1)
    tidying.sweep()
    assert (AccessToken.objects.count(), RefreshToken.objects.count(), Grant.objects.count()) == (0, 2, 1)
    clock.shift((policy.VISIT_KEPT + policy.REFRESH_TOKEN_LIFE).total_seconds())
    tidying.sweep()
    assert (RefreshToken.objects.count(), Grant.objects.count(), Visit.objects.count()) == (0, 0, 0)


# --- What signs it ---


def test_the_next_key_is_published_before_it_signs_and_the_old_one_verifies_on(party, inside, clock):
    early = party.enter(inside)
    old = SigningKey.objects.current().kid
    call_command("rotate_signing_key")
    assert [key["kid"] for key in party.web.get(party.knows["jwks_uri"]).json()["keys"]] != [old]
    assert SigningKey.objects.current().kid == old
    clock.shift(policy.KEYS_KEPT_BY_CLIENTS.total_seconds() + 1)
    new = SigningKey.objects.current()
    assert new.kid != old
    assert party.told(early, leeway=policy.KEYS_KEPT_BY_CLIENTS.total_seconds() + 60)
    sign_in_again = desk()
    sign_in_again.post("/sign-in/", {"username": "mara", "password": PASSWORD})
    assert SigningKey.objects.published().count() == 2
    clock.shift(policy.KEY_KEPT.total_seconds() + 1)
    tidying.sweep()
    assert [row.kid for row in SigningKey.objects.published()] == [new.kid]
    assert SigningKey.objects.get(kid=old).sealed == ""


def test_a_second_rotation_makes_no_second_next_key(db):
    SigningKey.objects.current()
    call_command("rotate_signing_key")
    call_command("rotate_signing_key")
    assert SigningKey.objects.count() == 2


def test_in_an_emergency_nothing_of_the_old_key_is_good(party, inside):
    tokens = party.enter(inside)
    call_command("rotate_signing_key", "--now")
    with pytest.raises(ValueError, match="Key not found"):
        party.told(tokens)
    assert party.told(party.enter(inside))


def test_two_processes_make_one_first_key(db):
    first = SigningKey.objects.current()
    assert SigningKey.objects.make(signs_from=first.signs_from, number=1).kid == first.kid
    assert SigningKey.objects.count() == 1


def test_a_change_of_the_field_key_seals_the_private_half_anew(party, inside, settings):
    party.enter(inside)
    before = SigningKey.objects.get().sealed
    settings.PORTAL_KEYRING = type(settings.PORTAL_KEYRING).parse(
        "next:" + "B" * 42 + "A," + "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
    )
    call_command("rotate_keys")
    assert SigningKey.objects.get().sealed != before
    assert party.told(party.enter(inside))


def test_a_way_that_staff_have_closed_leads_nowhere_with_what_it_gave_before(party, inside):
    """Also where another way of the same application stays open."""
    tokens = party.enter(inside, scope=LASTING)
    Application.objects.update(signs_in=False, signs_in_devices=True)
    assert not is_good(party, tokens)
    assert not is_refreshed(party, tokens)
