"""An application waits, and what was meant is over: too late, given up, refused, the person locked, their key gone."""

from collections import Counter

import pytest

from accounts.models import User
from applications.models import Action, JointAccount, Visit
from tests.applications.asked.asker import asked_anew
from tests.applications.between.roads import ROADS, Approval, Browser
from tests.factories import PIN, desk
from tests.pocket import Problem
from tests.stories.test_answers import refusal_of
from tests.stories.ways import WRONG_PIN, is_in

ENDED = ("expired", "settled", "key-inactive", "not-found")


def test_an_approval_after_the_end_gives_nothing(road, one_clock):
    """AT-208."""
    one_clock.shift(road.life + 1)
    assert refusal_of(road.approve).code in ENDED
    assert road.given() == []


def test_what_was_approved_and_not_fetched_in_time_is_fetched_by_nobody(road, kind, one_clock):
    """AT-208. An action is done with its approval: its application may come for the receipt later."""
    road.approve()
    one_clock.shift(road.life + 1)
    assert len(road.given()) == (kind == "action")


@pytest.mark.parametrize("kind", ["browser", "device", "action"])
def test_an_approval_after_it_was_given_up_gives_nothing(road):
    """AT-209. Whoever asks a phone has nothing to take it back by (CIBA knows no such thing)."""
    road.give_up()
    assert refusal_of(road.approve).code in ENDED
    assert road.given() == []


def test_a_no_stays_one_and_nobody_is_asked_again_by_itself(road, pocket):
    """AT-261."""
    pocket.cancel(road.question)
    assert refusal_of(road.approve).code == "settled"
    assert pocket.challenges() == []
    assert road.given() == []
    assert pocket.challenges() == []


def test_this_was_not_me_gives_nothing_and_takes_back_what_was_given(begin, pocket, kind):
    """AT-262: an alarm where somebody has the password, and a rest of a day where only an application asked."""
    first = begin()
    second = begin()
    pocket.not_me(second.question)
    assert second.given() == []
    alarmed = User.objects.get(pk=first.mara.pk).password_change_required
    assert alarmed is (kind in ("browser", "device"))
    if alarmed:
        with pytest.raises(Problem):
            first.approve()
        assert first.given() == []


def lock(user):
    User.objects.filter(pk=user.pk).update(is_active=False)


def unlock(user):
    User.objects.filter(pk=user.pk).update(is_active=True)


def test_a_lock_between_the_approval_and_the_end_leaves_the_application_with_nothing(road, kind):
    """AT-210. Of an action the receipt is made with the approval: what was done before the lock was done."""
    road.approve()
    lock(road.mara)
    given = road.given()
    assert len(given) == (kind == "action")


def test_after_the_lock_has_gone_what_it_has_ended_stays_ended(road, kind):
    """AT-210."""
    road.approve()
    lock(road.mara)
    User.objects.get(pk=road.mara.pk).bump_epoch()
    road.given()
    unlock(road.mara)
    assert len(road.given()) == (kind == "action")


def test_whoever_is_locked_answers_nothing(road):
    """AT-210."""
    lock(road.mara)
    with pytest.raises(Problem) as refusal:
        road.approve()
    assert refusal.value.code in ENDED
    unlock(road.mara)
    assert road.given() == []


def test_a_key_that_is_given_up_answers_nothing_and_what_it_approved_is_over(begin, pocket, kind):
    """AT-269."""
    first, second = begin(), begin()
    first.approve()
    pocket.revoke(first.question["kid"])
    with pytest.raises(Problem) as refusal:
        second.approve()
    assert refusal.value.code in ENDED
    assert second.given() == []
    assert len(first.given()) == (kind == "action")


def test_a_new_password_between_the_approval_and_the_end_leaves_the_application_with_nothing(road, kind):
    """AT-311: also one that is chosen in the very browser."""
    road.approve()
    User.objects.get(pk=road.mara.pk).bump_epoch()
    assert len(road.given()) == (kind == "action")
    assert Visit.objects.filter(ended_at=None).count() == 0


# --- Two people ---


@pytest.fixture
def both(mara, dana, pocket, phone_of_dana, bank):
    """What both have to approve, and Mara has."""
    made = JointAccount.objects.create(name="lee-chan", title="Lee & Chan Ltd")
    made.holders.set([mara, dana])
    asked = bank.action(person="account:lee-chan")
    pocket.approve(pocket.challenge(), PIN)
    return asked


ENDS = {
    "a lock that has gone": lambda user: (lock(user), user.bump_epoch(), unlock(user)),
    "a new password": lambda user: user.bump_epoch(),
}


@pytest.mark.parametrize("how", ENDS)
def test_an_approval_that_is_no_longer_meant_counts_for_nobody(mara, phone_of_dana, bank, both, how):
    """AT-210: whoever had Mara's phone, she has ended everything since. So the second approval is not enough."""
    ENDS[how](User.objects.get(pk=mara.pk))
    asked_anew(phone_of_dana)
    phone_of_dana.approve(phone_of_dana.challenge(), PIN)
    assert bank.look(both)["state"] == "pending"
    assert bank.look(both)["approved"] == 1
    assert Action.objects.get().receipt == ""


def test_whoever_approved_before_a_new_password_is_asked_again_once_the_other_has(
    mara, pocket, phone_of_dana, bank, both
):
    User.objects.get(pk=mara.pk).bump_epoch()
    asked_anew(phone_of_dana)
    phone_of_dana.approve(phone_of_dana.challenge(), PIN)
    question = pocket.challenge()
    assert question["display"]["warnings"] == ["Dana Chan has approved this. With your approval it is done."]
    pocket.approve(question, PIN)
    assert (bank.look(both)["state"], bank.look(both)["approved"]) == ("approved", 2)
    User.objects.get(pk=mara.pk).bump_epoch()
    assert bank.look(both)["approved"] == 2


# --- What is begun at a browser (AT-214, AT-216, AT-217) ---


@pytest.fixture
def at_browser(bank, mara, pocket, known):
    return Browser(bank, mara, pocket, known)


def copy_of(browser):
    copy = desk()
    copy.cookies.load({name: morsel.value for name, morsel in browser.cookies.items()})
    return copy


def gets_a_code(browser, party):
    return "code=" in browser.get(party.address(prompt="none")).headers.get("Location", "")


def test_a_browser_that_was_planted_gets_no_code_by_the_sign_in_of_its_victim(at_browser):
    """AT-214, AT-217: whoever has the cookies of before the approval has nothing after it."""
    planted = copy_of(at_browser.browser)
    at_browser.approve()
    assert len(at_browser.given()) == 1
    assert gets_a_code(at_browser.browser, at_browser.party)
    assert not is_in(planted)
    assert not gets_a_code(planted, at_browser.party)


def test_a_right_password_alone_leads_to_no_application(at_browser, bank, mara):
    """AT-216."""
    browser, party = at_browser.browser, at_browser.party
    asked = bank.action()
    assert not gets_a_code(browser, party)
    for path in (at_browser.next, "/device/", "/applications/", f"/actions/{asked}/"):
        assert browser.get(path)["Location"].startswith("/sign-in/")
        assert browser.post(path, {"allow": "yes", "code": "AAAA-AAAA", "act": "go"}).status_code == 302
    assert Visit.objects.count() == 0


def test_wrong_pins_end_the_question_and_what_waits_is_given_nothing(road):
    """AT-265."""
    for _ in range(3):
        assert refusal_of(road.approve, WRONG_PIN).code == "wrong-pin"
    assert refusal_of(road.approve).code == "settled"
    assert road.given() == []


def test_applications_that_ask_on_and_on_give_nobody_more_tries_at_a_pin(bank, mara, pocket, known, one_clock):
    """AT-265: each question takes three. On whichever road it comes, all count in one row, and the tenth ends it."""
    told, kinds = Counter(), iter(("phone", "action", "device", "browser"))
    while not told["locked"]:
        # Later than the budgets of what was asked before.
        one_clock.shift(601)
        road = ROADS[next(kinds)](bank, mara, pocket, known)
        while not told["locked"] and pocket.challenges():
            one_clock.shift(61)
            told[refusal_of(road.approve, WRONG_PIN).code] += 1
    assert told == {"wrong-pin": 9, "locked": 1}


def test_only_an_action_is_approved_by_hand(begin, kind):
    """AT-218: nothing else of an application has a field for eight digits, but the sign-in itself."""
    road = begin()
    page = getattr(road, "page", "") or f"/actions/{getattr(road, 'asked', 'x')}/"
    response = road.pocket.respond(road.question["question"], PIN)
    road.browser.post(page, {"response": response, "act": "approve"})
    assert len(road.given()) == isinstance(road, Approval)
