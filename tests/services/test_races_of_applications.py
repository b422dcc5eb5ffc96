"""What applications are given, asked for by many at once on two processes: each is good once."""

import base64
import hashlib
import json
import secrets
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.services.moments import many
from tests.services.people import Desk
from tests.services.registered import given, written_down
from tests.services.talk import Message

BACK = "https://trading.example/back"


@pytest.fixture
def client_id(cluster):
    """An application of our own, written down as staff do."""
    return written_down(cluster, redirect_uris=BACK)


def code_for(desk, client_id):
    """A code that the browser of somebody who is signed in brings back, and what redeems it."""
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    asked = {"client_id": client_id, "redirect_uri": BACK, "response_type": "code", "scope": "openid", "state": "s"}
    asked |= {"code_challenge": challenge, "code_challenge_method": "S256"}
    answer = desk.get(f"/oauth/authorize/?{urlencode(asked)}")
    (code,) = parse_qs(urlsplit(answer.leads_to).query)["code"]
    proof = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": verifier}
    return {**proof, "client_id": client_id}


def redeeming(cluster, fields):
    headers = Desk(cluster).message("GET", "/").headers
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": ""}
    return Message("POST", "/oauth/token/", {**headers, **kind}, urlencode(fields).encode())


def test_of_twenty_equal_codes_one_is_good(cluster, owner, client_id):
    """AT-222; RFC 6749, section 4.1.2; and because there was a second, what the first was given ends, too."""
    code = code_for(owner.desk, client_id)
    (won,) = given(cluster.race([redeeming(cluster, code)] * many(20)))
    again = {"grant_type": "refresh_token", "refresh_token": won["refresh_token"], "client_id": client_id}
    assert given(cluster.race([redeeming(cluster, again)])) == []
    assert cluster.one("SELECT count(*) FROM applications_visit WHERE ended_at IS NOT NULL AND user_id = %s", owner.pk)


def test_of_twenty_equal_refreshes_one_is_good(cluster, owner, client_id):
    """AT-222; RFC 9700, section 4.14.2."""
    (first,) = given(cluster.race([redeeming(cluster, code_for(owner.desk, client_id))]))
    again = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"], "client_id": client_id}
    assert len(given(cluster.race([redeeming(cluster, again)] * many(20)))) == 1


def test_many_who_ask_at_once_make_one_first_key(cluster):
    cluster.sql.execute("DELETE FROM applications_signingkey")
    desk = Desk(cluster)
    answers = cluster.race([desk.message("GET", "/oauth/keys/")] * 4)
    assert len({json.loads(answer.text)["keys"][0]["kid"] for answer in answers}) == 1
    assert cluster.one("SELECT count(*) FROM applications_signingkey") == 1
