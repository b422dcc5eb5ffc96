"""One guarded exchange with a carrier: TLS or nothing, no redirect, a real deadline, a bounded answer (R-87).

What breaks on the way becomes a `DeliveryFailed` with nothing chained to it: exceptions of the libraries below hold the
message, the number and the credentials.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from socket import SOCK_STREAM
from typing import Any, TypeVar

import httpx
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from twofactor import policy
from twofactor.gateways import DeliveryFailed

_log = logging.getLogger("portal.carriers")
# SECURITY: below warnings these write addresses and headers, and with them numbers and credentials.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

# A carrier that asks for more than this is as good as away.
_WAIT_LONGEST = timedelta(hours=1)
# Blocking exchanges at once; one that a carrier will not let go holds its place until the process ends.
_PLACES = threading.BoundedSemaphore(4 * policy.SENDERS)
# Reasons for which the same carrier may take the same message later.
_PASSING = ("busy", "unreachable")
_NAT64 = IPv6Network("64:ff9b::/96")
# Of no network but its own, though Python's tables do not say so: NAT64 inside of one (RFC 8215), IPv4 in an old form
# (RFC 4291, section 2.5.5.1), and what sites once gave themselves (RFC 3879).
_OF_ITS_OWN = tuple(map(IPv6Network, ("64:ff9b:1::/48", "::/96", "fec0::/10")))
# A gateway in front of theirs says so of a message that it has passed on, and of which it knows no more (RFC 9110).
_UNKNOWN = (502, 504)

Result = TypeVar("Result")


@dataclass(frozen=True)
class Answer:
    """What a carrier answered. `body` is None when it was longer than policy.CARRIER_ANSWER_LONGEST.

    `status` 0: nothing at all, because it was not reached; then it has not seen the message either.
    """

    status: int
    body: bytes | None = field(repr=False)
    retry_after: timedelta | None

    @property
    def said(self) -> dict[str, Any]:
        """The JSON object of the body; empty for anything else."""
        try:
            value = json.loads(self.body or b"")
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}


def report_address(carrier: str, delivery_id: str) -> str:
    """Where this carrier reports what became of this delivery."""
    return settings.PORTAL_BASE_URL + reverse("carrier-report", args=[carrier, delivery_id])


def call_address(carrier: str, delivery_id: str, step: str) -> str:
    """Where this carrier asks what to say in this call."""
    return settings.PORTAL_BASE_URL + reverse("carrier-call", args=[carrier, delivery_id, step])


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def post(url: str, body: bytes, headers: dict[str, str], reason_of: Callable[[Answer], str]) -> dict[str, Any]:
    """Post `body` and return the JSON object that the carrier answers with success.

    `reason_of` reads the carrier's own words in a refusal (4xx) and gives one of gateways.REASONS, or "" for words it
    does not know. Raises DeliveryFailed for everything else.
    """
    host = _checked_host(url)
    answer = exchange(url, body, headers)
    if answer is None or answer.status == 0:
        raise DeliveryFailed("unreachable", permanent=False, unknown=answer is None)
    if not 200 <= answer.status < 300:
        raise _refusal(host, answer, reason_of)
    if not answer.said:
        # It may have been taken: not offered again to a carrier that would answer the same.
        raise DeliveryFailed("malformed", permanent=True, unknown=True)
    return answer.said


def within(work: Callable[[], Result]) -> Result:
    """Do blocking work that knows no deadline of its own, and wait policy.CARRIER_TOTAL seconds for it, no longer.

    For carriers that are reached by somebody else's code. Raises what `work` raises, or DeliveryFailed(unreachable);
    then `work` ends whenever the other side lets it.
    """
    if not _PLACES.acquire(blocking=False):
        raise DeliveryFailed("busy", permanent=False)
    done: Future[Result] = Future()
    threading.Thread(target=_work, args=(work, done), name="carrier", daemon=True).start()
    try:
        return done.result(policy.CARRIER_TOTAL)
    except TimeoutError:
        pass
    raise DeliveryFailed("unreachable", permanent=False, unknown=True)


def _work(work: Callable[[], Result], done: Future[Result]) -> None:
    try:
        done.set_result(work())
    except Exception as problem:  # noqa: BLE001 - whoever waits gets it
        done.set_exception(problem)
    finally:
        _PLACES.release()


def _checked_host(url: str) -> str:
    try:
        address = httpx.URL(url)
        good = bool(address.host) and (
            address.scheme == "https" or (address.scheme == "http" and is_loopback(address.host))
        )
    except (httpx.InvalidURL, ValueError):
        good = False
    if good:
        return address.host
    # SECURITY: what is sent lets somebody in, so it never crosses a network in clear.
    _log.error("a carrier's address is not https: nothing is sent there")
    raise DeliveryFailed("setup", permanent=True)


def _refusal(host: str, answer: Answer, reason_of: Callable[[Answer], str]) -> DeliveryFailed:
    status, wait = answer.status, answer.retry_after
    if status == 429:
        return DeliveryFailed("busy", permanent=False, retry_after=wait)
    if status >= 500 or status == 408:
        return DeliveryFailed("unreachable", permanent=False, retry_after=wait, unknown=status in _UNKNOWN)
    # Credentials, balance, a redirect, an address that is not there: what the operator has to look at.
    reason = (reason_of(answer) if status >= 400 else "") or "setup"
    if reason == "setup":
        _log.error("%s refuses what it is sent, with status %s: see how the portal is set up there", host, status)
    passing = reason in _PASSING
    return DeliveryFailed(reason, permanent=not passing, retry_after=wait if passing else None)


def _retry_after(header: str) -> timedelta | None:
    """Seconds or a date (RFC 9110, section 10.2.3)."""
    try:
        if header.isascii() and header.isdigit():
            wait = timedelta(seconds=int(header))
        else:
            wait = parsedate_to_datetime(header) - timezone.now()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(wait, timedelta()), _WAIT_LONGEST)


def exchange(
    url: str, body: bytes, headers: dict[str, str], *, total: float | None = None, public: bool = False
) -> Answer | None:
    """Post `body`. None: no answer, or not all of it in `total` seconds (policy.CARRIER_TOTAL).

    `public`: the host must be one of the internet, by each of its addresses, and the one that was checked is the one
    that is connected to (R-86).
    """
    line, total = _line(), total or policy.CARRIER_TOTAL
    coming = asyncio.run_coroutine_threadsafe(line.post(url, body, headers, total, public=public), line.loop)
    try:
        # The deadline is kept over there; this one is for a loop that has died.
        return coming.result(total + 5)
    except TimeoutError:
        coming.cancel()
        return None


class NotPublic(Exception):
    """A name that leads, or may lead, into a network of ours."""


async def _pinned(url: str) -> tuple[httpx.URL, dict[str, str]]:
    """The same address with a number for its name, and the header that says the name. Raises NotPublic.

    SECURITY: the number is the one that was looked at, so no second answer of the name service is ever used (AT-121).
    """
    address = httpx.URL(url)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(address.host, address.port or 443, type=SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotPublic("the name is not known") from None
    numbers = [ip_address(str(each[4][0]).partition("%")[0]) for each in found]
    if not numbers or not all(is_public(number) for number in numbers):
        raise NotPublic("an address of it is not public")
    return address.copy_with(host=str(numbers[0])), {"Host": address.netloc.decode()}


def is_public(number: IPv4Address | IPv6Address) -> bool:
    """Whether this is an address of the internet, also by what may stand inside of it (RFC 6052, RFC 4291)."""
    if isinstance(number, IPv6Address):
        inside = number.ipv4_mapped or number.sixtofour or (number.teredo or (None,))[0]
        if number in _NAT64:
            inside = IPv4Address(int(number) & 0xFFFFFFFF)
        if any(number in each for each in _OF_ITS_OWN) or (inside is not None and not is_public(inside)):
            return False
    return number.is_global and not number.is_multicast


class _Line:
    """The connections of this process to its carriers, on an event loop of their own.

    On a loop, because there a deadline holds for looking up the name, for TLS, and against a server that drips a byte
    at a time; the time-outs of blocking sockets begin anew with every byte.
    """

    def __init__(self) -> None:
        self.pid = os.getpid()
        # The roots of the library and those of this machine, where an operator adds a private one.
        trusted = httpx.create_ssl_context(trust_env=False)
        trusted.load_default_certs()
        self.client = httpx.AsyncClient(
            verify=trusted,
            # SECURITY: no proxy and no password file out of the environment; no redirect may lead a message elsewhere.
            trust_env=False,
            follow_redirects=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            headers={"User-Agent": "client-portal", "Accept": "application/json", "Accept-Encoding": "identity"},
        )
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, name="carriers", daemon=True).start()

    async def post(
        self, url: str, body: bytes, headers: dict[str, str], total: float, *, public: bool
    ) -> Answer | None:
        limits = httpx.Timeout(total, connect=policy.CARRIER_CONNECT)
        try:
            host = httpx.URL(url).host
        except (httpx.InvalidURL, ValueError):
            _log.warning("what is no address cannot be reached")
            return Answer(0, None, None)
        try:
            async with asyncio.timeout(total):
                to, named = await _pinned(url) if public else (url, {})
                sent = self.client.stream(
                    "POST", to, content=body, headers={**headers, **named}, timeout=limits,
                    extensions={"sni_hostname": host},
                )  # fmt: skip
                async with sent as response:
                    wait = _retry_after(response.headers.get("Retry-After", ""))
                    return Answer(response.status_code, await self._body(response), wait)
        except (httpx.ConnectError, httpx.ConnectTimeout, NotPublic) as problem:
            # Says what is wrong with the name, the port or the certificate; the message has not been touched yet.
            _log.warning("%s cannot be reached: %s", host, problem)
            return Answer(0, None, None)
        except Exception as problem:  # noqa: BLE001 - SECURITY: only its kind, whatever it is; it may quote the message
            _log.warning("no answer from %s: %s", host, type(problem).__name__)
        return None

    @staticmethod
    async def _body(response: httpx.Response) -> bytes | None:
        # Raw: what we did not ask to be compressed is not blown up here.
        read = bytearray()
        async for part in response.aiter_raw():
            read += part
            if len(read) > policy.CARRIER_ANSWER_LONGEST:
                return None
        return bytes(read)


_lines: list[_Line] = []
_opening = threading.Lock()


def _line() -> _Line:
    """This process's line, made when it is first needed: a fork has its parent's object and none of its threads."""
    with _opening:
        if not _lines or _lines[0].pid != os.getpid():
            _lines[:] = [_Line()]
        return _lines[0]
