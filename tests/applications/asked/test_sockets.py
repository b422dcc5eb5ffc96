"""The page of an action is told live: its person alone, and as long as their session goes on."""

from accounts.models import OpenSession
from applications.standing import ActionStanding
from applications.views.actions import KIND
from tests.factories import PIN, person
from twofactor import live


def name_of(browser, pk):
    ticket = browser.get(f"/actions/{pk}/status/").json()["ticket"]
    return live.read_ticket(KIND, ticket)


def test_a_ticket_tells_how_the_action_stands(inside, pocket, bank):
    asked = bank.action()
    name = name_of(inside, asked)
    before = ActionStanding.named(name)
    pocket.approve(pocket.challenge(), PIN)
    after = ActionStanding.named(name)
    assert (before.state, after.state, after.over) == ("waiting", "approved", True)
    assert after.version > before.version


def test_it_tells_nothing_once_the_session_has_ended(inside, bank):
    """AT-282."""
    name = name_of(inside, bank.action())
    OpenSession.objects.all().delete()
    assert ActionStanding.named(name) is None


def test_a_ticket_of_another_page_opens_no_action(inside, bank):
    """AT-282."""
    asked = bank.action()
    assert live.read_ticket(KIND, live.ticket(live.PERSON, f"1:1:{asked}")) is None


def test_an_action_of_others_is_told_to_nobody_else(inside, mara, bank, handset):
    """AT-282."""
    person("dana")
    theirs = bank.action(person="dana")
    assert ActionStanding.of(theirs, mara) is None
