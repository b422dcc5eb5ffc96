"""P-09: "This was not me" beside an event shuts nobody out who owns the account, whoever presses it."""

import pytest

from accounts.models import AuditEvent, RefusedOrigin
from tests.factories import give_password
from tests.stories.carried import NUMBER, add_key, carry, codes_to, forget, mails, text_in
from tests.stories.lost import at, by_sim, moved_to, with_phone
from tests.stories.recovering import new_sheet, prove, recovered, sheet_of, type_recovery
from tests.stories.ways import is_in, sign_in, sign_out, text
from twofactor.models import PortalKey, RecoverySheet

OWNER, THIEF, AGAIN = "192.0.2.7", "203.0.113.9", "203.0.113.77"
DAY = 86_400


@pytest.fixture
def owner(eli, handset, one_clock):
    """Eli's browser, known for a day: he has a key, a number at which texts rest for it, and recovery codes."""
    browser = at(OWNER)
    text_in(browser, eli)
    browser.pocket = add_key(browser)
    sign_out(browser)
    sign_in(browser, eli, browser.pocket)
    browser.codes = sheet_of(browser)
    sign_out(browser)
    sign_in(browser, eli, browser.pocket)
    sign_out(browser)
    forget(handset, one_clock)
    return browser


def last(user, kind):
    return AuditEvent.objects.filter(kind=kind, user=user, outcome="ok").latest("pk")


def disown(browser, event):
    return browser.post(f"/security/activity/{event.name}/not-me/")


def nothing_happened(user):
    user.refresh_from_db()
    return not (user.password_change_required or RefusedOrigin.objects.exists())


# --- Who may press it ---


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_session_that_came_in_without_the_phone_presses_nothing(eli, owner, method):
    with_phone(owner, eli, owner.pocket)
    event = last(eli, "login.claim")
    thief = at(THIEF)
    by_sim(thief, eli)
    answer = getattr(thief, method)(f"/security/activity/{event.name}/not-me/")
    assert answer.status_code == 403
    assert "You did not come in by your strongest way" in text(answer)
    assert "support desk" in text(answer)
    assert nothing_happened(eli)
    assert is_in(owner)
    assert RecoverySheet.objects.active(eli) is not None


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_session_that_was_left_open_signs_in_again_first(one_clock, eli, owner, method):
    """P-42: what ends the owner's sessions takes what changing a factor takes."""
    with_phone(owner, eli, owner.pocket)
    path = f"/security/activity/{last(eli, 'login.claim').name}/not-me/"
    one_clock.shift(301)
    assert getattr(owner, method)(path)["Location"].startswith("/sign-in/?again=1&next=%2Fsecurity%2Factivity%2F")
    assert nothing_happened(eli)
    with_phone(owner, eli, owner.pocket)
    assert owner.get(path).status_code == 200


def test_without_a_key_a_code_by_text_is_the_strongest_and_enough(eli, one_clock):
    browser = at(OWNER)
    text_in(browser, eli)
    assert disown(browser, last(eli, "login.claim"))["Location"] == "/security/password/"
    assert not nothing_happened(eli)


# --- Whom it refuses ---


def test_it_never_refuses_a_browser_that_was_known(eli, owner):
    """SECURITY: whoever relayed a sign-in picks an event of the owner's own browser."""
    with_phone(owner, eli, owner.pocket)
    theirs = last(eli, "login.claim")
    assert theirs.address == OWNER
    thief = at(THIEF)
    with_phone(thief, eli, owner.pocket)
    disown(thief, theirs)
    assert not RefusedOrigin.objects.exists()
    assert give_password(owner, eli).status_code == 302


def test_nor_the_network_of_one_for_what_was_done_in_it(eli, owner):
    with_phone(owner, eli, owner.pocket)
    owner.post("/security/phone/texts/", {"texts": "on"})
    theirs = last(eli, "texts.on")
    assert theirs.address == OWNER
    thief = at(THIEF)
    with_phone(thief, eli, owner.pocket)
    disown(thief, theirs)
    assert give_password(at(OWNER), eli).status_code == 302


def test_a_strangers_browser_and_network_are_refused(eli, owner):
    thief = at(THIEF)
    by_sim(thief, eli)
    event = last(eli, "login.claim")
    with_phone(owner, eli, owner.pocket)
    disown(owner, event)
    assert give_password(thief, eli).status_code == 403
    assert give_password(at(THIEF), eli).status_code == 403


# --- Which recovery codes it voids ---


def test_an_event_that_is_not_about_recovery_codes_leaves_them(eli, owner):
    thief = at(THIEF)
    with_phone(thief, eli, owner.pocket)
    disown(thief, AuditEvent.objects.filter(kind="login.claim", user=eli).earliest("pk"))
    assert RecoverySheet.objects.active(eli) is not None


def test_codes_that_were_replaced_never_count_again(one_clock, eli, owner):
    """Their owner may have replaced them because somebody has seen them."""
    with_phone(owner, eli, owner.pocket)
    sheet_of(owner)
    disown(owner, last(eli, "recovery.make"))
    assert sorted(RecoverySheet.objects.values_list("state", flat=True)) == ["replaced", "revoked"]
    browser = at(AGAIN)
    give_password(browser, eli)
    type_recovery(browser, owner.codes[3])
    assert not is_in(browser)
    assert browser.get("/")["Location"].startswith("/sign-in/")


def test_a_use_that_is_disowned_voids_the_sheet(eli, owner):
    """Whoever has typed one code has seen all of them."""
    recovered(at(THIEF), eli, owner.codes[2])
    with_phone(owner, eli, owner.pocket)
    disown(owner, last(eli, "recovery.use"))
    assert RecoverySheet.objects.active(eli) is None


def test_a_day_later_codes_are_left_as_they_are(one_clock, eli, owner):
    recovered(at(THIEF), eli, owner.codes[2])
    one_clock.shift(DAY + 1)
    with_phone(owner, eli, owner.pocket)
    disown(owner, last(eli, "recovery.use"))
    assert RecoverySheet.objects.active(eli) is not None


def test_the_sheet_that_is_named_is_void_and_no_later_one(eli, owner):
    with_phone(owner, eli, owner.pocket)
    codes = new_sheet(owner)
    first = last(eli, "recovery.make")
    prove(owner, codes[0])
    sheet_of(owner)
    disown(owner, first)
    assert RecoverySheet.objects.active(eli) is not None


def test_during_the_hold_codes_are_left_as_they_are(eli, owner):
    """Whoever moved the key without the old phone would leave its owner without a way back."""
    thief = at(THIEF)
    recovered(thief, eli, owner.codes[2])
    theirs = moved_to(thief, "Thief")
    sign_out(thief)
    with_phone(thief, eli, theirs)
    assert disown(thief, last(eli, "recovery.use")).status_code == 302
    assert RecoverySheet.objects.active(eli) is not None


# --- Which key it ends ---


def test_an_activation_that_is_disowned_leaves_a_key_that_approves_nothing(eli, owner):
    """And nobody is brought down to less than a key by it."""
    with_phone(owner, eli, owner.pocket)
    disown(owner, last(eli, "key.activate"))
    assert PortalKey.objects.get().state == "locked"
    assert not is_in(owner)
    carry()
    assert any("was switched off" in mail for mail in mails(eli.email))
    browser = at(AGAIN)
    give_password(browser, eli)
    assert not is_in(browser)


def test_one_of_today_that_took_the_place_of_texts_goes_and_texts_are_there_again(eli, one_clock):
    browser = at(OWNER)
    text_in(browser, eli)
    add_key(browser)
    before = len(codes_to(NUMBER))
    disown(browser, last(eli, "key.activate"))
    assert PortalKey.objects.get().state == "revoked"
    give_password(at(AGAIN), eli)
    assert len(codes_to(NUMBER)) == before + 1


def test_a_phone_that_was_moved_to_is_locked_and_not_gone(eli, owner):
    thief = at(THIEF)
    by_sim(thief, eli)
    theirs = moved_to(thief, "Thief")
    sign_out(thief)
    with_phone(thief, eli, theirs)
    disown(thief, last(eli, "key.activate"))
    assert sorted(PortalKey.objects.values_list("state", flat=True)) == ["locked", "replaced"]
