"""Who holds an account is staff's to say, and nobody's own."""

import pytest

from accounts.models import AuditEvent, User
from applications.models import JointAccount
from tests.factories import person
from tests.stories.desks import root, staff

PAGE = "/admin/applications/jointaccount/"


@pytest.fixture
def holders(db, handset):
    return [person(name) for name in ("lee", "chan")]


def make(browser, holders, **changed):
    given = {"name": "lee-chan", "title": "Lee & Chan Ltd", "rule": "two", "is_active": "on", **changed}
    return browser.post(f"{PAGE}add/", {**given, "holders": [user.pk for user in holders]})


def test_staff_with_the_right_say_who_holds_it_and_the_record_who_said_so(holders):
    assert make(root(), holders).status_code == 302
    assert set(JointAccount.objects.get().holders.all()) == set(holders)
    event = AuditEvent.objects.get(kind="joint.edit")
    assert (event.facts["purpose"], event.facts["state"], event.facts["count"]) == ("lee-chan", "two", 2)
    assert event.facts["staff"] == User.objects.get(username="root").pk


def test_staff_without_the_right_do_not(holders):
    assert make(staff(), holders).status_code == 403
    assert not JointAccount.objects.exists()


def test_nobody_makes_themselves_a_holder(holders):
    """AT-303."""
    browser = root()
    me = User.objects.get(username="root")
    answer = make(browser, [*holders, me])
    assert "You cannot make yourself a holder." in answer.content.decode()
    mine = person("myself", email=me.email)
    assert make(browser, [mine]).status_code == 200
    assert not JointAccount.objects.exists()


def test_who_has_no_mail_address_is_made_a_holder_by_nobody_and_makes_nobody_one(holders):
    browser = root()
    without = person("without", email="")
    assert "could be anybody" in make(browser, [*holders, without]).content.decode()
    User.objects.filter(username="root").update(email="")
    assert "could be anybody" in make(browser, holders).content.decode()
    assert not JointAccount.objects.exists()


def test_who_holds_an_account_changes_nothing_of_it(holders):
    """Somebody else of the staff does, who loses nothing by it."""
    browser = root()
    me = User.objects.get(username="root")
    account = JointAccount.objects.create(name="ours", title="Ours")
    account.holders.set([*holders, me])
    page, given = f"{PAGE}{account.pk}/change/", {"title": "Ours", "rule": "any", "is_active": "on"}
    assert browser.post(page, {**given, "holders": [me.pk]}).status_code == 403
    account.holders.set([*holders, person("myself", email=me.email.upper())])
    assert browser.post(page, {**given, "holders": [holders[0].pk]}).status_code == 403
    assert "You hold this account" in browser.get(page).content.decode()
    account.refresh_from_db()
    assert (account.rule, account.holders.count()) == ("two", 3)
    account.holders.set(holders)
    assert browser.post(page, {**given, "holders": [holders[0].pk]}).status_code == 302


def test_it_keeps_its_name_and_is_switched_off_and_not_removed(holders):
    browser = root()
    make(browser, holders)
    pk = JointAccount.objects.get().pk
    browser.post(f"{PAGE}{pk}/change/", {"name": "other", "title": "Lee", "rule": "any", "holders": [holders[0].pk]})
    row = JointAccount.objects.get()
    assert (row.name, row.rule, row.is_active) == ("lee-chan", "any", False)
    assert browser.post(f"{PAGE}{pk}/delete/", {"post": "yes"}).status_code == 403
