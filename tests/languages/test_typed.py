"""Codes as a Chinese keyboard writes them: full-width digits and letters, its blank and dash, what is pasted."""

import pytest

from tests.factories import PIN, desk, give_password, person
from tests.stories.app_codes import shown, type_app
from tests.stories.carried import NUMBER, ask_number, code_to, confirm, given_number, type_code
from tests.stories.recovering import issued, sheet_of, type_passcode, type_recovery
from tests.stories.ways import activated, is_in, question_at, respond, sign_in
from twofactor.models import Phone, PortalKey

WIDE = {ord(sign): ord(sign) + 0xFEE0 for sign in map(chr, range(0x21, 0x7F))}


def wide(code: str) -> str:
    """In full width, in two halves with an ideographic blank and a full-width dash, and what came along unseen."""
    half = len(code) // 2
    return f"\ufeff\u3000{code[:half]}\u3000-{code[half:]}\u3000".translate(WIDE)


def test_a_telephone_number_and_what_confirms_it(handset, one_clock, mara, here):
    give_password(here, mara)
    ask_number(here, "（５１２３）　４５６７")
    assert confirm(here, wide(code_to(NUMBER))).status_code == 302
    assert Phone.objects.verified(mara).number == NUMBER


def test_an_international_number(handset, one_clock, mara, here):
    give_password(here, mara)
    ask_number(here, "＋８５２－５１２３　４５６７")
    confirm(here, code_to(NUMBER))
    assert Phone.objects.verified(mara).number == NUMBER


def test_a_security_code(handset, one_clock, mara, here):
    given_number(mara)
    give_password(here, mara)
    type_code(here, wide(code_to()))
    assert is_in(here)


def test_a_response(mara, pocket, here):
    give_password(here, mara)
    respond(here, wide(pocket.respond(question_at(here), PIN)))
    assert is_in(here)


def test_a_code_of_an_app(app, mara, here):
    give_password(here, mara)
    type_app(here, wide(shown(app)))
    assert is_in(here)


def test_a_recovery_code(mara, pocket, known, here):
    sign_in(known, mara, pocket)
    codes = sheet_of(known)
    give_password(here, mara)
    type_recovery(here, wide(codes[1].lower()))
    assert is_in(here)


def test_a_passcode(mara, pocket, here):
    code = issued(here, mara, person("sol", is_staff=True))
    browser = desk()
    give_password(browser, mara)
    type_passcode(browser, wide(code))
    assert is_in(browser)


@pytest.fixture
def confirming(settings):
    settings.PORTAL_ACTIVATION_CONFIRM = True


def test_the_number_that_a_new_phone_shows(confirming, mara, here):
    (key,) = activated(here, mara).keys.values()
    here.post("/security/key/confirm/", {"code": wide(key.confirm_code)})
    assert PortalKey.objects.get().state == "active"
