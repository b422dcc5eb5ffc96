"""Signing out where an application asks for it."""

import pytest

from tests.applications.rp import said, went
from tests.factories import desk, person
from tests.given import PASSWORD
from tests.stories.ways import events, is_in, text

GONE = "https://trading.example/gone"


@pytest.fixture
def leaver(party):
    party.application.post_logout_redirect_uris = GONE
    party.application.save()
    return party


def way_out(party, **given):
    endpoint = party.knows["end_session_endpoint"]
    return str(party.web.build_request("GET", endpoint, params=given).url.raw_path.decode())


def means(browser, page, **more):
    """The person answers the question."""
    return browser.post("/oauth/logout/confirm/", {"given": page.context["given"], **more})


def test_the_page_says_all_that_would_end_and_ends_nothing_by_itself(leaver, stranger, inside):
    address = went(inside.get(stranger.address()))
    stranger.tokens(went(inside.post(address, {"allow": "yes"})))
    tokens = leaver.enter(inside)
    page = inside.get(way_out(leaver, id_token_hint=tokens["id_token"]))
    assert "signed out in this browser of: Client Portal Trading Web News Reader" in text(page)
    assert is_in(inside)
    assert leaver.person(tokens).status_code == 200


def test_a_yes_ends_the_session_and_leads_back(leaver, inside):
    tokens = leaver.enter(inside)
    given = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": GONE, "state": "xyz"}
    back = went(means(inside, inside.get(way_out(leaver, **given))))
    assert back == f"{GONE}?state=xyz"
    assert not is_in(inside)
    assert leaver.person(tokens).status_code == 401
    assert events("application.leave") == [("ok", "")]


def test_who_leaves_one_application_alone_stays_signed_in(leaver, stranger, inside):
    address = went(inside.get(stranger.address()))
    others = stranger.tokens(went(inside.post(address, {"allow": "yes"})))
    tokens = leaver.enter(inside)
    given = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": GONE}
    assert went(means(inside, inside.get(way_out(leaver, **given)), alone="yes")) == GONE
    assert is_in(inside)
    assert leaver.person(tokens).status_code == 401
    assert stranger.person(others).status_code == 200


def test_an_old_hint_is_still_one(leaver, inside, clock):
    tokens = leaver.enter(inside)
    clock.shift(1200)
    page = inside.get(way_out(leaver, id_token_hint=tokens["id_token"], post_logout_redirect_uri=GONE))
    assert "Sign out of Trading Web alone" in text(page)


def test_without_a_hint_the_person_is_asked(leaver, inside):
    page = inside.get(way_out(leaver, client_id=leaver.application.client_id, post_logout_redirect_uri=GONE))
    assert "Trading Web asks to sign you out" in text(page)
    assert is_in(inside)
    assert "alone" not in text(page)
    assert went(means(inside, page)) == GONE
    assert not is_in(inside)


def test_somebody_elses_hint_signs_nobody_out(leaver, inside):
    person("dana")
    other = desk()
    other.post("/sign-in/", {"username": "dana", "password": PASSWORD})
    tokens = leaver.enter(other)
    page = inside.get(way_out(leaver, id_token_hint=tokens["id_token"]))
    assert "Sign out?" in text(page)
    assert "alone" not in text(page)
    means(inside, page, alone="yes")
    assert is_in(inside)
    assert is_in(other)
    assert leaver.person(tokens).status_code == 200


@pytest.mark.parametrize(
    "where", ["https://evil.example/", f"{GONE}/more", f"{GONE}?x=1", "//evil.example", GONE.upper()]
)
def test_nobody_is_led_where_nobody_has_registered(leaver, inside, where):
    tokens = leaver.enter(inside)
    answer = inside.get(way_out(leaver, id_token_hint=tokens["id_token"], post_logout_redirect_uri=where))
    assert answer.status_code == 400
    assert is_in(inside)


def test_an_address_without_an_application_is_nobodys(leaver, inside):
    assert inside.get(way_out(leaver, post_logout_redirect_uri=GONE)).status_code == 400


def test_a_hint_of_another_application_does_not_speak_for_this_one(leaver, stranger, inside):
    tokens = leaver.enter(inside)
    given = {"id_token_hint": tokens["id_token"], "client_id": stranger.application.client_id}
    assert inside.get(way_out(leaver, **given)).status_code == 400
    assert is_in(inside)


def test_who_is_signed_out_already_is_led_on(leaver, here):
    given = {"client_id": leaver.application.client_id, "post_logout_redirect_uri": GONE}
    assert went(here.get(way_out(leaver, **given))) == GONE
    assert here.get(way_out(leaver))["Location"] == "/sign-in/"


def test_every_application_of_the_session_is_signed_out_with_it(leaver, stranger, inside):
    tokens = leaver.enter(inside)
    address = went(inside.get(stranger.address()))
    others = stranger.tokens(went(inside.post(address, {"allow": "yes"})))
    means(inside, inside.get(way_out(leaver, id_token_hint=tokens["id_token"])))
    assert stranger.person(others).status_code == 401


def test_a_form_of_an_application_goes_on_as_a_page(leaver, inside):
    answer = inside.post(
        "/oauth/logout/",
        f"client_id={leaver.application.client_id}",
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.status_code == 303
    assert said(answer["Location"]) == {"client_id": leaver.application.client_id}
    assert is_in(inside)
