"""Anything posted to any address, by anybody: no fault, and nothing moves without its session (AT-016, AT-132)."""

from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Tally
from tests.doors.addresses import ROUTES
from tests.factories import FIREFOX, desk, give_password, host, person
from tests.fuzz.api import everything
from tests.fuzz.much import tries
from tests.stories.ways import is_in, sign_in

LONG_ONE = "x" * 100_000
PATHS = sorted({path for _name, path, _is_api in ROUTES})
NAMES = (
    "username password again code response number country phone next language then way label name pk reason action "
    "choice device digits q page CallStatus id state"
)
fields = st.sampled_from(NAMES.split())
values = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["", "0", "-1", "9" * 30, "null", "true", "\0", "a\0b", "//evil.example", "\u202egnp.exe", LONG_ONE]
    ),
    st.sampled_from(
        ["approved", "text", "call", "key", "verify", "mara", "１２３４５６", "123456", "../../etc/passwd"]
    ),
)
kinds = st.sampled_from(
    ["application/x-www-form-urlencoded", "multipart/form-data", "application/json", "text/plain", ""]
)
agents = st.sampled_from([FIREFOX, "", LONG_ONE, "\u202e\u0000<script>", "Chrome/" * 50])


@pytest.fixture
def people(mara, pocket, known):
    """Nobody, somebody halfway in, somebody without a key, somebody with all of it."""
    halfway, plain, whole = desk(), desk(), desk()
    give_password(halfway, mara)
    give_password(plain, person("eli"))
    plain.post("/sign-in/finish/")
    sign_in(whole, mara, pocket)
    return {"nobody": desk(), "halfway": halfway, "plain": plain, "whole": whole}


@pytest.mark.parametrize("who", ["nobody", "halfway", "plain", "whole"])
def test_no_address_breaks_whatever_is_sent_to_it(people, who):
    browser: Client = people[who]
    browser.raise_request_exception = False
    cookies = {name: morsel.value for name, morsel in browser.cookies.items()}
    before = everything()

    @tries(30, 5_000)
    @given(
        st.sampled_from(PATHS),
        st.sampled_from(["post", "post", "post", "get", "put", "delete", "options"]),
        st.dictionaries(fields, values, max_size=5) | st.binary(max_size=60),
        kinds,
        agents,
        st.sampled_from([host(), "evil.example", ""]),
    )
    def send(path, method, body, kind, agent, named):
        headers = {"user-agent": agent.encode("ascii", "replace").decode(), "host": named or host()}
        begun = transaction.savepoint()
        try:
            if kind.startswith("application/x") and isinstance(body, dict):
                response = browser.generic(method.upper(), path, _form(body), content_type=kind, headers=headers)
            elif method == "get":
                response = browser.get(path, body if isinstance(body, dict) else {}, headers=headers)
            elif method == "post" and isinstance(body, dict):
                response = browser.post(path, body, headers=headers)
            else:
                raw = body if isinstance(body, bytes) else _form(body)
                response = browser.generic(method.upper(), path, raw, content_type=kind, headers=headers)
            assert response.status_code < 500, f"{method} {path}"
            if who == "nobody":
                assert everything() == before
        finally:
            transaction.savepoint_rollback(begun)
            browser.cookies.clear()
            browser.cookies.load(cookies)

    send()
    assert is_in(browser) is (who in ("plain", "whole"))


def _form(body: dict[str, str]) -> bytes:
    return urlencode(body, errors="replace").encode()


# --- Long ones ---


def test_what_begins_like_the_right_one_is_not_right(mara):
    """AT-128: no name and no password is cut before it is compared."""
    password = "p" * 256
    mara.set_password(password)
    mara.save()
    long_name = person("n" * 64)
    for sent in (
        {"username": "mara", "password": password[:72]},
        {"username": "mara", "password": password + "p"},
        {"username": "mara", "password": password + "\0"},
        {"username": long_name.username + "n", "password": "correct horse battery staple"},
        {"username": "mara\0", "password": password},
        {"username": "mara", "password": "p" * 1_000_000},
    ):
        refused = desk()
        assert refused.post("/sign-in/", sent).status_code in (200, 400, 429), sent["username"]
        assert not is_in(refused)
    Tally.objects.all().delete()
    browser = desk()
    assert give_password(browser, mara, password).status_code == 302
    assert is_in(browser)
