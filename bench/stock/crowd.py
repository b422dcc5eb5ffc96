"""`python -m bench.stock.crowd`: the same crowd (`bench.waiters`) at the stock assembly's waiting pages.

They share one session, which costs the server the same two queries each time as one of their own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import django

from bench import waiters
from bench.sockets import Place
from bench.stock.phone import public_key, signed

_HOST = "localhost"
# Bells at a time: without a bound its connections to Redis run out first.
_RINGING = 50


@dataclass
class Waiter:
    login: str
    cookie: str

    def place(self, port: int) -> Place:
        headers = {"Host": _HOST, "Origin": f"http://{_HOST}", "Cookie": f"sessionid={self.cookie}"}
        return Place(self.login, port, f"/ws/{self.login}", headers)


class Crowd:
    def __init__(self) -> None:
        self._cookie = ""

    def fill(self, first: int, count: int) -> list[Waiter]:
        from django.contrib.auth.models import User

        from bench.stock.models import Question

        people = User.objects.bulk_create([User(username=f"waits{at:07}") for at in range(first, first + count)])
        pem = public_key()
        rows = Question.objects.bulk_create([Question(user=user, public_key=pem) for user in people])
        self._cookie = self._cookie or _session(people[0])
        return [Waiter(row.pk, self._cookie) for row in rows]

    def approval(self, waiter: Waiter) -> tuple[str, bytes]:
        return f"POST /answer/{waiter.login} HTTP/1.1\r\nHost: {_HOST}", signed(waiter.login)

    def approved(self, logins: Iterable[str]) -> list[str]:
        from bench.stock.models import Question

        return list(Question.objects.filter(pk__in=logins, state="approved").values_list("pk", flat=True))

    def decide(self, logins: list[str]) -> None:
        from bench.stock.models import Question

        Question.objects.filter(pk__in=logins).update(state="approved")

    async def ring(self, logins: list[str]) -> None:
        from channels.layers import get_channel_layer

        layer, queue = get_channel_layer(), iter(logins)

        async def lane() -> None:
            for login in queue:
                await layer.group_send(f"desk.{login}", {"type": "told", "state": "approved"})

        await asyncio.gather(*(lane() for _each in range(_RINGING)))


def _session(user: Any) -> str:
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    kept = SessionStore()
    kept[SESSION_KEY], kept[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    kept[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    kept.create()
    return str(kept.session_key)


if __name__ == "__main__":
    django.setup()
    waiters.run(Crowd())
