"""AT-103: what two of the staff take away has been heard of by its owner, and an alarm of theirs stops it (R-84)."""

import re

import pytest

from accounts.models import User
from accounts.policy import Limit
from tests.factories import PIN, desk, give_password, phone
from tests.stories.carried import NUMBER, carry, given_number, mails, stop_links, texts
from tests.stories.carried import press as press_link
from tests.stories.desks import a_day_passes, did, officer, press, proposed, staff
from tests.stories.recovering import recovered, sheet_of
from tests.stories.ways import code_at, events, sign_in, sign_out
from twofactor import policy, tasks
from twofactor.models import Phone


@pytest.fixture
def two(handset, one_clock, mara, pocket):
    """Two of the staff; and Mara, who has a number beside her key."""
    given_number(mara)
    return staff(), officer()


def agreed(two, mara, what="propose-phone"):
    sol, ida = two
    assert did(press(sol, mara, what), mara)
    assert did(press(ida, mara, "approve", proposed(mara).pk), mara)
    carry()
    return proposed(mara)


def links_to(to):
    carry()
    said = [*mails(to), *texts(to)]
    return [found[1] for each in said if (found := re.search(r"https?://[^/\s]+(/stop/desk/\S+/)", each))]


def test_not_me_on_the_phone_cancels_what_staff_have_decided(two, mara, pocket, one_clock, here):
    agreed(two, mara)
    give_password(here, mara)
    pocket.not_me(pocket.challenges()[0])
    assert (proposed(mara).state, proposed(mara).ended) == ("cancelled", "alarm")
    assert events("proposal.cancel") == [("ok", "alarm")]
    carry()
    assert any("was cancelled. It stays as it is" in mail for mail in mails(mara.email))
    a_day_passes(one_clock)
    assert Phone.objects.verified(mara) is not None


def test_so_does_the_stop_link_of_a_move(two, mara, pocket, known, one_clock):
    sign_in(known, mara, pocket)
    codes = sheet_of(known)
    sign_out(known)
    one_clock.shift(policy.PHONE_HOLD.total_seconds() + 1)
    two = staff("sid"), officer("ira")
    agreed(two, mara)
    thief, another = desk(), phone()
    recovered(thief, mara, codes[1])
    thief.post("/security/key/move/")
    another.claim(code_at(thief))
    another.activate(PIN, label="Another", platform="android")
    (link,) = [each for each in stop_links(mara.email) if "/desk/" not in each]
    assert press_link(link).status_code == 302
    assert (proposed(mara).state, proposed(mara).ended) == ("cancelled", "alarm")


def test_what_nobody_has_approved_is_cancelled_too_and_tells_nothing(two, mara, pocket, here):
    """Its owner has never heard of it."""
    sol, ida = two
    press(sol, mara, "propose-phone")
    give_password(here, mara)
    pocket.not_me(pocket.challenges()[0])
    assert proposed(mara).state == "cancelled"
    assert press(ida, mara, "approve", proposed(mara).pk).status_code == 422
    carry()
    assert not any("our staff were going to take away" in mail for mail in mails(mara.email))


@pytest.mark.parametrize("field", ["disowned_at", "stopped_at", "locked_at"])
def test_an_alarm_that_came_between_is_seen_when_it_is_done(two, mara, one_clock, field):
    """Whatever became of the row itself."""
    agreed(two, mara)
    later = proposed(mara).created + policy.PROPOSAL_DELAY / 2
    User.objects.filter(pk=mara.pk).update(**{field: later})
    a_day_passes(one_clock)
    assert (proposed(mara).state, proposed(mara).ended) == ("lapsed", "changed")
    assert Phone.objects.verified(mara) is not None


def test_rounds_of_proposals_that_come_to_nothing_do_not_silence_the_next_one(two, mara):
    """Neither by mail nor at the number, and its links cancel it."""
    sol, _ida = two
    for _round in range(10):
        agreed(two, mara)
        assert did(press(sol, mara, "withdraw", proposed(mara).pk), mara)
    before = len(links_to(mara.email)), len(links_to(NUMBER))
    agreed(two, mara)
    assert (len(links_to(mara.email)), before[0]) == (11, 10)
    assert len(texts(NUMBER)) >= 11
    assert press_link(links_to(mara.email)[-1]).status_code == 302
    assert proposed(mara).state == "cancelled"


def test_what_nobody_could_be_told_of_is_not_done(two, mara, one_clock, monkeypatch):
    """No room in any budget is no silence that counts as a yes."""
    monkeypatch.setattr(policy, "CHANGE_NOTICE", (Limit("change-notice/24h", 0, 86_400),))
    agreed(two, mara)
    assert links_to(mara.email) == links_to(NUMBER) == []
    a_day_passes(one_clock)
    assert (proposed(mara).state, proposed(mara).ended) == ("lapsed", "changed")
    assert Phone.objects.verified(mara) is not None


def test_who_can_be_told_nowhere_is_no_reason_to_wait_for_ever(two, mara, one_clock):
    """Neither an address nor a number: the phone with the key hears of it, and staff help as before."""
    Phone.objects.filter(user=mara).delete()
    User.objects.filter(pk=mara.pk).update(email="")
    agreed(two, mara, "propose-key")
    one_clock.shift(policy.PROPOSAL_DELAY.total_seconds() + 1)
    tasks.do_chores()
    assert proposed(mara).state == "done"
