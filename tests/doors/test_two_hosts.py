"""The authenticator on a host of its own: each host answers its own addresses, and nothing of the other's (R-75)."""

import json
from http.cookies import SimpleCookie

import pytest
from django.test import Client

from tests.doors.addresses import METHODS, ROUTES
from tests.doors.sockets import Device, key_ticket, meanwhile, story, watch
from tests.doors.test_headers import KEYS, assert_guarded
from tests.factories import ANDROID, SALT, desk, finish, give_password, number, shown_code
from tests.pocket import Pocket, by_client
from tests.stories.ways import is_in

DESK, APART = "https://portal.example", "https://keys.portal.example"
OWN = {path for _name, path, is_api in ROUTES if path == "/a" or path.startswith("/authenticator/")}
DESKS = [path for _name, path, _is_api in ROUTES if path not in OWN]


@pytest.fixture(autouse=True)
def two(settings):
    settings.PORTAL_BASE_URL, settings.PORTAL_AUTHENTICATOR_URL = DESK, APART
    settings.ALLOWED_HOSTS = ["portal.example", "keys.portal.example"]
    settings.CSRF_TRUSTED_ORIGINS = [DESK]


def at(address, **more):
    return Client(headers={"host": address.partition("//")[2], "user-agent": ANDROID, **more})


def test_the_desks_host_has_nothing_of_the_authenticator(db):
    """Pages lead on, for people and their links; whatever else was meant for the other host is told so."""
    here = at(DESK)
    for path in sorted(OWN):
        for method in METHODS:
            answer = getattr(here, method)(path)
            if path in ("/a", "/authenticator/") and method in ("get", "head"):
                assert (answer.status_code, answer["Location"]) == (302, f"{APART}{path}")
                assert not answer.content
            else:
                assert answer.status_code == 421, (method, path)
                assert method == "head" or f'href="{APART}/authenticator/"' in answer.content.decode()
            assert not answer.cookies


@pytest.mark.parametrize("path", ["/authenticator/", "/authenticator/screens/", "/a"])
def test_the_authenticator_leads_over_to_help_at_the_desk(db, path):
    """At its own host there is none."""
    page = at(APART).get(path).content.decode()
    assert f'href="{DESK}/help/' in page
    assert 'href="/help/' not in page


def test_the_authenticators_host_has_nothing_of_the_desk(mara):
    """Every address of the portal, by every method, with the cookies of somebody who is signed in."""
    here = at(DESK)
    here.force_login(mara)
    there = at(APART)
    there.cookies.load({name: morsel.value for name, morsel in here.cookies.items()})
    for path in DESKS:
        for method in METHODS:
            answer = getattr(there, method)(path)
            if path == "/":
                assert (answer.status_code, answer["Location"]) == (302, "/authenticator/")
            else:
                assert answer.status_code == 404, (method, path, answer.status_code)
            assert not answer.cookies
            assert b"csrf" not in answer.content


def test_no_cookie_of_the_desk_is_read_or_set_there(mara, settings):
    """Not even where a browser sends one: a page of the desk may have set it for all hosts below its own."""
    here = at(DESK)
    here.force_login(mara)
    own = {"authenticator-language": "zh-hant", "authenticator-mark": "1"}
    there = at(APART)
    there.cookies = SimpleCookie({**{name: morsel.value for name, morsel in here.cookies.items()}, **own})
    there.cookies["language"] = "en"
    page = there.get("/authenticator/")
    assert '<html lang="zh-hant">' in page.content.decode()
    assert "data-marked" in page.content.decode()
    assert not page.wsgi_request.user.is_authenticated
    assert page.wsgi_request.session.is_empty()
    assert set(page.wsgi_request.COOKIES) == set(own)
    for path in OWN:
        assert not there.get(path).cookies


@pytest.mark.parametrize(
    "path", ["/", "/no/such/page", "/sign-in/", "/authenticator/", "/a", "/authenticator/api/inbox"]
)
def test_every_answer_there_has_the_authenticators_policy(db, path):
    """R-71 with a policy of its own: nothing is loaded but what the page needs, and nothing is sent by a form."""
    assert_guarded(at(APART).get(path), policy=KEYS)
    assert_guarded(at(APART).post(path), policy=KEYS)


def test_a_page_that_is_not_there_leads_to_the_one_that_is(db):
    answer = at(APART).get("/security/key/", headers={"accept-language": "zh-hant"})
    page = answer.content.decode()
    assert '<html lang="zh-hant">' in page
    assert 'href="/authenticator/"' in page
    assert "/sign-in/" not in page
    refused = at(APART).post("/authenticator/")
    assert (refused.status_code, refused["Allow"]) == (405, "GET, HEAD")


def test_what_cannot_be_read_there_is_refused_by_a_page_of_its_own(db, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    answer = at(APART).post("/authenticator/mark/", '{"keys": true}', content_type="application/json")
    assert answer.status_code == 400
    assert 'href="/authenticator/"' in answer.content.decode()
    assert "/sign-in/" not in answer.content.decode()


def test_the_page_names_the_desk_as_whom_it_signs_for(db):
    """Protocol, section 2: the audience stays the base URL, wherever the page lies."""
    page = at(APART).get("/authenticator/").content.decode()
    assert f'data-origin="{DESK}"' in page
    assert 'data-api="/authenticator/api/"' in page


def test_one_road_through_both(mara, settings):
    """Activation, sign-in, answer: the desk at one host, the phone at the other, and never the other way round."""
    here, phone_browser = at(DESK), at(APART)
    give_password(here, mara)
    pocket = Pocket(DESK, by_client(phone_browser), salt=SALT)
    assert here.get("/a")["Location"] == f"{APART}/a"
    pocket.claim(shown_code(here))
    pocket.activate("24x7", label="Pixel", platform="android")
    browser = at(DESK)
    give_password(browser, mara)
    page = browser.get("/sign-in/verify/").content.decode()
    assert f"{APART}/authenticator/#" in page
    pocket.approve(pocket.challenge(), "24x7", number=number(browser))
    finish(browser)
    assert is_in(browser)
    assert not phone_browser.cookies


def test_no_host_header_moves_a_link(mara):
    """AT-054, R-35: absolute addresses come from the settings alone."""
    here = at(DESK)
    give_password(here, mara)
    for name in ("x-forwarded-host", "x-host", "forwarded", "x-original-host", "x-forwarded-server"):
        page = here.get("/security/key/", headers={name: "evil.example"})
        assert page.status_code == 200
        assert "evil" not in page.content.decode()
    for host in ("evil.example", "portal.example.evil", "portal.example:@evil.example", "portal.example\t", ""):
        assert here.get("/security/key/", headers={"host": host}).status_code == 400, host
    # The port of a host is its proxy's matter; links keep ours.
    assert ":4711" not in here.get("/security/key/", headers={"host": "portal.example:4711"}).content.decode()


FOREIGN = [
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"origin": DESK},
    {"origin": "null"},
    {"origin": "https://evil.example"},
    {"origin": f"{APART}:8443"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=lambda headers: "-".join(headers.values()))
def test_a_page_of_another_origin_says_nothing_to_a_key(db, headers):
    """R-72, AT-070: the desk is another origin, too."""
    there = at(APART)
    for path in ("/authenticator/api/activations", "/authenticator/api/inbox", "/authenticator/mark/"):
        answer = there.post(path, "{}", content_type="application/json", headers=headers)
        assert answer.status_code == 403, path
        assert not answer.cookies
    ours = {"sec-fetch-site": "same-origin", "origin": APART}
    answer = there.post("/authenticator/mark/", '{"keys":true}', content_type="application/json", headers=ours)
    assert answer.status_code == 204


def test_cookies_over_https_are_bound_to_their_host(db, settings):
    """R-53, ASVS 3.3.1: by name."""
    settings.SESSION_COOKIE_SECURE = True
    ours = {"origin": APART}
    answer = at(APART).post("/authenticator/mark/", '{"keys":true}', content_type="application/json", headers=ours)
    (cookie,) = answer.cookies.values()
    assert cookie.key == "__Secure-authenticator-mark"
    assert (cookie["secure"], cookie["httponly"], cookie["domain"]) == (True, True, "")
    assert 'data-language-cookie="__Host-authenticator-language"' in at(APART).get("/authenticator/").content.decode()


# --- Sockets: each at its own host, from its own pages ---


@pytest.mark.django_db(transaction=True)
@story
async def test_the_desks_sockets_are_the_desks(mara):
    """R-64: neither from the authenticator's pages nor at its host."""
    browser = at(DESK)
    await meanwhile(give_password)(browser, mara)
    good = await meanwhile(key_ticket)(browser)
    assert await watch(good, "/ws/security/", origin=APART, host="portal.example").refused() == 4403
    assert await watch(good, "/ws/security/", origin=DESK, host="keys.portal.example").refused() == 4403
    assert await watch(good, "/ws/security/", origin=DESK, host="portal.example").refused() is None


@pytest.mark.django_db(transaction=True)
@story
async def test_a_phones_channel_is_the_authenticators():
    pocket = Pocket(DESK, None, salt=SALT)
    assert await Device(pocket, origin=DESK, host="keys.portal.example").refused() == 4403
    assert await Device(pocket, origin=APART, host="portal.example").refused() == 4403
    assert await Device(pocket, host="portal.example").refused() == 4403
    assert await Device(pocket, origin=APART, host="keys.portal.example").refused() is None
    assert await Device(pocket, host="keys.portal.example").refused() is None


def test_one_host_is_as_ever(db, settings):
    settings.PORTAL_AUTHENTICATOR_URL = DESK
    here = at(DESK)
    assert (
        here.get("/authenticator/").status_code
        == here.get("/a").status_code
        == here.get("/sign-in/").status_code
        == 200
    )
    answer = here.post("/authenticator/api/inbox", "{}", content_type="application/json")
    assert json.loads(answer.content)["code"] == "malformed"
    assert desk(host="keys.portal.example").get("/sign-in/").status_code == 200
