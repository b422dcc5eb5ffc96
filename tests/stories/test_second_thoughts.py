"""What people do in a second tab, with the back button, or a second time."""

import pytest
from django.test import Client

from accounts.models import Login, RefusedOrigin
from tests.factories import PIN, desk, give_password
from tests.stories.ways import number_at


@pytest.fixture
def twice(mara, pocket):
    """A desk at which Mara typed her password, went back, and typed it again."""
    browser = desk()
    give_password(browser, mara)
    give_password(browser, mara)
    return browser


def test_a_password_typed_again_leaves_one_question_on_the_phone(twice, pocket):
    assert len(pocket.challenges()) == 1
    assert ("superseded", "again") in set(Login.objects.values_list("state", "reason"))


def test_the_number_at_the_desk_is_the_one_that_the_phone_wants(twice, pocket):
    (challenge,) = pocket.challenges()
    assert pocket.approve(challenge, PIN, number=number_at(twice) or None)["state"] == "approved"


def test_another_browsers_sign_in_is_left_alone(mara, pocket):
    give_password(desk(), mara)
    give_password(desk(), mara)
    assert len(pocket.challenges()) == 2


def test_the_sign_in_page_leads_back_to_the_one_that_waits(twice):
    assert 'href="/sign-in/verify/"' in twice.get("/sign-in/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("door", ["/sign-out/", "/security/key/new-code/", "/security/sessions/end/"])
def test_what_was_sent_after_a_sign_out_is_no_page_to_come_back_to(door):
    answer = Client(headers={"host": desk().defaults["HTTP_HOST"]}).post(door)
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/")


@pytest.mark.django_db
def test_an_address_that_opens_no_page_says_so(mara):
    answer = desk().get("/sign-in/finish/")
    assert answer.status_code == 405
    assert answer["Allow"] == "POST"
    assert b"<h1>" in answer.content


def test_a_refusal_closes_no_network_that_is_everybodys(mara, pocket):
    """On this machine itself every browser has one address; the browser that was refused stays out."""
    refused = desk()
    give_password(refused, mara)
    pocket.not_me(pocket.challenge())
    assert RefusedOrigin.objects.filter(user=mara, network="127.0.0.1").exists()
    assert give_password(refused, mara).status_code == 403
    assert give_password(desk(), mara).status_code == 302
