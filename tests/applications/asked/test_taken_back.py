"""What a person takes back is over: also what they have approved and the application has not fetched yet."""

import pytest

from applications.models import DeviceSignIn, PhoneSignIn, Visit
from applications.polled import Over
from tests.applications.devices import begun, press, question, redeem, trading, type_code
from tests.factories import PIN


def take_back(browser, application):
    return browser.post(f"/applications/{application.pk}/revoke/")


def test_what_was_approved_on_the_phone_and_not_fetched_gives_nothing(inside, pocket, bank):
    asked = bank.begin(scope="openid offline_access")
    pocket.approve(pocket.challenge(), PIN)
    take_back(inside, bank.application)
    assert bank.poll(asked).json()["error"] == "access_denied"
    assert PhoneSignIn.objects.get().reason == "revoked"
    assert not Visit.objects.filter(application=bank.application).exists()


def test_what_the_phone_is_still_asked_is_asked_no_more(inside, pocket, bank):
    asked = bank.begin()
    take_back(inside, bank.application)
    assert not pocket.challenges()
    assert bank.poll(asked).json()["error"] == "access_denied"


def test_a_device_that_was_approved_and_has_not_asked_yet_gets_nothing(inside, pocket):
    waiting = begun(trading())
    type_code(inside, waiting.user_code)
    press(inside, waiting)
    pocket.approve(question(pocket), PIN)
    take_back(inside, waiting.row.application)
    with pytest.raises(Over, match="denied"):
        redeem(waiting)
    assert DeviceSignIn.objects.get().reason == "revoked"


def test_what_another_person_has_approved_stays(inside, pocket, bank, eli, pocket_of_eli):
    asked = bank.begin("eli")
    pocket_of_eli.approve(pocket_of_eli.challenge(), PIN)
    take_back(inside, bank.application)
    assert bank.poll(asked).status_code == 200
