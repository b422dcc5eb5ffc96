"""What an application may ask of a sign-in: how strong, how fresh, without a question; and what it is told of it."""

import json

import pytest

from accounts.models import OpenSession, User
from applications.models import Consent, Visit
from tests.applications.rp import said, went
from tests.factories import PASSWORD, desk, finish
from tests.stories.carried import by_key, by_text, choose, text_in
from tests.stories.ways import approve, is_in, sign_in, sign_out


def signs_in(browser, username, address, pocket=None):
    """From the application through the whole sign-in; where the browser goes then."""
    next_page = said(went(browser.get(address)))["next"]
    browser.post("/sign-in/", {"username": username, "password": PASSWORD, "next": next_page})
    if pocket is not None:
        choose(browser, "key")
        approve(browser, pocket)
        finish(browser)
    return went(browser.get(next_page))


def essential(level):
    return json.dumps({"id_token": {"acr": {"essential": True, "values": [level]}}})


# --- What a session was opened with ---


def test_a_session_of_the_key_is_told_as_one(party, inside):
    claims = party.told(party.enter(inside))
    assert (claims["acr"], claims["amr"]) == ("key", ["pwd", "swk", "pin", "mfa"])


def test_a_session_of_a_text_is_told_as_one(party, eli, here):
    text_in(here, eli)
    claims = party.told(party.enter(here))
    assert (claims["acr"], claims["amr"]) == ("mfa", ["pwd", "otp", "mfa"])


def test_a_session_of_the_password_alone_is_told_as_one(party, mara, here):
    here.post("/sign-in/", {"username": "mara", "password": PASSWORD})
    claims = party.told(party.enter(here))
    assert (claims["acr"], claims["amr"]) == ("password", ["pwd"])


def test_the_time_is_that_of_the_session_whatever_the_person_does_elsewhere(party, inside, mara, pocket, clock):
    opened = int(OpenSession.objects.filter(user=mara).latest("pk").since.timestamp())
    tokens = party.enter(inside)
    assert party.told(tokens)["auth_time"] == opened
    clock.shift(60)
    sign_in(desk(), mara, pocket)
    assert User.objects.get(pk=mara.pk).last_login.timestamp() > opened + 50
    again = party.refresh(tokens)
    claims = party.told(again, nonce=None)
    assert (claims["auth_time"], claims["acr"]) == (opened, "key")


# --- How fresh ---


def test_prompt_login_asks_again_and_once(party, inside, mara, pocket, clock):
    clock.shift(5)
    before = party.told(party.enter(inside))["auth_time"]
    clock.shift(5)
    tokens = party.tokens(signs_in(inside, "mara", party.address(prompt="login"), pocket))
    assert party.told(tokens)["auth_time"] > before


def test_select_account_asks_who_it_is(party, inside):
    assert went(inside.get(party.address(prompt="select_account"))).startswith("/sign-in/?again=1")


def test_max_age_is_kept(party, inside, pocket, clock):
    assert "code" in said(went(inside.get(party.address(max_age=600))))
    clock.shift(601)
    assert went(inside.get(party.address(max_age=600))).startswith("/sign-in/?again=1")
    assert "code" in said(signs_in(inside, "mara", party.address(max_age=600), pocket))


def test_max_age_of_nothing_asks_once_and_goes_on(party, inside, pocket, clock):
    clock.shift(2)
    assert "code" in said(signs_in(inside, "mara", party.address(max_age=0), pocket))


# --- Without a question ---


@pytest.mark.parametrize("more", [{"prompt": "none"}, {"prompt": "none", "max_age": 1}])
def test_prompt_none_says_that_nobody_is_signed_in(party, here, more):
    answer = said(went(here.get(party.address(**more))))
    assert answer == {"error": "login_required", "state": party.state, "iss": party.knows["issuer"]}


def test_prompt_none_gives_a_code_to_who_is_signed_in(party, inside):
    assert party.told(party.enter(inside, prompt="none"))["acr"] == "key"


def test_prompt_none_says_that_the_sign_in_is_too_old_or_too_weak(party, mara, here, clock):
    here.post("/sign-in/", {"username": "mara", "password": PASSWORD})
    clock.shift(10)
    assert said(went(here.get(party.address(prompt="none", max_age=5))))["error"] == "login_required"
    weak = said(went(here.get(party.address(prompt="none", claims=essential("key")))))
    assert weak["error"] == "unmet_authentication_requirements"


def test_prompt_none_does_not_pass_a_session_that_lay_too_long(party, inside, clock):
    """AT-247."""
    clock.shift(3600)
    assert said(went(inside.get(party.address(prompt="none"))))["error"] == "login_required"
    assert not is_in(inside)


def test_prompt_none_beside_another_means_nothing(party, inside):
    assert said(went(inside.get(party.address(prompt="none login"))))["error"] == "invalid_request"


def test_prompt_none_says_that_consent_is_missing(stranger, inside):
    assert said(went(inside.get(stranger.address(prompt="none"))))["error"] == "consent_required"
    assert Consent.objects.count() == 0


# --- How strong ---


def test_a_level_that_the_person_has_is_asked_for_once(party, eli, pocket_of_eli, here):
    """Signed in by text, with the key at hand: the application wants the key."""
    text_in(here, eli)
    address = party.address(acr_values="key")
    assert went(here.get(address)).startswith("/sign-in/?again=1")
    back = signs_in(here, "eli", address, pocket_of_eli)
    assert party.told(party.tokens(back))["acr"] == "key"


def test_a_level_that_the_person_has_not_got_is_asked_for_of_nobody(party, mara, here):
    """It was a wish: the application hears how it was (OpenID Connect Core, section 3.1.2.1)."""
    here.post("/sign-in/", {"username": "mara", "password": PASSWORD})
    assert party.told(party.enter(here, acr_values="phr key"))["acr"] == "password"


def test_a_level_that_must_be_and_cannot_is_said(party, inside):
    """AT-245."""
    answer = said(went(inside.get(party.address(claims=essential("phr")))))
    assert answer["error"] == "unmet_authentication_requirements"


def test_a_level_that_we_have_not_is_nobodys(party, inside):
    answer = said(went(inside.get(party.address(claims=essential("urn:other:gold")))))
    assert answer["error"] == "unmet_authentication_requirements"
    assert party.told(party.enter(inside, acr_values="urn:other:gold"))["acr"] == "key"


def test_the_level_that_is_told_is_the_one_asked_for(party, inside):
    assert party.told(party.enter(inside, acr_values="phr mfa"))["acr"] == "mfa"


def test_who_chooses_the_weaker_factor_again_is_not_asked_for_ever(party, eli, pocket_of_eli, here):
    text_in(here, eli)
    next_page = said(went(here.get(party.address(claims=essential("key")))))["next"]
    text_in(here, eli)
    assert said(went(here.get(next_page)))["error"] == "unmet_authentication_requirements"


# --- Who ---


def test_another_person_who_signs_in_is_that_person(party, inside, mara):
    other = User.objects.create_user("dana", password=PASSWORD)
    back = signs_in(inside, "dana", party.address(prompt="login"))
    assert party.told(party.tokens(back))["sub"] == str(other.pk) != str(mara.pk)


def test_somebody_else_than_the_one_hinted_at_is_refused(party, inside, mara):
    hint = party.enter(inside)["id_token"]
    User.objects.create_user("dana", password=PASSWORD)
    back = signs_in(inside, "dana", party.address(prompt="login", id_token_hint=hint))
    assert said(back)["error"] == "login_required"
    other = desk()
    other.post("/sign-in/", {"username": "dana", "password": PASSWORD})
    assert said(went(other.get(party.address(prompt="none", id_token_hint=hint))))["error"] == "login_required"


def test_a_hint_that_is_not_ours_is_refused(party, inside):
    hint = party.enter(inside)["id_token"]
    forged = hint[:-8] + "AAAAAAAA"
    assert said(went(inside.get(party.address(id_token_hint=forged))))["error"] == "invalid_request"


def test_the_name_that_the_application_expects_stands_in_the_field(party, mara, here):
    page = here.get(went(here.get(party.address(login_hint="mara")))).content.decode()
    assert 'value="mara"' in page


# --- Who may not ---


def test_who_has_to_choose_a_new_password_first_gets_no_code(party, mara, inside):
    """AT-312."""
    User.objects.filter(pk=mara.pk).update(password_change_required=True, disowned_at=None)
    silent = inside.get(party.address(prompt="none"))
    assert said(went(silent))["error"] == "interaction_required"
    assert "code=" not in went(inside.get(party.address()))
    assert Visit.objects.count() == 0


# --- And the other applications meanwhile ---


def test_signing_in_again_takes_nothing_from_the_other_applications(party, stranger, inside, mara, pocket, clock):
    tokens = party.enter(inside)
    clock.shift(5)
    address = went(inside.get(stranger.address()))
    inside.post(address, {"allow": "yes"})
    signs_in(inside, "mara", stranger.address(prompt="login"), pocket)
    assert party.person(tokens).status_code == 200
    assert party.refresh(tokens)
    sign_out(inside)
    assert party.person(tokens).status_code == 401


def test_somebody_else_who_signs_in_takes_over_nothing(party, inside, mara):
    """AT-311."""
    tokens = party.enter(inside)
    User.objects.create_user("dana", password=PASSWORD)
    signs_in(inside, "dana", party.address(prompt="login"))
    assert party.person(tokens).status_code == 401


def test_a_sign_in_that_is_given_up_takes_the_session_with_it(party, inside, mara, pocket):
    tokens = party.enter(inside)
    inside.post("/sign-in/", {"username": "mara", "password": PASSWORD})
    inside.post("/sign-in/cancel/")
    assert party.person(tokens).status_code == 401


def test_nothing_goes_on_by_something_weaker(party, eli, pocket_of_eli, here):
    """AT-245."""
    by_key(here, eli, pocket_of_eli)
    tokens = party.enter(here)
    by_text(here, eli)
    assert is_in(here)
    assert party.person(tokens).status_code == 401
