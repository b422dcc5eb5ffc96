"""The breaker stops a pump and nobody else; what it keeps of a number tells no reader of the database the number."""

import pytest

from tests.factories import desk, give_password, person
from tests.stories.carried import NUMBER, ask_number, call, carry, code_by_call, code_to, type_code
from tests.stories.ways import dump, events, is_in, sign_in
from twofactor import budgets, policy
from twofactor.models import ClosedPrefix, Delivery, Phone
from twofactor.numbers import known

PREFIX, DAY = "+8525123", 86_400


@pytest.fixture
def pumped(monkeypatch, one_clock, eli):
    """Five codes went to Eli's prefix and none came back. The next one closes it."""
    monkeypatch.setattr(policy, "PREFIX_SENDS", 5)

    def pump():
        for each in range(5):
            ask_number(at(each), f"{PREFIX}400{each}")
        carry()
        one_clock.shift(61)

    return pump


def at(each):
    user, browser = person(f"person{each}"), desk()
    browser.defaults["REMOTE_ADDR"] = f"203.0.113.{each}"
    give_password(browser, user)
    return browser


def test_a_number_that_has_been_confirmed_for_a_day_goes_on(pumped, one_clock, eli, here):
    one_clock.shift(DAY - 3600)
    pumped()
    assert ask_number(at(100), f"{PREFIX}9999").status_code == 429
    give_password(here, eli)
    type_code(here, code_to())
    assert is_in(here)


def test_and_may_be_called(pumped, one_clock, eli, here):
    one_clock.shift(DAY - 3600)
    pumped()
    give_password(here, eli)
    one_clock.shift(61)
    call(here)
    type_code(here, code_by_call(NUMBER))
    assert is_in(here)
    assert ClosedPrefix.objects.count() == 1


def test_a_younger_one_waits(pumped, one_clock, eli, here):
    one_clock.shift(DAY - 3600 - 120)
    pumped()
    give_password(here, eli)
    assert code_to() == ""
    assert here.get("/sign-in/verify/code/").context["send_at"] is not None


def test_the_number_before_a_changed_one_counts_by_its_own_age(pumped, one_clock, eli):
    one_clock.shift(DAY)
    earlier = Phone.objects.verified(eli)
    later = Phone.fresh(eli, known("+85251239999", "HK"))
    assert budgets.is_trusted(earlier)
    assert not budgets.is_trusted(later)
    assert not budgets.is_trusted(known(NUMBER, "HK"))


def test_sends_that_meet_close_it_once(pumped, monkeypatch, eli):
    pumped()
    count = budgets.conversion

    def counted(prefix):
        """Another send is counted, and closes it, between our counting and our closing."""
        monkeypatch.setattr(budgets, "conversion", count)
        found = count(prefix)
        assert budgets.close_pumped(known(NUMBER, "HK"))
        return found

    monkeypatch.setattr(budgets, "conversion", counted)
    until = budgets.close_pumped(Phone.objects.verified(eli))
    assert until == ClosedPrefix.objects.get().until
    assert events("prefix.close") == [("refused", "alert")]


def test_a_prefix_that_staff_opened_can_close_again(pumped, one_clock, eli):
    pumped()
    budgets.close_pumped(known(NUMBER, "HK"))
    assert budgets.reopen(ClosedPrefix.objects.get())
    for each in range(10, 15):
        ask_number(at(each), f"{PREFIX}50{each}")
    carry()
    one_clock.shift(61)
    assert budgets.close_pumped(known(NUMBER, "HK"))
    assert ClosedPrefix.objects.count() == 2


# --- What stands in the rows ---


def test_no_row_of_a_number_or_a_delivery_shows_more_of_it_than_its_last_two_digits(eli, here):
    give_password(here, eli)
    carry()
    rows = dump()
    shown = repr([rows[table] for table in ("twofactor_phone", "twofactor_delivery", "twofactor_code")])
    assert NUMBER[1:8] not in shown
    assert NUMBER[4:8] not in shown
    assert {len(each) for each in Delivery.objects.values_list("prefix", flat=True)} == {64}


def test_a_prefix_is_one_for_all_its_numbers_and_for_no_other():
    phones = [Phone.print_of_prefix(known(number, "HK").prefix) for number in (NUMBER, "+85251239999", "+85251334567")]
    assert phones[0] == phones[1] != phones[2]
    assert Phone.print_of(PREFIX) != phones[0], "a digest of one thing is none of another"


def test_staff_read_the_prefix_where_they_open_it_again(pumped, eli):
    pumped()
    budgets.close_pumped(Phone.objects.verified(eli))
    assert ClosedPrefix.objects.get().prefix == PREFIX
    assert Phone.print_of_prefix(PREFIX) not in repr(dump()["twofactor_closedprefix"])


def test_the_figures_show_closed_prefixes_to_whoever_may_list_them(pumped, eli, one_clock):
    from django.contrib.auth.models import Permission

    from tests.stories.ways import activated

    pumped()
    budgets.close_pumped(Phone.objects.verified(eli))
    for name, rights in (("sol", ["view_delivery"]), ("sue", ["view_delivery", "view_closedprefix"])):
        staff = person(name, is_staff=True)
        staff.user_permissions.set(Permission.objects.filter(codename__in=rights))
        pocket, browser = activated(desk(), staff), desk()
        sign_in(browser, staff, pocket)
        page = browser.get("/admin/traffic/")
        assert page.status_code == 200
        assert (PREFIX in page.content.decode()) == ("view_closedprefix" in rights)
