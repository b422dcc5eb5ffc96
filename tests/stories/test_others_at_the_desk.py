"""Passkeys and apps as staff meet them: their own, which open the administration or do not, and those of clients."""

import pytest

from tests.factories import desk, give_password, person
from tests.stories.carried import carry, mails
from tests.stories.desks import a_day_passes, did, officer, press, proposed, roles, seen, staff
from tests.stories.ways import is_in, sign_in, sign_out, type_console_code
from tests.stories.webauthn import PAGE, add_passkey, by_passkey
from twofactor.models import Passkey, Totp


@pytest.fixture
def root(db):
    roles()
    return person("root", is_staff=True, is_superuser=True)


def test_the_first_passkey_of_staff_takes_the_code_of_the_console(root, here):
    """AT-106: like a first key, for whatever way it would be set up."""
    give_password(here, root)
    for path in (PAGE, "/security/app/"):
        assert here.get(path)["Location"] == "/security/key/console/"
    type_console_code(here, root)
    laptop = add_passkey(here)
    sign_out(here)
    by_passkey(here, root, laptop)
    assert here.get("/admin/").status_code == 200


def test_who_sees_keys_sees_passkeys_and_apps_and_changes_none(db, here):
    """R-83."""
    give_password(here, person("mara"))
    add_passkey(here)
    sol = staff()
    page = f"/admin/twofactor/passkey/{Passkey.objects.get().pk}/"
    for path in ("/admin/twofactor/passkey/", "/admin/twofactor/totp/", f"{page}change/"):
        assert sol.get(path).status_code == 200
    assert Passkey.objects.get().public_key not in sol.get(f"{page}change/").content.decode()
    for path in ("/admin/twofactor/totp/add/", f"{page}delete/"):
        assert sol.get(path).status_code == 403


def test_an_app_beside_a_passkey_signs_nobody_of_the_staff_in(root, here):
    """R-82: its codes can be asked for by a look-alike, as texts can."""
    give_password(here, root)
    type_console_code(here, root)
    add_passkey(here)
    Totp.begin(root).move("prove")
    other = desk()
    assert give_password(other, root)["Location"] == "/sign-in/verify/passkey/"
    assert other.get("/sign-in/verify/app/")["Location"] == "/sign-in/verify/"


def test_staff_see_what_there_is_and_nothing_that_was_made_for_it(handset, laptop, mara):
    """R-83, AT-101."""
    sol = staff()
    assert "Laptop" in seen(sol, mara)
    row = Passkey.objects.get()
    for browser in (sol, officer()):
        page = browser.get(f"/admin/accounts/user/{mara.pk}/desk/").content.decode()
        assert row.credential_id not in page
        assert row.public_key not in page


def test_two_people_and_a_day_take_passkeys_and_app_away(handset, one_clock, laptop, here, mara):
    """R-84, AT-103: the client is told, and what was added since stays."""
    by_passkey(here, mara, laptop)
    sol, ida = staff(), officer()
    assert did(press(sol, mara, "propose-others"), mara)
    assert did(press(ida, mara, "approve", proposed(mara).pk), mara)
    carry()
    one_clock.shift(60)
    add_passkey(here, label="Newer")
    a_day_passes(one_clock)
    assert [each.state for each in Passkey.objects.order_by("pk")] == ["ended", "active"]
    assert proposed(mara).state == "done"
    assert not is_in(here)
    carry()
    assert any("take passkeys and app away" in each for each in mails())
    assert any("our staff took passkeys and app away" in each for each in mails())


def test_what_its_owner_has_ended_meanwhile_is_not_done(handset, one_clock, laptop, here, mara):
    sol, ida = staff(), officer()
    assert did(press(sol, mara, "propose-others"), mara)
    assert did(press(ida, mara, "approve", proposed(mara).pk), mara)
    by_passkey(here, mara, laptop)
    here.post(f"{PAGE}{Passkey.objects.get().pk}/remove/")
    a_day_passes(one_clock)
    assert proposed(mara).state == "lapsed"
    assert not did(press(sol, mara, "propose-others"), mara)


def test_a_key_goes_at_once_where_a_passkey_is_left(handset, mara, pocket, here):
    """What is left is no less than what goes, so it needs no second person."""
    sign_in(here, mara, pocket)
    add_passkey(here)
    ida = officer()
    assert did(press(ida, mara, "revoke"), mara)
    assert give_password(desk(), mara)["Location"] == "/sign-in/verify/passkey/"
