"""What the waiting pages read: one word, a version that moves with every change; and that reading changes nothing."""

from datetime import timedelta

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from accounts.models import Login
from tests.factories import PIN, desk, finish, give_password, person
from tests.given import LONG
from tests.stories.ways import (
    activated,
    approve,
    code_state,
    dump,
    is_in,
    new_code,
    send_again,
    sign_in,
    sign_out,
    state,
)
from twofactor.models import Activation, Challenge, PortalKey


def told(browser):
    return browser.get("/sign-in/status/").json()


# --- The word ---


def test_it_says_three_things_and_no_more(mara, pocket, here):
    give_password(here, mara)
    answer = here.get("/sign-in/status/")
    assert set(answer.json()) == {"state", "version", "ticket"}
    assert answer["Content-Type"] == "application/json"
    assert "no-store" in answer["Cache-Control"]


def test_it_goes_through_the_words_of_the_contract(mara, pocket, here):
    words = [state(here)]
    give_password(here, mara)
    words.append(state(here))
    pocket.cancel(pocket.challenge())
    words.append(state(here))
    give_password(here, mara)
    here.post("/sign-in/cancel/")
    words.append(state(here))
    give_password(here, mara)
    approve(here, pocket)
    words.append(state(here))
    finish(here)
    words.append(state(here))
    sign_out(here)
    words.append(state(here))
    assert words == ["expired", "waiting", "denied", "cancelled", "approved", "approved", "expired"]


@pytest.mark.parametrize("model", [Challenge, Login])
def test_time_running_out_is_an_end(mara, pocket, here, model):
    give_password(here, mara)
    before = told(here)
    model.objects.filter(state="pending").update(expires=timezone.now() - timedelta(seconds=1))
    after = told(here)
    assert after["state"] == "expired"
    assert after["version"] != before["version"]


def test_a_revoked_key_ends_it(mara, pocket, here):
    give_password(here, mara)
    pocket.revoke()
    assert state(here) == "failed"


def test_the_version_moves_with_every_change_and_with_nothing_else(clock, mara, pocket, here):
    give_password(here, mara)
    versions = [told(here)["version"]]

    def moved():
        here.get("/sign-in/verify/")
        versions.append(told(here)["version"])
        assert told(here)["version"] == versions[-1]
        return len(set(versions)) == len(versions)

    for hop in ("received", "shown", "opened"):
        pocket.seen(pocket.challenge(), hop)
        assert moved()
    clock.shift(31)
    send_again(here)
    assert moved()
    here.post("/sign-in/verify/manual/", {"response": "0000 0000"})
    assert moved()
    approve(here, pocket)
    assert moved()
    assert sorted(versions) == versions


def test_the_page_and_the_status_say_the_same(mara, pocket, here):
    give_password(here, mara)
    version = told(here)["version"]
    assert f'data-version="{version}"' in here.get("/sign-in/verify/").content.decode()
    assert f'data-version="{version}"' in here.get("/sign-in/verify/manual/").content.decode()


def test_the_version_of_the_key_pages_moves_with_every_change(mara, here):
    give_password(here, mara)
    seen = []

    def now():
        answer = here.get("/security/key/status/").json()
        assert set(answer) == {"state", "version", "ticket"}
        return answer["state"], answer["version"]

    seen.append(now())
    new_code(here)
    seen.append(now())
    new_code(here)
    seen.append(now())
    pocket = activated(here, mara)
    seen.append(now())
    here.post("/security/key/test/")
    seen.append(now())
    pocket.approve(pocket.challenge(), PIN)
    seen.append(now())
    pocket.rename("Another name")
    assert now()
    assert len(set(seen)) == len(seen), seen


def test_every_end_shows_the_way_forward(mara, pocket, here):
    give_password(here, mara)
    pocket.cancel(pocket.challenge())
    assert 'href="/sign-in/"' in here.get("/sign-in/verify/").content.decode()
    give_password(here, mara)
    Challenge.objects.filter(state="pending").update(expires=timezone.now() - timedelta(seconds=1))
    page = here.get("/sign-in/verify/").content.decode()
    assert 'action="/sign-in/verify/again/"' in page
    send_again(here)
    assert state(here) == "waiting"


# --- Reading changes nothing ---


def addresses(patterns=None, prefix=""):
    """Every address of the portal that takes no argument."""
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern) and "<" not in route and "(" not in route:
            yield "/" + route.replace("^", "").replace("$", "")


def read(browsers, paths):
    """Each reads every address; of the heads alone each asks for a share, or for all with PORTAL_LONG=1."""
    for turn, path in enumerate(paths):
        for number, browser in enumerate(browsers):
            head_too = LONG or turn % len(browsers) == number
            for method in ("get", "head") if head_too else ("get",):
                assert getattr(browser, method)(path, headers={"purpose": "prefetch"}).status_code < 500, path


def test_no_address_changes_anything_by_being_read(mara, pocket, known, here):
    """R-72, AT-071: link previews, prefetching and curious people included."""
    sol = person("sol", is_staff=True, is_superuser=True)
    staff = desk()
    activated(staff, sol)
    other = person("eli")
    shown, nobody = desk(), desk()
    give_password(shown, other)
    sign_in(known, mara, pocket)
    give_password(here, mara)
    approved = desk()
    give_password(approved, mara)
    approve(approved, pocket)
    paths = sorted(set(addresses()) | {"/help/pin/", "/admin/accounts/user/1/change/"})
    assert len(paths) > 40
    before = dump()
    read([nobody, shown, known, here, approved, staff], paths)
    assert dump() == before
    assert state(here) == "waiting"
    assert state(approved) == "approved"
    assert is_in(known)
    assert is_in(staff)
    assert code_state(shown) == "fresh"
    assert Activation.objects.filter(state="fresh").exists()
    assert PortalKey.objects.filter(state="active").count() == 2


WRITES = [
    "/sign-out/",
    "/language/",
    "/security/sessions/end/",
    "/sign-in/verify/again/",
    "/sign-in/cancel/",
    "/sign-in/finish/",
    "/security/key/new-code/",
    "/security/key/confirm/",
    "/security/key/not-me/",
    "/security/key/test/",
    "/security/key/rename/",
]


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete"])
def test_what_changes_something_is_only_posted(mara, here, method):
    activated(here, mara)
    for path in WRITES:
        assert getattr(here, method)(path).status_code == 405, path
