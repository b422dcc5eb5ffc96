"""What a couple or a company holds: two different people, each on their own phone, and one no suffices."""

import pytest
from django.conf import settings

from accounts.models import User
from applications import actions
from applications.models import Action, JointAccount, Part
from examples.verify_receipt import verify
from tests.applications.asked.asker import asked_anew
from tests.factories import PIN, desk, person
from tests.pocket import Problem
from tests.stories.ways import activated
from twofactor.models import Challenge


@pytest.fixture
def account(mara, dana):
    made = JointAccount.objects.create(name="lee-chan", title="Lee & Chan Ltd")
    made.holders.set([mara, dana])
    return made


@pytest.fixture
def asked(account, pocket, phone_of_dana, bank):
    return bank.action(person="account:lee-chan")


def first_then_second(pocket, phone_of_dana):
    pocket.approve(pocket.challenge(), PIN)
    phone_of_dana.approve(phone_of_dana.challenge(), PIN)


def test_both_are_asked_and_both_have_to_approve(mara, dana, pocket, phone_of_dana, bank, asked):
    question = pocket.challenge()
    assert ["Joint account", "Lee & Chan Ltd"] in question["display"]["facts"]
    assert question["display"]["warnings"] == ["Two people must approve this. Nobody has yet."]
    pocket.approve(question, PIN)
    assert (bank.look(asked)["state"], bank.look(asked)["approved"]) == ("pending", 1)
    phone_of_dana.approve(phone_of_dana.challenge(), PIN)
    told = bank.look(asked)
    assert (told["state"], told["approved"]) == ("approved", 2)
    keys = bank.anybody.get("/oauth/keys/").json()
    claims = verify(told["receipt"], keys, bank.application.client_id, settings.PORTAL_BASE_URL)
    assert [each["sub"] for each in claims["approvals"]] == [str(mara.pk), str(dana.pk)]
    assert claims["account"] == "lee-chan"


def test_the_second_is_told_who_has_approved_already(pocket, phone_of_dana, asked):
    before = phone_of_dana.challenge()
    pocket.approve(pocket.challenge(), PIN)
    (after,) = phone_of_dana.challenges()
    assert after["id"] != before["id"]
    assert after["display"]["warnings"] == ["Mara Lee has approved this. With your approval it is done."]
    with pytest.raises(Problem):
        phone_of_dana.approve(before, PIN)


def test_nobody_approves_twice(mara, pocket, phone_of_dana, bank, asked):
    """AT-303."""
    pocket.approve(pocket.challenge(), PIN)
    assert not pocket.challenges()
    action, part = Action.objects.get(), Part.objects.get(user=mara)
    part.state = "waiting"
    question = actions.ask(action, part)
    # Even if a second question came about, its answer counts for nobody.
    with pytest.raises(Problem) as refusal:
        pocket.approve(pocket.challenge(), PIN)
    assert refusal.value.code == "settled"
    assert Challenge.objects.get(pk=question.pk).state == "pending"
    assert bank.look(asked)["approved"] == 1


def test_one_no_ends_it_for_both(pocket, phone_of_dana, bank, asked):
    phone_of_dana.cancel(phone_of_dana.challenge())
    assert bank.look(asked)["state"] == "declined"
    assert not pocket.challenges()


def test_a_no_after_the_first_yes_ends_it_too(pocket, phone_of_dana, bank, asked):
    pocket.approve(pocket.challenge(), PIN)
    phone_of_dana.cancel(phone_of_dana.challenge())
    assert bank.look(asked)["state"] == "declined"


def test_both_answer_in_the_same_moment(monkeypatch, pocket, phone_of_dana, bank, asked):
    """Neither has read of the other: both questions were out, and both count."""
    questions = pocket.challenge(), phone_of_dana.challenge()
    monkeypatch.setattr(actions, "_after", lambda pk: None)
    pocket.approve(questions[0], PIN)
    phone_of_dana.approve(questions[1], PIN)
    assert (bank.look(asked)["state"], bank.look(asked)["approved"]) == ("approved", 2)


def test_one_approves_while_the_other_declines(monkeypatch, pocket, phone_of_dana, bank, asked):
    questions = pocket.challenge(), phone_of_dana.challenge()
    monkeypatch.setattr(actions, "_after", lambda pk: None)
    phone_of_dana.cancel(questions[1])
    with pytest.raises(Problem) as refusal:
        pocket.approve(questions[0], PIN)
    assert refusal.value.code == "settled"
    assert bank.look(asked)["state"] == "declined"


def test_whoever_no_longer_holds_the_account_has_no_say(account, mara, dana, pocket, phone_of_dana, bank, asked):
    question = pocket.challenge()
    account.holders.remove(mara)
    with pytest.raises(Problem):
        pocket.approve(question, PIN)
    assert bank.look(asked)["approved"] == 0


def test_an_approval_goes_with_the_holder_who_gave_it(account, mara, pocket, phone_of_dana, bank, asked):
    pocket.approve(pocket.challenge(), PIN)
    account.holders.remove(mara)
    asked_anew(phone_of_dana)
    phone_of_dana.approve(phone_of_dana.challenge(), PIN)
    assert (bank.look(asked)["state"], bank.look(asked)["approved"]) == ("pending", 1)


def test_a_receipt_names_nobody_whose_approval_counted_no_longer(account, mara, dana, pocket, phone_of_dana, bank):
    eve = person("eve")
    phone_of_eve = activated(desk(), eve)
    account.holders.add(eve)
    asked = bank.action(person="account:lee-chan")
    pocket.approve(pocket.challenge(), PIN)
    account.holders.remove(mara)
    asked_anew(phone_of_dana)
    phone_of_dana.approve(phone_of_dana.challenge(), PIN)
    phone_of_eve.approve(phone_of_eve.challenge(), PIN)
    keys = bank.anybody.get("/oauth/keys/").json()
    claims = verify(bank.look(asked)["receipt"], keys, bank.application.client_id, settings.PORTAL_BASE_URL)
    assert [each["sub"] for each in claims["approvals"]] == [str(dana.pk), str(eve.pk)]
    said = [each["display"]["warnings"][0].partition(" ")[0] for each in claims["approvals"]]
    assert said == ["Two", dana.name.partition(" ")[0]]


def test_two_accounts_with_one_mail_address_are_one_person(dana, mara, pocket, phone_of_dana, bank, asked):
    """AT-303."""
    User.objects.filter(pk=dana.pk).update(email=mara.email.upper())
    first_then_second(pocket, phone_of_dana)
    assert bank.look(asked)["state"] == "pending"


@pytest.mark.parametrize("mails", [("", ""), ("mara@example.com", ""), ("", "dana@example.com")])
def test_an_account_without_a_mail_address_is_nobodys_second_person(
    dana, mara, pocket, phone_of_dana, bank, asked, mails
):
    for user, mail in zip((mara, dana), mails, strict=True):
        User.objects.filter(pk=user.pk).update(email=mail)
    first_then_second(pocket, phone_of_dana)
    assert bank.look(asked)["state"] == "pending"


def test_whoever_could_not_be_the_second_person_is_promised_nothing(dana, mara, pocket, phone_of_dana, bank, asked):
    User.objects.filter(pk=dana.pk).update(email=mara.email)
    pocket.approve(pocket.challenge(), PIN)
    assert phone_of_dana.challenge()["display"]["warnings"] == ["Two people must approve this. Nobody has yet."]


def test_two_of_three_are_enough_whoever_was_first(account, dana, mara, pocket, phone_of_dana, bank):
    first = person("ann", email="")
    account.holders.add(first)
    phone_of_first = activated(desk(), first)
    asked = bank.action(person="account:lee-chan")
    phone_of_first.approve(phone_of_first.challenge(), PIN)
    first_then_second(pocket, phone_of_dana)
    assert bank.look(asked)["state"] == "approved"


def test_a_locked_holder_counts_for_nothing(mara, pocket, phone_of_dana, bank, asked):
    pocket.approve(pocket.challenge(), PIN)
    User.objects.filter(pk=mara.pk).update(is_active=False)
    asked_anew(phone_of_dana)
    phone_of_dana.approve(phone_of_dana.challenge(), PIN)
    assert bank.look(asked)["state"] == "pending"


def test_any_one_holder_is_enough_where_the_account_says_so(account, pocket, phone_of_dana, bank):
    account.rule = JointAccount.Rule.ANY
    account.save()
    asked = bank.action(person="account:lee-chan")
    phone_of_dana.approve(phone_of_dana.challenge(), PIN)
    assert bank.look(asked)["state"] == "approved"
    assert not pocket.challenges()


def test_an_application_may_ask_for_more_people_and_never_for_fewer(account, pocket, phone_of_dana, bank):
    bank.action(person="account:lee-chan", people=1)
    account.rule = JointAccount.Rule.ANY
    account.save()
    bank.action(person="account:lee-chan", people=2)
    assert list(Action.objects.values_list("people", flat=True)) == [2, 2]


@pytest.mark.parametrize("rule", JointAccount.Rule.values)
@pytest.mark.parametrize("people", [1, 2])
def test_an_unknown_account_looks_like_one_whose_holders_do_not_answer(
    one_clock, account, pocket, phone_of_dana, bank, rule, people
):
    JointAccount.objects.update(rule=rule)
    known, unknown = (bank.action(person=f"account:{name}", people=people) for name in ("lee-chan", "nobody"))
    assert {**bank.look(known), "id": "", "url": ""} == {**bank.look(unknown), "id": "", "url": ""}


def test_not_me_refuses_the_application_and_declines(pocket, phone_of_dana, bank, asked):
    pocket.not_me(pocket.challenge())
    assert bank.look(asked)["state"] == "declined"
    bank.action(person="account:lee-chan")
    assert not pocket.challenges()
    assert phone_of_dana.challenges()
