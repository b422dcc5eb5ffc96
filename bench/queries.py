"""`python -m bench.queries NAME`: the statements of one sign-in on the database, step by step, as JSON.

Counted in this process, with Django's test client on the same road, by a person who has no key yet. Counts do not
depend on the machine: a change of theirs is a change of the code.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import django

from bench.road import PIN
from bench.server import PASSWORD

_BROWSER = "Mozilla/5.0 (X11; Linux) Firefox/145.0"
_FENCES = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")


def main(username: str) -> list[dict[str, Any]]:
    django.setup()
    person = Walker(username, PASSWORD)
    person.sign_in()  # from here on the browser is known,
    person.sign_in()  # and from here on the phone was asked from there before
    return person.sign_in()


class Walker:
    """A person, who gets a key first, with a desk and a phone in this process."""

    def __init__(self, username: str, password: str) -> None:
        from django.conf import settings
        from django.test import Client

        from tests.pocket import Pocket, by_client

        host = settings.PORTAL_BASE_URL.partition("//")[2]
        self._desk, line = (Client(headers={"host": host, "user-agent": _BROWSER}) for _each in "ab")
        self._phone = Pocket(settings.PORTAL_BASE_URL, by_client(line))
        self._given = {"username": username, "password": password}
        self._steps: list[dict[str, Any]] = []
        self._desk.post("/sign-in/", self._given)
        self._phone.claim(_find(r"\b([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})\b", self._desk.get("/")))
        self._phone.activate(PIN)
        self._leave()

    def sign_in(self) -> list[dict[str, Any]]:
        """Walk the road once; each step with its statements and how many of each kind there were."""
        desk, phone, self._steps = self._desk, self._phone, []
        self._step("page: sign in", lambda: desk.get("/sign-in/"))
        self._step("password", lambda: desk.post("/sign-in/", self._given))
        page = self._step("page: waiting", lambda: desk.get("/sign-in/verify/"))
        challenge = self._step("phone looks into its inbox", phone.challenge)
        number = challenge.get("question") or "".join(_find(r'class="digits"[^>]*>\s*(\d{3}\s\d{3})', page).split())
        self._step("phone tells how far it has come", lambda: phone.seen(challenge, "received"))
        self._step("phone answers", lambda: phone.approve(challenge, PIN, number))
        self._step("desk claims", lambda: desk.post("/sign-in/finish/"))
        self._step("page: home", lambda: desk.get("/"))
        self._leave()
        return self._steps

    def _step(self, name: str, act: Callable[[], Any]) -> Any:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as caught:
            done = act()
        statements = [query["sql"] for query in caught.captured_queries]
        self._steps.append({"step": name, "statements": statements, **Counter(map(_kind, statements))})
        return done

    def _leave(self) -> None:
        """Come back another day."""
        del self._desk.cookies["session"]


def _find(pattern: str, answer: Any) -> str:
    (found,) = set(re.findall(pattern, answer.content.decode()))
    return str(found)


def _kind(sql: str) -> str:
    verb = sql.lstrip().partition(" ")[0].rstrip(";").upper()
    return "fences" if verb in _FENCES else ("reads" if verb == "SELECT" else "writes")


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
