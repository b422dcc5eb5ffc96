"""What is switched off is off everywhere: nobody is asked, no approval counts, and nothing is fetched once it is on."""

import pytest

from applications.models import Action, Application, DeviceSignIn, JointAccount, PhoneSignIn
from applications.polled import Over
from tests.applications.devices import UNKNOWN, begun, press, question, redeem, trading, type_code
from tests.factories import PIN
from tests.pocket import Problem
from tests.stories.desks import root
from tests.stories.ways import text
from twofactor.models import Challenge

PAGE = "/admin/applications/"
ON = {
    "name": "Harbour Bank",
    "client_type": "confidential",
    "delivery": "poll",
    "asks_phones": "on",
    "asks_actions": "on",
}


@pytest.fixture
def account(mara):
    made = JointAccount.objects.create(name="lee-chan", title="Lee & Chan Ltd", rule="any")
    made.holders.set([mara])
    return made


def of_bank(bank, browser, **changed):
    """What staff save on the page of the bank; None leaves a box empty."""
    given = {name: value for name, value in {**ON, "is_active": "on", **changed}.items() if value}
    answer = browser.post(f"{PAGE}application/{bank.application.pk}/change/", given)
    assert answer.status_code == 302, answer.content.decode()


def is_refused(pocket, asked):
    with pytest.raises(Problem) as refusal:
        pocket.approve(asked, PIN)
    return refusal.value.code == "settled"


# --- Whoever has switched it off, and however ---


@pytest.mark.parametrize("off", [{"is_active": False}, {"asks_actions": False}])
def test_an_application_that_is_off_gets_no_approval_and_asks_nobody_again(inside, pocket, bank, off):
    asked = bank.action(expires_in=3600)
    Application.objects.update(**off)
    assert is_refused(pocket, pocket.challenge())
    Challenge.objects.filter(about=asked).update(state="failed")
    inside.post(f"/actions/{asked}/again/")
    assert not pocket.challenges()
    page = inside.get(f"/actions/{asked}/")
    assert "switched off for now" in text(page)
    assert "again/" not in page.content.decode()
    Application.objects.update(is_active=True, asks_actions=True)
    assert bank.look(asked)["state"] == "pending"
    inside.post(f"/actions/{asked}/again/")
    pocket.approve(pocket.challenge(), PIN)
    assert bank.look(asked)["state"] == "approved"


def test_an_account_that_is_off_gets_no_approval_and_asks_nobody_again(inside, pocket, bank, account):
    asked = bank.action(person="account:lee-chan", expires_in=3600)
    JointAccount.objects.update(is_active=False)
    assert is_refused(pocket, pocket.challenge())
    Challenge.objects.filter(about=asked).update(state="failed")
    inside.post(f"/actions/{asked}/again/")
    assert not pocket.challenges()
    assert Action.objects.get().state == "pending"


@pytest.mark.parametrize("off", [{"is_active": False}, {"asks_phones": False}])
def test_an_application_that_is_off_gets_no_sign_in_by_a_phone(mara, pocket, bank, off):
    bank.begin()
    Application.objects.update(**off)
    assert is_refused(pocket, pocket.challenge())
    assert PhoneSignIn.objects.get().state == "pending"


def test_a_no_is_taken_also_from_one_that_is_off(mara, pocket, bank):
    asked = bank.begin()
    Application.objects.update(is_active=False)
    pocket.cancel(pocket.challenge())
    Application.objects.update(is_active=True)
    assert bank.poll(asked).json()["error"] == "access_denied"


@pytest.mark.parametrize("off", [{"is_active": False}, {"signs_in_devices": False}])
def test_the_code_of_a_device_is_unknown_while_its_application_is_off(inside, off):
    waiting = begun(trading())
    Application.objects.update(**off)
    assert text(type_code(inside, waiting.user_code)) == text(type_code(inside, UNKNOWN))
    assert DeviceSignIn.objects.get().state == "fresh"


@pytest.mark.parametrize("off", [{"is_active": False}, {"signs_in_devices": False}])
def test_a_device_that_was_claimed_is_over_when_its_application_is_off(inside, pocket, off):
    waiting = begun(trading())
    type_code(inside, waiting.user_code)
    press(inside, waiting)
    asked = question(pocket)
    Application.objects.update(**off)
    assert "switched off for now, so nobody was signed in" in text(inside.get(f"/device/{waiting.row.pk}/"))
    assert not pocket.challenges()
    assert is_refused(pocket, asked)
    Application.objects.update(is_active=True, signs_in_devices=True)
    with pytest.raises(Over, match="denied"):
        redeem(waiting)


# --- What staff end by switching it off ---


def test_staff_who_switch_it_off_end_what_is_open_for_good(manager, mara, pocket, bank):
    bank.action()
    waiting = bank.begin()
    pocket.approve(next(each for each in pocket.challenges() if each["purpose"] == "sign-in"), PIN)
    other = bank.begin()
    of_bank(bank, manager, is_active=None)
    assert not pocket.challenges()
    of_bank(bank, manager)
    assert [bank.poll(each).json()["error"] for each in (waiting, other)] == ["access_denied"] * 2


def test_staff_who_switch_one_way_off_leave_the_others(manager, mara, pocket, bank):
    bank.action()
    bank.begin()
    of_bank(bank, manager, asks_actions=None)
    assert [each["purpose"] for each in pocket.challenges()] == ["sign-in"]
    bank.begin()
    of_bank(bank, manager, asks_phones=None)
    assert not pocket.challenges()


def test_what_it_was_given_is_not_good_again_when_it_is_on_again(manager, inside, party):
    tokens = party.enter(inside, scope="openid offline_access")
    page = f"{PAGE}application/{party.application.pk}/change/"
    given = {"name": "Trading Web", "client_type": "confidential", "delivery": "poll", "signs_in": "on"}
    given |= {"redirect_uris": party.redirect_uri, "skip_authorization": "on"}
    manager.post(page, given)
    manager.post(page, {**given, "is_active": "on"})
    assert party.person(tokens).status_code == 401
    assert party.ask_again(tokens).json()["error"] == "invalid_grant"
    assert party.person(party.enter(inside)).status_code == 200


def test_staff_who_switch_an_account_off_end_what_its_holders_are_asked(mara, pocket, bank, account):
    bank.action(person="account:lee-chan")
    mine = bank.action()
    given = {"title": account.title, "rule": "any", "holders": [mara.pk]}
    root().post(f"{PAGE}jointaccount/{account.pk}/change/", given)
    assert [Challenge.objects.get(pk=each["id"]).about for each in pocket.challenges()] == [mine]
