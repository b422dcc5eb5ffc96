"""A number is changed: the owner of the old one is told at once, and for a day the codes go where they went (P-47)."""

from accounts.models import Tally
from tests.factories import desk, give_password, person
from tests.stories.carried import (
    DAY,
    NUMBER,
    OTHER,
    THIRD,
    ask_number,
    carry,
    change_number,
    code_to,
    codes_to,
    confirm,
    forget,
    mails,
    sent,
    states,
    switch_texts,
    text_in,
    texts,
    type_code,
    verify_number,
)
from tests.stories.ways import events, sign_out, text
from twofactor.models import Phone

PAGE = "/security/phone/"


def code_goes_to(user, *numbers):
    """To which of these numbers a sign-in that begins now sends its code; None: to none of them."""
    before = {number: len(codes_to(number)) for number in numbers}
    give_password(desk(), user)
    (found,) = [number for number in numbers if len(codes_to(number)) > before[number]] or [None]
    return found


# --- Being told (AT-048, R-61) ---


def test_the_owner_of_the_old_number_is_told_there_and_by_mail_before_anything_changes(eli, here):
    text_in(here, eli)
    ask_number(here, OTHER)
    carry()
    for told, new in ((texts(NUMBER)[-1], "+852 **** 68"), (mails(eli.email)[-1], "+852 •••• 68")):
        assert f"somebody asked to change your number to {new}" in told
        assert "Not you? Stop it: http" in told
    assert states() == [("67", "verified"), ("68", "unverified")]


def test_and_again_once_it_has_changed(eli, here):
    text_in(here, eli)
    change_number(here)
    for told, new in ((texts(NUMBER)[-1], "+852 **** 68"), (mails(eli.email)[-1], "+852 •••• 68")):
        assert f"your number was changed to {new}" in told
        assert "Within 24 hours, undo it: http" in told
    assert "/stop/" not in "".join(texts(OTHER))
    assert events("phone.verify")[-1] == ("ok", "")


def test_a_first_number_tells_nobody_of_an_old_one(handset, mara, here):
    give_password(here, mara)
    change_number(here, NUMBER)
    assert sent(kind="phone-asked") == sent(kind="phone-changed") == []
    assert sent(kind="phone-added") == [("phone-added", "mail", "handed")]


def test_the_notices_speak_the_language_of_the_owner_and_name_no_number_in_full(eli, here):
    text_in(here, eli)
    change_number(here)
    told = [*texts(NUMBER), *mails(eli.email)]
    assert not [said for said in told if "61234568" in said.replace(" ", "") or "51234567" in said.replace(" ", "")]


def test_codes_that_were_asked_for_in_a_row_do_not_silence_the_notices(one_clock, eli, here):
    """The old number has had all the texts that its codes may have in ten minutes, and is told all the same."""
    give_password(here, eli)
    for wait in (61, 121):
        one_clock.shift(wait)
        here.post("/sign-in/verify/code/again/")
    type_code(here, code_to())
    assert len(codes_to(NUMBER)) == 3
    change_number(here)
    kinds = [kind for kind, way, state in sent(phone__ending="67", way="text") if state == "handed"]
    assert kinds[-2:] == ["phone-asked", "phone-changed"]


def test_tests_of_the_old_number_do_not_silence_them_either(eli, here):
    text_in(here, eli)
    here.post(f"{PAGE}test/")
    assert sent(kind="test")[-1] == ("test", "text", "queued")
    assert not Tally.objects.filter(name__startswith="notice", count__gt=0).exists()


def test_a_notice_that_no_budget_has_room_for_is_on_record(settings, eli, here):
    text_in(here, eli)
    ask_number(here, OTHER)
    code = code_to(OTHER)
    settings.PORTAL_MONEY_A_DAY = 0.0
    confirm(here, code)
    assert ("refused", "money/24h") in events("notice.send")
    assert states() == [("67", "retired"), ("68", "verified")]


# --- The hold (P-47) ---


def test_for_a_day_the_codes_go_to_the_number_that_was_there_before(one_clock, eli, here):
    text_in(here, eli)
    change_number(here)
    assert code_goes_to(eli, NUMBER, OTHER) == NUMBER
    one_clock.shift(DAY - 5)
    assert code_goes_to(eli, NUMBER, OTHER) == NUMBER
    one_clock.shift(10)
    assert code_goes_to(eli, NUMBER, OTHER) == OTHER


def test_the_old_number_still_opens_the_door(one_clock, eli, here):
    text_in(here, eli)
    change_number(here)
    sign_out(here)
    text_in(here, eli, NUMBER)
    page = text(here.get(PAGE))
    assert "still go to your earlier number +852 •••• 67" in page


def test_the_hold_is_said_on_the_page(eli, here):
    text_in(here, eli)
    change_number(here)
    answer = here.get(PAGE)
    assert "Your number is confirmed." in text(answer)
    assert "From now on a code by text" not in text(answer)
    page = answer.context
    assert page["phone"].is_held
    assert page["codes_go_to"] == "+852 •••• 67"


def test_a_first_number_is_not_held(handset, mara, here):
    """B3: it protects from now on."""
    give_password(here, mara)
    change_number(here, NUMBER)
    assert not Phone.objects.get().is_held
    sign_out(here)
    text_in(here, mara)


def test_a_chain_of_changes_leads_back_to_the_number_that_stood_before_all_of_them(one_clock, eli, here):
    """A, B, C within a day: C gets nothing before its own day is over, and B never."""
    text_in(here, eli)
    change_number(here, OTHER)
    change_number(here, THIRD)
    assert code_goes_to(eli, NUMBER, OTHER, THIRD) == NUMBER
    one_clock.shift(DAY - 60)
    assert code_goes_to(eli, NUMBER, OTHER, THIRD) == NUMBER
    one_clock.shift(120)
    assert code_goes_to(eli, NUMBER, OTHER, THIRD) == THIRD


def test_a_later_change_begins_a_new_day(one_clock, eli, here):
    text_in(here, eli)
    change_number(here, OTHER)
    one_clock.shift(DAY - 3600)
    sign_out(here)
    text_in(here, eli, NUMBER)
    change_number(here, THIRD)
    one_clock.shift(7200)
    assert code_goes_to(eli, NUMBER, OTHER, THIRD) == NUMBER
    one_clock.shift(DAY)
    assert code_goes_to(eli, NUMBER, OTHER, THIRD) == THIRD


def test_two_changes_while_texts_are_off_do_not_carry_the_factor_off(one_clock, handset, here):
    dana = person("dana")
    give_password(here, dana)
    verify_number(here)
    switch_texts(here, False)
    sign_out(here)
    forget(handset, one_clock)
    give_password(here, dana)
    change_number(here, OTHER)
    change_number(here, THIRD)
    switch_texts(here, True)
    assert code_goes_to(dana, NUMBER, OTHER, THIRD) == NUMBER


def test_a_number_that_follows_a_removed_one_is_held_too_and_nothing_serves_meanwhile(one_clock, eli, here):
    """Removing and adding is a change by another name. For a day there is only the password, as after the removal."""
    text_in(here, eli)
    here.post(f"{PAGE}remove/")
    change_number(here, OTHER)
    assert Phone.objects.get(state="verified").is_held
    assert code_goes_to(eli, NUMBER, OTHER) is None
    change_number(here, THIRD)
    assert code_goes_to(eli, NUMBER, OTHER, THIRD) is None
    one_clock.shift(DAY + 1)
    assert code_goes_to(eli, NUMBER, OTHER, THIRD) == THIRD


def test_a_day_after_a_removal_a_number_is_a_first_one_again(one_clock, eli, here):
    text_in(here, eli)
    here.post(f"{PAGE}remove/")
    sign_out(here)
    one_clock.shift(DAY + 1)
    give_password(here, eli)
    change_number(here, OTHER)
    assert code_goes_to(eli, NUMBER, OTHER) == OTHER
