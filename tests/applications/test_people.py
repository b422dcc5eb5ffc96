"""What people see of applications: who asks, what it would learn, where they may go, and how they take it back."""

from applications.models import Consent, Visit
from tests.applications.rp import registered, said, went
from tests.factories import desk, person
from tests.given import PASSWORD
from tests.stories.ways import events, text


def asked(browser, party, **more):
    """The page that asks, and its address."""
    address = went(browser.get(party.address(**more)))
    return address, browser.get(address)


# --- Whether it may know ---


def test_an_application_of_somebody_else_is_asked_about(stranger, inside):
    _address, page = asked(inside, stranger)
    words = text(page)
    assert "Let News Reader know who you are?" in words
    assert "Your name, username and language" in words
    assert "news.example" in words
    assert Visit.objects.count() == 0


def test_a_yes_leads_to_the_application_and_is_remembered(stranger, inside, mara):
    address, _page = asked(inside, stranger)
    back = went(inside.post(address, {"allow": "yes"}))
    assert stranger.told(stranger.tokens(back))["sub"] == str(mara.pk)
    assert Consent.objects.get().scopes == ["email", "openid", "profile"]
    assert "code" in said(went(inside.get(stranger.address())))
    assert events("application.consent") == [("ok", "")]


def test_a_no_is_told_to_the_application_and_is_not_remembered(stranger, inside):
    address, _page = asked(inside, stranger)
    answer = said(went(inside.post(address, {})))
    assert answer["error"] == "access_denied"
    assert answer["state"] == stranger.state
    assert (Consent.objects.count(), Visit.objects.count()) == (0, 0)
    assert "Let News Reader" in text(asked(inside, stranger)[1])


def test_more_than_was_allowed_is_asked_about_again(stranger, inside):
    address, _page = asked(inside, stranger, scope="openid")
    went(inside.post(address, {"allow": "yes"}))
    assert "code" in said(went(inside.get(stranger.address(scope="openid"))))
    assert "Your e-mail address" in text(asked(inside, stranger, scope="openid email")[1])


def test_prompt_consent_asks_again_and_once(stranger, inside):
    address, _page = asked(inside, stranger)
    went(inside.post(address, {"allow": "yes"}))
    address, page = asked(inside, stranger, prompt="consent")
    assert "Let News Reader" in text(page)
    assert "code" in said(went(inside.post(address, {"allow": "yes"})))


def test_an_application_of_our_own_asks_nothing(party, inside):
    assert "code" in said(went(inside.get(party.address())))
    assert Consent.objects.count() == 0


def test_who_may_not_know_learns_nothing(stranger, inside):
    address, _page = asked(inside, stranger, scope="openid")
    tokens = stranger.tokens(went(inside.post(address, {"allow": "yes"})))
    assert set(stranger.person(tokens).json()) == {"sub"}


# --- Where they may go ---


def test_home_leads_to_the_applications_and_says_when_they_were_used(inside, party):
    assert "Your applications" not in text(inside.get("/"))
    party.application.launch_url = "https://trading.example/"
    party.application.save()
    page = inside.get("/")
    assert 'href="https://trading.example/"' in page.content.decode()
    assert "Not used yet" in text(page)
    party.enter(inside)
    assert "Not used yet" not in text(inside.get("/"))


def test_home_says_what_each_may_know_before_it_is_used(inside, party, stranger):
    for each in (party, stranger):
        each.application.launch_url = "https://somewhere.example/"
        each.application.save()
    words = text(inside.get("/"))
    assert "it may know your name, username, language and e-mail address, and does not ask" in words
    assert "It learns only what you allow" in words


def test_home_does_not_call_used_what_was_taken_back(inside, party):
    party.application.launch_url = "https://trading.example/"
    party.application.save()
    party.enter(inside)
    inside.post(f"/applications/{party.application.pk}/revoke/")
    words = text(inside.get("/"))
    assert "You took its access back" in words
    assert "Last used" not in words
    party.enter(inside)
    assert "Last used" in text(inside.get("/"))


def test_one_of_our_own_is_signed_out_of_and_not_taken_back(inside, party):
    party.enter(inside)
    words = text(inside.get("/applications/"))
    assert "so you were not asked" in words
    assert "Sign out there" in words
    assert "Take back" not in words


def test_home_shows_none_that_is_switched_off(inside):
    registered("Old Times", launch_url="https://old.example/", is_active=False)
    assert "Old Times" not in text(inside.get("/"))


# --- What they may know, and no more ---


def test_nobody_knows_anything_at_first(inside):
    assert "No application knows anything of you" in text(inside.get("/applications/"))


def test_what_is_known_is_shown_and_taken_back(stranger, inside):
    address, _page = asked(inside, stranger)
    tokens = stranger.tokens(went(inside.post(address, {"allow": "yes"})))
    words = text(inside.get("/applications/"))
    assert "News Reader" in words
    assert "Your e-mail address" in words
    answer = inside.post(f"/applications/{stranger.application.pk}/revoke/", follow=True)
    assert "News Reader can read nothing of you any more" in text(answer)
    assert "No application knows anything of you" in text(answer)
    assert stranger.person(tokens).status_code == 401
    assert "Let News Reader" in text(asked(inside, stranger)[1])
    assert events("application.revoke") == [("ok", "")]


def test_nobody_takes_back_what_is_anothers(stranger, inside):
    address, _page = asked(inside, stranger)
    tokens = stranger.tokens(went(inside.post(address, {"allow": "yes"})))
    person("dana")
    other = desk()
    other.post("/sign-in/", {"username": "dana", "password": PASSWORD})
    other.post(f"/applications/{stranger.application.pk}/revoke/")
    assert stranger.person(tokens).status_code == 200
    assert "No application knows anything of you" in text(other.get("/applications/"))
