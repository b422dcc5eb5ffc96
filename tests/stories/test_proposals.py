"""AT-103: what takes a last factor or a number away needs two people, a day, and an owner who does not mind (R-84)."""

import re

import pytest

from accounts.models import AuditEvent, User
from tests.factories import desk, give_password
from tests.stories.carried import NUMBER, OTHER, by_key, carry, given_number, mails, texts, verify_number
from tests.stories.desks import a_day_passes, did, officer, page, press, proposed, root, seen, staff
from tests.stories.ways import events, is_in, sign_in
from twofactor import policy, tasks
from twofactor.models import Factors, Phone, Proposal


@pytest.fixture
def two(handset, one_clock, mara, pocket):
    """Two of the staff, and Mara whose key is her last factor."""
    return staff(), officer()


def agreed(two, mara, what="propose-key"):
    """Proposed by one and approved by the other."""
    sol, ida = two
    assert did(press(sol, mara, what), mara)
    assert did(press(ida, mara, "approve", proposed(mara).pk), mara)
    carry()
    return proposed(mara)


def cancel_links(to):
    carry()
    said = [*mails(to), *texts(to)]
    return [found[1] for each in said if (found := re.search(r"https?://[^/\s]+(/stop/desk/\S+/)", each))]


def test_two_people_and_a_day_take_a_last_key_away(two, one_clock, mara, here):
    agreed(two, mara)
    one_clock.shift(policy.PROPOSAL_DELAY.total_seconds() - 60)
    tasks.do_chores()
    assert mara.portal_keys.get().state == "active"
    one_clock.shift(120)
    tasks.do_chores()
    assert mara.portal_keys.get().state == "revoked"
    assert proposed(mara).state == "done"
    assert not Factors.of(mara)
    facts = AuditEvent.objects.get(kind="proposal.execute").facts
    assert facts["by"] == f"staff-{User.objects.get(username='ida').pk} ida"


def test_nobody_is_the_second_person_for_their_own_proposal(two, one_clock, mara):
    _sol, ida = two
    press(ida, mara, "propose-key")
    answer = press(ida, mara, "approve", proposed(mara).pk)
    assert answer.status_code == 422
    assert "Somebody else of the staff has to approve this" in answer.content.decode()
    a_day_passes(one_clock)
    assert mara.portal_keys.get().state == "active"
    assert events("proposal.approve") == [("refused", "same-person")]


def test_two_accounts_with_one_address_are_one_person(two, mara):
    sol, _ida = two
    press(sol, mara, "propose-key")
    again = officer("ivo", email="SOL@client.example ")
    assert press(again, mara, "approve", proposed(mara).pk).status_code == 422
    assert proposed(mara).state == "proposed"


def test_support_proposes_and_does_not_approve(two, mara):
    sol, _ida = two
    other = staff("ben")
    press(sol, mara, "propose-key")
    assert press(other, mara, "approve", proposed(mara).pk).status_code == 403
    assert proposed(mara).state == "proposed"


def test_the_owner_is_told_everywhere_and_cancels_by_one_link(two, one_clock, mara, here):
    """By mail and at the number, signed in nowhere; a program that opens the link cancels nothing."""
    given_number(mara)
    Phone.objects.filter(user=mara).update(texts="off")
    agreed(two, mara)
    (by_mail,), (by_text,) = cancel_links(mara.email), cancel_links(NUMBER)
    stranger = desk()
    opened = stranger.get(by_mail)
    assert opened.status_code == 200
    assert "cancel it" in opened.content.decode()
    assert proposed(mara).state == "approved"
    assert stranger.post(by_text).status_code == 302
    assert (proposed(mara).state, proposed(mara).ended) == ("cancelled", "link")
    carry()
    assert "was cancelled. It stays as it is" in mails(mara.email)[-1]
    a_day_passes(one_clock)
    assert mara.portal_keys.get().state == "active"
    assert stranger.get(by_mail).status_code == 410
    assert stranger.post(by_mail).status_code == 410
    assert events("proposal.disowned") == [("refused", "alert")]


def test_a_forged_link_cancels_nothing(two, mara, here):
    agreed(two, mara)
    (link,) = cancel_links(mara.email)
    for forged in (link.replace("/stop/desk/", "/stop/desk/x"), "/stop/desk/1:x:y/", "/stop/desk/1/"):
        assert here.post(forged).status_code == 410
    assert proposed(mara).state == "approved"


def test_staff_withdraw_it(two, one_clock, mara):
    sol, _ida = two
    agreed(two, mara)
    assert did(press(sol, mara, "withdraw", proposed(mara).pk), mara)
    a_day_passes(one_clock)
    assert mara.portal_keys.get().state == "active"
    assert events("proposal.cancel") == [("ok", "staff")]


def test_what_has_changed_meanwhile_is_not_done(two, one_clock, mara, pocket):
    """The key that was meant has been replaced by another one."""
    agreed(two, mara)
    browser = desk()
    sign_in(browser, mara, pocket)
    mara.portal_keys.get().move("replace")
    a_day_passes(one_clock)
    assert (proposed(mara).state, proposed(mara).ended) == ("lapsed", "changed")


@pytest.mark.parametrize(
    "change",
    [
        {"username": "sol", "fields": {"is_staff": False}},
        {"username": "sol", "fields": {"is_active": False}},
        {"username": "ida", "fields": {"is_active": False}},
        {"username": "ida", "fields": {"email": "sol@client.example"}},
        {"username": "mara", "fields": {"is_superuser": True}},
    ],
)
def test_who_agreed_is_asked_for_again_when_it_is_done(two, one_clock, mara, change):
    """Somebody who has left since, or was one person all along, takes nothing away."""
    agreed(two, mara)
    User.objects.filter(username=change["username"]).update(**change["fields"])
    a_day_passes(one_clock)
    assert mara.portal_keys.get().state == "active"
    assert proposed(mara).state == "lapsed"


def test_whoever_lost_the_role_has_no_say_any_more(two, one_clock, mara):
    agreed(two, mara)
    User.objects.get(username="ida").groups.clear()
    a_day_passes(one_clock)
    assert mara.portal_keys.get().state == "active"


def test_what_nobody_approves_is_forgotten(two, one_clock, mara):
    sol, _ida = two
    press(sol, mara, "propose-key")
    one_clock.shift(policy.PROPOSAL_LIFE.total_seconds() + 1)
    tasks.do_chores()
    assert (proposed(mara).state, proposed(mara).ended) == ("lapsed", "late")


def test_one_thing_is_proposed_once(two, mara):
    sol, ida = two
    assert did(press(sol, mara, "propose-key"), mara)
    assert press(ida, mara, "propose-key").status_code == 422
    assert Proposal.objects.count() == 1


def test_a_number_goes_by_two_people_only(handset, one_clock, mara, pocket, two, here):
    """R-84: also where a key remains; and nothing points back to it afterwards."""
    phone = given_number(mara)
    agreed(two, mara, "propose-phone")
    # SECURITY: whoever has found the phone would keep its number for good.
    assert "will take this number away" in (carry(), texts(NUMBER))[1][-1]
    assert (len(cancel_links(NUMBER)), len(cancel_links(mara.email))) == (0, 1)
    a_day_passes(one_clock)
    carry()
    phone.refresh_from_db()
    assert (phone.state, phone.reason) == ("retired", "staff")
    assert "our staff took the number +852 •••• 67 away" in mails(mara.email)[-1]
    by_key(here, mara, pocket)
    verify_number(here, OTHER)
    # No hold in favour of a number that staff have ended: its codes go to the new one at once.
    assert not Phone.objects.verified(mara).is_held


def test_an_operator_who_is_alone_approves_and_it_is_recorded(two, one_clock, mara, settings):
    """R-84: may be switched off for one-person installs. The day and the notices stay."""
    settings.PORTAL_ONE_PERSON_DESK = True
    _sol, ida = two
    press(ida, mara, "propose-key")
    assert did(press(ida, mara, "approve", proposed(mara).pk), mara)
    assert events("proposal.approve") == [("ok", "one-person")]
    assert len(cancel_links(mara.email)) == 1
    assert mara.portal_keys.get().state == "active"
    a_day_passes(one_clock)
    assert mara.portal_keys.get().state == "revoked"


def test_nobody_approves_what_concerns_themselves(two, mara, handset):
    _sol, own = two
    ida = User.objects.get(username="ida")
    chief = root()
    assert did(press(chief, ida, "propose-key"), ida)
    assert press(own, ida, "approve", proposed(ida).pk).status_code == 403
    assert proposed(ida).state == "proposed"


def test_the_page_shows_who_wants_what_and_the_button_to_whom_it_belongs(two, mara):
    sol, ida = two
    press(sol, mara, "propose-key", reason="The phone fell into the harbour, seen by her colleague")
    pk = proposed(mara).pk
    assert "The phone fell into the harbour" in seen(ida, mara)
    assert page(mara, "approve", pk) in ida.get(page(mara)).content.decode()
    assert page(mara, "approve", pk) not in sol.get(page(mara)).content.decode()


def test_the_person_signs_in_as_before_while_it_waits(two, mara, pocket, here):
    agreed(two, mara)
    give_password(here, mara)
    assert not is_in(here)
    sign_in(here, mara, pocket)
