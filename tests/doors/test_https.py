"""A portal on https, asked over plain http: pages lead on, and everything else is refused (AT-130, ASVS 5.0 4.1.2)."""

import pytest
from django.test import Client

from tests.doors.addresses import METHODS, ROUTES
from tests.doors.test_headers import KEYS, POLICY, assert_guarded
from tests.factories import PASSWORD, host
from tests.stories.ways import dump


@pytest.fixture(autouse=True)
def https(settings):
    settings.SECURE_SSL_REDIRECT = settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.LANGUAGE_COOKIE_SECURE = True
    settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = 31_536_000, True


@pytest.fixture
def plain(db):
    return Client(headers={"host": host()})


def test_a_page_leads_on_and_nothing_else_does(plain):
    """A form or a machine that was led on would have sent its secrets in clear already."""
    for _name, path, is_api in ROUTES:
        if path.startswith("/health/"):
            continue
        for method in METHODS:
            answer = getattr(plain, method)(path)
            machine = is_api or path.startswith(("/authenticator/api/", "/carriers/"))
            if method in ("get", "head") and not machine:
                assert (answer.status_code, answer["Location"]) == (301, f"https://{host()}{path}"), (method, path)
            else:
                assert answer.status_code == 403, (method, path)
            assert not answer.cookies


def test_nothing_that_was_sent_in_clear_has_an_effect(plain, mara):
    before = dump()
    assert plain.post("/sign-in/", {"username": "mara", "password": PASSWORD}).status_code == 403
    assert plain.post("/authenticator/api/activations", {"code": "x"}, "application/json").status_code == 403
    assert dump() == before


def test_what_leads_on_is_guarded_too(plain):
    """AT-074: before any other middleware has seen it."""
    assert_guarded(plain.get("/sign-in/"), policy=POLICY)
    assert_guarded(plain.get("/authenticator/"), policy=KEYS)
    assert_guarded(plain.get("/sign-in/", headers={"host": "evil.example"}), policy=POLICY)
    refused = plain.post("/sign-in/")
    assert refused["X-Content-Type-Options"] == "nosniff"
    assert refused["Cache-Control"] == "no-store"
    assert "default-src" in refused["Content-Security-Policy"]


def test_it_leads_nowhere_else(plain):
    """AT-054: a foreign name in the header is refused, and not led on to."""
    assert plain.get("/sign-in/", headers={"host": "evil.example"}).status_code == 400
    assert "evil" not in plain.get("/sign-in/", headers={"x-forwarded-host": "evil.example"})["Location"]


@pytest.mark.parametrize("scheme", ["https", "https, http", "HTTPS"])
def test_nobody_says_by_a_header_that_it_is_https(plain, scheme):
    """R-52: only a proxy that the operator has counted is believed."""
    assert plain.get("/sign-in/", headers={"x-forwarded-proto": scheme}).status_code == 301
    assert plain.get("/sign-in/", headers={"forwarded": f"proto={scheme}"}).status_code == 301


def test_every_answer_over_https_keeps_the_browser_there(db):
    """P-50: a year, with all hosts below."""
    secure = Client(headers={"host": host()})
    for path in ("/sign-in/", "/authenticator/", "/no/such/page", "/static/no-such.css"):
        answer = secure.get(path, secure=True)
        assert answer["Strict-Transport-Security"].startswith("max-age=31536000; includeSubDomains"), path


def test_every_cookie_is_sent_over_https_alone(mara):
    """R-53."""
    secure = Client(headers={"host": host()})
    answers = [
        secure.get("/sign-in/", secure=True),
        secure.post("/language/", {"language": "en"}, secure=True),
        secure.post("/sign-in/", {"username": "mara", "password": PASSWORD}, secure=True),
        secure.post("/authenticator/mark/", '{"keys":true}', content_type="application/json", secure=True),
    ]
    cookies = [cookie for answer in answers for cookie in answer.cookies.values()]
    assert len(cookies) >= 4
    for cookie in cookies:
        assert (cookie["secure"], cookie["httponly"], cookie["domain"]) == (True, True, ""), cookie.key
        assert cookie["samesite"] in ("Lax", "Strict")


def test_the_probes_answer_in_clear(plain):
    """Whoever watches the process from beside it has no certificate for its name."""
    assert plain.get("/health/live").status_code == 200


@pytest.mark.parametrize("path", ["/sign-in/", "/authenticator/", "/authenticator/api/inbox", "/static/x.css", "/a"])
def test_trace_gives_nothing_back(db, path):
    """AT-130."""
    answer = Client(headers={"host": host()}).trace(path, secure=True, headers={"echo": "tell-me-this"})
    assert answer.status_code in (404, 405)
    assert b"tell-me-this" not in answer.content
