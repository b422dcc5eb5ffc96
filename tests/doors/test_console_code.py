"""AT-106: whoever is made staff by a command reaches nothing but the enrolment, and that with a code of the console."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from tests.doors.addresses import CLOSED
from tests.factories import PASSWORD, desk, give_password, person, phone
from tests.stories.carried import given_number, text_in
from tests.stories.ways import code_at, dump, events, type_console_code
from twofactor import policy
from twofactor.models import Permit, PortalKey

CONSOLE = "/security/key/console/"


@pytest.fixture
def rex(db):
    """Made like `manage.py createsuperuser` makes one."""
    return User.objects.create_superuser("rex", PASSWORD, email="rex@client.example")


def printed(username="rex"):
    said = StringIO()
    call_command("enrolment_code", username, stdout=said)
    return said.getvalue().split()[0]


def typed(browser, code):
    return browser.post(CONSOLE, {"code": code})


def activate(browser):
    pocket = phone()
    pocket.claim(code_at(browser))
    pocket.activate("24x7")


def test_with_a_password_alone_every_door_leads_to_the_field_for_the_code(rex, here):
    give_password(here, rex)
    before = dump()
    open_ones = ("sign-out", "password-change", "password-due", "enrolment-code")
    for name, path in CLOSED:
        if name in open_ones or path.startswith("/admin/"):
            continue
        for method in ("get", "post"):
            assert getattr(here, method)(path)["Location"] == CONSOLE, (method, path)
    assert dump() == before
    assert "enrolment_code rex" in here.get(CONSOLE).content.decode()


def test_the_code_of_the_console_opens_the_enrolment_and_the_key_the_administration(rex, here):
    give_password(here, rex)
    assert typed(here, printed().lower().replace("-", " "))["Location"] == "/security/key/"
    assert here.get("/")["Location"] == "/security/key/"
    assert here.get("/security/")["Location"] == "/security/key/"
    activate(here)
    assert here.get("/admin/").status_code == 200


def test_nobody_activates_a_key_without_it(rex, here):
    give_password(here, rex)
    assert code_at(here) == ""
    here.post("/security/key/new-code/")
    here.post("/security/phone/", {"country": "HK", "number": "+85251234567"})
    assert "Activation code" not in here.get("/", follow=True).content.decode()
    assert not rex.phones.exists()


def test_the_code_is_used_once(rex, here):
    code, other = printed(), desk()
    give_password(here, rex)
    give_password(other, rex)
    assert typed(here, code).status_code == 302
    assert typed(other, code).status_code == 422
    assert other.get("/security/key/")["Location"] == CONSOLE


def test_the_code_serves_half_an_hour(rex, one_clock, here):
    code = printed()
    one_clock.shift(policy.PERMIT_LIFE.total_seconds() + 1)
    give_password(here, rex)
    assert typed(here, code).status_code == 422


def test_a_newer_code_takes_the_place_of_the_one_before(rex, here):
    first, second = printed(), printed()
    give_password(here, rex)
    assert typed(here, first).status_code == 422
    assert typed(here, second).status_code == 302


def test_a_code_is_for_one_person(rex, here):
    sol = person("sol", is_staff=True)
    code = printed("sol")
    give_password(here, rex)
    assert typed(here, code).status_code == 422
    assert Permit.objects.get(user=sol).state == "fresh"


def test_guesses_are_counted_and_run_out(rex, here):
    """R-51. A right one comes too late after them."""
    code = printed()
    give_password(here, rex)
    statuses = [typed(here, "0000-0000-0000").status_code for _each in range(6)]
    assert statuses == [422] * 5 + [429]
    assert typed(here, code).status_code == 429
    assert events("permit.use") == [("refused", "wrong")] * 5


def test_the_code_stands_in_no_row(rex):
    code = printed()
    for shape in (code, code.replace("-", "")):
        assert not [rows for rows in dump(without=set()).values() if shape in repr(rows)]


@pytest.mark.parametrize("username", ["mara", "nobody"])
def test_the_console_prints_none_for_others(db, username):
    person("mara")
    with pytest.raises(CommandError):
        printed(username)


def test_who_has_a_factor_needs_no_code(rex, here):
    give_password(here, rex)
    type_console_code(here, rex)
    activate(here)
    assert PortalKey.objects.filter(user=rex, state="active").exists()
    with pytest.raises(CommandError):
        printed()


def test_codes_by_text_do_not_take_its_place(rex, handset, here):
    """With a password and somebody's texts nobody makes themselves the key that opens the administration."""
    given_number(rex)
    text_in(here, rex)
    for path in ("/security/key/", "/security/key/move/"):
        assert here.get(path)["Location"] == CONSOLE, path
    for path in ("/security/key/new-code/", "/security/key/confirm/"):
        assert here.post(path)["Location"] == CONSOLE, path
    assert "Activation code" not in here.get("/").content.decode()
    assert not rex.activations.exists()
    assert typed(here, "0000-0000-0000").status_code == 422
    assert here.get("/security/key/")["Location"] == CONSOLE
    assert typed(here, printed())["Location"] == "/security/key/"
    activate(here)
    assert here.get("/admin/").status_code == 200


def test_the_demo_asks_for_none(rex, here, settings):
    """Its passwords stand on the screen anyway, and it serves nobody real."""
    settings.PORTAL_DEMO = True
    give_password(here, rex)
    assert here.get("/security/key/").status_code == 200
    assert here.get(CONSOLE)["Location"] == "/security/key/"


def test_clients_are_not_asked(mara, here):
    give_password(here, mara)
    assert here.get("/security/key/").status_code == 200
    assert here.get(CONSOLE)["Location"] == "/security/key/"


def test_the_session_that_typed_it_goes_on_under_another_name(rex, here):
    """R-55, P-41: what it may do has grown, and a copy of its cookie stays what it was."""
    give_password(here, rex)
    copy = desk()
    copy.cookies["session"] = here.cookies["session"].value
    typed(here, printed())
    assert here.cookies["session"].value != copy.cookies["session"].value
    assert here.get("/security/key/").status_code == 200
    assert copy.get("/security/key/").status_code == 302
