"""CIBA: an application asks a phone, the phone says who asks, and the application is told once."""

import pytest

from accounts.models import AuditEvent
from applications.models import Application, PhoneSignIn, Visit
from tests.factories import PIN


@pytest.fixture
def asked(mara, pocket, bank):
    """The bank's name for the request that Mara's phone shows."""
    return bank.begin(binding_message="W4SCT", scope="openid profile")


def error(answer):
    return answer.json()["error"]


# --- The whole road ---


def test_a_phone_signs_somebody_in_at_an_application(one_clock, mara, pocket, bank, asked):
    assert error(bank.poll(asked)) == "authorization_pending"
    question = pocket.challenge()
    assert question["purpose"] == "sign-in"
    assert question["display"]["title"] == "Sign in to Harbour Bank?"
    assert ["Message", "W4SCT"] in question["display"]["facts"]
    one_clock.shift(5)
    assert pocket.approve(question, PIN)["state"] == "approved"
    answer = bank.poll(asked)
    assert answer.status_code == 200, answer.text
    claims = bank.claims(answer.json())
    assert claims["sub"] == str(mara.pk)
    assert claims["aud"] == bank.application.client_id
    assert (claims["acr"], claims["amr"]) == ("key", ["swk", "pin", "mfa"])
    assert claims["auth_time"] == int(PhoneSignIn.objects.get().decided_at.timestamp())
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert bank.anybody.get("/oauth/userinfo/", headers=headers).json()["name"] == "Mara Lee"


def test_what_it_is_given_hangs_on_a_visit_without_a_browser(mara, pocket, bank, asked):
    pocket.approve(pocket.challenge(), PIN)
    assert "refresh_token" not in bank.poll(asked).json()
    visit = Visit.objects.get()
    assert (visit.session, visit.acr, visit.user) == (None, "key", mara)
    assert AuditEvent.objects.filter(kind="application.enter", user=mara).exists()


def test_an_application_that_asks_phones_alone_may_go_on_without_its_person(mara, pocket, bank):
    Application.objects.update(signs_in=False)
    asked = bank.begin(scope="openid offline_access")
    pocket.approve(pocket.challenge(), PIN)
    token = bank.poll(asked).json()["refresh_token"]
    again = bank.web.post("/oauth/token/", data={"grant_type": "refresh_token", "refresh_token": token})
    assert again.status_code == 200, again.text
    assert again.json()["refresh_token"] != token


def test_it_is_refused_on_the_phone(mara, pocket, bank, asked):
    pocket.cancel(pocket.challenge())
    assert error(bank.poll(asked)) == "access_denied"


def test_nobody_answers_in_time(one_clock, mara, pocket, bank, asked):
    one_clock.shift(301)
    assert error(bank.poll(asked)) == "expired_token"


# --- The application's manners ---


def test_one_that_asks_too_often_is_slowed_down_by_five_seconds(one_clock, mara, pocket, bank, asked):
    assert error(bank.poll(asked)) == "authorization_pending"
    assert error(bank.poll(asked)) == "slow_down"
    assert PhoneSignIn.objects.get().interval == 10
    one_clock.shift(6)
    assert error(bank.poll(asked)) == "slow_down"
    one_clock.shift(16)
    assert error(bank.poll(asked)) == "authorization_pending"


def test_however_often_it_asks_a_minute_is_the_longest(pocket, bank, asked):
    """A column of PostgreSQL ends at 32,767: whoever asks all the time would be answered with an accident."""
    PhoneSignIn.objects.update(interval=60)
    bank.poll(asked)
    for _ in range(3):
        assert error(bank.poll(asked)) == "slow_down"
    assert PhoneSignIn.objects.get().interval == 60


def test_tokens_are_given_once(mara, pocket, bank, asked):
    pocket.approve(pocket.challenge(), PIN)
    assert bank.poll(asked).status_code == 200
    assert error(bank.poll(asked)) == "invalid_grant"
    assert Visit.objects.count() == 1
