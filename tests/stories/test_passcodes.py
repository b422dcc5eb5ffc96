"""The temporary passcode: issued by staff, seen by the caller alone, good for some days, never two in a row."""

import pytest
from django.utils import timezone

from accounts import pending
from accounts.models import AuditEvent
from tests.factories import desk, finish, give_password, person
from tests.stories.carried import carry, given_number, mails
from tests.stories.recovering import issued, sixteens, type_passcode
from tests.stories.ways import activated, approve, dump, events, is_in, login_of, new_code, state, text
from twofactor import pairs, recovery
from twofactor.models import Passcode, PortalKey

DESK = "/sign-in/verify/desk/"
DAY = 86_400


@pytest.fixture
def sol(db):
    """A member of the support desk."""
    return person("sol", is_staff=True)


@pytest.fixture
def tess(db):
    """Another one."""
    return person("tess", is_staff=True)


@pytest.fixture
def passcode(mara, pocket, here, sol):
    """What Mara has written down; she has not typed it yet."""
    return issued(here, mara, sol)


def signed_in_with(user, code):
    browser = desk()
    give_password(browser, user)
    type_passcode(browser, code)
    return browser


def test_caller_and_staff_see_the_same_two_words(mara, pocket, here):
    """N9."""
    give_password(here, mara)
    page = text(here.get(DESK))
    first, second = pairs.pair(login_of(here).pk)
    assert f"Our staff say {first} You say {second}" in page
    assert sixteens(here.get(DESK)) == []


def test_the_callers_page_hears_of_it_by_itself(mara, pocket, here, sol):
    give_password(here, mara)
    before = here.get("/sign-in/status/").json()
    recovery.issue_passcode(login_of(here), staff=sol, reason="lost")
    after = here.get("/sign-in/status/").json()
    assert after["state"] == before["state"] == "waiting"
    assert after["version"] > before["version"]


def test_it_signs_in_and_is_then_shown_no_more(mara, passcode, here):
    assert sixteens(here.get(DESK)) == [passcode]
    type_passcode(here, passcode.lower().replace("-", " "))
    assert is_in(here)
    assert Passcode.objects.get().shown == ""
    again = desk()
    give_password(again, mara)
    assert sixteens(again.get(DESK)) == []


def test_it_is_shown_on_no_other_page_of_the_same_person(mara, passcode):
    other = desk()
    give_password(other, mara)
    assert sixteens(other.get(DESK)) == []


def test_it_goes_with_the_sign_in_that_it_was_shown_at(clock, mara, passcode, here):
    clock.shift(601)
    assert here.get(DESK)["Location"] == "/sign-in/verify/"
    # Whoever has written it down goes on.
    assert is_in(signed_in_with(mara, passcode))


def test_whoever_issues_it_never_sees_it(mara, pocket, here, sol):
    give_password(here, mara)
    row = recovery.issue_passcode(login_of(here), staff=sol, reason="lost")
    code = sixteens(here.get(DESK))[0]
    kept = repr(dump(without=set())) + repr(list(AuditEvent.objects.values())) + str(row) + row.why
    assert code not in kept
    assert code.replace("-", "") not in kept


def test_it_is_good_again_and_again_for_two_days(clock, mara, passcode):
    for _ in range(3):
        browser = signed_in_with(mara, passcode)
        assert is_in(browser)
        assert browser.session["weaker"]
        clock.shift(DAY // 2)


def test_after_two_days_it_only_leads_to_a_new_phone(one_clock, mara, passcode):
    """Ten days restricted: only the ways to a new phone and to a new password open."""
    one_clock.shift(2 * DAY + 1)
    browser = signed_in_with(mara, passcode)
    for path in ("/", "/security/", "/security/recovery-codes/", "/security/phone/"):
        assert browser.get(path)["Location"] == "/security/key/move/"
    # Nor does it give up a number that its owner is just about to confirm.
    assert browser.post("/security/phone/drop/")["Location"] == "/security/key/move/"
    assert "only leads to a new phone now" in text(browser.get("/security/key/move/"))
    assert browser.get("/security/key/").status_code == 200
    # Its door opens, and asks for a stronger sign-in.
    assert browser.get("/security/password/")["Location"].startswith("/sign-in/?again=1")
    assert browser.post("/sign-out/").status_code == 302


def test_after_twelve_days_it_is_over(one_clock, mara, passcode):
    one_clock.shift(12 * DAY + 1)
    browser = signed_in_with(mara, passcode)
    assert not is_in(browser)


def test_a_new_key_ends_it(mara, passcode, here):
    type_passcode(here, passcode)
    owner = desk()
    PortalKey.objects.get(user=mara).move("revoke")
    activated(owner, mara)
    assert Passcode.objects.get().state == "ended"
    assert not is_in(signed_in_with(mara, passcode))


def test_a_restricted_session_is_free_once_a_key_was_activated_in_it(one_clock, mara, passcode):
    one_clock.shift(2 * DAY + 1)
    PortalKey.objects.get(user=mara).move("lock")
    browser = signed_in_with(mara, passcode)
    session = browser.session
    assert session["restricted"]
    pending.end_sessions(mara, keep=session.session_key, device_id=PortalKey.objects.get().persistent_id)
    assert "restricted" not in browser.session


def test_not_me_on_the_phone_ends_it(mara, pocket, passcode, here):
    """Whoever still has the phone is not the caller who had none."""
    pocket.not_me(pocket.challenges()[0])
    assert Passcode.objects.get().state == "ended"
    assert state(here) == "denied"


def test_it_belongs_to_one_person(passcode, here):
    eli = person("eli")
    activated(desk(), eli)
    assert not is_in(signed_in_with(eli, passcode))


def test_wrong_ones_are_counted(mara, passcode):
    browser = desk()
    give_password(browser, mara)
    for _ in range(5):
        assert type_passcode(browser, "ABCD-EFGH-JKMN-PQRS").status_code == 200
    assert type_passcode(browser, passcode).status_code == 429


def test_it_is_told_when_issued_and_at_every_use(mara, handset, pocket, here, sol):
    given_number(mara)
    code = issued(here, mara, sol)
    carry()
    assert "issued a temporary passcode" in mails(mara.email)[-1]
    type_passcode(here, code)
    carry()
    assert "a temporary passcode was used" in mails(mara.email)[-1]
    assert events("passcode.issue") == events("passcode.use") == [("ok", "")]


def test_a_locked_key_is_no_obstacle(mara, pocket, here, sol):
    pocket.revoke()
    type_passcode(here, issued(here, mara, sol))
    assert is_in(here)


# --- Who gets none ---


def test_two_in_a_row_need_a_second_person(mara, passcode, sol, tess):
    other = desk()
    give_password(other, mara)
    login = login_of(other)
    client = person("client")
    for second in (None, sol, mara, client):
        with pytest.raises(recovery.SecondPersonNeeded):
            recovery.issue_passcode(login, staff=sol, reason="again", second=second)
    assert sixteens(other.get(DESK)) == []
    recovery.issue_passcode(login, staff=sol, reason="again", second=tess)
    (newer,) = sixteens(other.get(DESK))
    assert not is_in(signed_in_with(mara, passcode))
    assert is_in(signed_in_with(mara, newer))


def test_after_a_new_key_one_person_may_issue_the_next(mara, passcode, sol):
    PortalKey.objects.get(user=mara).move("revoke")
    activated(desk(), mara)
    later = desk()
    assert len(issued(later, mara, sol)) == 19


def test_nobody_issues_one_to_themselves(sol, here):
    activated(desk(), sol)
    give_password(here, sol)
    with pytest.raises(recovery.NotIssued, match="self"):
        recovery.issue_passcode(login_of(here), staff=sol, reason="mine")


def test_a_sign_in_that_is_over_gets_none(mara, pocket, here, sol):
    give_password(here, mara)
    login = login_of(here)
    approve(here, pocket)
    finish(here)
    with pytest.raises(recovery.NotIssued, match="over"):
        recovery.issue_passcode(login, staff=sol, reason="late")
    assert not Passcode.objects.exists()


def test_without_a_key_a_passcode_is_no_factor(mara, pocket, passcode, here):
    """A passcode alone stands before nobody's password."""
    PortalKey.objects.get(user=mara).move("revoke")
    browser = desk()
    give_password(browser, mara)
    assert is_in(browser)
    assert new_code(browser).status_code == 302
    assert Passcode.objects.good(mara).expires > timezone.now()
