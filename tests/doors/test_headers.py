"""AT-074, AT-072, R-71: what every answer says: pages, redirects, refusals, breakdowns, static files, the API."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.hashing import HashersBusy
from accounts.limits import RateLimited
from tests.factories import desk, give_password, host
from tests.stories.ways import is_in, sign_in, sign_out

POLICY = {
    "default-src": {"'self'"},
    "script-src": {"'self'"},
    "style-src": {"'self'"},
    "connect-src": {"'self'"},
    "img-src": {"'self'", "data:"},
    "object-src": {"'none'"},
    "base-uri": {"'none'"},
    "frame-ancestors": {"'none'"},
    "form-action": {"'self'"},
}


# The pages that hold keys: nothing is loaded but what they need, and nothing is sent by a form.
KEYS = POLICY | {
    "default-src": {"'none'"},
    "manifest-src": {"'self'"},
    "worker-src": {"'self'"},
    "frame-src": {"'none'"},
    "form-action": {"'none'"},
}


def read(policy):
    directives = (part.split() for part in policy.split(";") if part.split())
    return {name: set(values) for name, *values in directives}


def assert_guarded(response, *, page=True, policy=POLICY):
    headers = response.headers
    found = read(headers["Content-Security-Policy"])
    for name, allowed in policy.items():
        # What is not named falls back to default-src; the three last ones do not.
        assert found.get(name, found["default-src"] if name.endswith("-src") else None) == allowed, name
    assert not any("unsafe" in value for values in found.values() for value in values)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] in ("same-origin", "no-referrer")
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=(self)" in headers["Permissions-Policy"]
    if page:
        assert "no-store" in headers["Cache-Control"]
    for name in ("Server", "X-Powered-By"):
        assert name not in headers


def kind(status, response, *, page=True, policy=POLICY):
    assert response.status_code == status
    assert_guarded(response, page=page, policy=policy)


def test_a_page(mara, pocket, here):
    kind(200, here.get("/sign-in/"))
    kind(200, here.get("/a"), policy=KEYS)
    kind(200, here.get("/authenticator/"), policy=KEYS)
    kind(200, here.get("/authenticator/screens/"), policy=KEYS)
    give_password(here, mara)
    kind(200, here.get("/sign-in/verify/"))
    kind(200, here.get("/sign-in/verify/manual/"))
    kind(200, here.get("/sign-in/status/"))
    sign_in(here, mara, pocket)
    for path in ("/", "/security/", "/security/key/", "/security/password/", "/help/", "/help/pin/"):
        kind(200, here.get(path))


def test_a_redirect(db, here):
    for path in ("/", "/admin/", "/sign-in/verify/"):
        kind(302, here.get(path))
    kind(301, here.get("/sign-in"))


def test_a_bad_message(db, here):
    kind(400, here.get("/", headers={"host": "evil.example"}))
    kind(400, here.post("/authenticator/api/activations", "{", content_type="application/json"), policy=KEYS)
    here.raise_request_exception = False
    kind(400, here.post("/sign-in/", {f"field{number}": "" for number in range(101)}))
    kind(400, here.post("/sign-in/", {"username": "x" * 70_000}))


def test_a_forbidden_one(db):
    strict = Client(enforce_csrf_checks=True, headers={"host": host()})
    kind(403, strict.post("/sign-in/"))


def test_a_missing_one(db, here):
    kind(404, here.get("/no/such/page"))
    kind(404, here.get("/help/no-such-article/"))
    kind(404, here.get("/static/no-such-file.css"), page=False)
    kind(404, here.get("/authenticator/api/no/such/door"), policy=KEYS)


def test_a_wrong_method(db, here):
    kind(405, here.get("/sign-in/finish/"))
    kind(405, here.post("/sign-in/verify/"))


def test_too_many(clock, mara, here):
    for _ in range(6):
        response = give_password(here, mara, "wrong")
    kind(429, response)
    assert int(response["Retry-After"]) >= 1


def test_too_many_anywhere_else(mara, here, monkeypatch):
    """The page for limits that a view does not explain itself."""

    def limited(*args, **kwargs):
        raise RateLimited(timezone.now() + timedelta(seconds=30), "test")

    give_password(here, mara)
    monkeypatch.setattr("twofactor.enrolment.invite", limited)
    response = here.post("/security/key/new-code/")
    kind(429, response)
    assert 28 <= int(response["Retry-After"]) <= 30


@pytest.fixture
def broken(mara, here, monkeypatch):
    """Somebody signed in, at a portal whose first page breaks down with a secret in hand."""

    def breaks(*args):
        raise RuntimeError("secret-in-the-message")

    give_password(here, mara)
    monkeypatch.setattr("portal.views.activity.sign_ins", breaks)
    here.raise_request_exception = False
    return here


def test_a_breakdown(broken):
    response = broken.get("/")
    kind(500, response)
    assert "secret-in-the-message" not in response.content.decode()
    assert "RuntimeError" not in response.content.decode()
    assert "Traceback" not in response.content.decode()


def test_a_breakdown_anywhere_in_a_sign_in_signs_nobody_in(mara, pocket, monkeypatch):
    """AT-125."""
    for place in (
        "accounts.pending.begin",
        "twofactor.signin.ask",
        "twofactor.models.Challenge.fresh",
        "accounts.audit.record",
        "accounts.pending.open_session",
        "django_otp.login",
        "accounts.limits.clear",
    ):
        browser = desk()
        browser.raise_request_exception = False
        with monkeypatch.context() as patched:

            def breaks(*args, **kwargs):
                raise RuntimeError("broken")

            patched.setattr(place, breaks)
            statuses = [give_password(browser, mara).status_code, browser.post("/sign-in/finish/").status_code]
            assert statuses[0] in (302, 500), place
        browser.post("/sign-in/finish/")
        assert not is_in(browser), place


def test_a_busy_one(mara, here, monkeypatch):
    def busy(*args):
        raise HashersBusy

    monkeypatch.setattr("accounts.hashing.BoundedArgon2.verify", busy)
    response = give_password(here, mara)
    kind(503, response)
    assert response["Retry-After"] == "2"


@pytest.mark.parametrize("path", ["/sign-in/", "/security/key/new-code/"])
def test_a_portal_without_its_database(mara, here, path):
    give_password(here, mara)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_tally RENAME TO out_of_reach")
        cursor.execute("ALTER TABLE twofactor_activation RENAME TO out_of_reach_too")
    response = here.post(path, {"username": "mara", "password": "x"})
    kind(503, response)
    assert response["Retry-After"] == "5"


def test_a_static_file(db, settings):
    """Files are kept by the browser, and guarded like everything else."""
    name = Path(settings.STATIC_ROOT) / "probe.css"
    name.write_text("body {}")
    try:
        response = desk().get("/static/probe.css")
        kind(200, response, page=False)
        assert "max-age" in response["Cache-Control"]
        assert "no-store" not in response["Cache-Control"]
        response.close()
    finally:
        name.unlink()


def test_signing_out_clears_what_the_browser_kept(mara, here):
    give_password(here, mara)
    assert '"cache"' in sign_out(here)["Clear-Site-Data"]


def test_no_page_has_anything_inline(mara, pocket, here):
    """What the policy forbids stands on no page (AT-076)."""
    strange = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)
    give_password(here, mara)
    pages = ["/sign-in/verify/", "/sign-in/verify/manual/"]
    shown = [here.get(page).content.decode() for page in pages]
    sign_in(here, mara, pocket)
    pages += ["/", "/security/", "/security/key/", "/security/password/", "/help/", "/help/pin/", "/authenticator/"]
    shown += [here.get(page).content.decode() for page in pages[2:]]
    for page, content in zip(pages, shown, strict=True):
        assert not strange.search(content), (page, strange.search(content))
