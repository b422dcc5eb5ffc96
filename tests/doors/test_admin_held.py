"""AT-100, AT-106: what is weaker than an active key leads to no administration, not even by way of a new phone."""

import pytest

from accounts.models import User
from tests.factories import PIN, desk, give_password, person, phone
from tests.stories.carried import NUMBER, given_number, texts, type_code
from tests.stories.desks import DAY, did, officer, page, press
from tests.stories.recovering import sheet_of, type_recovery
from tests.stories.ways import code_at, is_in, sign_in, sign_out, text, type_console_code
from tests.stories.webauthn import add_passkey, by_passkey

MOVE = "/security/key/move/"
DOORS = ("/admin/", "/admin/accounts/user/", "/admin/twofactor/proposal/")


@pytest.fixture
def ida(handset, mara, pocket):
    """A security officer with recovery codes, and a number whose codes rest for her key; gives her codes."""
    browser = officer()
    user = User.objects.get(username="ida")
    given_number(user).touch(texts="rests")
    user.printed = sheet_of(browser)
    sign_out(browser)
    return user


def moved(user):
    """Come in with a recovery code, and activate another phone; gives that session and that phone."""
    browser = desk()
    give_password(browser, user)
    type_recovery(browser, user.printed[1])
    assert is_in(browser)
    browser.post(MOVE)
    another = phone()
    another.claim(code_at(browser))
    another.activate(PIN, label="Another", platform="android")
    return browser, another


def is_shut_out(browser, client):
    """No page of the administration opens, and nothing is done there."""
    opened = [path for path in (*DOORS, page(client)) if browser.get(path).status_code == 200]
    done = did(press(browser, client, "lock"), client)
    client.refresh_from_db()
    return not opened and not done and client.is_active


def test_texts_are_no_way_back_for_staff(ida, one_clock):
    """Whoever has an officer's password and reads their texts is offered no text, and gets none."""
    one_clock.shift(DAY)
    browser = desk()
    give_password(browser, ida)
    assert "67" not in text(browser.get("/sign-in/verify/lost/"))
    browser.post("/sign-in/verify/lost/text/")
    assert not [each for each in texts(NUMBER) if "security code" in each]
    type_code(browser, "000000")
    assert not is_in(browser)


def test_the_session_that_moved_the_key_without_the_old_phone_opens_no_administration(ida, mara, one_clock):
    """It was weaker before, and the new key verifies it now."""
    browser, _another = moved(ida)
    assert is_shut_out(browser, mara)
    one_clock.shift(600)
    assert is_shut_out(browser, mara)


def test_nor_does_the_new_phone_itself_within_the_hold(ida, mara, one_clock):
    _browser, another = moved(ida)
    later = desk()
    sign_in(later, ida, another)
    assert is_shut_out(later, mara)
    assert "without the one before it" in text(later.get("/admin/", follow=True))
    sign_out(later)
    one_clock.shift(DAY + 1)
    sign_in(later, ida, another)
    assert later.get(page(mara)).status_code == 200
    assert did(press(later, mara, "lock"), mara)


def test_a_session_by_a_recovery_code_is_led_to_a_sign_in_by_key(ida, mara):
    browser = desk()
    give_password(browser, ida)
    type_recovery(browser, ida.printed[1])
    assert is_shut_out(browser, mara)
    assert browser.get("/admin/", follow=True).redirect_chain[-1][0].startswith("/sign-in/?again=1")


def test_a_key_that_is_locked_verifies_no_administration(mara, pocket, db):
    browser = officer()
    User.objects.get(username="ida").portal_keys.get().move("lock")
    assert is_shut_out(browser, mara)


def test_clients_come_back_by_text_as_before(handset, mara, pocket, one_clock, here):
    given_number(mara).touch(texts="rests")
    one_clock.shift(DAY)
    assert not person("dee").is_staff
    give_password(here, mara)
    assert "67" in text(here.get("/sign-in/verify/lost/"))


def test_nor_does_a_passkey_of_today_beside_a_key(one_clock, handset, mara):
    """Whoever relays a sign-in of the staff adds one, and would come back with it."""
    browser = officer()
    user = User.objects.get(username="ida")
    laptop = add_passkey(browser)
    thief = desk()
    by_passkey(thief, user, laptop)
    assert is_shut_out(thief, mara)
    assert "opens the administration after a day" in text(thief.get("/admin/login/", follow=True))
    one_clock.shift(DAY + 1)
    by_passkey(thief, user, laptop)
    assert thief.get("/admin/").status_code == 200


def test_the_first_passkey_of_staff_does(db):
    browser, user = desk(), person("ben", is_staff=True, is_superuser=True)
    give_password(browser, user)
    type_console_code(browser, user)
    laptop = add_passkey(browser)
    by_passkey(browser, user, laptop)
    assert browser.get("/admin/").status_code == 200
