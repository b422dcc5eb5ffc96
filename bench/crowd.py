"""People who wait: each with a key, a sign-in in progress and its question, as rows, and the phone that will answer.

As `signin.open` leaves them, without the pages before it: what is measured begins when the page opens its socket. Their
sign-ins last for an hour, so that none runs out while it is looked at.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.db import connection
from django.db.models import F
from django.utils import timezone

from accounts.models import Login, User, new_id
from bench.carrier import address_of
from bench.sockets import Place
from tests.pocket import Key, Pocket, b64, public, thumbprint
from twofactor import live
from twofactor.models import Challenge, PortalKey

PIN = "24x7"
_SALT = b"salt of a crowd."
_LIFE = timedelta(hours=1)
# So many rows to a statement.
_BATCH = 500


@dataclass
class Waiter:
    """One of them: where they stand, and what their phone is asked."""

    at: int
    login: str
    challenge: dict[str, Any]

    def place(self, port: int) -> Place:
        """The socket of their page, with a ticket that is made now: it is good for half a minute."""
        base_url = settings.PORTAL_BASE_URL
        headers = {"Host": base_url.partition("//")[2], "Origin": base_url, **address_of(self.at)}
        return Place(self.login, port, f"/ws/sign-in/?ticket={live.ticket(live.DESK, self.login)}", headers)


class Crowd:
    """People and the one phone that holds all their keys; it says what it would send, and sends nothing."""

    def __init__(self) -> None:
        self._phone = Pocket(settings.PORTAL_BASE_URL, self._keep, salt=_SALT)
        self._said: tuple[str, bytes] = ("", b"")

    def _keep(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any], dict[str, str]]:
        self._said = path, json.dumps(body).encode()
        return 200, {}, {}

    def fill(self, first: int, count: int) -> list[Waiter]:
        """Write the rows of so many people, numbered from `first` on."""
        now = timezone.now()
        people = User.objects.bulk_create(
            [User(username=f"waits{at:07}", name=f"Waits {at}", password="!") for at in range(first, first + count)],
            batch_size=_BATCH,
        )
        keys = PortalKey.objects.bulk_create([self._key(user) for user in people], batch_size=_BATCH)
        logins = Login.objects.bulk_create(
            [
                Login(user=user, auth_epoch=1, browser="none", known_browser=True, expires=now + _LIFE)
                for user in people
            ],
            batch_size=_BATCH,
        )
        questions = Challenge.objects.bulk_create(
            [_question(*each) for each in zip(keys, logins, strict=True)], batch_size=_BATCH
        )
        _look_over()
        return [Waiter(first + at, each.login_id or "", each.as_asked()) for at, each in enumerate(questions)]

    def approved(self, logins: Iterable[str]) -> list[str]:
        """Which of these sign-ins stand approved."""
        return list(Login.objects.filter(pk__in=logins, state="approved").values_list("pk", flat=True))

    def decide(self, logins: list[str]) -> None:
        """Approve them in their rows, all at once, and tell nobody."""
        ends = timezone.now() + _LIFE
        for at in range(0, len(logins), _BATCH):
            rows = Login.objects.filter(pk__in=logins[at : at + _BATCH])
            rows.update(state="approved", version=F("version") + 1, factor="key", claim_by=ends)

    async def ring(self, logins: list[str]) -> None:
        """Ring all their bells, as a server's process does: nobody waits for one before the next."""
        await asyncio.to_thread(lambda: [live.tell_desk(login) for login in logins])

    def _key(self, user: User) -> PortalKey:
        signing = ec.generate_private_key(ec.SECP256R1())
        kid = thumbprint(public(signing))
        self._phone.keys[kid] = Key(signing, signing, kid, {}, state="active")
        key = PortalKey(
            user=user, kid=kid, name="A phone", state="active", platform="android", install=new_id(),
            public_jwk=public(signing), sealing_jwk=public(signing), activated_at=timezone.now(),
        )  # fmt: skip
        key.seal_response_key(self._phone.response_key(kid, PIN))
        return key

    def approval(self, waiter: Waiter) -> tuple[str, bytes]:
        """What the phone sends to approve: the request's head but for its length, and its body."""
        self._phone.approve(waiter.challenge, PIN)
        path, body = self._said
        host = settings.PORTAL_BASE_URL.partition("//")[2]
        forwarded = "".join(f"\r\n{name}: {value}" for name, value in address_of(waiter.at).items())
        return f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json{forwarded}", body


def _look_over() -> None:
    """Let PostgreSQL learn what it has, as it does by itself within a minute: until then it reads whole tables."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def _question(key: PortalKey, login: Login) -> Challenge:
    """Opened on the phone a while ago: nothing about it changes any more but by the answer."""
    now = timezone.now()
    display = {
        "lang": "en", "title": "Sign in?", "account": key.user.name,
        "facts": [["Browser", "Firefox on Windows"], ["Address", "198.51.100.7"]], "warnings": [],
    }  # fmt: skip
    nonce = b64(new_id().encode() + b"0123456789")
    return Challenge(
        key=key, login=login, mode="tap", question="407312", nonce=nonce, display=display, expires=now + _LIFE,
        notified_at=now, received_at=now, shown_at=now, opened_at=now,
    )  # fmt: skip
