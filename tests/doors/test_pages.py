"""Which doors open to whom: the whole map of addresses, every method, for everybody who is not fully signed in (R-06)."""

import re

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import AuditEvent, User
from tests.factories import desk, finish, give_password, person
from tests.pocket import Problem
from tests.stories.ways import activated, approve, dump, sign_in

METHODS = ["get", "head", "post", "put", "patch", "delete", "options", "trace"]

# Open to everybody: the sign-in, help, probes, the authenticator. A new one belongs into this list, with a reason.
OPEN = {
    "sign-in",
    "verify",
    "verify-manual",
    "verify-again",
    "sign-in-cancel",
    "sign-in-status",
    "sign-in-finish",
    "set-language",
    "help",
    "help-article",
    "health-live",
    "health-ready",
    "activate-link",
    "authenticator",
    "login",  # of the admin: it only leads to ours
}
# For somebody signed in by password alone, without a key.
UNVERIFIED = {"home", "security", "key-status", "sessions-end"}
ENROLMENT = {"security-key", "key-invite", "key-confirm", "key-not-me"}
ALWAYS = {"sign-out"}
PASSWORD = {"password-change"}


def routes(patterns=None, prefix="", names=()):
    """Every route: its name, a concrete address for it, and whether it is the device's API."""
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route, (*names, pattern.app_name))
        elif isinstance(pattern, URLPattern):
            yield pattern.name or "", "/" + concrete(route), "authenticator-api" in route or "/api/" in route


ARGUMENTS = {
    "<slug:slug>": "pin",
    "<path:object_id>": "1",
    "<int:content_type_id>": "1",
    "<path:content_type_id>": "1",
    "<path:url>": "accounts/",
    "<slug:activation_id>": "A" * 22,
    "<slug:challenge_id>": "A" * 22,
    "<slug:kid>": "A" * 43,
    "<path:rest>": "anything/at/all",
    "(?P<app_label>auth|accounts|twofactor)": "accounts",
    "(?P<url>.*)": "no/such/page",
}


def concrete(route):
    for argument, value in ARGUMENTS.items():
        route = route.replace(argument, value)
    route = re.sub(r"\(\?P<app_label>[^)]*\)", "accounts", route)
    route = re.sub(r"<[^>]*>", "1", route)
    return route.replace("^", "").replace("$", "").replace("\\Z", "")


ROUTES = sorted(set(routes()))
CLOSED = [(name, path) for name, path, is_api in ROUTES if name not in OPEN and not is_api]


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


def passed(browser, path, method="get"):
    """Whether the door opened: the view itself answered, if only that this is not its method."""
    response = getattr(browser, method)(path)
    if response.status_code == 302:
        return not response["Location"].startswith(("/sign-in/", "/security/key/", "/admin/login/", "/security/password/"))
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


# --- The admin (R-82) ---


@pytest.fixture
def sol(db):
    return person("sol", is_staff=True, is_superuser=True)


def test_staff_without_a_key_do_not_pass_the_admins_door(sol, here):
    """AT-106."""
    give_password(here, sol)
    for _name, path in CLOSED:
        if path.startswith("/admin/"):
            assert here.get(path)["Location"] in ("/security/key/", "/sign-in/") or "login" in here.get(path)["Location"]
            assert here.post(path).status_code == 302


def test_clients_do_not_pass_the_admins_door(mara, pocket, here):
    sign_in(here, mara, pocket)
    for _name, path in CLOSED:
        if path.startswith("/admin/") and "logout" not in path and "password_change" not in path:
            response = here.get(path, follow=True)
            assert response.status_code in (403, 404), path


def test_staff_come_to_the_admin_by_our_own_sign_in(sol, here):
    pocket = activated(desk(), sol)
    chain = here.get("/admin/", follow=True).redirect_chain
    assert chain[-1][0] == "/sign-in/?next=/admin/"
    here.post("/sign-in/", {"username": "sol", "password": "correct horse battery staple", "next": "/admin/"})
    approve(here, pocket)
    assert here.get(finish(here)["Location"]).status_code == 200


def test_the_stock_password_pages_do_not_exist(sol, mara, here):
    """AT-100: nothing at the admin takes a password."""
    before = dump()
    sent = {"username": "sol", "password": "correct horse battery staple", "next": "/admin/"}
    for path in ("/admin/login/", "/admin/login/?next=//evil.example"):
        response = here.post(path, sent)
        assert response["Location"] == "/sign-in/?next=/admin/"
    assert dump() == before
    pocket = activated(here, sol)
    assert pocket
    new = "four entirely different words"
    here.post("/admin/password_change/", {"old_password": sent["password"], "new_password1": new, "new_password2": new})
    assert here.get("/admin/password_change/")["Location"] == "/security/password/"
    assert User.objects.get(pk=sol.pk).check_password(sent["password"])


def test_the_admin_shows_no_secret_and_takes_none(sol, mara, pocket, here):
    """AT-101, AT-102."""
    activated(here, sol)
    key = mara.portal_keys.get()
    pages = [f"/admin/twofactor/portalkey/{key.pk}/change/", f"/admin/accounts/user/{mara.pk}/change/"]
    for page in pages:
        shown = here.get(page)
        assert shown.status_code == 200
        for secret in (key.sealed_response_key, mara.password, key.install, key.kid):
            assert secret not in shown.content.decode()
    forged = {"user": sol.pk, "state": "revoked", "public_jwk": "{}", "confirmed": "on", "sealed_response_key": "x"}
    assert here.post(pages[0], forged).status_code == 403
    here.post(pages[1], {"username": "mara", "language": "en", "is_active": "on", "auth_epoch": 99, "password": "x"})
    key.refresh_from_db()
    mara.refresh_from_db()
    assert (key.state, key.user_id) == ("active", mara.pk)
    assert mara.check_password("correct horse battery staple")
    assert mara.auth_epoch < 99


SECRETS = [
    "accounts/user/?password__startswith=a",
    "accounts/user/?password=a",
    "accounts/auditevent/?user__password__startswith=a",
    "twofactor/portalkey/?sealed_response_key__startswith=v",
    "twofactor/portalkey/?install__startswith=a",
    "twofactor/portalkey/?user__password__startswith=a",
    "twofactor/portalkey/?activation__salt__startswith=a",
]


@pytest.mark.parametrize("query", SECRETS)
def test_nothing_in_the_admin_is_found_by_a_secret(sol, here, query):
    """A list that answers with or without a row tells a secret letter by letter."""
    activated(here, sol)
    response = here.get(f"/admin/{query}")
    assert response.status_code == 400 or "e=1" in response.get("Location", "")


def test_staff_revoke_at_once(sol, mara, pocket, known, here):
    """R-85, AT-105."""
    sign_in(known, mara, pocket)
    activated(here, sol)
    key = mara.portal_keys.get()
    here.post("/admin/twofactor/portalkey/", {"action": "revoke", "_selected_action": [key.pk]})
    key.refresh_from_db()
    assert key.state == "revoked"
    assert known.get("/").status_code == 302
    with pytest.raises(Problem) as refusal:
        pocket.inbox()
    assert refusal.value.code == "key-inactive"
    event = AuditEvent.objects.filter(kind="key.revoke").latest("id")
    assert (event.user, event.reason) == (mara, "staff")


def test_switching_somebody_off_ends_their_sessions(sol, mara, pocket, known, here):
    sign_in(known, mara, pocket)
    activated(here, sol)
    here.post(f"/admin/accounts/user/{mara.pk}/change/", {"username": "mara", "language": "en"})
    mara.refresh_from_db()
    assert not mara.is_active
    assert known.get("/").status_code == 302
    assert give_password(known, mara).status_code == 200
