"""Signing in to an application with a browser: a stock client from discovery to the person's name."""

from accounts.models import AuditEvent, Login
from tests.applications.rp import BACK, said, went
from tests.factories import PASSWORD, finish
from tests.stories.ways import approve, events, is_in, text


def test_who_is_signed_in_is_at_the_application_at_once(party, inside, mara):
    back = went(inside.get(party.address()))
    assert back.startswith(f"{BACK}?code=")
    assert said(back)["iss"] == party.knows["issuer"]
    tokens = party.tokens(back)
    claims = party.told(tokens)
    assert (claims["sub"], claims["preferred_username"]) == (str(mara.pk), "mara")
    assert party.person(tokens).json()["email"] == mara.email
    assert events("application.enter") == [("ok", "")]


def test_who_is_not_signed_in_comes_back_after_the_approval(party, mara, pocket, here):
    """To the phone and back to the application, without a button in between."""
    to_sign_in = went(here.get(party.address()))
    assert to_sign_in.startswith("/sign-in/?")
    here.get(to_sign_in)
    next_page = said(to_sign_in)["next"]
    here.post("/sign-in/", {"username": "mara", "password": PASSWORD, "next": next_page})
    approve(here, pocket)
    done = finish(here)
    assert done["Location"] == next_page
    tokens = party.tokens(went(here.get(next_page)))
    assert party.told(tokens)["acr"] == "key"


def test_a_refused_sign_in_leads_to_no_application(party, mara, pocket, here):
    next_page = said(went(here.get(party.address())))["next"]
    here.post("/sign-in/", {"username": "mara", "password": PASSWORD, "next": next_page})
    (challenge,) = pocket.challenges()
    pocket.cancel(challenge)
    finish(here)
    assert not is_in(here)
    assert went(here.get(next_page)).startswith("/sign-in/")
    assert events("application.enter") == []


def test_a_key_that_signs_is_the_one_that_is_published(party, inside):
    tokens = party.enter(inside)
    assert tokens["token_type"] == "Bearer"
    assert len(party.web.get(party.knows["jwks_uri"]).json()["keys"]) == 1
    assert party.told(tokens)


def test_the_phone_and_the_pages_name_the_application(party, mara, pocket, here):
    """What is approved is a sign-in to this application, and so it stands in what is signed."""
    to_sign_in = went(here.get(party.address()))
    assert "Trading Web" in here.get(to_sign_in).content.decode()
    next_page = said(to_sign_in)["next"]
    here.post("/sign-in/", {"username": "mara", "password": PASSWORD, "next": next_page})
    assert "Trading Web" in here.get("/sign-in/verify/").content.decode()
    (challenge,) = pocket.challenges()
    assert challenge["display"]["title"] == "Sign in to Trading Web?"
    assert challenge["display"]["facts"][0] == ["Application", "Trading Web"]
    approve(here, pocket)
    finish(here)
    assert "For Trading Web" in text(here.get("/security/activity/"))
    assert AuditEvent.objects.get(kind="login.claim", login_id__isnull=False, facts__application="Trading Web")


def test_a_sign_in_to_the_portal_names_no_application(inside, pocket):
    assert "For Trading Web" not in text(inside.get("/"))
    assert Login.objects.exclude(application="").count() == 0
