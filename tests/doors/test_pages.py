"""Which doors open to whom: every address, every method, for everybody who is not fully signed in (R-06)."""

import pytest
from django.test import Client

from accounts.models import User
from tests.doors.addresses import ALWAYS, CLOSED, ENROLMENT, METHODS, OPEN, PASSWORD, ROUTES, UNVERIFIED
from tests.factories import desk, give_password, person
from tests.stories.ways import activated, sign_in


def test_the_map_is_the_whole_map():
    """What stands in the lists above exists, and the walk finds what everybody knows."""
    names = {name for name, _path, _api in ROUTES}
    assert names >= OPEN | UNVERIFIED | ENROLMENT | ALWAYS | PASSWORD
    assert {"key-test", "key-rename", "key-deactivate", "index"} <= {name for name, _path in CLOSED}
    assert len(CLOSED) > 25


@pytest.mark.parametrize("method", METHODS)
def test_nobody_passes_a_closed_door(db, method):
    for _name, path in CLOSED:
        response = getattr(Client(headers={"host": "localhost"}), method)(path)
        assert leads_to_the_sign_in(response), (method, path, response.status_code)


def leads_to_the_sign_in(response):
    return response.status_code == 302 and response["Location"].startswith(("/sign-in/", "/admin/login/"))


@pytest.mark.parametrize("method", METHODS)
def test_a_right_password_alone_passes_no_closed_door(mara, pocket, here, method):
    """AT-016: the cookie between the steps is worth nothing anywhere else."""
    give_password(here, mara)
    for _name, path in CLOSED:
        response = getattr(here, method)(path)
        assert leads_to_the_sign_in(response), (method, path, response.status_code)


@pytest.mark.parametrize("header", ["Bearer {}", "Basic {}", "Session {}", "Token {}"])
def test_the_cookies_value_is_worth_nothing_in_any_other_place(mara, pocket, known, header):
    sign_in(known, mara, pocket)
    key = known.cookies["session"].value
    for _name, path in CLOSED[:10]:
        stranger = Client(headers={"host": "localhost", "authorization": header.format(key)})
        assert leads_to_the_sign_in(stranger.get(path))
        assert leads_to_the_sign_in(stranger.get(path, {"session": key, "sessionid": key}))


@pytest.mark.parametrize("method", METHODS)
def test_a_session_of_an_older_epoch_passes_no_door(mara, pocket, known, method):
    sign_in(known, mara, pocket)
    User.objects.filter(pk=mara.pk).update(auth_epoch=mara.auth_epoch + 9)
    session = known.cookies["session"].value
    for _name, path in CLOSED:
        known.cookies["session"] = session
        response = getattr(known, method)(path)
        assert leads_to_the_sign_in(response), (method, path, response.status_code)


ELSEWHERE = ("/sign-in/", "/security/key/", "/admin/login/", "/security/password/")


def passed(browser, path, method="get"):
    """Whether the door opened: the view itself answered, if only that this is not its method."""
    response = getattr(browser, method)(path)
    if response.status_code == 302:
        return not response["Location"].startswith(ELSEWHERE)
    return response.status_code != 403


def test_without_a_key_only_the_marked_doors_open(mara, here):
    give_password(here, mara)
    opened = {name for name, path in CLOSED if passed(here, path, "put")}
    assert opened == UNVERIFIED | ENROLMENT | ALWAYS | PASSWORD


def test_without_a_key_after_the_grace_period_only_enrolment_is_left(mara, here, settings):
    """Decision 12."""
    give_password(here, mara)
    settings.PORTAL_REQUIRE_SECOND_FACTOR = 0
    opened = {name for name, path in CLOSED if passed(here, path, "put")}
    assert opened == ENROLMENT | ALWAYS | PASSWORD
    assert here.get("/")["Location"] == "/security/key/"


def test_within_the_grace_period_nothing_changes(clock, mara, here, settings):
    settings.PORTAL_REQUIRE_SECOND_FACTOR = 7
    clock.shift(6 * 86_400)
    give_password(here, mara)
    assert here.get("/").status_code == 200
    clock.shift(86_400 + 60)
    give_password(here, mara)
    assert here.get("/")["Location"] == "/security/key/"


def test_with_a_key_every_door_of_a_client_opens(mara, pocket, here):
    sign_in(here, mara, pocket)
    closed = {name for name, path in CLOSED if not passed(here, path, "put") and not path.startswith("/admin/")}
    assert closed == set()


def test_an_unverified_session_of_somebody_with_a_key_is_ended(mara, pocket, here):
    sign_in(here, mara, pocket)
    session = here.session
    del session["otp_device_id"]
    session.save()
    assert here.get("/security/key/")["Location"] == "/sign-in/"
    assert here.get("/")["Location"] == "/sign-in/?next=/"


def test_a_session_verified_by_somebody_elses_key_is_not(mara, pocket, here):
    """The device id in a session must be the person's own."""
    eli = person("eli")
    activated(desk(), eli)
    sign_in(here, mara, pocket)
    session = here.session
    session["otp_device_id"] = eli.portal_keys.get().persistent_id
    session.save()
    assert here.get("/")["Location"] == "/sign-in/"
