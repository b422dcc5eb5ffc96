"""What applications cost the server: a code changed into tokens, a refresh, a phone asked, a question too early."""

from __future__ import annotations

import base64
import json
import secrets
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from authlib.oauth2.rfc7636 import create_s256_code_challenge

from bench.broken import Broken
from bench.cpu import Meter, counting
from bench.figures import Figure, Table, number
from bench.registering import BACK, NAME
from bench.road import PIN, Pair, Wire
from bench.server import PEOPLE, Run, Server, run_module

ROUNDS = 3
LANES = 4
_FORM = "application/x-www-form-urlencoded"
_CIBA = "urn:openid:params:grant-type:ciba"
_DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
# In these ten minutes the phones of a measurement are asked more often than anybody would be, all day.
_BUDGETS = {"PORTAL_P_ASKED_BY_ONE": "100000,100000", "PORTAL_P_ASKED_BY_ALL": "100000,100000"}


@dataclass(frozen=True)
class Size:
    times: int
    seconds: float


# Few enough that no limit for one person or address is met.
FULL = Size(times=5, seconds=4)
QUICK = Size(times=2, seconds=1)


class Party:
    """The application's own server, on one kept connection."""

    def __init__(self, server: Server, secret: str) -> None:
        self.wire = Wire(server.base_url, "an application")
        self._authority = "Basic " + base64.b64encode(f"{NAME}:{secret}".encode()).decode()

    def ask(self, path: str, expected: int = 200, **fields: str) -> dict[str, Any]:
        body = urlencode(fields).encode()
        status, content, _headers = self.wire.ask("POST", path, body, Content_Type=_FORM, Authorization=self._authority)
        if status != expected:
            raise Broken(f"{path} answered {status} and not {expected}: {content!r}")
        said: dict[str, Any] = json.loads(content)
        return said

    def refresh(self, token: str) -> str:
        return str(self.ask("/oauth/token/", grant_type="refresh_token", refresh_token=token)["refresh_token"])


def measure(run: Run) -> list[Table]:
    size = QUICK if run.quick else FULL
    with ExitStack() as stack:
        server, meter = stack.enter_context(counting(run, **_BUDGETS))
        secret = run_module(server.environment, "bench.registering").strip()
        party = Party(server, secret)
        stack.enter_context(closing(party.wire))
        rounds = []
        for name in PEOPLE[:ROUNDS]:
            pair = stack.enter_context(closing(Pair(server.base_url, name)))
            rounds.append(_round(meter, party, pair, size))
        plain = float(run_module(server.environment, "bench.hashes", "20"))
        rates = _rates(server, secret, pair, size)
    return [_costs(rounds, plain, size), rates]


def _round(meter: Meter, party: Party, pair: Pair, size: Size) -> dict[str, float]:
    """CPU in milliseconds of each step."""
    spent: dict[str, float] = defaultdict(float)
    meter.lap()
    for _each in range(size.times):
        pair.sign_in()
        spent["a sign-in at the portal, without its hash"] += meter.lap()[0] / size.times
    pair.reach_waiting()
    pair.phone.approve(pair.phone.challenge(), PIN, pair.desk.number)
    pair.desk.get(pair.desk.submit("/sign-in/finish/"))
    for _each in range(size.times):
        meter.lap()
        for step in _steps(party, pair):
            spent[step] += meter.lap()[0] / size.times
    return dict(spent)


def _steps(party: Party, pair: Pair) -> Iterator[str]:
    """Each way to tokens; what is yielded has just been done."""
    code, verifier = _code(pair)
    yield "a signed-in browser sent here and back with a code"
    tokens = party.ask(
        "/oauth/token/", grant_type="authorization_code", code=code, code_verifier=verifier, redirect_uri=BACK
    )
    yield "the code changed into tokens"
    party.refresh(tokens["refresh_token"])
    yield "a refresh"
    asked = party.ask("/oauth/backchannel/", scope="openid", login_hint=pair.username, binding_message="K7")
    yield "a phone asked (CIBA)"
    party.ask("/oauth/token/", 400, grant_type=_CIBA, auth_req_id=asked["auth_req_id"])
    yield "a question before the answer"
    (question,) = [each for each in pair.phone.challenges() if each["display"].get("application")]
    pair.phone.approve(question, PIN)
    yield "the phone looks and answers"
    party.ask("/oauth/token/", grant_type=_CIBA, auth_req_id=asked["auth_req_id"])
    yield "the answer changed into tokens"
    begun = party.ask("/oauth/device/", scope="openid")
    yield "a device begins"
    party.ask("/oauth/token/", 400, grant_type=_DEVICE, device_code=begun["device_code"])
    yield "a device asks before the answer"


def _code(pair: Pair) -> tuple[str, str]:
    verifier = secrets.token_urlsafe(48)
    wish = {"response_type": "code", "client_id": NAME, "redirect_uri": BACK, "scope": "openid profile"}
    wish |= {"state": "s", "nonce": "n", "code_challenge_method": "S256"}
    wish |= {"code_challenge": create_s256_code_challenge(verifier)}
    status, content, headers = pair.desk.wire.ask("GET", f"/oauth/authorize/?{urlencode(wish)}")
    if status != 302:
        raise Broken(f"no code: {status} {content[-300:]!r}")
    return parse_qs(urlsplit(headers["Location"]).query)["code"][0], verifier


def _costs(rounds: list[dict[str, float]], plain: float, size: Size) -> Table:
    table = Table(
        f"Applications, server CPU ({ROUNDS} rounds of {size.times})",
        ("", "median ms", "rounds", "in plain hashes", "in sign-ins"),
    )
    steps = list(rounds[0])
    whole = Figure(tuple((each[steps[0]],) for each in rounds)).median
    for step in steps:
        figure = Figure(tuple((each[step],) for each in rounds))
        table.add(
            step, number(figure.median), figure.spread, number(figure.median / plain), number(figure.median / whole)
        )
    return table


def _rates(server: Server, secret: str, pair: Pair, size: Size) -> Table:
    """How many a second, each lane with a connection and tokens of its own."""
    parties = [Party(server, secret) for _lane in range(LANES)]
    table = Table(f"Applications, {LANES} at once, one server process", ("", "a second", "ms CPU of the server"))
    tokens = [_tokens(party, pair) for party in parties]

    def refresh(lane: int) -> None:
        tokens[lane] = parties[lane].refresh(tokens[lane])

    asked = [party.ask("/oauth/device/", scope="openid")["device_code"] for party in parties]

    def ask(lane: int) -> None:
        parties[lane].ask("/oauth/token/", 400, grant_type=_DEVICE, device_code=asked[lane])

    for name, once in (("a refresh", refresh), ("a question before the answer", ask)):
        before = server.cpu
        done = _lanes(once, size.seconds)
        table.add(name, number(done / size.seconds), number((server.cpu - before) / done))
    for party in parties:
        party.wire.close()
    return table


def _tokens(party: Party, pair: Pair) -> str:
    code, verifier = _code(pair)
    fields = {"code": code, "code_verifier": verifier, "redirect_uri": BACK}
    return str(party.ask("/oauth/token/", grant_type="authorization_code", **fields)["refresh_token"])


def _lanes(once: Callable[[int], None], seconds: float) -> int:
    """Do it in all lanes for so long; how often it was done."""
    ends, done = time.monotonic() + seconds, [0] * LANES

    def run(lane: int) -> None:
        while time.monotonic() < ends:
            once(lane)
            done[lane] += 1

    threads = [threading.Thread(target=run, args=(lane,)) for lane in range(LANES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done)
