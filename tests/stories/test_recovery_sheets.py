"""The sheet of recovery codes: made, shown for a while, proved, counted, made anew."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEvent, User
from tests.factories import desk, give_password, person
from tests.stories.carried import by_text, carry, given_number, mails, text_in
from tests.stories.recovering import SHEET, new_sheet, prove, recovered, sheet_of, sixteens, type_recovery
from tests.stories.ways import dump, events, is_in, sign_in, text
from twofactor.models import RecoveryCode, RecoverySheet
from twofactor.protocol.activation import ALPHABET


@pytest.fixture
def inside(mara, pocket, known):
    """Mara, signed in with her key a moment ago."""
    sign_in(known, mara, pocket)
    return known


def sent_away(answer):
    return answer.status_code == 302 and answer["Location"].startswith("/sign-in/?again=1")


def test_ten_codes_of_eighty_bits_are_shown(inside):
    """P-35."""
    codes = new_sheet(inside)
    assert len(set(codes)) == 10
    assert all(set(code.replace("-", "")) <= set(ALPHABET) and len(code) == 19 for code in codes)


def test_the_page_can_be_loaded_again_until_one_is_proved(inside):
    codes = new_sheet(inside)
    before = dump()
    assert sixteens(inside.get(SHEET)) == codes
    assert dump() == before
    prove(inside, codes[7].lower())
    assert sixteens(inside.get(SHEET)) == []


def test_after_that_nobody_can_derive_them_again(inside):
    """The salt is gone, and a later sheet has another one."""
    sheet_of(inside)
    sheet = RecoverySheet.objects.get(state="active")
    assert (sheet.salt, sheet.printed) == ("", [])


def test_codes_that_nobody_proved_do_not_sign_in(mara, inside, here):
    codes = new_sheet(inside)
    give_password(here, mara)
    type_recovery(here, codes[1])
    assert not is_in(here)


@pytest.mark.parametrize("wrong", ["", "ABCD-EFGH-JKMN-PQRS", "123"])
def test_one_that_is_none_of_them_proves_nothing(inside, wrong):
    codes = new_sheet(inside)
    answer = prove(inside, wrong)
    assert answer.status_code == 200
    assert sixteens(answer)[:10] == codes
    assert not RecoverySheet.objects.filter(state="active").exists()


def test_a_session_that_is_not_fresh_neither_sees_nor_makes_any(clock, inside):
    """AT-047: the strongest factor within five minutes, each time."""
    codes = new_sheet(inside)
    clock.shift(301)
    assert sixteens(inside.get(SHEET)) == []
    assert "sign in again to see them" in text(inside.get(SHEET))
    assert sent_away(inside.get(f"{SHEET}download/"))
    assert sent_away(inside.post(f"{SHEET}make/"))
    assert RecoverySheet.objects.count() == 1
    # Whoever has them on paper may take a little longer to type one.
    assert prove(inside, codes[0]).status_code == 302


def test_a_sheet_that_waits_too_long_is_made_anew(clock, inside):
    codes = new_sheet(inside)
    clock.shift(29 * 60)
    inside.get(SHEET)
    clock.shift(2 * 60)
    prove(inside, codes[0])
    assert not RecoverySheet.objects.filter(state="active").exists()
    assert "You have none yet" in text(inside.get(SHEET))


def test_a_weaker_session_neither_sees_nor_proves_nor_makes_any(eli, pocket_of_eli):
    """R-61: a text beside a key changes nothing of how its person signs in."""
    browser = desk()
    by_text(browser, eli)
    assert sent_away(browser.post(f"{SHEET}make/"))
    assert sent_away(prove(browser, "ABCD-EFGH-JKMN-PQRS"))
    assert sent_away(browser.get(f"{SHEET}download/"))
    assert "can be made after a sign-in with Portal Key" in text(browser.get(SHEET))


def test_who_signs_in_by_text_may_have_codes_too(eli, here):
    text_in(here, eli)
    codes = sheet_of(here)
    other = desk()
    recovered(other, eli, codes[1])


def test_without_a_second_factor_there_is_no_sheet(db):
    browser = desk()
    give_password(browser, person("dana"))
    assert browser.get(SHEET)["Location"] == "/security/key/"
    browser.post(f"{SHEET}make/")
    assert not RecoverySheet.objects.exists()


def test_a_person_whose_phone_was_just_replaced_makes_none(mara, inside):
    """Held: less than the old key let the new one in."""
    User.objects.filter(pk=mara.pk).update(held_until=timezone.now() + timedelta(hours=3))
    assert inside.post(f"{SHEET}make/").status_code == 403
    assert not RecoverySheet.objects.exists()
    assert "stay as they are until" in text(inside.get(SHEET))


def test_proving_ends_every_other_session(mara, pocket, inside):
    """R-56: how this person signs in has changed."""
    other = desk()
    sign_in(other, mara, pocket)
    sheet_of(inside)
    assert is_in(inside)
    assert not is_in(other)


def test_new_codes_are_told_at_all_addresses(mara, inside, handset):
    """R-96."""
    given_number(mara)
    sheet_of(inside)
    carry()
    assert "new recovery codes were made" in mails(mara.email)[-1]
    assert events("recovery.prove") == [("ok", "")]


def test_the_file_says_what_the_page_says_and_what_to_do(inside, settings):
    codes = new_sheet(inside)
    answer = inside.get(f"{SHEET}download/")
    said = answer.content.decode()
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert 'filename="recovery-codes.txt"' in answer["Content-Disposition"]
    assert [code for code in codes if code in said] == codes
    assert settings.PORTAL_BASE_URL in said
    assert "&" not in said


def test_the_printed_page_is_an_emergency_sheet(inside, settings):
    new_sheet(inside)
    page = inside.get(SHEET).content.decode()
    paper = re.search(r'<div class="print-only">(.*?)</div>', page, re.DOTALL)
    assert paper
    assert settings.PORTAL_BASE_URL in paper[1]
    assert "I can't use my phone" in paper[1]


def test_the_count_falls_and_at_three_the_portal_reminds(mara, inside):
    codes = sheet_of(inside)
    assert "10 left" in text(inside.get("/security/"))
    assert "Make new recovery codes" not in text(inside.get("/"))
    RecoveryCode.objects.filter(pk__in=list(RecoveryCode.objects.values_list("pk", flat=True)[:6])).update(
        used_at=mara.created
    )
    assert "4 codes left" in text(inside.get(SHEET))
    assert "Make new recovery codes" not in text(inside.get("/"))
    (last,) = [code for code in codes if recoverable(mara, code)][:1]
    recovered(desk(), mara, last)
    page = text(inside.get("/"))
    assert "Make new recovery codes" in page
    assert "3 are left" in page


def recoverable(user, code):
    row = RecoveryCode.typed(user, code.replace("-", ""))
    return row is not None and row.used_at is None


def test_a_person_with_a_key_and_no_codes_is_asked_to_make_some(inside):
    assert "Make recovery codes" in text(inside.get("/"))
    sheet_of(inside)
    assert "Make recovery codes" not in text(inside.get("/"))


def test_no_code_is_in_the_record_the_session_or_the_rows(inside):
    codes = new_sheet(inside)
    bare = [code.replace("-", "") for code in codes]
    kept = repr(dump(without=set())) + repr(dict(inside.session.items())) + repr(list(AuditEvent.objects.values()))
    assert not [code for code in (*codes, *bare) if code in kept]
    prove(inside, codes[0])
    kept = repr(dump(without=set()))
    assert not [code for code in (*codes, *bare) if code in kept]
